"""Departments and hospitals in the admin's menu."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem

from departments import import_views
from departments.models import DepartmentPage, HospitalPage
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


@hooks.register("register_admin_urls")
def import_urls() -> list[Any]:
    return import_views.urlpatterns


class ImportItem(MenuItem):
    """Import and export, for those who may change departments."""

    def is_shown(self, request: HttpRequest) -> bool:
        return import_views.may_import(request.user)


@hooks.register("register_admin_menu_item")
def imports() -> MenuItem:
    return ImportItem(_("Import and export"), reverse_lazy("directory_imports"), icon_name="table", order=145)
