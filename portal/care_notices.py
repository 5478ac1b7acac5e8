"""What staff are told of by e-mail so that the portal stays true: one e-mail per person and run, each thing once.

30 days before a day the owner is told, on the day once more, and 30 days after it those who publish there as well.
Other floors add what falls due through the hook `due_care`, whose functions are given the last day that matters and
give `Due`s; and what administrators must know each week until it is mended through the hook `care_alarms` (`Alarm`s).
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db.models import Model
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from wagtail import hooks
from wagtail.admin.admin_url_finder import AdminURLFinder
from wagtail.models import GroupPagePermission, Page
from wagtail.permissions import policy_registry

from portal import announcing, care
from portal.care import Stage
from portal.models import CareNotice

DUE, ALARMS = "due_care", "care_alarms"
REVIEW = "review"
WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Due:
    """Something of a page or a picture that ends on a day: what, in the words of a heading, and when.

    `kind` is a short name that never changes: by it we know what was announced.
    """

    thing: Model
    kind: str
    words: Any
    day: date


@dataclass(frozen=True)
class Alarm:
    """Something that administrators are told at once, and every week until it is mended."""

    thing: Model
    kind: str
    words: Any


@dataclass
class Plan:
    """Who is to be told of what; `nobodys` are the things of which nobody can be told."""

    notices: dict[Any, list[CareNotice]] = field(default_factory=lambda: defaultdict(list))
    nobodys: set[str] = field(default_factory=set)


def falling_due(until: date) -> list[Due]:
    """What other floors know to end on `until` or before."""
    return [due for find in hooks.get_hooks(DUE) for due in find(until)]


def reviews(until: date) -> list[Due]:
    pages = care.cared_for().filter(care__review_on__lte=until).select_related("care", "owner", "locale")
    words = gettext_lazy("Pages to review: are they still right?")
    return [Due(page, REVIEW, words, page.care.review_on) for page in pages.order_by("care__review_on", "path")]


def plan(today: date) -> Plan:
    """What is to be announced today, that which was announced already left out."""
    care.complete()
    found, staff = Plan(), _Staff()
    for due in [*reviews(today + care.AHEAD), *falling_due(today + care.AHEAD)]:
        near = care.stage(due.day, today)
        people = staff.to_be_told(due.thing, near)
        if not people:
            found.nobodys.add(str(due.thing))
        for user in people:
            found.notices[user].append(_notice(user, due, f"{due.day.isoformat()} {near}"))
    for alarm in (alarm for find in hooks.get_hooks(ALARMS) for alarm in find(today)):
        lately = timezone.now() - WEEK + timedelta(hours=12)  # a timer is never on the second
        told = CareNotice.objects.filter(kind=alarm.kind, thing=alarm.thing.pk, claimed_at__gt=lately)
        known = set(told.values_list("user", flat=True))
        for user in staff.administrators:
            if user.pk not in known:
                found.notices[user].append(_notice(user, alarm, today.isoformat()))
        if not staff.administrators:
            found.nobodys.add(str(alarm.thing))
    for user in list(found.notices):
        if fresh := announcing.news(found.notices[user]):
            found.notices[user] = fresh
        else:
            del found.notices[user]
    return found


def carry_out(todo: Plan, report: Callable[[str], None]) -> announcing.Result:
    """Send the e-mails of a plan, one per person."""
    result = announcing.Result(unsure=announcing.unsure_of(CareNotice))
    for user, notices in todo.notices.items():
        if count := announcing.send(notices, _write, result):
            report(f"{user.get_username()}: {count} thing(s)")
    return result


def _notice(user: Any, matter: Due | Alarm, occasion: str) -> CareNotice:
    notice = CareNotice(user=user, kind=matter.kind, thing=matter.thing.pk, occasion=occasion)
    notice.matter = matter
    return notice


class _Staff:
    """Who looks after what, found once for many things."""

    def __init__(self) -> None:
        self._people: dict[int, Any] = {}  # one object per person, which remembers their permissions

    def to_be_told(self, thing: Model, near: Stage) -> set[Any]:
        """The owner, and who is in charge when there is none, or when it is late."""
        people = self._owner(thing)
        if near == Stage.LATE or not people:
            people = people | self._in_charge(thing)
        return people

    def _owner(self, thing: Model) -> set[Any]:
        """Who made the page or brought the picture, if they are still there and may still change it."""
        owner = getattr(thing, "owner", None) or getattr(thing, "uploaded_by_user", None)
        if owner is None or not announcing.can_be_told(owner):
            return set()
        owner = self._people.setdefault(owner.pk, owner)
        policy = policy_registry.get_by_type(type(thing))
        return {owner} if policy.user_has_any_permission_for_instance(owner, care.ACTS, thing) else set()

    def _in_charge(self, thing: Model) -> set[Any]:
        """Who publishes there: the institute's own moderators, or else the portal's; at last the administrators."""
        if isinstance(thing, Page):
            above = [thing.path[:end] for end in range(len(thing.path), 0, -Page.steplen)]
            return next((self._publishers[path] for path in above if path in self._publishers), self.administrators)
        policy = policy_registry.get_by_type(type(thing))
        users = policy.users_with_any_permission_for_instance({"change"}, thing, include_superusers=False)
        return {user for user in users if announcing.can_be_told(user)} or self.administrators

    @cached_property
    def _publishers(self) -> dict[str, set[Any]]:
        """By place in the tree: those to whom publishing was given just there."""
        found: dict[str, set[Any]] = defaultdict(set)
        given = GroupPagePermission.objects.filter(permission__codename="publish_page").select_related("page")
        for one in given.prefetch_related("group__user_set"):
            found[one.page.path] |= {user for user in one.group.user_set.all() if announcing.can_be_told(user)}
        return {path: users for path, users in found.items() if users}

    @cached_property
    def administrators(self) -> set[Any]:
        """Those who may give an account to somebody."""
        backend = "django.contrib.auth.backends.ModelBackend"
        users = get_user_model().objects.with_perm("portal.add_user", backend=backend)
        return {user for user in users if announcing.can_be_told(user)}


# --- The e-mail -----------------------------------------------------------------------------------


def _write(notices: list[CareNotice]) -> tuple[str, str]:
    count = len(notices)
    subject = ngettext("%(count)d thing on the portal needs you", "%(count)d things on the portal need you", count) % {
        "count": count
    }
    by_heading: dict[str, list[CareNotice]] = defaultdict(list)
    for notice in notices:
        by_heading[str(notice.matter.words)].append(notice)
    parts = []
    for heading, those in by_heading.items():
        rows = [_row(notice) for notice in those[: announcing.MOST_NAMED]]
        if len(those) > announcing.MOST_NAMED:
            rows.append(_("… and %(count)d more.") % {"count": len(those) - announcing.MOST_NAMED})
        parts += [heading, "\n".join(rows)]
    if any(notice.kind == REVIEW for notice in notices):
        parts += [
            _("Behind each address one button says that the page is still right. All pages that are to be reviewed:"),
            announcing.link("pages_to_review"),
        ]
    return subject, "\n\n".join(parts)


def _row(notice: CareNotice) -> str:
    matter = notice.matter
    lines = [f"* {name_of(matter.thing)}"]
    if isinstance(matter, Due):
        lines.append(when(matter.day))
    if matter.kind == REVIEW and matter.thing.owner_id != notice.user_id:
        lines.append(_owner_in_words(matter.thing))
    if matter.kind == REVIEW:
        lines.append(announcing.link("page_care", matter.thing.pk))
    elif url := AdminURLFinder().get_edit_url(matter.thing):
        lines.append(settings.WAGTAILADMIN_BASE_URL + url)
    return "\n  ".join(lines)


def name_of(thing: Model) -> str:
    """As staff know it: a page with its language."""
    return f"{thing.title} ({thing.locale.get_display_name()})" if isinstance(thing, Page) else str(thing)


def when(day: date) -> str:
    """How near a day is, in words."""
    today, said = timezone.localdate(), date_format(day, "DATE_FORMAT")
    if day > today:
        return _("due on %(day)s") % {"day": said}
    return _("due today") if day == today else _("overdue since %(day)s") % {"day": said}


def _owner_in_words(page: Page) -> str:
    if page.owner and page.owner.is_active:
        return _("looked after by %(name)s") % {"name": page.owner.get_full_name() or page.owner.get_username()}
    return _("nobody looks after this page any more: choose an owner")


def dry(todo: Plan) -> Iterable[str]:
    """What a plan would do, in lines."""
    for user, notices in todo.notices.items():
        yield f"{user.get_username()} would be told of {len(notices)} thing(s)."
