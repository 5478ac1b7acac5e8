"""Departments and hospitals in the admin's menu; references to lines in the editor of texts."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse, reverse_lazy
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.admin.rich_text.editors.draftail.features import EntityFeature
from wagtail.models import Page

from departments import number_report, references
from departments.line_chooser import CHOOSER, LineChooser
from departments.models import DepartmentPage, HospitalPage
from portal.listings import PagesOfOneType, may_add_pages


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
        return may_add_pages(request.user) or number_report.editable_pages(request.user).exists()


@hooks.register("register_reports_menu_item")
def numbers_in_texts() -> MenuItem:
    return NumbersInTextsItem(
        _("Numbers in texts"),
        reverse("numbers_in_texts"),
        name="numbers-in-texts",
        icon_name="mobile-alt",
        order=800,
    )


@hooks.register("register_admin_urls")
def number_report_urls() -> list[Any]:
    return number_report.urlpatterns
