"""Where contact lines are used: by other lines, by exceptions to the hours, in texts - the live ones and the drafts."""

import re
import uuid
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import Q, TextField
from django.db.models.functions import Cast
from django.urls import reverse
from django.utils.translation import gettext as _
from wagtail.models import Page, ReferenceIndex, Revision

from portal.models import Use

if TYPE_CHECKING:
    from departments.models import ContactLine

EMBED_TYPE = "contact-line"
_FEW = 50  # lines; for more the database would compare longer than it spares
_EMBED = re.compile(rf'<embed\b[^>]*\bembedtype=\\?"{EMBED_TYPE}\\?"[^>]*/>')
_UUID = re.compile(r'\buuid=\\?"([0-9a-fA-F-]{36})\\?"')


def embed(line_uuid: uuid.UUID) -> str:
    """The reference to a line as rich text keeps it."""
    return f'<embed embedtype="{EMBED_TYPE}" uuid="{line_uuid}"/>'


def referenced_in(text: str) -> Iterator[uuid.UUID]:
    """The lines that `text` names: rich text, or anything that holds it, JSON included."""
    for found in _EMBED.findall(text):
        if name := _UUID.search(found):
            yield uuid.UUID(name[1])


def replace_references(html: str, with_what: Callable[[uuid.UUID], str]) -> str:
    """Rich text with each reference replaced by what the function gives for its line."""

    def replaced(found: re.Match[str]) -> str:
        name = _UUID.search(found[0])
        return with_what(uuid.UUID(name[1])) if name else ""

    return _EMBED.sub(replaced, html)


def uses_of(lines: "list[ContactLine]") -> list[Use]:
    """Every place that relies on one of `lines`, in a fixed number of queries."""
    if not lines:
        return []
    return [*_by_lines(lines), *_by_hours(lines), *_by_live_texts(lines), *_by_drafts(lines)]


def _by_lines(lines: "list[ContactLine]") -> Iterator[Use]:
    model = type(lines[0])
    by_pk = {line.pk: line for line in lines}
    using = model.objects.kept().filter(Q(out_of_hours__in=by_pk) | Q(replaced_by__in=by_pk)).select_related("page")
    for other in using:
        words = {"line": other, "page": other.page.title}
        url = reverse("fact_change", args=["departments", "contactline", other.pk])
        if other.out_of_hours_id in by_pk:
            yield Use(
                other.out_of_hours_id,
                _("Called out of hours instead of “%(line)s” (%(page)s)") % words,
                url,
                other.page_id,
            )
        if other.replaced_by_id in by_pk:
            yield Use(other.replaced_by_id, _("Replaces “%(line)s” (%(page)s)") % words, url, other.page_id)


def _by_hours(lines: "list[ContactLine]") -> Iterator[Use]:
    exceptions = lines[0].hours_exceptions.model.objects
    for exception in exceptions.kept().filter(line__in=lines).select_related("page"):
        yield Use(
            exception.line_id,
            _("Exception to the hours: %(exception)s (%(page)s)")
            % {"exception": exception, "page": exception.page.title},
            reverse("fact_change", args=["departments", "hoursexception", exception.pk]),
            exception.page_id,
        )


def _by_live_texts(lines: "list[ContactLine]") -> Iterator[Use]:
    # Lines that point at a line, and its exceptions, are no indexed sources; texts of pages and of snippets are.
    references = ReferenceIndex.get_references_to_in_bulk(lines).filter(
        base_content_type__in=[ContentType.objects.get_for_model(Page)]
    )
    found = {(int(reference.to_object_id), int(reference.object_id)) for reference in references}
    pages = Page.objects.live().select_related("locale").in_bulk({page for _line, page in found})
    for line, pk in sorted(found):
        if pk in pages:
            yield _text(line, pages[pk], _("Text of “%(page)s” (%(language)s)"))


def _by_drafts(lines: "list[ContactLine]") -> Iterator[Use]:
    """Texts that are not live yet: the latest draft of a page, and what is to be published at a set time."""
    named = {str(line.uuid): line.pk for line in lines}
    waiting = Revision.objects.filter(
        Q(pk__in=Page.objects.filter(Q(has_unpublished_changes=True) | Q(live=False)).values("latest_revision"))
        | Q(approved_go_live_at__isnull=False),
        base_content_type=ContentType.objects.get_for_model(Page),
    ).annotate(text=Cast("content", TextField()))
    holding = waiting.filter(text__contains=EMBED_TYPE)
    if len(named) <= _FEW:
        holding = holding.filter(text__regex="|".join(named))
    found = {
        (named[str(name)], int(revision.object_id))
        for revision in holding.only("object_id")
        for name in referenced_in(revision.text)
        if str(name) in named
    }
    pages = Page.objects.select_related("locale").in_bulk({page for _line, page in found})
    for line, pk in sorted(found):
        if pk in pages:
            yield _text(line, pages[pk], _("Draft of “%(page)s” (%(language)s)"))


def _text(line: int, page: Page, sentence: str) -> Use:
    words: dict[str, Any] = {"page": page.title, "language": page.locale.get_display_name()}
    return Use(line, sentence % words, reverse("wagtailadmin_pages:edit", args=[page.pk]), page.pk)
