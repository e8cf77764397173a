"""Keys outside the database; plain Python.

Each secret is a file of its own, encrypted with AES-256-GCM under a master key that lies in another file; the name of
the secret is bound to it, so that files cannot be exchanged. Whoever has the database, or a copy of it, has nothing.
"""
import contextlib
import os
import re
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NAME = re.compile(r'[0-9a-f]{32}')
MASTER = 'master.key'
VERSION = b'CV1'


class VaultError(Exception):
    """The secret cannot be given; ``code`` is 'missing', 'damaged' or 'denied'."""

    def __init__(self, code):
        super().__init__(code)
        self.code = code


class Vault:
    """A folder of secrets.

    :param str folder: made with rights for its owner alone
    :param str master: path of the file with the master key; made in the folder by default
    """

    def __init__(self, folder, master=''):
        self._folder = Path(folder)
        self._master = Path(master) if master else self._folder / MASTER

    def put(self, raw):
        """Keep a secret and return its name."""
        name = secrets.token_hex(16)
        nonce = os.urandom(12)
        sealed = VERSION + nonce + AESGCM(self._get_master(make=True)).encrypt(nonce, raw, name.encode())
        try:
            _write_new(self._folder / f'{name}.key', sealed)
        except OSError:
            raise VaultError('denied') from None
        return name

    def get(self, name):
        """Return a secret.

        :raises VaultError:
        """
        path = self._path(name)
        try:
            sealed = path.read_bytes()
        except FileNotFoundError:
            raise VaultError('missing') from None
        except OSError:
            raise VaultError('denied') from None
        if not sealed.startswith(VERSION):
            raise VaultError('damaged')
        nonce, body = sealed[3:15], sealed[15:]
        try:
            return AESGCM(self._get_master()).decrypt(nonce, body, name.encode())
        except (InvalidTag, ValueError):
            raise VaultError('damaged') from None

    def drop(self, name):
        """Forget a secret; one that is gone already is no error."""
        with contextlib.suppress(OSError):
            self._path(name).unlink(missing_ok=True)

    def _path(self, name):
        if not NAME.fullmatch(name or ''):
            raise VaultError('missing')
        return self._folder / f'{name}.key'

    def _get_master(self, make=False):
        try:
            master = self._master.read_bytes()
        except FileNotFoundError:
            if not make:
                raise VaultError('missing') from None
            master = self._make_master()
        except OSError:
            raise VaultError('denied') from None
        if len(master) != 32:
            raise VaultError('damaged')
        return master

    def _make_master(self):
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with contextlib.suppress(FileExistsError):          # another process was faster
                _write_new(self._master, secrets.token_bytes(32))
        except OSError:
            raise VaultError('denied') from None
        return self._master.read_bytes()


def _write_new(path, raw):
    """Write a file that did not exist, whole or not at all, for its owner alone."""
    partial = path.with_name(f'.{path.name}.{os.getpid()}.{secrets.token_hex(4)}')
    handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, 'wb') as output:
            output.write(raw)
            output.flush()
            os.fsync(output.fileno())
        os.link(partial, path)                  # fails if the name is taken
    finally:
        partial.unlink(missing_ok=True)
