"""Opening hours as values: a week read in the notations that people use, and a schedule that says what holds when.

What is kept is the notation that OpenStreetMap and schema.org share: `Mo-Fr 09:00-12:30,13:30-17:00; Sa 09:00-12:00`,
`Mo-Su 00:00-24:00` for day and night. An interval may pass midnight (`22:00-06:00`) and belongs to the day on which
it begins. Nothing here asks the database or the clock.
"""

import re
import unicodedata
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _

DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
LONGEST_TEXT = 400  # characters; seven different days in the longest notation need fewer
LOOK_AHEAD = 15  # days in which a schedule looks for its next opening or closing

_DAY = 24 * 60
_LONGEST_NIGHT = 18 * 60  # "9:00-5:00" is an afternoon mistaken for a morning, not a night of 20 hours
_MOST_A_DAY = 4  # so that seven different days fit into the column

Interval = tuple[int, int]
"""Minutes since the midnight that begins the day; the end is later than the start and may lie on the next day."""

Hours = tuple[Interval, ...]
"""The intervals of one day in their order; empty for closed."""


class HoursError(ValueError):
    """A text that says no hours, or not clearly. `message` says what to do; `day` (0 = Monday) where, if known."""

    def __init__(self, message: str, day: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.day = day

    def __str__(self) -> str:
        return self.message


@dataclass(frozen=True)
class Week:
    """The hours of each day from Monday to Sunday. HoursError when intervals overlap or are out of order."""

    days: tuple[Hours, ...]

    def __post_init__(self) -> None:
        for day, hours in enumerate(self.days):
            _check(hours, day)
        for day, hours in enumerate(self.days):
            following = self.days[(day + 1) % 7]
            if hours and following and hours[-1][1] - _DAY > following[0][0]:
                raise HoursError(
                    _("%(day)s goes on past midnight into the hours of the next day. End it at 24:00, or earlier.")
                    % {"day": day_name(day)},
                    day,
                )

    @classmethod
    def parse(cls, text: str) -> "Week":
        """The week that `text` states, in any notation. HoursError when it is empty or not clear."""
        return cls(_read_week(text))

    def __str__(self) -> str:
        """In the kept notation; days with the same hours stand together."""
        return "; ".join(f"{_days_as_text(days)} {write_hours(hours)}" for days, hours in self.groups())

    def groups(self) -> list[tuple[list[int], Hours]]:
        """The days (0 = Monday) that keep the same hours, with those, in the order of their first."""
        groups: dict[Hours, list[int]] = {}
        for day, hours in enumerate(self.days):
            if hours:
                groups.setdefault(hours, []).append(day)
        return [(days, hours) for hours, days in groups.items()]

    @property
    def is_day_and_night(self) -> bool:
        """Whether it never closes."""
        return all(hours == ((0, _DAY),) for hours in self.days)


def read_hours(text: str) -> Hours:
    """The hours of one day: `9h-12h30, 13h30-17h`, `closed`, `24h/24`; empty for closed. HoursError otherwise."""
    tokens = _tokens(text)
    if any(kind in _OF_DAYS for kind, _value, _seen in tokens):
        raise HoursError(_("Write the hours alone here, without a day: 09:00-12:30, 13:30-17:00"))
    parts = _parts(tokens)
    if not parts:
        return ()
    if len(parts) > 1:
        raise HoursError(_("Write all hours of the day in one line, with commas: 09:00-12:30, 13:30-17:00"))
    hours = parts[0][1]
    _check(hours)
    return hours


def write_hours(hours: Hours) -> str:
    """One day in the kept notation: `09:00-12:30,13:30-17:00`; "" for closed."""
    return ",".join(f"{_clock(start)}-{_clock(end if end <= _DAY else end - _DAY)}" for start, end in hours)


def day_name(day: int) -> str:
    """The name of a day of the week (0 = Monday) in the reader's language."""
    return str(WEEKDAYS[day])


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def day_runs(days: list[int]) -> list[list[int]]:
    """`days`, in order, as runs of neighbours: [0, 1, 2, 4] is [[0, 1, 2], [4]]."""
    runs: list[list[int]] = []
    for day in days:
        if runs and runs[-1][-1] == day - 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    return runs


def _days_as_text(days: list[int]) -> str:
    return ",".join(DAYS[run[0]] if len(run) == 1 else f"{DAYS[run[0]]}-{DAYS[run[-1]]}" for run in day_runs(days))


def _check(hours: Hours, day: int | None = None) -> None:
    if len(hours) > _MOST_A_DAY:
        raise HoursError(_("These are too many intervals for one day: write at most four."), day)
    previous = 0
    for start, end in hours:
        text = write_hours(((start, end),))
        if not 0 <= start < _DAY or not start < end <= start + _DAY:
            raise HoursError(
                _("“%(text)s” begins and ends at the same time. For day and night write 00:00-24:00.") % {"text": text},
                day,
            )
        if end > _DAY and end - start > _LONGEST_NIGHT:
            raise HoursError(
                _(
                    "“%(text)s” would last all night and most of the day. Write the afternoon with 24 hours, as in "
                    "09:00-17:00."
                )
                % {"text": text},
                day,
            )
        if start < previous:
            raise HoursError(
                _(
                    "“%(text)s” overlaps the hours before it, or comes before them. Write the hours in their order, "
                    "the afternoon with 24 hours: 09:00-12:30, 13:30-17:00"
                )
                % {"text": text},
                day,
            )
        previous = end


# --- Reading what people write --------------------------------------------------------------------------------------


class _Token(StrEnum):
    DAYS = "days"  # several days at once: every day, weekdays
    DAY = "day"
    TIME = "time"
    TO = "to"
    AND = "and"
    CLOSED = "closed"
    ALL_DAY = "all day"
    RULE = "rule"


_DAY_WORDS = (
    r"lundis?|lun|lu|mondays?|mon|mo",
    r"mardis?|mar|ma|tuesdays?|tues|tue|tu",
    r"mercredis?|mer|me|wednesdays?|weds|wed|we",
    r"jeudis?|jeu|je|thursdays?|thurs|thur|thu|th",
    r"vendredis?|ven|ve|fridays?|fri|fr",
    r"samedis?|sam|sa|saturdays?|sat",
    r"dimanches?|dim|di|sundays?|sun|su",
)
_TIME = (
    r"(?P<hour>\d{1,2})(?:(?P<unit>\s?h(?:eures?|rs?)?\b|\s?h(?=\d)|[:.](?=\d\d))\s?(?P<minute>\d\d)?(?!\d))?"
    r"(?:\s?(?P<half>[ap])\.?m\b\.?)?"
)
# In this order: "24h/24 7j/7" must not be read as the times 24 and 7.
_PATTERN = re.compile(
    "|".join(
        (
            r"(?P<always>24\s?(?:h\w*)?\s?/\s?7(?!\d)|24\s?hours?\s?7\s?days?)",
            r"(?P<allday>24\s?h?\w*\s?(?:/|sur)\s?24\s?h?\b|h\s?24\b|24\s?hours(?:\s?a\s?day)?|day\s?and\s?night"
            r"|jour\s?et\s?nuit)",
            r"(?P<every>7\s?j?(?:ours?)?\s?(?:/|sur)\s?7\s?j?\b|7\s?days?(?:\s?(?:a|per)\s?week)?|tous\s?les\s?jours"
            r"|every\s?day|daily|chaque\s?jour)",
            r"(?P<weekdays>en\s?semaine|jours\s?ouvres|weekdays?|working\s?days)",
            r"(?P<weekend>(?:le\s?)?week\s?-?\s?ends?)",
            r"(?P<appointment>(?:sur|avec)?\s?(?:rendez\s?-?\s?vous|r\.?d\.?v\b)|(?:by\s)?appointments?(?:\sonly)?)",
            r"(?P<holiday>\b(?:ph|jours?\s?feries?|feries?|(?:public|bank)\s?holidays?|holidays?)\b)",
            r"(?P<closed>fermee?s?|closed|off)\b",
            r"(?P<noon>midi|noon)\b",
            r"(?P<midnight>minuit|midnight)\b",
            *(rf"(?P<day{number}>(?:{words})\b\.?)" for number, words in enumerate(_DAY_WORDS)),
            r"(?P<to>-|\b(?:to|until|till|a|au|jusqu'?a)\b)",
            r"(?P<and>,|&|\+|/|\b(?:et|and|puis|then)\b)",
            r"(?P<rule>[;\n])",
            r"(?P<noise>\s+|:|\.|\b(?:du|de|le|les|from|on|the|ouvert|open|between|entre)\b)",
            rf"(?P<time>{_TIME})",
        )
    )
)
_EVERY = {"every": range(7), "weekdays": range(5), "weekend": (5, 6)}


@dataclass(frozen=True)
class _Time:
    """A time of the day as written: minutes, whether a unit said so, and am or pm."""

    minutes: int
    is_bare: bool = False
    half: str = ""


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKD", text.replace("\r", "")).lower()
    folded = "".join(letter for letter in folded if not unicodedata.combining(letter))
    folded = re.sub("[\u2010-\u2015\u2212~]", "-", folded).replace("\u2019", "'")
    folded = re.sub(r"\b([012]\d)([0-5]\d)\b", r"\1:\2", folded)
    return re.sub(r"[^\S\n]+", " ", folded).strip()


def _tokens(text: str) -> list[tuple[_Token, Any, str]]:
    """What `text` consists of, each with its value and how it was written."""
    if len(text) > LONGEST_TEXT:
        raise HoursError(
            _("These are too many words. Write the hours alone, for example: %(example)s") % {"example": _example()}
        )
    plain, at, tokens = _plain(text), 0, []
    while at < len(plain):
        match = _PATTERN.match(plain, at)
        if match and match["holiday"]:
            raise HoursError(_("Public holidays are not written here: tick “closed on public holidays” instead."))
        if match and match["appointment"]:
            raise HoursError(_("Appointments are not written here: tick “by appointment only” instead."))
        if match is None:
            word = re.match(r"\w+|.", plain[at:]).group()
            raise HoursError(
                _("“%(word)s” is not understood. Write days and hours, for example: %(example)s")
                % {"word": word, "example": _example()}
            )
        at = match.end()
        tokens += _token(match)
    return tokens


def _token(match: re.Match) -> Iterator[tuple[_Token, Any, str]]:
    found, seen = match.groupdict(), match.group().strip()
    name = next(key for key, value in found.items() if value is not None)
    if name.startswith("day"):
        yield _Token.DAY, int(name[3:]), seen
    elif name == "always":
        yield _Token.ALL_DAY, None, seen
        yield _Token.DAYS, range(7), seen
    elif name in _EVERY:
        yield _Token.DAYS, _EVERY[name], seen
    elif name == "allday":
        yield _Token.ALL_DAY, None, seen
    elif name == "noon":
        yield _Token.TIME, _Time(12 * 60, half="p"), seen
    elif name == "midnight":
        yield _Token.TIME, _Time(_DAY), seen
    elif name == "time":
        yield _Token.TIME, _time(found, seen), seen
    elif name != "noise":
        yield _Token(name), None, seen


def _time(found: dict[str, str | None], seen: str) -> _Time:
    hour, minute, half = int(found["hour"]), int(found["minute"] or 0), found["half"] or ""
    if (half and not 1 <= hour <= 12) or minute > 59 or hour > 24 or (hour == 24 and minute):
        raise HoursError(_("There is no such time of day: “%(text)s”. Write it as 09:00 or 17:30.") % {"text": seen})
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    return _Time(hour * 60 + minute, is_bare=not found["unit"] and not half, half=half)


def _example() -> str:
    return _("Mon-Fri 09:00-12:30, 13:30-17:00; Sat 09:00-12:00")


def _parts(tokens: list[tuple[_Token, Any, str]]) -> list[tuple[list[int] | None, Hours]]:
    """Days with their hours, as they are written; None where no day stands before or after the hours."""
    parts: list[tuple[list[int] | None, Hours]] = []
    rule: list[tuple[_Token, Any, str]] = []
    for token in [*tokens, (_Token.RULE, None, ";")]:
        if token[0] is not _Token.RULE:
            rule.append(token)
        elif rule:
            parts += _rule(rule)
            rule = []
    return parts


_OF_DAYS = (_Token.DAY, _Token.DAYS)


def _rule(tokens: list[tuple[_Token, Any, str]]) -> list[tuple[list[int] | None, Hours]]:
    """The parts between two semicolons: days and hours in turn, or hours and then their days."""
    groups: list[tuple[bool, list]] = []
    for token in tokens:
        if token[0] in (_Token.TO, _Token.AND):
            if groups:
                groups[-1][1].append(token)
            continue
        of_days = token[0] in _OF_DAYS
        if groups and groups[-1][0] == of_days:
            groups[-1][1].append(token)
        else:
            groups.append((of_days, [token]))
    for _of_days, group in groups:
        while group[-1][0] is _Token.AND:
            group.pop()
    kinds = [of_days for of_days, _group in groups]
    seen = " ".join(token[2] for token in tokens)
    if kinds == [False]:
        return [(None, _hours(groups[0][1]))]
    if kinds == [False, True]:
        return [(_days(groups[1][1]), _hours(groups[0][1]))]
    if not kinds or kinds[0] is False or kinds[-1] is True:
        raise HoursError(
            _("Every day needs its hours: “%(text)s” is not complete. Write, for example: %(example)s")
            % {"text": seen.replace(" - ", "-"), "example": _example()}
        )
    pairs = zip(groups[::2], groups[1::2], strict=True)
    return [(_days(days[1]), _hours(hours[1])) for days, hours in pairs]


def _days(tokens: list[tuple[_Token, Any, str]]) -> list[int]:
    days: list[int] = []
    is_range = False
    for kind, value, seen in tokens:
        if kind is _Token.DAYS:
            days += value
        elif kind is _Token.DAY:
            if is_range:
                length = (value - days[-1]) % 7
                days += [(days[-1] + step) % 7 for step in range(1, length + 1)]
            else:
                days.append(value)
        if kind is _Token.TO and (is_range or not days):
            raise HoursError(_("“%(text)s” is not understood. Write days as Mon-Fri or Mon, Wed.") % {"text": seen})
        is_range = kind is _Token.TO
    if is_range:
        raise HoursError(_("A day is missing after the hyphen. Write days as Mon-Fri or Mon, Wed."))
    return days


def _hours(tokens: list[tuple[_Token, Any, str]]) -> Hours:
    kinds = [kind for kind, _value, _seen in tokens]
    if kinds == [_Token.CLOSED]:
        return ()
    if kinds == [_Token.ALL_DAY] or (kinds == [_Token.TIME] and tokens[0][1].minutes == _DAY):
        return ((0, _DAY),)
    intervals: list[Interval] = []
    rest = [token for token in tokens if token[0] is not _Token.AND]
    while rest:
        if [kind for kind, _value, _seen in rest[:3]] != [_Token.TIME, _Token.TO, _Token.TIME]:
            raise HoursError(
                _("“%(text)s” is not complete. Write when it begins and when it ends: 09:00-12:30, 13:30-17:00")
                % {"text": " ".join(token[2] for token in rest[:3])}
            )
        intervals.append(_interval(rest[0][1], rest[2][1], "".join(token[2] for token in rest[:3])))
        rest = rest[3:]
    return tuple(intervals)


def _interval(start: _Time, end: _Time, seen: str) -> Interval:
    begins, ends = start.minutes, end.minutes
    if end.half and not start.half and begins <= 12 * 60:
        # "9-5pm" begins in the morning, "1-5pm" in the afternoon
        begins = begins % (12 * 60) + (12 * 60 if end.half == "p" else 0)
        if begins >= ends:
            begins = (begins + 12 * 60) % _DAY
    unclear = (
        (start.half and not end.half and ends < 13 * 60)
        or (start.is_bare and end.is_bare and not (6 * 60 <= begins < ends))
        or begins == _DAY
    )
    if unclear:
        raise HoursError(
            _("“%(text)s” may be read in two ways. Write the hours with 24 hours: 09:00-17:00") % {"text": seen}
        )
    ends = ends or _DAY
    return begins, ends if ends >= begins else ends + _DAY


def _read_week(text: str) -> tuple[Hours, ...]:
    parts = _parts(_tokens(text))
    if not parts:
        raise HoursError(_("Write the hours, for example: %(example)s") % {"example": _example()})
    week: dict[int, Hours] = {}
    for days, hours in parts:
        if days is None:
            raise HoursError(
                _("Say on which days, for example: %(example)s; or every day: %(every)s")
                % {"example": _example(), "every": "Mo-Su 00:00-24:00"}
            )
        for day in days:
            if day in week:
                raise HoursError(
                    _("%(day)s is written twice. Put all its hours together: 09:00-12:30, 13:30-17:00")
                    % {"day": day_name(day)},
                    day,
                )
            week[day] = hours
    if not any(week.values()):
        raise HoursError(_("No day has hours here. Write, for example: %(example)s") % {"example": _example()})
    return tuple(week.get(day, ()) for day in range(7))


# --- What holds when ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class SpecialDays:
    """Days, the first and the last included, that keep other hours than their weekdays, or none."""

    first_day: date
    last_day: date
    hours: Hours = ()
    reason: Any = field(default="", compare=False)

    def __contains__(self, day: date) -> bool:
        return self.first_day <= day <= self.last_day


class Kind(StrEnum):
    """What a line says of a moment."""

    OPEN = "open"
    CLOSED = "closed"
    BY_APPOINTMENT = "by_appointment"
    NOT_STATED = "not_stated"


@dataclass(frozen=True)
class State:
    """How it stands at a moment. The times are aware; None when it does not change within `LOOK_AHEAD` days."""

    kind: Kind
    closes_at: datetime | None = None
    opens_at: datetime | None = None


@dataclass(frozen=True)
class Schedule:
    """When a line is answered. `week` is None where nobody stated hours; of `exceptions` the first that fits holds.

    An exception outranks a public holiday. What begins before midnight runs to its end, even into a closed day.
    """

    zone: ZoneInfo
    week: Week | None = None
    closed_on_holidays: bool = True
    holidays: Container[date] = frozenset()
    exceptions: tuple[SpecialDays, ...] = ()
    by_appointment: bool = False

    def hours_on(self, day: date) -> Hours | None:
        """The intervals that begin on `day`; None where nothing is stated."""
        for exception in self.exceptions:
            if day in exception:
                return exception.hours
        if self.week is None:
            return None
        if self.closed_on_holidays and day in self.holidays:
            return ()
        return self.week.days[day.weekday()]

    @property
    def is_stated(self) -> bool:
        """Whether it says anything at all."""
        return self.by_appointment or self.week is not None or bool(self.exceptions)

    def exceptions_between(self, first: date, last: date) -> list[SpecialDays]:
        """The exceptions that touch these days, in the order of their beginning."""
        touching = (special for special in self.exceptions if special.first_day <= last and special.last_day >= first)
        return sorted(touching, key=lambda special: (special.first_day, special.last_day))

    def intervals(self, first_day: date, days: int) -> list[tuple[datetime, datetime]]:
        """When it is open in `days` days from `first_day` on: aware, in order, never touching, cut at both ends."""
        begin, finish = self._moment(first_day, 0), self._moment(first_day + timedelta(days), 0)
        merged: list[tuple[datetime, datetime]] = []
        for start, end in sorted(self._pieces(first_day - timedelta(1), days + 1)):
            start, end = max(start, begin), min(end, finish)
            if start >= end:
                continue
            if merged and start <= merged[-1][1]:
                merged[-1] = merged[-1][0], max(end, merged[-1][1])
            else:
                merged.append((start, end))
        return [(start.astimezone(self.zone), end.astimezone(self.zone)) for start, end in merged]

    def state(self, at: datetime) -> State:
        """How it stands at `at`, an aware moment."""
        today = at.astimezone(self.zone).date()
        return self._state(at, self.intervals(today, LOOK_AHEAD), today + timedelta(LOOK_AHEAD))

    def states(self, first_day: date, days: int) -> list[tuple[datetime, State]]:
        """The state from each moment on at which it may change, midnights among them, for `days` days."""
        until = first_day + timedelta(days + LOOK_AHEAD)
        intervals = self.intervals(first_day, days + LOOK_AHEAD)
        moments = {self._moment(first_day + timedelta(day), 0) for day in range(days)}
        last = self._moment(first_day + timedelta(days), 0)
        moments |= {moment.astimezone(UTC) for pair in intervals for moment in pair if moment.astimezone(UTC) < last}
        return [(moment.astimezone(self.zone), self._state(moment, intervals, until)) for moment in sorted(moments)]

    def midnight(self, day: date) -> datetime:
        """The moment, aware, at which `day` begins."""
        return self._moment(day, 0).astimezone(self.zone)

    def _state(self, at: datetime, intervals: Iterable[tuple[datetime, datetime]], until: date) -> State:
        if self.by_appointment:
            return State(Kind.BY_APPOINTMENT)
        at, horizon = at.astimezone(UTC), self._moment(until, 0)
        # Aware times of one zone compare by the clock on the wall, which repeats an hour each autumn: ask in UTC.
        coming = next(((start, end) for start, end in intervals if end.astimezone(UTC) > at), None)
        if coming and coming[0].astimezone(UTC) <= at:
            return State(Kind.OPEN, closes_at=coming[1] if coming[1].astimezone(UTC) < horizon else None)
        day = at.astimezone(self.zone).date()
        if self.hours_on(day) is None:
            return State(Kind.NOT_STATED)
        if coming and self._is_stated(day, coming[0].astimezone(self.zone).date()):
            return State(Kind.CLOSED, opens_at=coming[0])
        return State(Kind.CLOSED)

    def _is_stated(self, first: date, last: date) -> bool:
        return self.week is not None or all(
            self.hours_on(first + timedelta(day)) is not None for day in range((last - first).days + 1)
        )

    def _pieces(self, first_day: date, days: int) -> Iterator[tuple[datetime, datetime]]:
        for number in range(days):
            day = first_day + timedelta(number)
            for start, end in self.hours_on(day) or ():
                yield self._moment(day, start), self._moment(day, end)

    def _moment(self, day: date, minutes: int) -> datetime:
        """In UTC. A time that the clock skips in spring is the moment of the change; of two in autumn the first."""
        wall = datetime.combine(day + timedelta(minutes // _DAY), time(minutes % _DAY // 60, minutes % 60))
        while True:
            moment = wall.replace(tzinfo=self.zone).astimezone(UTC)
            if moment.astimezone(self.zone).replace(tzinfo=None) == wall:
                return moment
            wall += timedelta(minutes=1)
