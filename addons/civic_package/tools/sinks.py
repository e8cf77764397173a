"""Where a package is written: a folder or a ZIP file. Each file is read once, hashed on its way, never whole in memory."""
from __future__ import annotations

import hashlib
import os
import pathlib
import shutil
import time
import zipfile

from .findings import PackageError
from .sources import length_defect, path_defect

CHUNK = 1 << 20


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

    def copy(self, path, stream, limit=None):
        """Copy a stream; :return: its size and SHA-256. :raises PackageError: it is longer than ``limit``."""
        digest, size = hashlib.sha256(), 0
        with self._open(path) as output:
            while chunk := stream.read(CHUNK):
                size += len(chunk)
                if limit is not None and size > limit:
                    raise PackageError(f"{path} is longer than announced")
                digest.update(chunk)
                output.write(chunk)
        return self._counted(size, digest.hexdigest())

    def write(self, path, content):
        with self._open(path, len(content)) as output:
            output.write(content)
        return self._counted(len(content), hashlib.sha256(content).hexdigest())

    def copy_file(self, path, source):
        """Copy a file of the file system."""
        with open(source, 'rb', buffering=0) as stream:
            self.hint = os.fstat(stream.fileno()).st_size
            if self.hint <= CHUNK:
                # One read more than the file has tells whether it is still being written to.
                content = stream.read(CHUNK + 1)
                if len(content) <= CHUNK:
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

    def _open(self, path, _size=None):
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


class ZipSink(Sink):
    """Stored, not deflated: papers are PDF and pictures, which do not get smaller, and a damaged block costs one file only."""

    def __init__(self, target, root, when):
        super().__init__(pathlib.Path(target).parent, root)
        self.target = pathlib.Path(target)
        if self.target.exists():
            raise PackageError(f"{self.target} is already there")
        self.parent.mkdir(parents=True, exist_ok=True)
        self.building = self.target.with_name(f'.{self.target.name}.building')
        self.building.unlink(missing_ok=True)
        self._stream = open(self.building, 'wb', buffering=CHUNK)
        self._archive = zipfile.ZipFile(self._stream, 'w', zipfile.ZIP_STORED, allowZip64=True, strict_timestamps=True)
        self._when = max(when, (1980, 1, 1, 0, 0, 0))
        self._names = set()

    def _entry(self, path, size=None):
        self._check(path)
        if path in self._names:
            raise PackageError(f"{path} comes twice")
        self._names.add(path)
        entry = zipfile.ZipInfo(f'{self.root}/{path}', self._when)
        entry.external_attr, entry.create_system = (0o100644 << 16), 3
        return entry

    def _open(self, path, size=None):
        return self._archive.open(self._entry(path), 'w', force_zip64=size is None)

    def write(self, path, content):
        self._archive.writestr(self._entry(path), content)
        return self._counted(len(content), hashlib.sha256(content).hexdigest())

    def commit(self):
        self._archive.close()
        self._stream.close()
        os.rename(self.building, self.target)
        return self.target

    def discard(self):
        if not self._stream.closed:
            self._archive.fp = None         # no directory for what is thrown away
            self._stream.close()
        self.building.unlink(missing_ok=True)


def zip_time(moment):
    return time.struct_time(moment.timetuple())[:6]
