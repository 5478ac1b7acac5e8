"""The list of gifts in the admin: narrowed, searched, summed up from the ledger, drawn by month, exported."""

import unicodedata
from decimal import Decimal
from functools import cached_property
from typing import Any

import django_filters
from django import forms
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db.models import CharField, Func, OuterRef, Prefetch, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Concat, Lower
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from wagtail.admin.active_filters import BaseFilterAdapter, register_filter_adapter_class
from wagtail.admin.filters import DateRangePickerWidget, WagtailFilterSet
from wagtail.admin.ui.tables import Column
from wagtail.admin.views.reports import ReportView
from wagtail.admin.widgets.button import Button

from donations import donor_access
from donations.fields import AmountFormField
from donations.giving_menu import AmountColumn, MomentColumn, Permitted, ReferenceColumn, provider_name
from donations.models import (
    Consent,
    ConsentKind,
    Donation,
    DonationPage,
    Donor,
    DonorKind,
    Frequency,
    Fund,
    Issuer,
    LedgerEntry,
    Payment,
)
from donations.money import EXPONENTS, display
from donations.states import DonationState
from donations.totals import plots, sums
from portal.guarded_export import GuardedExport

GIFTS_AT_ONCE = 2_000  # in a file
SHORTEST_NAME = 3  # letters with which donors are looked for: fewer would list everybody


class AmountFilter(django_filters.Filter):
    """An amount typed in the currency's main unit."""

    field_class = AmountFormField


class _AmountAdapter(BaseFilterAdapter):
    """How an amount by which a list is narrowed is shown above it."""

    def __init__(self, filter: Any, bound_field: Any, value: int, *args: Any) -> None:
        super().__init__(filter, bound_field, display(value, "EUR", get_language() or "fr"), *args)


register_filter_adapter_class(AmountFilter, _AmountAdapter)


def _pages(request: HttpRequest) -> QuerySet:
    return DonationPage.objects.filter(locale__language_code=settings.LANGUAGE_CODE).order_by("folded_title")


def providers() -> list[tuple[str, str]]:
    """The payment providers that this server is set up for."""
    return [(name, provider_name(name)) for name in sorted(settings.DONATION_PROVIDERS)]


class GiftFilters(WagtailFilterSet):
    """Narrows the list of gifts."""

    state = django_filters.MultipleChoiceFilter(
        label=gettext_lazy("State"), choices=DonationState.choices, widget=forms.CheckboxSelectMultiple
    )
    fund = django_filters.ModelChoiceFilter(label=gettext_lazy("Fund"), queryset=lambda request: Fund.objects.all())
    issuer = django_filters.ModelChoiceFilter(
        label=gettext_lazy("Issuer"), queryset=lambda request: Issuer.objects.all()
    )
    page = django_filters.ModelChoiceFilter(label=gettext_lazy("Page"), queryset=_pages, method="from_page")
    provider = django_filters.ChoiceFilter(label=gettext_lazy("Provider"), choices=providers)
    given = django_filters.ChoiceFilter(
        label=gettext_lazy("Frequency"), choices=Frequency.choices, method="given_how_often"
    )
    created_at = django_filters.DateFromToRangeFilter(label=gettext_lazy("Begun"), widget=DateRangePickerWidget)
    paid_at = django_filters.DateFromToRangeFilter(label=gettext_lazy("Received"), widget=DateRangePickerWidget)
    least = AmountFilter(label=gettext_lazy("Amount from"), field_name="amount_minor", lookup_expr="gte")
    most = AmountFilter(label=gettext_lazy("Amount up to"), field_name="amount_minor", lookup_expr="lte")

    class Meta:
        model = Donation
        fields: list[str] = []

    def from_page(self, gifts: QuerySet, name: str, page: DonationPage) -> QuerySet:
        return gifts.filter(page__translation_key=page.translation_key)

    def given_how_often(self, gifts: QuerySet, name: str, value: str) -> QuerySet:
        return gifts.filter(pledge__isnull=value == Frequency.ONCE)


class _WithoutAccents(Func):
    """A text without the accents of its letters: the database has no extension for that."""

    template = r"regexp_replace(normalize(%(expressions)s, NFD), '[\u0300-\u036f]', '', 'g')"
    output_field = CharField()


def donors_called(words: str) -> QuerySet[Donor]:
    """The donors in whose names or e-mail address all `words` occur, whatever their accents and capitals."""
    names = Concat(
        "first_name", Value(" "), "last_name", Value(" "), "company", Value(" "), "email", output_field=CharField()
    )
    donors = Donor.objects.annotate(whole=Lower(_WithoutAccents(names)))
    for word in unicodedata.normalize("NFD", words).lower().split():
        plain = "".join(sign for sign in word if not unicodedata.combining(sign))
        donors = donors.filter(whole__contains=plain)
    return donors


def gifts_matching(gifts: QuerySet, query: str, *, with_donors: bool) -> QuerySet:
    """The gifts with this reference, number at the provider, or - for those who may see donors - donor."""
    query = query.strip()
    compact = "".join(query.split())
    found = (
        Q(reference__icontains=compact)
        | Q(session_ref=query)
        | Q(pk__in=_with_number(query))
        | Q(pledge__provider_ref=query)
    )
    if with_donors and len(compact) >= SHORTEST_NAME:
        found |= Q(donor__in=donors_called(query).values("pk"))
    return gifts.filter(found)


def _with_number(query: str) -> QuerySet:
    paid = Q(payments__provider_ref=query) | Q(payments__invoice_ref=query) | Q(payments__refunds__provider_ref=query)
    return Donation.objects.filter(paid).values("pk")


def provider_of(gift: Any) -> str:
    """As files name it, in every language."""
    return f"{gift.provider} {gift.account}".strip()


def named_provider_of(gift: Any) -> str:
    """As people read it."""
    return f"{provider_name(gift.provider)} {gift.account}".strip()


# Django's own get_state_display makes such a table for each row anew.
_STATES, _KINDS, _CONSENTS = (dict(words.choices) for words in (DonationState, DonorKind, ConsentKind))
_DONOR_COLUMNS = ["kind", "name", "siren", "email", "street", "postal_code", "city", "country", "agreed_to"]


class Gifts(Permitted, GuardedExport, ReportView):
    """Every gift, the newest first. Donors show where somebody searches, and only to those who may see them."""

    permissions = ("donations.view_donation",)
    page_title = gettext_lazy("Gifts")
    header_icon = "pick"
    index_url_name = "gifts"
    index_results_url_name = "gifts_results"
    model = Donation
    is_searchable = True
    filterset_class = GiftFilters
    default_ordering = "-created_at"
    results_template_name = "donations/admin/gift_results.html"
    export_filename = "gifts"
    export_headings = {
        "reference": gettext_lazy("reference"),
        "created_at": gettext_lazy("begun on"),
        "paid_at": gettext_lazy("received on"),
        "state": gettext_lazy("state"),
        "amount": gettext_lazy("amount"),
        "held": gettext_lazy("held now"),
        "currency": gettext_lazy("currency"),
        "fund": gettext_lazy("fund"),
        "issuer": gettext_lazy("issuer"),
        "page": gettext_lazy("page"),
        "given": gettext_lazy("frequency"),
        "provider": gettext_lazy("provider"),
        "number": gettext_lazy("number at the provider"),
        "kind": gettext_lazy("kind of donor"),
        "name": gettext_lazy("donor"),
        "siren": gettext_lazy("SIREN"),
        "email": gettext_lazy("e-mail"),
        "street": gettext_lazy("address"),
        "postal_code": gettext_lazy("postal code"),
        "city": gettext_lazy("city"),
        "country": gettext_lazy("country"),
        "agreed_to": gettext_lazy("agreed to"),
    }

    # --- what is shown ----------------------------------------------------------------------------

    @cached_property
    def shows_donors(self) -> bool:
        """Names only where somebody looks for one: a list that is merely opened shows nobody."""
        return self.is_searching and self.request.user.has_perm("donations.view_donor")

    @cached_property
    def columns(self) -> list[Column]:
        columns = [
            ReferenceColumn(),
            MomentColumn("created_at", label=_("Begun"), sort_key="created_at"),
            AmountColumn("amount", label=_("Amount"), sort_key="amount_minor"),
            Column("state", label=_("State"), accessor="get_state_display"),
            Column("fund", label=_("Fund")),
            Column("given", label=_("Frequency"), accessor=given),
            Column("provider", label=_("Provider"), accessor=named_provider_of),
        ]
        if self.shows_donors:
            columns.insert(1, Column("donor", label=_("Donor")))
        return columns

    @property
    def no_results_message(self) -> str:
        if self.is_searching or self.is_filtering:
            return _("No gift fits. Try fewer words or fewer filters.")
        return _("There is no gift yet.")

    def get_base_queryset(self) -> QuerySet:
        return Donation.objects.select_related("fund", "issuer", "page", "donor")

    def get_filtered_queryset(self) -> QuerySet:
        return self.get_queryset()

    def search_queryset(self, queryset: QuerySet) -> QuerySet:
        return (
            gifts_matching(queryset, self.search_query, with_donors=self.shows_donors)
            if self.is_searching
            else queryset
        )

    def get_table_kwargs(self) -> dict[str, Any]:
        return super().get_table_kwargs() | {"caption": self.page_title}

    def get_context_data(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(*args, **kwargs)
        if self.shows_donors and context["object_list"]:
            donor_access.listed(self.request.user, f"gifts: {self.narrowed()}", len(context["object_list"]))
        entries = LedgerEntry.objects.filter(donation__in=self.object_list.order_by().values("pk"))
        return context | {"sums": sums(entries), "plots": plots(entries)}

    # --- files ------------------------------------------------------------------------------------

    @cached_property
    def show_export_buttons(self) -> bool:
        return self.request.user.has_perm("donations.export_donation")

    @cached_property
    def with_donors(self) -> bool:
        return "donors" in self.request.GET

    @cached_property
    def header_more_buttons(self) -> list[Button]:
        buttons = super().header_more_buttons
        if self.request.user.has_perms(["donations.export_donation", "donations.export_donor"]):
            for priority, (form, label) in enumerate(
                (("xlsx", _("Download XLSX with donors")), ("csv", _("Download CSV with donors")))
            ):
                url = f"{self.get_export_url(form)}&donors=1"
                buttons.append(Button(label, url=url, icon_name="download", priority=110 + priority))
        return buttons

    @property
    def list_export(self) -> list[str]:
        whole = list(self.export_headings)
        return whole if self.with_donors else [name for name in whole if name not in _DONOR_COLUMNS]

    def narrowed(self) -> str:
        """By what the list is narrowed, for the log: never what was searched for, which may be a name."""
        chosen = [f"{name}={self.request.GET.get(name, '…')}" for name in self.filters.form.changed_data]
        return ", ".join([*(["search"] if self.is_searching else []), *chosen]) or "all"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if self.is_export:
            needed = ["donations.export_donation", *(["donations.export_donor"] if self.with_donors else [])]
            if not request.user.has_perms(needed):
                raise PermissionDenied
            # Without the list's context, which would read every gift into memory first.
            return self.as_spreadsheet(self.get_filtered_queryset(), request.GET["export"])
        return super().get(request, *args, **kwargs)

    def as_spreadsheet(self, queryset: QuerySet, spreadsheet_format: str) -> HttpResponse:
        entries = LedgerEntry.objects.filter(donation=OuterRef("pk")).order_by().values("donation")
        # A query of its own per row: grouping by all columns of gift, donor, fund and issuer sorts wide rows.
        held = Subquery(entries.annotate(sum=Sum("amount_minor")).values("sum"))
        # Funds, issuers and pages are few: fetched once for some thousand gifts, not joined to each.
        of_gift = [
            "fund",
            "issuer",
            Prefetch("page", DonationPage.objects.only("title")),
            Prefetch("payments", Payment.objects.only("donation", "provider_ref")),
        ]
        if self.with_donors:
            consents = Consent.objects.filter(withdrawn_at=None).only("donor", "kind")
            of_gift += ["donor", Prefetch("donor__consents", consents)]
        gifts = queryset.select_related(None).annotate(held_minor=held).prefetch_related(*of_gift)
        what = "gifts with donors" if self.with_donors else "gifts"
        donor_access.exported(self.request.user, f"{what}: {self.narrowed()}", queryset.count())
        return super().as_spreadsheet(gifts.iterator(chunk_size=GIFTS_AT_ONCE), spreadsheet_format)

    def get_heading(self, queryset: Any, field: str) -> str:
        return str(self.export_headings[field])

    def to_row_dict(self, item: Donation) -> dict[str, Any]:
        exponent = -EXPONENTS[item.currency]
        row = {
            "reference": item.reference,
            "created_at": timezone.make_naive(item.created_at),
            "paid_at": timezone.make_naive(item.paid_at) if item.paid_at else "",
            "state": str(_STATES[item.state]),
            "amount": Decimal(item.amount_minor).scaleb(exponent),
            "held": Decimal(item.held_minor or 0).scaleb(exponent),
            "currency": item.currency,
            "fund": str(item.fund),
            "issuer": item.issuer.name,
            "page": item.page.title if item.page else "",
            "given": str(given(item)),
            "provider": provider_of(item),
            "number": ", ".join(payment.provider_ref for payment in item.payments.all()),
        }
        return row | _donor_row(item.donor) if self.with_donors else row


def _donor_row(donor: Donor) -> dict[str, Any]:
    agreed = [str(_CONSENTS[consent.kind]) for consent in donor.consents.all()]
    row = {"kind": str(_KINDS[donor.kind]), "agreed_to": ", ".join(agreed)}
    return {name: row[name] if name in row else getattr(donor, name) for name in _DONOR_COLUMNS}


def given(gift: Donation) -> str:
    """How often: a gift of a pledge is one of many."""
    return (Frequency.MONTHLY if gift.pledge_id else Frequency.ONCE).label
