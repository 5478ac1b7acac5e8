"""The ground floor's panels of the dashboard: my drafts, comments to me, pages to review, messages from visitors."""

from datetime import timedelta
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import BigIntegerField, Count, Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from wagtail import hooks
from wagtail.contrib.forms.utils import get_forms_for_user
from wagtail.models import Comment, CommentReply, Page, PageSubscription, WorkflowState
from wagtail.permission_policies.pages import PagePermissionPolicy

from portal import care, care_notices, places
from portal.dashboard import Line, Panel
from portal.models import ContactMessage

MOST = 5  # things that a panel names; the rest it counts
RECENT = timedelta(days=7)


def _more(count: int, url: str = "") -> list[Line]:
    return [Line(_("… and %(count)d more.") % {"count": count - MOST}, url)] if count > MOST else []


def _edit(page_id: int) -> str:
    return reverse("wagtailadmin_pages:edit", args=[page_id])


class MyDrafts(Panel):
    """Texts that I left as a draft and sent to nobody."""

    name = "my_drafts"
    heading = gettext_lazy("Your drafts")
    icon = "doc-empty-inverse"

    def lines(self, user: Any) -> list[Line]:
        drafts = drafts_of(user)
        shown = [
            Line(page.get_admin_display_title(), _edit(page.pk), page.locale.get_display_name())
            for page in drafts[:MOST]
        ]
        return [*shown, *_more(drafts.count())] if len(shown) == MOST else shown


def drafts_of(user: Any) -> QuerySet[Page]:
    """The pages whose latest draft is the user's, differs from what visitors read, and is in nobody's hands."""
    mine = PagePermissionPolicy().instances_user_has_any_permission_for(user, care.ACTS)
    in_hands = WorkflowState.objects.active().filter(
        base_content_type=ContentType.objects.get_for_model(Page), object_id=OuterRef("key")
    )
    return (
        Page.objects.filter(
            latest_revision__user=user, has_unpublished_changes=True, pk__in=mine.order_by().values("pk")
        )
        .alias(key=F("latest_revision__object_id"))
        .exclude(Exists(in_hands))
        .exclude(latest_revision__approved_go_live_at__isnull=False)
        .select_related("locale")
        .order_by("-latest_revision_created_at")
    )


class CommentsToMe(Panel):
    """What colleagues remarked on texts of mine, and answers in talks that I take part in, as long as it is open."""

    name = "comments_to_me"
    heading = gettext_lazy("Comments for you")
    icon = "comment"

    def lines(self, user: Any) -> list[Line]:
        rows = comments_to(user).values("page", "page__draft_title").annotate(number=Count("pk")).order_by("page")
        found = list(rows[: MOST + 1])
        more = _more(rows.count()) if len(found) > MOST else []
        shown = [
            Line(
                row["page__draft_title"],
                _edit(row["page"]),
                ngettext("%(number)d open comment", "%(number)d open comments", row["number"])
                % {"number": row["number"]},
            )
            for row in found[:MOST]
        ]
        return shown + more


def comments_to(user: Any) -> QuerySet[Comment]:
    """Open comments on pages that the user may change and owns, follows or speaks on; the last word is another's."""
    mine = PagePermissionPolicy().instances_user_has_any_permission_for(user, care.ACTS)
    replies = CommentReply.objects.filter(comment=OuterRef("pk"))
    follows = PageSubscription.objects.filter(page=OuterRef("page"), user=user, comment_notifications=True)
    concerns = Q(page__owner=user) | Q(user=user) | Exists(follows) | Exists(replies.filter(user=user))
    last = replies.order_by("-created_at", "-pk").values("user")[:1]
    return (
        Comment.objects.filter(concerns, resolved_at=None, page__in=mine.order_by().values("pk"))
        .alias(last=Coalesce(Subquery(last), F("user"), output_field=BigIntegerField()))
        .exclude(last=user.pk)
    )


class PagesToReview(Panel):
    """My pages whose day comes, and how many pages nobody looks after, for those who publish."""

    name = "pages_to_review"
    heading = gettext_lazy("Pages to review")
    icon = "calendar-check"

    def lines(self, user: Any) -> list[Line]:
        today = timezone.localdate()
        due = care.pages_of(user).filter(care__review_on__lte=today + care.AHEAD)
        mine = due.filter(owner=user).select_related("care", "locale").order_by("care__review_on", "path")
        shown = list(mine[: MOST + 1])
        report = reverse("pages_to_review")
        lines = [
            Line(
                f"{page.get_admin_display_title()} ({page.locale.get_display_name()})",
                reverse("page_care", args=[page.pk]),
                care_notices.when(page.care.review_on),
            )
            for page in shown[:MOST]
        ]
        if len(shown) > MOST:
            lines += _more(mine.count(), f"{report}?owner={user.pk}")
        publish = PagePermissionPolicy().instances_user_has_permission_for(user, "publish").order_by()
        orphans = due.filter(care.owner_is_gone(), pk__in=publish.values("pk")).count()
        if orphans:
            words = ngettext(
                "%(number)d page to review has no owner", "%(number)d pages to review have no owner", orphans
            )
            lines.append(Line(words % {"number": orphans}, f"{report}?owner=none"))
        return lines


class MessagesFromVisitors(Panel):
    """By contact page: how many messages came this week, and how many could not be e-mailed yet."""

    name = "messages_from_visitors"
    heading = gettext_lazy("Messages from visitors")
    icon = "mail"

    def lines(self, user: Any) -> list[Line]:
        forms = get_forms_for_user(user).order_by()
        lately = Q(submit_time__gte=timezone.now() - RECENT)
        rows = (
            ContactMessage.objects.filter(lately | Q(emailed_at=None), page__in=forms.values("pk"))
            .order_by()
            .values("page", "page__title", "page__path", "page__locale__language_code")
            .annotate(lately=Count("pk", filter=lately), unsent=Count("pk", filter=Q(emailed_at=None)))
            .order_by("-unsent", "page__path")
        )
        titles = places.titles() if rows else {}
        return [self._line(row, titles.get(row["page__path"][: places.PREFIX], "")) for row in rows]

    def _line(self, row: dict[str, Any], institute: str) -> Line:
        parts = [f"{institute} – {row['page__title']}" if institute else row["page__title"]]
        remarks = []
        if row["lately"]:
            words = ngettext("%(number)d within seven days", "%(number)d within seven days", row["lately"])
            remarks.append(words % {"number": row["lately"]})
        if row["unsent"]:
            words = ngettext(
                "%(number)d could not be e-mailed yet: read it here",
                "%(number)d could not be e-mailed yet: read them here",
                row["unsent"],
            )
            remarks.append(words % {"number": row["unsent"]})
        return Line(parts[0], reverse("wagtailforms:list_submissions", args=[row["page"]]), ", ".join(remarks))


@hooks.register("construct_homepage_panels")
def what_waits(request: HttpRequest, panels: list[Any]) -> None:
    panels += [CommentsToMe(), MessagesFromVisitors(), PagesToReview(), MyDrafts()]
