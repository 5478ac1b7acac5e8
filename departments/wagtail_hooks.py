"""Departments and hospitals in the admin's menu."""

from django.utils.translation import gettext_lazy as _
from wagtail import hooks

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
