"""Flat lists of the pages of one type in the admin, each with its entry in the main menu."""

from functools import cached_property
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from wagtail.admin.menu import MenuItem
from wagtail.admin.ui.tables import BaseColumn
from wagtail.admin.views.pages.listing import ExplorableIndexView, IndexView
from wagtail.admin.viewsets.pages import PageListingViewSet
from wagtail.models import GroupPagePermission, Page
from wagtail.permission_policies.pages import PagePermissionPolicy

from portal import translation_state

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


class TranslationColumn(BaseColumn):
    """Of a page in the source language the state of each translation, of a translation its own, in words."""

    cell_template_name = "portal/admin/translation_cell.html"

    def get_cell_context_data(self, instance: Page, parent_context: Any) -> dict[str, Any]:
        context = super().get_cell_context_data(instance, parent_context)
        return context | {"states": getattr(instance, "translation_states", [])}


def _with_translations(columns: list[BaseColumn]) -> list[BaseColumn]:
    """`columns` with the languages before the status."""
    place = next(number for number, column in enumerate(columns) if column.name == "status")
    return [*columns[:place], TranslationColumn("languages", label=_("Languages"), width="14%"), *columns[place:]]


class SaysTranslations:
    """Mixed into a list of pages: finds the states of all pages shown in one query."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        translation_state.add_states(context["object_list"])
        return context


class Explorer(SaysTranslations, ExplorableIndexView):
    """The page explorer with the state of translations."""

    base_columns = _with_translations(ExplorableIndexView.base_columns)


class WorkList(SaysTranslations, IndexView):
    """The pages of one type that the user may work on."""

    base_columns = _with_translations(IndexView.base_columns)

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
