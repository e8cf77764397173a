"""What is written is valid, the same each time, and all there or not at all."""
import io
import os
import shutil
import subprocess
import time
import tracemalloc
import zipfile

import pytest
from lxml import etree

from ..tools import schemas, sinks, writer, xmlio
from ..tools.findings import PackageError
from ..tools.sources import open_source
from ..tools.validate import validate
from ..tools.writer import Document, File, build
from .common import DOCUMENT, KINDS, VARIANTS, build_zip, make_document, make_package, read_entries


@pytest.mark.parametrize('folder', [False, True])
@pytest.mark.parametrize('variant', VARIANTS)
@pytest.mark.parametrize('kind', KINDS)
def test_every_kind_and_variant_is_valid(tmp_path, kind, variant, folder):
    built = build(make_package(kind, variant=variant), tmp_path, folder=folder)
    report = validate(built.path)
    assert [finding.text() for finding in report.findings if finding.severity != 'info'] == []
    assert (report.kind, report.variant, report.objid) == (kind, variant, built.objid)
    assert report.files == built.files and report.size == built.size


def test_the_same_input_gives_the_same_bytes(tmp_path):
    first = build_zip(tmp_path / 'a', 'AIP_hoso').read_bytes()
    os.environ['TZ'] = 'America/New_York'
    time.tzset()
    try:
        second = build_zip(tmp_path / 'b', 'AIP_hoso').read_bytes()
    finally:
        del os.environ['TZ']
        time.tzset()
    assert first == second
    assert first != build_zip(tmp_path / 'c', 'AIP_hoso', seed='other').read_bytes()


def test_names_follow_the_circular(tmp_path):
    names = {entry.filename.split('/', 1)[1] for entry, _content in read_entries(build_zip(tmp_path, 'SIP_hoso', count=1))}
    assert {'METS.xml', 'metadata/descriptive/EAD.xml', 'representations/rep1/METS.xml', 'representations/rep1/data/H29.1.2026.05.001.pdf',
            'representations/rep1/metadata/descriptive/EAD_doc_H29.1.2026.05.001.xml', 'schemas/METS.xsd', 'schemas/EAD_doc.xsd'} <= names
    assert not any('preservation' in name for name in names)
    path = build_zip(tmp_path, 'AIP_hoso', count=1)
    assert path.name.startswith('urn_G09_uuid-') and ':' not in path.name
    names = {entry.filename.split('/', 1)[1] for entry, _content in read_entries(path)}
    assert {'metadata/preservation/PREMIS.xml', 'representations/rep1/metadata/preservation/PREMIS_rep1.xml',
            'documentation/verify_package.py'} <= names


@pytest.mark.parametrize('kind', KINDS)
def test_xml_is_valid_against_the_schemas_in_the_package(tmp_path, kind):
    """The schemas as they lie in the package, from the folder itself and without the network."""
    root = build(make_package(kind), tmp_path, folder=True).path
    compiled = {path.name: etree.XMLSchema(file=str(path)) for path in (root / 'schemas').iterdir() if 'DILCIS' not in path.name}
    checked = 0
    for path in root.rglob('*.xml'):
        name = {'METS.xml': 'METS.xsd', 'EAD.xml': 'EAD.xsd'}.get(path.name) or (
            'PREMIS.xsd' if path.name.startswith('PREMIS') else 'EAD_doc.xsd')
        compiled[name].assertValid(etree.parse(str(path)))
        checked += 1
    assert checked >= 6


def test_pictures_and_sound_have_their_own_tables(tmp_path):
    picture = {'typePic': '02', 'imageTitle': "Khai mạc", 'mode': '01', 'riskRecovery': '0', 'maintenance': '01', 'photoTime': '02/09/2025'}
    sound = {'typeMedia': '01', 'movieTitle': "Phát biểu", 'mode': '01', 'riskRecovery': '0', 'maintenance': '01'}
    documents = [make_document('SIP_hoso', 1), Document(picture, [File(b'JPEG', original_name='a.jpg')], 'pic'),
                 Document(sound, [File(b'MP3', original_name='b.mp3')], 'media')]
    path = build_zip(tmp_path, documents=documents)
    assert validate(path).errors == 0
    names = ' '.join(entry.filename for entry, _content in read_entries(path))
    assert 'EAD_pic_H29.1.2026.05.002.xml' in names and 'EAD_media_H29.1.2026.05.003.xml' in names


def test_attachments_hang_on_their_document(tmp_path):
    document = make_document('SIP_hoso', 1)
    document.files.append(File(b'attached', original_name='Phụ lục.xlsx'))
    path = build_zip(tmp_path, documents=[document])
    assert validate(path).errors == 0
    mets = next(content for entry, content in read_entries(path) if entry.filename.endswith('rep1/METS.xml'))
    assert b'LABEL="AttachmentFile"' in mets and b'data/H29.1.2026.05.001.1.xlsx' in mets


def test_reference_to_an_earlier_submission(tmp_path):
    document = make_document('SIP_hoso', 2)
    document.files = [File(b'H29.1.2026.05.2', original_name='a.pdf', holey=True)]
    path = build_zip(tmp_path, documents=[make_document('SIP_hoso', 1), document])
    assert validate(path).errors == 0
    assert any(entry.filename.endswith('.002.pdf.fetch.txt') for entry, _content in read_entries(path))
    with pytest.raises(PackageError, match='submitted earlier'):
        build_zip(tmp_path, 'SIP_tailieu', documents=[document])


def test_hostile_text_is_only_text(tmp_path):
    nasty = 'a\x00\x08\x1b]]>&<!--"\'\ud800\ufffe%s{{7*7}}\u202e' + 'ẩ' * 100
    document = make_document('SIP_hoso', 1, subject=nasty, organName='<x y="1">&amp;')
    document.files[0].name = 'tờ "1" & 100%#?.pdf'
    path = build_zip(tmp_path, documents=[document])
    report = validate(path)
    assert report.errors == 0, report.findings
    with open_source(path) as source:
        assert 'representations/rep1/data/tờ "1" & 100%#?.pdf' in source.files


@pytest.mark.parametrize('name', ['../x.pdf', '/etc/passwd', 'a\\b.pdf', 'C:x.pdf', 'a\x00.pdf', 'x' * 300 + '.pdf', 'a/../../b',
'ả' * 100 + '.pdf'])
def test_names_that_no_package_may_have_are_refused(tmp_path, name):
    document = make_document('SIP_hoso', 1)
    document.files[0].name = name
    with pytest.raises(PackageError):
        build_zip(tmp_path, documents=[document])
    assert list(tmp_path.iterdir()) == []


def test_the_same_name_twice_is_refused(tmp_path):
    documents = [make_document('SIP_hoso', 1), make_document('SIP_hoso', 2)]
    for document in documents:
        document.files[0].name = 'same.pdf'
    with pytest.raises(PackageError, match='twice'):
        build(make_package(documents=documents), tmp_path)
    with pytest.raises(OSError):
        build(make_package(documents=documents), tmp_path, folder=True)
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_left_when_it_fails_half_way(tmp_path):
    def documents():
        yield make_document('SIP_hoso', 1)
        raise OSError(28, 'No space left on device')
    for folder in (False, True):
        with pytest.raises(OSError):
            build(make_package(documents=documents()), tmp_path, folder=folder)
        assert list(tmp_path.iterdir()) == []


def test_a_package_is_not_written_over_another(tmp_path):
    build_zip(tmp_path)
    with pytest.raises(PackageError, match='already'):
        build_zip(tmp_path)


def test_content_must_be_what_was_promised(tmp_path):
    document = make_document('SIP_hoso', 1)
    document.files[0].sha256 = '0' * 64
    with pytest.raises(PackageError, match='not the file it should be'):
        build_zip(tmp_path, documents=[document])


def test_a_package_needs_a_moment_and_documents(tmp_path):
    with pytest.raises(PackageError, match='time zone'):
        build_zip(tmp_path, created=None)
    with pytest.raises(PackageError, match='at least one document'):
        build(make_package(documents=iter(())), tmp_path)


class Endless(io.RawIOBase):
    """So many bytes that were never in memory together."""

    def __init__(self, size):
        self.left = size

    def read(self, size=-1):  # pylint: disable=method-required-super  # no model
        size = min(self.left, size)
        self.left -= size
        return b'\0' * size


def test_content_streams(tmp_path):
    size = 80 << 20
    document = Document(dict(DOCUMENT, riskRecovery='0', maintenance='01'), [File(lambda: Endless(size), name='big.bin')])
    tracemalloc.start()
    try:
        path = build(make_package(documents=[document]), tmp_path).path
        assert validate(path).errors == 0
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert path.stat().st_size > size
    assert peak < 20 << 20


def test_no_attribute_outgrows_what_parsers_read(tmp_path, monkeypatch):
    assert writer.DIVISION * len('uuid-00000000-0000-0000-0000-000000000000 ') < 10_000_000 / 2
    monkeypatch.setattr(writer, 'DIVISION', 2)
    path = build_zip(tmp_path, 'AIP_hoso', count=5)
    assert [finding.text() for finding in validate(path).findings if finding.severity != 'info'] == []
    mets = etree.fromstring(next(content for entry, content in read_entries(path) if entry.filename.endswith('rep1/METS.xml')))
    divisions = [div for div in mets.iter('{*}div') if div.get('LABEL').partition('/')[0] == 'Metadata']
    assert [len(div.get('DMDID').split()) for div in divisions] == [2, 2, 1]
    assert ' '.join(div.get('DMDID') for div in divisions).split() == [section.get('ID') for section in mets.iter('{*}dmdSec')]


@pytest.mark.parametrize('limit', ['MAX16', 'MAX32'])
def test_zip64_where_numbers_are_too_large(tmp_path, monkeypatch, limit):
    """Limits made small: the records are those of a package of 65 535 files or of 4 GB, and zipfile reads them."""
    monkeypatch.setattr(sinks, limit, 4 if limit == 'MAX16' else 2_000)
    path = build_zip(tmp_path, 'AIP_hoso')
    content = path.read_bytes()
    assert content.count(b'PK\x06\x06') == content.count(b'PK\x06\x07') == 1
    if limit == 'MAX16':        # the shown count is a mark that says: look at the wide one
        content = content[:-14] + b'\xff\xff\xff\xff' + content[-10:]
        path.write_bytes(content)
        report = validate(path)
        assert report.errors == 0, report.findings


def test_other_programs_read_our_zip_files(tmp_path):
    path = build_zip(tmp_path, 'AIP_hoso')
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        assert {entry.compress_type for entry in archive.infolist()} == {zipfile.ZIP_STORED}
        assert {entry.date_time for entry in archive.infolist()} == {(2026, 6, 12, 11, 45, 36)}
    if shutil.which('unzip'):
        subprocess.run(['unzip', '-tq', str(path)], check=True, capture_output=True)


def test_schemas_are_found_without_importing_their_package():
    """Importing eark_validator would fetch vocabularies from the network."""
    import sys
    assert 'eark_validator' not in sys.modules
    assert 'Mixed' in schemas.vocabulary('ContentCategory') and 'text/xml' in schemas.mime_types()
    assert xmlio.METS.encode() in schemas.shipped('METS') and schemas.XLINK_IMPORT not in schemas.shipped('METS')
