"""The words of a hand-over between two systems; plain Python.

The giver sends a registration, packages and the minutes that it signed; the keeper answers with statements, signed by the
key of its receipts: an answer, a result with the digest of each package, a conclusion with the minutes that both signed.
"""
import hashlib
import json

REGISTRATION, PACKAGE, MINUTES = 'transfer.registration', 'transfer.package', 'transfer.minutes'
ANSWER, RESULT, CONCLUSION = 'transfer.answer', 'transfer.result', 'transfer.conclusion'
TO_KEEPER = (REGISTRATION, PACKAGE, MINUTES)
TO_GIVER = (ANSWER, RESULT, CONCLUSION)
MAX_JSON = 64 * 1024 * 1024
MAX_FILES = 100_000


class WireError(ValueError):
    """What came is not what was agreed; says in English what."""


def read_json(raw):
    """Return the object that stands in the bytes.

    :raises WireError:
    """
    if len(raw) > MAX_JSON:
        raise WireError("the message is too long")
    try:
        content = json.loads(raw)
    except (ValueError, RecursionError):
        raise WireError("the message is no JSON") from None
    if not isinstance(content, dict):
        raise WireError("the message is no object")
    return content


def get_text(content, name, limit=1000):
    """Return a text of the message, cut, without control characters; empty when it is missing or something else."""
    value = content.get(name)
    if not isinstance(value, str):
        return ''
    return ''.join(char for char in value if char.isprintable() or char == '\n')[:limit].strip()


def get_rows(content, name):
    """Return the objects of a list of the message.

    :raises WireError: when it is none, or endless
    """
    rows = content.get(name) or []
    if not isinstance(rows, list) or len(rows) > MAX_FILES or not all(isinstance(row, dict) for row in rows):
        raise WireError(f"{name} is no list of objects")
    return rows


def fingerprint_contents(digests):
    """One digest over those of all content files, whatever their order: the same in a SIP and in the AIP made of it."""
    return hashlib.sha256('\n'.join(sorted(digest.lower() for digest in digests)).encode()).hexdigest()
