"""Let an act happen at a moment of the past, so that four months of work have their dates."""
import sys
from contextlib import contextmanager
from datetime import date, datetime

from odoo import fields
from odoo.tools import SQL

from odoo.addons.civic_journal.models import civic_journal_entry

_ORM_TIME = sys.modules[fields.Datetime.__module__]


class _Twin(type):
    """A class whose instances are those of the class it stands for."""

    def __instancecheck__(cls, instance):
        return isinstance(instance, cls.__bases__[0])


@contextmanager
def at(cr, moment):
    """Within it the ORM's clock shows ``moment`` (naive UTC): now, today, create_date, write_date.

    So do the lines of the journal, or figures of the months that were played could not be counted from it; none lies
    after the time that it is. Their seals tell when the city was really loaded.
    It turns the clock of the whole process, so it is for scripts alone.
    """
    class Datetime(datetime, metaclass=_Twin):
        @classmethod
        def now(cls, tz=None):
            return moment.astimezone(tz) if tz else moment

    class Date(date, metaclass=_Twin):
        @classmethod
        def today(cls):
            return moment.date()

    _ORM_TIME.datetime, _ORM_TIME.date = Datetime, Date
    cr.now = lambda: moment
    clock = civic_journal_entry.NOW
    civic_journal_entry.NOW = SQL("LEAST(%s::timestamp, %s)", moment, clock)
    try:
        yield
    finally:
        _ORM_TIME.datetime, _ORM_TIME.date = datetime, date
        civic_journal_entry.NOW = clock
        del cr.now
