"""A receiver's own variant: more fields, own codes, namespace and names, all of it data."""
import copy
import json
import zipfile

import pytest
from lxml import etree

from ..tools import cli
from ..tools.findings import InvalidPackage, load_messages
from ..tools.profiles import check_fields, get_profile
from ..tools.validate import validate
from ..tools.variants import read_variant
from .common import build_zip, make_document, make_values, replaced

RECEIVER = {
    'code': 'ttltls', 'label': "Trung tâm Lưu trữ lịch sử", 'source': "Công văn 12/TTLTLS", 'base': 'text',
    'valid_from': '2026-01-01', 'valid_to': None,
    'layout': {'namespace': 'urn:vn:ttltls:2026', 'prefix': 'ttl', 'representation': 'rep01', 'schema_names': {'EAD': 'ead-ttltls.xsd'}},
    'codes': {'kho': {'K1': "Kho số 1", 'K2': "Kho số 2"}},
    'fields': {
        'SIP_hoso': {
            'keyword': {'required': True}, 'storageCode': {'label': "Mã kho", 'codes': 'kho', 'required': True, 'value': 'K1'},
            'giverCode': {'label': "Mã bên giao", 'length': 100, 'required': True, 'value': '$fileCode'}},
        'SIP.doc': {'boxNumber': {'label': "Số hộp", 'type': 'number', 'length': 4, 'required': True}}}}


def make_receiver(**changes):
    return json.dumps({**copy.deepcopy(RECEIVER), **changes}).encode()


@pytest.fixture(scope='module')
def profile():
    return read_variant(make_receiver())[0]


@pytest.fixture(scope='module')
def package(profile, tmp_path_factory):
    return build_zip(
        tmp_path_factory.mktemp('receiver'), profile=profile, variant='ttltls', values={**make_values('SIP_hoso', 2), 'keyword': "số hóa"},
        documents=[make_document('SIP_hoso', number, boxNumber=str(number)) for number in (1, 2)])


def judge(path, profile):
    return validate(path, profile=profile, variant='ttltls')


def test_what_is_built_for_a_receiver_is_valid_for_it(package, profile):
    report = judge(package, profile)
    assert report.valid and report.variant == 'ttltls', report.findings


def test_names_and_namespace_are_the_receivers(package):
    with zipfile.ZipFile(package) as archive:
        names = [name.partition('/')[2] for name in archive.namelist()]
        assert 'representations/rep01/METS.xml' in names and 'schemas/ead-ttltls.xsd' in names and 'schemas/METS.xsd' in names
        root = etree.fromstring(archive.read(next(name for name in archive.namelist() if name.endswith('descriptive/EAD.xml'))))
        schema = etree.XMLSchema(etree.fromstring(
            archive.read(next(name for name in archive.namelist() if name.endswith('ead-ttltls.xsd')))))
    assert root.prefix == 'ttl' and {node.tag.partition('}')[0] for node in root.iter()} == {'{urn:vn:ttltls:2026'}
    assert schema.validate(root), schema.error_log
    assert root.findtext('{*}storageCode') == 'K1' and root.findtext('{*}giverCode') == 'H29.1.2026.05'


def test_the_circular_alone_knows_no_such_fields(package):
    report = validate(package, variant='text')
    assert 'VN05-19' in report.rules('warning')


@pytest.mark.parametrize('old, new, rule', [
    ('<ttl:storageCode>K1<', '<ttl:storageCode>K9<', 'VN05-16'), ('<ttl:keyword>số hóa</ttl:keyword>', '', 'VN05-14'),
    ('urn:vn:ttltls:2026', 'urn:vn:other', 'VN05-8')])
def test_what_the_receiver_asks_is_judged(package, profile, old, new, rule):
    broken = replaced(package, '/metadata/descriptive/EAD.xml', old, new, name=f'{rule}.zip')
    assert rule in judge(broken, profile).rules() and rule not in judge(package, profile).rules()


def test_the_profile_of_the_circular_stays_as_it_is(profile):
    plain = get_profile()
    assert 'ttltls' not in plain.variants and 'kho' not in plain.codes and 'storageCode' not in plain.tables['SIP_hoso']
    values = make_values('SIP_hoso', 1)
    assert [words['field'] for check, words in check_fields(profile.kind('SIP_hoso', 'ttltls').fields, values, profile.codes)
            if check == 'missing'] == ['keyword', 'storageCode', 'giverCode']
    assert not list(check_fields(plain.kind('SIP_hoso').fields, values, plain.codes))


@pytest.mark.parametrize('changes, place, words', [
    ({'label': ''}, '', 'label'), ({'code': 'text'}, 'code', 'text'), ({'code': '../x'}, 'code', '../x'),
    ({'base': 'paper'}, 'base', 'e-ark'),
    ({'valid_from': '01/01/2026'}, 'valid_from', 'YYYY-MM-DD'), ({'valid_to': '2025-12-31'}, 'valid_to', 'before'),
    ({'colour': 1}, '', 'colour'), ({'layout': []}, 'layout', '{…}'), ({'layout': {'objid': 'x'}}, 'layout', 'objid'),
    ({'layout': {'representation': '../../etc'}}, 'layout/representation', '../../etc'),
    ({'layout': {'representation': 7}}, 'layout/representation', 'rep1'),
    ({'layout': {'schema_names': {'EAD': 'a/b.xsd'}}}, 'layout/schema_names', 'a/b.xsd'),
    ({'layout': {'prefix': 'a b', 'namespace': 'urn:x'}}, 'layout/prefix', 'a b'),
    ({'layout': {'prefix': 'a'}}, 'layout/prefix', 'namespace'),
    ({'layout': {'description_name': '{name.__class__}.xml'}}, 'layout/description_name', 'EAD_'),
    ({'codes': {'kho': {}}}, 'codes/kho', 'label'), ({'codes': {}}, 'fields/SIP_hoso/storageCode', 'kho'),
    ({'fields': {'SIP': {}}}, 'fields', 'SIP_hoso'), ({'fields': {'SIP_hoso': {'new': {}}}}, 'fields/SIP_hoso/new', 'label'),
    ({'fields': {'SIP_hoso': {'title': {'required': False}}}}, 'fields/SIP_hoso/title', 'requires'),
    ({'fields': {'SIP_hoso': {'title': {'length': 2000}}}}, 'fields/SIP_hoso/title', '1000'),
    ({'fields': {'SIP_hoso': {'title': {'length': True}}}}, 'fields/SIP_hoso/title', 'True'),
    ({'fields': {'SIP_hoso': {'title': {'type': 'money'}}}}, 'fields/SIP_hoso/title', 'partial_date'),
    ({'fields': {'SIP_hoso': {'a><b': {'label': 'x'}}}}, 'fields/SIP_hoso/a><b', 'no name')])
def test_a_broken_file_is_refused_with_the_place(changes, place, words):
    with pytest.raises(InvalidPackage) as caught:
        read_variant(make_receiver(**changes))
    finding = next(finding for finding in caught.value.report.findings if finding.location == place)
    assert words in finding.text() and finding.message in load_messages('vi')


def test_all_that_is_wrong_is_named_at_once():
    with pytest.raises(InvalidPackage) as caught:
        read_variant(make_receiver(code='X', valid_from='', layout={'prefix': '1'}))
    assert len(caught.value.report.findings) == 4


@pytest.mark.parametrize('content', [b'', b'{', b'[]', b'\xff\xfe', b'[' * 100_000, b' ' * (2 << 20) + b'{}'], ids=range(6))
def test_what_is_no_such_file_is_refused_in_words(content):
    with pytest.raises(InvalidPackage):
        read_variant(content)


def test_on_the_command_line(package, tmp_path, capsys):
    good, broken = tmp_path / 'good.json', tmp_path / 'broken.json'
    good.write_bytes(make_receiver())
    broken.write_bytes(make_receiver(code='X', source=''))
    assert cli.main(['validate', str(package), '--variant', str(good)]) == 0
    assert cli.main(['validate', str(package), '--variant', str(broken), '--language', 'vi']) == 2
    words = capsys.readouterr().err
    assert 'thiếu source' in words and 'Mã X đã có' in words
