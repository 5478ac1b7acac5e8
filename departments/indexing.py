"""Keeps the search table in step with pages and facts. All that it holds is derived: it can be built anew at any time.

Whoever changes departments, hospitals, lines or locations in bulk, past the signals of the models, calls `index`.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import pairwise
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation
from wagtail.models import Locale, Page, PageViewRestriction

from departments.models import ContactLine, DepartmentPage, HospitalPage, Location, SearchEntry, Specialty
from departments.models.contacts import Audience, Purpose
from institutes.models import InstitutePage, Organisation
from portal.folding import fold
from portal.remembering import renew_stamp
from portal.visibility import visible

BATCH = 500
LONGEST_TEXT = 20_000  # characters of a department's prose that are searched
SHORTEST_PART = 3  # digits of a number that one may look for

_Entries = dict[tuple[int, int], SearchEntry]
"""Entries by page and by the locale in whose lists they stand."""

_KEPT = [
    "source_id",
    "folded_title",
    "initial",
    "institute",
    "hospitals",
    "specialties",
    "audiences",
    "words",
    "numbers",
]


def index(keys: Iterable[UUID], report: Callable[[int], None] = lambda done: None) -> int:
    """Bring the entries of the departments with these translation keys up to date; gives how many have changed."""
    keys = list(dict.fromkeys(keys))
    changed = 0
    for start in range(0, len(keys), BATCH):
        changed += _index_batch(keys[start : start + BATCH])
        report(min(start + BATCH, len(keys)))
    return changed


def index_everything(report: Callable[[int], None] = lambda done: None) -> int:
    """Build the table anew, without a moment in which it is empty; gives how many entries have changed."""
    keys = DepartmentPage.objects.live().order_by("translation_key").values_list("translation_key", flat=True)
    gone, _by_model = SearchEntry.objects.exclude(page__in=DepartmentPage.objects.live()).delete()
    return gone + index(keys.distinct(), report)


@transaction.atomic
def _index_batch(keys: list[UUID]) -> int:
    new = {(entry.page_id, entry.locale_id): entry for entry in _entries(keys)}
    stored = {
        (entry.page_id, entry.locale_id): entry
        for entry in SearchEntry.objects.filter(page__translation_key__in=keys).select_for_update(of=("self",))
    }
    # PostgreSQL orders the lexemes of a vector in its own way: only it can say whether two are the same.
    same = _same(new, stored)
    written = [entry for place, entry in new.items() if place not in same]
    gone = [entry.pk for place, entry in stored.items() if place not in new]
    if gone:
        SearchEntry.objects.filter(pk__in=gone).delete()
    if written:
        SearchEntry.objects.bulk_create(
            written, update_conflicts=True, unique_fields=["page", "locale"], update_fields=_KEPT, batch_size=BATCH
        )
    if gone or written:
        renew_stamp()
    return len(gone) + len(written)


def _same(new: "_Entries", stored: "_Entries") -> set[tuple[int, int]]:
    """Which entries stand in the table already as they should."""

    def values(entry: SearchEntry) -> tuple:
        plain = [getattr(entry, name) for name in _KEPT if name not in ("words", "numbers")]
        return (*plain, set(str(entry.words).split()), set(str(entry.numbers).split()))

    return {place for place, entry in new.items() if place in stored and values(entry) == values(stored[place])}


def _entries(keys: list[UUID]) -> list[SearchEntry]:
    """The entries as they should be, in a number of queries that does not depend on how many."""
    pages = list(DepartmentPage.objects.live().filter(translation_key__in=keys).select_related("locale"))
    sources = dict(
        Page.objects.filter(translation_key__in=keys, locale__language_code=settings.LANGUAGE_CODE).values_list(
            "translation_key", "pk"
        )
    )
    specialties: dict[UUID, list[Specialty]] = defaultdict(list)
    links = DepartmentPage.specialties.through.objects.filter(departmentpage__in=list(sources.values()))
    for link in links.select_related("specialty", "departmentpage"):
        specialties[link.departmentpage.translation_key].append(link.specialty)
    lines: dict[UUID, list[ContactLine]] = defaultdict(list)
    for line in ContactLine.objects.kept().filter(page__translation_key__in=keys).select_related("page"):
        lines[line.page.translation_key].append(line)
    hospitals: dict[UUID, list[UUID]] = defaultdict(list)
    places = Location.objects.kept().filter(page__translation_key__in=keys)
    for department, hospital in places.values_list("page__translation_key", "hospital__translation_key"):
        hospitals[department].append(hospital)
    hospital_words = _hospital_words({key for found in hospitals.values() for key in found})
    institutes = _Institutes()
    return [
        _entry(
            page,
            locale,
            sources.get(page.translation_key, page.pk),
            institutes,
            sorted(set(hospitals[page.translation_key])),
            hospital_words,
            specialties[page.translation_key],
            lines[page.translation_key],
        )
        for page, locale in _in_lists(pages)
    ]


def _in_lists(pages: list[DepartmentPage]) -> Iterator[tuple[DepartmentPage, Locale]]:
    """Each of `pages` with the locales in whose lists it stands: a source with those that it has no translation in."""
    locales = [locale for locale in Locale.objects.all() if locale.language_code in _LANGUAGES]
    seen = visible(Page.objects.filter(translation_key__in=[page.translation_key for page in pages]))
    said = set(seen.values_list("translation_key", "locale_id"))
    for page in pages:
        yield page, page.locale
        if page.is_source:
            yield from (
                (page, locale)
                for locale in locales
                if locale.pk != page.locale_id and (page.translation_key, locale.pk) not in said
            )


_LANGUAGES = dict(settings.WAGTAIL_CONTENT_LANGUAGES)


def _entry(
    page: DepartmentPage,
    locale: Locale,
    source: int,
    institutes: "_Institutes",
    hospitals: list[UUID],
    hospital_words: dict[tuple[UUID, str], str],
    specialties: list[Specialty],
    lines: list[ContactLine],
) -> SearchEntry:
    language = locale.language_code
    title = fold(page.title)
    institute = institutes.above(page)
    about = [specialty.name.localize(language) for specialty in specialties]
    # What is not translated is shown, and so found, in the source language.
    where = [
        hospital_words.get((key, language)) or hospital_words.get((key, settings.LANGUAGE_CODE), "")
        for key in hospitals
    ]
    where.append(institutes.words(institute, language))
    # What patients' lines are for ("nurse line", "social service") finds the department that answers them.
    # Of another day, their names are not to be found: `index_directory`, each night, adds and takes away.
    today = timezone.localdate()
    shown = [line for line in lines if line.audience == Audience.PATIENTS and line.is_valid_on(today)]
    named = {name for line in shown for name in _names(line, language)}
    return SearchEntry(
        page_id=page.pk,
        locale_id=locale.pk,
        source_id=source,
        folded_title=title[:300],
        initial=title[:1] if title[:1].isalpha() else "0",
        institute=institute.translation_key if institute else None,
        hospitals=hospitals,
        specialties=sorted(specialty.pk for specialty in specialties),
        audiences=sorted({line.audience for line in lines}),
        words=vector(
            A=title,
            B=" ".join([_joined(title), fold(" ".join(about))]),
            C=fold(" ".join(where)),
            D=" ".join([fold(" ".join(sorted(named))), page.folded_text()[:LONGEST_TEXT]]),
        ),
        numbers=" ".join(sorted({f"'{part}'" for line in lines for part in _numbers(line)})),
    )


def vector(**words: str) -> str:
    """Folded words by weight, as PostgreSQL writes a tsvector: each word once, with its highest weight."""
    weights: dict[str, str] = {}
    for weight in sorted(words):
        for word in words[weight].split():
            weights.setdefault(word, weight)
    # D is PostgreSQL's default and is not written.
    return " ".join(f"'{word[:200]}':1{'' if weight == 'D' else weight}" for word, weight in sorted(weights.items()))


def _joined(title: str) -> str:
    """Neighbouring words written as one, for those who do: "neuro oncologie" is also found as "neurooncologie"."""
    words = title.split()
    return " ".join(first + second for first, second in pairwise(words))


def _names(line: ContactLine, language: str) -> list[str]:
    """What the line is for, in the words of the list and in its own."""
    own = line.label.localize(language)
    if line.purpose in _SAYING_NOTHING:
        return [own]
    with translation.override(language):
        return [own, str(Purpose(line.purpose).label)]


_SAYING_NOTHING = (Purpose.DEPARTMENT, Purpose.OTHER)


def _numbers(line: ContactLine) -> list[str]:
    return [*_ends(line.number), *([f"x{line.extension}"] if line.extension else [])]


def _ends(number: str) -> list[str]:
    """Every end of a number's digits that is long enough to look for."""
    digits = number.removeprefix("+")
    return [digits[start:] for start in range(max(1, len(digits) - SHORTEST_PART + 1))]


def _hospital_words(keys: set[UUID]) -> dict[tuple[UUID, str], str]:
    """Name and city of each live hospital, by translation key and language."""
    pages = list(HospitalPage.objects.live().filter(translation_key__in=keys).select_related("locale"))
    cities = dict(
        HospitalPage.objects.filter(translation_key__in=keys, locale__language_code=settings.LANGUAGE_CODE).values_list(
            "translation_key", "city"
        )
    )
    return {
        (page.translation_key, page.locale.language_code): f"{page.title} {cities.get(page.translation_key, '')}"
        for page in pages
    }


class _Institutes:
    """The institutes with their words, read once for a batch."""

    def __init__(self) -> None:
        pages = InstitutePage.objects.defer_streamfields().select_related("locale", "organisation")
        self._by_path = {page.path: page for page in pages}
        self._sources = {
            page.translation_key: page
            for page in self._by_path.values()
            if page.locale.language_code == settings.LANGUAGE_CODE
        }

        self._by_language = {
            (page.translation_key, page.locale.language_code): page for page in self._by_path.values() if page.live
        }

    def above(self, page: Page) -> InstitutePage | None:
        return self._by_path.get(page.path[: -Page.steplen])

    def words(self, institute: InstitutePage | None, language: str) -> str:
        """Its name, acronym and city: the city tells apart those that share an acronym."""
        if institute is None:
            return ""
        source = self._sources.get(institute.translation_key, institute)
        institute = self._by_language.get((institute.translation_key, language), institute)
        words = [institute.title, institute.short_name, source.city]
        if source.organisation:
            body = source.organisation
            words += [body.name.localize(language), body.acronym, body.city]
        return " ".join(words)


# --- When something changes -----------------------------------------------------------------------------------------


def page_changed(sender: type, instance: Page, **kwargs: Any) -> None:
    """Visitors see a page that they did not see, or with other words, or no more."""
    if issubclass(sender, DepartmentPage):
        index([instance.translation_key])
    elif issubclass(sender, HospitalPage):
        places = Location.objects.filter(hospital__translation_key=instance.translation_key)
        index(places.values_list("page__translation_key", flat=True))
    elif issubclass(sender, InstitutePage):
        index_below(instance)


def page_unpublished(sender: type, instance: Page, **kwargs: Any) -> None:
    """Wagtail says so before it deletes a page, too: no entry must be made of one whose rows are going."""
    if not Page.objects.live().filter(pk=instance.pk).exists():
        page_changed(sender, instance)


def page_saved(sender: type, instance: Page, created: bool, **kwargs: Any) -> None:
    """An alias is public as soon as it is made, and nothing says so."""
    if created and instance.alias_of_id and instance.live:
        renew_stamp()
        page_changed(sender, instance)


def restriction_saved(sender: type, instance: PageViewRestriction, **kwargs: Any) -> None:
    """Where visitors no longer see a translation, they see its source."""
    _index_translations(instance.page.path)


def restriction_deleted(sender: type, instance: PageViewRestriction, **kwargs: Any) -> None:
    """Perhaps together with its page, whose row goes last."""
    transaction.on_commit(partial(_index_translations, instance.page.path))


def _index_translations(path: str) -> None:
    """Bring the departments at and below a place in the tree up to date, unless they are sources themselves."""
    pages = DepartmentPage.objects.filter(path__startswith=path).exclude(locale__language_code=settings.LANGUAGE_CODE)
    index(pages.order_by("path").values_list("translation_key", flat=True))


def language_added(sender: type, instance: Locale, created: bool, **kwargs: Any) -> None:
    """Its lists begin with the source's words."""
    if created:
        index_everything()


def page_moved(sender: type, instance: Page, **kwargs: Any) -> None:
    index_below(instance)


def index_below(*pages: Page) -> None:
    """Bring all departments at and below these pages, and in their other languages, up to date."""
    for page in pages:
        places = Page.objects.filter(translation_key=page.translation_key).values_list("path", flat=True)
        for path in {page.path, *places}:
            below = DepartmentPage.objects.filter(path__startswith=path).order_by("path")
            first = list(below.values_list("translation_key", flat=True)[:1])
            # An institute that is published with the same name changes no entry, so the first stands for all.
            if first and (index(first) or not isinstance(page, InstitutePage)):
                index(below.values_list("translation_key", flat=True))


def department_deleted(sender: type, instance: DepartmentPage, **kwargs: Any) -> None:
    """Other languages live on, with themselves as source - once the row of the page is really gone."""
    transaction.on_commit(partial(index, [instance.translation_key]))


def fact_changed(sender: type, instance: ContactLine | Location, **kwargs: Any) -> None:
    changed = index([instance.page.translation_key])
    if changed or not isinstance(instance, ContactLine):
        return
    # Its dates alone may have changed, and with them how many departments have a line for others today.
    if instance.audience != Audience.PATIENTS or _is_a_hospitals(instance):
        renew_stamp()


def _is_a_hospitals(line: ContactLine) -> bool:
    """Such a line is in no entry: the directory remembers what hospitals are called for (`departments.finding`)."""
    return issubclass(line.page.specific_class, HospitalPage)


def many_facts_changed(sender: type, facts: Iterable[ContactLine | Location], **kwargs: Any) -> None:
    """What an import stores past the signals of the models, batch by batch."""
    pages = Page.objects.filter(pk__in={fact.page_id for fact in facts})
    index(pages.values_list("translation_key", flat=True))
    renew_stamp()


def fact_deleted(sender: type, instance: ContactLine | Location, **kwargs: Any) -> None:
    transaction.on_commit(partial(index, [instance.page.translation_key]))
    if isinstance(instance, ContactLine) and _is_a_hospitals(instance):
        transaction.on_commit(renew_stamp)


def specialty_changed(sender: type, instance: Specialty, **kwargs: Any) -> None:
    departments = DepartmentPage.objects.filter(specialties=instance)
    index(departments.values_list("translation_key", flat=True))


def organisation_changed(sender: type, instance: Organisation, **kwargs: Any) -> None:
    index_below(*InstitutePage.objects.filter(organisation=instance))
