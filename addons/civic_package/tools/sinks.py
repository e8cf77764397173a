"""Where a package is written: a folder or a ZIP file. Each file is read once, hashed on its way, never whole in memory."""
from __future__ import annotations

import contextlib
import hashlib
import os
import pathlib
import shutil
import struct
import tempfile
import time

from .findings import PackageError
from .sources import crc32, length_defect, path_defect
from .spill import Spill

CHUNK = 1 << 20
MAX16, MAX32 = 0xffff, 0xffffffff
UTF8 = 0x800            # names are in UTF-8


class Sink:
    """Files go in one by one; nothing bears the package's name until ``commit``. Leaving it uncommitted removes all of it."""

    def __init__(self, parent, root):
        self.parent, self.root, self.count, self.size = pathlib.Path(parent), root, 0, 0
        if reason := path_defect(root):
            raise PackageError(f"{root!r} cannot be a package's name: {reason}")

    def __enter__(self):
        return self

    def __exit__(self, kind, *_exception):
        self.discard()

    def _check(self, path):
        if reason := path_defect(path):
            raise PackageError(f"{path!r} cannot be in a package: {reason}")
        if length_defect(path):
            raise PackageError(f"{path[:60]!r}… is too long for a file's name")

    def copy(self, path, stream, limit=None):  # pylint: disable=method-required-super  # no model
        """Copy a stream; :return: its size and SHA-256. :raises PackageError: it is longer than ``limit``."""
        digest, size = hashlib.sha256(), 0
        with self._open(path) as output:
            while chunk := stream.read(CHUNK):
                size += len(chunk)
                if limit is not None and size > limit:
                    raise PackageError(f"{path} is longer than announced")
                digest.update(chunk)
                view = memoryview(chunk)
                while view:     # unbuffered: the system may take less than it is given
                    view = view[output.write(view):]
        return self._counted(size, digest.hexdigest())

    def write(self, path, content):  # pylint: disable=method-required-super  # no model
        with self._open(path) as output:
            view = memoryview(content)
            while view:
                view = view[output.write(view):]
        return self._counted(len(content), hashlib.sha256(content).hexdigest())

    def copy_file(self, path, source):
        """Copy a file of the file system."""
        with open(source, 'rb', buffering=0) as stream:
            size = os.fstat(stream.fileno()).st_size
            if size <= CHUNK:
                content = stream.read(size + 1)     # one more than there is tells whether someone still writes to it
                if len(content) <= size:
                    return self.write(path, content)
                stream.seek(0)
            return self.copy(path, stream)

    def _counted(self, size, digest):
        self.count += 1
        self.size += size
        return size, digest


class FolderSink(Sink):

    def __init__(self, parent, root):
        super().__init__(parent, root)
        self.target = self.parent / root
        if self.target.exists():
            raise PackageError(f"{self.target} is already there")
        self.building = self.parent / f'.{root}.building'
        shutil.rmtree(self.building, ignore_errors=True)
        self.building.mkdir(parents=True)
        self._folders = {''}

    def _open(self, path):
        self._check(path)
        parent = path.rpartition('/')[0]
        if parent not in self._folders:
            os.makedirs(self.building / parent, exist_ok=True)
            self._folders.add(parent)
        # O_EXCL: a name that comes twice, or that this file system takes for another one, is refused.
        handle = os.open(f'{self.building}/{path}', os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
        return os.fdopen(handle, 'wb', buffering=0)

    def commit(self):
        os.rename(self.building, self.target)
        return self.target

    def discard(self):
        shutil.rmtree(self.building, ignore_errors=True)

    def withdraw(self):
        """Take back what was committed."""
        shutil.rmtree(self.target)


class ZipSink(Sink):
    """Stored, not deflated: papers are PDF and pictures, which do not get smaller, and a damaged block costs one file only.

    ``zipfile`` reads what is written here. It does not write it, since it keeps an object of 700 bytes for each entry and
    goes back to the header of each; of a package with 70 000 files nothing but the names stays in memory.
    """

    def __init__(self, target, root, when):
        super().__init__(pathlib.Path(target).parent, root)
        self.target = pathlib.Path(target)
        if self.target.exists():
            raise PackageError(f"{self.target} is already there")
        self.parent.mkdir(parents=True, exist_ok=True)
        self.building = self.target.with_name(f'.{self.target.name}.building')
        self.building.unlink(missing_ok=True)
        self._stream = open(self.building, 'wb', buffering=1 << 16)  # noqa: SIM115  closed by commit or discard
        self._directory = tempfile.SpooledTemporaryFile(max_size=4 << 20)  # noqa: SIM115  closed with it
        year, month, day, hour, minute, second = max(when, (1980, 1, 1, 0, 0, 0))
        self._moment = (hour << 11 | minute << 5 | second // 2), (year - 1980 << 9 | month << 5 | day)
        self._names, self._offset = Spill(), 0

    def _name(self, path):
        self._check(path)
        if not self._names.add(path):
            raise PackageError(f"{path} comes twice")
        return f'{self.root}/{path}'.encode()

    def _local(self, name, size, crc, large):
        """The header before an entry; ``large`` leaves room for sizes of 64 bits."""
        shown = MAX32 if large else size
        extra = struct.pack('<HHQQ', 1, 16, size, size) if large else b''
        return struct.pack('<4s5H3L2H', b'PK\x03\x04', 45 if large else 20, UTF8, 0, *self._moment, crc, shown, shown, len(name),
            len(extra)) + name + extra

    def _enter(self, name, size, crc, large):
        """A line of the directory at the end."""
        wide = [value for value in (size, size) if large] + ([self._offset] if self._offset >= MAX32 else [])
        extra = struct.pack(f'<HH{len(wide)}Q', 1, 8 * len(wide), *wide) if wide else b''
        shown = MAX32 if large else size
        version = 45 if wide else 20
        self._directory.write(struct.pack(
            '<4s6H3L5H2L', b'PK\x01\x02', 3 << 8 | version, version, UTF8, 0, *self._moment, crc, shown, shown, len(name), len(extra), 0,
            0, 0,
            0o100644 << 16, min(self._offset, MAX32)) + name + extra)

    def write(self, path, content):  # pylint: disable=method-required-super  # no model
        name, size, crc = self._name(path), len(content), crc32(content)
        header = self._local(name, size, crc, size >= MAX32)
        self._stream.write(header)
        self._stream.write(content)
        self._enter(name, size, crc, size >= MAX32)
        self._offset += len(header) + size
        return self._counted(size, hashlib.sha256(content).hexdigest())

    def copy(self, path, stream, limit=None):  # pylint: disable=method-required-super  # no model
        """The header is written again when size and checksum are known; it has room for any size from the start."""
        name, digest, size, crc = self._name(path), hashlib.sha256(), 0, 0
        start = self._offset
        self._stream.write(self._local(name, 0, 0, True))
        while chunk := stream.read(CHUNK):
            size += len(chunk)
            if limit is not None and size > limit:
                raise PackageError(f"{path} is longer than announced")
            digest.update(chunk)
            crc = crc32(chunk, crc)
            self._stream.write(chunk)
        header = self._local(name, size, crc, True)
        self._stream.flush()
        os.pwrite(self._stream.fileno(), header, start)
        self._enter(name, size, crc, True)
        self._offset = start + len(header) + size
        return self._counted(size, digest.hexdigest())

    def commit(self):
        length, count, start = self._directory.tell(), self.count, self._offset
        self._directory.seek(0)
        shutil.copyfileobj(self._directory, self._stream, CHUNK)
        if count >= MAX16 or start >= MAX32 or length >= MAX32:
            self._stream.write(struct.pack('<4sQ2H2L4Q', b'PK\x06\x06', 44, 3 << 8 | 45, 45, 0, 0, count, count, length, start))
            self._stream.write(struct.pack('<4sLQL', b'PK\x06\x07', 0, start + length, 1))
        self._stream.write(struct.pack(
            '<4s4H2LH', b'PK\x05\x06', 0, 0, min(count, MAX16), min(count, MAX16), min(length, MAX32), min(start, MAX32), 0))
        self._stream.close()
        os.rename(self.building, self.target)
        return self.target

    def discard(self):
        self._directory.close()
        with contextlib.suppress(OSError):      # a full disk: what is still to be written is thrown away anyway
            self._stream.close()
        self.building.unlink(missing_ok=True)

    def withdraw(self):
        """Take back what was committed."""
        self.target.unlink()


def zip_time(moment):
    return time.struct_time(moment.timetuple())[:6]
