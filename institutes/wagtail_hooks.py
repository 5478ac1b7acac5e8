"""Institutes, people and organisations in the admin's menu, by the names that staff use."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.contrib.auth.models import Permission
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import path
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.models import Page
from wagtail.snippets.models import register_snippet
from wagtail.snippets.views.snippets import SnippetViewSet

from institutes import attendance, founding, founding_views
from institutes.listing import all_institutes
from institutes.models import InstitutePage, Organisation, ProfilePage, Role
from institutes.role_timeline import EndingMandates, role_timeline
from portal.care_notices import Alarm
from portal.listings import PagesOfOneType


@hooks.register("register_admin_viewset")
def institutes() -> PagesOfOneType:
    return PagesOfOneType(
        "institutes",
        index_view_class=founding_views.Institutes,
        model=InstitutePage,
        icon="home",
        menu_label=_("Institutes"),
        menu_order=110,
    )


@hooks.register("register_admin_viewset")
def people() -> PagesOfOneType:
    return PagesOfOneType(
        "people",
        model=ProfilePage,
        icon="user",
        menu_label=_("People"),
        menu_order=130,
    )


@hooks.register("unlisted_pages")
def fictional_institutes() -> list[InstitutePage]:
    return [institute for institute in all_institutes() if institute.source.is_fictional]


class OrganisationViewSet(SnippetViewSet):
    """The bodies that institutes belong to: one list for the whole portal."""

    model = Organisation
    icon = "group"
    menu_label = _("Organisations")
    menu_order = 190
    add_to_admin_menu = True
    list_display = ["__str__", "kind", "city"]
    list_filter = ["kind"]
    search_fields = ["folded_name"]


register_snippet(OrganisationViewSet)


@hooks.register("register_admin_urls")
def url_of_the_timeline() -> list[Any]:
    return [path("roles/by-date/<int:page_id>/", role_timeline, name="role_timeline")]


# --- Setting up an institute ----------------------------------------------------------------------


@hooks.register("register_admin_urls")
def url_of_founding() -> list[Any]:
    return [path("institutes/set-up/", founding_views.SetUp.as_view(), name="set_up_institute")]


@hooks.register("register_permissions")
def may_set_up_institutes() -> QuerySet[Permission]:
    return Permission.objects.filter(content_type__app_label="institutes", codename="set_up_institute")


@hooks.register("register_log_actions")
def institute_actions(actions: Any) -> None:
    actions.register_action(founding.LOGGED, _("Set up the institute"), _("Institute set up"))


@hooks.register("construct_homepage_panels")
def ending_mandates(request: HttpRequest, panels: list[Any]) -> None:
    panels.append(EndingMandates())


@hooks.register("linked_pages")
def linked_by_institutes() -> list[QuerySet[Page]]:
    """The institutes, and whoever holds a role."""
    people = Role.objects.kept().exclude(person=None).values("person")
    return [InstitutePage.objects.all(), ProfilePage.objects.filter(pk__in=people)]


@hooks.register("care_alarms")
def institutes_without_editor(today: date) -> Iterable[Alarm]:
    return attendance.alarms(today)
