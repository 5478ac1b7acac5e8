"""What goes live and what ends by the clock. Each bundle and each page by itself: a bad one stops no other."""

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.db import transaction
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from wagtail.log_actions import log
from wagtail.models import DraftStateMixin, Page, PageLogEntry, Revision
from wagtail.permission_policies.pages import PagePermissionPolicy
from wagtail.users.models import UserProfile

from portal import bundles
from portal.models import Bundle, User

logger = logging.getLogger(__name__)

FAILED = "portal.schedule.fail"
PUBLISH, EXPIRE = "publish", "expire"


@dataclass(frozen=True)
class Failure:
    """Something that should have gone live or ended, and did not: what, why, and where staff mend it."""

    thing: Any
    act: str
    reason: str
    revision: Revision | None = None

    @property
    def name(self) -> str:
        return self.thing.get_admin_display_title() if isinstance(self.thing, Page) else str(self.thing)


def run(report: Callable[[str], None] = logger.info) -> list[Failure]:
    """Do all that is due, and tell those who must know, once, of what could not be done."""
    failures = [*_expire(report), *_publish_bundles(report), *_publish_pages(report)]
    announce(failures)
    return failures


def due_pages() -> list[Revision]:
    """The revisions whose instant has come, the earliest first."""
    return list(Revision.objects.filter(approved_go_live_at__lte=timezone.now()).order_by("approved_go_live_at", "pk"))


def expired() -> list[Any]:
    """The pages, and other things with drafts, that are public beyond their end."""
    others = [
        model for model in apps.get_models() if issubclass(model, DraftStateMixin) and not issubclass(model, Page)
    ]
    now = timezone.now()
    return [
        thing
        for model in (Page, *others)
        for thing in model.objects.filter(live=True, expire_at__lte=now).order_by("expire_at", "pk")
    ]


def _attempt(act: Callable[[], bool]) -> str | None:
    """Why `act` failed, its changes taken back; "" when it did; None when somebody else had done it."""
    try:
        with transaction.atomic():
            return "" if act() else None
    except ValidationError as error:
        return "\n".join(error.messages)
    except Exception as error:
        logger.exception("What was planned could not be done")
        return f"{type(error).__name__}: {error}"


def _expire(report: Callable[[str], None]) -> Iterable[Failure]:
    for thing in expired():

        def end(thing: Any = thing) -> bool:
            locked = type(thing).objects.select_for_update().filter(pk=thing.pk, live=True).first()
            if locked:
                locked.unpublish(set_expired=True, log_action="wagtail.unpublish.scheduled")
            return bool(locked)

        reason = _attempt(end)
        if reason:
            yield Failure(thing, EXPIRE, reason)
        elif reason is not None:
            report(f"ended: {thing}")


def _publish_bundles(report: Callable[[str], None]) -> Iterable[Failure]:
    for bundle in bundles.due():
        try:
            bundles.publish(bundle)
            report(f"bundle published: {bundle}")
        except ValidationError as error:
            if Bundle.objects.filter(pk=bundle.pk, state=Bundle.State.APPROVED).exists():
                yield Failure(bundle, PUBLISH, "\n".join(error.messages))
        except Exception as error:
            logger.exception("Bundle %s could not be published", bundle.pk)
            yield Failure(bundle, PUBLISH, f"{type(error).__name__}: {error}")


def _publish_pages(report: Callable[[str], None]) -> Iterable[Failure]:
    for revision in due_pages():

        def publish(revision: Revision = revision) -> bool:
            locked = Revision.objects.select_for_update().filter(
                pk=revision.pk, approved_go_live_at__lte=timezone.now()
            )
            found = locked.first()
            if found:
                found.publish(log_action="wagtail.publish.scheduled")
            return bool(found)

        reason = _attempt(publish)
        if reason:
            thing = Page.objects.filter(pk=revision.object_id).first() if _is_page(revision) else None
            yield Failure(thing or revision.object_str, PUBLISH, reason, revision)
        elif reason is not None:
            report(f"published: {revision.object_str}")


def _is_page(revision: Revision) -> bool:
    model = revision.base_content_type.model_class()
    return model is not None and issubclass(model, Page)


# --- Telling --------------------------------------------------------------------------------------


def announce(failures: list[Failure]) -> None:
    """Write each new failure where staff look for it, and tell those who look after it in one e-mail per person."""
    by_user: dict[User, list[Failure]] = defaultdict(list)
    for failure in failures:
        if _is_new(failure):
            for user in _who_must_know(failure.thing):
                by_user[user].append(failure)
    for user, things in by_user.items():
        with translation.override(UserProfile.get_for_user(user).get_preferred_language()):
            try:
                EmailMessage(_("Not published as planned"), _letter(things), to=[user.email]).send()
            except OSError:
                logger.exception("The e-mail about what was not published as planned could not be sent")


def _is_new(failure: Failure) -> bool:
    """Whether nobody was told yet; it is written down in the history of the page or the bundle."""
    if isinstance(failure.thing, Bundle):
        with transaction.atomic():
            known = Bundle.objects.select_for_update().get(pk=failure.thing.pk)
            if known.problem == failure.reason:
                return False
            known.problem = failure.reason
            known.save(update_fields=["problem"])
            log(known, bundles.FAILED, data={"comment": failure.reason})
        return True
    if not isinstance(failure.thing, Page):
        return False  # the command's output and exit tell of it
    with transaction.atomic():
        page = Page.objects.select_for_update().get(pk=failure.thing.pk)
        told = PageLogEntry.objects.filter(page=page.pk, action=FAILED, revision=failure.revision)
        if told.filter(data__act=failure.act, data__comment=failure.reason).exists():
            return False
        data = {"act": failure.act, "comment": failure.reason}
        log(page.specific, FAILED, revision=failure.revision, data=data)
    return True


def _who_must_know(thing: Any) -> Iterable[User]:
    if isinstance(thing, Bundle):
        people = User.objects.filter(pk__in=[thing.owner_id, thing.submitted_by_id, thing.approved_by_id])
    else:
        people = User.objects.filter(pk=thing.owner_id)
        if not _reachable(people):
            people = PagePermissionPolicy().users_with_permission_for_instance("publish", thing)
    return _reachable(people)


def _reachable(people: Any) -> list[User]:
    return list(people.filter(is_active=True).exclude(email="").distinct())


def _letter(failures: list[Failure]) -> str:
    parts = [_("What follows was planned, and could not be done. Everything else went on as planned.")]
    for failure in failures:
        if isinstance(failure.thing, Bundle):
            address = reverse("bundle:inspect", args=[failure.thing.pk])
        else:
            address = reverse("wagtailadmin_pages:edit", args=[failure.thing.pk])
        parts.append(f"{failure.name}\n{failure.reason}\n{settings.WAGTAILADMIN_BASE_URL}{address}")
    return "\n\n".join(parts)
