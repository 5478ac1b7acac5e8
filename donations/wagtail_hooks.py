"""Giving in the admin: donation pages, funds and the bodies that receive gifts, under one menu entry."""

from typing import Any

from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.snippets.models import register_snippet
from wagtail.snippets.views.snippets import SnippetViewSet

from donations import bank_views, payout_views
from donations.giving_menu import GIVING, PermittedItem
from donations.models import DonationPage, Fund, Issuer
from donations.privacy_views import DonorDataView
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


@hooks.register("register_admin_urls")
def donors_rights() -> list[URLPattern]:
    return [path("giving/donor/<uuid:number>/data/", DonorDataView.as_view(), name="donor_data")]


# --- Money at the bank, and what runs by itself ---------------------------------------------------


@hooks.register("register_admin_urls")
def finance_urls() -> list[Any]:
    return [*bank_views.urlpatterns, *payout_views.urlpatterns]


@hooks.register(GIVING)
def bank_lines_item() -> MenuItem:
    permission = "donations.view_bankline"
    return PermittedItem(_("Lines of the bank"), "giving_bank_lines", permission, icon_name="table", order=62)


@hooks.register(GIVING)
def payouts_item() -> MenuItem:
    permission = "donations.view_payout"
    return PermittedItem(_("Payouts"), "giving_payouts", permission, icon_name="download", order=64)


@hooks.register(GIVING)
def at_work_item() -> MenuItem:
    permission = "donations.view_providerevent"
    return PermittedItem(_("What runs by itself"), "giving_at_work", permission, icon_name="time", order=85)
