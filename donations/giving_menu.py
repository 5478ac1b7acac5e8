"""What the screens of giving share: their entry in the admin menu, who gets in, amounts in tables."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import reverse_lazy
from django.utils.functional import Promise
from wagtail.admin.menu import MenuItem
from wagtail.admin.ui.tables import Column

GIVING = "register_giving_menu_item"
"""The hook by which screens join the menu's entry for giving."""


class PermittedItem(MenuItem):
    """An entry for those who hold every one of `permissions`."""

    def __init__(self, label: str | Promise, url_name: str, *permissions: str, **kwargs: Any) -> None:
        self.permissions = permissions
        super().__init__(label, reverse_lazy(url_name), name=url_name.replace("_", "-"), **kwargs)

    def is_shown(self, request: HttpRequest) -> bool:
        return request.user.has_perms(self.permissions)


class Permitted:
    """Mixed into a class-based view before the others: nobody without `permissions` gets in."""

    permissions: tuple[str, ...] = ()

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.has_perms(self.permissions):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)


def for_those_who(*permissions: str) -> Callable[..., Any]:
    """`@for_those_who("donations.view_donation")`: nobody without all of them gets into the view."""
    return permission_required(permissions, raise_exception=True)


class AmountColumn(Column):
    """An amount with its currency, of a row that is a dictionary or an object."""

    cell_template_name = "donations/admin/amount_cell.html"

    def __init__(self, name: str, *, of: str = "amount_minor", **kwargs: Any) -> None:
        super().__init__(name, accessor=of, classname="w-giving-amount", **kwargs)

    def get_cell_context_data(self, instance: Any, parent_context: dict[str, Any]) -> dict[str, Any]:
        context = super().get_cell_context_data(instance, parent_context)
        currency = instance["currency"] if isinstance(instance, dict) else instance.currency
        return context | {"amount_minor": context["raw_value"], "currency": currency}
