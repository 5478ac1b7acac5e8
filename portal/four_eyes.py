"""Four eyes: nobody makes words public that they wrote themselves; an administrator may waive it, with a reason.

What counts is what was written since the page was last public. Code that publishes without a user is the portal
itself (seeds, the clock, an approved bundle) and is not asked.
"""

import json
import re
from collections.abc import Iterable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from wagtail.locks import BaseLock
from wagtail.log_actions import log
from wagtail.models import (
    COMMENTS_RELATION_NAME,
    Page,
    PageLogEntry,
    PagePermissionTester,
    Revision,
    TaskState,
    WorkflowState,
)

WAIVE = "portal.waive_four_eyes"
WAIVED = "portal.four_eyes.waive"

# What a revision says beside the words: where the page stands, its state, remarks of colleagues.
_BOOKKEEPING = {
    "pk",
    "path",
    "depth",
    "numchild",
    "url_path",
    "draft_title",
    "folded_title",
    "live",
    "live_revision",
    "latest_revision",
    "latest_revision_created_at",
    "has_unpublished_changes",
    "first_published_at",
    "last_published_at",
    "expired",
    "owner",
    "locked",
    "locked_at",
    "locked_by",
    "alias_of",
    "content_type",
    COMMENTS_RELATION_NAME,
}
# Names that the rich text editor gives to paragraphs, whoever opens and saves a text.
_BLOCK_KEYS = re.compile(r' data-block-key=\\*"[^"\\]*\\*"')


class NotReviewed(PermissionDenied):
    """A text that nobody but those who wrote it, or no medical reviewer, has approved."""


def words(content: dict[str, Any]) -> str:
    """What a page in a revision's form says, to be compared: without bookkeeping, comments and row numbers."""
    said = {name: _without_row_numbers(value) for name, value in content.items() if name not in _BOOKKEEPING}
    return _BLOCK_KEYS.sub("", json.dumps(said, sort_keys=True, default=str))


def _without_row_numbers(value: Any) -> Any:
    if not (isinstance(value, list) and all(isinstance(row, dict) and "pk" in row for row in value)):
        return value
    return [{name: kept for name, kept in row.items() if name != "pk"} for row in value]


def contributors(page: Page) -> set[int]:
    """The users who wrote what the latest draft of `page` says beyond what was last public, and who submitted it.

    A revision that changes no word (somebody commented, or opened and saved) is no contribution. A revision that
    was tidied away still counts by its entry in the log; who brings an old draft back brings its writer back too.
    """
    baseline, since = _last_public(page)
    revisions = Revision.objects.for_instance(page)
    later = revisions.filter(created_at__gt=since) if since else revisions
    live = Page.objects.filter(pk=page.pk, live=True).first()
    public = words(json.loads(live.specific.to_json())) if live else None
    before = words(baseline.content) if baseline else public
    found: set[int | None] = set()
    for revision in later.order_by("created_at", "pk"):
        now = words(revision.content)
        if now not in (before, public):
            found.add(revision.user_id)
        before = now
    found |= _tidied_away(page, since) | _brought_back(page, since)
    found |= set(
        WorkflowState.objects.active().for_instance(page).values_list("requested_by_id", flat=True),
    )
    return found - {None}


def _last_public(page: Page) -> tuple[Revision | None, Any]:
    """The revision that visitors see, or saw last; and when it was made. (None, None) for a page never published."""
    # Of a page that is not public the row says nothing: saving a draft writes there what the draft was made from.
    shown = Page.objects.filter(pk=page.pk, live=True).values("live_revision_id")
    live = Revision.objects.filter(pk__in=shown).first()
    if live is None:
        published = PageLogEntry.objects.filter(
            page=page.pk, action__in=["wagtail.publish", "wagtail.publish.scheduled"]
        ).order_by("-timestamp", "-pk")
        kept = Revision.objects.for_instance(page)
        for pk in published.values_list("revision_id", flat=True)[:1]:
            live = kept.filter(pk=pk).first()
    return live, live.created_at if live else None


def _written(page: Page, since: Any, *actions: str) -> Any:
    entries = PageLogEntry.objects.filter(page=page.pk, action__in=actions)
    return entries.filter(timestamp__gt=since) if since else entries


def _tidied_away(page: Page, since: Any) -> set[int | None]:
    entries = _written(page, since, "wagtail.edit", "wagtail.revert").exclude(revision_id=None)
    kept = set(Revision.objects.for_instance(page).values_list("pk", flat=True))
    return {user for user, revision in entries.values_list("user_id", "revision_id") if revision not in kept}


def _brought_back(page: Page, since: Any) -> set[int | None]:
    named = _written(page, since, "wagtail.revert").values_list("data", flat=True)
    revisions = {data["revision"]["id"] for data in named if data.get("revision")}
    if not revisions:
        return set()
    public = PageLogEntry.objects.filter(page=page.pk, action__startswith="wagtail.publish", revision_id__in=revisions)
    drafts = revisions - set(public.values_list("revision_id", flat=True))
    return set(Revision.objects.filter(pk__in=drafts).values_list("user_id", flat=True))


def contributed(user: Any, page: Page) -> bool:
    """Whether `user` has a part in what the latest draft of `page` says."""
    mine = (
        Revision.objects.for_instance(page).filter(user=user).exists()
        or WorkflowState.objects.active().for_instance(page).filter(requested_by=user).exists()
        or PageLogEntry.objects.filter(page=page.pk, user=user, action="wagtail.edit").exists()
        or PageLogEntry.objects.filter(page=page.pk, action="wagtail.revert").exists()
    )
    return mine and user.pk in contributors(page)


def is_settled(revision: Revision) -> bool:
    """Whether somebody reads, has read or published this very revision: then no later keystroke may change it."""
    return (
        revision.approved_go_live_at is not None
        or Page.objects.filter(live_revision=revision).exists()
        or TaskState.objects.filter(revision=revision).exists()
    )


def may_waive(user: Any) -> bool:
    """Whether `user` may publish without a second reader: administrators, each time with a reason."""
    return user.is_active and user.has_perm(WAIVE)


def is_medical(page: Page) -> bool:
    """Whether the latest draft of `page` is marked as medical content, or what is public of it."""
    if not hasattr(page.specific_class, "is_medical"):
        return False
    revision = page.get_latest_revision()
    return bool(revision.content.get("is_medical") if revision else page.specific.is_medical)


def refusal(user: Any, page: Page) -> str:
    """Why `user` may not publish the latest draft of `page` directly, and what to do; "" when they may."""
    if part := _bundled(page):
        return _("It belongs to the bundle “%(bundle)s” and goes live with it, not by itself.") % {
            "bundle": part.bundle
        }
    if contributed(user, page):
        return _("You wrote part of this text, so a colleague has to read it before visitors do: submit it for review.")
    if is_medical(page):
        return _("This page is marked as medical content: submit it for review, so that a medical reviewer reads it.")
    return ""


def _bundled(page: Page) -> Any:
    return getattr(page.specific_deferred, "bundled", None)


class BundleLock(BaseLock):
    """The lock of a page whose bundle is approved: what was approved is what goes live."""

    def for_user(self, user: Any) -> bool:
        return True

    def get_message(self, user: Any) -> str:
        bundle = self.object.bundled.bundle
        return format_html(
            _('This page is part of the approved bundle <a href="{}">{}</a>. Send the bundle back to change the page.'),
            reverse("bundle:inspect", args=[bundle.pk]),
            bundle,
        )

    def get_locked_by(self, user: Any) -> str:
        return _("Locked by a bundle")

    def get_description(self, user: Any) -> str:
        return _("It goes live with its bundle, as it was approved.")


class FourEyesTester(PagePermissionTester):
    """What a user may do with a page; publishing what they wrote themselves is not among it."""

    def may_publish_others(self) -> bool:
        """Whether the user is among those who publish here, whoever wrote."""
        return super().can_publish()

    def can_publish(self) -> bool:
        return super().can_publish() and not refusal(self.user, self.page)

    def can_publish_alone(self) -> bool:
        """Whether the user, who may not publish this text, may waive that."""
        can = self.may_publish_others() and may_waive(self.user) and not _bundled(self.page)
        return can and not self.can_publish()

    # These bring no words before the public.

    def can_set_view_restrictions(self) -> bool:
        return self.may_publish_others()

    def can_unschedule(self) -> bool:
        return self.may_publish_others()


def waive(page: Page, revision: Revision, user: Any, reason: str) -> None:
    """Write into the page's history that `user` waives the second reader of `revision`, and why."""
    if not may_waive(user) or not reason.strip():
        raise PermissionDenied
    log(page.specific, WAIVED, user=user, revision=revision, data={"comment": reason.strip()})


def is_waived(revision: Revision, user_ids: Iterable[int | None]) -> bool:
    """Whether one of the users waived the second reader of `revision`."""
    return PageLogEntry.objects.filter(
        page=revision.object_id, revision=revision, action=WAIVED, user__in=[pk for pk in user_ids if pk]
    ).exists()


@transaction.atomic
def publish_alone(page: Page, user: Any, reason: str) -> None:
    """Publish the latest draft without a second reader. ValidationError when it is not fit to be published."""
    page = Page.objects.select_for_update().get(pk=page.pk).specific
    rights = page.permissions_for_user(user)
    if not rights.may_publish_others() or rights.page_locked() or _bundled(page):
        raise PermissionDenied
    revision = page.get_latest_revision() or page.save_revision(user=user)
    waive(page, revision, user, reason)
    revision.publish(user=user, skip_permission_checks=True)


@transaction.atomic
def publish_reviewed(workflow_state: WorkflowState, user: Any = None) -> None:
    """End a review by publishing: what Wagtail does when the last step is done (portal/apps.py).

    Whatever steps a workflow has, NotReviewed unless somebody else than the writers approved the very revision, and
    a medical reviewer where it is marked so.
    """
    thing = workflow_state.content_object
    if isinstance(thing, Page):
        thing = Page.objects.select_for_update().get(pk=thing.pk)
        _require_review(thing, thing.get_latest_revision(), workflow_state)
        if part := _bundled(thing):
            # It goes live with its bundle; for this page, the review is done.
            part.revision, part.approved_by = thing.get_latest_revision(), user
            part.save(update_fields=["revision", "approved_by"])
            return
    thing.get_latest_revision().publish(user=user, skip_permission_checks=True)


def _require_review(page: Page, revision: Revision, workflow_state: WorkflowState) -> None:
    wrote = contributors(page) | {workflow_state.requested_by_id}
    states = workflow_state.task_states.filter(status=TaskState.STATUS_APPROVED, revision=revision)
    readers = [(state.finished_by_id, state.task.specific) for state in states.select_related("task")]
    waived = is_waived(revision, [reader for reader, _task in readers])
    # An approval without a user is the portal's own act.
    read = [task for reader, task in readers if reader is None or reader not in wrote]
    if not read and not waived:
        raise NotReviewed(_("Nobody but its writers has approved this text."))
    if is_medical(page) and not waived and not any(getattr(task, "validates_medically", False) for task in read):
        raise NotReviewed(_("No medical reviewer has approved this text."))


def lacks_validation(page: Page) -> bool:
    """Whether the latest draft is medical content that no medical reviewer but its writers has approved."""
    if not is_medical(page):
        return False
    revision, wrote = page.get_latest_revision(), contributors(page)
    states = TaskState.objects.filter(status=TaskState.STATUS_APPROVED, revision=revision).select_related("task")
    readers = [state for state in states if getattr(state.task.specific, "validates_medically", False)]
    return not any(state.finished_by_id not in wrote for state in readers) and not is_waived(
        revision, [state.finished_by_id for state in readers]
    )
