"""Finding typed numbers on every page, in every language, and putting references in their place."""

import dataclasses
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from wagtail.models import Page, get_page_models
from wagtail.query import PageQuerySet

from departments.models import ContactLine
from departments.models.contacts import Audience
from departments.numbers_in_text import OBSTACLES, Written, in_plain_text, in_rich_text, with_reference
from departments.references import FEATURE
from departments.uses import embed
from portal.content import put, texts_of
from portal.fields import WordingField, WordingTextField
from portal.models import Fact, Notice, User

_NO_LINE = _("No line has this number. Add it to its department first, or take the number out of the text.")
_NOT_FOR_PATIENTS = _("The line with this number is not for patients: it must not stand in a text that they read.")
_ANOTHER_EXTENSION = _("A line has this number with another extension, or with none. Look which is right.")
_NO_REFERENCES = _("This field takes no references: take the number out by hand.")
_LIVE_ALONE = _("The draft no longer has it: publish the draft.")


@dataclass(frozen=True)
class Finding:
    """A number that somebody typed, where, and what can be done about it."""

    title: str
    language: str
    where: str
    number: Written
    edit_url: str
    page: Page | None = None
    path: tuple[str, ...] = ()
    takes_references: bool = False
    is_live: bool = True
    is_draft: bool = False
    lines: list[ContactLine] = field(default_factory=list)
    others: list[ContactLine] = field(default_factory=list)

    @property
    def key(self) -> str:
        """What names the finding in an address; it holds for as long as the text stays as it is."""
        page = self.page.pk if self.page else ""
        return "|".join([str(page), ".".join(self.path), str(self.number.start), str(self.number.phone)])

    @property
    def is_known(self) -> bool:
        return bool(self.lines or self.others)

    @property
    def version(self) -> str:
        """Whether visitors read the number, or whether it waits in a draft, or both."""
        if self.is_live and self.is_draft:
            return _("read by visitors, and in the draft")
        return _("only in the draft") if self.is_draft else _("read by visitors")

    @property
    def advice(self) -> str:
        """Why it cannot be replaced here, with what to do instead; "" where it can."""
        if self.number.obstacle and self.page is not None:
            return OBSTACLES[self.number.obstacle]
        if self.page is None or not self.takes_references:
            return _NO_REFERENCES
        if self.lines:
            return _LIVE_ALONE if self.is_live and not self.is_draft and self.page.has_unpublished_changes else ""
        if any(line.audience != Audience.PATIENTS for line in self.others):
            return _NOT_FOR_PATIENTS
        return _ANOTHER_EXTENSION if self.others else _NO_LINE

    @property
    def can_be_replaced(self) -> bool:
        return not self.advice

    # --- what the export writes
    @property
    def excerpt(self) -> str:
        return f"{self.number.before}{self.number.written}{self.number.after}"

    @property
    def known_lines(self) -> str:
        return ", ".join(f"{line} ({line.page.title})" for line in (*self.lines, *self.others))


def findings(pages: PageQuerySet | None = None, *, with_notices: bool = True) -> list[Finding]:
    """The typed numbers of `pages` (all pages by default), of their facts and, unless told otherwise, of notices."""
    found = list(_on_pages(Page.objects.filter(depth__gt=1) if pages is None else pages))
    return _with_lines([*found, *_in_wordings(pages, with_notices)])


def findings_of(page: Page) -> list[Finding]:
    """The typed numbers of one page."""
    return _with_lines(list(_of_page(page)))


def _on_pages(pages: PageQuerySet) -> Iterator[Finding]:
    chosen = pages.filter(alias_of=None).values("pk")  # an alias says what its source says
    for model in get_page_models():
        of_type = model.objects.exact_type(model).filter(pk__in=chosen).order_by("path")
        for page in of_type.select_related("locale", "latest_revision").iterator(chunk_size=200):
            yield from _of_page(page)


def _of_page(page: Page) -> Iterator[Finding]:
    has_draft = bool(page.latest_revision_id) and (page.has_unpublished_changes or not page.live)
    live = list(_in_texts(page)) if page.live else []
    latest = list(_in_texts(page.get_latest_revision_as_object())) if has_draft else []
    in_draft = {(one.path, one.number.phone) for one in latest}
    on_line = {(one.path, one.number.phone) for one in live}
    for one in latest:
        yield _told(one, page, is_live=(one.path, one.number.phone) in on_line, is_draft=True)
    for one in live:
        if (one.path, one.number.phone) not in in_draft:
            yield _told(one, page, is_live=True, is_draft=False)


def _told(finding: Finding, page: Page, **what: bool) -> Finding:
    return dataclasses.replace(finding, page=page, **what)


def _in_texts(page: Page) -> Iterator[Finding]:
    for text in texts_of(page):
        for number in (in_rich_text if text.is_rich else in_plain_text)(text.value):
            yield Finding(
                title=page.title,
                language=page.locale.language_code,
                where=text.label,
                number=number,
                edit_url=reverse("wagtailadmin_pages:edit", args=[page.pk]),
                page=page,
                path=text.path,
                takes_references=text.takes(FEATURE),
            )


def _in_wordings(pages: PageQuerySet | None, with_notices: bool) -> Iterator[Finding]:
    """Numbers in the words of facts - instructions above all - and of notices."""
    for model in apps.get_models():
        fields = [one for one in model._meta.concrete_fields if isinstance(one, WordingField | WordingTextField)]
        if not fields or not (issubclass(model, Fact) or (model is Notice and with_notices)):
            continue
        rows = model.objects.all()
        if issubclass(model, Fact):
            rows = rows.kept().select_related("page")
            if pages is not None:
                rows = rows.filter(page__in=pages.values("pk"))
        for row in rows.iterator(chunk_size=500):
            for wording in fields:
                texts = getattr(wording.value_from_object(row), "data", None)
                for language, text in (texts if isinstance(texts, dict) else {}).items():
                    for number in in_plain_text(text or ""):
                        yield Finding(
                            title=str(row.page.title if issubclass(model, Fact) else row),
                            language=language,
                            where=f"{capfirst(str(model._meta.verbose_name))} → {capfirst(str(wording.verbose_name))}",
                            number=number,
                            edit_url=_edit_url(row),
                        )


def _edit_url(row: Any) -> str:
    if isinstance(row, Fact):
        return reverse("fact_change", args=[row._meta.app_label, row._meta.model_name, row.pk])
    return reverse(row.snippet_viewset.get_url_name("edit"), args=[row.pk])


def _with_lines(found: list[Finding]) -> list[Finding]:
    """Tell each finding which lines have its number: those that it may name, and the others."""
    numbers = {one.number.phone.number for one in found}
    kept = ContactLine.objects.kept().filter(number__in=numbers).select_related("page")
    patients = set(ContactLine.objects.for_patients().filter(number__in=numbers).values_list("pk", flat=True))
    by_number = defaultdict(list)
    for line in kept:
        by_number[line.number].append(line)
    for one in found:
        for line in by_number[one.number.phone.number]:
            may_be_named = line.pk in patients and line.extension == one.number.phone.extension
            (one.lines if may_be_named else one.others).append(line)
    return found


# --- Putting references in their place ------------------------------------------------------------


@dataclass(frozen=True)
class Choice:
    """A number that is to give way to a reference to `line`."""

    finding: Finding
    line: ContactLine

    @property
    def reference(self) -> str:
        return embed(self.line.uuid)


@dataclass(frozen=True)
class Outcome:
    """What became of the choices on one page."""

    page: Page
    replaced: int
    is_published: bool
    out_of_date: int = 0


def replace(choices: Iterable[Choice], user: User) -> list[Outcome]:
    """Put the references in place, page by page, each in a new revision.

    It is published where nothing else waits to be published and the user may publish; else it is saved as a
    draft. PermissionDenied where the user may not edit a page; ValidationError where the page is no longer valid.
    """
    by_page = defaultdict(list)
    for choice in choices:
        by_page[choice.finding.page.pk].append(choice)
    return [_replace_on_page(pk, chosen, user) for pk, chosen in by_page.items()]


@transaction.atomic
def _replace_on_page(pk: int, choices: list[Choice], user: User) -> Outcome:
    page = Page.objects.select_for_update().get(pk=pk).specific
    permissions = page.permissions_for_user(user)
    if not permissions.can_edit() or permissions.page_locked():
        raise PermissionDenied
    may_publish = page.live and not page.has_unpublished_changes and permissions.can_publish()
    latest = page.get_latest_revision_as_object() if page.latest_revision_id else page
    replaced = 0
    # From the end of each text to its beginning, so that what stands before stays where it was found.
    for choice in sorted(choices, key=lambda one: one.finding.number.start, reverse=True):
        replaced += _replace_one(latest, choice)
    if replaced:
        revision = latest.save_revision(user=user, log_action=True)
        if may_publish:
            # The words stay; a reference shows the number that stood there. Nobody has to read it first.
            revision.publish(user=user, skip_permission_checks=True)
    return Outcome(page, replaced, bool(replaced) and may_publish, len(choices) - replaced)


def _replace_one(page: Page, choice: Choice) -> bool:
    wanted = choice.finding.number
    text = next((one for one in texts_of(page) if one.path == choice.finding.path), None)
    numbers = in_rich_text(text.value) if text and text.takes(FEATURE) else []
    number = next((one for one in numbers if (one.start, one.phone) == (wanted.start, wanted.phone)), None)
    if number is None or number.obstacle:
        return False
    put(page, text.path, with_reference(text.value, number, choice.line.uuid))
    return True


def pages_of(institute: Page) -> PageQuerySet:
    """The pages of an institute in every language."""
    roots = Page.objects.filter(translation_key=institute.translation_key)
    within = Q()
    for root in roots:
        within |= Q(path__startswith=root.path)
    return Page.objects.filter(within)
