"""Every look of staff at donors is written down before they see anything: who, whom, what, when."""

from typing import Any

import django_filters
from django.contrib.auth import get_user_model
from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _
from wagtail.admin.filters import DateRangePickerWidget, WagtailFilterSet
from wagtail.admin.ui.tables import Column
from wagtail.admin.views.reports import ReportView

from donations.giving_menu import MomentColumn, Permitted
from donations.models import Donor, DonorAccess
from portal.guarded_export import GuardedExport


def looked(user: Any, donor: Donor, what: str = "") -> None:
    """`user` is about to see who `donor` is."""
    DonorAccess.objects.create(user=user, act=DonorAccess.Act.LOOKED, donor=donor, what=what)


def looked_at_tribute(user: Any, donor: Donor, what: str = "") -> None:
    """`user` is about to read in whose memory or honour `donor` gave."""
    DonorAccess.objects.create(user=user, act=DonorAccess.Act.LOOKED_AT_TRIBUTE, donor=donor, what=what)


def listed(user: Any, what: str, number: int) -> None:
    """`user` is about to see a list with the names of `number` donors; `what` says of which, without a name."""
    DonorAccess.objects.create(user=user, act=DonorAccess.Act.LISTED, what=what[:300], number=number)


def exported(user: Any, what: str, number: int) -> None:
    """`user` is about to get a file of `number` rows; `what` says of what, without a name."""
    DonorAccess.objects.create(user=user, act=DonorAccess.Act.EXPORTED, what=what[:300], number=number)


class AccessFilters(WagtailFilterSet):
    """Narrows the log to an act, a colleague, a donor, some days."""

    act = django_filters.ChoiceFilter(label=_("What"), choices=DonorAccess.Act.choices)
    user = django_filters.ModelChoiceFilter(
        label=_("Who"), queryset=lambda request: _those_who_looked(), field_name="user"
    )
    donor = django_filters.NumberFilter(label=_("Number of the donor"), field_name="donor_id")
    at = django_filters.DateFromToRangeFilter(label=_("Date"), widget=DateRangePickerWidget)

    class Meta:
        model = DonorAccess
        fields: list[str] = []


def _those_who_looked() -> QuerySet:
    return get_user_model().objects.filter(pk__in=DonorAccess.objects.values("user")).order_by("username")


class AccessLog(Permitted, GuardedExport, ReportView):
    """Who looked at which donor, and who took donors or gifts away in a file. Donors are numbers here."""

    permissions = ("donations.view_donoraccess",)
    page_title = _("Looks at donors")
    header_icon = "view"
    index_url_name = "giving_access_log"
    index_results_url_name = "giving_access_log_results"
    results_template_name = "donations/admin/list_results.html"
    model = DonorAccess
    is_searchable = False
    filterset_class = AccessFilters
    no_results_message = _("Nobody looked.")
    export_filename = "looks-at-donors"
    list_export = ["at", "user.get_username", "act", "donor_id", "what", "number"]
    export_headings = {
        "at": _("when"),
        "user.get_username": _("who"),
        "act": _("what"),
        "donor_id": _("number of the donor"),
        "what": _("of what"),
        "number": _("how many"),
    }
    columns = [
        MomentColumn("at", label=_("When")),
        Column("user", label=_("Who"), accessor=lambda row: row.user.get_username() if row.user else "–"),
        Column("act", label=_("What"), accessor="get_act_display"),
        Column("donor", label=_("Donor"), accessor=lambda row: f"#{row.donor_id}" if row.donor_id else "–"),
        Column("what", label=_("Of what")),
        Column("number", label=_("How many"), classname="w-giving-amount"),
    ]

    def get_base_queryset(self) -> QuerySet:
        return DonorAccess.objects.select_related("user")

    def get_filtered_queryset(self) -> QuerySet:
        return self.get_queryset()

    def as_spreadsheet(self, queryset: QuerySet, spreadsheet_format: str) -> HttpResponse:
        exported(self.request.user, "looks at donors", queryset.count())
        return super().as_spreadsheet(queryset, spreadsheet_format)

    def to_row_dict(self, item: DonorAccess) -> dict[str, Any]:
        return {
            "at": item.at,
            "user.get_username": item.user.get_username() if item.user else "",
            "act": item.get_act_display(),
            "donor_id": item.donor_id or "",
            "what": item.what,
            "number": item.number,
        }
