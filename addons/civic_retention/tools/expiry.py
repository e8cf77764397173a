"""When records may go: plain Python, the reference for the SQL that computes a million files at once.

A candidate is one rule on one file. Counted from the year in which the trigger happened: 5 years after
05/06/2016 end on 31/12/2021 (archives law: "từ năm công việc kết thúc"). The longest rule wins: permanent before
an event that has not happened, that before a date, a later date before an earlier one.
"""
from datetime import date
from typing import NamedTuple

from dateutil.relativedelta import relativedelta

KINDS = ('fixed', 'permanent', 'until_event')


class Candidate(NamedTuple):
    rule: str                   # code of the rule
    kind: str                   # one of KINDS
    years: int = 0
    anchor: date | None = None  # the day of the trigger, if it has happened


def get_expiry(candidate, *, to_year_end=True):
    """Return the last day of retention; None for permanent, or while the trigger has not happened.

    >>> get_expiry(Candidate('1', 'fixed', 5, date(2016, 6, 5)))
    datetime.date(2021, 12, 31)
    >>> get_expiry(Candidate('1', 'fixed', 5, date(2016, 6, 5)), to_year_end=False)
    datetime.date(2021, 6, 5)
    """
    if candidate.kind == 'permanent' or not candidate.anchor:
        return None
    if to_year_end:
        return date(candidate.anchor.year + candidate.years, 12, 31)
    return candidate.anchor + relativedelta(years=candidate.years)


def get_rank(candidate):
    if candidate.kind == 'permanent':
        return 3
    return 1 if candidate.anchor else 2


def pick_longest(candidates, *, to_year_end=True):
    """Return the candidate that keeps the file longest, or None; among equals the first.

    >>> pick_longest([Candidate('a', 'fixed', 5, date(2016, 6, 5)), Candidate('b', 'permanent')]).rule
    'b'
    """
    return max(
        candidates, default=None,
        key=lambda candidate: (
            get_rank(candidate), get_expiry(candidate, to_year_end=to_year_end) or date.min, candidate.years))


def is_expired(candidate, today, *, to_year_end=True):
    expiry = get_expiry(candidate, to_year_end=to_year_end)
    return expiry is not None and expiry < today
