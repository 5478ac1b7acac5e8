"""Institutes in templates: to which one a page belongs, and which there are."""

from django import template
from wagtail.models import Page

from institutes.models import InstitutePage

register = template.Library()


@register.simple_tag
def institute_of(page: Page | None) -> InstitutePage | None:
    """`{% institute_of page as institute %}`: the institute that `page` is or stands below, None elsewhere."""
    if isinstance(page, InstitutePage) or not page or not page.pk:
        return page if isinstance(page, InstitutePage) else None
    if not hasattr(page, "_institute"):
        page._institute = (
            InstitutePage.objects.ancestor_of(page).select_related("locale").first() if page.depth > 2 else None
        )
    return page._institute


@register.simple_tag
def institutes_below(home: Page | None):
    """`{% institutes_below home as institutes %}`: the live institutes of one language, in the order of the tree."""
    if not home:
        return InstitutePage.objects.none()
    return InstitutePage.objects.live().public().child_of(home).select_related("locale").order_by("path")
