"""The directory in the admin: its pages in the menu, the switchboard's screens, references to lines in texts."""

from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import path, reverse, reverse_lazy
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import Menu, MenuItem, SubmenuMenuItem
from wagtail.admin.rich_text.editors.draftail.features import EntityFeature
from wagtail.models import Page
from wagtail.snippets.models import register_snippet
from wagtail.snippets.views.snippets import SnippetViewSet

from departments import (
    duplicates,
    import_views,
    line_lists,
    new_institutes,
    number_report,
    publishing_rules,  # noqa: F401 (registers its hook)
    references,
    verifying,
    words_admin,
)
from departments.call_list import call_list, may_check_lines
from departments.line_chooser import CHOOSER, LineChooser
from departments.models import DepartmentPage, DirectoryPage, Duty, FinderPage, HospitalPage, LineClaim
from departments.models.contacts import Audience
from portal.listings import PagesOfOneType


@hooks.register("register_admin_viewset")
def departments() -> PagesOfOneType:
    return PagesOfOneType(
        "departments",
        model=DepartmentPage,
        icon="clipboard-list",
        menu_label=_("Departments"),
        menu_order=120,
    )


@hooks.register("register_admin_viewset")
def hospitals() -> PagesOfOneType:
    return PagesOfOneType(
        "hospitals",
        model=HospitalPage,
        icon="site",
        menu_label=_("Hospitals"),
        menu_order=140,
    )


# --- The upkeep of the directory, under one entry of the menu ------------------------------------------

DIRECTORY = words_admin.DIRECTORY


@hooks.register("register_admin_menu_item")
def directory_menu() -> MenuItem:
    menu = Menu(register_hook_name=DIRECTORY)
    return SubmenuMenuItem(_("Directory"), menu, name="directory", icon_name="tablet-alt", order=145)


# --- Keeping the directory right ------------------------------------------------------------------


@hooks.register("register_admin_urls")
def urls_of_the_switchboard() -> list[Any]:
    return [
        path("lines/", line_lists.ContactLines.as_view(), name="contact_lines"),
        path("lines/results/", line_lists.ContactLines.as_view(results_only=True), name="contact_lines_results"),
        path("lines/calls/", call_list, name="call_list"),
        path("lines/reports/", line_lists.ReportedNumbers.as_view(), name="reported_numbers"),
        path(
            "lines/reports/results/",
            line_lists.ReportedNumbers.as_view(results_only=True),
            name="reported_numbers_results",
        ),
        path("lines/reports/<int:pk>/", line_lists.reported_number, name="reported_number"),
    ]


class ItemOfTheSwitchboard(MenuItem):
    """Shown to those who have lines to look after."""

    def is_shown(self, request: HttpRequest) -> bool:
        if not hasattr(request, "may_check_lines"):  # three items ask within one request
            request.may_check_lines = may_check_lines(request.user)
        return request.may_check_lines


@hooks.register(DIRECTORY)
def item_of_the_call_list() -> MenuItem:
    return ItemOfTheSwitchboard(
        _("Call list"), reverse_lazy("call_list"), name="call-list", icon_name="tasks", order=10
    )


@hooks.register(DIRECTORY)
def item_of_the_lines() -> MenuItem:
    return ItemOfTheSwitchboard(
        _("Contact lines"), reverse_lazy("contact_lines"), name="contact-lines", icon_name="mobile-alt", order=20
    )


@hooks.register(DIRECTORY)
def item_of_the_reports() -> MenuItem:
    return ItemOfTheSwitchboard(
        _("Reported numbers"), reverse_lazy("reported_numbers"), name="reported-numbers", icon_name="warning", order=30
    )


@hooks.register("register_log_actions")
def line_actions(actions: Any) -> None:
    actions.register_action(verifying.VERIFIED, _("Confirm the number"), _("Number confirmed"))
    actions.register_action(verifying.UNANSWERED, _("No answer"), _("Nobody answered"))


@hooks.register("set_up_institute")
def duty_of_a_new_institute(founding: Any) -> None:
    new_institutes.give_duty(founding)


@hooks.register("close_account")
def give_lines_back(leaving: Any) -> None:
    """What somebody who leaves had before them in the call list goes to whoever calls next."""
    LineClaim.objects.filter(user=leaving.user).delete()


@hooks.register("construct_homepage_panels")
def work_on_numbers(request: HttpRequest, panels: list[Any]) -> None:
    panels += [line_lists.WorkOnNumbers(), words_admin.SearchesWithoutResult()]


@hooks.register("after_fact_saved")
def after_a_line_was_saved(request: HttpRequest, fact: Any) -> None:
    duplicates.after_saving(request, fact)


class DutyViewSet(SnippetViewSet):
    """Who is in charge of the lines of which institute: set by administrators."""

    model = Duty
    icon = "group"
    menu_label = _("Duties of switchboards")
    menu_order = 900
    add_to_settings_menu = True
    list_display = ["group", "institute"]


register_snippet(DutyViewSet)


# --- References to lines in texts -----------------------------------------------------------------


@hooks.register("register_rich_text_features")
def line_references(features: Any) -> None:
    features.register_embed_type(references.LineReferenceHandler)
    features.register_editor_plugin(
        "draftail",
        references.FEATURE,
        EntityFeature(
            {
                "type": references.ENTITY,
                "icon": "mobile-alt",
                "description": _("Number of a line"),
                "attributes": ["uuid", "label", "answers"],
                "failed": _("The list could not be loaded. Check your connection and try again."),
                "chooserUrls": {"lineChooser": reverse_lazy("line_chooser:choose")},
            },
            js=["wagtailadmin/js/chooser-modal.js", "departments/js/line-reference.js"],
        ),
    )
    features.register_converter_rule("contentstate", references.FEATURE, references.CONTENTSTATE_RULE)


@hooks.register("register_admin_viewset")
def line_chooser() -> LineChooser:
    return CHOOSER


@hooks.register("before_serve_page")
def find_references_once(page: Page, request: HttpRequest, args: Any, kwargs: Any) -> None:
    references.begin_serving(page)


class NumbersInTextsItem(MenuItem):
    """The report, for those who may write on pages."""

    def is_shown(self, request: HttpRequest) -> bool:
        return number_report.may_write_texts(request.user)


@hooks.register(DIRECTORY)
def numbers_in_texts() -> MenuItem:
    return NumbersInTextsItem(
        _("Numbers in texts"),
        reverse("numbers_in_texts"),
        name="numbers-in-texts",
        icon_name="pilcrow",
        order=50,
    )


@hooks.register("register_admin_urls")
def number_report_urls() -> list[Any]:
    return number_report.urlpatterns


# --- Finding: specialties, synonyms, the directories for others than patients

register_snippet(words_admin.SpecialtyViewSet)
register_snippet(words_admin.SynonymViewSet)


@hooks.register("register_admin_urls")
def missed_queries() -> list[Any]:
    return words_admin.urlpatterns


@hooks.register(DIRECTORY)
def missed_queries_item() -> MenuItem:
    return words_admin.menu_item()


@hooks.register("unlisted_pages")
def directories_for_others() -> list[DirectoryPage]:
    """Lines for others than patients stand there; search engines are for everybody."""
    return [
        page
        for code, _name in settings.LANGUAGES
        for audience, page in DirectoryPage.by_audience(code).items()
        if audience != Audience.PATIENTS
    ]


# --- Import and export ----------------------------------------------------------------------------


@hooks.register("register_admin_urls")
def import_urls() -> list[Any]:
    return import_views.urlpatterns


class ImportItem(MenuItem):
    """Import and export, for those who may change departments."""

    def is_shown(self, request: HttpRequest) -> bool:
        return import_views.may_import(request.user)


@hooks.register(DIRECTORY)
def imports() -> MenuItem:
    return ImportItem(
        _("Import and export"), reverse_lazy("directory_imports"), name="import-and-export", icon_name="table", order=40
    )


@hooks.register("linked_pages")
def linked_by_the_directory() -> list[QuerySet[Page]]:
    return [model.objects.all() for model in (DepartmentPage, HospitalPage, DirectoryPage, FinderPage)]
