"""What of the directory is given away as data: what visitors may see today, found in a fixed number of queries.

The JSON API and FHIR (departments/api, departments/fhir.py) read the directory through here and nowhere else, so
that a page that is not public, a line for others than patients or a line of another day stays out of both.
"""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import translation
from wagtail.models import Page

from departments.models import ContactLine, DepartmentPage, HospitalPage, Location
from departments.models.contacts import attach_leads
from departments.schedules import schedules_for
from departments.timetable import Timetable
from institutes.listing import institute_of
from institutes.models import InstitutePage, ProfilePage, Role
from portal.models import BasePage
from portal.remembering import remembered
from portal.visibility import on_visible_page, visible

LANGUAGES = [code for code, _name in settings.LANGUAGES]

Texts = dict[str, str]
"""The same words by language code; a language without words is left out."""


def texts(wording: Any, languages: Iterable[str] = LANGUAGES) -> Texts:
    """What was written in each language, with no language standing in for another."""
    written = getattr(wording, "data", wording)
    if not isinstance(written, dict):
        return {}
    return {code: written[code] for code in languages if written.get(code)}


def in_each_language(say: Any, languages: Iterable[str] = LANGUAGES) -> Texts:
    """What `say()` gives while each language is active."""
    said = {}
    for code in languages:
        with translation.override(code):
            said[code] = str(say())
    return {code: words for code, words in said.items() if words}


@dataclass
class Subject:
    """What pages in several languages are about: an institute, a hospital, a department, a person.

    `pages` are those that visitors may see, by language; `source` carries what is stored once for all languages.
    """

    key: uuid.UUID
    pages: dict[str, BasePage]
    source: BasePage

    @property
    def page(self) -> BasePage:
        """The visible page to quote where only one can be: the source language's, else the first there is."""
        return self.pages.get(settings.LANGUAGE_CODE) or next(iter(self.pages.values()))

    @property
    def institute(self) -> "uuid.UUID | None":
        """The key of the visible institute that owns this."""
        owner = institute_of(self.page)
        return owner.translation_key if owner else None

    @property
    def is_fictional(self) -> bool:
        """Whether this belongs to an institute of a demonstration: nobody must dial its numbers in earnest."""
        return self.page.path.startswith(remembered("fictional institutes", _fictional_paths))

    def words(self, name: str, languages: Iterable[str] = LANGUAGES) -> Texts:
        """A field of the pages that is written in each language."""
        said = {code: getattr(page, name) for code, page in self.pages.items() if code in languages}
        return {code: words for code, words in said.items() if words}

    def urls(self, request: Any, languages: Iterable[str] = LANGUAGES) -> Texts:
        return {code: page.get_full_url(request) for code, page in self.pages.items() if code in languages}


def keys_of(*models: type[BasePage], language: str | None = None) -> QuerySet:
    """The translation keys of all subjects of these types that visitors may see, in order."""
    pages = visible(Page.objects.type(*models))
    if language:
        pages = pages.filter(locale__language_code=language)
    return pages.order_by("translation_key").values_list("translation_key", flat=True).distinct()


def _fictional_paths() -> tuple[str, ...]:
    """Where fictional institutes stand in the tree, also those whose own page is not live just now."""
    fictional = InstitutePage.objects.filter(is_fictional=True).values("translation_key")
    return tuple(InstitutePage.objects.filter(translation_key__in=fictional).values_list("path", flat=True))


_ONE_WITH = {HospitalPage: ["group"], InstitutePage: ["organisation"]}
"""What of a page's own foreign keys is given away with it."""


def subjects(model: type[BasePage], keys: Iterable[uuid.UUID]) -> dict[uuid.UUID, Subject]:
    """The subjects with these keys that visitors may see, by key."""
    keys = list(keys)
    if not keys:
        return {}
    pages = (
        model.objects.filter(translation_key__in=keys).defer_streamfields().select_related(*_ONE_WITH.get(model, ()))
    )
    found: dict[uuid.UUID, dict[str, Any]] = {}
    for page in visible(pages):
        found.setdefault(page.translation_key, {})[page.locale.language_code] = page
    without_source = [key for key, by_language in found.items() if settings.LANGUAGE_CODE not in by_language]
    sources = {
        page.translation_key: page
        for page in (
            pages.filter(translation_key__in=without_source, locale__language_code=settings.LANGUAGE_CODE)
            if without_source
            else ()
        )
    }
    return {
        key: Subject(
            key,
            {code: found[key][code] for code in LANGUAGES if code in found[key]},
            found[key].get(settings.LANGUAGE_CODE) or sources.get(key) or next(iter(found[key].values())),
        )
        for key in keys
        if key in found
    }


def patients_lines(language: str | None = None) -> QuerySet:
    """The lines that patients may be shown today, in the order of their ids."""
    lines = ContactLine.objects.for_patients().on_visible_pages(language)
    return lines.order_by("uuid").select_related("page", "hospital")


@dataclass
class PublishedLine:
    """One line and what it refers to, as far as that is public too."""

    line: ContactLine
    of: Subject
    of_hospital: bool
    hospital: Subject | None
    replaced_by: ContactLine | None
    out_of_hours: ContactLine | None
    timetable: Timetable | None


def published(lines: Iterable[ContactLine]) -> list[PublishedLine]:
    """`lines`, from `patients_lines`, with what they refer to."""
    lines = list(lines)
    owners = {line.page.translation_key for line in lines}
    sites = {line.hospital.translation_key for line in lines if line.hospital}
    places: dict[uuid.UUID, set[uuid.UUID]] = {}
    unplaced = {line.page.translation_key for line in lines if not line.hospital}
    located = Location.objects.kept().filter(page__translation_key__in=unplaced)
    for department, site in located.values_list("page__translation_key", "hospital__translation_key"):
        places.setdefault(department, set()).add(site)
        sites.add(site)
    hospitals = subjects(HospitalPage, owners | sites)
    departments = subjects(DepartmentPage, owners - set(hospitals))
    attach_leads(lines)
    schedules = schedules_for(lines)
    made = []
    for line in lines:
        key = line.page.translation_key
        of = hospitals.get(key) or departments.get(key)
        if of is None:
            continue
        # As on the pages: a line that names no hospital reaches the department at its only one.
        at = {line.hospital.translation_key} if line.hospital else places.get(key, set()) & hospitals.keys()
        site = key if key in hospitals else next(iter(at)) if len(at) == 1 else None
        made.append(
            PublishedLine(
                line=line,
                of=of,
                of_hospital=key in hospitals,
                hospital=hospitals.get(site),
                replaced_by=line.successor,
                out_of_hours=line.stand_in,
                timetable=Timetable.of(schedules[line.pk]),
            )
        )
    return made


@dataclass
class Place:
    """Where a department is found."""

    location: Location
    hospital: Subject


def places_of(departments: Iterable[uuid.UUID]) -> dict[uuid.UUID, list[Place]]:
    """For each department, by key, the visible hospitals where it is found, in the editors' order."""
    locations = list(
        Location.objects.kept().filter(page__translation_key__in=list(departments)).select_related("page", "hospital")
    )
    hospitals = subjects(HospitalPage, {location.hospital.translation_key for location in locations})
    places: dict[uuid.UUID, list[Place]] = {}
    for location in locations:
        if location.hospital.translation_key in hospitals:
            place = Place(location, hospitals[location.hospital.translation_key])
            places.setdefault(location.page.translation_key, []).append(place)
    return places


def located_at(hospital: uuid.UUID, key: str = "translation_key") -> Q:
    """Narrows pages (or facts, by the key of their page) to the departments that are found at a hospital."""
    located = Location.objects.kept().filter(hospital__translation_key=hospital)
    return Q(**{f"{key}__in": located.values("page__translation_key")})


def at_hospital(hospital: uuid.UUID) -> Q:
    """Narrows lines to those of a hospital itself and those that reach a department there."""
    return (
        Q(page__translation_key=hospital)
        | Q(hospital__translation_key=hospital)
        | (Q(hospital=None) & located_at(hospital, "page__translation_key"))
    )


def below_institute(institute: uuid.UUID, path: str = "path") -> Q:
    """Narrows pages (or facts, by the path of their page) to those that an institute owns, in any language."""
    condition = Q(pk__in=[])
    for owner in InstitutePage.objects.filter(translation_key=institute).values_list("path", flat=True):
        condition |= Q(**{f"{path}__startswith": owner})
    return condition


def current_roles() -> QuerySet:
    """The roles held today that visitors may see: the page that lists them is public, and so is the person."""
    return (
        Role.objects.current()
        .filter(on_visible_page("page"), Q(person=None) | on_visible_page("person"))
        .order_by("uuid")
        .select_related("page", "person", "organisation")
    )


@dataclass
class Person:
    """A person with the roles of today."""

    subject: Subject
    roles: list[Role] = field(default_factory=list)


def people(keys: Iterable[uuid.UUID]) -> list[Person]:
    """The people with these keys that visitors may see, in the order of `keys`."""
    keys = list(keys)
    found = {key: Person(subject) for key, subject in subjects(ProfilePage, keys).items()}
    for role in current_roles().filter(person__translation_key__in=list(found)).order_by("sort_order", "pk"):
        found[role.person.translation_key].roles.append(role)
    return [found[key] for key in keys if key in found]
