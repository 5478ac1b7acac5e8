"""Telling staff of lines that fell due and of mandates that end. How they are told, `portal.announcing` says."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.contrib.auth import get_user_model
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from wagtail.models import Page
from wagtail.permission_policies.pages import PagePermissionPolicy

from departments.duplicates import where
from departments.models import Announcement, ContactLine, Duty
from institutes.models import Role
from portal.announcing import MOST_NAMED, Result, can_be_told, link, news, send, unsure_of

NEVER = "never"


@dataclass
class Plan:
    """Who is to be told of what; `orphans` are pages whose lines are due and whom nobody looks after."""

    lines: dict[Any, list[Announcement]] = field(default_factory=lambda: defaultdict(list))
    roles: dict[Any, list[Announcement]] = field(default_factory=lambda: defaultdict(list))
    orphans: set[str] = field(default_factory=set)


def plan(today: date) -> Plan:
    """What is to be announced today, that which was announced already left out."""
    found = Plan()
    _plan_lines(found, today)
    _plan_roles(found, today)
    for wanted in (found.lines, found.roles):
        for user in list(wanted):
            if fresh := news(wanted[user]):
                wanted[user] = fresh
            else:
                del wanted[user]
    return found


def carry_out(todo: Plan, report: Callable[[str], None]) -> Result:
    """Send the e-mails of a plan, one per person and kind."""
    result = Result(unsure=unsure_of(Announcement))
    for kind, wanted, write in (("line", todo.lines, _write_about_lines), ("role", todo.roles, _write_about_roles)):
        for user, rows in wanted.items():
            if count := send(rows, write, result):
                report(f"{user.get_username()}: {count} {kind}(s)")
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
            found.lines[user] += [Announcement(user=user, line_id=pk, occasion=last) for pk, last in due[page.pk]]
        if not people:
            found.orphans.add(page.title)


def _members_by_path() -> dict[str, set[Any]]:
    """For each institute's place in the tree, who has a duty there."""
    members = defaultdict(set)
    for duty in Duty.objects.select_related("institute").prefetch_related("group__user_set"):
        members[duty.institute.path] |= {user for user in duty.group.user_set.all() if can_be_told(user)}
    return members


def _plan_roles(found: Plan, today: date) -> None:
    for role in Role.objects.ending_soon(today).select_related("page__owner"):
        people = _owner(role.page) or _editors(role.page)
        for user in people:
            found.roles[user].append(Announcement(user=user, role_id=role.pk, occasion=role.until.isoformat()))


def _owner(page: Page) -> set[Any]:
    """Who made the page, if they are still there and may still change it."""
    owner = page.owner
    if owner and can_be_told(owner) and PagePermissionPolicy().user_has_permission_for_instance(owner, "change", page):
        return {owner}
    return set()


def _editors(page: Page) -> set[Any]:
    """Those who may change the page through a group; where there are none, the administrators."""
    policy = PagePermissionPolicy()
    users = policy.users_with_any_permission_for_instance({"change"}, page, include_superusers=False)
    people = {user for user in users if can_be_told(user) and not user.is_superuser}
    return people or {user for user in get_user_model().objects.filter(is_superuser=True) if can_be_told(user)}


def _write_about_lines(told: list[Announcement]) -> tuple[str, str]:
    ids = [row.line_id for row in told]
    lines = ContactLine.objects.filter(pk__in=ids).select_related("page")
    named = [*lines.emergencies()[:MOST_NAMED]]
    named += lines.exclude(pk__in=[line.pk for line in named]).by_need_of_checking()[: MOST_NAMED - len(named)]
    count = len(ids)
    subject = ngettext(
        "%(count)d telephone number is due to be checked", "%(count)d telephone numbers are due to be checked", count
    ) % {"count": count}
    rows = [
        f"* {where(line)}: {line.number_as_read}\n  {link('fact_change', 'departments', 'contactline', line.pk)}"
        for line in named
    ]
    if count > len(named):
        rows.append(_("… and %(count)d more.") % {"count": count - len(named)})
    parts = [
        _("Somebody should call these numbers and make sure that they are right. The call list leads through them:"),
        link("call_list"),
        "\n".join(rows),
        _("You will hear of each number again only when it was checked and falls due once more."),
    ]
    return subject, "\n\n".join(parts)


def _write_about_roles(told: list[Announcement]) -> tuple[str, str]:
    ids = [row.role_id for row in told]
    roles = Role.objects.filter(pk__in=ids).select_related("page", "person", "organisation").order_by("until", "pk")
    subject = ngettext("%(count)d mandate ends soon", "%(count)d mandates end soon", len(ids)) % {"count": len(ids)}
    rows = [
        "* {}\n  {}\n  {}".format(
            role,
            _("%(page)s, until %(day)s") % {"page": role.page.title, "day": date_format(role.until, "DATE_FORMAT")},
            link("role_timeline", role.page_id),
        )
        for role in roles
    ]
    parts = [
        _("The day after its last day, a role is shown no more. Enter the successor now, or a later last day:"),
        "\n".join(rows),
    ]
    return subject, "\n\n".join(parts)
