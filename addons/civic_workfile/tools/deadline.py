"""When a file is due in the archive; plain Python.

A rule is a dict, as the rule values hold it: ``{"after_end_months": 12}`` counts from the day the work ended,
``{"year_end_plus": 1}`` to the last day of so many years after the year in which it ended.
"""
from datetime import date

from dateutil.relativedelta import relativedelta


def get_due_date(rule, end):
    """Return the day by which a file whose work ended on ``end`` is delivered.

    >>> get_due_date({'after_end_months': 3}, date(2026, 3, 15))
    datetime.date(2026, 6, 15)
    >>> get_due_date({'year_end_plus': 1}, date(2026, 3, 15))
    datetime.date(2027, 12, 31)
    """
    if 'year_end_plus' in rule:
        return date(end.year + int(rule['year_end_plus']), 12, 31)
    return end + relativedelta(months=int(rule['after_end_months']))
