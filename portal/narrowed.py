"""Screens of Wagtail's that show more than the place where somebody works, narrowed to it.

Wagtail lets everybody who may explore a part of the tree read the history of the pages above it, names the page of each
type that was edited last wherever it is, lists all files to programs of the admin, opens the explorer on any page, asks
about a move before it asks for the right, and shows visitors' messages to whoever edits a form's translation.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from wagtail import hooks
from wagtail.admin.auth import require_admin_access
from wagtail.admin.views.reports.audit_logging import LogEntriesView
from wagtail.admin.views.reports.page_types_usage import PageTypesUsageReportView
from wagtail.admin.viewsets.pages import page_viewset_registry
from wagtail.documents.api.admin.views import DocumentsAdminAPIViewSet
from wagtail.images.api.admin.views import ImagesAdminAPIViewSet
from wagtail.models import Page, PageLogEntry
from wagtail.permission_policies.pages import PagePermissionPolicy
from wagtail.permissions import policy_registry

from portal.translating import TranslatePage

_ON_PAGES = ["add", "change", "publish", "bulk_delete", "lock", "unlock"]
_ON_FILES = ["add", "change", "delete", "choose"]


class SiteHistory(LogEntriesView):
    """What happened to the pages on which the user works; what was deleted, for those who work everywhere."""

    def filter_queryset(self, queryset: QuerySet) -> QuerySet:
        entries = super().filter_queryset(queryset)
        if queryset.model is not PageLogEntry or self.request.user.is_superuser:
            return entries
        theirs = PagePermissionPolicy().instances_user_has_any_permission_for(self.request.user, _ON_PAGES)
        return entries.filter(Q(page__in=theirs.values("pk")) | Q(deleted=True))


class PageTypesUsage(PageTypesUsageReportView):
    """How many pages there are of each type; the one edited last is named where the user works on it."""

    def decorate_paginated_queryset(self, page_types: Any) -> Any:
        page_types = super().decorate_paginated_queryset(page_types)
        theirs = PagePermissionPolicy().instances_user_has_any_permission_for(self.request.user, _ON_PAGES)
        known = set(theirs.values_list("pk", flat=True))
        for page_type in page_types:
            if page_type.last_edited_page and page_type.last_edited_page.pk not in known:
                page_type.last_edited_page = None
        return page_types


class _OwnFiles:
    """Mixed into a list of files for programs of the admin: those of the user's collections."""

    def get_queryset(self) -> QuerySet:
        files = super().get_queryset()
        policy = policy_registry.get_by_type(files.model)
        theirs = policy.instances_user_has_any_permission_for(self.request.user, _ON_FILES)
        return files.filter(pk__in=theirs.values("pk"))


class OwnImages(_OwnFiles, ImagesAdminAPIViewSet):
    """Images."""


class OwnDocuments(_OwnFiles, DocumentsAdminAPIViewSet):
    """Documents."""


@hooks.register("construct_admin_api", order=1)  # after Wagtail's own
def own_files(router: Any) -> None:
    router.register_endpoint("images", OwnImages)
    router.register_endpoint("documents", OwnDocuments)


@hooks.register("before_move_page")
def only_where_it_may_go(request: HttpRequest, page: Page, destination: Page) -> None:
    """The question before a move names both pages: it is for those who may answer it."""
    if not page.permissions_for_user(request.user).can_move_to(destination):
        raise PermissionDenied


@hooks.register("filter_form_submissions_for_user")
def messages_of_the_institute(user: Any, forms: QuerySet) -> QuerySet:
    """What visitors wrote is for those who edit the form in the source language: no translator reads it."""
    theirs = PagePermissionPolicy().instances_user_has_permission_for(user, "change")
    sources = Page.objects.filter(locale__language_code=settings.LANGUAGE_CODE, pk__in=theirs.values("pk"))
    return forms.filter(translation_key__in=sources.values("translation_key"))


def _of_own_place(explorer: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    @wraps(explorer)
    def explore(request: HttpRequest, parent_page_id: int) -> HttpResponse:
        explorable = PagePermissionPolicy().explorable_instances(request.user)
        if not explorable.filter(pk=parent_page_id).exists():
            return redirect("wagtailadmin_explore_root")
        return explorer(request, parent_page_id=parent_page_id)

    return explore


# Before Wagtail's own in the map of the portal: hooks would come after them.
urlpatterns = [
    path(
        f"reports/{name}/{'results/' if results_only else ''}",
        require_admin_access(view.as_view(results_only=results_only)),
    )
    for name, view in (("site-history", SiteHistory), ("page-types-usage", PageTypesUsage))
    for results_only in (False, True)
]
urlpatterns += [
    path(
        f"pages/<int:parent_page_id>/{'results/' if 'results' in name else ''}",
        require_admin_access(_of_own_place(page_viewset_registry.as_view(name, parent_page_id_kwarg="parent_page_id"))),
    )
    for name in ("index", "index_results")
]
urlpatterns.append(path("translation/submit/page/<int:page_id>/", require_admin_access(TranslatePage.as_view())))
