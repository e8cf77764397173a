"""Read a retention schedule as CSV; plain Python.

Columns: ``code``, ``title_vi``, ``retention_years`` (whole years, ``permanent``, ``until_superseded``, ``asset_life``,
``person_leaves``); also ``group_vi``, ``source``, ``confidence``, ``trigger`` (if it is not the end of the work) and
``replaces`` (code of the corresponding row of an earlier schedule). A row that cannot be read is told with its
number and its reason; the others load.
"""
import csv
import io
from typing import NamedTuple

REQUIRED = ('code', 'title_vi', 'retention_years')
WORDS = {
    'permanent': ('permanent', 'end_of_work'),
    'until_superseded': ('until_event', 'superseded'),
    'asset_life': ('until_event', 'asset_end'),
    'person_leaves': ('until_event', 'person_leaves'),
    'until_event': ('until_event', None),
}
MAX_BYTES = 5 * 1024 * 1024
MAX_ROWS = 20_000
MAX_YEARS = 200


class Line(NamedTuple):
    number: int             # of the row in the file, the heading being 1
    code: str
    group: str
    title: str
    kind: str
    years: int
    trigger: str
    source: str
    confidence: str
    replaces: str


class Problem(NamedTuple):
    number: int
    code: str               # of the row, as far as it has one
    reason: str             # what is wrong: see READ_PROBLEMS
    value: str = ''


class Unreadable(Exception):
    """The file as a whole cannot be read; ``args[0]`` is 'too_large', 'encoding', 'columns' or 'too_many'."""


def read(raw, triggers, confidences):
    """Return ([Line], [Problem]).

    :param bytes raw: the file
    :param triggers: triggers that are known
    :param confidences: marks of confidence that are known
    """
    if len(raw) > MAX_BYTES:
        raise Unreadable('too_large')
    try:
        text = raw.decode('utf-8-sig')
    except UnicodeDecodeError:
        raise Unreadable('encoding') from None
    reader = csv.DictReader(io.StringIO(text, newline=''))
    missing = [name for name in REQUIRED if name not in (reader.fieldnames or ())]
    if missing:
        raise Unreadable('columns', ', '.join(missing))
    lines, problems, seen = [], [], set()
    try:
        for number, row in enumerate(reader, start=2):
            if number > MAX_ROWS:
                raise Unreadable('too_many')
            cells = {key: (value or '').strip() for key, value in row.items() if isinstance(key, str) and not isinstance(value, list)}
            if not any(cells.values()):
                continue
            problem = _find_problem(number, cells, seen, triggers, confidences)
            if problem:
                problems.append(problem)
                continue
            seen.add(cells['code'])
            lines.append(_make_line(number, cells))
    except csv.Error as error:
        raise Unreadable('columns', str(error)) from None
    return lines, problems


def _find_problem(number, cells, seen, triggers, confidences):
    code, term, trigger = cells['code'], cells['retention_years'], cells.get('trigger', '')
    if not code:
        return Problem(number, '', 'no_code')
    if code in seen:
        return Problem(number, code, 'duplicate')
    if not cells['title_vi']:
        return Problem(number, code, 'no_title')
    if term not in WORDS and not (term.isascii() and term.isdigit() and 0 < int(term) <= MAX_YEARS):
        return Problem(number, code, 'term', term[:80])
    if trigger and trigger not in triggers:
        return Problem(number, code, 'trigger', trigger[:80])
    if term == 'until_event' and not trigger:
        return Problem(number, code, 'trigger', '')
    if cells.get('confidence', '') not in ('', *confidences):
        return Problem(number, code, 'confidence', cells['confidence'][:80])
    return None


def _make_line(number, cells):
    kind, trigger = WORDS.get(cells['retention_years'], ('fixed', 'end_of_work'))
    return Line(
        number=number, code=cells['code'], group=cells.get('group_vi', ''), title=cells['title_vi'], kind=kind,
        years=int(cells['retention_years']) if kind == 'fixed' else 0, trigger=cells.get('trigger') or trigger,
        source=cells.get('source', ''), confidence=cells.get('confidence') or 'K', replaces=cells.get('replaces', ''))
