"""Writing packages: documents stream in, a folder or ZIP file comes out.

The same input gives the same bytes: identifiers are made from the package's own (UUID version 5), and no clock is read.
Each file is read once; METS and PREMIS grow in temporary files beside it, so that memory does not depend on the content.
How large a package may be, readers set: a million entries, 512 MB in one XML file (about 400 000 documents).
"""
from __future__ import annotations

import datetime
import itertools
import mimetypes
import os
import pathlib
import tempfile
import urllib.parse
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field

from . import metadata, premis, schemas, xmlio
from .findings import PackageError
from .profiles import compose_doc_code, fill, get_profile
from .sinks import FolderSink, ZipSink, zip_time
from .xmlio import attributes, tag

NAMESPACE = uuid.UUID('5d1f1b0e-3a54-5b0e-9a39-6b8b2f0f8b1d')
SOFTWARE, VERSION = 'Civic Records', '1.0'
ZONE = datetime.timezone(datetime.timedelta(hours=7))
VERIFIER = 'verify_package.py'
DIVISION = 50_000       # descriptions that one attribute names: libxml2 reads none above 10 MB, which 238 000 of them would be
_UNSAFE_IN_URL = ' %#?"<>[]{}|^`'
_MIME = {
    '.pdf': 'application/pdf', '.xml': 'text/xml', '.txt': 'text/plain', '.rtf': 'application/rtf', '.doc': 'application/msword',
    '.docx': 'application/vnd.openxmlformats-officedocument.wordprocessingml.document', '.odt': 'application/vnd.oasis.opendocument.text',
    '.xls': 'application/vnd.ms-excel', '.xlsx': 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
    '.csv': 'text/csv', '.ods': 'application/vnd.oasis.opendocument.spreadsheet', '.htm': 'text/html', '.html': 'text/html',
    '.ppt': 'application/vnd.ms-powerpoint', '.odp': 'application/vnd.oasis.opendocument.presentation',
    '.pptx': 'application/vnd.openxmlformats-officedocument.presentationml.presentation', '.jpg': 'image/jpeg', '.jpeg': 'image/jpeg',
    '.gif': 'image/gif', '.tif': 'image/tiff', '.tiff': 'image/tiff', '.png': 'image/png', '.mpg': 'video/mpeg', '.mpeg': 'video/mpeg',
    '.heic': 'image/heic', '.mp4': 'video/mp4', '.avi': 'video/x-msvideo', '.wmv': 'video/x-ms-wmv', '.mov': 'video/quicktime',
    '.mp3': 'audio/mpeg', '.wma': 'audio/x-ms-wma', '.aac': 'audio/aac', '.wav': 'audio/x-wav', '.xsd': 'text/xml', '.py': 'text/x-python',
}


@dataclass
class File:
    """One file to be packed. ``source`` is a path, bytes, or a function that returns an open binary stream."""
    source: object
    name: str = ''              # made from the file's code and the document's ordinal when empty
    original_name: str = ''
    mime: str = ''
    format: tuple | None = None         # (name, version, PRONOM key)
    created: datetime.datetime | None = None
    sha256: str = ''            # what it must be, if known: another content is refused
    holey: bool = False         # submitted earlier: the source is the reference to it, and the name gets .fetch.txt

    def suffix(self):
        name = self.name or self.original_name or (str(self.source) if isinstance(self.source, (str, os.PathLike)) else '')
        return pathlib.PurePosixPath(name).suffix.lower()


@dataclass
class Document:
    """One document: its description and its files, of which the first is the document and the others are attached."""
    values: dict
    files: list
    type: str = 'doc'           # doc, pic, media


@dataclass
class Package:
    """All that a package is made of. ``seed`` makes its UUID; by default the kind, the code and the moment do."""
    kind: str
    values: dict
    documents: Iterable = ()
    created: datetime.datetime = None
    fonds: str = ''
    organisation: str = ''
    submission: str = ''        # code of the registration of the submission
    packer: str = ''            # the account that packs
    profile: str = 'VN-2025'
    variant: str = 'text'
    seed: str = ''
    record_status: str = 'NEW'
    documentation: list = field(default_factory=list)
    events: list = field(default_factory=list)
    agents: list = field(default_factory=list)
    verifier: bool = True


@dataclass
class Built:
    path: pathlib.Path
    objid: str
    kind: str
    files: int
    size: int
    documents: int
    mets_sha256: str            # the one digest from which all others follow


class Names:
    """Identifiers of one package: the same for the same package and place."""

    def __init__(self, package, kind):
        moment = package.created
        if moment is None or moment.tzinfo is None:
            raise PackageError("a package needs the moment of its making, with a time zone")
        seed = package.seed or f'{package.kind}|{package.values.get(kind.code or "requestID", "")}|{moment.isoformat()}'
        self.base = uuid.uuid5(NAMESPACE, seed)
        self.uuid = str(self.base).upper()
        self.moment = stamp(moment)
        form = kind.layout['objid']
        if '{fonds}' in form and not package.fonds:
            form = 'urn:uuid:{uuid}'
        self.objid = form.format(uuid=self.uuid, fonds=package.fonds)
        self.root = self.objid.replace(':', '_')

    def __call__(self, place):
        return f'uuid-{self.plain(place)}'

    def file(self, place):
        return f'ID-{self.plain(place)}'

    def plain(self, place):
        return str(uuid.uuid5(self.base, place)).upper()


def stamp(moment):
    """A moment as the circular writes it: milliseconds and +07:00."""
    return moment.astimezone(ZONE).isoformat(timespec='milliseconds')


def href(path):
    """A path as an IRI: Vietnamese letters stay readable, what would end or change the address is escaped."""
    if path.isascii() and not any(char in path for char in _UNSAFE_IN_URL):
        return path
    return ''.join(urllib.parse.quote(char) if char in _UNSAFE_IN_URL else char for char in path)


def guess_mime(name):
    suffix = pathlib.PurePosixPath(name).suffix.lower()
    return _MIME.get(suffix) or mimetypes.guess_type(name, strict=False)[0] or 'application/octet-stream'


class Builder:

    def __init__(self, package, sink, kind, names, progress=None):
        self.package, self.sink, self.kind, self.names = package, sink, kind, names
        self.layout, self.progress, self.count = kind.layout, progress, 0
        self.rep = self.layout['representation']
        self.rep_path = f'representations/{self.rep}/'
        self.code = package.values.get(kind.code, '') if kind.code else ''

    # === the whole ====================================================================================================

    def build(self):
        with tempfile.TemporaryDirectory(prefix='civic-package-') as scratch:
            self.parts = {
                name: open(os.path.join(scratch, name), 'w+', encoding='utf-8', newline='')  # noqa: SIM115  closed below
                for name in ('dmd', 'file', 'holey', 'link', 'premis', 'metadata')}
            try:
                for ordinal, document in enumerate(self.package.documents, 1):
                    self.add_document(ordinal, document)
                    if self.progress:
                        self.progress(ordinal, self.sink.size)
                if not self.count:
                    raise PackageError("a package needs at least one document")
                rep = self.write_representation()
            finally:
                for part in self.parts.values():
                    part.close()
        return self.write_root(rep)

    # === documents ====================================================================================================

    def add_document(self, ordinal, document):
        if document.type not in self.kind.document_fields:
            raise PackageError(f"document {ordinal}: there is no type {document.type!r}")
        if not document.files:
            raise PackageError(f"document {ordinal}: a document needs a file")
        fields, values = self.kind.document_fields[document.type], dict(document.values)
        self.fill_codes(fields, values, ordinal)
        files = [self.add_file(ordinal, number, file) for number, file in enumerate(document.files)]
        stem = files[0][0].rpartition('.')[0] or files[0][0]
        if files[0][0].endswith('.fetch.txt'):
            stem = files[0][0].removesuffix('.fetch.txt').rpartition('.')[0]
        name = self.layout['description_name'].format(type=document.type, TYPE=document.type.upper(), name=stem)
        path = f'metadata/descriptive/{name}'
        size, digest = self.sink.write(self.rep_path + path, metadata.write(fields, fill(fields, values), self.layout))
        dmd = self.names(f'dmd/{ordinal}')
        self.parts['dmd'].write(self.md_section('dmdSec', dmd, path, size, digest, 'DC'))
        self.parts['metadata'].write(f'{dmd}\n')
        label = 'MetadataLink/Holey' if document.files[0].holey else 'MetadataLink/File'
        self.parts['link'].write(
            f'<div ID="{self.names(f"link/{ordinal}")}" LABEL="{label}" DMDID="{dmd}">'
            + ''.join(f'<fptr FILEID="{identifier}"/>' for _name, identifier in files[:1])
            + ''.join(f'<div ID="{self.names(f"attachment/{ordinal}/{number}")}" LABEL="AttachmentFile"><fptr FILEID="{identifier}"/></div>'
                      for number, (_name, identifier) in enumerate(files[1:], 1))
            + '</div>\n')
        self.count += 1

    def fill_codes(self, fields, values, ordinal):
        """Codes that follow from the file's and the ordinal, where they were not given."""
        if self.kind.code and self.code:
            code = compose_doc_code(self.code, ordinal, self.kind.profile.data['ordinal_digits'])
            for name in ('docCode', 'arcDocCode'):
                if name in fields:
                    values.setdefault(name, code)
            if 'arcFileCode' in fields:
                values.setdefault('arcFileCode', self.code)
            if 'docId' in fields:
                values.setdefault('docId', f'{self.code}.{ordinal}')
        if 'docOrdinal' in fields:
            values.setdefault('docOrdinal', str(ordinal))
        if 'maintenance' in fields and self.package.values.get('maintenance'):
            values.setdefault('maintenance', self.package.values['maintenance'])

    def add_file(self, ordinal, number, file):
        code = self.code or self.package.values.get('requestID', 'file')
        name = file.name or f'{code}.{ordinal:03d}' + (f'.{number}' if number else '') + file.suffix()
        if file.holey:
            if not self.kind.holey:
                raise PackageError(f"{name}: {self.kind.name} cannot refer to documents submitted earlier ({self.kind.annex})")
            name += '.fetch.txt'
        path = f'data/{name}'
        size, digest = self.copy(self.rep_path + path, file)
        if file.sha256 and file.sha256.lower() != digest:
            raise PackageError(f"{name} is not the file it should be: its SHA-256 is {digest} and not {file.sha256.lower()}")
        identifier = self.names.file(path)
        mime = 'text/plain' if file.holey else file.mime or guess_mime(name)
        self.parts['holey' if file.holey else 'file'].write(
            self.file_element(identifier, path, size, digest, mime, stamp(file.created) if file.created else self.names.moment))
        if self.kind.premis == 'required':
            self.parts['premis'].write(
                premis.write_file(identifier, size, digest, mime, name=file.original_name or name, form=file.format))
        return name, identifier

    def copy(self, path, file):  # pylint: disable=method-required-super  # no model
        source = file.source
        if isinstance(source, bytes):
            return self.sink.write(path, source)
        if isinstance(source, (str, os.PathLike)):
            return self.sink.copy_file(path, source)
        with source() as stream:
            return self.sink.copy(path, stream)

    # === METS =========================================================================================================

    def file_element(self, identifier, path, size, digest, mime, moment):
        return (
            f'<file ID="{identifier}" MIMETYPE={xmlio.quote(mime)} SIZE="{size}" CREATED="{moment}" CHECKSUM="{digest}"'
            ' CHECKSUMTYPE="SHA-256">'
            f'<FLocat xlink:type="simple" xlink:href={xmlio.quote(href(path))} LOCTYPE="URL"/></file>\n')

    def md_reference(self, path, size, digest, mdtype):
        layout = self.layout
        return '<mdRef' + attributes({
            'LOCTYPE': 'URL', 'xlink:type': 'simple', 'xlink:href': href(path), 'MDTYPE': mdtype,
            'OTHERMDTYPE': 'simpledc' if mdtype == 'OTHER' else None,
            'MDTYPEVERSION': '3.0' if mdtype == 'PREMIS' else layout['mdtype_version'],
            'MIMETYPE': layout['xml_mimetype'], 'SIZE': str(size), 'CREATED': self.names.moment, 'CHECKSUM': digest,
            'CHECKSUMTYPE': 'SHA-256'}) + '/>'

    def md_section(self, name, identifier, path, size, digest, mdtype):
        created = f' CREATED="{self.names.moment}"'
        return f'<{name} ID="{identifier}"{created} STATUS="CURRENT">{self.md_reference(path, size, digest, mdtype)}</{name}>\n'

    def mets_head(self, objid, label, profile, up=''):
        folder = f'{up}schemas/'
        places = [(xmlio.METS, self.layout['schema_names']['METS']), (xmlio.XLINK, 'xlink.xsd'), (xmlio.CSIP, 'DILCISExtensionMETS.xsd')]
        if self.kind.oais == 'SIP':
            places.append((xmlio.SIP, 'DILCISExtensionSIPMETS.xsd'))
        return metadata.HEAD + '<mets' + attributes({
            'xmlns': xmlio.METS, 'xmlns:xsi': xmlio.XSI, 'xmlns:xlink': xmlio.XLINK, 'xmlns:csip': xmlio.CSIP,
            'xmlns:sip': xmlio.SIP if self.kind.oais == 'SIP' else None,
            'OBJID': objid, 'LABEL': label or None, 'TYPE': self.layout['type'], 'csip:CONTENTINFORMATIONTYPE': 'MIXED', 'PROFILE': profile,
            'xsi:schemaLocation': ' '.join(f'{uri} {folder}{name}' for uri, name in places)}) + '>\n'

    def mets_header(self, agents, alternative=''):
        return (
            '<metsHdr' + attributes({
                'CREATEDATE': self.names.moment, 'LASTMODDATE': self.names.moment, 'RECORDSTATUS': self.package.record_status,
                'csip:OAISPACKAGETYPE': self.kind.oais}) + '>\n'
            + ''.join(
                '<agent' + attributes(dict(pairs)) + f'>{tag("name", text=name)}'
                + (tag('note', {'csip:NOTETYPE': notetype}, note) if note else '') + '</agent>\n'
                for pairs, name, notetype, note in agents)
            + (tag('altRecordID', {'TYPE': 'SUBMISSIONAGREEMENT'}, alternative) + '\n' if alternative else '') + '</metsHdr>\n')

    def root_agents(self):
        version = self.layout['software_note'] == 'SOFTWARE VERSION'
        yield ({'ROLE': 'CREATOR', 'TYPE': 'OTHER', 'OTHERTYPE': 'SOFTWARE'}.items(), SOFTWARE, self.layout['software_note'],
               VERSION if version else self.package.fonds or '-')
        organisation = self.package.organisation or self.package.fonds
        if self.layout['organisation_agents'] and self.kind.oais == 'SIP':
            for role, other in (('CREATOR', None), ('OTHER', 'SUBMITTER')):
                yield ({'ROLE': role, 'OTHERROLE': other, 'TYPE': 'ORGANIZATION'}.items(), organisation or '-', 'IDENTIFICATIONCODE',
                       self.package.fonds or '-')
        elif organisation and self.kind.oais == 'AIP':
            yield ({'ROLE': 'ARCHIVIST', 'TYPE': 'ORGANIZATION'}.items(), organisation, 'IDENTIFICATIONCODE', self.package.fonds)

    def representation_agents(self):
        if self.layout['representation_agent'] == 'INDIVIDUAL':
            who = {'ROLE': 'CREATOR', 'TYPE': 'INDIVIDUAL', 'OTHERTYPE': ''}, self.package.packer or SOFTWARE
        else:
            who = {'ROLE': 'CREATOR', 'TYPE': 'ORGANIZATION'}, self.package.organisation or self.package.fonds or SOFTWARE
        yield who[0].items(), who[1], 'IDENTIFICATIONCODE', self.package.fonds or '-'

    def adm_section(self, identifier, reference):
        if reference:
            path, size, digest = reference
            return (f'<amdSec ID="{identifier}"><digiprovMD ID="{identifier}-premis" CREATED="{self.names.moment}" STATUS="CURRENT">'
                    f'{self.md_reference(path, size, digest, "PREMIS")}</digiprovMD></amdSec>\n')
        return f'<amdSec ID="{identifier}"/>\n' if self.layout['empty_amdsec'] else ''

    def write_representation(self):
        names = self.names
        reference = None
        if self.kind.premis == 'required':
            reference = f'metadata/preservation/PREMIS_{self.rep}.xml', *self.write_chunks(
                f'{self.rep_path}metadata/preservation/PREMIS_{self.rep}.xml', self.representation_premis())
        objid = self.layout['representation_objid'].format(uuid=names.plain('rep1'))
        size, digest = self.write_chunks(self.rep_path + 'METS.xml', self.representation_mets(objid, reference))
        return size, digest

    def representation_mets(self, objid, reference):
        names, adm = self.names, self.names('rep1/amdSec')
        yield self.mets_head(objid, self.rep, self.layout['representation_profile'], '../../')
        yield self.mets_header(self.representation_agents())
        yield from self.part('dmd')
        yield self.adm_section(adm, reference)
        yield f'<fileSec ID="{names("rep1/fileSec")}">\n'
        groups = []
        for name, use in (('file', 'Data'), ('holey', 'Holeyfile')):
            if self.parts[name].tell():
                groups.append((use, names(f'rep1/{use}')))
                yield f'<fileGrp ID="{groups[-1][1]}" USE="{use}" csip:CONTENTINFORMATIONTYPE="MIXED">\n'
                yield from self.part(name)
                yield '</fileGrp>\n'
        yield f'</fileSec>\n<structMap ID="{names("rep1/structMap")}" TYPE="PHYSICAL" LABEL="CSIP">\n'
        kind = 'ORIGINAL' if self.kind.oais == 'SIP' else 'NORMALIZED'
        yield f'<div ID="{names("rep1/div")}" LABEL={xmlio.quote(objid)} TYPE="{kind}">\n'
        yield from self.metadata_divisions(f' ADMID="{adm}-premis"' if reference else '')
        for use, identifier in groups:
            yield f'<div ID="{names(f"rep1/div/{use}")}" LABEL="{use}"><fptr FILEID="{identifier}"/></div>\n'
        yield f'<div ID="{names("rep1/div/MetadataLink")}" LABEL="MetadataLink">\n'
        yield from self.part('link')
        yield '</div>\n</div>\n</structMap>\n</mets>\n'

    def metadata_divisions(self, adm):
        """The division that names all descriptions; past ``DIVISION`` of them the others follow in divisions inside it."""
        part, place = self.parts['metadata'], 'rep1/div/Metadata'
        part.seek(0)
        yield f'<div ID="{self.names(place)}" LABEL="Metadata" DMDID="{_take_identifiers(part)}"{adm}>\n'
        number = 1
        while identifiers := _take_identifiers(part):
            number += 1
            yield f'<div ID="{self.names(f"{place}/{number}")}" LABEL="Metadata/{number}" DMDID="{identifiers}"/>\n'
        yield '</div>\n'

    def representation_premis(self):
        yield premis.HEAD
        yield premis.write_object('representation', 'local', f'{self.names.objid}/representations/{self.rep}', name=self.rep)
        yield from self.part('premis')
        yield premis.TAIL

    def part(self, name):
        part = self.parts[name]
        part.seek(0)
        while chunk := part.read(1 << 18):
            yield chunk

    def write_chunks(self, path, chunks):
        return self.sink.copy(path, _Chunks(chunks))

    # === root =========================================================================================================

    def write_root(self, rep):
        names, package = self.names, self.package
        size, digest = self.sink.write('metadata/descriptive/EAD.xml', metadata.write(
            self.kind.fields, fill(self.kind.fields, package.values), self.layout))
        sections = self.md_section('dmdSec', names('dmd'), 'metadata/descriptive/EAD.xml', size, digest, self.layout['mdtype'])
        adm, reference = names('amdSec'), None
        if self.kind.premis == 'required' or (self.kind.premis == 'optional' and package.events):
            content = self.root_premis().encode()
            reference = 'metadata/preservation/PREMIS.xml', *self.sink.write('metadata/preservation/PREMIS.xml', content)
        sections += self.adm_section(adm, reference)
        groups = self.write_groups(rep)
        lines = [self.mets_head(names.objid, package.values.get('title', ''), self.layout['profile']),
                 self.mets_header(self.root_agents(), self.alternative()), sections, f'<fileSec ID="{names("fileSec")}">\n']
        for use, elements in groups:
            group = names(f'fileGrp/{use}')
            lines.append(f'<fileGrp ID="{group}" USE="{use}" csip:CONTENTINFORMATIONTYPE="MIXED">\n{elements}</fileGrp>\n')
        lines.append('</fileSec>\n')
        lines += self.root_map(groups, names('dmd'), f'{adm}-premis' if reference else None)
        lines.append('</mets>\n')
        _size, mets = self.sink.write('METS.xml', ''.join(lines).encode())
        return mets

    def alternative(self):
        return self.code if self.layout['submission'] == 'file_code' else self.package.submission

    def write_groups(self, rep):
        names, groups, items = self.names, [], []
        for file in self.package.documentation:
            path = f'documentation/{file.name}'
            items.append((path, *self.copy(path, file), file.mime or guess_mime(file.name)))
        if self.package.verifier:
            path = f'documentation/{VERIFIER}'
            items.append((path, *self.sink.write(path, (pathlib.Path(__file__).parent / VERIFIER).read_bytes()), 'text/x-python'))
        if items:
            groups.append(('Documentation', self.elements(items)))
        groups.append(('Schemas', self.elements(
            (f'schemas/{name}', *self.sink.write(f'schemas/{name}', content), self.layout['xsd_mimetype'])
            for name, content in schemas.for_package(self.kind).items())))
        mets = self.rep_path + 'METS.xml'
        use = self.layout['representations_use'].format(representation=self.rep)
        groups.append((use, self.file_element(names.file(mets), mets, *rep, self.layout['xml_mimetype'], names.moment)))
        return groups

    def elements(self, items):
        return ''.join(self.file_element(self.names.file(path), path, size, digest, mime, self.names.moment)
                       for path, size, digest, mime in items)

    def root_map(self, groups, dmd, adm):
        names = self.names
        yield (f'<structMap ID="{names("structMap")}" TYPE="PHYSICAL" LABEL="CSIP">\n'
               f'<div ID="{names("div")}" LABEL={xmlio.quote(names.objid)}>\n'
               f'<div ID="{names("div/Metadata")}" LABEL="Metadata" DMDID="{dmd}"' + (f' ADMID="{adm}"' if adm else '') + '/>\n')
        for use, _elements in groups[:-1]:
            yield f'<div ID="{names(f"div/{use}")}" LABEL="{use}"><fptr FILEID="{names(f"fileGrp/{use}")}"/></div>\n'
        use = groups[-1][0]
        group = names(f'fileGrp/{use}')
        pointer = f'<mptr LOCTYPE="URL" xlink:type="simple" xlink:href="{self.rep_path}METS.xml" xlink:title="{group}"/>'
        place = f'Representations/{self.rep}'
        if use == place:
            yield f'<div ID="{names(f"div/{use}")}" LABEL="{place}">{pointer}</div>\n'
        else:       # E-ARK 2.0.4 to the letter: one division of this name, with one for the representation in it
            yield (f'<div ID="{names(f"div/{use}")}" LABEL="{use}"><fptr FILEID="{group}"/>'
                   f'<div ID="{names(f"div/{place}")}" LABEL="{place}">{pointer}</div></div>\n')
        yield '</div>\n</structMap>\n'

    def root_premis(self):
        names, package = self.names, self.package
        software = premis.Agent('software', SOFTWARE, SOFTWARE, VERSION)
        agents = {(agent.type, agent.identifier): agent for agent in [software, *package.agents]}
        events = list(package.events)
        if self.kind.oais == 'AIP' and not any(event.type == premis.CREATION for event in events):
            events.append(premis.Event(
                premis.CREATION, package.created, agents=(('software', SOFTWARE, 'executing program'),),
                objects=(('UUID', names.objid, 'outcome'),)))
        lines = [premis.HEAD, premis.write_object('intellectualEntity', 'UUID', names.objid, name=package.values.get('title', ''))]
        for number, event in enumerate(events):
            fixed = event if event.identifier else _with_identifier(event, names.plain(f'event/{number}'))
            lines.append(premis.write_event(_with_outcome(fixed, names.objid), stamp(event.when)))
            for type_, value, _role in event.agents:
                agents.setdefault((type_, value), premis.Agent(type_, value, value))
        lines += [premis.write_agent(agent) for agent in agents.values()]
        lines.append(premis.TAIL)
        return ''.join(lines)


def _take_identifiers(part):
    return ''.join(itertools.islice(part, DIVISION)).rstrip('\n').replace('\n', ' ')


def _with_identifier(event, identifier):
    return premis.Event(**{**event.__dict__, 'identifier': identifier})


def _with_outcome(event, objid):
    """An event that makes the package names it, which is not known before it is built."""
    if event.type != premis.CREATION or any(role == 'outcome' for _type, _value, role in event.objects):
        return event
    return premis.Event(**{**event.__dict__, 'objects': (*event.objects, ('UUID', objid, 'outcome'))})


class _Chunks:
    """Pieces of text as a stream to read from."""

    def __init__(self, chunks):
        self.chunks = chunks

    def read(self, size):  # pylint: disable=method-required-super  # no model
        buffer = []
        length = 0
        for chunk in self.chunks:
            buffer.append(chunk.encode())
            length += len(buffer[-1])
            if length >= size:
                break
        return b''.join(buffer)


def build(package, target, *, folder=False, progress=None):
    """Build a package below ``target``: ``<root>.zip``, or the folder itself. :return: Built. All or nothing is there afterwards.

    ``target`` ending in ``.zip`` is the file itself. ``progress(documents, bytes)`` is called after each document and may
    raise to stop.
    """
    kind = get_profile(package.profile).kind(package.kind, package.variant)
    names, target = Names(package, kind), pathlib.Path(target)
    if folder:
        sink = FolderSink(target, names.root)
    else:
        path = target if target.suffix == '.zip' else target / f'{names.root}.zip'
        sink = ZipSink(path, names.root, zip_time(package.created.astimezone(ZONE)))
    with sink:
        builder = Builder(package, sink, kind, names, progress)
        mets = builder.build()
        path = sink.commit()
    return Built(path, names.objid, package.kind, sink.count, sink.size, builder.count, mets)
