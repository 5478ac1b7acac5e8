"""Directory entries: a department with its places and lines, found in the same few queries for one or for many."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wagtail.models import Page

from departments.models.contacts import Audience, ContactLine, Location, Purpose
from departments.schedules import attach_schedules
from institutes.listing import institute_of
from institutes.models import InstitutePage
from portal.furniture import contact_page_near
from portal.models import ContactPage
from portal.visibility import visible

if TYPE_CHECKING:
    from departments.models.pages import DepartmentPage, HospitalPage


@dataclass
class Place:
    """Where a department is found and the lines that reach it there; `hospital` is None where none is known."""

    hospital: "HospitalPage | None"
    location: Location | None = None
    lines: list[ContactLine] = field(default_factory=list)


@dataclass
class Switchboard:
    """The line that answers for a whole hospital."""

    hospital: "HospitalPage"
    line: ContactLine


@dataclass
class Entry:
    """What a visitor needs to reach a department. Without lines, `switchboards` or `contact_page` lead on."""

    page: Page
    institute: InstitutePage | None
    places: list[Place]
    switchboards: list[Switchboard]
    contact_page: ContactPage | None

    @property
    def lines(self) -> list[ContactLine]:
        return [line for place in self.places for line in place.lines]


def entries_for(
    departments: "Iterable[DepartmentPage]", known: Iterable[Place] = (), audience: Audience = Audience.PATIENTS
) -> list[Entry]:
    """An entry for each of `departments` (pages of one language), in their order, with the lines for `audience`.

    `known` are hospitals of that language with their own lines, where the caller has found them already.
    """
    departments = list(departments)
    if not departments:
        return []
    lines, locations = defaultdict(list), defaultdict(list)
    keys = [department.translation_key for department in departments]
    for line in _lines(ContactLine.objects.for_audience(audience), keys):
        lines[line.page.translation_key].append(line)
    for location in (
        Location.objects.kept().filter(page__translation_key__in=keys).select_related("page", "hospital__locale")
    ):
        locations[location.page.translation_key].append(location)
    sources = {
        fact.hospital.translation_key: fact.hospital
        for facts in (*locations.values(), *lines.values())
        for fact in facts
        if fact.hospital
    }
    at_hand = {place.hospital.translation_key: place for place in known}
    unknown = {key: source for key, source in sources.items() if key not in at_hand}
    hospitals = _in_language_of(unknown, departments[0]) | {key: place.hospital for key, place in at_hand.items()}
    answering = _lines(ContactLine.objects.switchboards(), list(unknown))
    answering += [line for place in at_hand.values() for line in place.lines if line.purpose == Purpose.SWITCHBOARD]
    attach_schedules([*(line for found in lines.values() for line in found), *answering])
    switchboards = {
        line.page.translation_key: Switchboard(hospitals[line.page.translation_key], line)
        for line in reversed(answering)
        if line.page.translation_key in hospitals
    }

    entries = []
    for department in departments:
        places = {
            location.hospital.translation_key: Place(hospitals[location.hospital.translation_key], location)
            for location in locations[department.translation_key]
            if location.hospital.translation_key in hospitals
        }
        for line in lines[department.translation_key]:
            key = line.hospital.translation_key if line.hospital else None
            if key in hospitals:
                place = places.setdefault(key, Place(hospitals[key]))
            elif len(places) == 1:
                place = next(iter(places.values()))
            else:
                place = places.setdefault(None, Place(None))
            place.lines.append(line)
        entries.append(
            Entry(
                page=department,
                institute=institute_of(department),
                places=list(places.values()),
                switchboards=[switchboards[key] for key in places if key in switchboards],
                contact_page=contact_page_near(department, department.language),
            )
        )
    return entries


def hospital_entry(hospital: "HospitalPage") -> Entry:
    """The entry of a hospital itself: its own lines, the switchboard among them."""
    lines = _lines(ContactLine.objects.for_patients(), [hospital.translation_key])
    attach_schedules(lines)
    return Entry(
        page=hospital,
        institute=institute_of(hospital),
        places=[Place(hospital, lines=lines)],
        switchboards=[],
        contact_page=contact_page_near(hospital, hospital.language),
    )


def _lines(queryset: "ContactLine.objects", keys: list) -> list[ContactLine]:
    return (
        list(
            queryset.filter(page__translation_key__in=keys).select_related(
                "page", "hospital__locale", "replaced_by", "out_of_hours"
            )
        )
        if keys
        else []
    )


def _in_language_of(sources: dict, page: Page) -> dict:
    """For each translation key the visible hospital page in the language of `page`, else in the source language."""
    if not sources:
        return {}
    model = type(next(iter(sources.values())))
    languages = [page.locale_id, next(iter(sources.values())).locale_id]
    found: dict = {}
    for hospital in visible(model.objects.filter(translation_key__in=list(sources), locale_id__in=languages)):
        hospital.source = sources[hospital.translation_key]
        if hospital.locale_id == page.locale_id or hospital.translation_key not in found:
            found[hospital.translation_key] = hospital
    return found
