"""Hours as readers of a language read them: "Monday to Friday 9:00–12:30", « du lundi au vendredi 9 h – 12 h 30 »."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache, reduce
from typing import Any

from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from departments.hours import LOOK_AHEAD, Hours, Kind, Schedule, State, Week, day_name, day_runs

ANNOUNCED = 28  # days ahead in which an exception is announced
_DAY = 24 * 60


@dataclass(frozen=True)
class Row:
    """Some days and what holds on them, both in words."""

    days: str
    hours: str

    @property
    def spans(self) -> list[str]:
        """The hours, each from one time to another by itself: a board breaks its lines between them only."""
        return self.hours.split(", ")


def time_in_words(minutes: int) -> str:
    """A time of the day, in minutes since midnight: "9:30", « 9 h 30 »."""
    hour, minute = divmod(minutes if minutes <= _DAY else minutes - _DAY, 60)
    if minute:
        return _("%(hour)d:%(minute)02d") % {"hour": hour, "minute": minute}
    return _("%(hour)d:00") % {"hour": hour}


def hours_in_words(hours: Hours) -> str:
    """The hours of one day: "9:00–12:30, 13:30–17:00", "closed", "24 hours a day"."""
    if not hours:
        return _("closed")
    if hours == ((0, _DAY),):
        return _("24 hours a day")
    return ", ".join(
        _("%(start)s–%(end)s") % {"start": time_in_words(start), "end": time_in_words(end)} for start, end in hours
    )


def days_in_words(days: list[int]) -> str:
    """Days of the week (0 = Monday), in order: "Monday to Wednesday and Friday", "every day".

    Before days from one to another a comma stands: "Monday, and Wednesday to Friday".
    """
    if len(days) == 7:
        return _("every day")
    names: list[str] = []
    runs = day_runs(days)
    for run in runs:
        if len(run) > 2:
            names.append(_("%(first)s to %(last)s") % {"first": day_name(run[0]), "last": day_name(run[-1])})
        else:
            names += [day_name(day) for day in run]
    *names, last = names
    if names and len(runs[-1]) > 2:
        return _("%(days)s, and %(day)s") % {"days": ", ".join(names), "day": last}
    return _("%(days)s and %(day)s") % {"days": ", ".join(names), "day": last} if names else last


def week_rows(week: Week) -> list[Row]:
    """A row for all the days with the same hours, in the order of their first; closed days last."""
    closed = [day for day, hours in enumerate(week.days) if not hours]
    groups = [*week.groups(), (closed, ())] if closed else week.groups()
    return [Row(_capital(days_in_words(days)), hours_in_words(hours)) for days, hours in groups]


def week_in_words(week: Week) -> str:
    """A week in one line, as the log tells it."""
    rows = [f"{row.days} {row.hours}" for row in week_rows(week)]
    return reduce(lambda told, row: _("%(hours)s; %(others)s") % {"hours": told, "others": row}, rows)


def coming_exceptions(schedule: Schedule) -> list[tuple[Row, Any]]:
    """The exceptions of the next four weeks, in words, each with its reason."""
    today = timezone.localdate()
    found = schedule.exceptions_between(today, today + timedelta(ANNOUNCED))
    return [
        (Row(_capital(_span(special.first_day, special.last_day)), hours_in_words(special.hours)), special.reason)
        for special in found
    ]


def _span(first: date, last: date) -> str:
    if first == last:
        return _day_of_year(first)
    if (first.year, first.month) == (last.year, last.month):
        day = (_("1 %(month)s") % {"month": ""}).strip() if first.day == 1 else str(first.day)
        return _("%(first)s–%(last)s") % {"first": day, "last": _day_of_year(last)}
    return _("%(first)s to %(last)s") % {
        "first": _day_of_year(first),
        "last": _day_of_year(last),
    }


def _day_of_year(day: date) -> str:
    if day.day == 1:  # French says "1er décembre", but "2 décembre"
        return _("1 %(month)s") % {"month": date_format(day, "F")}
    return date_format(day, "MONTH_DAY_FORMAT")


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


# --- How it stands ---------------------------------------------------------------------------------------------------


def state_in_words(state: State, at: datetime, *, is_short: bool = False) -> str:
    """What a line says at the moment `at`, in the schedule's zone: "Closed – opens tomorrow at 9:00".

    It is the visit that needs an appointment, not the call: this takes more words than the row of a list has room for.
    """
    if state.kind is Kind.BY_APPOINTMENT:
        return _("Visits by appointment") if is_short else _("Visits by appointment only – call to make one")
    if state.kind is Kind.NOT_STATED:
        return _("Hours not stated")
    if state.kind is Kind.OPEN:
        if state.closes_at is None:
            return _("Open day and night")
        return _open_until(state.closes_at, at)
    return _closed_until(state.opens_at, at) if state.opens_at else _("Closed")


def _open_until(closes: datetime, at: datetime) -> str:
    if closes.hour == closes.minute == 0 and closes.date() - at.date() == timedelta(1):
        return _("Open until midnight")
    words = _words(closes)
    # In the night "until 6:00" is the coming morning; further off it needs its day.
    if closes.date() == at.date() or closes.timestamp() - at.timestamp() < 16 * 3600:
        return _("Open until %(time)s") % words
    if closes.date() - at.date() < timedelta(7):
        return _("Open until %(day)s at %(time)s") % words
    return _("Open until %(date)s at %(time)s") % words


def _closed_until(opens: datetime, at: datetime) -> str:
    words = _words(opens)
    days = (opens.date() - at.date()).days
    if days == 0:
        return _("Closed – opens at %(time)s") % words
    if days == 1:
        return _("Closed – opens tomorrow at %(time)s") % words
    if days < 7:
        return _("Closed – opens %(day)s at %(time)s") % words
    return _("Closed – opens on %(date)s at %(time)s") % words


def _words(moment: datetime) -> dict[str, str]:
    return {
        "time": time_in_words(moment.hour * 60 + moment.minute),
        "day": day_name(moment.weekday()),
        "date": _day_of_year(moment.date()),
    }


@dataclass(frozen=True)
class Forecast:
    """What a line will say during the coming days, for `open-now.js` to choose from by the visitor's clock.

    `words` are the sentences, each after the sign of its kind (+ open, - closed, = neither), with bars between them.
    `moments` are minutes since 1970 in UTC (each but the first counted from the one before) and, after each, the number
    of the sentence that holds from it on; the last has none: from then on nothing is known. `constant` is the one
    sentence of a line that says the same at any time.
    """

    words: str
    moments: str
    constant: str = ""


def forecast(schedule: Schedule, *, is_short: bool = False) -> Forecast:
    """For `LOOK_AHEAD` days from the midnight that began today: the same for everybody during the day."""
    return _forecast(schedule, timezone.localdate(timezone=schedule.zone), translation.get_language() or "", is_short)


_SIGNS = {Kind.OPEN: "+", Kind.CLOSED: "-", Kind.BY_APPOINTMENT: "=", Kind.NOT_STATED: "="}


@lru_cache(maxsize=2048)
def _forecast(schedule: Schedule, today: date, language: str, is_short: bool) -> Forecast:
    # Schedules compare by value, so that lines with the same hours, and the requests of a day, share the work.
    sentences: dict[str, int] = {}
    numbers: list[str] = []
    previous_words, previous_minute = None, 0
    for moment, state in schedule.states(today, LOOK_AHEAD):
        words = _SIGNS[state.kind] + state_in_words(state, moment, is_short=is_short)
        if words == previous_words:
            continue
        minute = int(moment.timestamp()) // 60
        numbers += [str(minute - previous_minute), str(sentences.setdefault(words, len(sentences)))]
        previous_words, previous_minute = words, minute
    end = schedule.midnight(today + timedelta(LOOK_AHEAD))
    numbers.append(str(int(end.timestamp()) // 60 - previous_minute))
    only = next(iter(sentences)) if len(sentences) == 1 else ""
    return Forecast("|".join(sentences), " ".join(numbers), only[1:] if only.startswith("=") else "")
