"""Telling staff by e-mail what needs them: each thing once to each person, whatever happens.

What is announced is written down before the e-mail goes (`portal.models.Told`), so that a repeated or second run never
announces it again. An e-mail that the mail server refused is forgotten, and tried again by the next run; one that was
under way when the process was killed is not: nobody knows whether it went out.
"""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.mail import EmailMessage
from django.db import transaction
from django.urls import reverse
from django.utils import timezone, translation
from wagtail.users.models import UserProfile

from portal.models import Told

logger = logging.getLogger(__name__)

MOST_NAMED = 30  # things that an e-mail names of one kind; the screens have them all

SomeTold = TypeVar("SomeTold", bound=Told)


@dataclass
class Result:
    sent: int = 0
    failed: int = 0
    unsure: int = 0


def can_be_told(user: Any) -> bool:
    return user.is_active and bool(user.email)


def news(rows: Iterable[SomeTold]) -> list[SomeTold]:
    """Those of `rows`, all of one kind and for one person, that the person was not told yet; none twice."""
    fresh = {row.key: row for row in rows}
    if not fresh:
        return []
    first = next(iter(fresh.values()))
    told = type(first).objects.filter(user=first.user_id)
    for key in told.values_list(*first.key_fields):
        fresh.pop(key, None)
    return list(fresh.values())


def send(rows: list[SomeTold], write: Callable[[list[SomeTold]], tuple[str, str]], result: Result) -> int:
    """Send one person the one e-mail about `rows` that `write`, in their language, makes of what is news.

    Gives of how many things they were told.
    """
    claimed = _claim(rows)
    if not claimed:
        return 0
    user = claimed[0].user
    with translation.override(UserProfile.get_for_user(user).get_preferred_language()):
        subject, body = write(claimed)
    kept = type(claimed[0]).objects.filter(pk__in=[row.pk for row in claimed])
    try:
        EmailMessage(subject, body, settings.DEFAULT_FROM_EMAIL, [user.email]).send()
    except (OSError, ValueError):  # the mail server, or an address that no mail can carry
        logger.exception("The announcement to %s could not be sent; the next run tries again.", user.pk)
        kept.delete()
        result.failed += 1
        return 0
    kept.update(sent_at=timezone.now())
    result.sent += 1
    return len(claimed)


def _claim(rows: list[SomeTold]) -> list[SomeTold]:
    """Write down what is about to be announced; a second process waits here, and then finds it done."""
    if not rows:
        return []
    with transaction.atomic():
        get_user_model().objects.select_for_update(no_key=True).get(pk=rows[0].user_id)
        fresh = news(rows)
        return type(rows[0]).objects.bulk_create(fresh, batch_size=1000)


def unsure_of(model: type[Told]) -> int:
    """Of how many people it is not known whether an e-mail went out."""
    return model.objects.filter(sent_at=None).values("user").distinct().count()


def link(name: str, *arguments: Any) -> str:
    """A full address of the admin, for e-mails."""
    return settings.WAGTAILADMIN_BASE_URL + reverse(name, args=arguments)
