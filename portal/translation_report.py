"""The report "Translations": every page with its languages, to be filtered and exported."""

from typing import Any

import django_filters
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, Q
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.views.reports import PageReportView
from wagtail.models import Page
from wagtail.query import PageQuerySet

from portal import translation_state
from portal.guarded_export import GuardedExport
from portal.listings import may_add_pages, pages_to_work_on
from portal.translation_state import State


def _languages() -> list[tuple[str, str]]:
    return [(code, name) for code, name in settings.LANGUAGES if code != settings.LANGUAGE_CODE]


def _institutes(request: HttpRequest) -> PageQuerySet:
    """Institutes belong to a floor above: they are known by what their pages are called."""
    pages = Page.objects.filter(content_type__app_label="institutes", content_type__model="institutepage")
    return pages.filter(locale__language_code=settings.LANGUAGE_CODE).order_by("title")


class TranslationFilters(WagtailFilterSet):
    """Language, state, institute. A state without a language is that of any language."""

    language = django_filters.ChoiceFilter(label=_("Language"), choices=_languages, method="nothing")
    state = django_filters.ChoiceFilter(label=_("State"), choices=State.choices, method="in_state")
    institute = django_filters.ModelChoiceFilter(label=_("Institute"), queryset=_institutes, method="below")

    class Meta:
        model = Page
        fields: list[str] = []

    def nothing(self, pages: PageQuerySet, name: str, value: str) -> PageQuerySet:
        return pages

    def in_state(self, pages: PageQuerySet, name: str, value: str) -> PageQuerySet:
        chosen = self.form.cleaned_data.get("language")
        return translation_state.in_state(pages, value, [chosen] if chosen else [code for code, _name in _languages()])

    def below(self, pages: PageQuerySet, name: str, value: Page) -> PageQuerySet:
        return pages.descendant_of(value, inclusive=True)


class Translations(GuardedExport, PageReportView):
    """Each page in the source language that the user may change in one of its languages, with its translations."""

    page_title = _("Translations")
    header_icon = "globe"
    results_template_name = "portal/admin/translations_results.html"
    index_url_name = "translations"
    index_results_url_name = "translations_results"
    filterset_class = TranslationFilters
    export_filename = "translations"

    @property
    def list_export(self) -> list[str]:
        return ["title", "full_url", "content_type.name", *(f"state_{code}" for code, _name in _languages())]

    @property
    def export_headings(self) -> dict[str, Any]:
        headings = {"title": _("Title"), "full_url": _("Address"), "content_type.name": _("Type")}
        return headings | {f"state_{code}": name for code, name in _languages()}

    @staticmethod
    def pages_of(user: Any) -> PageQuerySet:
        """The public pages in the source language that `user` may change, or whose translation."""
        theirs = pages_to_work_on(user, Page)
        other = theirs.filter(translation_key=OuterRef("translation_key"))
        pages = Page.objects.filter(locale__language_code=settings.LANGUAGE_CODE, live=True, depth__gt=1)
        return pages.filter(Q(pk__in=theirs.values("pk")) | Q(Exists(other.order_by())))

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not (may_add_pages(request.user) or self.pages_of(request.user).exists()):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_queryset(self) -> PageQuerySet:
        return self.pages_of(self.request.user).select_related("content_type", "locale").order_by("path")

    def decorate_paginated_queryset(self, object_list: Any) -> Any:
        chosen = self.filters.form.cleaned_data.get("language") if self.filters and self.filters.is_valid() else ""
        pages = list(object_list)
        translation_state.add_states(pages)
        for page in pages:
            for state in page.translation_states:
                setattr(page, f"state_{state.language}", state.words)
            if chosen:
                page.translation_states = [one for one in page.translation_states if one.language == chosen]
        return pages
