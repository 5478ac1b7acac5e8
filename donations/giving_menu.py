"""What the screens of giving share: their entry in the admin menu, who gets in, amounts in tables."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import reverse, reverse_lazy
from django.utils import formats, timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin.menu import MenuItem
from wagtail.admin.ui.tables import Column, TitleColumn

from donations.references import in_groups

GIVING = "register_giving_menu_item"
"""The hook by which screens join the menu's entry for giving."""


def screen(title: str, subtitle: str = "", *, back: tuple[str, str | Promise], icon: str = "pick") -> dict[str, Any]:
    """What Wagtail's frame of a screen asks for; `back` is the list that it belongs to, by the name of its address."""
    url_name, label = back
    whole = _("%(title)s: %(subtitle)s") % {"title": title, "subtitle": subtitle} if subtitle else title
    return {
        "page_title": title,
        "page_subtitle": subtitle,
        "header_title": whole,
        "header_icon": icon,
        "breadcrumbs_items": [
            {"url": reverse("wagtailadmin_home"), "label": _("Home")},
            {"url": reverse(url_name), "label": label},
            {"url": "", "label": whole},
        ],
    }


def provider_name(name: str) -> str:
    """A payment provider, or a means of payment, in words; what has none stays as the provider names it."""
    return str(_NAMES.get(name, name))


_NAMES = {
    "manual": gettext_lazy("cheque or transfer"),
    "sandbox": gettext_lazy("sandbox"),
    "stripe": "Stripe",
    "card": gettext_lazy("card"),
    "debit": gettext_lazy("direct debit"),
    "sepa_debit": gettext_lazy("direct debit"),
    "cheque": gettext_lazy("cheque"),
    "transfer": gettext_lazy("transfer"),
}


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


class ReferenceColumn(TitleColumn):
    """The reference of a gift, which leads to its story."""

    def __init__(self) -> None:
        super().__init__(
            "reference",
            label=gettext_lazy("Reference"),
            accessor=lambda gift: in_groups(gift.reference),
            get_url=lambda gift: reverse("gift_story", args=[gift.pk]),
        )


class MomentColumn(Column):
    """A moment or a day as it was, never "three hours ago": what finance reads goes into files and letters."""

    def get_value(self, instance: Any) -> str:
        value = super().get_value(instance)
        if isinstance(value, datetime):
            return formats.date_format(timezone.localtime(value), "SHORT_DATETIME_FORMAT")
        return formats.date_format(value, "SHORT_DATE_FORMAT") if value else ""


class AmountColumn(Column):
    """An amount with its currency, of a row that is a dictionary or an object."""

    cell_template_name = "donations/admin/amount_cell.html"

    def __init__(self, name: str, *, of: str = "amount_minor", **kwargs: Any) -> None:
        super().__init__(name, accessor=of, classname="w-giving-amount", **kwargs)

    def get_cell_context_data(self, instance: Any, parent_context: dict[str, Any]) -> dict[str, Any]:
        context = super().get_cell_context_data(instance, parent_context)
        currency = instance["currency"] if isinstance(instance, dict) else instance.currency
        return context | {"amount_minor": context["raw_value"], "currency": currency}
