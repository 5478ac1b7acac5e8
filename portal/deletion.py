"""Deleting and unpublishing pages: what others rely on does not vanish silently."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.apps import apps
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from wagtail.admin import messages
from wagtail.models import Page

from portal.models import Bundle, BundlePage, Fact, Use


def obstacles(page: Page) -> list[str]:
    """Why `page` and what stands below it cannot be deleted, in sentences that say what to do; empty when it can."""
    doomed = Page.objects.descendant_of(page, inclusive=True)
    translations = Page.objects.filter(translation_key__in=doomed.values("translation_key")).exclude(
        Q(path__startswith=page.path)
    )
    found = [
        _("“%(page)s” is part of the approved bundle “%(bundle)s”: send the bundle back first.")
        % {"page": part.page, "bundle": part.bundle}
        for part in BundlePage.objects.filter(page__in=doomed, is_open=True, bundle__state=Bundle.State.APPROVED)
    ]
    for model in _kinds_of_facts():
        carried = model.objects.kept().filter(
            page__in=doomed, page__translation_key__in=translations.values("translation_key")
        )
        found += [
            _("“%(fact)s” is kept on “%(page)s” for its translations too: delete or move those first.")
            % {"fact": fact, "page": fact.page.title}
            for fact in carried.select_related("page")[:5]
        ]
        found += [
            _("“%(fact)s” is still used. %(where)s: change that first, or unpublish instead of deleting.")
            % {"fact": fact, "where": use.description}
            for fact, use in uses_elsewhere(model, doomed)[:5]
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


def uses_elsewhere(model: type[Fact], pages: QuerySet[Page]) -> list[tuple[Fact, Use]]:
    """The facts of one kind that hang on `pages` and are used on other pages, each with its use."""
    inside = set(pages.values_list("pk", flat=True))
    carried = model.objects.kept().filter(page__in=pages).select_related("page")
    uses = [use for use in carried.uses() if use.page_id not in inside]
    facts = model.objects.select_related("page").in_bulk({use.fact_id for use in uses})
    return [(facts[use.fact_id], use) for use in uses]


def warn_before_unpublishing(request: HttpRequest, pages: Iterable[Any]) -> HttpResponse | None:
    """A page that says what still relies on the facts of `pages`, until the user has read it and goes on."""
    if request.method != "POST" or "unpublish_anyway" in request.POST:
        return None
    chosen = Page.objects.filter(pk__in=[page.pk for page in pages])
    if request.POST.get("include_descendants"):
        for page in pages:
            chosen |= Page.objects.descendant_of(page)
    uses = [pair for model in _kinds_of_facts() for pair in uses_elsewhere(model, chosen)]
    if not uses:
        return None
    context = {
        "page_title": _("Unpublish"),
        "page_subtitle": ", ".join(page.title for page in pages),
        "header_icon": "warning",
        "uses": uses,
        "action_url": request.get_full_path(),
        "sent": [(name, value) for name, values in request.POST.lists() for value in values],
        "back_url": reverse("wagtailadmin_pages:edit", args=[next(iter(pages)).pk]),
    }
    return TemplateResponse(request, "portal/admin/unpublish_warning.html", context)


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
