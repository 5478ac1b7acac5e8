"""Institutes that nobody edits any more."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from wagtail.models import GroupPagePermission, Page

from institutes.models import InstitutePage
from portal.care_notices import Alarm
from portal.days import midnight

_ACTS = ["add_page", "change_page", "publish_page"]


def without_editor(today: date) -> list[InstitutePage]:
    """The public institutes, by their source pages, that no active editor looks after.

    An institute that has groups of its own needs somebody in one of them; one that has none is looked after by those
    who edit the whole portal. Active is who has an account and has logged in within EDITORS_SEEN_WITHIN days.
    """
    since = midnight(today - timedelta(days=settings.EDITORS_SEEN_WITHIN))
    seen = Q(last_login__gte=since) | Q(last_login=None, date_joined__gte=since)
    active = set(get_user_model().objects.filter(seen, is_active=True).values_list("pk", flat=True))
    editors: dict[str, set[int]] = defaultdict(set)
    given = GroupPagePermission.objects.filter(permission__codename__in=_ACTS)
    for path, user in given.values_list("page__path", "group__user"):
        editors[path] |= {user} & active
    institutes = InstitutePage.objects.live().filter(locale__language_code=settings.LANGUAGE_CODE).order_by("path")
    return [institute for institute in institutes if not _nearest(editors, institute.path)]


def _nearest(editors: dict[str, set[int]], path: str) -> set[int]:
    """The editors of the nearest place above, or the page itself, that any group was given."""
    above = (path[:end] for end in range(len(path), 0, -Page.steplen))
    return next((editors[place] for place in above if place in editors), set())


def alarms(today: date) -> Iterator[Alarm]:
    for institute in without_editor(today):
        yield Alarm(institute, "no-editor", _("Institutes without an active editor: give somebody an account"))
