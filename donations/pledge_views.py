"""Monthly gifts in the admin: the list, the story of each, and their end when a donor asks staff for it."""

from typing import Any

import django_filters
from django import forms
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods
from wagtail.admin import messages
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import Column, Table, TitleColumn
from wagtail.admin.views.generic.base import BaseListingView

from donations import donor_access, gateway, lifecycle
from donations.gift_lists import SHORTEST_NAME, donors_called, named_provider_of, providers
from donations.gift_story import JOURNAL, MOST_ROWS, mail_columns, why_not
from donations.giving_menu import AmountColumn, MomentColumn, Permitted, ReferenceColumn, for_those_who, screen
from donations.models import Fund, Pledge
from donations.providers.base import ProviderError
from donations.states import PledgeState


class PledgeFilters(WagtailFilterSet):
    """Narrows the list of monthly gifts."""

    state = django_filters.MultipleChoiceFilter(
        label=gettext_lazy("State"), choices=PledgeState.choices, widget=forms.CheckboxSelectMultiple
    )
    fund = django_filters.ModelChoiceFilter(label=gettext_lazy("Fund"), queryset=lambda request: Fund.objects.all())
    provider = django_filters.ChoiceFilter(label=gettext_lazy("Provider"), choices=providers)

    class Meta:
        model = Pledge
        fields: list[str] = []


class Pledges(Permitted, BaseListingView):
    """Every monthly gift, the newest first; found by a number, or by the donor for those who may see donors."""

    permissions = ("donations.view_pledge",)
    page_title = gettext_lazy("Monthly gifts")
    header_icon = "rotate"
    index_url_name = "giving_pledges"
    index_results_url_name = "giving_pledges_results"
    results_template_name = "donations/admin/list_results.html"
    is_searchable = True
    filterset_class = PledgeFilters
    paginate_by = 50
    no_results_message = gettext_lazy("No monthly gift.")

    @property
    def shows_donors(self) -> bool:
        return self.is_searching and self.request.user.has_perm("donations.view_donor")

    @property
    def columns(self) -> list[Column]:
        columns = [
            TitleColumn(
                "number",
                label=_("Number"),
                accessor=str,
                get_url=lambda pledge: reverse("giving_pledge", args=[pledge.pk]),
            ),
            MomentColumn("created_at", label=_("Begun")),
            AmountColumn("amount", label=_("Amount")),
            Column("state", label=_("State"), accessor="get_state_display"),
            Column("fund", label=_("Fund")),
            MomentColumn("next_on", label=_("Next gift")),
            Column("provider", label=_("Provider"), accessor=named_provider_of),
        ]
        if self.shows_donors:
            columns.insert(1, Column("donor", label=_("Donor")))
        return columns

    def get_base_queryset(self) -> QuerySet:
        return Pledge.objects.select_related("fund", "donor").order_by("-created_at", "-pk")

    def search_queryset(self, queryset: QuerySet) -> QuerySet:
        if not self.is_searching:
            return queryset
        query = self.search_query.strip()
        found = Q(provider_ref=query) | Q(customer_ref=query) | Q(donations__reference="".join(query.split()).upper())
        if query.removeprefix("#").isdecimal():
            found |= Q(pk=int(query.removeprefix("#")[:9]))
        if self.shows_donors and len(query) >= SHORTEST_NAME:
            found |= Q(donor__in=donors_called(query).values("pk"))
        return queryset.filter(found).distinct()

    def get_context_data(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(*args, **kwargs)
        if self.shows_donors and context["object_list"]:
            donor_access.listed(self.request.user, "monthly gifts: search", len(context["object_list"]))
        return context


class EndForm(forms.Form):
    """Why a monthly gift is ended by staff."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=300,
        help_text=gettext_lazy("For colleagues: “asked by telephone”. No name, nothing on health."),
    )


@require_http_methods(["GET", "POST"])
@for_those_who("donations.view_pledge")
def pledge(request: HttpRequest, pk: int) -> HttpResponse:
    """Everything that happened to one monthly gift; those who may end it do so here."""
    found = get_object_or_404(Pledge.objects.select_related("fund", "issuer"), pk=pk)
    may_end = request.user.has_perm("donations.change_pledge") and found.state != PledgeState.ENDED
    form = EndForm(request.POST if request.method == "POST" and may_end else None)
    if form.is_valid():
        lifecycle.note(
            pledge=found, what="end asked", cause="staff", user=request.user, reason=form.cleaned_data["reason"]
        )
        try:
            gateway.end_pledge(found, "staff")
        except (ProviderError, gateway.UnknownProvider) as error:
            messages.error(request, why_not(error))
        else:
            messages.success(request, _("The monthly gift is ended: the provider takes no more money."))
        return redirect("giving_pledge", pk)
    user = request.user
    context = screen(_("Monthly gift"), str(found), back=("giving_pledges", _("Monthly gifts"))) | {
        "pledge": found,
        "form": form if may_end else None,
        "may_see_donor": user.has_perm("donations.view_donor"),
        "held_minor": lifecycle.total_minor(donation__pledge=found),
        "gifts": Table(
            [
                ReferenceColumn(),
                MomentColumn("created_at", label=_("Begun")),
                MomentColumn("paid_at", label=_("Received")),
                AmountColumn("amount", label=_("Amount")),
                Column("state", label=_("State"), accessor="get_state_display"),
                Column("fund", label=_("Fund")),
            ],
            found.donations.select_related("fund")[:MOST_ROWS],
            caption=_("Gifts"),
        ),
        "journal": Table(
            JOURNAL,
            found.journal.select_related("user", "donation", "pledge")[:MOST_ROWS],
            caption=_("Journal"),
        ),
        "mails": Table(mail_columns(user), found.mails.order_by("pk"), caption=_("E-mails")),
    }
    return TemplateResponse(request, "donations/admin/pledge.html", context, status=422 if form.errors else 200)
