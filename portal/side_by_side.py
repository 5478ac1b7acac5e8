"""A translation beside its source: Wagtail's own edit screen, each field under what the source says there."""

from collections.abc import Iterator
from functools import cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from wagtail.admin.panels import FieldPanel, InlinePanel, Panel
from wagtail.admin.viewsets.pages import page_viewset_registry
from wagtail.models import Page

from portal import translation_state


class BesideSource:
    """Mixed into the edit screen of pages; saving, submitting and publishing work as they do there."""

    def dispatch(self, request: HttpRequest, page_id: int, **kwargs: Any) -> HttpResponse:
        page = get_object_or_404(Page, pk=page_id).specific
        if page.alias_of_id or translation_state.source_of(page) is None:
            return redirect("wagtailadmin_pages:edit", page_id)
        return super().dispatch(request, page_id, **kwargs)

    def get_edit_url(self) -> str:
        return reverse("side_by_side", args=(self.page.pk,))

    def get_page_title(self) -> str:
        return _("Translate side by side")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        source = translation_state.source_of(self.page)
        mark = translation_state.mark_of(self.page)
        words = translation_state.words_of(source)
        told = translation_state.differences(source, mark.source_words if mark and mark.source_words else words)
        for panel in _panels(context["edit_handler"]):
            name = _name(panel)
            if name in told:
                panel.own_template, panel.template_name = panel.template_name, "portal/admin/beside_source.html"
                panel.told, panel.told_by = told[name], source
                panel.was_changed = told[name].has_changed()
        return context


@cache
def _view() -> Any:
    """The edit screen as the rest of the house has made it."""
    editor = page_viewset_registry.get_by_type(Page).edit_view_class
    return type("SideBySide", (BesideSource, editor), {}).as_view()


def side_by_side(request: HttpRequest, page_id: int) -> HttpResponse:
    return _view()(request, page_id=page_id)


def _panels(panel: Any) -> Iterator[Any]:
    yield panel
    for child in getattr(panel, "children", ()):
        if isinstance(child, Panel.BoundPanel):
            yield from _panels(child)


def _name(panel: Any) -> str | None:
    if isinstance(panel, FieldPanel.BoundPanel):
        return panel.field_name
    return panel.panel.relation_name if isinstance(panel, InlinePanel.BoundPanel) else None
