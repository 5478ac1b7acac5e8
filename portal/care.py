"""Keeping pages true: every public page has an owner and a day by which somebody makes sure that it is still right.

The owner is Wagtail's own (`Page.owner`): the one whom numbers and mandates are announced to as well, and who hands
over when they leave. No draft keeps an older one. The days are rows of their own (`PageCare`), made for the pages that
have none whenever somebody asks for all of them; so it does not matter how a page came to be.
"""

from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from wagtail.log_actions import log
from wagtail.models import Page, get_page_models
from wagtail.permission_policies.pages import PagePermissionPolicy

from portal.models.care import PageCare

CONFIRMED, CHANGED = "care.confirm", "care.change"
AHEAD = timedelta(days=30)  # how long before the day the owner is told
PATIENCE = timedelta(days=30)  # how long after it others are told, too
ACTS = {"change", "publish"}


class Stage(StrEnum):
    """How near a day is: each is announced once."""

    SOON = "soon"
    DUE = "due"
    LATE = "late"


def stage(day: date, today: date) -> Stage | None:
    """None while it is further away than anybody needs to know."""
    if today < day - AHEAD:
        return None
    if today < day:
        return Stage.SOON
    return Stage.DUE if today < day + PATIENCE else Stage.LATE


def cared_for() -> QuerySet[Page]:
    """The pages that are to be reviewed: the public ones. An alias says what its source says."""
    return Page.objects.filter(depth__gt=1, live=True, alias_of=None)


def pages_of(user: Any) -> QuerySet[Page]:
    """Those of them that `user` may change or publish."""
    allowed = PagePermissionPolicy().instances_user_has_any_permission_for(user, ACTS)
    return cared_for().filter(pk__in=allowed.order_by().values("pk"))


def may_care(user: Any, page: Page) -> bool:
    """Whether `user` may say that the page is right, when it is to be looked at again, and by whom."""
    return PagePermissionPolicy().user_has_any_permission_for_instance(user, ACTS, page)


def complete() -> int:
    """Give every public page its day; how many had none. Asks one query when none is missing.

    The day counts from when the page was published last. What has been public for long is due in 30 days, not at once:
    nobody is late before they were told.
    """
    missing = dict(cared_for().filter(care=None).values_list("pk", "last_published_at"))
    if not missing:
        return 0
    medical, earliest = _medical(), timezone.localdate() + AHEAD
    rows = []
    for pk, published_at in missing.items():
        published = timezone.localdate(published_at) if published_at else timezone.localdate()
        rows.append(PageCare(page_id=pk, review_on=max(published + _usual_interval(pk in medical), earliest)))
    PageCare.objects.bulk_create(rows, ignore_conflicts=True, batch_size=1_000)
    return len(rows)


def care_of(page: Page) -> PageCare:
    """The page's row, or one that is not saved yet."""
    care = PageCare.objects.select_related("reviewed_by").filter(page=page).first()
    return care or PageCare(page=page, review_on=timezone.localdate() + _usual_interval(_is_medical(page)))


def interval(page: Page, care: PageCare) -> timedelta:
    """How long a review holds: as the page itself says, or else as pages of its kind."""
    return timedelta(days=care.every) if care.every else _usual_interval(_is_medical(page))


@transaction.atomic
def confirm(page: Page, user: Any) -> PageCare:
    """`user` made sure that the page is still right: it is to be looked at again when its interval is over."""
    care = _locked(page)
    care.reviewed_at, care.reviewed_by = timezone.now(), user
    care.review_on = timezone.localdate() + interval(page, care)
    care.save()
    log(page.specific_deferred, CONFIRMED, user=user, data={"review_on": care.review_on.isoformat()})
    return care


@transaction.atomic
def change(page: Page, user: Any, owner: Any, review_on: date, every: int | None) -> PageCare:
    """Set who looks after the page, and when; in force at once, without a draft."""
    care = _locked(page)
    care.review_on, care.every = review_on, every
    care.save()
    Page.objects.filter(pk=page.pk).update(owner=owner)
    data = {"owner": owner.get_username() if owner else "", "review_on": review_on.isoformat(), "every": every}
    log(page.specific_deferred, CHANGED, user=user, data=data)
    return care


def _locked(page: Page) -> PageCare:
    PageCare.objects.get_or_create(page=page, defaults={"review_on": care_of(page).review_on})
    return PageCare.objects.select_for_update(of=("self",)).get(page=page)


def _usual_interval(is_medical: bool) -> timedelta:
    return timedelta(days=settings.REVIEW_MEDICAL_PAGES_EVERY if is_medical else settings.REVIEW_PAGES_EVERY)


def _is_medical(page: Page) -> bool:
    return getattr(page.specific, "is_medical", False)


def _medical() -> set[int]:
    """The pages that are marked as medical content, of whatever type."""
    found: set[int] = set()
    for model in get_page_models():
        if any(field.name == "is_medical" for field in model._meta.concrete_fields):
            found |= set(model.objects.filter(is_medical=True).values_list("pk", flat=True))
    return found


def owner_is_gone() -> Q:
    """Pages that nobody looks after: without an owner, or whose owner's account is closed."""
    return Q(owner=None) | Q(owner__is_active=False)
