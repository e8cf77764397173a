"""What one system says to another: the declaration of a delivery, its limits and its errors; plain Python.

Everything that comes in is hostile: nothing of it is used before :meth:`Declaration.parse` has looked at it.
"""
import hashlib
import json
import os
import re
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field

VERSION = 1
FORMAT = f'civic-delivery-{VERSION}'
PATH = f'/civic/transport/{VERSION}'
SHA256 = re.compile(r'[0-9a-f]{64}')
KEY = re.compile(r'[A-Za-z0-9][A-Za-z0-9._:/-]{0,199}')
KIND = re.compile(r'[a-z][a-z0-9_.-]{0,63}')
MIMETYPE = re.compile(r'[a-z0-9][a-z0-9.+-]*/[a-z0-9][a-z0-9.+-]*', re.IGNORECASE)
META_BYTES = 65_536
DECLARATION_BYTES = 4 * 1024 * 1024
NAME_LENGTH = 300
BLOCK = 1024 * 1024
LARGE = 16 * BLOCK


class TransportError(Exception):
    """A delivery cannot go on.

    :param str code: one of ``const.PROBLEMS``
    :param bool retry: whether it may go on later by itself
    :param str detail: what was found, for the log
    :param int after: seconds that the other side asks to wait
    """

    def __init__(self, code, detail='', *, retry=False, after=0):
        super().__init__(f'{code}: {detail}' if detail else code)
        self.code, self.detail, self.retry, self.after = code, str(detail)[:500], retry, after


@dataclass(frozen=True)
class Limits:
    """What the receiving side takes."""

    max_bytes: int = 20 * 1024 ** 3
    max_parts: int = 1000
    kinds: frozenset | None = None


@dataclass(frozen=True)
class Part:
    """One file of a delivery."""

    name: str
    size: int
    sha256: str
    mimetype: str = 'application/octet-stream'


@dataclass(frozen=True)
class Declaration:
    """What is going to be sent: said before the first byte, and repeated in the receipt."""

    key: str
    kind: str
    parts: tuple
    subject: str = ''
    sender: str = ''
    recipient: str = ''
    created_at: str = ''
    meta: dict = field(default_factory=dict)

    @property
    def size(self):
        return sum(part.size for part in self.parts)

    def to_dict(self):
        return {'format': FORMAT, **asdict(self), 'parts': [asdict(part) for part in self.parts]}

    def digest(self):
        """The fingerprint of what is sent: the same key with another one is no repetition."""
        text = json.dumps(
            [self.key, self.kind, [[part.name, part.size, part.sha256] for part in self.parts], self.meta],
            sort_keys=True, separators=(',', ':'), ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()

    @classmethod
    def parse(cls, raw, limits=None):
        """Return the declaration that the bytes hold.

        :raises TransportError: with ``bad_declaration``, ``too_large``, ``too_many_parts`` or ``unknown_kind``
        """
        limits = limits or Limits()
        if len(raw) > DECLARATION_BYTES:
            raise TransportError('bad_declaration', 'too long')
        try:
            value = json.loads(raw)
        except (ValueError, RecursionError):
            raise TransportError('bad_declaration', 'no JSON') from None
        if not isinstance(value, dict) or value.get('format') != FORMAT:
            raise TransportError('bad_declaration', f'format is not {FORMAT}')
        kind = _match(KIND, value.get('kind'), 'kind')
        if limits.kinds is not None and kind not in limits.kinds:
            raise TransportError('unknown_kind', kind)
        rows = value.get('parts')
        if not isinstance(rows, list) or not rows:
            raise TransportError('bad_declaration', 'no parts')
        if len(rows) > limits.max_parts:
            raise TransportError('too_many_parts', len(rows))
        parts = tuple(map(_read_part, rows))
        if len({fold_name(part.name) for part in parts}) < len(parts):
            raise TransportError('bad_declaration', 'two parts have the same name')
        declaration = cls(
            key=_match(KEY, value.get('key'), 'key'), kind=kind, parts=parts,
            subject=_read_text(value, 'subject', 500), sender=_read_text(value, 'sender', 200),
            recipient=_read_text(value, 'recipient', 200), created_at=_read_text(value, 'created_at', 40),
            meta=_read_meta(value.get('meta')))
        if declaration.size > limits.max_bytes:
            raise TransportError('too_large', declaration.size)
        return declaration


def fold_name(name):
    """What two names have in common that a file system may not tell apart."""
    return unicodedata.normalize('NFC', name).casefold()


def _match(pattern, value, what):
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise TransportError('bad_declaration', what)
    return value


def _read_part(row):
    if not isinstance(row, dict):
        raise TransportError('bad_declaration', 'part')
    name, size = row.get('name'), row.get('size')
    if not isinstance(name, str) or not 0 < len(name) <= NAME_LENGTH or name in ('.', '..'):
        raise TransportError('bad_declaration', 'name of a part')
    if any(char in '/\\' or unicodedata.category(char) in ('Cc', 'Cs') for char in name):
        raise TransportError('bad_declaration', 'name of a part')
    if not isinstance(size, int) or isinstance(size, bool) or not 0 <= size < 2 ** 53:
        raise TransportError('bad_declaration', 'size of a part')
    return Part(
        name, size, _match(SHA256, row.get('sha256'), 'sha256 of a part'),
        _match(MIMETYPE, row.get('mimetype') or 'application/octet-stream', 'mimetype of a part'))


def _read_text(value, name, length):
    text = value.get(name) or ''
    if not isinstance(text, str) or len(text) > length or any(unicodedata.category(char) in ('Cc', 'Cs') for char in text):
        raise TransportError('bad_declaration', name)
    return text


def _read_meta(meta):
    if meta is None:
        return {}
    if not isinstance(meta, dict):
        raise TransportError('bad_declaration', 'meta')
    try:
        text = json.dumps(meta, allow_nan=False, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise TransportError('bad_declaration', 'meta') from None
    if len(text) > META_BYTES or b'\\u0000' in text:
        raise TransportError('bad_declaration', 'meta')
    return meta


def measure(path):
    """Return (size, SHA-256, SHA-1) of a file, in blocks; Odoo's store is named by the last. A large file is read by two
    threads, one for each digest: both leave the interpreter to the other."""
    sha256, sha1 = hashlib.sha256(), hashlib.sha1(usedforsecurity=False)
    if os.path.getsize(path) < LARGE:
        size = _feed(path, sha256, sha1)
    else:
        with ThreadPoolExecutor(1) as other:
            second = other.submit(_feed, path, sha1)
            size = _feed(path, sha256)
            second.result()
    return size, sha256.hexdigest(), sha1.hexdigest()


def _feed(path, *digests):
    """Give a file to digests and return its size."""
    size, view = 0, memoryview(bytearray(BLOCK))
    with open(path, 'rb', buffering=0) as source:
        while count := source.readinto(view):
            for digest in digests:
                digest.update(view[:count])
            size += count
    return size


def wait_before(failures, first, factor, longest):
    """Seconds to wait after so many failures in a row; the sides of a town must not all come back at once."""
    exponent = min(max(failures, 1) - 1, 60)
    return int(min(longest, first * factor ** exponent))
