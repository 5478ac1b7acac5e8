"""Publishing and taking offline at the time that was set: each page by itself, so that no page stops the others.

A page that has an error when its time comes stays as it is. It is no longer scheduled - what is scheduled is locked,
and nobody could mend it -, its history says why, and who wrote it and who set the time are told by e-mail.
"""

import logging
from collections.abc import Callable, Iterator
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from wagtail.log_actions import log
from wagtail.models import DraftStateMixin, Page, PageLogEntry, Revision
from wagtail.users.models import UserProfile

from portal.publishing import NotPublishable, errors_of

logger = logging.getLogger(__name__)

REFUSED = "portal.publish.refused"


def run(report: Callable[[str], None]) -> int:
    """Do all that is due; gives the number of things that went wrong in a way that nobody foresaw."""
    failed = 0
    for thing in _expired():
        failed += not _alone(thing, _take_off, report)
    for revision in Revision.objects.filter(approved_go_live_at__lt=timezone.now()).order_by("approved_go_live_at"):
        failed += not _alone(revision, _publish, report)
    return failed


def _alone(thing: Any, act: Callable[[Any], str], report: Callable[[str], None]) -> bool:
    """Whether `act` went well: what stops it stops nothing else."""
    try:
        with transaction.atomic():
            said = act(thing)
    except Exception:  # whatever it is, the next page has its time too
        logger.exception("%s %s was not published or taken offline at its time.", type(thing).__name__, thing.pk)
        report(f"failed: {thing}")
        return False
    report(said)
    return True


def _expired() -> Iterator[Any]:
    kinds = [model for model in apps.get_models() if issubclass(model, DraftStateMixin) and not issubclass(model, Page)]
    for model in (Page, *kinds):
        yield from list(model.objects.filter(live=True, expire_at__lt=timezone.now()).order_by("expire_at"))


def _take_off(thing: Any) -> str:
    thing.unpublish(set_expired=True, log_action="wagtail.unpublish.scheduled")
    return f"taken offline: {thing}"


def _publish(revision: Revision) -> str:
    try:
        with transaction.atomic():
            revision.publish(log_action="wagtail.publish.scheduled")
    except NotPublishable as error:
        Revision.objects.filter(pk=revision.pk).update(approved_go_live_at=None)
        log(error.page, REFUSED, data={"findings": [str(one) for one in error.findings]}, revision=revision)
        transaction.on_commit(lambda: _tell(revision))
        return f"not published, since it has errors: {error.page.title}"
    return f"published: {revision.object_str}"


def _tell(revision: Revision) -> None:
    """E-mails to who wrote it and who set the time, in their languages, with what to mend."""
    scheduled = PageLogEntry.objects.filter(revision=revision, action="wagtail.publish.schedule").select_related("user")
    people = {revision.user, *(entry.user for entry in scheduled)} - {None}
    for user in people:
        if not user.is_active or not user.email:
            continue
        with translation.override(UserProfile.get_for_user(user).get_preferred_language()):
            page = revision.as_object()
            address = settings.WAGTAILADMIN_BASE_URL + reverse("wagtailadmin_pages:edit", args=[page.pk])
            parts = [
                _("“%(page)s” was to be published now, and was not: visitors still see what was there before.")
                % {"page": page.title},
                _("Mend this, then publish it or set another time:"),
                "\n".join(f"* {finding}" for finding in errors_of(page)),
                f"{address}?findings=publish",
            ]
            subject = _("Not published: “%(page)s”") % {"page": page.title}
            try:
                EmailMessage(" ".join(subject.split()), "\n\n".join(parts), to=[user.email]).send()
            except (OSError, ValueError):  # the mail server, or an address that no mail can carry
                logger.exception("User %s could not be told that page %s was not published.", user.pk, page.pk)
