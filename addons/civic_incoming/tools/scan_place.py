"""A folder below the root that the server's configuration names, and the files that scanners put there; plain Python.

Nothing in it is trusted. Folders are entered one by one without following links, and files are moved by the handle
of the folder, so that no link put in between leads elsewhere.
"""
import contextlib
import fcntl
import hashlib
import logging
import os
import stat
import time
from pathlib import PurePosixPath
from typing import NamedTuple

_logger = logging.getLogger(__name__)

WORK, DONE, REFUSED = '.civic-work', 'done', 'refused'
OWN_FOLDERS = frozenset((WORK, DONE, REFUSED))
# What programs call a file that they are still writing.
PARTIAL = ('.part', '.partial', '.tmp', '.filepart', '.crdownload', '.download', '.swp', '~')
CHUNK = 1024 * 1024


class Entry(NamedTuple):
    name: str
    kind: str                   # 'file', 'partial', 'folder', 'link' or 'other'
    mark: tuple = ()            # what changes whenever somebody writes the file


class PlaceError(Exception):
    """The folder cannot be used; the argument is 'missing', 'link', 'denied' or 'busy'."""


def split_path(path):
    """Return the parts of a relative path.

    :raises ValueError: for one that is absolute, climbs, is hidden or holds what no name of ours may hold
    """
    if not path or path != path.strip() or '\\' in path or any(not char.isprintable() for char in path):
        raise ValueError
    parts = PurePosixPath(path).parts
    if path.startswith('/') or '//' in path or path.endswith('/') or '.' in path.split('/'):
        raise ValueError
    for part in parts:
        if part.startswith('.') or part in OWN_FOLDERS or part in ('/', '..') or len(part.encode()) > 200:
            raise ValueError
    return parts


class ScanPlace:
    """Use as a context manager: only one process at a time is in a place."""

    def __init__(self, root, path):
        self.root = root
        self.parts = split_path(path)
        self.handle = None

    def __enter__(self):
        self.handle = self._open_folder()
        try:
            fcntl.flock(self.handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            self.__exit__()
            raise PlaceError('busy') from error
        except OSError as error:
            # a network file system without such locks: the row of the folder is locked, too
            _logger.debug("The folder cannot be locked: %s", error)
        return self

    def __exit__(self, *_exception):
        if self.handle is not None:
            os.close(self.handle)
            self.handle = None

    def _open_folder(self):
        flags = os.O_RDONLY | os.O_DIRECTORY
        try:
            handle = os.open(self.root, flags)
            for part in self.parts:
                try:
                    inner = os.open(part, flags | os.O_NOFOLLOW, dir_fd=handle)
                finally:
                    os.close(handle)
                handle = inner
        except FileNotFoundError as error:
            raise PlaceError('missing') from error
        except PermissionError as error:
            raise PlaceError('denied') from error
        except OSError as error:                # a link, or a file where a folder should be
            raise PlaceError('link') from error
        return handle

    def _own(self, name):
        """Return the handle of one of our folders in the place; close it."""
        with contextlib.suppress(FileExistsError):
            os.mkdir(name, 0o770, dir_fd=self.handle)
        try:
            return os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=self.handle)
        except OSError as error:
            raise PlaceError('link') from error

    def entries(self):
        """Return what lies in the place, by name."""
        found = []
        with os.scandir(self.handle) as items:
            for item in items:
                with contextlib.suppress(FileNotFoundError):
                    found.append(self._describe(item.name))
        return sorted(filter(None, found))

    def _describe(self, name):
        if name in OWN_FOLDERS:
            return None
        info = os.stat(name, dir_fd=self.handle, follow_symlinks=False)
        if stat.S_ISLNK(info.st_mode):
            return Entry(name, 'link')
        if stat.S_ISDIR(info.st_mode):
            return Entry(name, 'folder')
        if not stat.S_ISREG(info.st_mode):
            return Entry(name, 'other')
        mark = (info.st_size, info.st_mtime_ns, info.st_ctime_ns, info.st_ino)
        if name.startswith('.'):
            return None                 # what file managers and network drives keep for themselves
        if name.lower().endswith(PARTIAL):
            return Entry(name, 'partial', mark)
        return Entry(name, 'file', mark)

    def leftovers(self):
        """Return the files that a process had claimed when it died."""
        handle = self._own(WORK)
        try:
            return sorted(os.listdir(handle))
        finally:
            os.close(handle)

    def claim(self, name):
        """Take a file out of everybody's sight.

        :raises FileNotFoundError: when it is gone: another one took it, or somebody removed it
        :raises PermissionError: when it cannot be read; it stays where it is
        :raises BlockingIOError: when whoever writes it still holds its lock
        """
        reader = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=self.handle)
        try:
            fcntl.flock(reader, fcntl.LOCK_SH | fcntl.LOCK_NB)
            target = self._own(WORK)
            try:
                if name in os.listdir(target):
                    raise BlockingIOError(name)
                os.rename(name, name, src_dir_fd=self.handle, dst_dir_fd=target)
            finally:
                os.close(target)
        finally:
            os.close(reader)

    def copy(self, name, target):  # pylint: disable=method-required-super  # no model
        """Copy a claimed file and return its size."""
        work = self._own(WORK)
        try:
            reader = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=work)
        finally:
            os.close(work)
        size = 0
        with open(reader, 'rb') as source, open(target, 'wb') as copy:
            while chunk := source.read(CHUNK):
                size += copy.write(chunk)
        return size

    def measure(self, name):
        work = self._own(WORK)
        try:
            return os.stat(name, dir_fd=work, follow_symlinks=False).st_size
        finally:
            os.close(work)

    def put(self, name, folder):
        """Move a claimed file to one of our folders, or back ('') to where it lay; return its name there."""
        work = self._own(WORK)
        target = self._own(folder) if folder else os.dup(self.handle)
        try:
            new = name
            if new in os.listdir(target):
                stem, extension = os.path.splitext(name)
                new = f'{stem[:100]}.{time.time_ns()}{extension[:20]}'
            with contextlib.suppress(FileNotFoundError):
                os.rename(name, new, src_dir_fd=work, dst_dir_fd=target)
            return new
        finally:
            os.close(work)
            os.close(target)

    def remove(self, name):
        """Destroy a claimed file."""
        work = self._own(WORK)
        try:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(name, dir_fd=work)
        finally:
            os.close(work)

    def remove_same(self, folder, stem, sha256):
        """Destroy the files of one of our folders that begin with the name and have the digest."""
        handle = self._own(folder)
        try:
            for name in os.listdir(handle):
                if not name.startswith(stem[:100]):
                    continue
                reader = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=handle)
                digest = hashlib.sha256()
                with open(reader, 'rb') as source:
                    while chunk := source.read(CHUNK):
                        digest.update(chunk)
                if digest.hexdigest() == sha256:
                    os.unlink(name, dir_fd=handle)
        finally:
            os.close(handle)
