"""Payouts in the admin, closed to the cent on one screen; and whether what runs by itself does."""

import io
from typing import Any

import django_filters
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe
from wagtail.admin import messages
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import Column, TitleColumn
from wagtail.admin.views.generic.base import BaseListingView

from donations import closing, donor_access, timers
from donations.giving_menu import AmountColumn, MomentColumn, Permitted, for_those_who, provider_name
from donations.models import BankLine, Payout, Quarantined
from portal import tables

CLOSE = "donations.close_payout"
_KINDS = {
    "csv": (tables.write_csv, "text/csv; charset=utf-8"),
    "xlsx": (tables.write_xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
}
_STATES = {
    "paid": gettext_lazy("arrived"),
    "pending": gettext_lazy("on its way"),
    "failed": gettext_lazy("failed"),
}


def state_of(payout: Payout) -> str:
    """Where a payout stands, in words."""
    return _("closed") if payout.closed_at else str(_STATES.get(payout.status, payout.status))


class PayoutFilters(WagtailFilterSet):
    """Narrows the list of payouts."""

    state = django_filters.ChoiceFilter(
        label=gettext_lazy("State"),
        method="in_state",
        choices=[("open", gettext_lazy("To be closed")), ("closed", gettext_lazy("Closed"))],
    )

    class Meta:
        model = Payout
        fields: list[str] = []

    def in_state(self, payouts: QuerySet, name: str, value: str) -> QuerySet:
        return payouts.filter(closed_at__isnull=value == "open")


class Payouts(Permitted, BaseListingView):
    """What providers have transferred, the newest first."""

    permissions = ("donations.view_payout",)
    page_title = gettext_lazy("Payouts")
    header_icon = "download"
    index_url_name = "giving_payouts"
    index_results_url_name = "giving_payouts_results"
    results_template_name = "donations/admin/list_results.html"
    filterset_class = PayoutFilters
    paginate_by = 50
    no_results_message = gettext_lazy("No payout yet: they are read every night.")
    columns = [
        TitleColumn(
            "title",
            label=gettext_lazy("Payout"),
            accessor=closing.title,
            get_url=lambda payout: reverse("giving_payout", args=[payout.pk]),
        ),
        AmountColumn("amount", label=gettext_lazy("Amount")),
        Column("provider", label=gettext_lazy("Provider"), accessor=lambda payout: provider_name(payout.provider)),
        Column("provider_ref", label=gettext_lazy("Number at the provider")),
        Column("state", label=gettext_lazy("State"), accessor=state_of),
        MomentColumn("closed_at", label=gettext_lazy("Closed on")),
    ]

    def get_base_queryset(self) -> QuerySet:
        return Payout.objects.order_by("-arrives_on", "-pk")


@require_http_methods(["GET", "HEAD", "POST"])
@for_those_who("donations.view_payout")
def payout(request: HttpRequest, pk: int) -> HttpResponse:
    """A payout with all that makes it up; closed here when nothing is left unexplained."""
    payout = get_object_or_404(Payout.objects.select_related("closed_by"), pk=pk)
    status = 200
    if request.method == "POST" and request.user.has_perm(CLOSE):
        try:
            closing.close(payout, request.user)
        except closing.CannotClose:
            payout.refresh_from_db()
            status = 409
            messages.error(request, _("The payout was not closed: look at what has changed."))
        else:
            messages.success(request, _("The payout is closed."))
            return redirect("giving_payout", pk)
    balance = closing.balance_of(payout)
    title = closing.title(payout)
    context = {
        "page_title": title,
        "header_title": title,
        "header_icon": "download",
        "breadcrumbs_items": [
            {"url": reverse("wagtailadmin_home"), "label": _("Home")},
            {"url": reverse("giving_payouts"), "label": _("Payouts")},
            {"url": "", "label": title},
        ],
        "payout": payout,
        "state": state_of(payout),
        "balance": balance,
        "unknown": {line.pk for line in balance.unknown},
        "reasons": closing.why_not(payout, balance),
        "may_close": request.user.has_perm(CLOSE) and not payout.closed_at,
    }
    return TemplateResponse(request, "donations/admin/payout.html", context, status=status)


@require_safe
@for_those_who("donations.view_payout", "donations.export_donation")
def export(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """The lines of a payout as CSV or XLSX; what looks like a formula is none (portal/tables.py)."""
    payout = get_object_or_404(Payout, pk=pk)
    write, content_type = _KINDS[kind]
    donor_access.exported(request.user, f"payout {payout.pk}: {kind}", payout.lines.count())
    file = io.BytesIO()
    write(file, closing.header(), closing.rows(payout))
    response = HttpResponse(file.getvalue(), content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="payout-{payout.arrives_on:%Y-%m-%d}-{payout.pk}.{kind}"'
    return response


@require_safe
@for_those_who("donations.view_providerevent")
def at_work(request: HttpRequest) -> HttpResponse:
    """Whether the worker, the reconciler and the timers run; what waits for a person."""
    title = _("What runs by itself")
    context: dict[str, Any] = {
        "page_title": title,
        "header_title": title,
        "header_icon": "time",
        "breadcrumbs_items": [
            {"url": reverse("wagtailadmin_home"), "label": _("Home")},
            {"url": "", "label": title},
        ],
        "pulses": timers.pulses(),
        "parked": timers.parked(),
        "cases": Quarantined.objects.filter(resolved_at=None).count(),
        "lines": BankLine.objects.filter(donation=None, put_aside_at=None).count(),
        "payouts": Payout.objects.filter(closed_at=None).count(),
    }
    return TemplateResponse(request, "donations/admin/at_work.html", context)


urlpatterns = [
    path("giving/payouts/", Payouts.as_view(), name="giving_payouts"),
    path("giving/payouts/results/", Payouts.as_view(results_only=True), name="giving_payouts_results"),
    path("giving/payouts/<int:pk>/", payout, name="giving_payout"),
    path("giving/payouts/<int:pk>.csv", export, {"kind": "csv"}, name="giving_payout_csv"),
    path("giving/payouts/<int:pk>.xlsx", export, {"kind": "xlsx"}, name="giving_payout_xlsx"),
    path("giving/at-work/", at_work, name="giving_at_work"),
]
