"""Departments and hospitals in the admin's menu."""

from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.snippets.models import register_snippet

from departments import words_admin
from departments.models import DepartmentPage, DirectoryPage, HospitalPage
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


# --- Finding: specialties, synonyms, the directories for others than patients

register_snippet(words_admin.SpecialtyViewSet)
register_snippet(words_admin.SynonymViewSet)


@hooks.register("register_admin_urls")
def missed_queries() -> list[Any]:
    return words_admin.urlpatterns


@hooks.register("register_reports_menu_item")
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
