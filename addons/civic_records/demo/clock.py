"""Let an act happen at a moment of the past, so that four months of work have their dates."""
import sys
from contextlib import contextmanager
from datetime import date, datetime

from odoo import fields

_ORM_TIME = sys.modules[fields.Datetime.__module__]


class _Twin(type):
    """A class whose instances are those of the class it stands for."""

    def __instancecheck__(cls, instance):
        return isinstance(instance, cls.__bases__[0])


@contextmanager
def at(cr, moment):
    """Within it the ORM's clock shows ``moment`` (naive UTC): now, today, create_date, write_date.

    It turns the clock of the whole process, so it is for scripts alone. The journal asks the database for the
    time and is not deceived: it tells when the city was really loaded.
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
    try:
        yield
    finally:
        _ORM_TIME.datetime, _ORM_TIME.date = datetime, date
        del cr.now
