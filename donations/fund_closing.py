"""Closing a fund: its monthly gifts go on to a successor. Shown first, then done as one, and kept in the log."""

from typing import Any

from django import forms
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods
from wagtail.admin import messages
from wagtail.log_actions import log

from donations import lifecycle
from donations.gateway import TooLate
from donations.giving_menu import for_those_who, screen
from donations.models import DonationPage, Fund, Pledge, PledgeMove
from donations.states import PledgeState

CLOSED = "donations.fund_closed"


def going_on(fund: Fund) -> QuerySet[Pledge]:
    """The monthly gifts to `fund` that have not ended."""
    return fund.pledges.exclude(state=PledgeState.ENDED).order_by("pk")


def may_succeed(fund: Fund) -> QuerySet[Fund]:
    """The funds that can take over: open ones of the same issuer, for donors gave to that body and no other."""
    return Fund.objects.filter(issuer=fund.issuer_id, is_open=True).exclude(pk=fund.pk)


@transaction.atomic
def close(fund: Fund, successor: Fund | None, user: Any) -> int:
    """Close `fund` and move its monthly gifts; how many were moved.

    Raises TooLate when it is closed already, when the successor has closed meanwhile, or when monthly gifts go on
    and there is no successor.
    """
    locked = Fund.objects.select_for_update().filter(pk__in=[fund.pk, *([successor.pk] if successor else [])])
    funds = {one.pk: one for one in locked.order_by("pk")}
    fund = funds[fund.pk]
    if not fund.is_open:
        raise TooLate("closed already")
    if successor and not (may_succeed(fund).filter(pk=successor.pk).exists()):
        raise TooLate("the successor cannot take over")
    pledges = going_on(fund)
    if successor is None and pledges.exists():
        raise TooLate("monthly gifts go on")
    fund.is_open, fund.successor = False, successor
    fund.save()
    moved = lifecycle.moved_to(pledges, successor, "fund closed", user) if successor else 0
    if successor:
        PledgeMove.objects.create(source=fund, target=successor, number=moved, user=user)
    log(fund, CLOSED, user=user, data={"successor": successor.pk if successor else None, "moved": moved})
    return moved


class SuccessorForm(forms.Form):
    """Which fund takes over."""

    successor = forms.ModelChoiceField(
        label=gettext_lazy("Successor"),
        queryset=Fund.objects.none(),
        required=False,
        empty_label=gettext_lazy("none"),
        help_text=gettext_lazy("The fund of the same issuer that gets the monthly gifts from now on."),
    )

    def __init__(self, *args: Any, fund: Fund, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fund = fund
        self.fields["successor"].queryset = may_succeed(fund)

    def clean_successor(self) -> Fund | None:
        successor = self.cleaned_data["successor"]
        if successor is None and going_on(self.fund).exists():
            raise forms.ValidationError(_("Monthly gifts go on: choose the fund that takes them over."))
        return successor


@require_http_methods(["GET", "POST"])
@for_those_who("donations.change_fund", "donations.change_pledge")
def close_fund(request: HttpRequest, pk: int) -> HttpResponse:
    """Choose the successor, see what would happen, then close the fund."""
    fund = get_object_or_404(Fund.objects.select_related("issuer"), pk=pk)
    back = Fund.snippet_viewset.get_url_name("list")
    if not fund.is_open:
        messages.warning(request, _("“%(fund)s” is closed already.") % {"fund": fund})
        return redirect(back)
    form = SuccessorForm(request.POST or None, fund=fund)
    is_shown = request.method == "POST" and form.is_valid()
    if is_shown and request.POST.get("act") == "close":
        try:
            moved = close(fund, form.cleaned_data["successor"], request.user)
        except TooLate:
            messages.error(request, _("Something changed meanwhile: look once more at what would happen."))
            return redirect("giving_close_fund", pk)
        text = ngettext(
            "“%(fund)s” is closed; %(number)d monthly gift was moved.",
            "“%(fund)s” is closed; %(number)d monthly gifts were moved.",
            moved,
        )
        messages.success(request, text % {"fund": fund, "number": moved})
        return redirect(back)
    context = screen(_("Close a fund"), str(fund), back=(back, _("Funds"))) | {
        "fund": fund,
        "form": form,
        "is_shown": is_shown,
        "successor": form.cleaned_data.get("successor") if is_shown else None,
        "pledges": going_on(fund).count(),
        "pages": _pages_of(fund),
    }
    return TemplateResponse(request, "donations/admin/close_fund.html", context, status=422 if form.errors else 200)


def _pages_of(fund: Fund) -> list[dict[str, Any]]:
    """The donation pages that offer the fund, and whether another open one remains there."""
    pages = DonationPage.objects.filter(funds=fund).order_by("folded_title")
    return [
        {"page": page, "is_left_empty": not page.funds.filter(is_open=True).exclude(pk=fund.pk).exists()}
        for page in pages
    ]
