"""Packages from outside: a folder or a ZIP file, opened without trusting a byte of it.

A source lists its files by their path below the package's folder and opens each for reading. What is wrong with the
container itself is in ``defects``; entries that must not be touched (a path that leaves the folder, a link, an encrypted
entry) are in no list. Nothing is written: see ``extract``.
"""
from __future__ import annotations

import abc
import contextlib
import operator
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
# What a damaged or hostile archive makes the library raise: NotImplementedError stands for an unknown compression.
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


class Source(abc.ABC):
    """Files of one package by path; ``root`` is the name of its folder."""

    def __init__(self, path, limits=None):
        self.path, self.limits = pathlib.Path(path), limits or Limits()
        self.root, self.files, self.folders, self.defects = '', {}, set(), []

    def __enter__(self):
        return self

    def __exit__(self, *_exception):
        self.close()

    def close(self):  # noqa: B027  a folder has nothing to close
        """Give back what was opened."""

    def defect(self, rule, severity, message, location='', **values):
        if len(self.defects) < 20_000:
            self.defects.append((rule, severity, message, location, values))

    @abc.abstractmethod
    def size(self, path):
        """Return how many bytes a file has, unpacked."""

    @abc.abstractmethod
    def open(self, path):
        """Return a file as a stream of bytes; reading raises one of ``_READ_ERRORS`` if it is damaged."""

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


class _Archive(zipfile.ZipFile):
    """A ZipFile that does not read its directory into memory: it keeps 700 bytes for each entry, here it is walked instead."""

    def _RealGetContents(self):
        end = zipfile._EndRecData(self.fp)
        if not end:
            raise zipfile.BadZipFile("it is cut off or not a ZIP file")
        self.directory_size = end[zipfile._ECD_SIZE]
        self.directory_entries = end[zipfile._ECD_ENTRIES_TOTAL]
        self.shift = end[zipfile._ECD_LOCATION] - self.directory_size - end[zipfile._ECD_OFFSET]
        if end[zipfile._ECD_SIGNATURE] == zipfile.stringEndArchive64:
            self.shift -= zipfile.sizeEndCentDir64 + zipfile.sizeEndCentDir64Locator
        self.start_dir = end[zipfile._ECD_OFFSET] + self.shift
        if self.start_dir < 0 or self.shift < 0:
            raise zipfile.BadZipFile("its directory is not where it should be")

    def walk(self):
        """The entries of the directory, one by one; :raises zipfile.BadZipFile, struct.error:"""
        self.fp.seek(self.start_dir)
        done, count = 0, 0
        while done < self.directory_size:
            head = self.fp.read(zipfile.sizeCentralDir)
            values = struct.unpack(zipfile.structCentralDir, head)
            if values[0] != zipfile.stringCentralDir:
                raise zipfile.BadZipFile("its directory is damaged")
            lengths = values[12], values[13], values[14]
            rest = self.fp.read(sum(lengths))
            if len(rest) != sum(lengths):
                raise zipfile.BadZipFile("its directory is cut off")
            entry = zipfile.ZipInfo()
            entry.create_system, entry.flag_bits, entry.compress_type = values[2], values[5], values[6]
            entry.CRC, entry.compress_size, entry.file_size = values[9], values[10], values[11]
            entry.external_attr, entry.header_offset = values[17], values[18]
            # The name as it is written: zipfile would cut it at NUL.
            entry.filename = entry.orig_filename = rest[:lengths[0]].decode('utf-8' if values[5] & 0x800 else 'cp437')
            _read_zip64(entry, rest[lengths[0]:lengths[0] + lengths[1]])
            entry.header_offset += self.shift
            if entry.header_offset >= self.start_dir:
                raise zipfile.BadZipFile("an entry begins behind its directory")
            yield entry
            done += len(head) + len(rest)
            count += 1
        if count != self.directory_entries:
            raise zipfile.BadZipFile("its directory has another number of entries than it says")


def _read_zip64(entry, extra):
    while len(extra) >= 4:
        kind, length = struct.unpack('<HH', extra[:4])
        if kind == 1:
            values = iter(struct.unpack(f'<{min(length, len(extra) - 4) // 8}Q', extra[4:4 + min(length, len(extra) - 4) // 8 * 8]))
            for name in ('file_size', 'compress_size', 'header_offset'):
                if getattr(entry, name) == 0xffffffff:
                    try:
                        setattr(entry, name, next(values))
                    except StopIteration:
                        raise zipfile.BadZipFile("sizes of 64 bits are missing") from None
            return
        extra = extra[4 + length:]


class ZipSource(Source):
    """A package in a ZIP file (ZIP64 too). The directory is judged before anything is unpacked; of an entry 32 bytes are kept."""

    _PACKED = struct.Struct('>QQQLHH')      # the place first, so that entries sort by it

    def __init__(self, path, limits=None):
        super().__init__(path, limits)
        self.archive = None
        try:
            self.archive = _Archive(self.path)
            if self.archive.directory_entries > self.limits.entries or (
                    self.archive.directory_size > self.limits.entries * (MAX_PATH + 200)):
                raise zipfile.BadZipFile(f"its directory names more than {self.limits.entries} entries")
            self._enter_all()
        except _READ_ERRORS as error:
            self.defect('PKG1', ERROR, "Not a readable ZIP file: %(reason)s", reason=str(error) or type(error).__name__)
        self._enter_folders()
        self.check_names()

    def close(self):
        if self.archive:
            self.archive.close()

    def _enter_all(self):
        """Twice through the directory: the first time only to see which folder is the package."""
        roots, plain = Counter(), set()
        for entry in self.archive.walk():
            top, slash, _rest = entry.filename.partition('/')
            if not path_defect(entry.filename.rstrip('/')):
                roots[top] += 1
                if not slash and len(plain) < 100:
                    plain.add(top)
        self._choose_root(roots, plain)
        start, size, packed = len(self.root) + 1 if self.root else 0, 0, 0
        seen = set()
        for entry in self.archive.walk():
            name = entry.filename
            size += entry.file_size
            packed += entry.compress_size
            if name in seen or name[start:] in self.files and name.startswith(f'{self.root}/'):
                self.defect('PKG4', ERROR, "The name comes more than once", name)
            elif reason := path_defect(name.rstrip('/')):
                self.defect('PKG2', ERROR, "The path is refused: %(reason)s", name, reason=reason)
                seen.add(name)
            elif self.root and not name.startswith(self.root + '/'):
                self.defect('PKG12', ERROR, "The file is outside the package's folder", name)
                seen.add(name)
            elif name.endswith('/'):
                self.folders.add(name[start:-1])
            elif self._allowed(entry):
                self.files[name[start:]] = self._PACKED.pack(
                    entry.header_offset, entry.compress_size, entry.file_size, entry.CRC, entry.compress_type, entry.flag_bits)
            if len(seen) > 20_000:
                raise zipfile.BadZipFile("nothing in it can be used")
        self._check_size(size, packed)
        self._check_overlap()

    def _check_size(self, size, packed):
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

    def _check_overlap(self):
        """Entries that share bytes: the trick of a small file that unpacks to petabytes."""
        end, last = 0, ''
        for name, packed in sorted(self.files.items(), key=operator.itemgetter(1)):
            offset, size, *_rest = self._PACKED.unpack(packed)
            if offset < end:
                self.defect('PKG10', ERROR, "Shares its bytes with %(other)s", name, other=last)
            end, last = max(end, offset + zipfile.sizeFileHeader + size), name

    def _choose_root(self, roots, plain):
        """CSIPSTR1: one folder. The one that holds most is taken for the package, so that the rest of it can be judged."""
        folders = {name: count for name, count in roots.items() if name not in plain}
        self.root = max(folders, key=lambda name: (folders[name], name), default='')
        if len(roots) != 1 or plain or not self.root:
            self.defect('CSIPSTR1', ERROR, "The archive holds %(count)s names at its top instead of one folder", count=len(roots))

    def size(self, path):
        return self._PACKED.unpack(self.files[path])[2]

    def open(self, path):
        entry = zipfile.ZipInfo(f'{self.root}/{path}' if self.root else path)
        (entry.header_offset, entry.compress_size, entry.file_size, entry.CRC, entry.compress_type,
         entry.flag_bits) = self._PACKED.unpack(self.files[path])
        if '_end_offset' in zipfile.ZipInfo.__slots__:      # of newer Pythons: the check for overlaps is made above
            entry._end_offset = None
        entry.filename = entry.orig_filename = f'{self.root}/{path}' if self.root else path
        return self.archive.open(entry)


class BrokenSource(Source):
    """What is no package: it has a defect and no files."""

    def __init__(self, path, reason):
        super().__init__(path)
        self.defect('PKG1', ERROR, "Not a package: %(reason)s", reason=reason)

    def size(self, path):
        raise FileNotFoundError(path)

    def open(self, path):
        raise FileNotFoundError(path)


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


