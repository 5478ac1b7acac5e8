"""Whether a page may be published as it stands, and what to mend first.

`judge` is pure: it reads the page in hand with whatever was not saved yet, and changes nothing. What it has to look
up - pages, pictures, documents that the page names - `Known` gathers in one place, for one page or for hundreds.
Rules come from the floors through the hook `publishing_rules`, whose functions give lists of `Rule`.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from wagtail import hooks
from wagtail.documents import get_document_model
from wagtail.images import get_image_model
from wagtail.models import Page, Site

from portal.content import Content, Path


class Severity(StrEnum):
    """What becomes of a page with such a finding: an error keeps it from being published, a warning asks."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True)
class Place:
    """Where a finding stands: in words, and as the path that Wagtail's editor knows it by.

    `url` is set where the finding is mended elsewhere: a fact, a picture, a document.
    """

    label: str
    path: Path = ()
    url: str = ""

    def __str__(self) -> str:
        return self.label


@dataclass(frozen=True)
class Finding:
    """Something on a page that keeps visitors from reading or reaching it; `message` says what to do."""

    severity: Severity
    rule: str
    message: str
    where: Place

    def __str__(self) -> str:
        return _("%(where)s: %(message)s") % {"where": self.where, "message": self.message}

    @property
    def is_error(self) -> bool:
        return self.severity == Severity.ERROR


@dataclass(frozen=True)
class Flaw:
    """What a rule found on one of the pages that it was given. The words are in the language now active."""

    content: Content
    severity: Severity
    message: str
    where: Place


@dataclass(frozen=True)
class Rule:
    """One thing that is looked for, on many pages at once and with a fixed number of queries."""

    name: str
    label: Any
    """For lists and sums, lazily translated."""
    look: "Callable[[Sequence[Content], Known], Iterable[Flaw]]"


class NotPublishable(ValidationError):
    """A page was to be published although errors stand; `findings` says which. Nothing was published."""

    def __init__(self, page: Page, findings: list[Finding]) -> None:
        self.page = page
        self.findings = findings
        first = _("“%(page)s” cannot be published yet.") % {"page": page.title}
        super().__init__([first, *map(str, findings)], code="not_publishable")


@dataclass
class Known:
    """The pages, documents and pictures that some pages name, each kind found with one query, when first asked for."""

    contents: Sequence[Content] = field(repr=False)

    @cached_property
    def pages(self) -> dict[int, Page]:
        keys = {link.page for content in self.contents for link in content.links if link.page}
        found = Page.objects.filter(pk__in=keys).select_related("locale")
        return {page.pk: page for page in found.defer_streamfields()} if keys else {}

    @cached_property
    def documents(self) -> dict[int, Any]:
        keys = {link.document for content in self.contents for link in content.links if link.document}
        return get_document_model().objects.in_bulk(keys) if keys else {}

    @cached_property
    def images(self) -> dict[int, Any]:
        keys = {picture.image for content in self.contents for picture in content.pictures}
        keys |= {content.page.share_image_id for content in self.contents if content.page.share_image_id}
        return get_image_model().objects.in_bulk(keys) if keys else {}

    @cached_property
    def hosts(self) -> set[str]:
        """The names under which the portal itself is reached."""
        return {name.lower() for name in Site.objects.values_list("hostname", flat=True)}


def rules() -> list[Rule]:
    """Every rule of every floor."""
    return [rule for give in hooks.get_hooks("publishing_rules") for rule in give()]


def judge(page: Page) -> list[Finding]:
    """What is to be mended on `page`, errors first, then in the order of the page."""
    return judge_all([page])[0]


def judge_all(pages: Sequence[Page]) -> list[list[Finding]]:
    """What is to be mended on each of `pages`, with as many queries as for one."""
    contents = [Content(page) for page in pages]
    known = Known(contents)
    found: dict[int, list[Finding]] = {id(content): [] for content in contents}
    for rule in rules():
        for flaw in rule.look(contents, known):
            found[id(flaw.content)].append(Finding(flaw.severity, rule.name, flaw.message, flaw.where))
    return [sorted(found[id(content)], key=_order(content)) for content in contents]


def _order(content: Content) -> Callable[[Finding], tuple[bool, int]]:
    places = {piece.path: number for number, piece in enumerate(content.pieces)}
    return lambda finding: (not finding.is_error, places.get(finding.where.path, -1))


def errors_of(page: Page) -> list[Finding]:
    return [finding for finding in judge(page) if finding.is_error]


def refuse_errors(page: Page) -> None:
    """NotPublishable when an error stands on `page`."""
    if errors := errors_of(page):
        raise NotPublishable(page, errors)
