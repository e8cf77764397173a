"""What has come of a delivery so far: one growing file per part, in a folder of its own; plain Python.

The size of the file is the offset: it needs no database to be true after a kill. Two connections never write one
part at once, and what cannot be written whole is cut back to what was there before.
"""
import contextlib
import errno
import fcntl
import filecmp
import os
import re
import shutil
from pathlib import Path

from .protocol import BLOCK, TransportError, measure

FOLDER = re.compile(r'[0-9a-f]{32}')
RESERVE = 256 * 1024 * 1024         # bytes that stay free for the database and the rest of the server
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class PartialStore:
    """The folder of all deliveries that are on their way in."""

    def __init__(self, root, reserve=RESERVE):
        self._root, self._reserve = Path(root), reserve

    def open(self, uuid):
        """Return the folder of one delivery.

        :raises TransportError: when the store cannot be reached
        """
        if not FOLDER.fullmatch(uuid or ''):
            raise TransportError('not_found')
        folder = self._root / uuid
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise _to_transport_error(error) from None
        return Partial(folder)

    def check_space(self, size):
        """Refuse what there is no room for before its first byte comes.

        :raises TransportError:
        """
        try:
            self._root.mkdir(mode=0o700, parents=True, exist_ok=True)
            free = shutil.disk_usage(self._root).free
        except OSError as error:
            raise _to_transport_error(error) from None
        if size + self._reserve > free:
            raise TransportError('disk_full', free, retry=True)

    def drop(self, uuid):
        """Forget what came of a delivery."""
        if FOLDER.fullmatch(uuid or ''):
            shutil.rmtree(self._root / uuid, ignore_errors=True)

    def list(self):
        """Return the names of all deliveries of which something lies here."""
        try:
            return [entry.name for entry in os.scandir(self._root) if FOLDER.fullmatch(entry.name)]
        except FileNotFoundError:
            return []


class Partial:
    """The parts of one delivery."""

    def __init__(self, folder):
        self._folder = folder

    def path(self, number):
        return str(self._folder / f'{int(number)}.part')

    def offset(self, number):
        """How many bytes of the part are there."""
        try:
            return os.stat(self.path(number)).st_size
        except FileNotFoundError:
            return 0
        except OSError as error:
            raise _to_transport_error(error) from None

    @contextlib.contextmanager
    def lock(self):
        """Hold the delivery alone, or say that somebody else does.

        :raises TransportError:
        """
        try:
            handle = os.open(self._folder / 'lock', os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise _to_transport_error(error) from None
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise TransportError('busy', retry=True) from None
            yield
        finally:
            os.close(handle)

    def append(self, number, offset, size, blocks):
        """Add bytes at the offset and return the new offset.

        What came before a cut connection is kept; what did not fit on the disk is not.

        :param int size: declared size of the whole part: nothing goes beyond
        :param blocks: iterable of bytes
        :raises TransportError:
        """
        with self.lock():
            there = self.offset(number)
            if offset != there:
                raise TransportError('wrong_offset', there)
            try:
                with open(self.path(number), 'ab', buffering=0) as output:
                    try:
                        for block in blocks:
                            if there + len(block) > size:
                                raise TransportError('too_large', there + len(block))
                            _write_all(output, block)
                            there += len(block)
                    except BaseException:
                        output.truncate(there)
                        raise
            except OSError as error:
                raise _to_transport_error(error) from None
            return there

    def measure(self, number):
        """Return (size, SHA-256, SHA-1) of a part."""
        try:
            return measure(self.path(number))
        except OSError as error:
            raise _to_transport_error(error) from None

    def forget(self, number):
        """Throw a part away: it comes again from its first byte."""
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.path(number))


def _write_all(output, block):
    view = memoryview(block)
    while view:
        view = view[output.write(view):]


def place(source, target):
    """Put a file at its final place without reading it, durable before this returns; the source stays.

    A file that is already there under this name must be the same.

    :return: whether the file is new there
    :raises TransportError:
    """
    target = Path(target)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.exists():
            if not filecmp.cmp(source, target, shallow=False):
                raise TransportError('collision')
            return False
        partial = target.with_name(f'.{target.name}.{os.getpid()}')
        with contextlib.suppress(FileNotFoundError):
            os.unlink(partial)
        try:
            try:
                os.link(source, partial)
            except OSError as error:
                if error.errno in FULL:
                    raise
                _copy(source, partial)          # another file system, or one without links
            _sync(partial)
            os.replace(partial, target)
        finally:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(partial)
        _sync(target.parent)
    except OSError as error:
        raise _to_transport_error(error) from None
    return True


def _copy(source, target):
    with open(source, 'rb') as reader, open(target, 'wb') as writer:
        shutil.copyfileobj(reader, writer, BLOCK)


def _sync(path):
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _to_transport_error(error):
    code = 'disk_full' if error.errno in FULL else 'store_unreachable'
    return TransportError(code, error.strerror or error, retry=True)
