"""Canonical texts for the journal: the same value always gives the same bytes."""
import json
from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum

MAX_TEXT = 512


def plain_text(value, limit=MAX_TEXT):
    """Return ``value`` as text that PostgreSQL and UTF-8 can hold, cut at ``limit``.

    Lone surrogates (broken file names) and NUL characters cannot be stored.
    """
    if not value:
        return None
    text = str(value).replace('\0', '\N{REPLACEMENT CHARACTER}')
    text = text.encode('utf-8', 'replace').decode()
    return text if len(text) <= limit else text[:limit - 1] + '…'


def _plain(value):
    """Return ``value`` made of what JSON knows."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return plain_text(value, limit=len(value) + 1) or ''
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, set | frozenset):
        return sorted((_plain(item) for item in value), key=canonical_json)
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, date | datetime | time):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, Enum):
        return _plain(value.value)
    if isinstance(value, bytes | bytearray | memoryview):
        raise TypeError("The journal holds facts, no content: give a digest instead of bytes.")
    ids = getattr(value, 'ids', None)       # a recordset is written as its ids
    if isinstance(ids, list):
        return ids
    return str(value)


def canonical_json(value):
    """Write ``value`` with sorted keys and without spaces."""
    return json.dumps(
        _plain(value), sort_keys=True, separators=(',', ':'), ensure_ascii=False, allow_nan=False,
    )
