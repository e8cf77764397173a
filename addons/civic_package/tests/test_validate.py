"""Each way of being wrong is named by its rule."""
import json

import pytest

from ..tools import csip, national
from ..tools.findings import load_messages
from ..tools.profiles import get_profile
from ..tools.validate import validate
from ..tools.writer import build
from .common import build_zip, errors, make_document, make_package, make_values, patch_bytes, replaced, rewrite

REP = 'representations/rep1/'


def test_a_changed_file_is_named(tmp_path):
    """Rule 21: the SHA-256 differs from METS."""
    path = replaced(build_zip(tmp_path), '.002.pdf', 'tờ 2', 'tờ 7')
    report = validate(path)
    assert report.rules() == {'PKG14'}
    [finding] = report.findings
    assert finding.location == REP + 'data/H29.1.2026.05.002.pdf'


@pytest.mark.parametrize('name', [
    'documentation/verify_package.py', 'schemas/EAD.xsd', 'metadata/descriptive/EAD.xml', 'rep1/METS.xml', 'PREMIS.xml', 'PREMIS_rep1.xml',
    'EAD_doc_TTLT.H29.1.2026.05.001.xml'])
def test_no_file_can_change_unseen(tmp_path, name):
    path = rewrite(build_zip(tmp_path, 'AIP_hoso'), lambda entry, content: content + b'\n' if entry.endswith(name) else content)
    report = validate(path)
    assert {'PKG13', 'PKG14'} == report.rules()


@pytest.mark.parametrize('name, rules', [
    ('.001.pdf', {'PKG11'}), ('METS.xsd', {'PKG11', 'VN05-13'}), ('descriptive/EAD.xml', {'PKG11', 'VN05-8'}),
    ('PREMIS.xml', {'PKG11', 'VN05-9'}), ('PREMIS_rep1.xml', {'PKG11', 'VN05-9'}), ('rep1/METS.xml', None)])
def test_a_missing_file_is_named(tmp_path, name, rules):
    path = rewrite(build_zip(tmp_path, 'AIP_hoso'), lambda entry, content: None if entry.endswith(name) else content)
    found = errors(path)
    assert found >= {'PKG11'} if rules is None else found == rules


def test_a_file_too_many_is_named(tmp_path):
    built = build(make_package('AIP_hoso'), tmp_path, folder=True)
    (built.path / REP / 'data' / 'secret.exe').write_bytes(b'MZ')
    assert errors(built.path) == {'PKG12'}


def test_several_defects_are_all_named(tmp_path):
    built = build(make_package('AIP_hoso'), tmp_path, folder=True)
    data = built.path / REP / 'data'
    (data / 'TTLT.H29.1.2026.05.001.pdf').write_bytes(b'changed')
    (data / 'TTLT.H29.1.2026.05.002.pdf').unlink()
    (data / 'new.pdf').write_bytes(b'new')
    (data / 'link.pdf').symlink_to('/etc/passwd')
    assert errors(built.path) == {'PKG3', 'PKG11', 'PKG12', 'PKG13', 'PKG14'}


@pytest.mark.parametrize('name, rules', [
    ('H29.1.2026.05.001.pdf', set()), ('H29.64.H29.1.2026.05.001.pdf', set()), ('H29.1.2026.06.001.pdf', {'VN05-22'})])
def test_the_code_of_the_archive_before_that_of_the_file_may_have_points(tmp_path, name, rules):
    package = make_package('AIP_hoso', count=1)
    package.values['arcFileCode'] = 'H29.64.H29.1.2026.05'
    package.documents[0].files[0].name = name
    assert {finding.rule for finding in validate(build(package, tmp_path).path).findings} == rules


# (kind, file, old, new, rules that must be among those that fail)
CHANGES = [
    ('AIP_hoso', '/METS.xml', 'OAISPACKAGETYPE="AIP"', 'OAISPACKAGETYPE="XIP"', {'CSIP9'}),
    ('AIP_hoso', '/METS.xml', ' OBJID="urn:G09', ' XOBJID="urn:G09', {'CSIP1', 'CSIP86', 'VN05-3', 'PKG17'}),
    ('AIP_hoso', '/METS.xml', 'TYPE="Mixed"', 'TYPE="Papers"', {'CSIP2', 'VN05-2'}),
    ('AIP_hoso', '/METS.xml', 'CREATEDATE="2026', 'CREATEDATE="x2026', {'CSIP7', 'PKG17'}),
    ('AIP_hoso', '/METS.xml', 'OTHERTYPE="SOFTWARE"', 'OTHERTYPE="HARDWARE"', {'CSIP13'}),
    ('AIP_hoso', '/METS.xml', '<name>Civic Records</name>', '<name></name>', {'CSIP14'}),
    ('AIP_hoso', '/METS.xml', 'csip:NOTETYPE="SOFTWARE VERSION"', 'csip:NOTETYPE="VERSION"', {'CSIP16'}),
    ('AIP_hoso', '/METS.xml', 'PROFILE=', 'XPROFILE=', {'CSIP6', 'PKG17'}),
    ('AIP_hoso', '/METS.xml', 'USE="Schemas"', 'USE="Other"', {'CSIP113'}),
    ('AIP_hoso', '/METS.xml', 'USE="Documentation"', 'USE="Other"', {'CSIP60'}),
    ('AIP_hoso', '/METS.xml', 'USE="Representations/rep1"', 'USE="Content"', {'CSIP114'}),
    ('AIP_hoso', '/METS.xml', 'LABEL="Metadata"', 'LABEL="Meta"', {'CSIP88', 'CSIP90'}),
    ('AIP_hoso', '/METS.xml', 'LABEL="CSIP"', 'LABEL="XSIP"', {'CSIP80', 'CSIP82'}),
    ('AIP_hoso', '/METS.xml', 'TYPE="PHYSICAL"', 'TYPE="LOGICAL"', {'CSIP81'}),
    ('AIP_hoso', '/METS.xml', 'MDTYPE="OTHER"', 'MDTYPE="FOO"', {'PKG17'}),
    ('AIP_hoso', '/METS.xml', 'MIMETYPE="text/xml"', 'MIMETYPE="text/nonsense"', {'CSIP26'}),
    ('AIP_hoso', '/METS.xml', 'LOCTYPE="URL" xlink:type="simple" xlink:href="metadata',
    'LOCTYPE="URN" xlink:type="simple" xlink:href="metadata',
     {'CSIP22'}),
    ('AIP_hoso', '/METS.xml', 'CHECKSUMTYPE="SHA-256"', 'CHECKSUMTYPE="SHA-999"', {'CSIP30', 'PKG15', 'VN05-7'}),
    ('AIP_hoso', '/METS.xml', 'SIZE="', 'SIZE="1', {'PKG13'}),
    ('AIP_hoso', '/METS.xml', 'xlink:href="metadata/descriptive', 'xlink:href="../metadata/descriptive', {'PKG18', 'PKG12'}),
    ('AIP_hoso', '/METS.xml', 'xlink:href="metadata/descriptive', 'xlink:href="/etc/../passwd', {'PKG18'}),
    ('AIP_hoso', '/METS.xml', '<mptr LOCTYPE="URL"', '<mptr LOCTYPE="ARK"', {'CSIP112'}),
    ('AIP_hoso', '/METS.xml', '/METS.xml" xlink:title="', '/METS.xml" xlink:title="x', {'CSIP108'}),
    ('AIP_hoso', '/METS.xml', '</mets>', '', {'PKG16'}),
    ('AIP_hoso', '/METS.xml', '<metsHdr', '<!--', {'PKG16'}),
    ('SIP_hoso', 'rep1/METS.xml', 'USE="Data"', 'USE="Papers"', {'VN05-27'}),
    ('SIP_hoso', 'rep1/METS.xml', 'FILEID="ID-', 'FILEID="IX-', {'VN05-27'}),
    ('SIP_hoso', 'rep1/METS.xml', 'MIMETYPE="application/pdf"', 'MIMETYPE="pdf"', {'CSIP68'}),
    ('SIP_hoso', 'EAD.xml', '<totalDoc>3', '<totalDoc>4', {'VN05-20'}),
    ('SIP_hoso', 'EAD.xml', '<title>', '<colour>01</colour><title>', set()),
    ('SIP_hoso', 'EAD.xml', '<maintenance>01</maintenance>', '', {'VN05-14'}),
    ('SIP_hoso', 'EAD.xml', '<mode>01', '<mode>03', {'VN05-28'}),
    ('SIP_hoso', 'EAD.xml', '<simpledc>', '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><simpledc>', {'PKG16'}),
    ('SIP_hoso', '.001.xml', 'H29.1.2026.05.0000001', 'H29.1.1994.05.0000001', {'VN05-21'}),
    ('SIP_hoso', '.001.xml', 'H29.1.2026.05.0000001', 'H29.1.2026.05.001', {'VN05-21'}),
    ('SIP_hoso', '.001.xml', 'H29.1.2026.05.0000001', 'H29.1.2026.05.0000002', {'VN05-29'}),
    ('SIP_hoso', '.001.xml', '<typeName>02', '<typeName>99', {'VN05-16'}),
    ('SIP_hoso', '.001.xml', '<issuedDate>03/02/2026', '<issuedDate>30/02/2026', {'VN05-17'}),
    ('SIP_hoso', '.001.xml', '<subject>', '<subject>' + 'x' * 500, {'VN05-15'}),
    ('SIP_hoso', '.001.xml', '<process>0</process>', '', {'VN05-18'}),
    ('AIP_hoso', 'PREMIS_rep1.xml', '<messageDigest>', '<messageDigest>0', {'VN05-25'}),
    ('AIP_hoso', 'PREMIS.xml', 'information package creation', 'creation', {'VN05-26'}),
    ('AIP_hoso', 'PREMIS.xml', '</premis>', '', {'PKG16'}),
]


@pytest.mark.parametrize('kind, name, old, new, rules', CHANGES)
def test_each_rule_finds_its_defect(tmp_path, kind, name, old, new, rules):
    """The root METS itself has no checksum; other files that were changed are found by theirs, too."""
    report = validate(replaced(build_zip(tmp_path, kind), name, old, new))
    assert report.rules() >= rules, report.rules()
    assert report.outcomes
    if name != '/METS.xml':
        assert 'PKG14' in report.rules()


def test_every_rule_says_how_it_fared(tmp_path):
    report = validate(build_zip(tmp_path, 'AIP_hoso'))
    assert set(report.outcomes) >= set(csip.RULES) | set(national.RULES)
    skipped = [outcome for outcome in report.outcomes.values() if outcome.outcome == 'skipped']
    assert skipped and all(outcome.reason for outcome in skipped)
    assert report.outcomes['SIP4'].reason == "the package says it is AIP, not SIP"
    assert report.outcomes['CSIP46'].reason.startswith("nothing in the package")


def test_rules_that_could_not_run_are_skipped_with_the_reason(tmp_path):
    path = rewrite(build_zip(tmp_path), lambda entry, content: None if entry.count('/') == 1 and entry.endswith('METS.xml') else content)
    report = validate(path)
    assert report.rules() == {'CSIPSTR4'}
    assert report.outcomes['CSIP1'].outcome == 'skipped' and report.outcomes['CSIP1'].reason == "METS.xml is missing"
    assert report.outcomes['VN05-3'].outcome == 'skipped'


def test_what_the_annex_breaks_on_purpose_is_accepted_and_said(tmp_path):
    report = validate(build_zip(tmp_path, 'DIP'))
    assert report.valid and report.outcomes['CSIP2'].outcome == 'accepted'
    assert 'MIXED' in report.outcomes['CSIP2'].reason


def test_preservation_metadata_belongs_to_an_aip_only(tmp_path):
    """Rule 22."""
    built = build(make_package('SIP_hoso'), tmp_path, folder=True)
    (built.path / 'metadata' / 'preservation').mkdir()
    (built.path / 'metadata' / 'preservation' / 'PREMIS.xml').write_bytes(b'<premis/>')
    assert errors(built.path) == {'PKG12', 'VN05-9'}


def test_the_folder_bears_the_name_of_the_package(tmp_path):
    """Rule 24: _ in place of : in an AIP's folder."""
    built = build(make_package('AIP_hoso'), tmp_path, folder=True)
    assert built.objid.startswith('urn:G09:uuid-') and built.path.name == built.objid.replace(':', '_')
    renamed = built.path.rename(tmp_path / 'package')
    assert errors(renamed) == {'VN05-4'}


def test_only_permanent_records_go_to_the_archive(tmp_path):
    """Rule 18, as a warning: the receiving side decides."""
    values = {**make_values('SIP_hoso', 3), 'maintenance': '05'}
    report = validate(build_zip(tmp_path, values=values))
    assert report.valid and report.rules('warning') == {'VN05-24'}


def test_a_document_twice_under_one_code(tmp_path):
    documents = [make_document('SIP_hoso', 1), make_document('SIP_hoso', 2, docCode='H29.1.2026.05.0000001')]
    assert errors(build_zip(tmp_path, documents=documents)) == {'VN05-29'}


def test_the_kind_that_was_asked_for(tmp_path):
    path = build_zip(tmp_path, 'SIP_hoso')
    assert validate(path, kind='SIP_hoso').valid
    assert errors(path, kind='AIP_hoso') >= {'VN05-1', 'VN05-9', 'VN05-14'}


def test_other_checksums_are_checked_too(tmp_path):
    """A package of another system may use SHA-512: not what the circular asks, but no reason not to look."""
    import hashlib
    source = build_zip(tmp_path, 'SIP_hoso')

    def change(entry, content):
        if entry.count('/') == 1 and entry.endswith('METS.xml'):
            ead = next(data for name, data in stored if name.endswith('descriptive/EAD.xml'))
            old = f'CHECKSUM="{hashlib.sha256(ead).hexdigest()}" CHECKSUMTYPE="SHA-256"'.encode()
            assert old in content
            return content.replace(old, f'CHECKSUM="{hashlib.sha512(ead).hexdigest()}" CHECKSUMTYPE="SHA-512"'.encode())
        return content
    from .common import read_entries
    stored = [(entry.filename, content) for entry, content in read_entries(source)]
    assert errors(rewrite(source, change)) == {'VN05-7'}


def test_a_damaged_byte_in_the_zip_file(tmp_path):
    path = build_zip(tmp_path, 'AIP_hoso')
    position = path.read_bytes().index('tờ 2'.encode())
    assert errors(patch_bytes(path, (position, b'X'))) == {'PKG8'}


def test_the_report_speaks_vietnamese(tmp_path):
    path = replaced(build_zip(tmp_path), '.002.pdf', 'tờ 2', 'tờ 7')
    report = validate(path).as_dict('vi')
    assert "Nội dung không đúng như METS" in report['findings'][0]['message']
    json.dumps(report)


def test_every_sentence_has_a_translation():
    """Sentences are found in the source: what is said to a person is the second argument of these calls, or in a table."""
    import ast
    import pathlib
    said, reasons = set(), set()
    for path in pathlib.Path(csip.__file__).parent.glob('*.py'):
        tree = ast.parse(path.read_text(encoding='utf-8'))
        reasons |= {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and getattr(node.func, 'attr', '') in (
                    'error', 'warning', 'add', 'defect', 'judge', '_say', 'refuse'):
                said.update(
                    argument.value for argument in node.args
                    if isinstance(argument, ast.Constant) and isinstance(argument.value, str) and ' ' in argument.value)
    from ..tools import mets, vn2019
    said.add(mets.SENTENCE)
    said.update(message for _rule, message in [*national.FIELD_RULES.values(), *vn2019.MESSAGES.values()])
    messages = load_messages('vi')
    assert said - messages.keys() == set()
    assert messages.keys() - said - reasons == set()
    for source, translation in messages.items():
        names = {part.split(')')[0] for part in source.split('%(')[1:]}
        assert names == {part.split(')')[0] for part in translation.split('%(')[1:]}, source


def test_kinds_are_recognised_by_their_fields():
    profile = get_profile()
    for kind in profile.kinds:
        rules = profile.kind(kind)
        assert profile.recognise(rules.oais, '', rules.fields) == kind
