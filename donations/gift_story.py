"""The whole story of one gift or one monthly gift, as staff read it, and what they may do about it."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from wagtail.admin import messages
from wagtail.admin.ui.tables import Column, Table, TitleColumn

from donations import donor_access, gateway, lifecycle
from donations.giving_menu import AmountColumn, MomentColumn, ReferenceColumn, for_those_who, screen
from donations.models import (
    Dispute,
    Donation,
    Donor,
    Fund,
    JournalEntry,
    LedgerEntry,
    Mail,
    Pledge,
    ProviderEvent,
    Receipt,
    ReceiptLine,
    Refund,
    Tribute,
)
from donations.money import display
from donations.providers.base import ProviderError, Unreachable
from donations.references import in_groups
from donations.states import DisputeStatus, DonationState, PaymentStatus, PledgeState, RefundStatus
from donations.work import try_again

_STEPS = {
    "state": gettext_lazy("State"),
    "refund": gettext_lazy("Refund"),
    "dispute": gettext_lazy("Dispute"),
    "fraud warning": gettext_lazy("Fraud warning of the provider"),
    "amount": gettext_lazy("Amount of the monthly gift"),
    "pledge": gettext_lazy("State of the monthly gift"),
    "fund": gettext_lazy("Fund of the monthly gift"),
    "end asked": gettext_lazy("End of the monthly gift asked for"),
    "mail again": gettext_lazy("E-mail sent again"),
    "matched": gettext_lazy("Found among the bank’s lines"),
    "unmatched": gettext_lazy("Match with a line of the bank taken back"),
    "letter sent": gettext_lazy("Letter to the family sent by post"),
    "letter not sent": gettext_lazy("Letter to the family not sent after all"),
    "receipt": gettext_lazy("Receipt issued"),
    "receipt void": gettext_lazy("Receipt void"),
}
_MAILS = {
    "thanks": gettext_lazy("thanks"),
    "processing": gettext_lazy("payment on its way"),
    "failed": gettext_lazy("payment failed"),
    "instructions": gettext_lazy("how to send the cheque or transfer"),
    "pledge_ended": gettext_lazy("end of the monthly gift"),
    "pledge_failing": gettext_lazy("a month that failed"),
    "refunded": gettext_lazy("refund"),
    "fund_moved": gettext_lazy("another fund for the monthly gift"),
    "receipt": gettext_lazy("receipt"),
    "pledge_link": gettext_lazy("link to the monthly gift"),
    "confirm_gift": gettext_lazy("confirmation of the address"),
    "tribute": gettext_lazy("letter to the family"),
}
# "succeeded" is said of a gift and of a refund: each kind of step has words of its own.
_WORDS = {
    "state": dict(DonationState.choices),
    "pledge": dict(PledgeState.choices),
    "refund": dict(RefundStatus.choices) | {"approved": gettext_lazy("approved")},
    "dispute": dict(DisputeStatus.choices),
}
MOST_ROWS = 200  # of any table of a story


# --- How things are named -------------------------------------------------------------------------


def step(entry: JournalEntry) -> str:
    if entry.what == "amount" and entry.donation_id:
        return _("Amount")
    return str(_STEPS.get(entry.what, entry.what))


def mail_kind(mail: Mail) -> str:
    return str(_MAILS.get(mail.kind, mail.kind))


def mail_state(mail: Mail | ProviderEvent) -> str:
    """How far a piece of kept work has come."""
    if mail.done_at:
        return _("done")
    if mail.parked_at:
        return _("given up: %(error)s") % {"error": mail.error or "–"}
    return _("waiting") if not mail.error else _("tried again: %(error)s") % {"error": mail.error}


def detail(entry: JournalEntry) -> str:
    """What a step of the journal says besides its name."""
    known, parts = dict(entry.detail), []
    currency = entry.donation.currency if entry.donation else entry.pledge.currency if entry.pledge else "EUR"
    if "status" in known:
        parts.append(_word(entry, known.pop("status")))
    if "amount" in known:
        parts.append(_amount(known.pop("amount"), currency))
    if {"before", "after"} <= known.keys():
        before, after = known.pop("before"), known.pop("after")
        if entry.what == "amount":
            before, after = _amount(before, currency), _amount(after, currency)
        elif entry.what == "fund":
            before, after = (str(Fund.objects.filter(pk=pk).first() or f"#{pk}") for pk in (before, after))
        parts.append(f"{_word(entry, before)} → {_word(entry, after)}")
    if "kind" in known:
        kind = known.pop("kind")
        parts.append(str(_MAILS.get(kind, kind)))
    parts += [str(value) for value in known.values()]
    return ", ".join(parts)


def _word(entry: JournalEntry, value: Any) -> str:
    return str(_WORDS.get(entry.what, {}).get(str(value), value))


def _amount(value: Any, currency: str) -> str:
    return display(value, currency, get_language() or "fr", exact=True) if isinstance(value, int) else str(value)


def through(entry: JournalEntry) -> str:
    """Who or what set a step off."""
    if entry.user:
        return entry.user.get_username()
    return entry.cause


JOURNAL = [
    MomentColumn("at", label=gettext_lazy("When")),
    Column("what", label=gettext_lazy("What"), accessor=step),
    Column("detail", label=gettext_lazy("Details"), accessor=detail),
    Column("through", label=gettext_lazy("Through"), accessor=through),
]
_MAIL = [
    MomentColumn("made_at", label=gettext_lazy("Made")),
    Column("kind", label=gettext_lazy("E-mail"), accessor=mail_kind),
    Column("state", label=gettext_lazy("State"), accessor=mail_state),
    MomentColumn("done_at", label=gettext_lazy("Sent")),
]
_EVENTS = [
    MomentColumn("received_at", label=gettext_lazy("Received")),
    Column("kind", label=gettext_lazy("Kind")),
    Column("event_id", label=gettext_lazy("Number")),
    Column("state", label=gettext_lazy("State"), accessor=mail_state),
]


class SendAgainColumn(Column):
    """A button that sends an e-mail once more."""

    cell_template_name = "donations/admin/send_again.html"

    def get_cell_context_data(self, instance: Mail, parent_context: dict[str, Any]) -> dict[str, Any]:
        context = super().get_cell_context_data(instance, parent_context)
        return context | {"mail": instance, "kind": mail_kind(instance)}


def mail_columns(user: Any) -> list[Column]:
    may_send = user.has_perm("donations.change_quarantined")
    return [*_MAIL, SendAgainColumn("again", label=_("Act"))] if may_send else _MAIL


# --- A gift ---------------------------------------------------------------------------------------


@require_GET
@for_those_who("donations.view_donation")
def gift(request: HttpRequest, pk: int) -> HttpResponse:
    """Everything that happened to one gift; not who gave it."""
    gifts = Donation.objects.select_related("fund", "issuer", "page", "pledge", "bank_line")
    donation = get_object_or_404(gifts, pk=pk)
    payments = list(donation.payments.prefetch_related("refunds").order_by("pk"))
    refs = {donation.session_ref, *(ref for one in payments for ref in (one.provider_ref, one.invoice_ref))} - {""}
    user, held = request.user, lifecycle.total_minor(donation=donation)
    context = screen(_("Gift"), in_groups(donation.reference), back=("gifts", _("Gifts"))) | {
        "gift": donation,
        "held_minor": held,
        "may_look_again": bool(payments or donation.session_ref) and user.has_perm("donations.view_payment"),
        "may_see_donor": user.has_perm("donations.view_donor"),
        "may_see_tribute": user.has_perm("donations.view_tribute")
        and Tribute.objects.filter(donor=donation.donor_id).exists(),
        "may_see_pledge": user.has_perm("donations.view_pledge"),
        "payments": [
            {
                "payment": one,
                "left_minor": gateway.left_of(one),
                "may_refund": one.status == PaymentStatus.SUCCEEDED
                and gateway.left_of(one) > 0
                and user.has_perm("donations.request_refund"),
            }
            for one in payments
        ],
        "refunds": _refunds(Refund.objects.filter(payment__in=payments)),
        "disputes": Table(
            [
                MomentColumn("created_at", label=_("Date")),
                Column("status", label=_("State"), accessor="get_status_display"),
                AmountColumn("amount", label=_("Amount")),
                Column("reason", label=_("Reason")),
                Column("number", label=_("Number at the provider"), accessor="provider_ref"),
            ],
            [_with_currency(one, donation) for one in Dispute.objects.filter(payment__in=payments).order_by("pk")],
            caption=_("Disputes"),
        ),
        "ledger": Table(
            [
                MomentColumn("happened_at", label=_("When")),
                Column("kind", label=_("What"), accessor="get_kind_display"),
                AmountColumn("amount", label=_("Amount")),
                Column("fund", label=_("Fund")),
                Column("source", label=_("Source")),
            ],
            LedgerEntry.objects.filter(donation=donation).select_related("fund"),
            caption=_("Ledger"),
        ),
        "receipts": Table(
            [
                TitleColumn(
                    "number",
                    label=_("Number"),
                    accessor="full_number",
                    get_url=_receipt_url if user.has_perm("donations.view_receipt") else None,
                ),
                MomentColumn("issued_at", label=_("Issued")),
                AmountColumn("amount", label=_("Amount")),
                MomentColumn("voided_at", label=_("Void since")),
                Column("why", label=_("Why it is void"), accessor="void_reason"),
            ],
            Receipt.objects.filter(pk__in=ReceiptLine.objects.filter(payment__in=payments).values("receipt"))
            .select_related("issuer")
            .defer("pdf", "copy_pdf", "snapshot"),
            caption=_("Receipts"),
        ),
        "mails": Table(mail_columns(user), donation.mails.order_by("pk"), caption=_("E-mails")),
        "journal": Table(
            JOURNAL,
            donation.journal.select_related("user", "donation", "pledge")[:MOST_ROWS],
            caption=_("Journal"),
        ),
        "events": Table(
            _EVENTS,
            ProviderEvent.objects.filter(
                provider=donation.provider, account=donation.account, object_ref__in=refs
            ).order_by("received_at")[:MOST_ROWS],
            caption=_("Messages of the provider"),
        ),
    }
    return TemplateResponse(request, "donations/admin/gift.html", context)


def _receipt_url(receipt: Receipt) -> str:
    return reverse("receipt_inside", args=[receipt.pk])


def _with_currency(row: Any, donation: Donation) -> Any:
    row.currency = donation.currency
    return row


def _refunds(refunds: QuerySet[Refund]) -> Table:
    rows = refunds.select_related("payment__donation", "requested_by", "approved_by").order_by("pk")
    columns = [
        TitleColumn(
            "created_at",
            label=_("Date"),
            accessor=refund_day,
            get_url=lambda refund: reverse("giving_refund", args=[refund.pk]),
        ),
        AmountColumn("amount", label=_("Amount")),
        Column("status", label=_("State"), accessor="get_status_display"),
        Column("reason", label=_("Reason")),
        Column("by", label=_("Asked for by"), accessor=lambda refund: who(refund.requested_by)),
    ]
    return Table(columns, [_with_currency(row, row.payment.donation) for row in rows], caption=_("Refunds"))


def refund_day(refund: Refund) -> str:
    return formats.date_format(timezone.localtime(refund.created_at), "SHORT_DATETIME_FORMAT")


def who(user: Any) -> str:
    return user.get_username() if user else _("the provider’s dashboard")


@require_POST
@for_those_who("donations.view_donation", "donations.view_payment")
def look_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask the provider what holds of the gift now, and take it in."""
    donation = get_object_or_404(Donation, pk=pk)
    try:
        gateway.look_again(donation, "staff")
    except (ProviderError, gateway.UnknownProvider) as error:
        messages.error(request, why_not(error))
    else:
        messages.success(request, _("The provider was asked; what holds now is shown below."))
    return redirect("gift_story", pk)


def why_not(error: Exception) -> str:
    """What to tell staff when a provider did not answer, or refused."""
    if isinstance(error, gateway.UnknownProvider):
        return _("This server is not set up for this provider any more. Ask an administrator.")
    if isinstance(error, Unreachable):
        return _("The provider does not answer. Nothing is lost: try again in a few minutes.")
    return _("The provider refused. Look at the gift in the provider’s own dashboard.")


@require_POST
@for_those_who("donations.view_mail", "donations.change_quarantined")
def send_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Have an e-mail sent once more, parked or sent: the words are made anew, from what holds now."""
    mail = get_object_or_404(Mail.objects.select_related("donation", "pledge"), pk=pk)
    Mail.objects.filter(pk=pk).update(done_at=None)
    try_again(mail)
    lifecycle.note(mail.donation, "mail again", "staff", pledge=mail.pledge, user=request.user, kind=mail.kind)
    messages.success(request, _("The e-mail goes out within minutes."))
    if mail.donation_id:
        return redirect("gift_story", mail.donation_id)
    return redirect("giving_pledge", mail.pledge_id) if mail.pledge_id else redirect("giving_parked")


# --- Who gave, and in whose memory: each behind a permission of its own, each look written down ------


@require_GET
@for_those_who("donations.view_donation", "donations.view_donor")
def donor_of_gift(request: HttpRequest, pk: int) -> HttpResponse:
    """Who gave, with the consents."""
    donation = get_object_or_404(Donation.objects.select_related("donor"), pk=pk)
    return _donor(request, donation.donor, in_groups(donation.reference), reverse("gift_story", args=[pk]))


@require_GET
@for_those_who("donations.view_pledge", "donations.view_donor")
def donor_of_pledge(request: HttpRequest, pk: int) -> HttpResponse:
    """Who gives every month, with the consents."""
    pledge = get_object_or_404(Pledge.objects.select_related("donor"), pk=pk)
    return _donor(request, pledge.donor, str(pledge), reverse("giving_pledge", args=[pk]))


def _donor(request: HttpRequest, donor: Donor, of: str, back_url: str) -> HttpResponse:
    donor_access.looked(request.user, donor, of)
    context = screen(_("Donor"), of, back=("gifts", _("Gifts"))) | {
        "donor": donor,
        "back_url": back_url,
        "may_open_data": any(request.user.has_perm(f"donations.{act}_donor") for act in ("export", "erase")),
        "consents": Table(
            [
                Column("kind", label=_("What"), accessor="get_kind_display"),
                Column("wording", label=_("The words agreed to")),
                MomentColumn("given_at", label=_("Given on")),
                MomentColumn("withdrawn_at", label=_("Withdrawn on")),
            ],
            donor.consents.order_by("pk"),
            caption=_("Consents"),
        ),
        "gifts": Table(
            [
                ReferenceColumn(),
                MomentColumn("created_at", label=_("Begun")),
                AmountColumn("amount", label=_("Amount")),
                Column("state", label=_("State"), accessor="get_state_display"),
            ],
            donor.donations.all()[:MOST_ROWS],
            caption=_("Gifts"),
        ),
    }
    return TemplateResponse(request, "donations/admin/donor.html", context)


@require_GET
@for_those_who("donations.view_donation", "donations.view_tribute")
def tribute_of_gift(request: HttpRequest, pk: int) -> HttpResponse:
    """In whose memory or honour: it may tell of an illness."""
    donation = get_object_or_404(Donation, pk=pk)
    tribute = get_object_or_404(Tribute.objects.select_related("donor"), donor=donation.donor_id)
    donor_access.looked_at_tribute(request.user, tribute.donor, in_groups(donation.reference))
    context = screen(_("Tribute"), in_groups(donation.reference), back=("gifts", _("Gifts"))) | {
        "tribute": tribute,
        "back_url": reverse("gift_story", args=[pk]),
    }
    return TemplateResponse(request, "donations/admin/tribute.html", context)
