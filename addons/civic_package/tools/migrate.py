"""Files of an AIP in another format join it, and the originals stay.

The circular knows one representation in a package (Annexes I, II): so what a migration made lies in it, too, attached to the
document whose file it was made of. Content and descriptions that were there stay byte for byte.
"""
from __future__ import annotations

import hashlib
import pathlib
import urllib.parse
import uuid
from dataclasses import dataclass

from lxml import etree

from . import premis, xmlio
from .events import PREMIS_PATH, _revise, _serialise
from .findings import InvalidPackage, PackageError
from .sinks import ZipSink, zip_time
from .sources import open_source, reading
from .validate import validate
from .writer import NAMESPACE, ZONE, guess_mime, href, stamp
from .xmlio import METS, PREMIS, XLINK


@dataclass(frozen=True)
class Migrated:
    """A file that was made of one in the package. ``original`` is the path in the package, ``path`` that of the new file."""
    original: str
    path: str
    sha256: str
    format: tuple           # (name, version, PRONOM key)
    detail: str = ''
    note: str = ''
    agents: tuple = ()      # as in premis.Event


def add_migrated(path, target, migrated, *, when, events=(), agents=(), profile='VN-2025', variant=None):
    """Write an AIP anew with files that were made of its own, and a PREMIS event ``migration`` for each.

    :param target: name of a file ending in .zip; :param events: more that happened before
    :return: (path, Revision). What comes out is validated; all or nothing is there afterwards.
    :raises PackageError: a file is not in the package or not what it should be; :raises InvalidPackage: as ``add_events``
    """
    if not migrated:
        raise PackageError("there is no file to add")
    with open_source(path) as source:
        root = xmlio.parse(source.read('METS.xml'))
        groups, names, done = {}, set(source.files), []
        for entry in migrated:
            base, data, _rest = entry.original.partition('/data/')
            if not data or entry.original not in names:
                raise PackageError(f"{path} has no file {entry.original}")
            groups.setdefault(base, []).append(entry)
        changed, added = {}, {}
        sink = ZipSink(pathlib.Path(target), source.root, zip_time(when.astimezone(ZONE)))
        with sink:
            for base, entries in groups.items():
                done += _amend(source, base, entries, root.get('OBJID') or '', names, changed, added, when)
            happened = [*events, *(premis.Event(
                'migration', when, detail=entry.detail, note=entry.note, agents=entry.agents,
                objects=(('UUID', before, 'source'), ('UUID', after, 'outcome'))) for entry, before, after in done)]
            revision = _revise(source, happened, when, agents, lambda mets: _name_anew(mets, changed, when))
            changed |= {'METS.xml': revision.mets, PREMIS_PATH: revision.premis}
            for name in source.files:
                if name in changed:
                    sink.write(name, changed[name])
                    continue
                with reading(source, name) as stream:
                    sink.copy(name, stream, limit=source.size(name))
            for name, entry in added.items():
                _size, digest = sink.copy_file(name, entry.path)
                if digest != entry.sha256:
                    raise PackageError(f"{entry.path} is not the file it should be: its SHA-256 is {digest}")
            place = sink.commit()
            report = validate(place, profile=profile, variant=variant)
            if not report.valid:
                sink.withdraw()
                raise InvalidPackage(report)
    return place, revision


def _amend(source, base, entries, objid, names, changed, added, when):
    """Put the files into METS and PREMIS of the representation; return (entry, identifier of the original, new one)."""
    mets_path = f'{base}/METS.xml'
    mets = xmlio.parse(source.read(mets_path))
    files = {urllib.parse.unquote(node.find(f'{{{METS}}}FLocat').get(f'{{{XLINK}}}href')): node
             for node in mets.iter(f'{{{METS}}}file') if node.find(f'{{{METS}}}FLocat') is not None}
    pointers = {}
    for node in mets.iter(f'{{{METS}}}fptr'):
        if (node.getparent().get('LABEL') or '').startswith(('MetadataLink/', 'AttachmentFile')):
            pointers.setdefault(node.get('FILEID'), node.getparent())
    reference = mets.find(f'{{{METS}}}amdSec/{{{METS}}}digiprovMD/{{{METS}}}mdRef')
    if reference is None:
        raise PackageError(f"{mets_path} names no PREMIS")
    premis_path = f"{base}/{urllib.parse.unquote(reference.get(f'{{{XLINK}}}href'))}"
    record = xmlio.parse(source.read(premis_path))
    done, objects = [], []
    for entry in entries:
        original = files.get(entry.original.removeprefix(f'{base}/'))
        division = pointers.get(original.get('ID')) if original is not None else None
        if division is None:
            raise PackageError(f"{mets_path} does not link {entry.original} with a document")
        if division.get('LABEL') == 'AttachmentFile':
            division = division.getparent()
        name = _choose_name(entry, names)
        names.add(name)
        added[name] = entry
        identifier = f"ID-{str(uuid.uuid5(NAMESPACE, f'{objid}/{name}/{entry.sha256}')).upper()}"
        size, mime = pathlib.Path(entry.path).stat().st_size, guess_mime(name)
        file = etree.SubElement(original.getparent(), f'{{{METS}}}file', {
            'ID': identifier, 'MIMETYPE': mime, 'SIZE': str(size), 'CREATED': stamp(when), 'CHECKSUM': entry.sha256,
            'CHECKSUMTYPE': 'SHA-256'})
        etree.SubElement(file, f'{{{METS}}}FLocat', {
            f'{{{XLINK}}}type': 'simple', f'{{{XLINK}}}href': href(name.removeprefix(f'{base}/')), 'LOCTYPE': 'URL'})
        attachment = etree.SubElement(division, f'{{{METS}}}div', {
            'ID': f'uuid-{str(uuid.uuid5(NAMESPACE, identifier)).upper()}', 'LABEL': 'AttachmentFile'})
        etree.SubElement(attachment, f'{{{METS}}}fptr', {'FILEID': identifier})
        objects.append(premis.write_file(identifier, size, entry.sha256, mime, name=name.rpartition('/')[2], form=entry.format))
        done.append((entry, original.get('ID'), identifier))
    new = etree.fromstring((premis.HEAD + ''.join(objects) + premis.TAIL).encode())
    place = max((index for index, node in enumerate(record) if node.tag == f'{{{PREMIS}}}object'), default=-1)
    for offset, node in enumerate(list(new), 1):
        record.insert(place + offset, node)
    etree.cleanup_namespaces(record, keep_ns_prefixes=['xsi'])
    changed[premis_path] = _serialise(record)
    _describe(reference, changed[premis_path], when)
    header = mets.find(f'{{{METS}}}metsHdr')
    if header is not None:
        header.set('LASTMODDATE', stamp(when))
    changed[mets_path] = _serialise(mets)
    return done


def _choose_name(entry, names):
    stem, suffix = entry.original.rpartition('.')[0], pathlib.PurePath(entry.path).suffix
    number = 1
    while f'{stem}.{number}{suffix}' in names:
        number += 1
    return f'{stem}.{number}{suffix}'


def _name_anew(mets, changed, when):
    """Size and digest of the METS of representations in the root METS."""
    for node in mets.iter(f'{{{METS}}}file'):
        location = node.find(f'{{{METS}}}FLocat')
        name = urllib.parse.unquote(location.get(f'{{{XLINK}}}href') or '') if location is not None else ''
        if name in changed:
            _describe(node, changed[name], when)


def _describe(node, content, when):
    node.set('SIZE', str(len(content)))
    node.set('CHECKSUM', hashlib.sha256(content).hexdigest())
    node.set('CREATED', stamp(when))
