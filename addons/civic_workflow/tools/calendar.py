"""Deadlines in working days and working hours, without the database."""
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

# A calendar without a working day in that many days is a mistake, not a reason to count for ever.
LONGEST_GAP = 400


@dataclass(frozen=True)
class Calendar:
    """Local time of the agency: which days it works, and in which hours of these days."""

    is_working: Callable[[date], bool]
    periods: tuple[tuple[float, float], ...] = ((7.5, 11.5), (13.5, 17.0))

    def __post_init__(self):
        previous = 0
        for begin, end in self.periods:
            if not previous <= begin < end <= 24:
                raise ValueError(f"working hours are not in order: {self.periods}")
            previous = end
        if not self.periods:
            raise ValueError("no working hours")

    def add(self, start: datetime, days: int = 0, hours: float = 0) -> datetime | None:
        """Return the deadline: the end of work ``days`` working days later, or ``hours`` of work later."""
        if days:
            return self.add_days(start, days)
        return self.add_hours(start, hours) if hours else None

    def add_days(self, start: datetime, days: int) -> datetime:
        """The day itself never counts; the deadline is the end of work of the last day."""
        day = start.date()
        for _number in range(days):
            day = self._next_day(day)
        return self._at(day, self.periods[-1][1])

    def add_hours(self, start: datetime, hours: float) -> datetime:
        left = timedelta(hours=hours)
        day = start.date()
        if not self.is_working(day):
            day = self._next_day(day)
        moment = start
        while True:
            for begin, end in self.periods:
                begins, ends = max(moment, self._at(day, begin)), self._at(day, end)
                if begins >= ends:
                    continue
                if ends - begins >= left:
                    return begins + left
                left -= ends - begins
            day = self._next_day(day)
            moment = self._at(day, 0)

    def _next_day(self, day: date) -> date:
        for _number in range(LONGEST_GAP):
            day += timedelta(days=1)
            if self.is_working(day):
                return day
        raise ValueError("the calendar has no working day")

    @staticmethod
    def _at(day: date, hour: float) -> datetime:
        return datetime(day.year, day.month, day.day) + timedelta(hours=hour)
