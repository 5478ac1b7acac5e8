"""Flat lists of the pages of one type in the admin, each with its entry in the main menu."""

from functools import cached_property
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from wagtail.admin.menu import MenuItem
from wagtail.admin.views.pages.listing import IndexView
from wagtail.admin.viewsets.pages import PageListingViewSet
from wagtail.models import GroupPagePermission, Page
from wagtail.permission_policies.pages import PagePermissionPolicy

_ACTS = ["add", "change", "publish"]


def pages_to_work_on(user: Any, model: type[Page]) -> QuerySet[Page]:
    """The pages of a type that `user` may change or publish; not those that merely lie on the way to them."""
    allowed = PagePermissionPolicy().instances_user_has_any_permission_for(user, _ACTS)
    return model.objects.filter(depth__gt=1, pk__in=allowed.values("pk"))


def may_add_pages(user: Any) -> bool:
    """Whether `user` may add pages anywhere: then an empty list is shown, to begin in."""
    if user.is_superuser:
        return True
    return GroupPagePermission.objects.filter(group__user=user, permission__codename="add_page").exists()


class WorkList(IndexView):
    """The pages of one type that the user may work on."""

    def get_base_queryset(self) -> QuerySet[Page]:
        return super().get_base_queryset().filter(pk__in=pages_to_work_on(self.request.user, self.model).values("pk"))


class PagesOfOneType(PageListingViewSet):
    """A page type in the main menu, shown to those who have something to do there."""

    index_view_class = WorkList
    add_to_admin_menu = True

    @cached_property
    def menu_item_class(self) -> type[MenuItem]:
        model = self.model

        class WorkListItem(MenuItem):
            def is_shown(self, request: HttpRequest) -> bool:
                return may_add_pages(request.user) or pages_to_work_on(request.user, model).exists()

        return WorkListItem
