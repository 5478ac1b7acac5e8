"""What needs a person: what a provider said that cannot be true, and the messages and e-mails that were given up."""

from typing import Any

import django_filters
from django import forms
from django.db.models import F, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from wagtail.admin import messages
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.components import Component
from wagtail.admin.ui.tables import Column, Table, TitleColumn
from wagtail.admin.views.generic.base import BaseListingView

from donations import family_letters, gateway, lifecycle
from donations.gift_story import MOST_ROWS, mail_kind, why_not
from donations.giving_menu import MomentColumn, Permitted, for_those_who, provider_name, screen
from donations.models import Donation, Mail, ProviderEvent, Quarantined, Refund
from donations.money import display
from donations.providers.base import ObjectKind, ProviderError, Ref
from donations.references import in_groups
from donations.states import DonationState, PledgeState, RefundStatus
from donations.work import try_again

_WHY = {
    "other mode": gettext_lazy("test and real money mixed up"),
    "unknown gift": gettext_lazy("a payment of no gift that we know"),
    "pledge of a single gift": gettext_lazy("a monthly gift where a single one was begun"),
    "another pledge": gettext_lazy("another monthly gift than the one we know"),
    "an ended pledge lives": gettext_lazy("a monthly gift that had ended goes on"),
    "invoice without a pledge": gettext_lazy("a month of no monthly gift that we know"),
    "invoice of another pledge": gettext_lazy("a month of another monthly gift"),
    "payment of another gift": gettext_lazy("a payment that belongs to another gift"),
    "paid twice": gettext_lazy("one gift paid twice"),
    "other currency": gettext_lazy("another currency than the gift’s"),
    "other amount": gettext_lazy("another amount than the gift’s"),
    "refunded more than paid": gettext_lazy("more sent back than was paid"),
    "impossible move": gettext_lazy("a change of state that cannot be"),
    "payout failed": gettext_lazy("a payout that did not reach the bank"),
    "payout does not add up": gettext_lazy("a payout whose lines are not its amount"),
    "payout differs from the ledger": gettext_lazy("a payout with lines that are not in the ledger"),
    "closed payout changed": gettext_lazy("a closed payout that the provider has changed"),
    "never paid out": gettext_lazy("a payment that is in no payout"),
    "gone at the provider": gettext_lazy("the provider does not know it any more"),
}


_DETAILS = {
    "known": gettext_lazy("What we know"),
    "said": gettext_lazy("What the provider says"),
    "before": gettext_lazy("What we know"),
    "after": gettext_lazy("What the provider says"),
    "refunded": gettext_lazy("Given back"),
    "refund": gettext_lazy("Refund"),
    "payment": gettext_lazy("Payment"),
    "pledge": gettext_lazy("Monthly gift"),
    "invoice": gettext_lazy("Invoice"),
    "is_live": gettext_lazy("Real money"),
    "amount": gettext_lazy("Amount"),
    "difference": gettext_lazy("Difference"),
    "lines": gettext_lazy("Lines"),
}


_STATES = dict(DonationState.choices) | dict(PledgeState.choices)


def why(case: Quarantined) -> str:
    return str(_WHY.get(case.why, case.why))


class CaseFilters(WagtailFilterSet):
    """Open cases, or those that were settled."""

    state = django_filters.ChoiceFilter(
        label=gettext_lazy("State"),
        method="in_state",
        choices=[("open", gettext_lazy("To be settled")), ("settled", gettext_lazy("Settled"))],
    )

    class Meta:
        model = Quarantined
        fields: list[str] = []

    def in_state(self, cases: QuerySet, name: str, value: str) -> QuerySet:
        return cases.filter(resolved_at__isnull=value == "open")


class Cases(Permitted, BaseListingView):
    """What did not fit and was applied to nothing: open cases first."""

    permissions = ("donations.view_quarantined",)
    page_title = gettext_lazy("Cases for a person")
    header_icon = "warning"
    index_url_name = "giving_cases"
    index_results_url_name = "giving_cases_results"
    results_template_name = "donations/admin/list_results.html"
    filterset_class = CaseFilters
    paginate_by = 50
    no_results_message = gettext_lazy("No case: everything that providers say fits.")
    columns = [
        TitleColumn(
            "why",
            label=gettext_lazy("What does not fit"),
            accessor=why,
            get_url=lambda case: reverse("giving_case", args=[case.pk]),
        ),
        Column("provider", label=gettext_lazy("Provider"), accessor=lambda case: provider_name(case.provider)),
        Column("object_ref", label=gettext_lazy("Number at the provider")),
        MomentColumn("found_at", label=gettext_lazy("Found")),
        MomentColumn("last_seen_at", label=gettext_lazy("Seen last")),
        MomentColumn("resolved_at", label=gettext_lazy("Settled")),
    ]

    def get_base_queryset(self) -> QuerySet:
        return Quarantined.objects.order_by(F("resolved_at").desc(nulls_first=True), "-found_at", "-pk")


class SettleForm(forms.Form):
    """How a case was settled."""

    resolution = forms.CharField(
        label=gettext_lazy("How it was settled"),
        max_length=300,
        help_text=gettext_lazy("For colleagues and auditors: “refunded in the dashboard on Monday”. No name."),
    )


def _gift_of(case: Quarantined) -> Donation | None:
    """The gift that a case is about, if we know one by its number at the provider."""
    ours = Donation.objects.filter(provider=case.provider, account=case.account)
    ref = case.object_ref
    known = Q(session_ref=ref) | Q(payments__provider_ref=ref) | Q(payments__invoice_ref=ref)
    return ours.filter(known | Q(pledge__provider_ref=ref)).order_by("pk").first()


def _details(case: Quarantined, gift: Donation | None) -> list[tuple[str, str]]:
    """What is known of a case besides its name, in words."""
    language = get_language() or "fr"

    def words(value: Any) -> str:
        if isinstance(value, bool):
            return _("yes") if value else _("no")
        if isinstance(value, int):  # every figure of a case is an amount, in minor units
            return display(value, gift.currency if gift else "EUR", language, exact=True)
        return ", ".join(value) if isinstance(value, list) else str(_STATES.get(value, value))

    return [(str(_DETAILS.get(name, name)), words(value)) for name, value in case.detail.items()]


@require_http_methods(["GET", "POST"])
@for_those_who("donations.view_quarantined")
def case(request: HttpRequest, pk: int) -> HttpResponse:
    """One case: ask the provider again, or settle it with a word on how."""
    found = get_object_or_404(Quarantined.objects.select_related("resolved_by"), pk=pk)
    may_settle = request.user.has_perm("donations.change_quarantined") and not found.resolved_at
    if request.method == "POST" and may_settle and request.POST.get("act") == "look":
        return _look_again(request, found)
    form = SettleForm(request.POST if request.method == "POST" and may_settle else None)
    if form.is_valid():
        settled = Quarantined.objects.filter(pk=pk, resolved_at=None).update(
            resolved_at=timezone.now(), resolved_by=request.user, resolution=form.cleaned_data["resolution"]
        )
        if settled:
            messages.success(request, _("The case is settled. It comes back if the provider says the same again."))
        else:
            messages.error(request, _("Somebody settled this case meanwhile."))
        return redirect("giving_cases")
    gift = _gift_of(found)
    context = screen(_("Case"), why(found), back=("giving_cases", _("Cases for a person"))) | {
        "case": found,
        "details": _details(found, gift),
        "gift": gift if request.user.has_perm("donations.view_donation") else None,
        "form": form if may_settle else None,
    }
    return TemplateResponse(request, "donations/admin/case.html", context, status=422 if form.errors else 200)


def _look_again(request: HttpRequest, found: Quarantined) -> HttpResponse:
    seen = found.last_seen_at
    try:
        provider = gateway.provider_of(found.provider, found.account)
        lifecycle.refresh(provider, Ref(ObjectKind(found.object_kind), found.object_ref), "staff")
    except (ProviderError, gateway.UnknownProvider) as error:
        messages.error(request, why_not(error))
    except ValueError:  # a kind of object that is not looked at by itself
        messages.error(request, _("This cannot be looked up at the provider from here."))
    else:
        found.refresh_from_db()
        if found.last_seen_at > seen:
            messages.warning(request, _("The provider says the same as before."))
        else:
            messages.success(request, _("What the provider says now fits. Write how the case was settled."))
    return redirect("giving_case", found.pk)


# --- What was given up ----------------------------------------------------------------------------


class TryAgainColumn(Column):
    """A button that puts a parked row back to be worked off."""

    cell_template_name = "donations/admin/try_again.html"

    def get_cell_context_data(self, instance: Any, parent_context: dict[str, Any]) -> dict[str, Any]:
        context = super().get_cell_context_data(instance, parent_context)
        kind = "mail" if isinstance(instance, Mail) else "event"
        name = mail_kind(instance) if kind == "mail" else instance.event_id
        return context | {"kind": kind, "pk": instance.pk, "name": name}


def _parked(model: Any) -> QuerySet:
    return model.objects.filter(parked_at__isnull=False, done_at=None).order_by("-parked_at")


@require_GET
@for_those_who("donations.view_mail", "donations.view_providerevent")
def parked(request: HttpRequest) -> HttpResponse:
    """The messages and e-mails that failed again and again, and wait for a person."""
    last = [
        Column("error", label=_("What went wrong")),
        MomentColumn("parked_at", label=_("Given up")),
    ]
    if request.user.has_perm("donations.change_quarantined"):
        last.append(TryAgainColumn("again", label=_("Act")))
    mails = [
        Column("kind", label=_("E-mail"), accessor=mail_kind),
        Column("of", label=_("Gift"), accessor=_of),
        *last,
    ]
    events = [
        Column("provider", label=_("Provider")),
        Column("kind", label=_("Kind")),
        Column("event_id", label=_("Number")),
        *last,
    ]
    context = screen(_("Given up"), back=("giving_cases", _("Cases for a person"))) | {
        "mails": Table(mails, _parked(Mail).select_related("donation")[:MOST_ROWS], caption=_("E-mails")),
        "events": Table(events, _parked(ProviderEvent)[:MOST_ROWS], caption=_("Messages of the provider")),
        "may_act": request.user.has_perm("donations.change_quarantined"),
    }
    return TemplateResponse(request, "donations/admin/parked.html", context)


def _of(mail: Mail) -> str:
    if mail.donation:
        return in_groups(mail.donation.reference)
    return f"#{mail.pledge_id}" if mail.pledge_id else "–"


@require_POST
@for_those_who("donations.change_quarantined")
def again(request: HttpRequest) -> HttpResponse:
    """Put one parked row back, or all of a kind."""
    model = {"mail": Mail, "event": ProviderEvent}.get(request.POST.get("kind", ""))
    if model is None:
        return redirect("giving_parked")
    rows = _parked(model)
    if "pk" in request.POST:
        pk = request.POST["pk"]
        rows = rows.filter(pk=int(pk) if pk.isdecimal() else 0)
    number = 0
    for row in rows[:1000]:
        try_again(row)
        number += 1
    messages.success(
        request, ngettext("%(number)d is tried again.", "%(number)d are tried again.", number) % {"number": number}
    )
    return redirect("giving_parked")


class WorkOnGifts(Component):
    """On the dashboard: what waits for a person in giving."""

    name = "gifts_to_work_on"
    template_name = "donations/admin/work.html"

    def get_context_data(self, parent_context: Any) -> dict[str, Any]:
        user, waits = parent_context["request"].user, {}
        if user.has_perms(["donations.view_refund", "donations.approve_refund"]):
            requested = Refund.objects.filter(status=RefundStatus.REQUESTED)
            waits["refunds"] = requested.exclude(requested_by=user).count()
        if user.has_perms(["donations.view_quarantined", "donations.change_quarantined"]):
            waits["cases"] = Quarantined.objects.filter(resolved_at=None).count()
            waits["parked"] = _parked(Mail).count() + _parked(ProviderEvent).count()
        if user.has_perm(family_letters.VIEW):
            waits["letters"] = family_letters.to_be_sent().count()
        return {"waits": waits, "is_shown": any(waits.values())}
