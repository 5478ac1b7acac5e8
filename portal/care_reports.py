"""Reports of pages that need somebody: to be reviewed, found by nobody, missing in a language; and of what ends."""

from typing import Any

import django_filters
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.urls import path, reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail import hooks
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.menu import MenuItem
from wagtail.admin.ui.tables import Column, TitleColumn
from wagtail.admin.views.reports import PageReportView
from wagtail.models import Page

from portal import care, places
from portal.care import Stage
from portal.guarded_export import GuardedExport
from portal.listings import may_add_pages

STAGES = {
    Stage.SOON: gettext_lazy("soon"),
    Stage.DUE: gettext_lazy("overdue"),
    Stage.LATE: gettext_lazy("overdue for more than 30 days"),
}


class OwnerFilter(django_filters.ModelChoiceFilter):
    """By owner; `none` are the pages that nobody looks after any more."""

    GONE = "none"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            label=gettext_lazy("Owner"),
            queryset=lambda request: get_user_model().objects.exclude(owned_pages=None).distinct().order_by("username"),
            null_label=gettext_lazy("nobody, or an account that is closed"),
            null_value=self.GONE,
            **kwargs,
        )

    def filter(self, qs: QuerySet[Page], value: Any) -> QuerySet[Page]:
        if value == self.GONE:
            return qs.filter(care.owner_is_gone())
        return qs.filter(owner=value) if value else qs


class PageFilters(WagtailFilterSet):
    """What every report of pages can be narrowed to."""

    institute = places.InstituteFilter()
    language = django_filters.ChoiceFilter(
        label=gettext_lazy("Language"), choices=list(settings.LANGUAGES), field_name="locale__language_code"
    )
    owner = OwnerFilter()

    class Meta:
        model = Page
        fields: list[str] = []


class PagesReport(GuardedExport, PageReportView):
    """A report of pages that the user may change or publish, in a fixed number of queries."""

    results_template_name = "portal/admin/care_results.html"
    filterset_class = PageFilters
    is_searchable = False
    context_object_name = "object_list"
    export_headings = {
        "title": gettext_lazy("Page"),
        "institute": gettext_lazy("Institute"),
        "locale.language_code": gettext_lazy("Language"),
        "owner_in_words": gettext_lazy("Owner"),
        "address": gettext_lazy("Edit screen"),
    }

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not may_report(request.user):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_base_queryset(self) -> QuerySet[Page]:
        return care.pages_of(self.request.user).select_related("owner", "locale")

    def get_queryset(self) -> QuerySet[Page]:
        return self.get_base_queryset()

    def decorate_paginated_queryset(self, pages: QuerySet[Page]) -> list[Page]:
        titles, shown = places.titles(), list(pages)
        for page in shown:
            page.institute = titles.get(page.path[: places.PREFIX], "")
            page.owner_in_words = owner_in_words(page)
            page.address = settings.WAGTAILADMIN_BASE_URL + reverse("wagtailadmin_pages:edit", args=[page.pk])
            self.describe(page)
        return shown

    def describe(self, page: Page) -> None:
        """Set what the report shows of a page beyond what all reports show."""

    @property
    def page_columns(self) -> list[Column]:
        return [
            TitleColumn(
                "title",
                label=gettext_lazy("Page"),
                accessor=lambda page: page.get_admin_display_title(),
                get_url=lambda page: reverse("wagtailadmin_pages:edit", args=[page.pk]),
            ),
            Column("language", label=gettext_lazy("Language"), accessor=lambda page: page.locale.get_display_name()),
            Column("institute", label=gettext_lazy("Institute")),
            Column("owner", label=gettext_lazy("Owner"), accessor="owner_in_words"),
        ]


def owner_in_words(page: Page) -> str:
    if page.owner is None:
        return _("nobody")
    name = page.owner.get_full_name() or page.owner.get_username()
    return name if page.owner.is_active else _("%(name)s – account closed") % {"name": name}


def may_report(user: Any) -> bool:
    return may_add_pages(user) or care.pages_of(user).exists()


# --- Pages to review ------------------------------------------------------------------------------


class ReviewFilters(PageFilters):
    """Where nothing else is chosen, what is overdue or due within 30 days."""

    WITHIN = (("overdue", gettext_lazy("overdue")), ("all", gettext_lazy("all pages, whenever they are due")))

    due = django_filters.ChoiceFilter(
        label=gettext_lazy("To be reviewed by"),
        choices=WITHIN,
        empty_label=gettext_lazy("overdue, or due within 30 days"),
        method="filter_due",
    )

    def filter_due(self, qs: QuerySet[Page], name: str, value: str) -> QuerySet[Page]:
        return qs  # PagesToReview does it, which must know when nothing is chosen


class ReviewColumn(Column):
    """The day, how near it is, and the button."""

    cell_template_name = "portal/admin/care_cell.html"

    def get_cell_context_data(self, page: Page, parent_context: dict[str, Any]) -> dict[str, Any]:
        context = super().get_cell_context_data(page, parent_context)
        request = parent_context["request"]
        return context | {
            "page": page,
            "stage": page.stage,
            "csrf_token": get_token(request),
            "back": reverse(PagesToReview.index_url_name),
        }


class PagesToReview(PagesReport):
    """The pages that somebody should read once more, the longest overdue first."""

    page_title = gettext_lazy("Pages to review")
    header_icon = "calendar-check"
    index_url_name = "pages_to_review"
    index_results_url_name = "pages_to_review_results"
    filterset_class = ReviewFilters
    export_filename = "pages-to-review"
    no_results_message = gettext_lazy("No page is to be reviewed within the next 30 days.")
    list_export = [
        *("title", "institute", "locale.language_code", "owner_in_words"),
        *("care.review_on", "stage_in_words", "care.reviewed_at", "address"),
    ]
    export_headings = PagesReport.export_headings | {
        "care.review_on": gettext_lazy("To be reviewed by"),
        "stage_in_words": gettext_lazy("How urgent"),
        "care.reviewed_at": gettext_lazy("Reviewed last"),
    }

    @cached_property
    def columns(self) -> list[Column]:
        return [
            *self.page_columns,
            ReviewColumn("review_on", label=gettext_lazy("To be reviewed by"), accessor="care.review_on"),
        ]

    def get_base_queryset(self) -> QuerySet[Page]:
        care.complete()
        pages = super().get_base_queryset().filter(care__isnull=False)
        pages = pages.select_related("owner", "locale", "care").order_by("care__review_on", "path")
        today, chosen = timezone.localdate(), self.request.GET.get("due")
        if chosen == "all":
            return pages
        return pages.filter(care__review_on__lte=today if chosen == "overdue" else today + care.AHEAD)

    def describe(self, page: Page) -> None:
        page.stage = care.stage(page.care.review_on, timezone.localdate())
        page.stage_in_words = str(STAGES.get(page.stage, ""))


# --- In the menu ----------------------------------------------------------------------------------


class ReportItem(MenuItem):
    """A report, for those who may change pages."""

    def is_shown(self, request: HttpRequest) -> bool:
        if not hasattr(request, "may_report_pages"):  # several items ask within one request
            request.may_report_pages = may_report(request.user)
        return request.may_report_pages


@hooks.register("register_reports_menu_item")
def pages_to_review_item() -> MenuItem:
    return ReportItem(
        PagesToReview.page_title,
        reverse("pages_to_review"),
        name="pages-to-review",
        icon_name=PagesToReview.header_icon,
        order=10,
    )


@hooks.register("register_admin_urls")
def urls() -> list[Any]:
    return [
        path("reports/pages-to-review/", PagesToReview.as_view(), name="pages_to_review"),
        path(
            "reports/pages-to-review/results/", PagesToReview.as_view(results_only=True), name="pages_to_review_results"
        ),
    ]
