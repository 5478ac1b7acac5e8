"""Institutes in templates: to which one a page belongs, and which there are."""

from django import template
from wagtail.models import Page

from institutes import listing
from institutes.models import InstitutePage

register = template.Library()


@register.simple_tag
def institute_of(page: Page | None) -> InstitutePage | None:
    """`{% institute_of page as institute %}`: the institute that `page` is or stands below, None elsewhere."""
    if isinstance(page, InstitutePage):
        return page
    return listing.institute_of(page) if page and page.path else None


@register.simple_tag
def institutes_below(home: Page | None) -> list[InstitutePage]:
    """`{% institutes_below home as institutes %}`: the visible institutes of one language, in the order of the tree."""
    return [page for page in listing.all_institutes() if page.path.startswith(home.path)] if home else []
