"""Whether a page's translations say what their source says: translated, out of date since a day, missing.

Words are compared, not versions: texts and streams of the public source. Facts, settings, addresses and pictures that
are not part of a stream never make a translation out of date. `TranslationMark` keeps the words that a translation
was made from; every publication compares, so that lists only read.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from modelcluster.models import get_all_child_relations
from wagtail.admin.compare import ChildRelationComparison, comparison_class_registry
from wagtail.fields import StreamField
from wagtail.models import Locale, Page
from wagtail.query import PageQuerySet
from wagtail.signals import copy_for_translation_done, page_published

from portal.models import BasePage, TranslationMark
from portal.remembering import remembered

_OF_EVERY_PAGE = ("title", "seo_title", "search_description")
_NO_WORDS = (models.EmailField, models.URLField, models.SlugField)


class State(models.TextChoices):
    TRANSLATED = "translated", _("Translated")
    OUT_OF_DATE = "out_of_date", _("Out of date")
    MISSING = "missing", _("Missing")


@dataclass(frozen=True)
class Translation:
    """A page in one language, as its list, its editor and the report tell it."""

    language: str
    state: State
    since: datetime | None = None
    page_id: int | None = None
    is_draft: bool = False  # a translation was begun and is not public yet
    will_follow: bool = False  # the draft says what the source says now

    @property
    def language_name(self) -> str:
        return dict(settings.LANGUAGES).get(self.language, self.language)

    @property
    def alone(self) -> list["Translation"]:
        """For the template that shows several."""
        return [self]

    @property
    def words(self) -> str:
        if self.state == State.OUT_OF_DATE and self.since:
            day = date_format(timezone.localtime(self.since), "SHORT_DATE_FORMAT")
            return gettext("Out of date since %(day)s") % {"day": day}
        if self.state == State.MISSING and self.is_draft:
            return gettext("Missing: only a draft")
        return str(self.state.label)

    def __str__(self) -> str:
        return f"{self.language_name}: {self.words}"


# --- Words ----------------------------------------------------------------------------------------


def translated_fields(model: type[BasePage]) -> list[Any]:
    """The fields of a page that a translator writes, in the order of the model."""
    return [
        field
        for field in model._meta.concrete_fields
        if field.name in _OF_EVERY_PAGE
        or (field.model is not Page and field.name not in model.source_only and _holds_words(field))
    ]


def translated_rows(model: type[BasePage]) -> list[Any]:
    """The relations to rows of a page with texts in them: the questions of a form, for example."""
    of_every_page = {relation.get_accessor_name() for relation in get_all_child_relations(Page)}
    return [
        relation
        for relation in get_all_child_relations(model)
        if relation.get_accessor_name() not in {*of_every_page, *model.source_only}
        and any(map(_holds_words, relation.related_model._meta.concrete_fields))
    ]


def _holds_words(field: Any) -> bool:
    if isinstance(field, StreamField):
        return True
    if field.name == "clean_name":  # what Wagtail's forms call a question between themselves
        return False
    is_text = isinstance(field, (models.CharField, models.TextField)) and not isinstance(field, _NO_WORDS)
    return is_text and field.editable and not field.choices


def words_of(page: BasePage) -> dict[str, Any]:
    """What the page says, as it can be stored."""
    data = json.loads(page.to_json())
    names = [field.name for field in translated_fields(type(page))]
    names += [relation.get_accessor_name() for relation in translated_rows(type(page))]
    return {name: data[name] for name in names if name in data}


def digest(model: type[BasePage], words: dict[str, Any]) -> str:
    """The same for the same words, whatever their blocks and rows are numbered."""
    return hashlib.sha256(json.dumps(_bare(model, words), sort_keys=True).encode()).hexdigest()


def _bare(model: type[BasePage], words: dict[str, Any]) -> dict[str, Any]:
    bare: dict[str, Any] = {}
    for field in translated_fields(model):
        value = words.get(field.name) or ""
        bare[field.name] = _without_ids(json.loads(value or "[]")) if isinstance(field, StreamField) else value
    for relation in translated_rows(model):
        names = [field.name for field in relation.related_model._meta.concrete_fields if _holds_words(field)]
        name = relation.get_accessor_name()
        bare[name] = [[row.get(column) or "" for column in names] for row in words.get(name) or []]
    return bare


def _without_ids(value: Any) -> Any:
    """A stream's raw data without the numbers of its blocks."""
    if isinstance(value, list):
        return [_without_ids(item) for item in value]
    if isinstance(value, dict):
        is_block = {"type", "value"} <= value.keys()
        return {key: _without_ids(item) for key, item in value.items() if not (is_block and key == "id")}
    return value


def differ(model: type[BasePage], words: dict[str, Any], others: dict[str, Any]) -> bool:
    return _bare(model, words) != _bare(model, others)


# --- Marks ----------------------------------------------------------------------------------------


def source_of(page: BasePage) -> BasePage | None:
    """The page in the source language as visitors read it; None for a source and for a page that has none."""
    if page.is_source:
        return None
    same = type(page).objects.filter(translation_key=page.translation_key)
    return same.filter(locale__language_code=settings.LANGUAGE_CODE).first()


def mark_of(page: Page) -> TranslationMark | None:
    return TranslationMark.objects.filter(page_id=page.pk).first()


def _mark(page: Page, source: BasePage, words: dict[str, Any] | None = None) -> None:
    TranslationMark.objects.create(
        page_id=page.pk,
        source_words=words_of(source) if words is None else words,
        source_day=source.last_published_at,
    )


def intend(page: BasePage, seen: str) -> bool:
    """The next published version of `page` follows its source as the translator saw it: the digest of its words.

    False where the source has changed since, or nothing was seen: then what was intended before is forgotten.
    A page without a draft follows at once.
    """
    source, mark = source_of(page), mark_of(page)
    if source is None:
        return False
    if mark is None:
        mark = TranslationMark(page_id=page.pk, source_words={}, behind_since=timezone.now())
    words = words_of(source)
    fits = digest(type(source), words) == seen
    mark.next_words, mark.next_day = (words, source.last_published_at) if fits else (None, None)
    mark.save()
    if fits and not Page.objects.filter(pk=page.pk).filter(Q(live=False) | Q(has_unpublished_changes=True)).exists():
        _follow(mark, source)
    return fits


def follow(page: BasePage) -> None:
    """The public `page` says what its source says now: whoever put both in by code knows that."""
    source, mark = source_of(page), mark_of(page)
    if source and mark:
        mark.next_words, mark.next_day = words_of(source), source.last_published_at
        _follow(mark, source)


def _follow(mark: TranslationMark, source: BasePage) -> None:
    """What was intended holds from now on."""
    if mark.next_words is None:
        return
    mark.source_words, mark.source_day, mark.next_words, mark.next_day = mark.next_words, mark.next_day, None, None
    mark.behind_since = (
        (source.last_published_at or timezone.now())
        if differ(type(source), mark.source_words, words_of(source))
        else None
    )
    mark.save()


def _after_publishing(instance: Page, **kwargs: Any) -> None:
    if not isinstance(instance, BasePage) or instance.alias_of_id:
        return
    if instance.is_source:
        _compare_translations(instance)
        return
    source, mark = source_of(instance), mark_of(instance)
    if source and mark:
        _follow(mark, source)
    elif source:
        _mark(instance, source)


def _compare_translations(source: BasePage) -> None:
    pages = Page.objects.filter(translation_key=source.translation_key, alias_of=None).exclude(pk=source.pk)
    pages = pages.select_related("translation_mark")
    words = words_of(source) if pages else {}
    for page in pages:
        mark = getattr(page, "translation_mark", None)
        if mark is None and page.live:
            _mark(page, source, words)
        elif mark:
            is_behind = differ(type(source), mark.source_words, words)
            if is_behind != bool(mark.behind_since):
                mark.behind_since = timezone.now() if is_behind else None
                mark.save(update_fields=["behind_since"])


def _after_copying(source_obj: Any, target_obj: Any, **kwargs: Any) -> None:
    """A translation begins with the words of the page that it was copied from."""
    if not isinstance(target_obj, BasePage) or target_obj.alias_of_id or target_obj.is_source:
        return
    source = source_of(target_obj)
    if source is None:
        return
    other = mark_of(source_obj)  # copied from another translation: as far behind as that one
    TranslationMark.objects.update_or_create(
        page_id=target_obj.pk,
        defaults={
            "source_words": other.source_words if other else words_of(source_obj.specific),
            "source_day": other.source_day if other else source.last_published_at,
            "behind_since": other.behind_since if other else None,
        },
    )


def begin_from_alias(page: BasePage) -> None:
    """An alias that became a page of its own still has the source's words: they wait for a translator."""
    source = source_of(page.specific)
    if source and not mark_of(page):
        _mark(page, source)
        TranslationMark.objects.filter(page_id=page.pk).update(behind_since=timezone.now())


def mark_what_is_there() -> int:
    """Marks for the public translations of a portal that had none yet: they count as made from today's words."""
    pages = Page.objects.filter(live=True, alias_of=None, translation_mark=None, depth__gt=1)
    made = 0
    for page in pages.exclude(locale__language_code=settings.LANGUAGE_CODE).specific().iterator(chunk_size=200):
        if isinstance(page, BasePage) and (source := source_of(page)):
            _mark(page, source)
            made += 1
    return made


def watch() -> None:
    page_published.connect(_after_publishing)
    copy_for_translation_done.connect(_after_copying)


# --- States ---------------------------------------------------------------------------------------


def _codes() -> dict[int, str]:
    return remembered("languages", lambda: dict(Locale.objects.values_list("pk", "language_code")))


def states_of(pages: Iterable[Page]) -> dict[int, list[Translation]]:
    """The states of `pages`, by page, in one query: of a source its other languages, of a translation its own."""
    pages, codes = list(pages), _codes()
    found: dict[tuple[Any, str], dict[str, Any]] = {}
    rows = Page.objects.filter(translation_key__in={page.translation_key for page in pages}).values(
        "pk", "translation_key", "locale_id", "live", "alias_of_id", "translation_mark__pk",
        "translation_mark__behind_since", "translation_mark__next_day",
    )  # fmt: skip
    for row in rows if pages else []:
        found[row["translation_key"], codes.get(row["locale_id"], "")] = row
    states = {}
    for page in pages:
        own, source = codes.get(page.locale_id, ""), settings.LANGUAGE_CODE
        if own == source:
            languages = [code for code, _name in settings.LANGUAGES if code != source]
        else:  # a page without a source lacks that
            languages = [own if (page.translation_key, source) in found else source]
        states[page.pk] = [_state(code, found.get((page.translation_key, code))) for code in languages]
    return states


def _state(language: str, row: dict[str, Any] | None) -> Translation:
    if row is None or row["alias_of_id"]:
        return Translation(language, State.MISSING)
    if not row["live"]:
        return Translation(language, State.MISSING, page_id=row["pk"], is_draft=True)
    if row["translation_mark__pk"] and not row["translation_mark__behind_since"]:
        return Translation(language, State.TRANSLATED, page_id=row["pk"])
    return Translation(
        language,
        State.OUT_OF_DATE,
        since=row["translation_mark__behind_since"],
        page_id=row["pk"],
        will_follow=bool(row["translation_mark__next_day"]),
    )


def add_states(pages: Iterable[Page]) -> None:
    """Gives each of `pages` its `translation_states`, for lists."""
    pages = list(pages)
    states = states_of(pages)
    for page in pages:
        page.translation_states = states[page.pk]


def in_state(sources: PageQuerySet, state: str, languages: list[str]) -> PageQuerySet:
    """Those of `sources` that are in `state` in at least one of `languages`."""
    wanted = Q(pk=None)
    for code in languages:
        public = Page.objects.filter(
            translation_key=OuterRef("translation_key"), locale__language_code=code, live=True, alias_of=None
        )
        follows = Exists(public.filter(translation_mark__isnull=False, translation_mark__behind_since=None))
        wanted |= {
            State.TRANSLATED: Q(follows),
            State.OUT_OF_DATE: Q(Exists(public)) & ~Q(follows),
            State.MISSING: ~Q(Exists(public)),
        }[State(state)]
    return sources.filter(wanted)


# --- What changed ---------------------------------------------------------------------------------


def differences(source: BasePage, then: dict[str, Any]) -> dict[str, Any]:
    """For each field and relation of `source` that a translator writes: how it differs from the words of `then`.

    Wagtail's own comparisons, of revisions: `field_label`, `has_changed`, `htmldiff`.
    """
    model = type(source)
    before = model.from_serializable_data(json.loads(source.to_json()) | then, check_fks=False)
    found = {}
    for field in translated_fields(model):
        found[field.name] = comparison_class_registry.get(field)(field, before, source)
    for relation in translated_rows(model):
        columns = [
            lambda a, b, column=column: comparison_class_registry.get(column)(column, a, b)
            for column in relation.related_model._meta.concrete_fields
            if _holds_words(column)
        ]
        found[relation.get_accessor_name()] = ChildRelationComparison(relation, columns, before, source)
    return found
