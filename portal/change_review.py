"""Changes of facts are live at once; here a colleague looks at them afterwards."""

from typing import Any

from django.apps import apps
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Exists, IntegerField, OuterRef, QuerySet
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from wagtail import hooks
from wagtail.admin import messages
from wagtail.admin.menu import MenuItem
from wagtail.admin.ui.components import Component
from wagtail.models import ModelLogEntry
from wagtail.permission_policies.pages import PagePermissionPolicy

from portal import fact_log
from portal.fact_views import named
from portal.models import Fact, SeenChange, User

_LOOKED_AT = [fact_log.ADDED, fact_log.CHANGED, fact_log.ARCHIVED, fact_log.UNDONE]
PER_PAGE = 50


def may_look(user: User) -> bool:
    """Whether the user publishes any page: then changes of its facts are theirs to look at."""
    return user.is_active and PagePermissionPolicy().user_has_permission(user, "publish")


def to_look_at(user: User) -> QuerySet[ModelLogEntry]:
    """The changes that colleagues made on pages that `user` may publish, and that nobody else has looked at yet."""
    kinds = [model._meta.label_lower.split(".") for model in apps.get_models() if issubclass(model, Fact)]
    mine = PagePermissionPolicy().instances_user_has_permission_for(user, "publish")
    return (
        ModelLogEntry.objects.filter(
            action__in=_LOOKED_AT, content_type__model__in=[name for _app, name in kinds], user__isnull=False
        )
        .exclude(user=user)
        .annotate(page_id=Cast(KeyTextTransform("page", "data"), IntegerField()))
        .filter(page_id__in=mine.values("pk"))
        .filter(~Exists(SeenChange.objects.filter(entry=OuterRef("pk"))))
        .select_related("user", "content_type")
        .order_by("-timestamp", "-pk")
    )


def mark_seen(user: User, entries: list[int]) -> int:
    """Mark changes as looked at by `user`; gives how many were not so before. Their own are left as they are."""
    found = to_look_at(user).filter(pk__in=entries).values_list("pk", flat=True)
    before = SeenChange.objects.filter(seen_by=user).count()
    # Two colleagues at once: the database keeps one of them, and neither sees an error.
    SeenChange.objects.bulk_create([SeenChange(entry_id=pk, seen_by=user) for pk in found], ignore_conflicts=True)
    return SeenChange.objects.filter(seen_by=user).count() - before


def rows(entries: list[ModelLogEntry]) -> list[dict[str, Any]]:
    """What the list shows of each change, in a fixed number of queries per kind of fact."""
    facts: dict[tuple[int, str], Fact] = {}
    for kind in {entry.content_type for entry in entries}:
        model = kind.model_class()
        if model is None:
            continue
        wanted = [entry.object_id for entry in entries if entry.content_type_id == kind.pk]
        facts |= {(kind.pk, str(fact.pk)): fact for fact in model.objects.filter(pk__in=wanted).select_related("page")}
    shown = []
    for entry in entries:
        fact = facts.get((entry.content_type_id, entry.object_id))
        if fact is None:
            continue
        before, after = fact_log.differences(entry)
        shown.append(
            {
                "entry": entry,
                "fact": fact,
                "page": fact.page,
                "before": [named(fact, name, value) for name, value in before.items()],
                "after": [named(fact, name, value) for name, value in after.items() if value or before.get(name)],
                "history_url": reverse("fact_history", args=[fact._meta.app_label, fact._meta.model_name, fact.pk]),
            }
        )
    return shown


def changes(request: HttpRequest) -> HttpResponse:
    """The list, and marking what was looked at."""
    if not may_look(request.user):
        raise PermissionDenied
    if request.method == "POST":
        chosen = [int(pk) for pk in request.POST.getlist("entry") if pk.isdigit()]
        count = mark_seen(request.user, chosen)
        messages.success(
            request,
            ngettext("%(count)d change marked as seen.", "%(count)d changes marked as seen.", count) % {"count": count},
        )
        return redirect("fact_changes")
    page = Paginator(to_look_at(request.user), PER_PAGE).get_page(request.GET.get("p"))
    context = {
        "page_title": _("Changes of numbers to look at"),
        "header_icon": "history",
        "page_obj": page,
        "rows": rows(list(page)),
        "shown": [entry.pk for entry in page],
    }
    return TemplateResponse(request, "portal/admin/fact_changes.html", context)


class ChangesPanel(Component):
    """On the dashboard: how many changes wait, and the newest of them."""

    name = "fact_changes"
    template_name = "portal/admin/fact_changes_panel.html"
    order = 225

    def get_context_data(self, parent_context: Any) -> dict[str, Any]:
        user = parent_context["request"].user
        waiting = to_look_at(user) if may_look(user) else ModelLogEntry.objects.none()
        newest = rows(list(waiting[:5]))
        return {"rows": newest, "count": waiting.count() if newest else 0, "url": reverse("fact_changes")}


class ChangesMenuItem(MenuItem):
    def is_shown(self, request: HttpRequest) -> bool:
        return may_look(request.user)


@hooks.register("construct_homepage_panels")
def changes_on_the_dashboard(request: HttpRequest, panels: list[Component]) -> None:
    panels.append(ChangesPanel())


@hooks.register("register_reports_menu_item")
def changes_in_the_reports() -> MenuItem:
    return ChangesMenuItem(
        gettext_lazy("Changes of numbers to look at"), reverse("fact_changes"), icon_name="history", order=650
    )


@hooks.register("register_admin_urls")
def urls() -> list[Any]:
    return [path("reports/fact-changes/", changes, name="fact_changes")]
