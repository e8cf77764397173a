"""Packages from outside: a folder or a ZIP file, opened without trusting a byte of it.

A source lists its files by their path below the package's folder and opens each for reading. What is wrong with the
container itself is in ``defects``; entries that must not be touched (a path that leaves the folder, a link, an encrypted
entry) are in no list. Nothing is written: see ``extract``.
"""
from __future__ import annotations

import contextlib
import os
import pathlib
import re
import stat
import struct
import unicodedata
import zipfile
import zlib
from collections import Counter
from dataclasses import dataclass

from .findings import ERROR, WARNING, PackageError

CHUNK = 1 << 20
MAX_COMPONENT = 255         # bytes of UTF-8: what file systems take
MAX_PATH = 1024
_DRIVE = re.compile('(^|/)[A-Za-z]:')
_CONTROL = re.compile('[\x00-\x1f\x7f\ud800-\udfff]')
_READ_ERRORS = (zipfile.BadZipFile, zlib.error, OSError, EOFError, NotImplementedError, ValueError, RuntimeError, struct.error,
OverflowError)


@dataclass(frozen=True)
class Limits:
    """What a package may cost. Circular 05/2025 sets no limits; these are the door's."""
    entries: int = 300_000
    size: int = 2 << 40
    ratio: int = 200            # unpacked against packed, of one entry above 1 MB and of the whole
    xml: int = 64 << 20


def path_defect(name):
    """Why a path from outside must not be used, or None."""
    if not name:
        return "an empty name"
    if '\\' in name:
        return "a backslash in the name"
    if name.startswith('/') or _DRIVE.search(name):
        return "an absolute path"
    if _CONTROL.search(name):
        return "control characters in the name"
    parts = name.split('/')
    if '..' in parts or '.' in parts:
        return "a path that leaves its folder"
    if '' in parts:
        return "an empty name"
    return None


def length_defect(name):
    encoded = [part.encode('utf-8', 'surrogatepass') for part in name.split('/')]
    return max(map(len, encoded)) > MAX_COMPONENT or sum(map(len, encoded)) + len(encoded) > MAX_PATH


class Source:
    """Files of one package by path; ``root`` is the name of its folder."""

    def __init__(self, path, limits=None):
        self.path, self.limits = pathlib.Path(path), limits or Limits()
        self.root, self.files, self.folders, self.defects = '', {}, set(), []

    def __enter__(self):
        return self

    def __exit__(self, *_exception):
        self.close()

    def close(self):
        pass

    def defect(self, rule, severity, message, location='', **values):
        if len(self.defects) < 20_000:
            self.defects.append((rule, severity, message, location, values))

    def size(self, path):
        raise NotImplementedError

    def open(self, path):
        raise NotImplementedError

    def read(self, path, limit=None):  # pylint: disable=method-required-super  # no model
        """The content of a small file; :raises PackageError: larger than the limit, or unreadable."""
        limit = limit or self.limits.xml
        try:
            with self.open(path) as stream:
                content = stream.read(limit + 1)
        except _READ_ERRORS as error:
            raise PackageError(str(error)) from error
        if len(content) > limit:
            raise PackageError(f"{path} is larger than {limit} bytes")
        return content

    def check_names(self):
        """Names that some systems cannot tell apart, are too long, or are in another Unicode form than the rest of the world's."""
        seen = {}
        for path in self.files:
            folded = unicodedata.normalize('NFC', path).casefold()
            if folded in seen:
                self.defect('PKG5', ERROR, "Differs from %(other)s only by case or Unicode form", path, other=seen[folded])
            seen[folded] = path
            if not path.isascii() and not unicodedata.is_normalized('NFC', path):
                self.defect('PKG20', WARNING, "The name is not in Unicode's composed form (NFC)", path)
            if length_defect(path):
                self.defect('PKG9', ERROR, "The name is too long for most file systems (255 bytes per part, 1024 in all)", path)
        for path in self.files:
            if '/' in path and any(parent in self.files for parent in _parents(path)):
                self.defect('PKG4', ERROR, "One name is a file and a folder", path)

    def _enter_folders(self):
        for path in self.files:
            self.folders.update(_parents(path))


def _parents(path):
    while '/' in path:
        path = path.rpartition('/')[0]
        yield path


class FolderSource(Source):
    """A package that lies unpacked. Links are named and not followed, whatever they point at."""

    def __init__(self, path, limits=None):
        super().__init__(path, limits)
        self.root = self.path.resolve().name
        pending = ['']
        while pending:
            below = pending.pop()
            with os.scandir(os.fsencode(self.path / below)) as entries:
                for entry in entries:
                    self._enter(entry, below, pending)
            if len(self.files) > self.limits.entries:
                self.defect('PKG7', ERROR, "More than %(limit)s files", limit=self.limits.entries)
                break
        self._enter_folders()
        self.check_names()

    def _enter(self, entry, below, pending):
        try:
            name = entry.name.decode('utf-8')
        except UnicodeDecodeError:
            self.defect('PKG2', ERROR, "The path is refused: %(reason)s", f'{below}/{entry.name!r}', reason="the name is not UTF-8")
            return
        path = f'{below}/{name}' if below else name
        if reason := path_defect(path):
            self.defect('PKG2', ERROR, "The path is refused: %(reason)s", path, reason=reason)
        elif entry.is_dir(follow_symlinks=False):
            self.folders.add(path)
            pending.append(path)
        elif entry.is_file(follow_symlinks=False):
            self.files[path] = entry.stat(follow_symlinks=False).st_size
        else:
            self.defect('PKG3', ERROR, "A link or special file instead of content", path)

    def size(self, path):
        return self.files[path]

    def open(self, path):
        handle = os.open(self.path / path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        return os.fdopen(handle, 'rb', buffering=0)


class ZipSource(Source):
    """A package in a ZIP file (ZIP64 too). The central directory is read once and judged before anything is unpacked."""

    def __init__(self, path, limits=None):
        super().__init__(path, limits)
        self.archive = None
        try:
            self._check_end()
            self.archive = zipfile.ZipFile(self.path)
        except _READ_ERRORS as error:
            self.defect('PKG1', ERROR, "Not a readable ZIP file: %(reason)s", reason=str(error) or type(error).__name__)
            return
        try:
            self._enter_all()
        except _READ_ERRORS as error:
            self.defect('PKG1', ERROR, "Not a readable ZIP file: %(reason)s", reason=str(error) or type(error).__name__)
        self._enter_folders()
        self.check_names()

    def close(self):
        if self.archive:
            self.archive.close()

    def _check_end(self):
        """The directory's size is believed only within the file and the limits: zipfile would read all of it into memory."""
        with self.path.open('rb') as stream:
            end = zipfile._EndRecData(stream)
        if not end:
            raise zipfile.BadZipFile("it is cut off or not a ZIP file")
        size, entries = end[zipfile._ECD_SIZE], end[zipfile._ECD_ENTRIES_TOTAL]
        if entries > self.limits.entries or size > self.limits.entries * (MAX_PATH + 200):
            raise zipfile.BadZipFile(f"its directory names {entries} entries, more than {self.limits.entries}")

    def _enter_all(self):
        entries = self.archive.infolist()
        if len(entries) > self.limits.entries:
            self.defect('PKG7', ERROR, "More than %(limit)s files", limit=self.limits.entries)
            return
        self._check_size(entries)
        names = Counter(entry.filename for entry in entries)
        roots, usable = Counter(), []
        for entry in entries:
            name = entry.filename
            # zipfile cuts a name at NUL and turns other separators round: the name as it is written decides.
            reason = path_defect(entry.orig_filename.rstrip('/') or '/') or path_defect(name.rstrip('/') or '/')
            if reason:
                self.defect('PKG2', ERROR, "The path is refused: %(reason)s", entry.orig_filename, reason=reason)
            elif self._allowed(entry):
                usable.append(entry)
                roots[name.split('/', 1)[0]] += 1
            if names[name] > 1:
                self.defect('PKG4', ERROR, "The name comes %(times)s times", name, times=names[name])
        self._check_overlap(usable)
        self._choose_root(roots, usable)

    def _check_size(self, entries):
        size = sum(entry.file_size for entry in entries)
        packed = sum(entry.compress_size for entry in entries)
        if size > self.limits.size:
            self.defect('PKG7', ERROR, "Unpacks to %(size)s bytes, more than %(limit)s", size=size, limit=self.limits.size)
        elif size > CHUNK and size > self.limits.ratio * max(packed, 1):
            self.defect('PKG7', ERROR, "Unpacks to more than %(limit)s times its size", limit=self.limits.ratio)

    def _allowed(self, entry):
        mode = entry.external_attr >> 16
        if entry.create_system == 3 and mode and stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
            self.defect('PKG3', ERROR, "A link or special file instead of content", entry.filename)
        elif entry.flag_bits & 0x2041:
            self.defect('PKG6', ERROR, "The entry is encrypted", entry.filename)
        elif entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            self.defect('PKG8', ERROR, "A compression that is not in use: %(method)s", entry.filename, method=entry.compress_type)
        elif entry.file_size > CHUNK and entry.file_size > self.limits.ratio * max(entry.compress_size, 1):
            self.defect('PKG7', ERROR, "Unpacks to more than %(limit)s times its size", entry.filename, limit=self.limits.ratio)
        elif entry.compress_type == zipfile.ZIP_STORED and entry.compress_size != entry.file_size:
            self.defect('PKG8', ERROR, "The entry's two sizes do not fit each other", entry.filename)
        else:
            return True
        return False

    def _check_overlap(self, entries):
        """Entries that share bytes: the trick of a small file that unpacks to petabytes."""
        end, last = 0, ''
        for entry in sorted(entries, key=lambda entry: entry.header_offset):
            if entry.header_offset < end:
                self.defect('PKG10', ERROR, "Shares its bytes with %(other)s", entry.filename, other=last)
            end = max(end, entry.header_offset + 30 + len(entry.orig_filename) + entry.compress_size)
            last = entry.filename

    def _choose_root(self, roots, entries):
        """CSIPSTR1: one folder. The one that holds most is taken for the package, so that the rest of it can be judged."""
        plain = {entry.filename for entry in entries if '/' not in entry.filename}
        folders = {name: count for name, count in roots.items() if name not in plain}
        self.root = max(folders, key=lambda name: (folders[name], name), default='')
        if len(roots) != 1 or plain or not self.root:
            self.defect('CSIPSTR1', ERROR, "The archive holds %(count)s names at its top instead of one folder", count=len(roots))
        start = len(self.root) + 1 if self.root else 0
        for entry in entries:
            name = entry.filename
            if self.root and not name.startswith(self.root + '/'):
                self.defect('PKG12', ERROR, "The file is outside the package's folder", name)
            elif name.endswith('/'):
                self.folders.add(name[start:-1])
            elif name[start:] not in self.files:
                self.files[name[start:]] = entry

    def size(self, path):
        return self.files[path].file_size

    def open(self, path):
        return self.archive.open(self.files[path])


class BrokenSource(Source):
    def __init__(self, path, reason):
        super().__init__(path)
        self.defect('PKG1', ERROR, "Not a package: %(reason)s", reason=reason)


def open_source(path, limits=None):
    """The package at a path; what is wrong with it, even that it is none, is in its ``defects``."""
    path = pathlib.Path(path)
    try:
        mode = path.lstat().st_mode
    except OSError as error:
        return BrokenSource(path, error.strerror or str(error))
    try:
        if stat.S_ISDIR(mode):
            return FolderSource(path, limits)
        if stat.S_ISREG(mode):
            return ZipSource(path, limits)
    except OSError as error:
        return BrokenSource(path, error.strerror or str(error))
    return BrokenSource(path, "neither a folder nor a file")


@contextlib.contextmanager
def reading(source, path):
    """A file of a source, with every way in which reading can fail turned into a PackageError."""
    try:
        with source.open(path) as stream:
            yield stream
    except _READ_ERRORS as error:
        raise PackageError(str(error) or type(error).__name__) from error


def extract(source, target):
    """Unpack a source that has no defects into a new folder. Names are checked again where they are used."""
    from .sinks import FolderSink
    if bad := next((defect for defect in source.defects if defect[1] == ERROR), None):
        rule, _severity, message, location, values = bad
        raise PackageError(f"{rule} {message % values} {location}")
    if not source.files:
        raise PackageError(f"{source.path} holds no files")
    with FolderSink(pathlib.Path(target), source.root) as sink:
        for path in source.files:
            with reading(source, path) as stream:
                sink.copy(path, stream, limit=source.size(path))
        sink.commit()
    return pathlib.Path(target) / source.root


