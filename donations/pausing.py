"""Giving online is stopped with one click, on one page or everywhere, and begun again with another. Live at once."""

from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from wagtail.admin import messages
from wagtail.admin.ui.tables import Column, DateColumn, Table

from donations.gift_story import MOST_ROWS
from donations.giving_menu import for_those_who
from donations.models import DonationPage, Pause


def standing() -> QuerySet[Pause]:
    """The pauses that nobody has ended."""
    return Pause.objects.filter(ended_at=None)


@transaction.atomic
def pause(page: DonationPage | None, user: Any) -> None:
    """Stop giving on `page` (the one in the source language), or everywhere; quiet where it is stopped already."""
    if not standing().filter(page=page).exists():
        Pause.objects.create(page=page, began_by=user)


def resume(page: DonationPage | None, user: Any) -> None:
    """End every pause of `page`, or the one of all giving."""
    standing().filter(page=page).update(ended_at=timezone.now(), ended_by=user)


@require_http_methods(["GET", "POST"])
@for_those_who("donations.pause_giving")
def pauses(request: HttpRequest) -> HttpResponse:
    """All giving and each page, with a button to stop it or let it go on."""
    pages = DonationPage.objects.filter(locale__language_code=settings.LANGUAGE_CODE).order_by("path")
    if request.method == "POST":
        chosen = request.POST.get("page", "")
        page = get_object_or_404(pages, pk=int(chosen) if chosen.isdecimal() else 0) if chosen != "all" else None
        name = f"“{page}”" if page else _("All giving")
        if request.POST.get("act") == "pause":
            pause(page, request.user)
            messages.success(request, _("%(what)s: paused. Nobody can pay from this moment on.") % {"what": name})
        else:
            resume(page, request.user)
            messages.success(request, _("%(what)s: the pause is over.") % {"what": name})
        return redirect("giving_pauses")
    by_page = {one.page_id: one for one in standing().select_related("began_by")}
    context = {
        "page_title": _("Pauses"),
        "header_title": _("Pauses"),
        "header_icon": "circle-check",
        "breadcrumbs_items": [
            {"url": reverse("wagtailadmin_home"), "label": _("Home")},
            {"url": "", "label": _("Pauses")},
        ],
        "all": by_page.get(None),
        "rows": [{"page": page, "institute": page.get_parent(), "pause": by_page.get(page.pk)} for page in pages],
        "past": Table(
            [
                Column("page", label=_("Page"), accessor=lambda one: one.page or _("All giving")),
                DateColumn("began_at", label=_("Since")),
                Column("began_by", label=_("By"), accessor=lambda one: _by(one.began_by)),
                DateColumn("ended_at", label=_("Until")),
                Column("ended_by", label=_("Ended by"), accessor=lambda one: _by(one.ended_by)),
            ],
            Pause.objects.exclude(ended_at=None)
            .select_related("page", "began_by", "ended_by")
            .order_by("-began_at")[:MOST_ROWS],
            caption=_("Earlier pauses"),
        ),
    }
    return TemplateResponse(request, "donations/admin/pauses.html", context)


def _by(user: Any) -> str:
    return user.get_username() if user else "–"
