"""A line's hours as plain values, for whatever gives them away: the API, FHIR, schema.org."""

from collections.abc import Container
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from django.utils import timezone

from departments.hours import DAYS, Hours, Schedule, write_hours

_DAY = 24 * 60


@dataclass(frozen=True)
class Opening:
    """One interval as clocks show it, "09:00" to "12:30"; "24:00" ends a day. `past_midnight`: it ends the day after.

    `days` are those on which it begins, 0 for Monday; empty where the dates around it say so.
    """

    days: tuple[int, ...]
    opens: str
    closes: str
    past_midnight: bool = False


@dataclass(frozen=True)
class SpecialHours:
    """Days that keep other hours; without openings they are closed."""

    first_day: date
    last_day: date
    openings: tuple[Opening, ...]
    text: str
    reason: Any


@dataclass(frozen=True)
class Timetable:
    """What is stated of when a line is answered. `text` is the week in the kept notation, "" where none is stated.

    `holidays` are the public holidays of this year and the next on which it is closed. `exceptions` are those of
    today and later, by their beginning; an exception outranks a holiday.
    """

    text: str
    openings: tuple[Opening, ...]
    closed_on_holidays: bool
    holidays: tuple[date, ...]
    exceptions: tuple[SpecialHours, ...]

    @classmethod
    def of(cls, schedule: Schedule) -> "Timetable | None":
        """None where nothing at all is stated."""
        today = timezone.localdate()
        exceptions = tuple(
            SpecialHours(
                special.first_day,
                special.last_day,
                tuple(_openings((), special.hours)),
                write_hours(special.hours),
                special.reason,
            )
            for special in schedule.exceptions_between(today, date.max)
        )
        if schedule.week is None and not exceptions:
            return None
        by_hours: dict[tuple[int, int], list[int]] = {}
        for day, hours in enumerate(schedule.week.days if schedule.week else ()):
            for interval in hours:
                by_hours.setdefault(interval, []).append(day)
        closed_on_holidays = bool(schedule.week and schedule.closed_on_holidays)
        return cls(
            text=str(schedule.week or ""),
            openings=tuple(
                opening for interval, days in by_hours.items() for opening in _openings(tuple(days), (interval,))
            ),
            closed_on_holidays=closed_on_holidays,
            holidays=(
                _days_of(schedule.holidays, today.year) + _days_of(schedule.holidays, today.year + 1)
                if closed_on_holidays
                else ()
            ),
            exceptions=exceptions,
        )


def day_codes(days: tuple[int, ...]) -> list[str]:
    """ "Mo", "Tu" …, as the kept notation writes them."""
    return [DAYS[day] for day in days]


def _openings(days: tuple[int, ...], hours: Hours) -> list[Opening]:
    return [Opening(days, _clock(start), _clock(end), end > _DAY) for start, end in hours]


def _clock(minutes: int) -> str:
    minutes = minutes if minutes <= _DAY else minutes - _DAY
    return f"{minutes // 60:02}:{minutes % 60:02}"


@lru_cache(maxsize=256)
def _days_of(holidays: Container[date], year: int) -> tuple[date, ...]:
    first = date(year, 1, 1)
    days = (first + timedelta(number) for number in range((date(year + 1, 1, 1) - first).days))
    return tuple(day for day in days if day in holidays)
