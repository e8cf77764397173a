"""What happens to an AIP after it was made: a check, a repair, a migration. Events join its PREMIS, and METS follows.

No file but ``metadata/preservation/PREMIS.xml`` and ``METS.xml`` at the top changes: content, descriptions and the METS of the
representation stay byte for byte, so every checksum of them holds on.
"""
from __future__ import annotations

import hashlib
import pathlib
import uuid
from dataclasses import dataclass, replace

from lxml import etree

from . import premis, xmlio
from .findings import InvalidPackage, PackageError
from .sinks import FolderSink, ZipSink, zip_time
from .sources import FolderSource, open_source, reading
from .validate import validate
from .writer import NAMESPACE, SOFTWARE, VERSION, ZONE, stamp
from .xmlio import METS, PREMIS, XLINK

PREMIS_PATH = 'metadata/preservation/PREMIS.xml'
MODIFICATION = 'metadata modification'


@dataclass(frozen=True)
class Revision:
    """The two files of a package that change when events join it."""
    mets: bytes
    premis: bytes
    mets_sha256: str
    replaces: str           # SHA-256 of the METS.xml before


def revise(path, events, *, when, agents=()):
    """The METS.xml and PREMIS.xml of a package with more events, to be kept beside it or to be put into it by ``add_events``.

    One event more says that the metadata changed, and the SHA-256 of the METS.xml before: so versions form a chain.

    :param events: ``premis.Event``; :param when: moment with a time zone; :param agents: ``premis.Agent`` not known so far
    :raises PackageError: there is no root PREMIS, or it cannot be read
    """
    with open_source(path) as source:
        return _revise(source, list(events), when, agents)


def add_events(path, target, events, *, when, agents=(), profile='VN-2025', variant=None):
    """Write a package anew with more events. :return: (path, Revision). What comes out is validated; all or nothing is there afterwards.

    :param target: a folder that takes ``<root>.zip`` (``<root>/`` if the package is a folder), or the name of a file ending in .zip
    :raises InvalidPackage: what comes out has errors, as the package had
    """
    target = pathlib.Path(target)
    with open_source(path) as source:
        revision = _revise(source, list(events), when, agents)
        changed = {'METS.xml': revision.mets, PREMIS_PATH: revision.premis}
        if isinstance(source, FolderSource):
            sink = FolderSink(target, source.root)
        else:
            file = target if target.suffix == '.zip' else target / f'{source.root}.zip'
            sink = ZipSink(file, source.root, zip_time(when.astimezone(ZONE)))
        with sink:
            for name in source.files:
                if name in changed:
                    sink.write(name, changed[name])
                    continue
                with reading(source, name) as stream:
                    sink.copy(name, stream, limit=source.size(name))
            place = sink.commit()
            report = validate(place, profile=profile, variant=variant)
            if not report.valid:
                sink.withdraw()
                raise InvalidPackage(report)
    return place, revision


def _revise(source, events, when, agents, amend=None):
    """``amend(mets)`` changes the root METS, if more than the events changes."""
    if when.tzinfo is None:
        raise PackageError("the moment of a change needs a time zone")
    if not events:
        raise PackageError("there is no event to add")
    for name in ('METS.xml', PREMIS_PATH):
        if name not in source.files:
            raise PackageError(f"{source.path} has no {name}")
    before = source.read('METS.xml')
    old = hashlib.sha256(before).hexdigest()
    try:
        mets, record = xmlio.parse(before), xmlio.parse(source.read(PREMIS_PATH))
    except (xmlio.XmlRefused, etree.XMLSyntaxError) as error:
        raise PackageError(f"{source.path} cannot be read: {error}") from error
    software = premis.Agent('software', SOFTWARE, SOFTWARE, VERSION)
    change = premis.Event(
        MODIFICATION, when, detail=f"{len(events)} events added", note=f"METS.xml before: SHA-256 {old}",
        agents=(('software', SOFTWARE, 'executing program'),), objects=(('UUID', mets.get('OBJID') or '', 'outcome'),))
    _append(record, [*events, change], [software, *agents], old)
    content = _serialise(record)
    _update(mets, content, when)
    if amend:
        amend(mets)
    after = _serialise(mets)
    return Revision(after, content, hashlib.sha256(after).hexdigest(), old)


def _append(record, events, agents, old):
    """Events behind the last event, agents that are not named yet behind the last agent: PREMIS prescribes the order."""
    known = {(node.findtext('{*}agentIdentifier/{*}agentIdentifierType'), node.findtext('{*}agentIdentifier/{*}agentIdentifierValue'))
             for node in record.iterfind(f'{{{PREMIS}}}agent')}
    agents = {(agent.type, agent.identifier): agent for agent in agents}
    text = []
    for number, event in enumerate(events):
        if not event.identifier:
            event = replace(event, identifier=str(uuid.uuid5(NAMESPACE, f'{old}/{number}')).upper())
        text.append(premis.write_event(event, stamp(event.when)))
        for type_, value, _role in event.agents:
            agents.setdefault((type_, value), premis.Agent(type_, value, value))
    text += [premis.write_agent(agent) for key, agent in agents.items() if key not in known]
    added = etree.fromstring((premis.HEAD + ''.join(text) + premis.TAIL).encode())
    for name, behind in (('event', ('object', 'event')), ('agent', ('object', 'event', 'agent'))):
        place = max((index for index, node in enumerate(record)
                     if isinstance(node.tag, str) and node.tag.rpartition('}')[2] in behind), default=-1)
        for offset, node in enumerate(added.findall(f'{{{PREMIS}}}{name}'), 1):
            record.insert(place + offset, node)
    etree.cleanup_namespaces(record, keep_ns_prefixes=['xsi'])


def _update(mets, content, when):
    header = mets.find(f'{{{METS}}}metsHdr')
    references = [
        node for node in mets.iterfind(f'{{{METS}}}amdSec/{{{METS}}}digiprovMD/{{{METS}}}mdRef')
        if (node.get(f'{{{XLINK}}}href') or '') == PREMIS_PATH]
    if header is None or len(references) != 1:
        raise PackageError(f"METS.xml does not name {PREMIS_PATH} once")
    header.set('LASTMODDATE', stamp(when))
    reference = references[0]
    reference.set('SIZE', str(len(content)))
    reference.set('CHECKSUM', hashlib.sha256(content).hexdigest())
    reference.set('CHECKSUMTYPE', 'SHA-256')
    reference.set('CREATED', stamp(when))


def _serialise(element):
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + etree.tostring(element, encoding='UTF-8') + b'\n'
