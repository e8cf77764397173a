"""Packages from outside: a folder or a ZIP file, opened without trusting a byte of it.

A source lists its files by their path below the package's folder and opens each for reading. What is wrong with the
container itself is in ``defects``; entries that must not be touched (a path that leaves the folder, a link, an encrypted
entry) are in no list. Nothing is written: see ``extract``.
"""
from __future__ import annotations

import abc
import contextlib
import hashlib
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
from typing import NamedTuple

from .findings import ERROR, WARNING, PackageError
from .spill import Spill

try:
    from isal.isal_zlib import crc32  # ten times as fast, where it is installed
except ImportError:
    from zlib import crc32

CHUNK = 1 << 20
MAX_COMPONENT = 255         # bytes of UTF-8: what file systems take
MAX_PATH = 1024
# What nearly all paths look like: none of the defects below.
_PLAIN = re.compile(r'(?:(?!\.\.?(?:/|\Z))[^/\\:\x00-\x1f\x7f\ud800-\udfff]+(?:/(?!\Z)|\Z))+')
_DRIVE = re.compile('(^|/)[A-Za-z]:')
_CONTROL = re.compile('[\x00-\x1f\x7f\ud800-\udfff]')
# What a damaged or hostile archive makes the library raise: NotImplementedError stands for an unknown compression.
_READ_ERRORS = (zipfile.BadZipFile, zlib.error, OSError, EOFError, NotImplementedError, ValueError, RuntimeError, struct.error,
OverflowError)


@dataclass(frozen=True)
class Limits:
    """What a package may cost. Circular 05/2025 sets no limits; these are the door's."""
    entries: int = 1_000_000
    size: int = 2 << 40
    ratio: int = 200            # unpacked against packed, of one entry above 1 MB and of the whole
    xml: int = 64 << 20


def path_defect(name):
    """Why a path from outside must not be used, or None."""
    if _PLAIN.fullmatch(name):
        return None
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
    if len(name) <= MAX_COMPONENT and name.isascii():
        return False
    encoded = [part.encode('utf-8', 'surrogatepass') for part in name.split('/')]
    return max(map(len, encoded)) > MAX_COMPONENT or sum(map(len, encoded)) + len(encoded) > MAX_PATH


class Source(abc.ABC):
    """Files of one package by path; ``root`` is the name of its folder, ``total`` the size of all.

    ``files`` keeps for each path what the source needs to read it: its *entry*. Threads are given entries and look up nothing.
    """

    def __init__(self, path, limits=None):
        self.path, self.limits = pathlib.Path(path), limits or Limits()
        self.root, self.total, self.files, self.folders, self.defects = '', 0, Spill(), Spill(), []

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
    def size_of(self, entry):
        """Return how many bytes a file has, unpacked."""

    @abc.abstractmethod
    def open(self, path):
        """Return a file as a stream of bytes; reading raises one of ``_READ_ERRORS`` if it is damaged."""

    @abc.abstractmethod
    def chunks(self, path, entry):
        """Yield the content in pieces, each good until the next is asked for; raises one of ``_READ_ERRORS``."""

    def size(self, path):
        return self.size_of(self.files[path])

    def read(self, path, limit=None):  # pylint: disable=method-required-super  # no model
        """The content of a small file; :raises PackageError: larger than the limit, or unreadable."""
        return self.read_entry(path, self.files[path], limit or self.limits.xml)

    def read_entry(self, path, entry, limit):
        content = bytearray()
        if self.size_of(entry) > limit:
            raise PackageError(f"{path} is larger than {limit} bytes")
        try:
            for chunk in self.chunks(path, entry):
                content += chunk
                if len(content) > limit:
                    raise PackageError(f"{path} is larger than {limit} bytes")
        except _READ_ERRORS as error:
            raise PackageError(str(error) or type(error).__name__) from error
        return bytes(content)

    def digest(self, path, entry, algorithm='sha256'):
        """The digest of a file, which has the size that its directory says; :raises PackageError: it has not, or is unreadable."""
        digest, size, limit = hashlib.new(algorithm, usedforsecurity=False), 0, self.size_of(entry)
        try:
            for chunk in self.chunks(path, entry):
                size += len(chunk)
                if size > limit:
                    raise PackageError("longer than its directory says")
                digest.update(chunk)
        except _READ_ERRORS as error:
            raise PackageError(str(error) or type(error).__name__) from error
        if size != limit:
            raise PackageError("shorter than its directory says")
        return digest.digest()

    def check_names(self):
        """Names that some systems cannot tell apart, are too long, or are in another Unicode form than the rest of the world's."""
        seen = Spill()
        for path in self.files:
            ascii_only = path.isascii()
            folded = path.lower() if ascii_only else unicodedata.normalize('NFC', path).casefold()
            if folded in seen:
                self.defect('PKG5', ERROR, "Differs from %(other)s only by case or Unicode form", path, other=seen[folded])
            seen[folded] = path
            if not ascii_only and not unicodedata.is_normalized('NFC', path):
                self.defect('PKG20', WARNING, "The name is not in Unicode's composed form (NFC)", path)
            if length_defect(path):
                self.defect('PKG9', ERROR, "The name is too long for most file systems (255 bytes per part, 1024 in all)", path)
        for folder in self.folders:
            if folder in self.files:
                self.defect('PKG4', ERROR, "One name is a file and a folder", folder)

    def _enter_folders(self, path):
        while (path := path.rpartition('/')[0]) and self.folders.add(path):
            pass


class FolderSource(Source):
    """A package that lies unpacked. Links are named and not followed, whatever they point at."""

    def __init__(self, path, limits=None):
        super().__init__(path, limits)
        self.root = self.path.resolve().name
        pending, self._count = [''], 0
        while pending:
            below = pending.pop()
            with os.scandir(os.fsencode(self.path / below)) as entries:
                for entry in entries:
                    self._enter(entry, below, pending)
            if self._count > self.limits.entries:
                self.defect('PKG7', ERROR, "More than %(limit)s files", limit=self.limits.entries)
                break
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
            self.total += self.files[path]
            self._count += 1
        else:
            self.defect('PKG3', ERROR, "A link or special file instead of content", path)

    def size_of(self, entry):
        return entry

    def open(self, path):
        handle = os.open(self.path / path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        return os.fdopen(handle, 'rb', buffering=0)

    def chunks(self, path, entry):
        with self.open(path) as stream:
            buffer = memoryview(bytearray(min(CHUNK, entry + 1)))
            while length := stream.readinto(buffer):
                yield buffer[:length]


class _Archive(zipfile.ZipFile):
    """A ZipFile that does not read its directory into memory: it keeps 700 bytes for each entry, here it is walked instead."""

    def _RealGetContents(self):
        end = zipfile._EndRecData(self.fp)
        if not end:
            raise zipfile.BadZipFile("it is cut off or not a ZIP file")
        self.directory_size = end[zipfile._ECD_SIZE]
        self.directory_entries = end[zipfile._ECD_ENTRIES_TOTAL]
        self.shift = end[zipfile._ECD_LOCATION] - self.directory_size - end[zipfile._ECD_OFFSET]
        # newer Pythons give the place of the wide record, older ones that of the short one behind it
        self.fp.seek(end[zipfile._ECD_LOCATION])
        if end[zipfile._ECD_SIGNATURE] == zipfile.stringEndArchive64 and self.fp.read(4) != zipfile.stringEndArchive64:
            self.shift -= zipfile.sizeEndCentDir64 + zipfile.sizeEndCentDir64Locator
        self.start_dir = end[zipfile._ECD_OFFSET] + self.shift
        if self.start_dir < 0 or self.shift < 0:
            raise zipfile.BadZipFile("its directory is not where it should be")

    def walk(self):
        """The entries of the directory, one by one; :raises zipfile.BadZipFile, struct.error:"""
        self.fp.seek(self.start_dir)
        left, count, block, place = self.directory_size, 0, b'', 0
        while left or place < len(block):
            if len(block) - place < _ENTRY_MAX and left:
                block = block[place:] + self.fp.read(min(left, CHUNK))
                left, place = max(0, left - CHUNK), 0
            (signature, _made, system, _needed, _bits, flags, method, _time, _date, crc, packed, size, name_length, extra_length,
             comment_length, _disk, _internal, attributes, offset) = _DIRECTORY.unpack_from(block, place)
            if signature != zipfile.stringCentralDir:
                raise zipfile.BadZipFile("its directory is damaged")
            start = place + _DIRECTORY.size
            place = start + name_length + extra_length + comment_length
            if place > len(block):
                raise zipfile.BadZipFile("its directory is cut off")
            # The name as it is written: zipfile would cut it at NUL.
            name = block[start:start + name_length].decode('utf-8' if flags & 0x800 else 'cp437')
            if extra_length:
                size, packed, offset = _read_zip64(
                    block[start + name_length:start + name_length + extra_length], size, packed, offset)
            offset += self.shift
            if offset >= self.start_dir:
                raise zipfile.BadZipFile("an entry begins behind its directory")
            yield _Entry(name, system, flags, method, crc, packed, size, attributes, offset)
            count += 1
        if count != self.directory_entries:
            raise zipfile.BadZipFile("its directory has another number of entries than it says")


class _Entry(NamedTuple):
    name: str
    system: int
    flags: int
    method: int
    crc: int
    packed: int
    size: int
    attributes: int
    offset: int


_DIRECTORY = struct.Struct(zipfile.structCentralDir)
_ENTRY_MAX = _DIRECTORY.size + 3 * 0xffff


def _read_zip64(extra, *values):
    """Sizes and place of an entry, those that do not fit 32 bits from its field of 64 bits."""
    while len(extra) >= 4:
        kind, length = struct.unpack('<HH', extra[:4])
        if kind == 1:
            count = min(length, len(extra) - 4) // 8
            wide = iter(struct.unpack(f'<{count}Q', extra[4:4 + count * 8]))
            try:
                return [next(wide) if value == 0xffffffff else value for value in values]
            except StopIteration:
                raise zipfile.BadZipFile("sizes of 64 bits are missing") from None
        extra = extra[4 + length:]
    return values


class ZipSource(Source):
    """A package in a ZIP file (ZIP64 too). The directory is judged before anything is unpacked; of an entry 32 bytes are kept."""

    _PACKED = struct.Struct('>QQQLHH')      # the place first, so that entries sort by it
    _LOCAL = struct.Struct(zipfile.structFileHeader)

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
        self.check_names()

    def close(self):
        if self.archive:
            self.archive.close()

    def _enter_all(self):
        """Twice through the directory: the first time only to see which folder is the package."""
        roots, plain = Counter(), set()
        for entry in self.archive.walk():
            top, slash, _rest = entry.name.partition('/')
            if top in roots or not path_defect(top):
                roots[top] += 1
                if not slash and len(plain) < 100:
                    plain.add(top)
        self._choose_root(roots, plain)
        below = f'{self.root}/' if self.root else ''
        start, size, packed, end, sorted_ = len(below), 0, 0, 0, True
        seen = set()
        for entry in self.archive.walk():
            name, path = entry.name, entry.name[start:]
            size += entry.size
            packed += entry.packed
            if name in seen or path in self.files and name.startswith(below):
                self.defect('PKG4', ERROR, "The name comes more than once", name)
            elif reason := path_defect(name.rstrip('/')):
                self.defect('PKG2', ERROR, "The path is refused: %(reason)s", name, reason=reason)
                seen.add(name)
            elif not name.startswith(below):
                self.defect('PKG12', ERROR, "The file is outside the package's folder", name)
                seen.add(name)
            elif name.endswith('/'):
                self.folders.add(path[:-1])
                self._enter_folders(path[:-1])
            elif self._allowed(entry):
                self.files[path] = self._PACKED.pack(entry.offset, entry.packed, entry.size, entry.crc, entry.method, entry.flags)
                self.total += entry.size
                self._enter_folders(path)
                sorted_ = sorted_ and entry.offset >= end
                end = entry.offset + zipfile.sizeFileHeader + entry.packed
            if len(seen) > 20_000:
                raise zipfile.BadZipFile("nothing in it can be used")
        self._check_size(size, packed)
        if not sorted_:
            self._check_overlap()

    def _check_size(self, size, packed):
        if size > self.limits.size:
            self.defect('PKG7', ERROR, "Unpacks to %(size)s bytes, more than %(limit)s", size=size, limit=self.limits.size)
        elif size > CHUNK and size > self.limits.ratio * max(packed, 1):
            self.defect('PKG7', ERROR, "Unpacks to more than %(limit)s times its size", limit=self.limits.ratio)

    def _allowed(self, entry):
        mode = entry.attributes >> 16
        if entry.system == 3 and mode and stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
            self.defect('PKG3', ERROR, "A link or special file instead of content", entry.name)
        elif entry.flags & 0x2041:
            self.defect('PKG6', ERROR, "The entry is encrypted", entry.name)
        elif entry.method not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            self.defect('PKG8', ERROR, "A compression that is not in use: %(method)s", entry.name, method=entry.method)
        elif entry.size > CHUNK and entry.size > self.limits.ratio * max(entry.packed, 1):
            self.defect('PKG7', ERROR, "Unpacks to more than %(limit)s times its size", entry.name, limit=self.limits.ratio)
        elif entry.method == zipfile.ZIP_STORED and entry.packed != entry.size:
            self.defect('PKG8', ERROR, "The entry's two sizes do not fit each other", entry.name)
        else:
            return True
        return False

    def _check_overlap(self):
        """Entries that share bytes: the trick of a small file that unpacks to petabytes."""
        end, last, by_place = 0, '', Spill()
        for name, packed in self.files.items():
            offset, size, *_rest = self._PACKED.unpack(packed)
            key = packed[:8] + name.encode()
            by_place[key] = offset, size, name
        for _key, (offset, size, name) in by_place.sorted():
            if offset < end:
                self.defect('PKG10', ERROR, "Shares its bytes with %(other)s", name, other=last)
            end, last = max(end, offset + zipfile.sizeFileHeader + size), name

    def _choose_root(self, roots, plain):
        """CSIPSTR1: one folder. The one that holds most is taken for the package, so that the rest of it can be judged."""
        folders = {name: count for name, count in roots.items() if name not in plain}
        self.root = max(folders, key=lambda name: (folders[name], name), default='')
        if len(roots) != 1 or plain or not self.root:
            self.defect('CSIPSTR1', ERROR, "The archive holds %(count)s names at its top instead of one folder", count=len(roots))

    def size_of(self, entry):
        return self._PACKED.unpack(entry)[2]

    def open(self, path):
        entry = zipfile.ZipInfo(self._full_name(path))
        (entry.header_offset, entry.compress_size, entry.file_size, entry.CRC, entry.compress_type,
         entry.flag_bits) = self._PACKED.unpack(self.files[path])
        return self._open(entry, path)

    def _full_name(self, path):
        return f'{self.root}/{path}' if self.root else path

    def _open(self, entry, path):
        if '_end_offset' in zipfile.ZipInfo.__slots__:      # of newer Pythons: the check for overlaps is made above
            entry._end_offset = None
        entry.filename = entry.orig_filename = self._full_name(path)
        return self.archive.open(entry)

    def chunks(self, path, entry):
        """What is stored as it is, as nearly all is, is read past ``zipfile``, whose every read waits for that of other threads."""
        offset, packed, size, crc, method, flags = self._PACKED.unpack(entry)
        if method != zipfile.ZIP_STORED:
            info = zipfile.ZipInfo(self._full_name(path))
            info.header_offset, info.compress_size, info.file_size, info.CRC, info.compress_type, info.flag_bits = (
                offset, packed, size, crc, method, flags)
            with self._open(info, path) as stream:
                while chunk := stream.read(CHUNK):
                    yield chunk
            return
        handle, place, found = self.archive.fp.fileno(), offset, None
        buffer = memoryview(bytearray(min(CHUNK, size + self._LOCAL.size + MAX_PATH + MAX_COMPONENT)))
        while size or found is None:
            length = os.preadv(handle, [buffer], place)
            if not length:
                raise EOFError("the archive is cut off")
            start = 0
            if found is None:
                start, found = self._check_local(buffer[:length], path), 0
            place += max(start, length)
            chunk = buffer[start:min(length, start + size)]
            found, size = crc32(chunk, found), size - len(chunk)
            yield chunk
        if found != crc:
            raise zipfile.BadZipFile(f"Bad CRC-32 for file {path!r}")

    def _check_local(self, head, path):
        """The header before an entry must be of the same file. :return: how long it is"""
        values = self._LOCAL.unpack_from(head)
        if values[0] != zipfile.stringFileHeader:
            raise zipfile.BadZipFile("Bad magic number for file header")
        if values[3] & 0x2061:
            raise zipfile.BadZipFile("the entry is encrypted or a patch")
        length, extra = values[10], values[11]
        name = str(head[self._LOCAL.size:self._LOCAL.size + length], 'utf-8' if values[3] & 0x800 else 'cp437')
        if name != self._full_name(path):
            raise zipfile.BadZipFile(f"File name in directory {path!r} and header {name!r} differ.")
        return self._LOCAL.size + length + extra


class BrokenSource(Source):
    """What is no package: it has a defect and no files."""

    def __init__(self, path, reason):
        super().__init__(path)
        self.defect('PKG1', ERROR, "Not a package: %(reason)s", reason=reason)

    def size_of(self, entry):
        raise FileNotFoundError(self.path)

    def chunks(self, path, entry):
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


