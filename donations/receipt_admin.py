"""Receipts in the admin: the list, one receipt, the gifts that got none and why. Nothing can be edited here."""

from typing import Any

import django_filters
from django import forms
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.functional import cached_property
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from wagtail.admin import messages
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import Column, TitleColumn
from wagtail.admin.views.reports import ReportView
from wagtail.permission_policies import ModelPermissionPolicy

from donations import receipting
from donations.giving_menu import AmountColumn, MomentColumn, ReferenceColumn, for_those_who, screen
from donations.models import Donation, DonorAccess, Issuer, Receipt, ReceiptWish
from donations.money import display
from donations.receipt_views import paper
from donations.references import in_groups
from donations.regimes.base import person_name

VIEW, ISSUE = "donations.view_receipt", "donations.issue_receipt"
DONORS = "donations.view_donor"  # for names, and for the papers, which have them
_POLICY = ModelPermissionPolicy(Receipt)


class ReceiptFilterSet(WagtailFilterSet):
    """Who issued it, when, for whom, and whether it is void."""

    issuer = django_filters.ModelChoiceFilter(label=gettext_lazy("Issuer"), queryset=Issuer.objects.all())
    year = django_filters.NumberFilter(label=gettext_lazy("Year"))
    number = django_filters.NumberFilter(label=gettext_lazy("Number"))
    donor = django_filters.CharFilter(label=gettext_lazy("Donor’s name"), method="of_donor")
    state = django_filters.ChoiceFilter(
        label=gettext_lazy("State"),
        method="in_state",
        choices=[("valid", gettext_lazy("Valid")), ("void", gettext_lazy("Void"))],
    )

    class Meta:
        model = Receipt
        fields: list[str] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.request.user.has_perm(DONORS):
            del self.filters["donor"]  # whoever may not see names may not guess them either

    def of_donor(self, queryset: QuerySet, _name: str, value: str) -> QuerySet:
        fields = ("last_name", "first_name", "company")
        return queryset.filter(Q(*((f"snapshot__donor__{one}__icontains", value) for one in fields), _connector=Q.OR))

    def in_state(self, queryset: QuerySet, _name: str, value: str) -> QuerySet:
        return queryset.filter(voided_at__isnull=value == "valid")


class Receipts(ReportView):
    """Every receipt that was ever issued."""

    page_title = gettext_lazy("Receipts")
    header_icon = "doc-full"
    model = Receipt
    permission_policy = _POLICY
    permission_required = "view"
    index_url_name = "receipts"
    index_results_url_name = "receipts_results"
    results_template_name = "donations/admin/list_results.html"
    filterset_class = ReceiptFilterSet
    is_searchable = False
    no_results_message = gettext_lazy("No receipt has been issued.")

    @cached_property
    def columns(self) -> list[Column]:
        donor = [Column("donor", label=_("Donor"), accessor=_name_on)] if self.request.user.has_perm(DONORS) else []
        return [
            TitleColumn(
                "full_number", label=_("Number"), get_url=lambda receipt: reverse("receipt_inside", args=[receipt.pk])
            ),
            *donor,
            AmountColumn("amount_minor", label=_("Amount")),
            Column("form", label=_("Form")),
            MomentColumn("issued_at", label=_("Issued")),
            Column("state", label=_("State"), accessor=lambda receipt: _("Void") if receipt.voided_at else _("Valid")),
        ]

    def get_queryset(self) -> QuerySet:
        return Receipt.objects.select_related("issuer").defer("pdf", "copy_pdf")

    def get_base_queryset(self) -> QuerySet:
        return self.get_queryset()

    def decorate_paginated_queryset(self, object_list: Any) -> Any:
        if not self.request.user.has_perm(DONORS):
            return object_list
        chosen = ", ".join(sorted(name for name, value in self.request.GET.items() if value and name != "p"))
        DonorAccess.objects.create(
            user=self.request.user,
            act=DonorAccess.Act.LISTED,
            what=f"receipts: {chosen}"[:300] if chosen else "receipts",
            number=len(object_list),
        )
        return object_list


def _name_on(receipt: Receipt) -> str:
    """The name that stands on the paper; of a receipt whose words were forgotten, none."""
    donor = receipt.snapshot.get("donor")
    return person_name(donor) if donor else "–"


class NoReceiptFilterSet(WagtailFilterSet):
    """By issuer, and by what the donor wished."""

    issuer = django_filters.ModelChoiceFilter(label=gettext_lazy("Issuer"), queryset=Issuer.objects.all())
    receipt_wish = django_filters.ChoiceFilter(label=gettext_lazy("Wish"), choices=ReceiptWish.choices)

    class Meta:
        model = Donation
        fields: list[str] = []


class ReasonsColumn(Column):
    """Why there is no receipt yet, and the button that issues one where nothing stands against it."""

    cell_template_name = "donations/admin/no_receipt_reasons.html"

    def get_value(self, instance: Donation) -> list[str]:
        return [str(reason) for reason in receipting.why_not(instance)]

    def get_cell_context_data(self, instance: Donation, parent_context: Any) -> dict[str, Any]:
        context = super().get_cell_context_data(instance, parent_context)
        user = parent_context["request"].user
        is_alone = instance.receipt_wish != ReceiptWish.YEARLY
        may_issue = not context["value"] and is_alone and user.has_perm(ISSUE)
        waits_until = receipting.waits_until(instance)
        return context | {"may_issue": may_issue, "waits_until": waits_until, "request": parent_context["request"]}


class WithoutReceipt(ReportView):
    """The gifts that may be certified and stand on no receipt, with the reason."""

    page_title = gettext_lazy("Gifts without a receipt")
    header_icon = "warning"
    model = Donation
    permission_policy = _POLICY
    permission_required = "view"
    index_url_name = "without_receipt"
    index_results_url_name = "without_receipt_results"
    results_template_name = "donations/admin/list_results.html"
    filterset_class = NoReceiptFilterSet
    is_searchable = False
    no_results_message = gettext_lazy("Every gift that was received stands on a receipt.")

    @cached_property
    def columns(self) -> list[Column]:
        reference = Column("reference", label=_("Reference"), accessor=lambda gift: in_groups(gift.reference))
        return [
            ReferenceColumn() if self.request.user.has_perm("donations.view_donation") else reference,
            AmountColumn("amount_minor", label=_("Amount")),
            MomentColumn("paid_at", label=_("Received")),
            Column("receipt_wish", label=_("Wish"), accessor="get_receipt_wish_display"),
            ReasonsColumn("reasons", label=_("Why there is none")),
        ]

    def get_queryset(self) -> QuerySet:
        return receipting.without_receipt().select_related("donor", "issuer").order_by("-paid_at", "-pk")

    def get_base_queryset(self) -> QuerySet:
        return self.get_queryset()


class VoidForm(forms.Form):
    """Why a receipt is replaced: a word from a list, for the register; never a sentence about somebody."""

    reason = forms.ChoiceField(
        label=gettext_lazy("Why is it replaced?"),
        choices=[
            ("details_corrected", gettext_lazy("The donor’s details were corrected")),
            ("issuer_corrected", gettext_lazy("The issuer’s details were corrected")),
            ("other", gettext_lazy("Another reason")),
        ],
    )


REASONS = dict(VoidForm.base_fields["reason"].choices) | {
    "money_changed": gettext_lazy("Refund or dispute"),
    "match_taken_back": gettext_lazy("The money was another gift’s"),
}


@for_those_who(VIEW)
def inside(request: HttpRequest, pk: int) -> HttpResponse:
    """One receipt: what it says, to whom it was handed, what became of it."""
    receipts = Receipt.objects.select_related("issuer", "donor", "replaces__issuer").defer("pdf", "copy_pdf")
    receipt = get_object_or_404(receipts, pk=pk)
    may_see_donor = request.user.has_perm(DONORS)
    if may_see_donor:
        DonorAccess.objects.create(
            user=request.user, act=DonorAccess.Act.LOOKED, donor=receipt.donor, what=f"receipt {receipt.full_number}"
        )
    back = ("receipts", _("Receipts"))
    context = screen(_("Receipt"), receipt.full_number, back=back, icon="doc-full") | {
        "receipt": receipt,
        "may_see_donor": may_see_donor,
        "donor_name": _name_on(receipt),
        "amount": display(receipt.amount_minor, receipt.currency, get_language() or "en", exact=True),
        "lines": receipt.lines.select_related("payment__donation").order_by("pk"),
        "copies": receipt.copies.select_related("user").order_by("at", "pk"),
        "is_handed_over": receipting.handed_over(receipt).exists(),
        "replacement": Receipt.objects.select_related("issuer").filter(replaces=receipt).first(),
        "reason": REASONS.get(receipt.void_reason, receipt.void_reason),
        "may_issue": request.user.has_perm(ISSUE),
        "form": VoidForm(),
    }
    return TemplateResponse(request, "donations/admin/receipt.html", context)


@require_POST
def download(request: HttpRequest, pk: int) -> HttpResponse:
    """The stored paper: a copy for staff, or the original to be sent by post."""
    is_original = request.POST.get("to") == "post"
    if not request.user.has_perms((DONORS, ISSUE if is_original else VIEW)):
        raise PermissionDenied
    receipt = get_object_or_404(Receipt.objects.select_related("issuer", "donor"), pk=pk)
    if is_original and receipt.voided_at:
        raise PermissionDenied
    try:
        content = receipting.hand_over(pk, "post" if is_original else "staff", user=request.user)
    except receipting.Damaged:
        messages.error(request, _("The stored paper is no longer what was issued, or was forgotten after its time."))
        return redirect("receipt_inside", pk)
    DonorAccess.objects.create(
        user=request.user, act=DonorAccess.Act.EXPORTED, donor=receipt.donor, what=f"receipt {receipt.full_number}"
    )
    response = paper(receipt, content)
    response["Cache-Control"] = "private, no-store"
    return response


@require_POST
@for_those_who(ISSUE)
def replace(request: HttpRequest, pk: int) -> HttpResponse:
    """Void a receipt and issue another with what holds now."""
    get_object_or_404(Receipt.objects.only("pk"), pk=pk)
    form = VoidForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Choose why the receipt is replaced."))
        return redirect("receipt_inside", pk)
    try:
        old, new = receipting.void_and_replace(pk, form.cleaned_data["reason"], "staff", user=request.user)
    except receipting.CannotIssue as error:
        messages.error(request, " ".join(map(str, error.reasons)))
        return redirect("receipt_inside", pk)
    if new:
        words = _("Receipt %(old)s is void; %(new)s replaces it.")
        messages.success(request, words % {"old": old.full_number, "new": new.full_number})
        return redirect("receipt_inside", new.pk)
    messages.warning(
        request,
        _("Receipt %(old)s is void. No other could be issued: “Gifts without a receipt” says why.")
        % {"old": old.full_number},
    )
    return redirect("receipt_inside", pk)


@require_POST
@for_those_who(ISSUE)
def issue(request: HttpRequest, pk: int) -> HttpResponse:
    """Issue the receipt of one gift at once, as its donor asks for it."""
    get_object_or_404(Donation.objects.only("pk"), pk=pk)
    try:
        receipt = receipting.issue([pk], "staff", user=request.user)
    except receipting.CannotIssue as error:
        messages.error(request, " ".join([_("No receipt was issued:"), *map(str, error.reasons)]))
        return redirect("without_receipt")
    messages.success(request, _("Receipt %(number)s was issued.") % {"number": receipt.full_number})
    return redirect("receipt_inside", receipt.pk)


urlpatterns = [
    path("receipts/", Receipts.as_view(), name="receipts"),
    path("receipts/results/", Receipts.as_view(results_only=True), name="receipts_results"),
    path("receipts/missing/", WithoutReceipt.as_view(), name="without_receipt"),
    path("receipts/missing/results/", WithoutReceipt.as_view(results_only=True), name="without_receipt_results"),
    path("receipts/missing/<int:pk>/issue/", issue, name="issue_receipt"),
    path("receipts/<int:pk>/", inside, name="receipt_inside"),
    path("receipts/<int:pk>/paper/", download, name="receipt_paper"),
    path("receipts/<int:pk>/replace/", replace, name="replace_receipt"),
]
