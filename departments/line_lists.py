"""Flat lists in the admin: every line that a member of staff may change, and the numbers that visitors reported."""

from typing import Any

import django_filters
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods
from wagtail.admin import messages
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import Column, TitleColumn
from wagtail.admin.views.generic.base import BaseListingView

from departments import verifying
from departments.call_list import change_number, institutes_of, line_context, may_check_lines
from departments.duplicates import where
from departments.line_search import lines_matching
from departments.models import ContactLine, HospitalPage, NumberReport, Outcome
from portal.dashboard import Line, Panel


def _my_institutes(request: HttpRequest) -> QuerySet:
    return institutes_of(request.user)


def _my_hospitals(request: HttpRequest) -> QuerySet:
    below = Q(pk=None)
    for path in institutes_of(request.user).values_list("path", flat=True):
        below |= Q(path__startswith=path)
    return HospitalPage.objects.filter(below).order_by("folded_title")


class LineFilters(WagtailFilterSet):
    """Narrows the list of lines."""

    institute = django_filters.ModelChoiceFilter(
        label=gettext_lazy("Institute"), queryset=_my_institutes, method="in_institute"
    )
    hospital = django_filters.ModelChoiceFilter(
        label=gettext_lazy("Hospital"), queryset=_my_hospitals, method="at_hospital"
    )
    state = django_filters.ChoiceFilter(
        label=gettext_lazy("State"),
        method="in_state",
        choices=[("due", gettext_lazy("Due to be checked")), ("reported", gettext_lazy("Reported as wrong"))],
    )

    class Meta:
        model = ContactLine
        fields: list[str] = []

    def in_institute(self, lines: QuerySet, name: str, institute: Any) -> QuerySet:
        return lines.filter(page__path__startswith=institute.path)

    def at_hospital(self, lines: QuerySet, name: str, hospital: Any) -> QuerySet:
        return verifying.at_hospital(lines, hospital.pk)

    def in_state(self, lines: QuerySet, name: str, state: str) -> QuerySet:
        if state == "due":
            return lines.due(timezone.localdate())
        return lines.filter(pk__in=NumberReport.objects.still_open().values("line"))


class _ForThoseWhoCheckLines(BaseListingView):
    """A list of what the user may deal with; nobody else gets in."""

    paginate_by = 50

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not may_check_lines(request.user):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)


class WorkOnNumbers(Panel):
    """On the dashboard: how many lines are due and how many numbers were reported, of those that are the user’s."""

    name = "numbers_to_check"
    heading = gettext_lazy("Telephone numbers")

    def lines(self, user: Any) -> list[Line]:
        if not may_check_lines(user):
            return []
        due, reported = verifying.lines_to_call(user).count(), reports_for(user).count()
        to_call = ngettext("%(number)s line is due to be checked", "%(number)s lines are due to be checked", due)
        wrong = ngettext("%(number)s number is reported as wrong", "%(number)s numbers are reported as wrong", reported)
        return [
            *([Line(wrong % {"number": reported}, reverse("reported_numbers"))] if reported else []),
            *([Line(to_call % {"number": due}, reverse("call_list"))] if due else []),
        ]


def reports_for(user: Any) -> QuerySet:
    """The reports to be answered that `user` may answer."""
    return NumberReport.objects.still_open().filter(line__in=ContactLine.objects.changeable_by(user))


class ContactLines(_ForThoseWhoCheckLines):
    """Every line that the user may change, found by any part of its number or by its department."""

    page_title = gettext_lazy("Contact lines")
    header_icon = "mobile-alt"
    index_url_name = "contact_lines"
    index_results_url_name = "contact_lines_results"
    is_searchable = True
    filterset_class = LineFilters
    columns = [
        TitleColumn(
            "number",
            label=gettext_lazy("Number"),
            classname="line-number",
            accessor="number_as_read",
            get_url=lambda line: reverse("fact_change", args=["departments", "contactline", line.pk]),
        ),
        Column("name", label=gettext_lazy("What it is for")),
        Column("page", label=gettext_lazy("Department or hospital"), accessor=lambda line: line.page.title),
        Column(
            "hospital",
            label=gettext_lazy("Hospital"),
            accessor=lambda line: line.hospital.title if line.hospital else "",
        ),
        Column("audience", label=gettext_lazy("For"), accessor="get_audience_display"),
        Column("remark", label=gettext_lazy("Checked")),
    ]

    @property
    def no_results_message(self) -> str:
        if self.is_searching or self.is_filtering:
            return _("No line fits. Try fewer words, fewer digits or fewer filters.")
        return _("There is no line yet that you may change.")

    def get_base_queryset(self) -> QuerySet:
        lines = ContactLine.objects.kept().changeable_by(self.request.user)
        return lines.order_by("page__path", "sort_order", "pk")

    def paginate_queryset(self, queryset: QuerySet, page_size: int) -> Any:
        """Only the lines of one page are read whole: the last of 4,000 pages must not sort 200,000 wide rows."""
        paginator, page, keys, has_others = super().paginate_queryset(queryset.values_list("pk", flat=True), page_size)
        found = ContactLine.objects.select_related("page", "hospital").in_bulk(list(keys))
        page.object_list = [found[key] for key in keys if key in found]
        return paginator, page, page.object_list, has_others

    def search_queryset(self, queryset: QuerySet) -> QuerySet:
        if not self.is_searching:
            return queryset
        return lines_matching(queryset, self.search_query)


class ReportedNumbers(_ForThoseWhoCheckLines):
    """What visitors say is wrong, the most often reported first."""

    page_title = gettext_lazy("Reported numbers")
    header_icon = "warning"
    index_url_name = "reported_numbers"
    index_results_url_name = "reported_numbers_results"
    no_results_message = gettext_lazy("No number is reported as wrong.")
    columns = [
        TitleColumn(
            "number",
            label=gettext_lazy("Number"),
            classname="line-number",
            accessor=lambda report: report.line.number_as_read,
            get_url=lambda report: reverse("reported_number", args=[report.pk]),
        ),
        Column("line", label=gettext_lazy("Line"), accessor=lambda report: where(report.line)),
        Column("count", label=gettext_lazy("How often")),
        Column("first", label=gettext_lazy("First reported"), accessor="first_reported_on"),
        Column("last", label=gettext_lazy("Last reported"), accessor="last_reported_on"),
    ]

    def get_base_queryset(self) -> QuerySet:
        return reports_for(self.request.user).select_related("line__page").order_by("-count", "first_reported_on", "pk")


@require_http_methods(["GET", "HEAD", "POST"])
def reported_number(request: HttpRequest, pk: int) -> HttpResponse:
    """One report: it is closed by changing the number, or with a reason."""
    report = get_object_or_404(NumberReport.objects.select_related("line__page"), pk=pk)
    line = report.line
    if not line.may_be_changed_by(request.user):
        raise PermissionDenied
    if report.closed_at or line.archived_at or report.number != str(line.phone):
        messages.success(request, _("This report was dealt with already."))
        return redirect("reported_numbers")
    error = None
    if request.method == "POST":
        try:
            if request.POST.get("act") == "change":
                change_number(request, line, request.POST.get("seen", ""))
            else:
                _close(report, request)
                messages.success(request, _("The report is closed."))
            return redirect("reported_numbers")
        except ValidationError as found:
            error = found
            line = ContactLine.objects.select_related("page").get(pk=line.pk)
    context = {
        "page_title": _("Reported number"),
        "page_subtitle": line.page.title,
        "header_icon": "warning",
        "reported": report,
        "outcomes": [(Outcome.RIGHT.value, Outcome.RIGHT.label), (Outcome.OTHER.value, Outcome.OTHER.label)],
        "outcome": request.POST.get("outcome", ""),
        "reason": request.POST.get("reason", ""),
        **line_context(request, line, error),
    }
    return TemplateResponse(request, "departments/admin/reported_number.html", context, status=422 if error else 200)


def _close(report: NumberReport, request: HttpRequest) -> None:
    """Close `report` with an outcome and a reason. ValidationError says which of them is missing."""
    outcome, reason = request.POST.get("outcome", ""), request.POST.get("reason", "").strip()
    if outcome not in (Outcome.RIGHT, Outcome.OTHER):
        raise ValidationError(_("Choose what came of the report."))
    if not reason:
        raise ValidationError(_("Write the reason, for those who meet the next report of this number."))
    NumberReport.objects.filter(pk=report.pk, closed_at=None).update(
        closed_at=timezone.now(), closed_by=request.user, outcome=outcome, reason=reason[:300]
    )
