"""Judging a package: container, structure, METS, checksums, the circular. Everything that is wrong is named; nothing is written."""
from __future__ import annotations

import contextlib
import hashlib
import traceback
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from lxml import etree

from . import csip, national, xmlio
from .findings import PASSED, SKIPPED, Outcome, PackageError, Report
from .mets import Judge, Mets
from .profiles import get_profile
from .sources import CHUNK, Limits, ZipSource, open_source, reading
from .spill import Spill

ALGORITHMS = {'SHA-256': 'sha256', 'SHA-384': 'sha384', 'SHA-512': 'sha512', 'SHA-1': 'sha1', 'MD5': 'md5'}
# Threads hash the files of at least LARGE bytes, by the bundle: handing over a small one costs more than hashing it.
WORKERS, MAX_WAITING, LARGE, BUNDLE = 2, 8, CHUNK >> 4, 8 * CHUNK
PACKAGE_RULES = tuple(f'PKG{number}' for number in range(1, 22))


class Validation:

    def __init__(self, source, report, profile, kind=None, variant=None):
        self.source, self.report, self.profile = source, report, profile
        self.wanted, self.variant = kind, variant
        self.named, self.digests = Spill(), Spill()     # the files that METS names; of large files what they hash to, or why not
        self.national = None
        # what the rules of structure ask
        self.root, self.defects, self.files, self.folders = source.root, source.defects, source.files, source.folders
        self.objid, self.is_archive = '', isinstance(source, ZipSource)

    @property
    def representations(self):
        return sorted({folder.split('/')[1] for folder in self.folders if folder.startswith('representations/')})

    @property
    def extra_folders(self):
        known = {'metadata', 'representations', 'schemas', 'documentation'}
        return sorted({folder.split('/')[0] for folder in self.folders} - known)

    # === the whole ====================================================================================================

    def run(self):
        for rule, severity, message, location, values in self.source.defects:
            self.report.add(rule, severity, message, location, **values)
        self.report.files = len(self.source.files)
        self.report.size = self.source.total
        self.judge = Judge(self.report)
        reason = self.run_mets()
        if self.source.files:
            self.judge.judge_package(self)
        if reason:
            self.report.outcomes['PKG12'] = Outcome('PKG12', csip.MUST, SKIPPED, 0, reason)
        else:
            for path, _entry in self.source.files.sorted():
                if path not in self.named and path != 'METS.xml':
                    self.report.error('PKG12', "No METS names the file", path)
        self.judge.finish(reason)
        if not self.national:
            for rule, (level, _article) in national.RULES.items():
                self.report.outcomes.setdefault(rule, Outcome(rule, level, SKIPPED, 0, reason or "the package's kind is not known"))
        for rule in PACKAGE_RULES:
            failed = any(found == rule for found, _severity in self.report.counts)
            if rule not in self.report.outcomes:
                self.report.outcomes[rule] = Outcome(rule, csip.MUST, 'failed' if failed else PASSED, 1)
        return self.report

    def run_mets(self):
        """Read what METS files there are. :return: why rules could not be judged, or ''."""
        if not self.source.files:
            if not self.report.errors:
                self.report.error('PKG1', "Not a package: %(reason)s", reason="it holds no files")
            return "the package cannot be opened"
        if 'METS.xml' not in self.source.files:
            return "METS.xml is missing"
        kind = self.recognise()
        if kind:
            self.judge.accepted = kind.accepted
            self.report.kind, self.report.variant, self.report.profile = kind.name, kind.variant, self.profile.code
            self.national = national.National(self.source, self.report, kind)
            self.national.read_package_fields()
        self.hash_large()
        root = Mets(self.source, 'METS.xml', self.judge, self.refer, self.report)
        readable = self._read(root)
        self.objid = self.report.objid = root.attributes.get('OBJID', '')
        if not readable:
            return "METS.xml cannot be read"
        representations = [mets for mets in map(self.read_representation, sorted(set(root.representations))) if mets]
        if self.national:
            self.national.finish(root, representations, self.source.root)
        return ''

    def read_representation(self, path):
        if path not in self.source.files or not path.endswith('METS.xml') or path == 'METS.xml':
            return None
        mets = Mets(self.source, path, self.judge, self.refer, self.report, self.national and self.national.link)
        return mets if self._read(mets) else None

    def _read(self, mets):
        """Read a METS file; of one that fits memory, another thread asks the schema meanwhile. :return: whether it could be read"""
        entry = self.source.files[mets.path]
        if self.source.size_of(entry) > xmlio.MAX_SMALL:
            readable = mets.read()
            defects = mets.find_schema_defects() if readable else []
        else:
            with ThreadPoolExecutor(1) as other:
                found = other.submit(mets.find_schema_defects, entry)
                readable = mets.read()
            defects = found.result()
        if readable:
            mets.check_schema(defects)
        return readable

    # === the kind =====================================================================================================

    def recognise(self):
        """The kind of package by what it says of itself, unless it was asked for; and the variant that fits."""
        oais, mets_type, use = self._peek()
        name = self.wanted or self.profile.recognise(oais, mets_type, self._peek_fields())
        if not name:
            self.report.error('VN05-1', "The package does not say that it is a SIP, AIP or DIP", 'METS.xml')
            return None
        variant = self.variant
        if not variant:
            variant = 'sample' if any(path.lower() == 'schemas/mets1_12.xsd' for path in self.files) else 'text'
            if use == 'Representations':
                variant = 'e-ark'
        return self.profile.kind(name, variant)

    def _peek(self):
        oais = mets_type = use = ''
        with contextlib.suppress(xmlio.XmlRefused, etree.XMLSyntaxError, PackageError):      # said when it is read
            with reading(self.source, 'METS.xml') as stream:
                for number, (_event, node) in enumerate(xmlio.iterparse(stream, events=('start',))):
                    name = node.tag.rpartition('}')[2] if isinstance(node.tag, str) else ''
                    if name == 'mets':
                        mets_type = node.get('TYPE') or ''
                    elif name == 'metsHdr':
                        oais = csip.csip(node, 'OAISPACKAGETYPE') or ''
                    elif name == 'fileGrp' and (node.get('USE') or '').startswith('Representations'):
                        use = node.get('USE')
                    if use or number > 10_000:
                        break
        return oais, mets_type, use

    def _peek_fields(self):
        try:
            values = [etree.QName(child).localname for child in xmlio.parse(self.source.read(national.EAD)) if isinstance(child.tag, str)]
        except (KeyError, xmlio.XmlRefused, etree.XMLSyntaxError, PackageError):
            return ()
        return values

    # === checksums ====================================================================================================

    def hash_large(self):
        """Before anything else, since threads that hash and a thread that reads XML hold each other up."""
        waiting = deque()
        with ThreadPoolExecutor(WORKERS) as workers:
            for bundle in self._make_bundles():
                waiting.append(workers.submit(self._hash, bundle))
                if len(waiting) > MAX_WAITING:
                    self._receive(waiting)
            while waiting:
                self._receive(waiting)

    def _make_bundles(self):
        bundle, size = [], 0
        for path, entry in self.source.files.items():
            if self.source.size_of(entry) >= LARGE:
                bundle.append((path, entry))
                size += self.source.size_of(entry)
                if size >= BUNDLE:
                    yield bundle
                    bundle, size = [], 0
        if bundle:
            yield bundle

    def _hash(self, bundle):
        return [(path, self._hash_one(path, entry)) for path, entry in bundle]

    def _hash_one(self, path, entry):
        try:
            return self.source.digest(path, entry)
        except PackageError as error:
            return str(error)

    def _receive(self, waiting):
        for path, digest in waiting.popleft().result():
            self.digests[path] = digest

    def _digest(self, path, entry):
        return self.digests[path] if self.source.size_of(entry) >= LARGE else self._hash_one(path, entry)

    # === files ========================================================================================================

    def refer(self, mets, reference):
        """One file that a METS file names: is it there, and is it what it should be?"""
        location = reference.path or reference.href
        if not reference.path:
            self.report.error('PKG18', "The address leads out of the package", f'{mets.path}: {location}')
            return
        entry = self.source.files.get(reference.path)
        if entry is None:
            self.report.error('PKG11', "The file is missing", location)
            if self.national:
                self.national.refer(mets, reference, None)
            return
        if not self.named.add(reference.path):
            self._check(reference, entry)
            self.report.warning('PKG19', "The file is named more than once", location)
            return
        content = None
        if not mets.is_root and reference.kind == 'dmdSec' and self.source.size_of(entry) <= xmlio.MAX_SMALL:
            content = self._read_small(reference.path, entry)
        self._check(reference, entry, content)
        if self.national:
            self.national.refer(mets, reference, content)

    def _read_small(self, path, entry):
        try:
            content = self.source.read_entry(path, entry, xmlio.MAX_SMALL)
        except PackageError:
            return None         # said when it is hashed
        return content if len(content) == self.source.size_of(entry) else None

    def _check(self, reference, entry, content=None):
        digest = self._digest(reference.path, entry) if content is None else hashlib.sha256(content).digest()
        if isinstance(digest, str):
            self.report.error('PKG8', "The file cannot be read: %(reason)s", reference.path, reason=digest)
            return
        path, size = reference.path, self.source.size_of(entry)     # so many were read, or it could not have been
        if reference.size.isascii() and reference.size.isdigit() and int(reference.size[:20]) != size:
            self.report.error('PKG13', "METS says %(announced)s bytes, there are %(size)s", path, announced=reference.size, size=size)
        self._compare(reference, digest)

    def _compare(self, reference, digest):
        if reference.algorithm not in ALGORITHMS:
            self.report.error('PKG15', "The checksum cannot be checked: %(algorithm)s", reference.path,
                algorithm=reference.algorithm or '-')
            return
        real = digest.hex()
        if reference.algorithm != 'SHA-256':
            try:
                real = self.source.digest(
                    reference.path, self.source.files[reference.path], ALGORITHMS[reference.algorithm]).hex()
            except PackageError as error:
                self.report.error('PKG8', "The file cannot be read: %(reason)s", reference.path, reason=str(error))
                return
        if real != reference.digest:
            self.report.error(
                'PKG14', "The content is not what METS says: its %(algorithm)s is %(real)s and not %(announced)s", reference.path,
                algorithm=reference.algorithm, real=real, announced=reference.digest or '-')


def validate(path, *, profile='VN-2025', kind=None, variant=None, limits=None):
    """Judge the package at ``path``, a folder or ZIP file. :return: Report. Never raises for what is in the package."""
    rules = get_profile(profile)
    report = Report(str(path), profile=rules.code)
    if kind:
        rules.kind(kind, variant or 'text')
    with open_source(path, limits or Limits()) as source:
        work = Validation(source, report, rules, kind, variant)
        try:
            return work.run()
        except (ArithmeticError, LookupError, TypeError, ValueError, AttributeError, RecursionError, UnicodeError, MemoryError) as error:
            # A package must never stop its examination: it is refused, with the place in our code for those who mend it.
            place = traceback.extract_tb(error.__traceback__)[-1]
            report.error('PKG0', "The examination stopped: %(reason)s", f'{Path(place.filename).name}:{place.lineno}',
                         reason=f'{type(error).__name__}: {error}')
            return report
