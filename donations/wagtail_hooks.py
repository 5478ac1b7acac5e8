"""Giving in the admin: donation pages, funds and the bodies that receive gifts, under one menu entry."""

from typing import Any

from django.contrib.auth.models import Permission
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.snippets.models import register_snippet
from wagtail.snippets.views.snippets import SnippetViewSet

from donations import receipt_admin
from donations.models import DonationPage, Fund, Issuer
from portal.listings import PagesOfOneType


class FundViewSet(SnippetViewSet):
    """What gifts are for."""

    model = Fund
    icon = "pick"
    menu_label = _("Funds")
    menu_order = 151
    add_to_admin_menu = True
    list_display = ["__str__", "issuer", "is_open"]
    list_filter = ["issuer", "is_open"]


class IssuerViewSet(SnippetViewSet):
    """Who receives and certifies gifts."""

    model = Issuer
    icon = "form"
    menu_label = _("Issuers")
    menu_order = 152
    add_to_admin_menu = True
    list_display = ["name", "siren"]


register_snippet(FundViewSet)
register_snippet(IssuerViewSet)


@hooks.register("register_admin_viewset")
def donation_pages() -> PagesOfOneType:
    return PagesOfOneType(
        "donations",
        model=DonationPage,
        icon="pick",
        menu_label=_("Donations"),
        menu_order=150,
    )


# --- Receipts -------------------------------------------------------------------------------------


@hooks.register("register_admin_urls")
def receipt_urls() -> list[Any]:
    return receipt_admin.urlpatterns


@hooks.register("register_admin_menu_item")
def receipts_item() -> MenuItem:
    return receipt_admin.menu_items()[0]


@hooks.register("register_admin_menu_item")
def without_receipt_item() -> MenuItem:
    return receipt_admin.menu_items()[1]


@hooks.register("register_permissions")
def receipt_permissions() -> QuerySet[Permission]:
    return Permission.objects.filter(
        content_type__app_label="donations", codename__in=["view_receipt", "issue_receipt"]
    )
