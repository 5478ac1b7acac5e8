"""Deleting pages: what others rely on does not vanish silently."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.apps import apps
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from wagtail.admin import messages
from wagtail.models import Page

from portal.models import Fact


def obstacles(page: Page) -> list[str]:
    """Why `page` and what stands below it cannot be deleted, in sentences that say what to do; empty when it can."""
    doomed = Page.objects.descendant_of(page, inclusive=True)
    translations = Page.objects.filter(translation_key__in=doomed.values("translation_key")).exclude(
        Q(path__startswith=page.path)
    )
    found = []
    for model in _kinds_of_facts():
        carried = model.objects.kept().filter(
            page__in=doomed, page__translation_key__in=translations.values("translation_key")
        )
        found += [
            _("“%(fact)s” is kept on “%(page)s” for its translations too: delete or move those first.")
            % {"fact": fact, "page": fact.page.title}
            for fact in carried.select_related("page")[:5]
        ]
        for field in model._meta.concrete_fields:
            if field.is_relation and field.name != "page" and issubclass(field.related_model, Page):
                used = model.objects.filter(**{f"{field.name}__in": doomed.values("pk")}).exclude(page__in=doomed)
                found += [
                    _("“%(fact)s” on “%(page)s” refers to it: change that first, or unpublish instead of deleting.")
                    % {"fact": fact, "page": fact.page.title}
                    for fact in used.select_related("page")[:5]
                ]
    return found


def _kinds_of_facts() -> Iterator[type[Fact]]:
    return (model for model in apps.get_models() if issubclass(model, Fact))


def refuse(request: HttpRequest, pages: Iterable[Any]) -> HttpResponse | None:
    """A redirect that explains, when one of `pages` cannot be deleted."""
    for page in pages:
        reasons = obstacles(page)
        if reasons:
            for reason in reasons:
                messages.error(request, reason)
            return redirect("wagtailadmin_pages:edit", page.pk)
    return None
