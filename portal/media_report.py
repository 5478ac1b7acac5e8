"""The report of pictures of people: whose consent ends or has ended, is missing, or was never asked for."""

from functools import cached_property
from typing import Any

import django_filters
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse, reverse_lazy
from django.utils.translation import gettext_lazy
from wagtail import hooks
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.menu import MenuItem
from wagtail.admin.ui.tables import Column, StatusTagColumn, TitleColumn
from wagtail.admin.views.reports import ReportView
from wagtail.models import ReferenceIndex
from wagtail.permissions import policy_registry

from portal.guarded_export import GuardedExport
from portal.models import Consent, PortalImage


class ConsentFilters(WagtailFilterSet):
    """How the consent stands."""

    consent = django_filters.ChoiceFilter(
        label=gettext_lazy("Consent"),
        choices=lambda: [(one.value, one.label) for one in Consent if one != Consent.NOBODY],
        method="filter_consent",
    )

    class Meta:
        model = PortalImage
        fields: list[str] = []

    def filter_consent(self, qs: QuerySet[PortalImage], name: str, value: str) -> QuerySet[PortalImage]:
        return qs.with_consent(Consent(value))


class PicturesOfPeople(GuardedExport, ReportView):
    """Of the pictures that the user may change: those of people, the next consent to end first, and those not asked."""

    page_title = gettext_lazy("Pictures of people")
    header_icon = "image"
    results_template_name = "portal/admin/care_results.html"
    index_url_name = "pictures_of_people"
    index_results_url_name = "pictures_of_people_results"
    filterset_class = ConsentFilters
    is_searchable = False
    context_object_name = "object_list"
    export_filename = "pictures-of-people"
    no_results_message = gettext_lazy("No picture shows people, and of all it is known.")
    list_export = ["title", "consent.label", "consent_until", "consent_reference", "uses", "address"]
    export_headings = {
        "title": gettext_lazy("Picture"),
        "consent.label": gettext_lazy("Consent"),
        "consent_until": gettext_lazy("May be shown until"),
        "consent_reference": gettext_lazy("Where the consent is kept"),
        "uses": gettext_lazy("Used in places"),
        "address": gettext_lazy("Edit screen"),
    }

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not may_report(request):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    @cached_property
    def columns(self) -> list[Column]:
        return [
            TitleColumn("title", label=gettext_lazy("Picture"), get_url=_edit_url),
            StatusTagColumn(
                "consent",
                label=gettext_lazy("Consent"),
                accessor=lambda image: image.consent.label,
                primary=lambda image: image.is_withheld,
            ),
            Column("consent_until", label=gettext_lazy("May be shown until")),
            Column("consent_reference", label=gettext_lazy("Where the consent is kept")),
            Column("uses", label=gettext_lazy("Used in places")),
        ]

    def get_queryset(self) -> QuerySet[PortalImage]:
        images = own_pictures(self.request).exclude(shows_people=False)
        return images.order_by(F("shows_people").desc(nulls_last=True), F("consent_until").asc(nulls_last=True), "pk")

    def get_base_queryset(self) -> QuerySet[PortalImage]:
        return self.get_queryset()

    def decorate_paginated_queryset(self, images: QuerySet[PortalImage]) -> list[PortalImage]:
        shown = list(images)
        counts = ReferenceIndex.get_count_references_to_in_bulk(shown)
        for image in shown:
            image.uses = counts.get(image, 0)
            image.address = settings.WAGTAILADMIN_BASE_URL + _edit_url(image)
        return shown


def _edit_url(image: PortalImage) -> str:
    return reverse("wagtailimages:edit", args=[image.pk])


def own_pictures(request: HttpRequest) -> QuerySet[PortalImage]:
    """Those that the user may change."""
    return policy_registry.get_by_type(PortalImage).instances_user_has_permission_for(request.user, "change")


def may_report(request: HttpRequest) -> bool:
    return policy_registry.get_by_type(PortalImage).user_has_any_permission(request.user, ["add", "change"])


class PicturesItem(MenuItem):
    """For those who may add or change pictures."""

    def is_shown(self, request: HttpRequest) -> bool:
        return may_report(request)


@hooks.register("register_reports_menu_item")
def item() -> PicturesItem:
    report = PicturesOfPeople
    url = reverse_lazy(report.index_url_name)
    return PicturesItem(report.page_title, url, name="pictures-of-people", icon_name="image", order=13)


@hooks.register("register_admin_urls")
def urls() -> list[Any]:
    report = PicturesOfPeople
    return [
        path("reports/pictures-of-people/", report.as_view(), name=report.index_url_name),
        path(
            "reports/pictures-of-people/results/",
            report.as_view(results_only=True),
            name=report.index_results_url_name,
        ),
    ]
