"""Sending through a folder that both sides reach: a network drive, a synchronised folder, a disk carried over.

What is whole appears at once, by renaming; the receiving side puts its receipt beside it. Nothing in the folder is
trusted: no link is followed, and what is no plain file is not opened. Plain Python.
"""
import contextlib
import hashlib
import json
import os
import re
import shutil
import stat
import time
from pathlib import Path

from .protocol import BLOCK, DECLARATION_BYTES, TransportError
from .store import FULL

DECLARATION, RECEIPT, REFUSAL, IDENTITY = 'declaration.json', 'receipt.json', 'refused.json', 'identity.json'
NAME = re.compile(r'[0-9a-f]{32}')


class FolderTransport:
    """The way through two folders: into one we put what is ours, from the other we take what is the partner's.

    :param dict identity: what the partner should know of us: agency, organ code, public key
    """

    has_receipts = True

    def __init__(self, folder_out, folder_in, identity=None):
        self._out, self._in, self._identity = Path(folder_out), Path(folder_in), identity or {}

    def hello(self):
        """Put down who we are, and return what the partner put down about itself."""
        with _told():
            for folder in (self._out, self._in):
                folder.mkdir(parents=True, exist_ok=True)
            write_json(self._out / IDENTITY, {**self._identity, 'time': time.time()})
            raw = _read_small(self._in / IDENTITY)
        if raw is None:
            raise TransportError('no_partner_yet')
        # no skew: when the partner wrote it says nothing about its clock now
        return {**_parse(raw), 'skew': 0.0}

    def send(self, declaration, open_part, *, on_progress, deadline):
        """See :meth:`.http.HttpTransport.send`."""
        final, growing = self._get_paths(declaration)
        done = 0
        with _told():
            if not final.exists():
                growing.mkdir(parents=True, exist_ok=True)
                for number, part in enumerate(declaration.parts):
                    with open_part(number) as source, open(growing / f'{number}.part', 'ab', buffering=0) as target:
                        offset = min(target.tell(), part.size)
                        source.seek(offset)
                        while offset < part.size:
                            if on_progress(done + offset):
                                return 'stopped', None
                            if time.monotonic() > deadline:
                                return 'more', None
                            block = source.read(min(BLOCK, part.size - offset))
                            if not block:
                                raise TransportError('payload_changed', part.name)
                            offset += target.write(block)
                        os.fsync(target.fileno())
                    done += part.size
                write_json(growing / DECLARATION, declaration.to_dict())
                os.replace(growing, final)
        on_progress(declaration.size)
        return self.fetch_receipt(declaration)

    def fetch_receipt(self, declaration):
        """Look whether the partner put its receipt beside the delivery."""
        final, _growing = self._get_paths(declaration)
        with _told():
            refusal = _read_small(final / REFUSAL)
            raw = _read_small(final / RECEIPT)
            is_there = final.exists()
        if raw is not None:
            return 'receipt', _parse(raw)
        if refusal is not None:
            code = _parse(refusal).get('error')
            self.forget(declaration)
            raise TransportError(code if isinstance(code, str) and code.isidentifier() else 'refused')
        return ('accepted' if is_there else 'more'), None

    def cancel(self, declaration):
        """Take away what has not been received."""
        final, _growing = self._get_paths(declaration)
        if (final / RECEIPT).exists():
            raise TransportError('already_received')
        self.forget(declaration)

    def forget(self, declaration):
        """Remove a delivery from the folder: the receipt is kept elsewhere."""
        for path in self._get_paths(declaration):
            shutil.rmtree(path, ignore_errors=True)

    def _get_paths(self, declaration):
        name = hashlib.sha256(declaration.key.encode()).hexdigest()[:32]
        return self._out / name, self._out / f'.{name}'

    # === WHAT THE PARTNER PUT THERE === #

    def list_incoming(self):
        """Return the folders of deliveries that have neither a receipt nor a refusal yet."""
        with _told():
            if not self._in.is_dir():
                return []
            return sorted(
                Path(entry.path) for entry in os.scandir(self._in)
                if NAME.fullmatch(entry.name) and entry.is_dir(follow_symlinks=False)
                and not any(os.path.lexists(os.path.join(entry.path, name)) for name in (RECEIPT, REFUSAL)))

    def read_declaration(self, folder):
        """Return the bytes of the declaration in a folder of :meth:`list_incoming`."""
        with _told():
            raw = _read_small(folder / DECLARATION)
        if raw is None:
            raise TransportError('bad_declaration', DECLARATION)
        return raw

    def read_part(self, folder, number, offset):
        """Yield the bytes of a part from the offset on."""
        with _told(), _open_plain(folder / f'{int(number)}.part') as source:
            source.seek(offset)
            while block := source.read(BLOCK):
                yield block


def write_json(path, value):
    """Write a small file whole or not at all."""
    partial = path.with_name(f'.{path.name}.{os.getpid()}')
    with open(partial, 'w', encoding='utf-8') as output:
        json.dump(value, output, ensure_ascii=False)
        output.flush()
        os.fsync(output.fileno())
    os.replace(partial, path)


def _open_plain(path):
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise TransportError('bad_declaration', path.name)
    return os.fdopen(handle, 'rb')


def _read_small(path):
    try:
        with _open_plain(path) as source:
            return source.read(DECLARATION_BYTES + 1)
    except FileNotFoundError:
        return None


def _parse(raw):
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise TransportError('no_civic_server', 'no JSON')
    return value


@contextlib.contextmanager
def _told():
    """Put what a drive does wrong into words."""
    try:
        yield
    except OSError as error:
        code = 'disk_full' if error.errno in FULL else 'store_unreachable'
        raise TransportError(code, error.strerror or error, retry=True) from None
