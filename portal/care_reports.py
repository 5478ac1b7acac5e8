"""Reports of pages that need somebody: to be reviewed, found by nobody, missing in a language; and of what ends."""

from datetime import timedelta
from functools import partial
from typing import Any

import django_filters
from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.urls import path, reverse, reverse_lazy
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail import hooks
from wagtail.admin.admin_url_finder import AdminURLFinder
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.menu import MenuItem
from wagtail.admin.ui.tables import Column, TitleColumn
from wagtail.admin.views.reports import PageReportView, ReportView
from wagtail.models import Page, ReferenceIndex

from portal import care, care_notices, places
from portal.care import Stage
from portal.guarded_export import GuardedExport
from portal.listings import may_add_pages
from portal.models import ContactPage, Fact, Notice, PortalSettings

STAGES = {
    Stage.SOON: gettext_lazy("soon"),
    Stage.DUE: gettext_lazy("due"),
    Stage.LATE: gettext_lazy("overdue"),
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

    WITHIN = (("now", gettext_lazy("due today or before")), ("all", gettext_lazy("all pages, whenever they are due")))

    due = django_filters.ChoiceFilter(
        label=gettext_lazy("To be reviewed by"),
        choices=WITHIN,
        empty_label=gettext_lazy("due within 30 days, or before"),
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
        return pages.filter(care__review_on__lte=today if chosen == "now" else today + care.AHEAD)

    def describe(self, page: Page) -> None:
        page.stage = care.stage(page.care.review_on, timezone.localdate())
        page.stage_in_words = str(STAGES.get(page.stage, ""))


# --- Orphaned pages -------------------------------------------------------------------------------


class OrphanFilters(PageFilters):
    why = django_filters.ChoiceFilter(
        label=gettext_lazy("Why"),
        choices=[
            ("links", gettext_lazy("linked from nowhere")),
            ("owner", gettext_lazy("nobody looks after it")),
        ],
        method="filter_why",
    )

    def filter_why(self, qs: QuerySet[Page], name: str, value: str) -> QuerySet[Page]:
        return qs.filter(care.owner_is_gone() if value == "owner" else ~Q(pk__in=linked_pages()))


class OrphanedPages(PagesReport):
    """Public pages that no menu, list or link leads to, and those that nobody looks after."""

    page_title = gettext_lazy("Orphaned pages")
    header_icon = "link"
    index_url_name = "orphaned_pages"
    index_results_url_name = "orphaned_pages_results"
    filterset_class = OrphanFilters
    export_filename = "orphaned-pages"
    no_results_message = gettext_lazy("Every page is linked from somewhere, and somebody looks after it.")
    list_export = ["title", "institute", "locale.language_code", "owner_in_words", "why", "address"]
    export_headings = PagesReport.export_headings | {"why": gettext_lazy("Why")}

    @cached_property
    def linked(self) -> set[int]:
        return linked_pages()

    @cached_property
    def columns(self) -> list[Column]:
        return [*self.page_columns, Column("why", label=gettext_lazy("Why"))]

    def get_base_queryset(self) -> QuerySet[Page]:
        pages = super().get_base_queryset()
        return pages.filter(care.owner_is_gone() | ~Q(pk__in=self.linked)).order_by("path")

    def describe(self, page: Page) -> None:
        reasons = []
        if page.pk not in self.linked:
            reasons.append(_("linked from nowhere"))
        if page.owner is None or not page.owner.is_active:
            reasons.append(_("nobody looks after it"))
        page.why = ", ".join(reasons)


def linked_pages() -> set[int]:
    """The public pages to which a menu, a list or a link leads, in a fixed number of queries.

    To which pages its lists lead, in every language, each floor says through the hook `linked_pages`; the page that
    shows the whole tree does not count. A link counts where visitors see it: on a public page, or in what is no page.
    """
    public = Page.objects.live().filter(depth__gt=1).order_by()
    keys = dict(public.values_list("pk", "translation_key"))
    in_lists = {key for find in hooks.get_hooks("linked_pages") for pages in find() for key in _keys(pages)}
    in_menu = Q(depth__lt=places.DEPTH) | Q(depth=places.DEPTH, show_in_menus=True)
    linked = set(public.filter(in_menu).values_list("pk", flat=True))
    page_type = ContentType.objects.get_for_model(Page)
    references = ReferenceIndex.objects.filter(to_content_type=page_type).exclude(_hanging_on_pages())
    for base, source, target in references.values_list("base_content_type", "object_id", "to_object_id").distinct():
        if base != page_type.pk:
            in_lists.add(keys.get(int(target)))
        elif source != target and int(source) in keys:
            linked.add(int(target))
    return linked | {pk for pk, key in keys.items() if key in in_lists}


def _keys(pages: QuerySet[Page]) -> QuerySet[Any]:
    return pages.order_by().values_list("translation_key", flat=True)


def _hanging_on_pages() -> Q:
    """The references by which facts name the page that they hang on: no links to it."""
    facts = [model for model in apps.get_models() if issubclass(model, Fact)]
    return Q(base_content_type__in=ContentType.objects.get_for_models(*facts).values(), model_path="page")


# --- What ends ------------------------------------------------------------------------------------


class ExpiringThings(GuardedExport, ReportView):
    """Consents and whatever else floors say to end on a day, of what the user may change."""

    AHEAD = timedelta(days=90)

    page_title = gettext_lazy("Expiring consents")
    header_icon = "time"
    results_template_name = "portal/admin/care_results.html"
    index_url_name = "expiring_things"
    index_results_url_name = "expiring_things_results"
    is_searchable = False
    export_filename = "expiring-consents"
    no_results_message = gettext_lazy("Nothing ends within the next 90 days.")
    list_export = ["name", "words", "day", "when"]
    export_headings = {
        "name": gettext_lazy("What"),
        "words": gettext_lazy("What ends"),
        "day": gettext_lazy("Last day"),
        "when": gettext_lazy("How urgent"),
    }
    columns = [
        TitleColumn("name", label=gettext_lazy("What"), get_url=lambda row: row["url"], accessor="name"),
        Column("words", label=gettext_lazy("What ends"), accessor="words"),
        Column("day", label=gettext_lazy("Last day"), accessor="day"),
        Column("when", label=gettext_lazy("How urgent"), accessor="when"),
    ]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not may_report(request.user):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_queryset(self) -> list[dict[str, Any]]:
        today, finder = timezone.localdate(), AdminURLFinder(self.request.user)
        return [
            {
                "name": care_notices.name_of(due.thing),
                "words": str(due.words),
                "day": due.day,
                "when": str(STAGES.get(care.stage(due.day, today), "")),
                "url": url,
            }
            for due in sorted(care_notices.falling_due(today + self.AHEAD), key=lambda due: due.day)
            if (url := finder.get_edit_url(due.thing))
        ]

    def get_filtered_queryset(self) -> list[dict[str, Any]]:
        return self.get_queryset()


# --- In the menu ----------------------------------------------------------------------------------


class ReportItem(MenuItem):
    """A report, for those who may change pages."""

    def is_shown(self, request: HttpRequest) -> bool:
        if not hasattr(request, "may_report_pages"):  # several items ask within one request
            request.may_report_pages = may_report(request.user)
        return request.may_report_pages


_REPORTS = [PagesToReview, OrphanedPages, ExpiringThings]


def _item(report: type[ReportView], order: int) -> MenuItem:
    name = report.index_url_name.replace("_", "-")
    url = reverse_lazy(report.index_url_name)
    return ReportItem(report.page_title, url, name=name, icon_name=report.header_icon, order=order)


for _order, _report in enumerate(_REPORTS, start=10):
    hooks.register("register_reports_menu_item", partial(_item, _report, _order))


@hooks.register("register_admin_urls")
def urls() -> list[Any]:
    found = []
    for report in _REPORTS:
        address = f"reports/{report.index_url_name.replace('_', '-')}/"
        found += [
            path(address, report.as_view(), name=report.index_url_name),
            path(f"{address}results/", report.as_view(results_only=True), name=report.index_results_url_name),
        ]
    return found


@hooks.register("linked_pages")
def linked_here() -> list[QuerySet[Page]]:
    """Contact pages, which every page leads to, and what the footer and the notices of this moment link to."""
    footer = [block.value.pk for one in PortalSettings.objects.all() for block in one.footer_links if block.value]
    noticed = Notice.objects.current().exclude(link=None).values("link")
    return [ContactPage.objects.all(), Page.objects.filter(pk__in=footer), Page.objects.filter(pk__in=noticed)]
