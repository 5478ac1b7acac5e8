"""Departments and hospitals in the admin's menu."""

from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.viewsets.pages import PageListingViewSet

from departments.models import DepartmentPage, HospitalPage


@hooks.register("register_admin_viewset")
def departments() -> PageListingViewSet:
    return PageListingViewSet(
        "departments",
        model=DepartmentPage,
        icon="clipboard-list",
        menu_label=_("Departments"),
        menu_order=120,
        add_to_admin_menu=True,
    )


@hooks.register("register_admin_viewset")
def hospitals() -> PageListingViewSet:
    return PageListingViewSet(
        "hospitals", model=HospitalPage, icon="site", menu_label=_("Hospitals"), menu_order=140, add_to_admin_menu=True
    )
