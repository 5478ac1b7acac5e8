"""Departments and hospitals in the admin's menu; the switchboard's call list, lines and reports."""

from typing import Any

from django.http import HttpRequest
from django.urls import path, reverse_lazy
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.snippets.models import register_snippet
from wagtail.snippets.views.snippets import SnippetViewSet

from departments import duplicates, line_lists, verifying
from departments.call_list import call_list, may_check_lines
from departments.models import DepartmentPage, Duty, HospitalPage
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


@hooks.register("register_admin_menu_item")
def item_of_the_call_list() -> MenuItem:
    return ItemOfTheSwitchboard(
        _("Call list"), reverse_lazy("call_list"), name="call-list", icon_name="tasks", order=150
    )


@hooks.register("register_admin_menu_item")
def item_of_the_lines() -> MenuItem:
    return ItemOfTheSwitchboard(
        _("Contact lines"), reverse_lazy("contact_lines"), name="contact-lines", icon_name="mobile-alt", order=151
    )


@hooks.register("register_admin_menu_item")
def item_of_the_reports() -> MenuItem:
    return ItemOfTheSwitchboard(
        _("Reported numbers"), reverse_lazy("reported_numbers"), name="reported-numbers", icon_name="warning", order=152
    )


@hooks.register("register_log_actions")
def line_actions(actions: Any) -> None:
    actions.register_action(verifying.VERIFIED, _("Confirm the number"), _("Number confirmed"))
    actions.register_action(verifying.UNANSWERED, _("No answer"), _("Nobody answered"))


@hooks.register("construct_homepage_panels")
def work_on_numbers(request: HttpRequest, panels: list[Any]) -> None:
    panels.append(line_lists.WorkOnNumbers())


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
