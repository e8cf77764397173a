"""From one kind of package to another: a SIP that was accepted becomes an AIP (Article 25.3.a), an AIP gives a DIP to a user (Annex V)."""
from __future__ import annotations

import datetime
import functools
import hashlib
from collections import Counter
from dataclasses import astuple, dataclass

from . import metadata, national, premis, xmlio
from .findings import InvalidPackage, PackageError
from .mets import Judge, Mets, Reference
from .profiles import DOCUMENT_TYPES, get_profile
from .sources import open_source
from .spill import Spill
from .validate import validate
from .writer import SOFTWARE, VERSION, Document, File, Package, build


@dataclass
class Content:
    """What stands in a package, as far as it fits in memory: descriptions are read when they are asked for."""
    kind: str
    objid: str
    mets_sha256: str
    values: dict
    fonds: str
    organisation: str
    documents: object = ()      # Documents: (reference of the description, [references of files])


class Documents:
    """The documents of a package one by one, outside memory when there are many."""

    def __init__(self, references, links):
        self._references, self._links = references, links

    def __len__(self):
        return sum(1 for _document in self)

    def __iter__(self):
        for _number, (descriptions, files) in self._links.items():
            found = [self._references.get(identifier) for identifier in (*descriptions[:1], *files)]
            if descriptions and None not in found:
                description, *files = (Reference(*values) for values in found)
                yield description, files


class Reader:
    """The documents of a package that was found valid."""

    def __init__(self, source, profile='VN-2025'):
        self.source = source
        report = _Silent()
        self.judge = Judge(report)
        self.judge.by_place = {}        # judged before
        self.references, self.links, self._count = Spill(), Spill(), 0
        self.root = self._read('METS.xml')
        self.profile = get_profile(profile)
        self.values = metadata.read(xmlio.parse(source.read(national.EAD)))[0]
        self.representations = [self._read(path) for path in dict.fromkeys(self.root.representations)]

    def _read(self, path):
        mets = Mets(self.source, path, self.judge, self._refer, self.judge.report, self._link)
        if not mets.read():
            raise PackageError(f"{path} cannot be read")
        return mets

    def _refer(self, _mets, reference):
        self.references[reference.identifier] = astuple(reference)

    def _link(self, descriptions, files):
        self._count += 1
        self.links[self._count] = descriptions, files

    def content(self, kind):
        code = organisation = ''
        for attributes, name, notes in [*self.root.agents, *(agent for mets in self.representations for agent in mets.agents)]:
            for note_type, note in notes:
                if note_type == 'IDENTIFICATIONCODE' and (note or '').strip('- '):
                    code = code or note.strip()
                    if attributes.get('TYPE') == 'ORGANIZATION':
                        organisation = organisation or (name or '').strip()
        digest = hashlib.sha256(self.source.read('METS.xml')).hexdigest()
        return Content(kind, self.root.attributes.get('OBJID', ''), digest, self.values, code, organisation,
                       Documents(self.references, self.links))

    def document(self, description, files):
        """One document with its description read and its files as streams."""
        values = metadata.read(xmlio.parse(self.source.read(description.path)))[0]
        name = description.path.rpartition('/')[2].lower()
        type_ = next((type_ for type_ in DOCUMENT_TYPES if name.startswith(f'ead_{type_}_')), 'doc')
        return values, Document(values, [
            File(functools.partial(self.source.open, file.path), name=file.path.rpartition('/')[2], mime=file.mime, sha256=file.digest,
                 created=_moment(file.created), holey=file.use == 'Holeyfile') for file in files], type_)


class _Silent:
    """A report for reading again what was judged before."""

    def __init__(self):
        self.outcomes = {}

    def error(self, *_values, **_words):
        pass

    add = error


def _moment(text):
    try:
        moment = datetime.datetime.fromisoformat(text.replace('Z', '+00:00'))
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def sip_to_aip(path, target, *, when, archive_code, approver='', decision='', profile='VN-2025', variant='text', fonds='', catalog='',
               resolve=None, events=(), agents=(), folder=False, report=None, progress=None):
    """Turn an accepted SIP into the AIP that is kept.

    :param archive_code: code of the archive: an AIP's code is the archive's, then the file's
    :param catalog: number of the catalogue (mục lục số), if the archive has one
    :param resolve: ``resolve(reference, name)`` gives the text of a reference to a document submitted earlier, which in an AIP
        names package, size and path; without it such a SIP is refused
    :param events: more PREMIS events of the SIP's way into the archive (virus check, validation …)
    :param report: the report of a validation just made, so that the content is not read once more
    :raises InvalidPackage: the SIP has errors
    """
    report = report or validate(path, profile=profile)
    if not report.valid:
        raise InvalidPackage(report)
    if not report.kind.startswith('SIP_'):
        raise PackageError(f"{path} is a {report.kind} and not a SIP")
    rules = get_profile(profile)
    kind = rules.kind(report.kind.replace('SIP', 'AIP'), variant)
    with open_source(path) as source:
        reader = Reader(source, profile)
        sip = reader.content(report.kind)
        code = '.'.join(part for part in (archive_code, sip.values['fileCode'], catalog) if part)
        values = {name: value for name, value in sip.values.items() if name in kind.fields}
        values['arcFileCode'] = code
        creation = premis.Event(
            premis.CREATION, when, detail='SIP to AIP', note=decision,
            agents=(('software', SOFTWARE, 'executing program'), *((('person', approver, 'authorizer'),) if approver else ())),
            objects=(('UUID', sip.objid, 'source'),))
        sip_mets = File(source.read('METS.xml'), name='SIP_METS.xml', mime='text/xml')
        return build(Package(
            kind.name, values, _aip_documents(reader, sip, kind, code, resolve), created=when, fonds=fonds or sip.fonds,
            organisation=sip.organisation, profile=profile, variant=variant, seed=f'AIP of {sip.objid} {sip.mets_sha256}',
            documentation=[sip_mets], events=[*events, creation],
            agents=[premis.Agent('software', SOFTWARE, f'{SOFTWARE} {VERSION} (task: SIP_to_{kind.name})', VERSION), *agents]),
            target, folder=folder, progress=progress)


def _aip_documents(reader, sip, kind, code, resolve):
    for ordinal, (description, files) in enumerate(sip.documents, 1):
        values, document = reader.document(description, files)
        fields = kind.document_fields[document.type]
        kept = {name: value for name, value in values.items() if name in fields}
        if 'docCode' in values and 'arcDocCode' in fields:
            kept['arcDocCode'] = values['docCode'].replace(sip.values['fileCode'], code, 1)
        if 'docOrdinal' in fields:
            kept['docOrdinal'] = str(int(values.get('docCode', '').rpartition('.')[2] or ordinal))
        if 'docCode' in fields and 'docCode' in kept:
            kept['docCode'] = values['docCode'].replace(sip.values['fileCode'], code, 1)
        document.values = kept
        for file in document.files:
            if file.holey:
                if not resolve:
                    raise PackageError(f"{file.name} refers to a document submitted earlier, whose place in the archive must be given")
                reference = file.source().read(4096).decode('utf-8', 'replace').strip()
                file.name = file.name.removesuffix('.fetch.txt')
                file.source, file.sha256 = resolve(reference, file.name).encode(), ''
        yield document


# === for users ========================================================================================================

SECRET = "State secrets are not given to users"
CONDITIONAL = "Access is conditional and was not granted"
EARLIER = "It was submitted earlier and lies in another package"
SECRET_MODE, CONDITIONAL_MODE = '03', '02'
DOC_ID = 25         # letters of docId


@dataclass(frozen=True)
class LeftOut:
    """A document that was asked for and is not in the DIP. ``code`` and ``title`` are for the archive; the user is told how many."""
    code: str
    title: str
    reason: str


def aip_to_dip(path, target, *, when, request, codes=None, granted=(), approver='', decision='', profile='VN-2025', variant='text',
               fonds='', organisation='', folder=False, report=None, progress=None):
    """Make the DIP with which an archive answers a request (Annex V). The AIP is named by its OBJID and the SHA-256 of its METS.xml.

    :param request: the fields of the request: ``requestID``, ``requestDate``, ``purpose`` …
    :param codes: ``docCode`` of the documents that are asked for; all by default
    :param granted: codes of documents with conditional access (``mode`` 02) that this user may have; secrets are never given
    :param variant: what the receiver reads: see ``profiles``
    :return: (Built, [LeftOut])
    :raises InvalidPackage: the AIP has errors; :raises PackageError: there is nothing to give, or no such document
    """
    report = report or validate(path, profile=profile)
    if not report.valid:
        raise InvalidPackage(report)
    if not report.kind.startswith('AIP_'):
        raise PackageError(f"{path} is a {report.kind} and not an AIP")
    kind, wanted, left_out = get_profile(profile).kind('DIP', variant), None if codes is None else set(codes), []
    with open_source(path) as source:
        reader = Reader(source, profile)
        aip = reader.content(report.kind)
        # Twice through the descriptions: what is left out stands in the PREMIS event and must be known before the content is written.
        chosen, seen = Spill(), set()
        for ordinal, (description, files) in enumerate(aip.documents, 1):
            values, document = reader.document(description, files)
            code = values.get('docCode') or values.get('arcDocCode') or ''
            if wanted is not None and code not in wanted:
                continue
            seen.add(code)
            if reason := _why_not(values, document, code, granted):
                left_out.append(LeftOut(code, values.get('subject') or values.get('imageTitle') or values.get('movieTitle') or '', reason))
            else:
                chosen[ordinal] = True
        if wanted is not None and (missing := sorted(wanted - seen)):
            raise PackageError(f"{path} has no document {', '.join(missing)}")
        if not chosen:
            raise PackageError("there is no document that may be given: " + '; '.join(sorted({entry.reason for entry in left_out})))
        reasons = Counter(entry.reason for entry in left_out)
        note = '; '.join([
            *([decision] if decision else []), f"METS.xml of the AIP: SHA-256 {aip.mets_sha256}",
            *(f"left out, {count} documents: {reason}" for reason, count in sorted(reasons.items()))])
        creation = premis.Event(
            premis.CREATION, when, detail='AIP to DIP', note=note,
            agents=(('software', SOFTWARE, 'executing program'), *((('person', approver, 'authorizer'),) if approver else ())),
            objects=(('UUID', aip.objid, 'source'),))
        built = build(Package(
            'DIP', {name: value for name, value in request.items() if name in kind.fields}, _dip_documents(reader, aip, kind, chosen),
            created=when, fonds=fonds or aip.fonds, organisation=organisation or aip.organisation, profile=profile, variant=variant,
            seed=f'DIP {request.get("requestID", "")} of {aip.objid} {aip.mets_sha256} {when.isoformat()}', events=[creation],
            agents=[premis.Agent('software', SOFTWARE, f'{SOFTWARE} {VERSION} (task: AIP_to_DIP)', VERSION)]),
            target, folder=folder, progress=progress)
    return built, left_out


def _why_not(values, document, code, granted):
    mode = values.get('mode')
    if mode == SECRET_MODE:
        return SECRET
    if mode == CONDITIONAL_MODE and code not in granted:
        return CONDITIONAL
    return EARLIER if any(file.holey for file in document.files) else ''


def _dip_documents(reader, aip, kind, chosen):
    file_code = aip.values.get('arcFileCode', '').partition('.')[2]
    inherited = {name: aip.values[name] for name in ('maintenance', 'riskRecovery', 'riskRecoveryStatus') if aip.values.get(name)}
    for ordinal, (description, files) in enumerate(aip.documents, 1):
        if ordinal not in chosen:
            continue
        values, document = reader.document(description, files)
        fields = kind.document_fields[document.type]
        number = str(int(values.get('docOrdinal') or ordinal))
        identifier = f'{file_code}.{number}'
        known = {
            'maintenance': '01', 'riskRecovery': '0', **inherited, **values,
            'arcDocCode': values.get('arcDocCode') or values.get('docCode'),
            'docId': identifier if len(identifier) <= DOC_ID else number}
        document.values = {name: value for name, value in known.items() if name in fields}
        yield document
