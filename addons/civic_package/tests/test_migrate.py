"""Files that a migration made join an AIP; what was there stays."""
import datetime
import hashlib

import pytest
from lxml import etree

from ..tools.findings import PackageError
from ..tools.migrate import Migrated, add_migrated
from ..tools.sources import open_source
from ..tools.validate import validate
from .common import WHEN, build_zip, read_entries

LATER = WHEN + datetime.timedelta(days=400)
PDFA = ('PDF/A-2b', '', 'fmt/477')


def make_new(folder, text='moi'):
    path = folder / 'new.pdf'
    path.write_bytes(f'%PDF-1.7 {text}'.encode())
    return str(path), hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize('kind', ('AIP_hoso', 'AIP_tailieu'))
def test_a_new_file_joins_and_the_originals_stay(tmp_path, kind):
    aip = build_zip(tmp_path, kind)
    before = {entry.filename.partition('/')[2]: content for entry, content in read_entries(aip)}
    original = next(name for name in before if '/data/' in name)
    path, sha256 = make_new(tmp_path)
    place, revision = add_migrated(
        aip, tmp_path / 'out.zip', [Migrated(original, path, sha256, PDFA, 'fmt/412 > fmt/477', 'veraPDF: 2b')], when=LATER)
    report = validate(place)
    assert report.valid and report.warnings == validate(aip).warnings
    after = {entry.filename.partition('/')[2]: content for entry, content in read_entries(place)}
    [new] = set(after) - set(before)
    assert new == original.removesuffix('.pdf') + '.1.pdf' and hashlib.sha256(after[new]).hexdigest() == sha256
    assert not set(before) - set(after)
    assert {name.rpartition('/')[2] for name in before if before[name] != after[name]} == {'METS.xml', 'PREMIS.xml', 'PREMIS_rep1.xml'}
    record = etree.fromstring(revision.premis)
    assert 'migration' in record.xpath('//*[local-name()="eventType"]/text()')
    roles = record.xpath('//*[local-name()="event"][*[local-name()="eventType"]="migration"]//*[local-name()="linkingObjectRole"]/text()')
    assert roles == ['source', 'outcome']
    with open_source(place) as source:
        assert new in source.files
    # once more: another name, and the chain goes on
    again, second = add_migrated(place, tmp_path / 'again.zip', [Migrated(original, path, sha256, PDFA)], when=LATER)
    assert validate(again).valid and second.replaces == revision.mets_sha256


def test_what_is_not_there_or_changed_leaves_nothing(tmp_path):
    aip = build_zip(tmp_path, 'AIP_hoso')
    original = next(entry.filename.partition('/')[2] for entry, _content in read_entries(aip) if '/data/' in entry.filename)
    path, sha256 = make_new(tmp_path)
    for wrong in (Migrated('representations/rep1/data/khac.pdf', path, sha256, PDFA), Migrated(original, path, '0' * 64, PDFA)):
        with pytest.raises(PackageError):
            add_migrated(aip, tmp_path / 'out.zip', [wrong], when=LATER)
    assert not (tmp_path / 'out.zip').exists()
