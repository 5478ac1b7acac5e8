"""The opening hours of hospitals themselves, as plain values."""

from collections import defaultdict
from collections.abc import Iterable
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.conf import settings

from departments.hours import HoursError, Schedule, SpecialDays, Week, read_hours
from departments.models.opening import HoursException, OpeningHours
from departments.public_holidays import PublicHolidays
from departments.timetable import Timetable

if TYPE_CHECKING:
    from departments.models.pages import HospitalPage


def site_timetables(hospitals: "Iterable[HospitalPage]") -> dict[int, Timetable]:
    """The hours of each of `hospitals`, source pages, by primary key; those that state none are left out."""
    by_pk = {hospital.pk: hospital for hospital in hospitals}
    opening = {fact.page_id: fact for fact in OpeningHours.objects.kept().filter(page__in=by_pk)} if by_pk else {}
    special: dict[int, list[SpecialDays]] = defaultdict(list)
    if opening:
        exceptions = HoursException.objects.kept().filter(page__in=opening, line=None)
        for found in sorted(exceptions, key=lambda found: (found.last_day - found.first_day, -found.pk)):
            days = SpecialDays(found.first_day, found.last_day, read_hours(found.hours), found.reason)
            special[found.page_id].append(days)
    timetables = {}
    for pk, fact in opening.items():
        try:
            week = Week.parse(fact.hours)
        except HoursError:
            continue  # the forms let nothing of the kind pass: better silent than wrong
        place = by_pk[pk]
        schedule = Schedule(
            zone=ZoneInfo(settings.TIME_ZONE),
            week=week,
            closed_on_holidays=fact.closed_on_holidays,
            holidays=PublicHolidays.at(place.country, place.postal_code),
            exceptions=tuple(special[pk]),
        )
        timetables[pk] = Timetable.of(schedule)
    return timetables
