"""Giving in the admin: donation pages, funds, issuers, gifts and what is done about them, under one menu entry."""

from typing import Any

from django.contrib.auth.models import Permission
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import Menu, MenuItem, SubmenuMenuItem
from wagtail.admin.panels import ObjectList
from wagtail.admin.ui.tables import BooleanColumn
from wagtail.admin.widgets.button import Button
from wagtail.models import Page
from wagtail.snippets.models import register_snippet
from wagtail.snippets.views.snippets import SnippetViewSet

from donations import (
    bank_views,
    cases,
    family_letters,
    fund_closing,
    gift_story,
    new_institutes,
    pausing,
    payout_views,
    pledge_views,
    receipt_admin,
    refund_views,
)
from donations.donor_access import AccessLog
from donations.gift_lists import Gifts
from donations.giving_menu import GIVING, PermittedItem
from donations.issuer_form import IssuerForm
from donations.models import DonationPage, Fund, Issuer, TaxRate
from donations.privacy_views import DonorDataView
from donations.totals import GiftsOfTheWeek, Totals
from portal.listings import PagesOfOneType


@hooks.register("second_factor_permissions")
def who_sees_donors() -> list[str]:
    """Who sees donors, refunds or takes lists away signs in with a second factor, whatever the group."""
    acts = ["view_donor", "view_tribute", "export_donor", "erase_donor", "export_donation", "view_donoraccess"]
    acts += ["view_refund", "request_refund", "approve_refund", "view_receipt", "issue_receipt"]
    acts += ["view_bankline", "match_transfer"]
    return [f"donations.{act}" for act in acts]


@hooks.register("register_admin_menu_item")
def giving_menu() -> MenuItem:
    return SubmenuMenuItem(_("Giving"), Menu(register_hook_name=GIVING), name="giving", icon_name="pick", order=150)


class FundViewSet(SnippetViewSet):
    """What gifts are for."""

    model = Fund
    icon = "pick"
    menu_label = _("Funds")
    menu_order = 20
    menu_hook = GIVING
    list_display = ["__str__", "issuer", BooleanColumn("is_open", label=_("Accepts gifts"), sort_key="is_open")]
    list_filter = ["issuer", "is_open"]
    search_fields = ["folded_name"]


class IssuerViewSet(SnippetViewSet):
    """Who receives and certifies gifts."""

    model = Issuer
    icon = "form"
    menu_label = _("Issuers")
    menu_order = 30
    menu_hook = GIVING
    list_display = ["name", "siren"]
    edit_handler = ObjectList(Issuer.panels, base_form_class=IssuerForm)


register_snippet(FundViewSet)
register_snippet(IssuerViewSet)


@hooks.register("register_admin_viewset")
def donation_pages() -> PagesOfOneType:
    return PagesOfOneType(
        "donations",
        model=DonationPage,
        icon="doc-full",
        menu_label=_("Donation pages"),
        menu_hook=GIVING,
        menu_order=10,
    )


def _items() -> list[PermittedItem]:
    view = "donations.view_"
    return [
        PermittedItem(_("Gifts"), "gifts", f"{view}donation", icon_name="pick", order=40),
        PermittedItem(_("Monthly gifts"), "giving_pledges", f"{view}pledge", icon_name="rotate", order=50),
        PermittedItem(_("Refunds"), "giving_refunds", f"{view}refund", icon_name="resubmit", order=60),
        PermittedItem(_("Cases for a person"), "giving_cases", f"{view}quarantined", icon_name="warning", order=70),
        PermittedItem(
            _("Given up"), "giving_parked", f"{view}mail", f"{view}providerevent", icon_name="mail", order=80
        ),
        PermittedItem(_("Totals of gifts"), "giving_totals", "donations.see_totals", icon_name="order", order=90),
        PermittedItem(_("Pauses"), "giving_pauses", "donations.pause_giving", icon_name="circle-check", order=100),
        PermittedItem(_("Looks at donors"), "giving_access_log", f"{view}donoraccess", icon_name="view", order=110),
    ]


for _item in _items():
    hooks.register(GIVING, lambda item=_item: item)


@hooks.register("register_admin_urls")
def giving_urls() -> list[Any]:
    return [
        path("giving/gifts/", Gifts.as_view(), name="gifts"),
        path("giving/gifts/results/", Gifts.as_view(results_only=True), name="gifts_results"),
        path("giving/gifts/<int:pk>/", gift_story.gift, name="gift_story"),
        path("giving/gifts/<int:pk>/look-again/", gift_story.look_again, name="gift_look_again"),
        path("giving/gifts/<int:pk>/donor/", gift_story.donor_of_gift, name="gift_donor"),
        path("giving/gifts/<int:pk>/tribute/", gift_story.tribute_of_gift, name="gift_tribute"),
        path("giving/mails/<int:pk>/again/", gift_story.send_again, name="giving_mail_again"),
        path("giving/payments/<int:pk>/refund/", refund_views.refund_payment, name="giving_refund_payment"),
        path("giving/refunds/", refund_views.Refunds.as_view(), name="giving_refunds"),
        path("giving/refunds/results/", refund_views.Refunds.as_view(results_only=True), name="giving_refunds_results"),
        path("giving/refunds/<int:pk>/", refund_views.refund, name="giving_refund"),
        path("giving/monthly/", pledge_views.Pledges.as_view(), name="giving_pledges"),
        path("giving/monthly/results/", pledge_views.Pledges.as_view(results_only=True), name="giving_pledges_results"),
        path("giving/monthly/<int:pk>/", pledge_views.pledge, name="giving_pledge"),
        path("giving/monthly/<int:pk>/donor/", gift_story.donor_of_pledge, name="giving_pledge_donor"),
        path("giving/cases/", cases.Cases.as_view(), name="giving_cases"),
        path("giving/cases/results/", cases.Cases.as_view(results_only=True), name="giving_cases_results"),
        path("giving/cases/<int:pk>/", cases.case, name="giving_case"),
        path("giving/given-up/", cases.parked, name="giving_parked"),
        path("giving/given-up/again/", cases.again, name="giving_try_again"),
        path("giving/funds/<int:pk>/close/", fund_closing.close_fund, name="giving_close_fund"),
        path("giving/totals/", Totals.as_view(), name="giving_totals"),
        path("giving/pauses/", pausing.pauses, name="giving_pauses"),
        path("giving/looks/", AccessLog.as_view(), name="giving_access_log"),
        path("giving/looks/results/", AccessLog.as_view(results_only=True), name="giving_access_log_results"),
    ]


@hooks.register("register_snippet_listing_buttons")
def close_a_fund(snippet: Any, user: Any, next_url: str | None = None) -> list[Button]:
    may_close = user.has_perms(["donations.change_fund", "donations.change_pledge"])
    if not (isinstance(snippet, Fund) and snippet.is_open and may_close):
        return []
    url = reverse("giving_close_fund", args=[snippet.pk])
    return [Button(_("Close with a successor"), url=url, icon_name="lock", priority=40)]


@hooks.register("register_log_actions")
def giving_actions(actions: Any) -> None:
    actions.register_action(fund_closing.CLOSED, _("Close the fund"), _("Fund closed, its monthly gifts moved"))


@hooks.register("set_up_institute")
def donation_page_of_a_new_institute(founding: Any) -> None:
    new_institutes.add_donation_page(founding)


@hooks.register("construct_homepage_panels")
def work_on_gifts(request: HttpRequest, panels: list[Any]) -> None:
    panels += [cases.WorkOnGifts(), GiftsOfTheWeek()]


@hooks.register("register_permissions")
def giving_permissions() -> QuerySet[Permission]:
    """What an administrator may give to a group by hand, beyond the snippets, which Wagtail lists itself."""
    models = [
        "donation",
        "donor",
        "tribute",
        "consent",
        "familypage",
        "donoraccess",
        "pledge",
        "payment",
        "refund",
        "dispute",
        "ledgerentry",
        "quarantined",
        "mail",
        "providerevent",
        "payout",
        "bankline",
        "receipt",
    ]
    return Permission.objects.filter(content_type__app_label="donations", content_type__model__in=models)


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


# --- Letters to families --------------------------------------------------------------------------


@hooks.register("register_admin_urls")
def letter_urls() -> list[URLPattern]:
    return family_letters.urlpatterns


@hooks.register(GIVING)
def letters_item() -> MenuItem:
    return PermittedItem(_("Letters to families"), "giving_letters", family_letters.VIEW, icon_name="mail", order=45)


# --- Receipts -------------------------------------------------------------------------------------


@hooks.register("register_admin_urls")
def receipt_urls() -> list[URLPattern]:
    return receipt_admin.urlpatterns


@hooks.register(GIVING)
def receipts_item() -> MenuItem:
    return PermittedItem(_("Receipts"), "receipts", receipt_admin.VIEW, icon_name="doc-full", order=66)


@hooks.register(GIVING)
def without_receipt_item() -> MenuItem:
    label = _("Gifts without a receipt")
    return PermittedItem(label, "without_receipt", receipt_admin.VIEW, icon_name="warning", order=68)


class TaxRateViewSet(SnippetViewSet):
    """What part of a gift comes back, from a day on: for the sentence on the donation page."""

    model = TaxRate
    icon = "order"
    menu_label = _("Tax rates")
    menu_order = 35
    menu_hook = GIVING
    list_display = ["regime", "donor_kind", "valid_from", "percent", "source"]


register_snippet(TaxRateViewSet)


@hooks.register("linked_pages")
def giving_pages() -> list[QuerySet[Page]]:
    return [DonationPage.objects.all()]
