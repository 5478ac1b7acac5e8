"""The search table of the directory: derived from pages and facts, kept up to date by `departments.indexing`."""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchQuery, SearchVectorField
from django.db import models
from django.db.models import Exists, OuterRef, Q
from wagtail.models import Page, PageViewRestriction

from departments.models.contacts import Audience, ContactLine
from portal.remembering import remembered
from portal.untranslated import locale_of


class Lexemes(SearchQuery):
    """A query for the search table in PostgreSQL's own notation, of folded words alone: `'onco':* & 'paris'`."""

    def __init__(self, notation: str) -> None:
        super().__init__(notation, search_type="raw")
        self.notation = notation

    def as_sql(self, compiler: Any, connection: Any, function: Any = None, template: Any = None) -> tuple[str, list]:
        return "%s::tsquery", [self.notation]


class SearchEntryQuerySet(models.QuerySet["SearchEntry"]):
    """Finding entries. What changes with the day or with who asks is judged here, never stored."""

    def listed(self, language: str, audience: str) -> "SearchEntryQuerySet":
        """What a directory in `language` for `audience` lists today: for patients all, else those with a line."""
        entries = self.filter(locale_id=locale_of(language))
        restricted = remembered("restricted departments", _restricted_paths)
        if restricted:
            entries = entries.exclude(_below(restricted))
        if audience != Audience.PATIENTS:
            entries = entries.filter(audiences__contains=[audience]).with_line(audience)
        return entries

    def with_line(self, audience: str, digits: str = "", extension: str = "") -> "SearchEntryQuerySet":
        """Departments with a line for `audience` that is valid today and, if given, has these digits or extension."""
        lines = ContactLine.objects.for_audience(audience).filter(page_id=OuterRef("source_id")).order_by()
        if digits:
            lines = lines.filter(number__contains=digits)
        if extension:
            lines = lines.filter(extension=extension)
        return self.filter(Exists(lines))

    def at_hospital(self, hospital: Page) -> "SearchEntryQuerySet":
        return self.filter(hospitals__contains=[hospital.translation_key])

    def of_institute(self, institute: Page) -> "SearchEntryQuerySet":
        return self.filter(institute=institute.translation_key)

    def by_name(self) -> "SearchEntryQuerySet":
        return self.order_by("folded_title", "page_id")

    def found_under(self, notation: str) -> "SearchEntryQuerySet":
        return self.filter(words=Lexemes(notation))


class SearchEntry(models.Model):
    """One live department in the lists of one language: folded, and free of what a day or a reader changes.

    The lists are those of the page's own language and, for a source, those of each language in which visitors see no
    translation of it.
    """

    page = models.ForeignKey("wagtailcore.Page", on_delete=models.CASCADE, related_name="+", db_index=False)
    locale = models.ForeignKey("wagtailcore.Locale", on_delete=models.CASCADE, related_name="+", db_index=False)
    source = models.ForeignKey("wagtailcore.Page", on_delete=models.CASCADE, related_name="+")  # facts hang there
    folded_title = models.CharField(max_length=300)
    initial = models.CharField(max_length=1)  # a letter, or 0 for all else
    institute = models.UUIDField(null=True)  # translation keys: the same in every language
    hospitals = ArrayField(models.UUIDField(), default=list)
    specialties = ArrayField(models.BigIntegerField(), default=list)
    audiences = ArrayField(models.CharField(max_length=20), default=list)  # of lines not archived, whatever their dates
    words = SearchVectorField()
    numbers = SearchVectorField()  # every end of every number, so that any part of it begins one; "x1234": extensions

    objects = SearchEntryQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["page", "locale"], name="search_entry_once_per_list")]
        indexes = [
            models.Index(fields=["locale", "folded_title", "page"], name="search_entry_by_name"),
            models.Index(fields=["locale", "initial", "folded_title", "page"], name="search_entry_by_letter"),
            models.Index(fields=["institute", "locale", "folded_title", "page"], name="search_entry_by_institute"),
            GinIndex(fields=["hospitals"], name="search_entry_hospitals", fastupdate=False),
            GinIndex(fields=["specialties"], name="search_entry_specialties", fastupdate=False),
            GinIndex(fields=["audiences"], name="search_entry_audiences", fastupdate=False),
            GinIndex(fields=["words"], name="search_entry_words", fastupdate=False),
            GinIndex(fields=["numbers"], name="search_entry_numbers", fastupdate=False),
        ]

    def __str__(self) -> str:
        return self.folded_title


def _restricted_paths() -> list[str]:
    """Where restrictions hide departments; mostly nowhere, and then no query need ask."""
    paths = PageViewRestriction.objects.values_list("page__path", flat=True)
    return [path for path in paths if SearchEntry.objects.filter(page__path__startswith=path).exists()]


def _below(paths: list[str]) -> Q:
    below = Q()
    for path in paths:
        below |= Q(page__path__startswith=path)
    return below
