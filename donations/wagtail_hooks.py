"""Giving in the admin: donation pages, funds and the bodies that receive gifts, under one menu entry."""

from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.snippets.models import register_snippet
from wagtail.snippets.views.snippets import SnippetViewSet

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
