"""Directory entries: a department with its places and lines, found in the same few queries for one or for many."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from wagtail.models import Page

from departments.models.contacts import Audience, ContactLine, Location, Purpose
from departments.schedules import attach_schedules
from institutes.listing import contact_page_in, institute_in
from institutes.models import InstitutePage
from portal import untranslated
from portal.models import ContactPage

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


@dataclass(frozen=True)
class ListedLine:
    """A line as a list shows it; `hospital` is named where a department has several places."""

    line: ContactLine
    hospital: "HospitalPage | None" = None


@dataclass
class Entry:
    """What a visitor needs to reach a department. Without lines, `switchboards` or `contact_page` lead on."""

    MOST_IN_A_LIST = 3  # lines; a list leads on to the page with all

    page: Page
    institute: InstitutePage | None
    places: list[Place]
    switchboards: list[Switchboard]
    contact_page: ContactPage | None
    elsewhere: int = 0  # lines at hospitals that this entry leaves aside
    is_looked_for: Callable[[ContactLine], bool] = field(default=lambda line: False, repr=False)

    @property
    def lines(self) -> list[ContactLine]:
        return [line for place in self.places for line in place.lines]

    @cached_property
    def listed(self) -> list[ListedLine]:
        """The lines that a list shows: every emergency first, then what was looked for, then some of the others."""
        are_several = sum(place.hospital is not None for place in self.places) > 1
        lines = [
            ListedLine(line, place.hospital if are_several else None) for place in self.places for line in place.lines
        ]
        lines.sort(key=lambda listed: (not listed.line.is_emergency, not self.is_looked_for(listed.line)))
        urgent = sum(listed.line.is_emergency for listed in lines)
        is_found = any(self.is_looked_for(listed.line) for listed in lines[urgent:])
        return lines[: max(self.MOST_IN_A_LIST, urgent + is_found)]

    @property
    def left_out(self) -> int:
        """How many lines the page of the department has besides those that a list shows."""
        return len(self.lines) + self.elsewhere - len(self.listed)

    def at(self, hospital: "HospitalPage") -> "Entry":
        """The same as far as it concerns `hospital`, a page in any language: the place and the lines there.

        Lines that are at no stated hospital stay: they may reach the department here.
        """
        here = [place for place in self.places if not place.hospital or _is_same(place.hospital, hospital)]
        return replace(
            self,
            places=here,
            switchboards=[board for board in self.switchboards if _is_same(board.hospital, hospital)],
            elsewhere=len(self.lines) - sum(len(place.lines) for place in here),
        )

    def by_hospital(self) -> "list[tuple[HospitalPage | None, Entry]]":
        """The same for each hospital where the department is; whole under None where no hospital is stated."""
        hospitals = [place.hospital for place in self.places if place.hospital]
        return [(hospital, self.at(hospital)) for hospital in hospitals] or [(None, self)]


def _is_same(one: Page, other: Page) -> bool:
    return one.translation_key == other.translation_key


def entries_for(
    departments: "Iterable[DepartmentPage]",
    language: str,
    known: Iterable[Place] = (),
    audience: Audience = Audience.PATIENTS,
) -> list[Entry]:
    """An entry for each of `departments`, in their order, with the lines for `audience`: for a list in `language`.

    Departments and hospitals are pages in that language or sources that have none in it. `known` are hospitals of that
    list with their own lines, where the caller has found them already.
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
    hospitals = _in_language(unknown, language) | {key: place.hospital for key, place in at_hand.items()}
    untranslated.prepare([*departments, *hospitals.values()], language)
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
                institute=institute_in(language, department),
                places=list(places.values()),
                switchboards=[switchboards[key] for key in places if key in switchboards],
                contact_page=contact_page_in(language, department),
            )
        )
    return entries


def hospital_entry(hospital: "HospitalPage", language: str) -> Entry:
    """The entry of a hospital itself: its own lines, the switchboard among them."""
    return hospital_entries([hospital], language)[0]


def hospital_entries(
    hospitals: "Iterable[HospitalPage]", language: str, audience: Audience = Audience.PATIENTS
) -> list[Entry]:
    """An entry for each of `hospitals` with its own lines for `audience`, found in the same few queries."""
    lines = defaultdict(list)
    hospitals = list(hospitals)
    untranslated.prepare(hospitals, language)
    found = _lines(ContactLine.objects.for_audience(audience), [hospital.translation_key for hospital in hospitals])
    attach_schedules(found)
    for line in found:
        lines[line.page.translation_key].append(line)
    return [
        Entry(
            page=hospital,
            institute=institute_in(language, hospital),
            places=[Place(hospital, lines=lines[hospital.translation_key])],
            switchboards=[],
            contact_page=contact_page_in(language, hospital),
        )
        for hospital in hospitals
    ]


def _lines(queryset: "ContactLine.objects", keys: list) -> list[ContactLine]:
    return (
        list(queryset.filter(page__translation_key__in=keys).select_related("page", "hospital__locale")) if keys else []
    )


def _in_language(sources: dict, language: str) -> dict:
    """For each translation key the visible hospital page in `language`, else in the source language."""
    if not sources:
        return {}
    model = type(next(iter(sources.values())))
    found: dict = {}
    for hospital in untranslated.listed_in(language, model.objects.filter(translation_key__in=list(sources))):
        hospital.source = sources[hospital.translation_key]
        found[hospital.translation_key] = hospital
    return found
