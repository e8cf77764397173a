"""Packages made to do harm, and thousands of packages damaged at random: named, never followed, never a crash."""
import os
import random
import stat
import struct
import zipfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ..tools.findings import PackageError
from ..tools.sources import Limits, extract, open_source
from ..tools.validate import validate
from ..tools.writer import build
from .common import build_zip, errors, make_package, make_zip, patch_bytes, read_entries, replaced, rewrite, zip_bytes

SEED = 20260612


def add(path, *entries):
    """The package with more entries, and METS as it was."""
    target = path.with_name('more.zip')
    make_zip(target, *[(entry, content) for entry, content in read_entries(path)], *entries)
    return target


def refuse_to_extract(path, folder):
    before = sorted(folder.parent.rglob('*'))
    with pytest.raises(PackageError), open_source(path) as source:
        extract(source, folder)
    assert sorted(folder.parent.rglob('*')) == before


@pytest.mark.parametrize('name', [
    '../evil.sh', 'root/../../evil.sh', '/etc/cron.d/evil', 'C:/evil.bat', 'root\\..\\evil.bat', 'root/./x', 'root//x', 'root/a\nb',
    'root/\x1b[2J'])
def test_a_path_that_leads_elsewhere(tmp_path, name):
    path = build_zip(tmp_path)
    root = read_entries(path)[0][0].filename.split('/')[0]
    broken = add(path, (name.replace('root', root), b'harm'))
    report = validate(broken)
    assert 'PKG2' in report.rules(), report.findings
    refuse_to_extract(broken, tmp_path / 'out')


def test_a_name_with_a_null_byte(tmp_path):
    path = build_zip(tmp_path)
    broken = add(path, ('XXXX/good.txt', b''))
    content = broken.read_bytes().replace(b'XXXX/good.txt', b'XXXX/\x00ood.txt')
    broken.write_bytes(content)
    assert 'PKG2' in errors(broken)


@pytest.mark.parametrize('mode', [stat.S_IFLNK | 0o777, stat.S_IFIFO | 0o644, stat.S_IFCHR | 0o666, stat.S_IFBLK | 0o666,
stat.S_IFSOCK | 0o666])
def test_a_link_in_a_zip_file(tmp_path, mode):
    path = build_zip(tmp_path)
    root = read_entries(path)[0][0].filename.split('/')[0]
    entry = zipfile.ZipInfo(f'{root}/representations/rep1/data/link.pdf')
    entry.create_system, entry.external_attr = 3, mode << 16
    broken = add(path, (entry, '/etc/passwd'))
    assert errors(broken) == {'PKG3'}
    refuse_to_extract(broken, tmp_path / 'out')


def test_links_in_a_folder_are_not_followed(tmp_path):
    built = build(make_package('AIP_hoso'), tmp_path / 'p', folder=True)
    (tmp_path / 'outside').mkdir()
    (tmp_path / 'outside' / 'x.pdf').write_bytes(b'x')
    (built.path / 'more').symlink_to(tmp_path / 'outside')
    (built.path / 'loop').symlink_to(built.path)
    os.mkfifo(built.path / 'pipe')
    report = validate(built.path)
    assert report.rules() == {'PKG3'} and report.counts['PKG3', 'error'] == 3
    link = tmp_path / 'link'
    link.symlink_to(built.path)
    assert errors(link) == {'PKG1'}


def test_a_zip_bomb_by_ratio(tmp_path):
    path = tmp_path / 'bomb.zip'
    path.write_bytes(zip_bytes(('root/METS.xml', b'\0' * (50 << 20))))
    assert 'PKG7' in errors(path)
    refuse_to_extract(path, tmp_path / 'out')


def test_a_zip_bomb_by_number_and_by_size(tmp_path):
    path = make_zip(tmp_path / 'many.zip', *((f'root/{number}', b'') for number in range(300)))
    assert 'PKG1' in errors(path, limits=Limits(entries=200))
    path = make_zip(tmp_path / 'large.zip', ('root/METS.xml', os.urandom(2 << 20)))
    assert 'PKG7' in errors(path, limits=Limits(size=1 << 20))


def test_entries_that_share_their_bytes(tmp_path):
    """The bomb that needs no compression: many names for the same bytes."""
    path = make_zip(tmp_path / 'overlap.zip', ('root/a', b'x' * 5000), ('root/b', b'y' * 10))
    content = path.read_bytes()
    at = content.rindex(b'PK\x01\x02')
    patch_bytes(path, (at + 42, struct.pack('<L', 0)))
    assert 'PKG10' in errors(path)


def test_a_size_that_lies(tmp_path):
    """The directory says 10 bytes, the entry has more or less of them."""
    for size in (3, 100_000):
        path = make_zip(tmp_path / f'lies{size}.zip', ('root/METS.xml', b'0123456789'))
        content = path.read_bytes()
        at = content.rindex(b'PK\x01\x02')
        patch_bytes(path, (at + 24, struct.pack('<L', size)))
        assert not validate(path).valid


def test_an_encrypted_entry(tmp_path):
    path = build_zip(tmp_path)
    content = path.read_bytes()
    at = content.index(b'PK\x01\x02')
    patch_bytes(path, (at + 8, struct.pack('<H', 1)))
    assert 'PKG6' in errors(path)


def test_a_compression_nobody_uses(tmp_path):
    path = build_zip(tmp_path)
    at = path.read_bytes().index(b'PK\x01\x02')
    patch_bytes(path, (at + 10, struct.pack('<H', 99)))
    assert 'PKG8' in errors(path)


def test_a_name_twice(tmp_path):
    path = build_zip(tmp_path)
    entry, _content = next(pair for pair in read_entries(path) if pair[0].filename.endswith('.001.pdf'))
    with pytest.warns(UserWarning):
        broken = add(path, (entry.filename, b'another'))
    assert 'PKG4' in errors(broken)
    refuse_to_extract(broken, tmp_path / 'out')


@pytest.mark.parametrize('one, other', [('Tờ.pdf', 'tờ.pdf'), ('T\u1edd.pdf', 'To\u031b\u0300.pdf'), ('STRASSE.pdf', 'straße.pdf')])
def test_names_that_some_systems_take_for_one(tmp_path, one, other):
    path = make_zip(tmp_path / 'names.zip', (f'root/{one}', b'1'), (f'root/{other}', b'2'))
    assert 'PKG5' in errors(path)


def test_a_name_that_is_file_and_folder(tmp_path):
    path = make_zip(tmp_path / 'names.zip', ('root/a', b'1'), ('root/a/b', b'2'))
    assert 'PKG4' in errors(path)


def test_a_name_of_300_characters(tmp_path):
    for name in ('x' * 300, 'ạ' * 100, '/'.join(['abcdefghi'] * 150)):
        path = make_zip(tmp_path / 'long.zip', (f'root/{name}.pdf', b'1'))
        assert 'PKG9' in errors(path)
        refuse_to_extract(path, tmp_path / 'out')


def test_two_folders_or_none_at_the_top(tmp_path):
    assert 'CSIPSTR1' in errors(make_zip(tmp_path / 'two.zip', ('a/METS.xml', b''), ('b/METS.xml', b'')))
    assert 'CSIPSTR1' in errors(make_zip(tmp_path / 'flat.zip', ('METS.xml', b'')))


@pytest.mark.parametrize('content', [b'', b'PK', b'PK\x05\x06' + b'\0' * 18, b'%PDF-1.7', b'\0' * 100_000, b'PK\x03\x04' + b'\xff' * 5000])
def test_what_is_no_package(tmp_path, content):
    path = tmp_path / 'x.zip'
    path.write_bytes(content)
    assert not validate(path).valid
    refuse_to_extract(path, tmp_path / 'out')


def test_an_empty_folder_a_missing_one_and_a_device(tmp_path):
    (tmp_path / 'empty').mkdir()
    for path in (tmp_path / 'empty', tmp_path / 'missing', '/dev/null'):
        assert 'PKG1' in errors(path)


def test_a_package_cut_off_anywhere(tmp_path):
    content = build_zip(tmp_path, count=1).read_bytes()
    path = tmp_path / 'cut.zip'
    for length in range(0, len(content), max(1, len(content) // 60)):
        path.write_bytes(content[:length])
        assert not validate(path).valid, length


BILLION = b'<!DOCTYPE lolz [<!ENTITY a "aaaaaaaaaa">' + b''.join(
    f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">'.encode() for n in range(9)) + b']><mets>&j;</mets>'


@pytest.mark.parametrize('xml', [
    BILLION, b'<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd"><mets/>',
    b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><mets a="&e;"/>',
    '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE x><mets/>'.encode('utf-16'),
    b'<?xml version="1.0" encoding="utf-7"?>+ADwAIQ-DOCTYPE x>',
    b'<!--' + b'x' * 200_000 + b'--><!DOCTYPE x []><mets/>', b'<a>' * 5000, b'<mets xmlns="http://www.loc.gov/METS/"/>', b'<mets>',
    b'\xff\xfe<\0m\0', b'<?xml version="1.0"?>', b'<x/>', b'<mets xmlns="http://www.loc.gov/METS/"><metsHdr><agent/></metsHdr><fileSec><fileGrp>'
    b'<file SIZE="99999999999999999999999999" ID="\xc3\x28"/></fileGrp></fileSec></mets>',
    b'<mets xmlns="http://www.loc.gov/METS/"><dmdSec><mdRef/></dmdSec><structMap LABEL="CSIP"><div>'
    b'<div LABEL="Representations"><mptr/></div>'
    b'</div></structMap></mets>'])
@pytest.mark.parametrize('name', ['METS.xml', 'metadata/descriptive/EAD.xml', 'representations/rep1/METS.xml',
                                  'metadata/preservation/PREMIS.xml', 'representations/rep1/metadata/preservation/PREMIS_rep1.xml'])
def test_xml_made_to_do_harm(tmp_path, name, xml):
    path = rewrite(build_zip(tmp_path, 'AIP_hoso', count=1), lambda entry, content: xml if entry.split('/', 1)[1] == name else content)
    report = validate(path)
    assert not report.valid
    assert 'PKG0' not in report.rules(), [finding.text() for finding in report.findings if finding.rule == 'PKG0']
    assert 'root:' not in str(report.as_dict())


def test_what_follows_the_end_of_a_mets_file_is_no_part_of_it(tmp_path):
    broken = replaced(build_zip(tmp_path), '/METS.xml', '</mets>', '</mets><mets/>')
    assert 'PKG16' in assert_is_judged(broken).rules()


def test_a_checksum_is_not_computed_a_million_times(tmp_path):
    """METS that names one file again and again must not make us read it again and again."""
    source = build_zip(tmp_path, count=1)

    def change(entry, content):
        if entry.count('/') == 1 and entry.endswith('METS.xml'):
            start = content.index(b'<file ID')
            element = content[start:content.index(b'</file>', start) + 7]
            return content.replace(element, element * 2000)
        return content
    broken = rewrite(source, change)
    report = validate(broken)
    assert report.counts['PKG19', 'warning'] == 1999
    assert len([finding for finding in report.findings if finding.rule == 'PKG19']) == 1000 and report.left_out


def test_nothing_is_written_while_validating(tmp_path):
    path = build_zip(tmp_path)
    before = {item: item.stat().st_mtime_ns for item in tmp_path.rglob('*')}
    for item in list(before):
        validate(item)
    assert {item: item.stat().st_mtime_ns for item in tmp_path.rglob('*')} == before
    assert path in before


def test_extracting_a_good_package(tmp_path):
    path = build_zip(tmp_path, 'AIP_hoso')
    with open_source(path) as source:
        place = extract(source, tmp_path / 'out')
    assert validate(place).valid
    with pytest.raises(PackageError, match='already'), open_source(path) as source:
        extract(source, tmp_path / 'out')


def mutate(content, chance):
    content = bytearray(content)
    for _time in range(chance.choice([1, 1, 2, 5, 20])):
        position = chance.randrange(len(content))
        what = chance.randrange(5)
        if what == 0:
            content[position] = chance.randrange(256)
        elif what == 1:
            del content[position:position + chance.choice([1, 4, 100])]
        elif what == 2:
            content[position:position] = chance.randbytes(chance.choice([1, 4, 30]))
        elif what == 3:
            content[position:position + 4] = chance.choice([b'\xff\xff\xff\xff', b'\0\0\0\0', b'PK\x01\x02', b'PK\x05\x06',
            b'\x01\0\0\x80'])
        else:
            other = chance.randrange(len(content))
            content[position:position + 40] = content[other:other + 40]
        if not content:
            break
    return bytes(content)


def assert_is_judged(path):
    report = validate(path)
    assert 'PKG0' not in report.rules(), [finding.text() for finding in report.findings if finding.rule == 'PKG0']
    str(report.as_dict('vi'))
    return report


def test_damaged_zip_files(tmp_path):
    """The directory and the small entries are hit most: schemas, of which most of the bytes are, are left out."""
    source = build_zip(tmp_path, 'AIP_hoso', count=1)
    slim = rewrite(source, lambda name, content: b'<x/>' if '/schemas/' in name or name.endswith('.py') else content, 'slim.zip')
    original, chance, target = slim.read_bytes(), random.Random(SEED), tmp_path / 'fuzz.zip'
    for _time in range(400):
        target.write_bytes(mutate(original, chance))
        assert_is_judged(target)
    assert sorted(tmp_path.iterdir()) == sorted([source, slim, target])


@pytest.mark.parametrize('name', ['METS.xml', 'representations/rep1/METS.xml', 'metadata/descriptive/EAD.xml',
                                  'metadata/preservation/PREMIS.xml', 'representations/rep1/metadata/preservation/PREMIS_rep1.xml'])
def test_damaged_xml(tmp_path, name):
    built = build(make_package('AIP_hoso', count=1), tmp_path, folder=True)
    place, chance = built.path / name, random.Random(SEED)
    original = place.read_bytes()
    for _time in range(60):
        place.write_bytes(mutate(original, chance))
        assert not assert_is_judged(built.path).valid or place.read_bytes() == original or name == 'METS.xml'


WORDS = ['ID', 'xlink:href', 'OBJID', 'CHECKSUM', 'CHECKSUMTYPE', 'SIZE', 'LABEL', 'USE', 'FILEID', 'DMDID', 'ADMID', 'TYPE', 'MIMETYPE',
'CREATED',
         'LOCTYPE', 'xlink:type', 'csip:OAISPACKAGETYPE', 'STATUS', 'MDTYPE', 'PROFILE', 'ROLE', 'OTHERTYPE']
VALUES = ['', ' ', '-1', '1e9', '٣', '../..', 'file:///etc/passwd', 'http://x/y', '%2e%2e/%2e%2e/x', '%', '%ff', 'a' * 3000, '\u0301',
'CON', 'METS.xml',
          'representations/rep1/METS.xml', '.', '/', '//', '\t', 'SHA-1', 'MD5', '2026-02-30', '0' * 64]


@settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_attributes_with_odd_values(tmp_path_factory, data):
    """METS that is well-formed and says strange things: names, sizes, checksums and addresses of every kind."""
    folder = tmp_path_factory.mktemp('odd')
    built = build(make_package('AIP_hoso', count=1), folder, folder=True)
    for name in ('METS.xml', 'representations/rep1/METS.xml'):
        place = built.path / name
        text = place.read_text(encoding='utf-8')
        for _time in range(data.draw(st.integers(1, 4))):
            word, value = data.draw(st.sampled_from(WORDS)), data.draw(st.one_of(st.sampled_from(VALUES), st.text(
                st.characters(blacklist_categories=('Cs', 'Cc'), blacklist_characters='"<&\ufffe\uffff'), max_size=20)))
            parts = text.split(f' {word}="')
            if len(parts) > 1:
                at = data.draw(st.integers(1, len(parts) - 1))
                parts[at] = f'{value}"' + parts[at].split('"', 1)[1]
                text = f' {word}="'.join(parts)
        place.write_text(text, encoding='utf-8')
    assert_is_judged(built.path)


def test_all_files_hostile_at_once(tmp_path):
    """Ten classes of defects in one package: each is in the report."""
    path = build_zip(tmp_path, 'AIP_hoso')
    root = read_entries(path)[0][0].filename.split('/')[0]
    link = zipfile.ZipInfo(f'{root}/documentation/link')
    link.create_system, link.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    entries = [
        ('../up', b''), (link, b'/etc/passwd'), (f'{root}/Extra.pdf', b''), (f'{root}/extra.pdf', b''), (f'{root}/{"n" * 300}', b''),
        ('outside/x', b'')]
    changed = rewrite(path, lambda name, content: None if name.endswith('.001.pdf') else b'?' if name.endswith('.002.pdf') else content)
    report = validate(add(changed, *entries))
    assert report.rules() >= {'PKG2', 'PKG3', 'PKG5', 'PKG9', 'PKG11', 'PKG12', 'PKG13', 'PKG14', 'CSIPSTR1'}
