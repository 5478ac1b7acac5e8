"""The ground floor's part of the admin: facts, notices, the log's words, the portal's name and colours."""

from typing import Any

from django.contrib.auth.models import Permission
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.models import Page
from wagtail.snippets.models import register_snippet
from wagtail.snippets.views.snippets import SnippetViewSet

from portal import (
    bundle_views,  # noqa: F401 (hooks)
    care_reports,  # noqa: F401 (hooks)
    care_views,  # noqa: F401 (hooks)
    change_review,  # noqa: F401 (hooks)
    content_report,  # noqa: F401 (hooks)
    dashboard,  # noqa: F401 (hooks)
    dashboard_panels,  # noqa: F401 (hooks)
    deletion,
    fact_log,
    fact_views,
    handbook,  # noqa: F401 (hooks)
    leaving_views,  # noqa: F401 (hooks)
    link_report,  # noqa: F401 (hooks)
    media_hooks,  # noqa: F401 (hooks)
    media_report,  # noqa: F401 (hooks)
    media_rules,  # noqa: F401 (hooks)
    narrowed,  # noqa: F401 (hooks)
    page_views,  # noqa: F401 (hooks)
    publishing_rules,  # noqa: F401 (hooks)
    review_hooks,  # noqa: F401 (hooks)
    translation_hooks,  # noqa: F401 (hooks)
)
from portal.models import Notice
from portal.signing_in import hooks as signing_in_hooks  # noqa: F401


@hooks.register("register_admin_urls")
def fact_urls() -> list[Any]:
    return fact_views.urlpatterns


@hooks.register("before_delete_page")
def keep_what_others_rely_on(request: HttpRequest, page: Page) -> HttpResponse | None:
    return deletion.refuse(request, [page])


@hooks.register("before_bulk_action")
def keep_what_others_rely_on_in_bulk(
    request: HttpRequest, action_type: str, objects: list[Any], action_class_instance: Any
) -> HttpResponse | None:
    pages = [thing for thing in objects if isinstance(thing, Page)]
    if action_type == "unpublish" and pages:
        return deletion.warn_before_unpublishing(request, pages)
    return deletion.refuse(request, pages) if action_type == "delete" else None


@hooks.register("before_unpublish_page")
def tell_who_relies_on_it(request: HttpRequest, page: Page) -> HttpResponse | None:
    return deletion.warn_before_unpublishing(request, [page])


@hooks.register("register_log_actions")
def fact_actions(actions: Any) -> None:
    actions.register_action(fact_log.ADDED, _("Add"), _("Added"))
    actions.register_action(fact_log.CHANGED, _("Change"), _("Changed"))
    actions.register_action(fact_log.ARCHIVED, _("Take off the page"), _("Taken off the page"))
    actions.register_action(fact_log.UNDONE, _("Undo"), _("Last change undone"))


@hooks.register("register_permissions")
def own_permissions() -> QuerySet[Permission]:
    return Permission.objects.filter(
        content_type__app_label="portal", codename__in=["open_portal", "needs_second_factor", "waive_four_eyes"]
    )


class NoticeViewSet(SnippetViewSet):
    """Portal-wide notices: a moderator publishes one in under a minute."""

    model = Notice
    icon = "warning"
    menu_label = _("Notices")
    menu_order = 160
    add_to_admin_menu = True
    list_display = ["__str__", "is_current", "starts_at", "ends_at", "is_urgent"]


register_snippet(NoticeViewSet)


@hooks.register("insert_global_admin_css")
def colours() -> SafeString:
    return format_html('<link rel="stylesheet" href="{}">', static("portal/css/admin.css"))
