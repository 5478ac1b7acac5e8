"""What a visitor asks of a directory by its address - words, filters, letter, page - and what it answers."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.conf import settings
from django.core.paginator import EmptyPage, PageNotAnInteger, Paginator
from django.db.models import Count
from django.http import Http404
from django.utils import timezone, translation
from wagtail.models import Page

from departments.entries import Entry, entries_for, hospital_entries
from departments.models.contacts import Audience, ContactLine
from departments.models.pages import DepartmentPage, HospitalPage
from departments.models.search import SearchEntry, SearchEntryQuerySet
from departments.models.specialties import Specialty
from departments.searching import MOST_CANDIDATES, Asked, Found, holds, search, words_of
from institutes.listing import all_institutes, contact_page_in, institute_in, institutes_in, places_of
from institutes.models import InstitutePage, Organisation
from portal.folding import fold
from portal.models import ContactPage
from portal.moved import formerly
from portal.remembering import remembered
from portal.untranslated import listed_in
from portal.visibility import visible

if TYPE_CHECKING:
    from departments.models.directory import DirectoryPage

MOST_HOSPITALS = 8  # before the departments; who finds more names one
LONGEST_QUERY = 200  # characters; the form takes no more
OTHER_INITIALS = "0"  # the letter of names that begin with none
_LETTERS = [*"abcdefghijklmnopqrstuvwxyz", OTHER_INITIALS]


@dataclass(frozen=True)
class Choice:
    """One choice of a filter: `value` stands in addresses."""

    value: str
    name: str
    thing: Any


@dataclass(frozen=True)
class Letter:
    """A letter of the A-Z; without departments it is no link."""

    name: str
    number: int
    address: str
    is_current: bool


@dataclass(frozen=True)
class Suggestion:
    """A department that fits what has been typed so far, and where it is: namesakes are many."""

    page: DepartmentPage
    where: str


class Finding:
    """What is asked of `page`, a directory, by the parameters of an address. Unknown filters: 404."""

    def __init__(self, page: "DirectoryPage", parameters: Mapping[str, str]) -> None:
        self.page = page
        self.audience = Audience(page.readers)
        self.query = " ".join(parameters.get("q", "").split())[:LONGEST_QUERY]
        self.names_former_address = False
        self.institute = self._place(_institutes_in, parameters.get("institute"))
        self.hospital = self._place(_hospitals_in, parameters.get("hospital"))
        self.specialty = _chosen(self.specialties, parameters.get("specialty"))
        self.letter = "" if self.query else parameters.get("letter", "").lower()
        if self.letter and self.letter not in _LETTERS:
            raise Http404
        self._number = parameters.get("page", 1)
        self._readers = parameters.get("audience") or self.audience

    def _place(self, choices_in: Callable[[str], list[Choice]], value: str | None) -> Choice | None:
        """The chosen institute or hospital, also under the name that its address had before it was renamed.

        Before it was translated that was the source's.
        """
        choices = choices_in(self.page.language)
        try:
            return _chosen(choices, value)
        except Http404:
            page = formerly(value.rpartition("~")[2], [choice.thing for choice in choices])
            page = page or _chosen(choices_in(settings.LANGUAGE_CODE), value).thing
            self.names_former_address = True
            return next(choice for choice in choices if choice.thing.translation_key == page.translation_key)

    # --- where else the question leads

    @cached_property
    def audiences(self) -> list[Choice]:
        """The directories of this language, by audience."""
        pages = self.page.by_audience(self.page.language)
        return [Choice(value, Audience(value).label, pages[value]) for value in Audience.values if value in pages]

    @property
    def elsewhere(self) -> "DirectoryPage | None":
        """The directory for other readers, where those are asked for."""
        if self._readers == self.audience:
            return None
        return _chosen(self.audiences, self._readers).thing

    def address(self, **changes: str) -> str:
        """The query string that asks the same, with some parameters changed; "" where nothing is asked."""
        asked = {
            "q": self.query,
            "institute": self.institute.value if self.institute else "",
            "hospital": self.hospital.value if self.hospital else "",
            "specialty": self.specialty.value if self.specialty else "",
            "letter": self.letter,
        } | changes
        said = urlencode({name: value for name, value in asked.items() if value})
        return f"?{said}" if said else ""

    @property
    def without_filters(self) -> str:
        return self.address(institute="", hospital="", specialty="", letter="")

    @property
    def without_letter(self) -> str:
        return self.address(letter="")

    def address_in(self, other: Page) -> str:
        """The same question in another language: without the letter, since names begin otherwise there."""
        translated = {"letter": ""}
        for name, chosen, choices in (
            ("institute", self.institute, _institutes_in(other.language)),
            ("hospital", self.hospital, _hospitals_in(other.language)),
        ):
            key = chosen.thing.translation_key if chosen else None
            translated[name] = next((item.value for item in choices if item.thing.translation_key == key), "")
        return self.address(**translated)

    # --- the filters

    @cached_property
    def institutes(self) -> list[Choice]:
        return _institutes_in(self.page.language)

    @cached_property
    def hospitals(self) -> list[Choice]:
        return _hospitals_in(self.page.language)

    @cached_property
    def specialties(self) -> list[Choice]:
        return remembered(("specialties", self.page.language), lambda: _read_specialties(self.page.language))

    @property
    def is_filtered(self) -> bool:
        return bool(self.institute or self.hospital or self.specialty or self.letter)

    # --- the answer

    @cached_property
    def _listed(self) -> SearchEntryQuerySet:
        """The departments that the filters let through, whatever their letter."""
        entries = SearchEntry.objects.listed(self.page.language, self.audience)
        if self.institute:
            entries = entries.of_institute(self.institute.thing)
        if self.hospital:
            entries = entries.at_hospital(self.hospital.thing)
        if self.specialty:
            entries = entries.filter(specialties__contains=[self.specialty.thing.pk])
        return entries

    @cached_property
    def asked(self) -> Asked:
        return Asked.by(self.query, self.page.language)

    @property
    def is_emergency(self) -> bool:
        """Whether the numbers for emergencies come before all else."""
        return self.asked.is_emergency

    @cached_property
    def found(self) -> Found:
        return search(self._listed, self.query, self.page.language, self.audience)

    @cached_property
    def results(self) -> Any:
        """The page of results that is asked for: keys of departments' pages. 404 where there is no such page."""
        if self.query:
            keys: Any = self.found.pks
        else:
            entries = self._listed.by_name()
            keys = entries.filter(initial=self.letter) if self.letter else entries
            keys = keys.values_list("page_id", flat=True)
        paginator = Paginator(keys, self.page.PER_PAGE)
        if not self.query:
            # The letters have been counted anyway; nobody counts twice.
            counts = self._counts
            paginator.count = counts[self.letter] if self.letter else sum(counts.values())
        try:
            return paginator.page(self._number)
        except (EmptyPage, PageNotAnInteger):
            raise Http404 from None

    @cached_property
    def entries(self) -> list[Entry]:
        """The departments with the lines to show: where a hospital is chosen, those that reach them there."""
        entries = self._entries(list(self.results))
        for entry in entries:
            entry.is_looked_for = partial(self.asked.is_met_by, besides=entry.page.folded_title)
        return [entry.at(self.hospital.thing) for entry in entries] if self.hospital else entries

    @property
    def number(self) -> int:
        return self.results.paginator.count

    @property
    def is_cut(self) -> bool:
        """Whether there are more than were ranked."""
        return bool(self.query) and self.found.is_cut

    @property
    def most(self) -> int:
        return MOST_CANDIDATES

    @property
    def is_corrected(self) -> bool:
        return bool(self.query) and self.found.is_corrected

    @property
    def found_nothing_at_all(self) -> bool:
        """Whether the whole directory has nothing for these words; a number that is nobody's is no missing word."""
        asked = self.asked
        is_in_words = asked.words and not (asked.digits or asked.extension or asked.is_public_emergency)
        return bool(is_in_words) and not self.is_filtered and not self.found.pks and not self.hospital_entries

    @cached_property
    def letters(self) -> list[Letter]:
        """The A-Z of what the filters let through. Words are ranked, not sorted: then there is none."""
        if self.query:
            return []
        return [
            Letter(
                "0–9" if letter == OTHER_INITIALS else letter.upper(), number, self.address(letter=letter), is_current
            )
            for letter in _LETTERS
            for number, is_current in [(self._counts[letter], letter == self.letter)]
            if number or letter != OTHER_INITIALS
        ]

    @cached_property
    def _counts(self) -> Counter:
        """How many departments begin with each letter."""

        def read() -> Counter:
            rows = self._listed.order_by().values_list("initial").annotate(number=Count("page"))
            return Counter(dict(rows))

        if self.institute or self.hospital or self.specialty:
            return read()
        # Lines for others than patients come and go with the day.
        day = None if self.audience == Audience.PATIENTS else timezone.localdate()
        return remembered(("letters", self.page.locale_id, self.audience, day), read)

    @cached_property
    def hospital_entries(self) -> list[Entry]:
        """The first hospitals that are asked for, each with the lines of its own, before the departments.

        Where a filter leaves nothing else, its hospitals: whoever answers there helps on.
        """
        if self.results.number > 1:
            return []
        pages = self._hospitals_asked_for
        if not pages and not self.number and (self.hospital or self.institute):
            pages = [hospital.page for hospital in self._hospitals_with_lines]
        entries = hospital_entries(pages[:MOST_HOSPITALS], self.page.language, self.audience)
        for entry in entries:
            entry.is_looked_for = self.asked.is_met_by
        return entries

    @property
    def hospitals_number(self) -> int:
        """How many hospitals are asked for."""
        return len(self._hospitals_asked_for)

    @property
    def more_hospitals(self) -> int:
        """How many hospitals are asked for besides those that are shown first."""
        return max(0, self.hospitals_number - MOST_HOSPITALS)

    @cached_property
    def _hospitals_asked_for(self) -> list[HospitalPage]:
        """Those of the filters, or whose name, city or institute - or what they are called for - fits the words."""
        if self.specialty or self.letter or self.asked.is_public_emergency:
            return []
        if self.audience == Audience.PATIENTS and not (self.asked or self.hospital or self.institute):
            return []
        return [hospital.page for hospital in self._hospitals_with_lines if hospital.fits(self.asked)]

    @cached_property
    def _hospitals_with_lines(self) -> "list[_HospitalWithLines]":
        """The hospitals that the filters let through."""
        # Lines come and go with the day.
        key = ("hospitals with lines", self.page.language, self.audience, timezone.localdate())
        places = places_of(self.institute.thing) if self.institute else ()
        return [
            hospital
            for hospital in remembered(key, self._read_hospitals_with_lines)
            if (not self.hospital or hospital.page.pk == self.hospital.thing.pk)
            and (not self.institute or hospital.page.path.startswith(places))
        ]

    def _read_hospitals_with_lines(self) -> "list[_HospitalWithLines]":
        with translation.override(self.page.language):  # in which purposes are named
            return _hospitals_with_lines(self.hospitals, self.page.language, self.audience)

    @property
    def contact_page(self) -> ContactPage | None:
        """Where to write when nothing is found."""
        chosen = self.hospital or self.institute
        return contact_page_in(self.page.language, chosen.thing if chosen else self.page)

    def suggestions(self, most: int) -> list[Suggestion]:
        """The first departments that fit, each with where it is."""
        return [Suggestion(entry.page, where_is(entry)) for entry in self._entries(self.found.pks[:most])]

    def _entries(self, keys: list[int]) -> list[Entry]:
        """The departments in the order of their keys. They are asked once more whether visitors may see them."""
        pages = visible(DepartmentPage.objects.filter(pk__in=keys)).defer_streamfields()
        by_key = {page.pk: page for page in pages}
        return entries_for([by_key[key] for key in keys if key in by_key], self.page.language, audience=self.audience)


def where_is(entry: Entry) -> str:
    """Institute with its city, and hospitals: what tells namesakes apart."""
    parts = [place_name(entry.institute)] if entry.institute else []
    parts += [place.hospital.title for place in entry.places if place.hospital]
    return " · ".join(dict.fromkeys(parts))


def place_name(institute: InstitutePage) -> str:
    """The institute as lists name it, with its city unless the name says it."""
    city = institute.source.city
    return f"{institute.name}, {city}" if city and fold(city) not in fold(institute.name) else institute.name


def _chosen(choices: list[Choice], value: str | None) -> Choice | None:
    """The choice that a filter names. An unknown one is an address that does not exist: 404."""
    if not value:
        return None
    for choice in choices:
        if choice.value == value:
            return choice
    raise Http404


def _institutes_in(language: str) -> list[Choice]:
    pages = sorted(institutes_in(language), key=lambda page: fold(page.name))
    return _choices(pages, language, place_name)


def _hospitals_in(language: str) -> list[Choice]:
    return remembered(
        ("hospitals", language), lambda: _choices(_read_hospitals(language), language, lambda page: page.title)
    )


def _read_hospitals(language: str) -> list[HospitalPage]:
    return list(listed_in(language, HospitalPage.objects.defer_streamfields()).order_by("folded_title", "path"))


def _choices(pages: list[Any], language: str, name: Any) -> list[Choice]:
    """The pages by their slugs; where two share one, the page above is named too.

    Pages that are not translated leave the slugs to those that are, whose addresses people have kept.
    """
    slugs = Counter(page.slug for page in pages)
    own = Counter(page.slug for page in pages if page.language == language)

    def value(page: Any) -> str:
        is_only = own[page.slug] == 1 if page.language == language else slugs[page.slug] == 1
        return page.slug if is_only else "~".join(page.url_path.split("/")[-3:-1])

    return [Choice(value(page), name(page), page) for page in pages]


@dataclass(frozen=True)
class _HospitalWithLines:
    """What a hospital is found under: folded words for where and whose it is, numbers and words of its lines."""

    page: HospitalPage
    where: str
    lines: list[tuple[str, str, str]]  # number, extension, folded words

    def fits(self, asked: Asked) -> bool:
        lines = [
            words
            for number, extension, words in self.lines
            if asked.digits in number and asked.extension in ("", extension)
        ]
        return bool(lines) and all(
            holds(self.where, word) or any(holds(words, word) for words in lines) for word in asked.words
        )


def _hospitals_with_lines(hospitals: list[Choice], language: str, audience: Audience) -> list[_HospitalWithLines]:
    """Those of `hospitals` that have a line for `audience` today, in their order."""
    pages = {choice.thing.translation_key: choice.thing for choice in hospitals}
    lines: dict[Any, list] = defaultdict(list)
    for line in (
        ContactLine.objects.for_audience(audience).filter(page__translation_key__in=pages).select_related("page")
    ):
        lines[line.page.translation_key].append((line.number, line.extension, words_of(line)))
    sources = HospitalPage.objects.filter(translation_key__in=lines, locale__language_code=settings.LANGUAGE_CODE)
    cities = dict(sources.values_list("translation_key", "city"))
    bodies = Organisation.objects.in_bulk({item.source.organisation_id for item in all_institutes()} - {None})
    where = {key: f"{page.title} {cities.get(key, '')} {_whose(page, language, bodies)}" for key, page in pages.items()}
    return [_HospitalWithLines(page, fold(where[key]), lines[key]) for key, page in pages.items() if key in lines]


def _whose(hospital: HospitalPage, language: str, bodies: dict[int, Organisation]) -> str:
    """The names of the institute of `hospital`, and of the body behind it."""
    institute = institute_in(language, hospital)
    if institute is None:
        return ""
    names = [institute.title, institute.name, institute.short_name, institute.source.city]
    body = bodies.get(institute.source.organisation_id)
    if body:
        names += [body.name.localize(language), body.acronym]
    return " ".join(filter(None, names))


def _read_specialties(language: str) -> list[Choice]:
    used = Specialty.objects.filter(departments__live=True).distinct()
    choices = [Choice(item.slug, item.name.localize(language), item) for item in used]
    return sorted(choices, key=lambda choice: fold(choice.name))
