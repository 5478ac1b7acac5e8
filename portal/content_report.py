"""Everything that is to be mended on the portal's pages: for the command, and for the report in the admin."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import django_filters
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail import hooks
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.menu import MenuItem
from wagtail.admin.views.reports import ReportView
from wagtail.models import Page
from wagtail.permission_policies.pages import PagePermissionPolicy
from wagtail.query import PageQuerySet

from portal import places
from portal.guarded_export import GuardedExport
from portal.listings import may_add_pages
from portal.models import BasePage
from portal.page_batches import batches
from portal.page_views import address_of
from portal.publishing import Finding, Severity, judge_all, rules

SEVERITIES = {Severity.ERROR: gettext_lazy("Error"), Severity.WARNING: gettext_lazy("Warning")}


@dataclass(frozen=True)
class Row:
    """A finding on a page, as visitors see the page or as its draft stands."""

    page: BasePage
    finding: Finding
    is_draft: bool

    @property
    def title(self) -> str:
        return self.page.title

    @property
    def language(self) -> str:
        return self.page.language

    @property
    def edit_url(self) -> str:
        return self.finding.where.url or address_of(self.page.pk, self.finding)

    @property
    def severity(self) -> str:
        return str(SEVERITIES[self.finding.severity])

    @property
    def rule(self) -> str:
        return str(rule_labels()[self.finding.rule])

    @property
    def version(self) -> str:
        return _("only in the draft") if self.is_draft else _("read by visitors")

    @property
    def full_edit_url(self) -> str:
        return settings.WAGTAILADMIN_BASE_URL + self.edit_url


def rule_labels() -> dict[str, Any]:
    return {rule.name: rule.label for rule in rules()}


def judged(pages: PageQuerySet, drafts: bool = False) -> Iterator[tuple[int, list[Row]]]:
    """What is to be mended on those of `pages` that visitors read, batch by batch, with the number of pages judged.

    With `drafts`, the latest drafts are judged instead, where they differ. An alias says what its source says.
    """
    for batch in batches(pages, drafts):
        found = zip(batch, judge_all(batch), strict=True)
        yield len(batch), [Row(page, finding, drafts) for page, findings in found for finding in findings]


def below(slug: str) -> PageQuerySet | None:
    """The pages of an institute in every language, by the last part of its address; None where there is none."""
    named = Page.objects.filter(slug=slug, depth=places.DEPTH).first()
    return places.within(Page.objects.all(), named) if named else None


# --- The report -----------------------------------------------------------------------------------


class ContentFilterSet(WagtailFilterSet):
    """Kind, severity, language, institute, and whether drafts are meant."""

    severity = django_filters.ChoiceFilter(label=gettext_lazy("Severity"), choices=list(SEVERITIES.items()))
    rule = django_filters.ChoiceFilter(
        label=gettext_lazy("What is to be mended"),
        choices=lambda: sorted(rule_labels().items(), key=lambda one: str(one[1])),
    )
    language = django_filters.ChoiceFilter(label=gettext_lazy("Language"), choices=list(settings.LANGUAGES))
    institute = django_filters.ModelChoiceFilter(
        label=gettext_lazy("Institute"),
        queryset=lambda request: places.institutes(),
    )
    version = django_filters.ChoiceFilter(
        label=gettext_lazy("Version"),
        choices=[("draft", gettext_lazy("drafts"))],
        empty_label=gettext_lazy("what visitors read"),
    )

    class Meta:
        model = Page
        fields: list[str] = []


class ContentReport(GuardedExport, ReportView):
    """What is to be mended on the pages that the user may edit or publish."""

    page_title = gettext_lazy("Content checks")
    header_icon = "circle-check"
    results_template_name = "portal/admin/content_report_results.html"
    index_url_name = "content_report"
    index_results_url_name = "content_report_results"
    filterset_class = ContentFilterSet
    paginate_by = 50
    export_filename = "content-checks"
    export_headings = {
        "severity": gettext_lazy("Severity"),
        "rule": gettext_lazy("What is to be mended"),
        "title": gettext_lazy("Page"),
        "language": gettext_lazy("Language"),
        "version": gettext_lazy("Version"),
        "finding.where": gettext_lazy("Field"),
        "finding.message": gettext_lazy("What to do"),
        "full_edit_url": gettext_lazy("Edit screen"),
    }
    list_export = list(export_headings)

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not may_mend(request.user):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_queryset(self) -> list[Row]:
        chosen = self.filters.form.cleaned_data if self.filters and self.filters.is_valid() else {}
        pages = mendable_pages(self.request.user)
        if institute := chosen.get("institute"):
            pages = places.within(pages, institute)
        if language := chosen.get("language"):
            pages = pages.filter(locale__language_code=language)
        rows = [
            row
            for _number, rows in judged(pages, drafts=bool(chosen.get("version")))
            for row in rows
            if chosen.get("severity") in (None, "", row.finding.severity)
            and chosen.get("rule") in (None, "", row.finding.rule)
        ]
        return sorted(rows, key=lambda row: not row.finding.is_error)

    def get_filtered_queryset(self) -> list[Row]:
        return self.get_queryset()


def mendable_pages(user: Any) -> PageQuerySet:
    """The pages that `user` may change or publish."""
    allowed = PagePermissionPolicy().instances_user_has_any_permission_for(user, ["change", "publish"])
    return Page.objects.filter(depth__gt=1, pk__in=allowed.values("pk"))


def may_mend(user: Any) -> bool:
    return may_add_pages(user) or mendable_pages(user).exists()


class ContentReportItem(MenuItem):
    """The report, for those who may write on pages."""

    def is_shown(self, request: HttpRequest) -> bool:
        return may_mend(request.user)


@hooks.register("register_reports_menu_item")
def report_item() -> MenuItem:
    return ContentReportItem(
        gettext_lazy("Content checks"),
        reverse("content_report"),
        name="content-checks",
        icon_name="circle-check",
        order=700,
    )


@hooks.register("register_admin_urls")
def urls() -> list[Any]:
    return [
        path("reports/content-checks/", ContentReport.as_view(), name="content_report"),
        path(
            "reports/content-checks/results/", ContentReport.as_view(results_only=True), name="content_report_results"
        ),
    ]
