"""Money back, in the admin: one person asks, above a sum another one lets it go."""

from typing import Any

import django_filters
from django import forms
from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Case, F, QuerySet, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from wagtail.admin import messages
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import Column, TitleColumn
from wagtail.admin.views.generic.base import BaseListingView

from donations import gateway
from donations.gift_story import refund_day, who, why_not
from donations.giving_menu import AmountColumn, Permitted, for_those_who, screen
from donations.models import Payment, Refund
from donations.money import NotAnAmount, display, parse_amount
from donations.providers.base import Capability, ProviderError
from donations.references import in_groups
from donations.states import RefundStatus


class RefundForm(forms.Form):
    """How much of a payment goes back, and why."""

    amount = forms.CharField(
        label=gettext_lazy("Amount to send back"),
        max_length=30,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=300,
        help_text=gettext_lazy("For colleagues and auditors: “gave twice by mistake”. No name, nothing on health."),
    )

    def __init__(self, *args: Any, payment: Payment, left_minor: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.payment, self.left_minor = payment, left_minor
        self.fields["amount"].help_text = _("At most %(left)s, in %(currency)s.") % {
            "left": display(left_minor, payment.currency, get_language() or "fr", exact=True),
            "currency": payment.currency,
        }

    def clean_amount(self) -> int:
        try:
            amount = parse_amount(self.cleaned_data["amount"], self.payment.currency)
        except NotAnAmount:
            raise ValidationError(_("This is no amount. Write it in figures, for example 75 or 75,50.")) from None
        if amount > self.left_minor:
            raise ValidationError(
                _("No more than %(left)s is left of this payment.")
                % {"left": display(self.left_minor, self.payment.currency, get_language() or "fr", exact=True)}
            )
        return amount


@require_http_methods(["GET", "POST"])
@for_those_who("donations.view_donation", "donations.request_refund")
def refund_payment(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for a refund of a payment: sent at once, or put before a colleague."""
    payment = get_object_or_404(Payment.objects.select_related("donation__fund"), pk=pk)
    left, gift_url = gateway.left_of(payment), reverse("gift_story", args=[payment.donation_id])
    try:
        can_refund = Capability.REFUND in gateway.provider_for(payment).capabilities
    except gateway.UnknownProvider as error:
        messages.error(request, why_not(error))
        return redirect(gift_url)
    if left <= 0 or not can_refund:
        messages.error(request, _("Nothing is left of this payment that could be sent back."))
        return redirect(gift_url)
    form = RefundForm(request.POST or None, payment=payment, left_minor=left)
    if request.method == "POST" and form.is_valid():
        try:
            refund = gateway.request_refund(
                payment, form.cleaned_data["amount"], form.cleaned_data["reason"], request.user
            )
        except gateway.TooLate:
            form.add_error("amount", _("Somebody else sent a part of it back meanwhile. Look at what is left."))
        except ProviderError:
            messages.warning(request, _("The refund is noted; the provider has not confirmed it yet."))
            return redirect(gift_url)
        else:
            _tell(request, refund)
            return redirect(gift_url)
    reference = in_groups(payment.donation.reference)
    context = screen(_("Refund"), reference, back=("gifts", _("Gifts"))) | {
        "form": form,
        "payment": payment,
        "left_minor": left,
        "gift_url": gift_url,
        "second_from_minor": settings.REFUND_NEEDS_SECOND_PERSON_FROM,
    }
    return TemplateResponse(request, "donations/admin/refund_form.html", context, status=422 if form.errors else 200)


def _tell(request: HttpRequest, refund: Refund) -> None:
    """Say how far a refund has come."""
    match refund.status:
        case RefundStatus.REQUESTED:
            messages.success(request, _("The refund waits for the approval of a colleague."))
        case RefundStatus.SUCCEEDED:
            messages.success(request, _("The money goes back to the donor, who gets an e-mail."))
        case RefundStatus.FAILED:
            messages.error(request, _("The provider refused the refund: nothing was sent back."))
        case _:
            messages.warning(request, _("The refund is on its way; the provider has not confirmed it yet."))


@require_http_methods(["GET", "POST"])
@for_those_who("donations.view_refund")
def refund(request: HttpRequest, pk: int) -> HttpResponse:
    """One refund; a colleague's request is approved or refused here, one's own taken back."""
    refunds = Refund.objects.select_related("payment__donation__fund", "requested_by", "approved_by")
    found = get_object_or_404(refunds, pk=pk)
    waits, is_own = found.status == RefundStatus.REQUESTED, found.requested_by_id == request.user.pk
    may_approve = waits and not is_own and request.user.has_perm("donations.approve_refund")
    may_refuse = may_approve or (waits and is_own and request.user.has_perm("donations.request_refund"))
    if request.method == "POST":
        act = request.POST.get("act")
        if (act == "approve" and not may_approve and waits) or (act == "refuse" and not may_refuse and waits):
            raise PermissionDenied
        try:
            if act == "approve":
                gateway.approve_refund(found, request.user)
                found.refresh_from_db()
                _tell(request, found)
            elif act == "refuse":
                gateway.refuse_refund(found, request.user)
                messages.success(request, _("The refund is refused: no money goes back."))
        except gateway.TooLate:
            messages.error(request, _("Somebody decided on this refund meanwhile."))
        except gateway.UnknownProvider as error:
            messages.error(request, why_not(error))
        except ProviderError:
            messages.warning(request, _("The refund is approved; the provider has not confirmed it yet."))
        return redirect("giving_refunds")
    gift = found.payment.donation
    context = screen(_("Refund"), in_groups(gift.reference), back=("giving_refunds", _("Refunds"))) | {
        "refund": found,
        "gift": gift,
        "asked_by": who(found.requested_by),
        "may_approve": may_approve,
        "may_refuse": may_refuse,
        "is_own": is_own,
        "waits": waits,
        "may_see_gift": request.user.has_perm("donations.view_donation"),
    }
    return TemplateResponse(request, "donations/admin/refund.html", context)


class RefundFilters(WagtailFilterSet):
    """Narrows the list of refunds."""

    status = django_filters.ChoiceFilter(label=gettext_lazy("State"), choices=RefundStatus.choices)

    class Meta:
        model = Refund
        fields: list[str] = []


class Refunds(Permitted, BaseListingView):
    """Every refund; those that wait for a second person come first."""

    permissions = ("donations.view_refund",)
    page_title = gettext_lazy("Refunds")
    header_icon = "resubmit"
    index_url_name = "giving_refunds"
    index_results_url_name = "giving_refunds_results"
    results_template_name = "donations/admin/list_results.html"
    filterset_class = RefundFilters
    paginate_by = 50
    no_results_message = gettext_lazy("No refund.")
    columns = [
        TitleColumn(
            "created_at",
            label=gettext_lazy("Date"),
            accessor=refund_day,
            get_url=lambda refund: reverse("giving_refund", args=[refund.pk]),
        ),
        Column("gift", label=gettext_lazy("Gift"), accessor=lambda row: in_groups(row.payment.donation.reference)),
        AmountColumn("amount", label=gettext_lazy("Amount")),
        Column("status", label=gettext_lazy("State"), accessor="get_status_display"),
        Column("by", label=gettext_lazy("Asked for by"), accessor=lambda row: who(row.requested_by)),
        Column("decided", label=gettext_lazy("Decided by"), accessor=lambda row: row.approved_by or ""),
    ]

    def get_base_queryset(self) -> QuerySet:
        refunds = Refund.objects.select_related("payment__donation", "requested_by", "approved_by")
        waits_first = Case(When(status=RefundStatus.REQUESTED, then=0), default=1)
        return refunds.annotate(currency=F("payment__currency")).order_by(waits_first, "-created_at", "-pk")
