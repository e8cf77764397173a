"""Events that join an AIP later: its metadata get a new version, its content stays."""
import datetime
import hashlib

import pytest
from lxml import etree

from ..tools.events import MODIFICATION, PREMIS_PATH, add_events, revise
from ..tools.findings import InvalidPackage, PackageError
from ..tools.premis import Agent, Event
from ..tools.sources import open_source
from ..tools.validate import validate
from .common import WHEN, build_zip, make_package, read_entries, replaced

LATER = WHEN + datetime.timedelta(days=400)
CHECK = Event('fixity check', LATER, detail="SHA-256 of all files", agents=(('software', 'Civic Records', 'executing program'),))
REPAIR = Event('replication', LATER, outcome='success', note="from medium B", agents=(('person', 'luutru.lt', 'authorizer'),))
PREMIS = {'p': 'http://www.loc.gov/premis/v3'}


@pytest.fixture
def aip(tmp_path):
    return build_zip(tmp_path, 'AIP_hoso')


def events_of(path):
    with open_source(path) as source:
        record = etree.fromstring(source.read(PREMIS_PATH))
    return [event.findtext('p:eventType', namespaces=PREMIS) for event in record.findall('p:event', PREMIS)]


def digests(path):
    return {entry.filename: hashlib.sha256(content).hexdigest() for entry, content in read_entries(path)}


def test_events_join_and_nothing_else_changes(tmp_path, aip):
    place, revision = add_events(aip, tmp_path / 'new', [CHECK, REPAIR], when=LATER, agents=[Agent('person', 'luutru.lt', "Lê Thị Lưu")])
    report = validate(place)
    assert report.valid and report.warnings == validate(aip).warnings
    assert events_of(place) == ['information package creation', 'fixity check', 'replication', MODIFICATION]
    before, after = digests(aip), digests(place)
    assert list(before) == list(after)
    changed = {name.partition('/')[2] for name in before if before[name] != after[name]}
    assert changed == {'METS.xml', PREMIS_PATH}
    assert revision.replaces == before[next(name for name in before if name.count('/') == 1)]
    assert revision.mets_sha256 == hashlib.sha256(revision.mets).hexdigest()
    record = etree.fromstring(revision.premis)
    assert revision.replaces in record.xpath('string(//p:event[last()]//p:eventOutcomeDetailNote)', namespaces=PREMIS)
    assert record.xpath('//p:agent/p:agentName/text()', namespaces=PREMIS) == ['Civic Records', "Lê Thị Lưu"]
    assert b'LASTMODDATE="2027-07-17T11:45:37.690+07:00"' in revision.mets


def test_versions_form_a_chain(tmp_path, aip):
    first, one = add_events(aip, tmp_path / 'one', [CHECK], when=LATER)
    second, two = add_events(first, tmp_path / 'two', [CHECK], when=LATER + datetime.timedelta(days=1))
    assert two.replaces == one.mets_sha256
    assert events_of(second)[1:] == ['fixity check', MODIFICATION] * 2
    with open_source(second) as source:
        record = etree.fromstring(source.read(PREMIS_PATH))
    identifiers = record.xpath('//p:eventIdentifierValue/text()', namespaces=PREMIS)
    assert len(identifiers) == len(set(identifiers)) == 5


def test_the_same_events_give_the_same_bytes(tmp_path, aip):
    one, two = (add_events(aip, tmp_path / name, [CHECK], when=LATER)[0] for name in 'ab')
    assert one.read_bytes() == two.read_bytes()
    assert revise(aip, [CHECK], when=LATER).premis in one.read_bytes()      # kept beside the package, it is the same


def test_a_package_that_is_a_folder(tmp_path):
    from ..tools.writer import build
    folder = build(make_package('AIP_hoso'), tmp_path, folder=True).path
    place, _revision = add_events(folder, tmp_path / 'new', [CHECK], when=LATER)
    assert place.is_dir() and place.name == folder.name and validate(place).valid


def test_a_damaged_package_gets_no_new_version(tmp_path, aip):
    broken = replaced(aip, '.001.pdf', 'tờ', 'to')
    with pytest.raises(InvalidPackage) as refused:
        add_events(broken, tmp_path / 'new', [CHECK], when=LATER)
    assert refused.value.report.rules() == {'PKG13', 'PKG14'}
    assert list((tmp_path / 'new').iterdir()) == []


@pytest.mark.parametrize('events, when, kind, reason', [
    ([], LATER, 'AIP_hoso', 'no event'), ([CHECK], LATER.replace(tzinfo=None), 'AIP_hoso', 'time zone'),
    ([CHECK], LATER, 'SIP_hoso', 'has no metadata/preservation')])
def test_what_cannot_be_done_is_refused(tmp_path, events, when, kind, reason):
    with pytest.raises(PackageError, match=reason):
        add_events(build_zip(tmp_path, kind), tmp_path / 'new', events, when=when)
    assert not (tmp_path / 'new').exists()


def test_names_from_outside_cannot_break_the_xml(tmp_path, aip):
    nasty = Event('migration', LATER, detail='<&"]]>\x00\x0c', agents=(('person', '"><agent/>', 'authorizer'),))
    place, _revision = add_events(aip, tmp_path / 'new', [nasty], when=LATER)
    assert events_of(place)[1] == 'migration'
