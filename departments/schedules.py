"""The schedule of each contact line: its own hours or its hospital's, public holidays, exceptions."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from django.apps import apps
from django.conf import settings
from django.utils import timezone

from departments.hours import HoursError, Schedule, SpecialDays, Week, read_hours
from departments.models.contacts import ContactLine, HoursAre, Location, attach_leads
from departments.models.opening import HoursException, OpeningHours
from departments.public_holidays import PublicHolidays


def schedules_for(lines: Iterable[ContactLine]) -> dict[int, Schedule]:
    """The schedule of each of `lines` by its primary key, in four queries at most, however many lines.

    A line that takes over the hours of a hospital that has none, or of no hospital, states none.
    """
    lines = list(lines)
    if not lines:
        return {}
    around = _Around.found(lines)
    return {line.pk: around.schedule(line) for line in lines}


def attach_schedules(lines: Iterable[ContactLine]) -> None:
    """Give each of `lines`, and of those that they lead to, its schedule, for the templates."""
    lines = list(lines)
    attach_leads(lines)
    lines += {other.pk: other for line in lines for other in (line.led_to or {}).values() if other}.values()
    schedules = schedules_for(lines)
    for line in lines:
        line.schedule = schedules[line.pk]


@dataclass
class _Around:
    """What the schedules of some lines depend on, by the primary key of a page in the source language."""

    locations: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    holidays: dict[int, PublicHolidays] = field(default_factory=dict)
    opening: dict[int, OpeningHours] = field(default_factory=dict)
    exceptions: dict[int, list[HoursException]] = field(default_factory=lambda: defaultdict(list))

    @classmethod
    def found(cls, lines: list[ContactLine]) -> "_Around":
        around = cls()
        pages = {line.page_id for line in lines}
        found = Location.objects.kept().filter(page__in={line.page_id for line in lines if not line.hospital_id})
        for page, hospital in found.values_list("page_id", "hospital_id"):
            around.locations[page].append(hospital)
        hospitals = pages | {line.hospital_id for line in lines if line.hospital_id}
        hospitals |= {hospital for found in around.locations.values() for hospital in found}
        # The pages import the entries, and those this module: the model of hospitals is found by its name.
        model = apps.get_model("departments", "HospitalPage")
        for pk, country, code in model.objects.filter(pk__in=hospitals).values_list("pk", "country", "postal_code"):
            around.holidays[pk] = PublicHolidays.at(country, code)
        if any(line.hours_are == HoursAre.HOSPITAL for line in lines):
            around.opening = {
                fact.page_id: fact for fact in OpeningHours.objects.kept().filter(page__in=around.holidays)
            }
        # An interval that began yesterday may go on today.
        current = HoursException.objects.kept().filter(last_day__gte=timezone.localdate() - timedelta(days=1))
        for exception in current.filter(page__in=pages | around.holidays.keys()):
            around.exceptions[exception.page_id].append(exception)
        return around

    def schedule(self, line: ContactLine) -> Schedule:
        places = [line.hospital_id] if line.hospital_id else self.locations.get(line.page_id, [])
        if line.page_id in self.holidays:
            places = [line.page_id]
        inherits = line.hours_are == HoursAre.HOSPITAL
        opening = self.opening.get(places[0]) if inherits and len(places) == 1 else None
        if inherits:
            stated, closed_on_holidays = (opening.hours, opening.closed_on_holidays) if opening else ("", False)
        else:
            stated = line.hours if line.hours_are == HoursAre.OWN else ""
            closed_on_holidays = line.closed_on_holidays
        return Schedule(
            zone=ZoneInfo(settings.TIME_ZONE),
            week=_week(stated),
            closed_on_holidays=closed_on_holidays,
            # Of a department at several hospitals, the first says which holidays its lines keep.
            holidays=self.holidays.get(places[0], frozenset()) if places else frozenset(),
            exceptions=tuple(
                SpecialDays(found.first_day, found.last_day, read_hours(found.hours), found.reason)
                for found in self._exceptions(line, places[0] if opening else None)
            ),
            by_appointment=line.by_appointment,
        )

    def _exceptions(self, line: ContactLine, inherited_from: int | None) -> list[HoursException]:
        """Those that hold for `line`: its own, then its department's, then those of the hospital whose hours it has.

        What a hospital says for all its lines does not touch a line with hours of its own: not the emergency line.
        """
        own = self.exceptions.get(line.page_id, [])
        holding = [
            (0 if found.line_id else 1, found)
            for found in own
            if found.line_id == line.pk or (found.line_id is None and line.page_id not in self.holidays)
        ]
        if inherited_from:
            holding += [(2, found) for found in self.exceptions.get(inherited_from, []) if found.line_id is None]
        # A single day inside a longer closure says more; of two alike the later one.
        return [found for _rank, found in sorted(holding, key=lambda item: (item[0], *_narrowest_first(item[1])))]


@lru_cache(maxsize=1024)
def _week(stored: str) -> Week | None:
    """None where nothing is stored, or something that the forms would not have let pass: better silent than wrong."""
    try:
        return Week.parse(stored) if stored else None
    except HoursError:
        return None


def _narrowest_first(exception: HoursException) -> tuple[int, int]:
    return (exception.last_day - exception.first_day).days, -exception.pk
