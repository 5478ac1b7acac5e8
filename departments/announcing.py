"""Telling staff by e-mail what needs them: lines that fell due, mandates that end. Each thing once to each person.

What is announced is written down before the e-mail goes (`Announcement`), so that a repeated or a second run never
announces it again. An e-mail that the mail server refused is forgotten, and tried again by the next run; one that was
under way when the process was killed is not: nobody knows whether it went out.
"""

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.mail import EmailMessage
from django.db import transaction
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from wagtail.models import Page
from wagtail.permission_policies.pages import PagePermissionPolicy
from wagtail.users.models import UserProfile

from departments.duplicates import where
from departments.models import Announcement, ContactLine, Duty
from institutes.models import Role

logger = logging.getLogger(__name__)

MOST_NAMED = 30  # lines that an e-mail names; the call list has them all
NEVER = "never"


@dataclass
class Plan:
    """Who is to be told of what; `orphans` are pages whose lines are due and whom nobody looks after."""

    lines: dict[Any, list[tuple[int, str]]] = field(default_factory=lambda: defaultdict(list))
    roles: dict[Any, list[tuple[int, str]]] = field(default_factory=lambda: defaultdict(list))
    orphans: set[str] = field(default_factory=set)


@dataclass
class Result:
    sent: int = 0
    failed: int = 0
    unsure: int = 0


def plan(today: date) -> Plan:
    """What is to be announced today, that which was announced already left out."""
    found = Plan()
    _plan_lines(found, today)
    _plan_roles(found, today)
    for kind in ("line", "role"):
        wanted = getattr(found, f"{kind}s")
        for user in list(wanted):
            if new := _unannounced(user, kind, wanted[user]):
                wanted[user] = new
            else:
                del wanted[user]
    return found


def carry_out(todo: Plan, report: Callable[[str], None]) -> Result:
    """Send the e-mails of a plan, one per person and kind."""
    result = Result()
    result.unsure = Announcement.objects.filter(sent_at=None).values("user").distinct().count()
    for kind, write in (("line", _write_about_lines), ("role", _write_about_roles)):
        for user, things in getattr(todo, f"{kind}s").items():
            claimed = _claim(user, kind, things)
            if not claimed:
                continue
            ids = [getattr(announcement, f"{kind}_id") for announcement in claimed]
            with translation.override(UserProfile.get_for_user(user).get_preferred_language()):
                subject, body = write(ids)
            rows = Announcement.objects.filter(pk__in=[announcement.pk for announcement in claimed])
            try:
                EmailMessage(subject, body, settings.DEFAULT_FROM_EMAIL, [user.email]).send()
            except (OSError, ValueError):  # the mail server, or an address that no mail can carry
                logger.exception("The announcement to %s could not be sent; the next run tries again.", user.pk)
                rows.delete()
                result.failed += 1
            else:
                rows.update(sent_at=timezone.now())
                result.sent += 1
                report(f"{user.get_username()}: {len(ids)} {kind}(s)")
    return result


def _plan_lines(found: Plan, today: date) -> None:
    due = defaultdict(list)
    rows = ContactLine.objects.due(today).order_by().values_list("page_id", "pk", "verified_on")
    for page_id, pk, verified_on in rows.iterator():
        due[page_id].append((pk, verified_on.isoformat() if verified_on else NEVER))
    members = _members_by_path()
    for page in Page.objects.filter(pk__in=due).select_related("owner").iterator():
        people = _owner(page) or {
            user for path, users in members.items() if page.path.startswith(path) for user in users
        }
        for user in people:
            found.lines[user] += due[page.pk]
        if not people:
            found.orphans.add(page.title)


def _members_by_path() -> dict[str, set[Any]]:
    """For each institute's place in the tree, who has a duty there."""
    members = defaultdict(set)
    for duty in Duty.objects.select_related("institute").prefetch_related("group__user_set"):
        members[duty.institute.path] |= {user for user in duty.group.user_set.all() if _can_be_told(user)}
    return members


def _plan_roles(found: Plan, today: date) -> None:
    for role in Role.objects.ending_soon(today).select_related("page__owner"):
        people = _owner(role.page) or _editors(role.page)
        for user in people:
            found.roles[user].append((role.pk, role.until.isoformat()))


def _owner(page: Page) -> set[Any]:
    """Who made the page, if they are still there and may still change it."""
    owner = page.owner
    if owner and _can_be_told(owner) and PagePermissionPolicy().user_has_permission_for_instance(owner, "change", page):
        return {owner}
    return set()


def _editors(page: Page) -> set[Any]:
    """Those who may change the page through a group; where there are none, the administrators."""
    policy = PagePermissionPolicy()
    users = policy.users_with_any_permission_for_instance({"change"}, page, include_superusers=False)
    people = {user for user in users if _can_be_told(user) and not user.is_superuser}
    return people or {user for user in get_user_model().objects.filter(is_superuser=True) if _can_be_told(user)}


def _can_be_told(user: Any) -> bool:
    return user.is_active and bool(user.email)


def _unannounced(user: Any, kind: str, things: Iterable[tuple[int, str]]) -> list[tuple[int, str]]:
    told = Announcement.objects.filter(user=user, **{f"{kind}__isnull": False})
    known = set(told.values_list(f"{kind}_id", "occasion"))
    return [thing for thing in things if thing not in known]


def _claim(user: Any, kind: str, things: list[tuple[int, str]]) -> list[Announcement]:
    """Write down what is about to be announced; a second process waits here, and then finds it done."""
    with transaction.atomic():
        get_user_model().objects.select_for_update(no_key=True).get(pk=user.pk)
        new = [
            Announcement(user=user, occasion=occasion, **{f"{kind}_id": pk})
            for pk, occasion in _unannounced(user, kind, things)
        ]
        return Announcement.objects.bulk_create(new, batch_size=1000)


def _write_about_lines(ids: list[int]) -> tuple[str, str]:
    lines = ContactLine.objects.filter(pk__in=ids).select_related("page")
    named = [*lines.emergencies()[:MOST_NAMED]]
    named += lines.exclude(pk__in=[line.pk for line in named]).by_need_of_checking()[: MOST_NAMED - len(named)]
    count = len(ids)
    subject = ngettext(
        "%(count)d telephone number is due to be checked", "%(count)d telephone numbers are due to be checked", count
    ) % {"count": count}
    rows = [
        f"* {where(line)}: {line.number_as_read}\n  {_link('fact_change', 'departments', 'contactline', line.pk)}"
        for line in named
    ]
    if count > len(named):
        rows.append(_("… and %(count)d more.") % {"count": count - len(named)})
    parts = [
        _("Somebody should call these numbers and make sure that they are right. The call list leads through them:"),
        _link("call_list"),
        "\n".join(rows),
        _("You will hear of each number again only when it was checked and falls due once more."),
    ]
    return subject, "\n\n".join(parts)


def _write_about_roles(ids: list[int]) -> tuple[str, str]:
    roles = Role.objects.filter(pk__in=ids).select_related("page", "person", "organisation").order_by("until", "pk")
    subject = ngettext("%(count)d mandate ends soon", "%(count)d mandates end soon", len(ids)) % {"count": len(ids)}
    rows = [
        "* {}\n  {}\n  {}".format(
            role,
            _("%(page)s, until %(day)s") % {"page": role.page.title, "day": date_format(role.until, "DATE_FORMAT")},
            _link("role_timeline", role.page_id),
        )
        for role in roles
    ]
    parts = [
        _("The day after its last day, a role is shown no more. Enter the successor now, or a later last day:"),
        "\n".join(rows),
    ]
    return subject, "\n\n".join(parts)


def _link(name: str, *arguments: Any) -> str:
    return settings.WAGTAILADMIN_BASE_URL + reverse(name, args=arguments)
