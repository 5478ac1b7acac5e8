"""Institutes as places in the page tree: whatever stands at its third level, in every language."""

from typing import Any

import django_filters
from django.conf import settings
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from wagtail.models import Page
from wagtail.query import PageQuerySet

DEPTH = 3  # root, home, institute


def institutes() -> PageQuerySet:
    """The pages below the home page of the source language that have pages of their own."""
    pages = Page.objects.filter(depth=DEPTH, numchild__gt=0, locale__language_code=settings.LANGUAGE_CODE)
    return pages.order_by("title")


def within(pages: PageQuerySet, institute: Page) -> PageQuerySet:
    """Those of `pages` that are the institute's page or stand below it, in any language."""
    here = Q(pk__in=[])
    for path in Page.objects.filter(translation_key=institute.translation_key).values_list("path", flat=True):
        here |= Q(path__startswith=path)
    return pages.filter(here)


def titles() -> dict[str, str]:
    """The titles of what stands at that level, by path: `titles().get(page.path[:PREFIX])` is a page's institute."""
    return dict(Page.objects.filter(depth=DEPTH, numchild__gt=0).values_list("path", "title"))


PREFIX = DEPTH * Page.steplen


class InstituteFilter(django_filters.ModelChoiceFilter):
    """Narrows pages to an institute."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(label=_("Institute"), queryset=lambda request: institutes(), **kwargs)

    def filter(self, qs: PageQuerySet, value: Page | None) -> PageQuerySet:
        return within(qs, value) if value else qs
