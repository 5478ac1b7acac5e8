"""Translations in the admin: the column of lists, the box that says that a translation follows, the report."""

from typing import Any

from django.http import HttpRequest
from django.urls import path, reverse_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail import hooks
from wagtail.admin import messages
from wagtail.admin.menu import MenuItem
from wagtail.admin.viewsets.pages import PageViewSet, page_viewset_registry
from wagtail.models import Page

from portal import translation_state
from portal.listings import Explorer, may_add_pages
from portal.side_by_side import side_by_side
from portal.translation_report import Translations


@hooks.register("register_admin_viewset", order=100)
def pages_with_their_languages() -> PageViewSet:
    """The screens of pages as the rest of the house has made them, with our list."""
    others = page_viewset_registry.get_by_type(Page)
    return type("PagesWithLanguages", (type(others),), {"index_view_class": Explorer})()


# First of all: who may not publish is led elsewhere by the hooks that come later, and the box was ticked all the same.
@hooks.register("before_publish_page", order=-10)
@hooks.register("after_edit_page", order=-10)
def follow_the_source(request: HttpRequest, page: Page) -> None:
    """The box "follows the source" of the edit screen: ticked it holds for what is published next, unticked it ends."""
    if "source_seen" not in request.POST:
        return
    seen = request.POST.get("follows_source", "")
    if not translation_state.intend(page.specific, seen) and seen:
        messages.warning(
            request, _("The source has changed while you translated. Look at what changed, then tick the box again.")
        )


@hooks.register("after_convert_alias_page")
def wait_for_a_translator(request: HttpRequest, page: Page) -> None:
    translation_state.begin_from_alias(page)


class TranslationsItem(MenuItem):
    def is_shown(self, request: HttpRequest) -> bool:
        return may_add_pages(request.user) or Translations.pages_of(request.user).exists()


@hooks.register("register_reports_menu_item")
def report_of_translations() -> MenuItem:
    return TranslationsItem(
        gettext_lazy("Translations"), reverse_lazy("translations"), name="translations", icon_name="globe", order=650
    )


@hooks.register("register_admin_urls")
def urls_of_translations() -> list[Any]:
    return [
        path("side-by-side/<int:page_id>/", side_by_side, name="side_by_side"),
        path("reports/translations/", Translations.as_view(), name="translations"),
        path("reports/translations/results/", Translations.as_view(results_only=True), name="translations_results"),
    ]
