"""A SIP that was accepted becomes an AIP (rule 23; Article 25.3.a of Circular 05/2025)."""
import datetime

import pytest
from lxml import etree

from ..tools.convert import sip_to_aip
from ..tools.findings import InvalidPackage, PackageError
from ..tools.premis import Event
from ..tools.sources import open_source
from ..tools.validate import validate
from ..tools.writer import ZONE, Document, File
from .common import VARIANTS, build_zip, make_document, replaced

WHEN = datetime.datetime(2026, 7, 1, 8, 30, tzinfo=ZONE)
PREMIS = {'p': 'http://www.loc.gov/premis/v3'}


def convert(path, target, **options):
    return sip_to_aip(path, target, when=WHEN, archive_code='TTLT', **options)


def read(path, name):
    with open_source(path) as source:
        return source.read(name)


@pytest.mark.parametrize('variant', VARIANTS)
@pytest.mark.parametrize('kind', ['SIP_hoso', 'SIP_tailieu'])
def test_the_aip_is_valid_and_names_its_source(tmp_path, kind, variant):
    path = build_zip(tmp_path, kind, variant=variant)
    sip = validate(path)
    built = convert(path, tmp_path / 'aip', approver="Nguyễn Văn A", decision='12/QĐ-TTLT')
    report = validate(built.path)
    assert (report.errors, report.warnings) == (0, 0), report.findings
    assert report.kind == kind.replace('SIP', 'AIP')
    premis = etree.fromstring(read(built.path, 'metadata/preservation/PREMIS.xml'))
    [event] = premis.findall('p:event', PREMIS)
    assert event.findtext('p:eventType', namespaces=PREMIS) == 'information package creation'
    links = {link.findtext('p:linkingObjectRole', namespaces=PREMIS): link.findtext('p:linkingObjectIdentifierValue', namespaces=PREMIS)
             for link in event.findall('p:linkingObjectIdentifier', PREMIS)}
    assert links == {'source': sip.objid, 'outcome': built.objid}
    assert '12/QĐ-TTLT' in ''.join(event.itertext()) and "Nguyễn Văn A" in ''.join(premis.itertext())


def test_codes_and_content_travel(tmp_path):
    path = build_zip(tmp_path, count=2)
    built = convert(path, tmp_path / 'aip', catalog='03')
    with open_source(path) as sip, open_source(built.path) as aip:
        ead = etree.fromstring(aip.read('metadata/descriptive/EAD.xml'))
        assert ead.findtext('arcFileCode') == 'TTLT.H29.1.2026.05.03'
        assert ead.findtext('fileCode') is None and ead.findtext('riskRecovery') == '0'
        for name in (name for name in sip.files if '/data/' in name):
            assert sip.read(name) == aip.read(name)
        assert aip.read('documentation/SIP_METS.xml') == sip.read('METS.xml')
        document = etree.fromstring(aip.read('representations/rep1/metadata/descriptive/EAD_doc_H29.1.2026.05.002.xml'))
        assert document.findtext('docOrdinal') == '2' and document.findtext('docCode') == 'TTLT.H29.1.2026.05.03.0000002'
        assert document.find('docId') is None and document.find('maintenance') is None


def test_events_on_the_way_are_kept(tmp_path):
    scan = Event('virus check', WHEN, agents=(('software', 'clamd', 'executing program'),))
    built = convert(build_zip(tmp_path), tmp_path / 'aip', events=[scan])
    premis = etree.fromstring(read(built.path, 'metadata/preservation/PREMIS.xml'))
    assert [event.findtext('p:eventType', namespaces=PREMIS) for event in premis.findall('p:event', PREMIS)] == [
        'virus check', 'information package creation']
    assert validate(built.path).valid


def test_the_same_sip_gives_the_same_aip(tmp_path):
    path = build_zip(tmp_path)
    assert convert(path, tmp_path / 'a').path.read_bytes() == convert(path, tmp_path / 'b').path.read_bytes()


def test_a_sip_with_defects_is_refused(tmp_path):
    path = replaced(build_zip(tmp_path), '.001.pdf', 'tờ', 'to')
    with pytest.raises(InvalidPackage) as refused:
        convert(path, tmp_path / 'aip')
    assert refused.value.report.rules() == {'PKG13', 'PKG14'}
    assert not (tmp_path / 'aip').exists()


def test_only_a_sip_becomes_an_aip(tmp_path):
    with pytest.raises(PackageError, match='not a SIP'):
        convert(build_zip(tmp_path, 'AIP_hoso'), tmp_path / 'aip')


def test_content_that_changes_after_it_was_checked_is_refused(tmp_path):
    """Between validation and conversion someone swaps a file: the checksum is compared once more while copying."""
    path = build_zip(tmp_path)
    report = validate(path)
    broken = replaced(path, '.001.pdf', 'tờ', 'tở')
    with pytest.raises(PackageError, match='not the file it should be'):
        convert(broken, tmp_path / 'aip', report=report)
    assert list((tmp_path / 'aip').iterdir()) == []


def test_references_to_earlier_submissions_get_their_place(tmp_path):
    holey = make_document('SIP_hoso', 1)
    path = build_zip(tmp_path, documents=[make_document('SIP_hoso', 1), Document(
        holey.values, [File(b'H29.1.2025.09.7', original_name='old.pdf', holey=True)])])
    with pytest.raises(PackageError, match='must be given'):
        convert(path, tmp_path / 'aip')
    built = convert(path, tmp_path / 'aip', resolve=lambda reference, name: f'urn_G09_uuid {reference} 17 data/{name}')
    assert validate(built.path).errors == 0
    content = read(built.path, 'representations/rep1/data/H29.1.2026.05.002.pdf.fetch.txt')
    assert content == b'urn_G09_uuid H29.1.2025.09.7 17 data/H29.1.2026.05.002.pdf'
