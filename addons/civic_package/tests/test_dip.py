"""What a user is given from an AIP: what was asked for and may be given, with the way back to the AIP."""
import hashlib
import json

import pytest
from lxml import etree

from ..tools import cli
from ..tools.convert import CONDITIONAL, EARLIER, SECRET, aip_to_dip
from ..tools.findings import InvalidPackage, PackageError
from ..tools.sources import open_source
from ..tools.validate import validate
from ..tools.writer import Document, File
from .common import FILE, REQUEST, VARIANTS, WHEN, build_zip, make_document, read_entries, replaced

PREMIS = {'p': 'http://www.loc.gov/premis/v3'}
CODE = 'TTLT.H29.1.2026.05.{:07d}'


def read(path, name):
    with open_source(path) as source:
        return source.read(name)


@pytest.fixture
def aip(tmp_path):
    documents = [make_document('AIP_hoso', 1), make_document('AIP_hoso', 2, mode='02'), make_document('AIP_hoso', 3)]
    return build_zip(tmp_path, 'AIP_hoso', documents=documents)


def give(path, target, **options):
    return aip_to_dip(path, target, when=WHEN, request=REQUEST, **options)


@pytest.mark.parametrize('variant', VARIANTS)
def test_what_may_be_given_is_given_in_the_receiver_s_variant(tmp_path, aip, variant):
    built, left_out = give(aip, tmp_path / 'dip', variant=variant)
    report = validate(built.path, variant=variant)
    assert report.valid and report.kind == 'DIP', report.findings
    assert [(entry.code, entry.title, entry.reason) for entry in left_out] == [(CODE.format(2), "Về việc số hóa", CONDITIONAL)]
    contents = {content for _entry, content in read_entries(built.path)}
    assert '%PDF-1.7 tờ 1'.encode() in contents and '%PDF-1.7 tờ 3'.encode() in contents
    assert '%PDF-1.7 tờ 2'.encode() not in contents
    assert not any(CODE.format(2).encode() in content for content in contents)       # the user does not learn what it is


def test_the_way_back_to_the_aip(tmp_path, aip):
    built, _left_out = give(aip, tmp_path / 'dip', approver='luutru.lt', decision="Phiếu 15")
    record = etree.fromstring(read(built.path, 'metadata/preservation/PREMIS.xml'))
    links = {link.findtext('p:linkingObjectRole', namespaces=PREMIS): link.findtext('p:linkingObjectIdentifierValue', namespaces=PREMIS)
             for link in record.iterfind('.//p:linkingObjectIdentifier', PREMIS)}
    assert links == {'source': validate(aip).objid, 'outcome': built.objid}
    note = record.findtext('.//p:eventOutcomeDetailNote', namespaces=PREMIS)
    assert hashlib.sha256(read(aip, 'METS.xml')).hexdigest() in note and note.startswith("Phiếu 15")
    assert f"left out, 1 documents: {CONDITIONAL}" in note
    assert 'luutru.lt' in record.xpath('//p:agentName/text()', namespaces=PREMIS)


def test_what_was_chosen_and_granted(tmp_path, aip):
    built, left_out = give(aip, tmp_path / 'dip', codes=[CODE.format(2)], granted=[CODE.format(2)])
    assert built.documents == 1 and not left_out and validate(built.path).valid
    description = etree.fromstring(next(
        content for entry, content in read_entries(built.path) if '/EAD_doc_' in entry.filename))
    values = {child.tag: child.text for child in description}
    assert values['arcDocCode'] == CODE.format(2) and values['docId'] == 'H29.1.2026.05.2'
    assert values['maintenance'] == FILE['maintenance'] and values['riskRecovery'] == FILE['riskRecovery']


def test_secrets_are_never_given():
    """An AIP with one is refused as a whole; should one pass, it is left out even if access was granted."""
    from ..tools.convert import _why_not
    assert _why_not({'mode': '03'}, Document({}, []), 'x', {'x'}) == SECRET


def test_references_to_other_packages_are_left_out(tmp_path):
    holey = make_document('AIP_hoso', 2)
    aip = build_zip(tmp_path, 'AIP_hoso', documents=[make_document('AIP_hoso', 1), Document(
        holey.values, [File(b'urn_G09_uuid 17 data/a.pdf', original_name='old.pdf', holey=True)])])
    built, left_out = give(aip, tmp_path / 'dip')
    assert built.documents == 1 and [entry.reason for entry in left_out] == [EARLIER]


def test_what_cannot_be_given_is_refused(tmp_path, aip):
    with pytest.raises(PackageError, match='no document X.1'):
        give(aip, tmp_path / 'dip', codes=['X.1'])
    with pytest.raises(PackageError, match='not granted'):
        give(aip, tmp_path / 'dip', codes=[CODE.format(2)])
    with pytest.raises(PackageError, match='not an AIP'):
        give(build_zip(tmp_path / 'sip'), tmp_path / 'dip')
    with pytest.raises(InvalidPackage):
        give(replaced(aip, '.001.pdf', 'tờ', 'to'), tmp_path / 'dip')
    assert not (tmp_path / 'dip').exists()


def test_the_same_request_gives_the_same_bytes(tmp_path, aip):
    one, two = (give(aip, tmp_path / name)[0].path.read_bytes() for name in 'ab')
    assert one == two


def test_on_the_command_line(tmp_path, aip, capsys):
    request = tmp_path / 'request.json'
    request.write_text(json.dumps({'created': WHEN.isoformat(), 'values': REQUEST, 'approver': 'luutru.lt'}), encoding='utf-8')
    assert cli.main(['convert', str(aip), '--request', str(request), '--output', str(tmp_path / 'dip'), '--json']) == 0
    said = json.loads(capsys.readouterr().out)
    assert said['documents'] == 2 and said['left_out'][0]['reason'] == CONDITIONAL
    assert cli.main(['validate', said['path'], '--kind', 'DIP']) == 0
    assert cli.main(['convert', str(aip), '--request', str(request), '--output', str(tmp_path / 'dip')]) == 2     # it is there already
    request.write_text('{"values": 3}', encoding='utf-8')
    assert cli.main(['convert', str(aip), '--request', str(request), '--output', str(tmp_path)]) == 2
    assert 'does not describe a request' in capsys.readouterr().err
