"""Screens of Wagtail's that show more than the place where somebody works, narrowed to it.

Wagtail lets everybody who may explore a part of the tree read the history of the pages above it, names the page of each
type that was edited last wherever it is, and lists all files to programs of the admin.
"""

from typing import Any

from django.db.models import Q, QuerySet
from django.urls import path
from wagtail import hooks
from wagtail.admin.auth import require_admin_access
from wagtail.admin.views.reports.audit_logging import LogEntriesView
from wagtail.admin.views.reports.page_types_usage import PageTypesUsageReportView
from wagtail.documents.api.admin.views import DocumentsAdminAPIViewSet
from wagtail.images.api.admin.views import ImagesAdminAPIViewSet
from wagtail.models import PageLogEntry
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


# Before Wagtail's own in the map of the portal: hooks would come after them.
urlpatterns = [
    path(
        f"reports/{name}/{'results/' if results_only else ''}",
        require_admin_access(view.as_view(results_only=results_only)),
    )
    for name, view in (("site-history", SiteHistory), ("page-types-usage", PageTypesUsage))
    for results_only in (False, True)
]
urlpatterns.append(path("translation/submit/page/<int:page_id>/", require_admin_access(TranslatePage.as_view())))
