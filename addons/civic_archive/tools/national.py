"""What an archive tells the national database of archival fonds, and what that answers; plain Python.

An archive sends rows (one JSON object a line, UTF-8) that say how a fonds or a part of it is described, and packages. The
receiver answers with the key and digest of each row it took, the reason for each it did not, and how many it now has.
No format of that database is published: this one is ours, behind the deliveries that would carry another.
"""
import hashlib
import json

METADATA, PACKAGE, ANSWER = 'national.metadata', 'national.package', 'national.answer'
MAX_BYTES = 64 * 1024 * 1024
MAX_ROWS = 10_000


class NationalError(ValueError):
    """What came is not what was agreed; says in English what."""


def fingerprint(row):
    """Return the SHA-256 of a row, the same whatever the order of its fields."""
    return hashlib.sha256(json.dumps(row, sort_keys=True, ensure_ascii=False, separators=(',', ':')).encode()).hexdigest()


def write_rows(rows):
    """Return the bytes that say the rows."""
    return b''.join(json.dumps(row, ensure_ascii=False, sort_keys=True).encode() + b'\n' for row in rows)


def read_rows(raw):
    """Return the rows that stand in the bytes.

    :raises NationalError:
    """
    if len(raw) > MAX_BYTES:
        raise NationalError("the message is too long")
    lines = raw.splitlines()
    if len(lines) > MAX_ROWS:
        raise NationalError("the message has too many rows")
    try:
        rows = [json.loads(line) for line in lines]
    except (ValueError, RecursionError):
        raise NationalError("the message is no list of JSON objects") from None
    if not all(isinstance(row, dict) and isinstance(row.get('key'), str) for row in rows):
        raise NationalError("a row has no key")
    return rows


def write_answer(about, accepted, refused, counts):
    """Return the bytes of an answer.

    :param str about: key of the delivery that is answered
    :param dict accepted: digest by key of row or package
    :param dict refused: reason by key
    :param dict counts: rows and packages that the receiver now has, by code of fonds
    """
    return json.dumps({'about': about, 'accepted': accepted, 'refused': refused, 'counts': counts}, ensure_ascii=False).encode()


def read_answer(raw):
    """Return (about, accepted, refused, counts), each as :func:`write_answer` took it.

    :raises NationalError:
    """
    if len(raw) > MAX_BYTES:
        raise NationalError("the answer is too long")
    try:
        content = json.loads(raw)
    except (ValueError, RecursionError):
        raise NationalError("the answer is no JSON") from None
    if not isinstance(content, dict) or not isinstance(content.get('about'), str):
        raise NationalError("the answer does not say what it is about")
    parts = []
    for name, kind in (('accepted', str), ('refused', str), ('counts', int)):
        part = content.get(name) or {}
        if not isinstance(part, dict) or not all(isinstance(value, kind) for value in part.values()):
            raise NationalError(f"“{name}” is not as agreed")
        parts.append(part)
    return (content['about'], *parts)
