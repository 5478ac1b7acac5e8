"""Departments in templates: the directory, an institute's departments by hospital, numbers as readers write them."""

from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any
from urllib.parse import urlencode

from django import template
from django.db.models import Q
from django.utils import translation
from wagtail.models import Page

from departments.asking import full_key
from departments.entries import Entry, Place, entries_for
from departments.finding import Finding, place_name
from departments.hours import Schedule
from departments.hours_in_words import Forecast, Row, coming_exceptions, forecast, week_rows
from departments.models import ContactLine, DepartmentPage, DirectoryPage, FinderPage, HospitalPage, SearchEntry
from departments.models.contacts import Audience
from departments.phones import PhoneNumber
from departments.schedules import attach_schedules
from institutes.listing import places_of
from institutes.models import InstitutePage
from portal.remembering import remembered
from portal.untranslated import listed_in, prepare, reading_language
from portal.visibility import visible

register = template.Library()


@dataclass
class HospitalGroup:
    """The departments found at one hospital; `hospital` is None for those whose place is not stated."""

    hospital: HospitalPage | None
    entries: list[Entry]


@register.simple_tag
def directory_in(language: str) -> DirectoryPage | None:
    """`{% directory_in LANGUAGE_CODE as directory %}`: the patients' directory in that language."""
    return DirectoryPage.by_audience(language).get(Audience.PATIENTS)


@register.simple_tag
def finder_in(language: str) -> FinderPage | None:
    """`{% finder_in LANGUAGE_CODE as finder %}`: the page “Which number do I call?” in that language."""
    return remembered(
        ("finder", language),
        lambda: visible(FinderPage.objects.filter(locale__language_code=language)).first(),
    )


@register.simple_tag(takes_context=True)
def finder_url(context: template.Context, **chosen: Page) -> str:
    """`{% finder_url hospital=page as url %}`: where the finder asks only what is not chosen; "" without a finder."""
    finder = finder_in(translation.get_language())
    if not finder:
        return ""
    keys = {name: full_key(page) for name, page in chosen.items()}
    return f"{finder.get_url(context.get('request'))}?{urlencode(keys)}"


@register.simple_tag
def departments_by_hospital(institute: Page, hospitals: list[Place]) -> list[HospitalGroup]:
    """The departments of `institute` by hospital, those without a stated hospital last.

    `hospitals` are the institute's own, from `hospitals_of`; a department may be found at others too.

    A department at several hospitals stands under each, with the lines that reach it there.
    """
    language = reading_language(institute)
    entries = SearchEntry.objects.listed(language, Audience.PATIENTS).of_institute(institute)
    departments = DepartmentPage.objects.first_of(entries)
    groups: dict[int | None, HospitalGroup] = {}
    for entry in entries_for(departments, language, hospitals):
        for hospital, there in entry.by_hospital():
            key = hospital.pk if hospital else None
            groups.setdefault(key, HospitalGroup(hospital, [])).entries.append(there)
    return sorted(
        groups.values(), key=lambda group: (group.hospital is None, getattr(group.hospital, "folded_title", ""))
    )


@register.simple_tag
def rest_in_directory(page: Page, language: str) -> str:
    """Where the directory lists all departments of `page`, an institute or a hospital; "" where the page does."""
    directory = DirectoryPage.by_audience(language).get(Audience.PATIENTS)
    entries = SearchEntry.objects.listed(language, Audience.PATIENTS)
    is_hospital = isinstance(page, HospitalPage)
    entries = entries.at_hospital(page) if is_hospital else entries.of_institute(page)
    most = DepartmentPage.objects.all().MOST_LISTED
    if directory is None or entries.by_name().values_list("page_id", flat=True)[most : most + 1].count() == 0:
        return ""
    return in_directory(directory, page)


@register.simple_tag
def in_directory(directory: DirectoryPage, page: Page) -> str:
    """`{% in_directory directory page %}`: where it lists the departments of `page`, an institute or a hospital."""
    finding = Finding(directory, {})
    is_hospital = isinstance(page, HospitalPage)
    choices = finding.hospitals if is_hospital else finding.institutes
    value = next((choice.value for choice in choices if choice.thing.translation_key == page.translation_key), "")
    return directory.get_url() + finding.address(**{"hospital" if is_hospital else "institute": value})


@register.simple_tag
def hospitals_of(institute: Page) -> list[Place]:
    """`{% hospitals_of page as places %}`: the hospitals of `institute`, each with its own lines."""
    here = Q(depth=institute.depth + 1)
    below = reduce(or_, (Q(path__startswith=path) for path in places_of(institute)))
    language = reading_language(institute)
    pages = list(listed_in(language, HospitalPage.objects.filter(here, below)).order_by("folded_title"))
    prepare(pages, language)
    places = {page.translation_key: Place(page) for page in pages}
    found = ContactLine.objects.for_patients().filter(page__translation_key__in=places)
    lines = list(found.select_related("page", "hospital"))
    attach_schedules(lines)
    for line in lines:
        places[line.page.translation_key].lines.append(line)
    return list(places.values())


@register.simple_tag
def forecast_of(schedule: Schedule, is_short: bool = False) -> Forecast:
    """`{% forecast_of line.schedule as coming %}`: what the line says during the coming days; in a row, in short."""
    return forecast(schedule, is_short=bool(is_short))


@register.filter
def rows_of_week(schedule: Schedule) -> list[Row]:
    """The stated hours, a row for all days with the same ones; none where nothing is stated."""
    return week_rows(schedule.week) if schedule.week else []


@register.filter
def exceptions_ahead(schedule: Schedule) -> list[tuple[Row, Any]]:
    """The days of the next four weeks that keep other hours, each with its reason."""
    return coming_exceptions(schedule)


@register.filter
def in_readers_form(phone: PhoneNumber) -> str:
    """The number as readers of the page's language write it: 01 42 16 06 43 or +33 (0)1 42 16 06 43."""
    return phone.display(translation.get_language() or "fr")


@register.filter
def with_city(institute: InstitutePage) -> str:
    """The institute as lists name it, with its city: several share an acronym."""
    return place_name(institute)
