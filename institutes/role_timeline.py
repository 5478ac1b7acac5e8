"""The roles of a page by date, in the admin: who was, who is, who will be; and which mandates end soon."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.models import Page
from wagtail.permission_policies.pages import PagePermissionPolicy

from institutes.models import Role
from portal.dashboard import Line, Panel

MOST_ON_DASHBOARD = 10


def role_timeline(request: HttpRequest, page_id: int) -> HttpResponse:
    """The timeline of one page."""
    page = get_object_or_404(Page, pk=page_id).specific
    page = getattr(page, "source", page)
    if not page.permissions_for_user(request.user).can_edit():
        raise PermissionDenied
    roles = list(Role.objects.of(page).select_related("person", "organisation").by_date())
    today = timezone.localdate()
    parts = [
        (_("To come"), [role for role in roles if role.since and role.since > today]),
        (_("Today"), [role for role in roles if role.is_current(today)]),
        (_("Past"), [role for role in roles if role.until and role.until < today]),
    ]
    context = {
        "page_title": _("Roles by date"),
        "page_subtitle": page.title,
        "header_icon": "history",
        "back_url": reverse("wagtailadmin_pages:edit", args=[page.pk]),
        "page": page,
        "parts": parts,
    }
    return TemplateResponse(request, "institutes/admin/role_timeline.html", context)


class EndingMandates(Panel):
    """On the dashboard: the mandates that end within three months, of pages that the user may change."""

    name = "ending_mandates"
    heading = gettext_lazy("Mandates that end soon")
    icon = "warning"

    def lines(self, user: Any) -> list[Line]:
        pages = PagePermissionPolicy().instances_user_has_permission_for(user, "change")
        roles = Role.objects.ending_soon(timezone.localdate()).filter(page__in=pages.order_by().values("pk"))
        return [
            Line(str(role), reverse("role_timeline", args=[role.page_id]), f"{role.page.title}, {role.remark}")
            for role in roles.select_related("page", "person", "organisation").order_by("until")[:MOST_ON_DASHBOARD]
        ]
