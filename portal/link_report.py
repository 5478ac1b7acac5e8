"""The report on external links: which answer, which do not, and where they stand."""

from typing import Any

import django_filters
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils.translation import gettext_lazy
from wagtail import hooks
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.menu import MenuItem
from wagtail.admin.views.reports import ReportView

from portal.content_report import may_mend, mendable_pages
from portal.guarded_export import GuardedExport
from portal.link_checking import edit_url, in_words
from portal.models import ExternalLink, LinkState, LinkUse

_ORDER = [
    LinkState.BROKEN,
    LinkState.REFUSED,
    LinkState.FAILING,
    LinkState.UNCLEAR,
    LinkState.NEW,
    LinkState.FINE,
]


class LinkFilterSet(WagtailFilterSet):
    """State, part of the site's name, moved for good."""

    state = django_filters.MultipleChoiceFilter(label=gettext_lazy("State"), choices=LinkState.choices)
    host = django_filters.CharFilter(label=gettext_lazy("Site"), lookup_expr="icontains")
    moved = django_filters.BooleanFilter(
        label=gettext_lazy("Moved for good"), field_name="moved_to", lookup_expr="gt", method="only_moved"
    )

    class Meta:
        model = ExternalLink
        fields: list[str] = []

    def only_moved(self, links: QuerySet, name: str, value: bool) -> QuerySet:
        return links.exclude(moved_to="") if value else links.filter(moved_to="")


class LinkReport(GuardedExport, ReportView):
    """The external links on the pages that the user may edit or publish."""

    page_title = gettext_lazy("External links")
    header_icon = "link-external"
    results_template_name = "portal/admin/link_report_results.html"
    index_url_name = "link_report"
    index_results_url_name = "link_report_results"
    filterset_class = LinkFilterSet
    paginate_by = 50
    export_filename = "external-links"
    export_headings = {
        "url": gettext_lazy("Address"),
        "get_state_display": gettext_lazy("State"),
        "words": gettext_lazy("What is known"),
        "status_code": gettext_lazy("Answer"),
        "moved_to": gettext_lazy("Moved for good to"),
        "checked_at": gettext_lazy("Last asked"),
        "failing_since": gettext_lazy("Fails since"),
        "places": gettext_lazy("Where"),
    }
    list_export = list(export_headings)

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not may_mend(request.user):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_base_queryset(self) -> QuerySet[ExternalLink]:
        pages = mendable_pages(self.request.user)
        uses = LinkUse.objects.filter(page__in=pages.values("pk")).select_related("page").order_by("page__path", "path")
        links = ExternalLink.objects.filter(pk__in=uses.order_by().values("link"))
        return links.prefetch_related(Prefetch("uses", queryset=uses, to_attr="own_uses"))

    def get_queryset(self) -> list[ExternalLink]:
        links = list(self.filter_queryset(self.get_base_queryset()))
        for link in links:
            link.words = in_words(link)
            link.shown_uses = [(use, edit_url(use)) for use in link.own_uses]
            link.places = "\n".join(f"{use.page.title} · {use.label}" for use in link.own_uses)
            link.is_trouble = link.state in (LinkState.BROKEN, LinkState.REFUSED)
        return sorted(links, key=lambda link: (_ORDER.index(link.state), link.host, link.url))

    def get_filtered_queryset(self) -> list[ExternalLink]:
        return self.get_queryset()


class LinkReportItem(MenuItem):
    """The report, for those who may write on pages."""

    def is_shown(self, request: HttpRequest) -> bool:
        return may_mend(request.user)


@hooks.register("register_reports_menu_item")
def report_item() -> MenuItem:
    return LinkReportItem(
        gettext_lazy("External links"),
        reverse("link_report"),
        name="external-links",
        icon_name="link-external",
        order=710,
    )


@hooks.register("register_admin_urls")
def urls() -> list[Any]:
    return [
        path("reports/external-links/", LinkReport.as_view(), name="link_report"),
        path("reports/external-links/results/", LinkReport.as_view(results_only=True), name="link_report_results"),
    ]
