"""The life of a bundle: prepared, in review, approved, published – all of it in one transaction, or nothing."""

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import dateparse, timezone
from django.utils.translation import gettext as _
from wagtail.log_actions import log
from wagtail.models import Page, Site
from wagtail.permission_policies.pages import PagePermissionPolicy

from portal import fact_log, four_eyes, remembering
from portal.models import Bundle, BundleChange, BundlePage, Fact, User

SUBMITTED, SENT_BACK, APPROVED, PUBLISHED, FAILED = (
    "portal.bundle.submit",
    "portal.bundle.send_back",
    "portal.bundle.approve",
    "portal.bundle.publish",
    "portal.bundle.fail",
)
PLANNED, UNPLANNED = "portal.bundle.plan_change", "portal.bundle.drop_change"
_ACTS = ["add", "change", "publish"]


class Refused(ValidationError):
    """A bundle that cannot go on; its messages say for which page or number, and why."""


# --- Who sees what --------------------------------------------------------------------------------


def may_prepare(user: User) -> bool:
    """Whether the user works on any page: then bundles are of use to them."""
    return user.is_active and PagePermissionPolicy().user_has_any_permission(user, _ACTS)


def bundles_of(user: User) -> QuerySet[Bundle]:
    """The bundles that the user began, or in which they may work on a page or on the page of a number."""
    policy = PagePermissionPolicy()
    pages = policy.instances_user_has_any_permission_for(user, _ACTS)
    mine = Q(owner=user) | Q(parts__page__in=pages.values("pk")) | Q(changes__added_by=user)
    for label in BundleChange.objects.order_by().values_list("fact_model", flat=True).distinct():
        facts = apps.get_model(label).objects.filter(page__in=pages.values("pk"))
        mine |= Q(changes__fact_model=label, changes__fact_id__in=facts.values("pk"))
    return Bundle.objects.filter(pk__in=Bundle.objects.filter(mine).values("pk"))


def may_change(bundle: Bundle, user: User) -> bool:
    """Whether the user may change what the bundle is made of: they may edit everything that is in it."""
    return may_prepare(user) and all(
        part.page.permissions_for_user(user).can_edit() for part in bundle.parts.select_related("page")
    )


def may_publish(bundle: Bundle, user: User) -> bool:
    """Whether the user may publish each page of the bundle and change each fact of it, whoever wrote them."""
    pages = [part.page.permissions_for_user(user) for part in bundle.parts.select_related("page")]
    facts = [change.fact for change in bundle.changes.all()]
    if not pages and not PagePermissionPolicy().user_has_permission(user, "publish"):
        return False
    return all(rights.may_publish_others() for rights in pages) and all(
        fact is None or fact.may_be_changed_by(user) for fact in facts
    )


def contributors(bundle: Bundle) -> set[int]:
    """Who has a part in the bundle: wrote a text of it, planned a number, or submitted it."""
    found = {bundle.submitted_by_id, *bundle.changes.values_list("added_by_id", flat=True)}
    for part in bundle.parts.select_related("page"):
        found |= four_eyes.contributors(part.page)
    return found - {None}


# --- What stands in the way -----------------------------------------------------------------------


def obstacles(bundle: Bundle) -> list[str]:
    """Why the bundle cannot be approved or published as it is; each sentence names the page or the number."""
    if not bundle.parts.exists() and not bundle.changes.exists():
        return [_("It is empty: put pages or changes of numbers into it.")]
    return [*_about_pages(bundle), *_about_changes(bundle)]


def _about_pages(bundle: Bundle) -> Iterator[str]:
    for part in bundle.parts.select_related("page"):
        named = {"page": part.page.specific_deferred.get_admin_display_title()}
        revision = part.page.latest_revision
        if part.page.alias_of_id:
            yield _("“%(page)s” repeats another page and has no text of its own: put that page in instead.") % named
            continue
        if revision is None:
            continue
        if part.is_stale and bundle.state == Bundle.State.APPROVED:
            yield (
                _("“%(page)s” was changed after it was approved: send the bundle back and have it read again.") % named
            )
        if four_eyes.lacks_validation(part.page):
            yield _(
                "“%(page)s” is medical content: submit the page for review, so that a medical reviewer reads it."
            ) % (named)
        begins, ends = (dateparse.parse_datetime(revision.content.get(at) or "") for at in ("go_live_at", "expire_at"))
        if begins and begins > max(timezone.now(), bundle.go_live_at or timezone.now()):
            yield _("“%(page)s” has a later date of publication of its own: take that off.") % named
        if ends and ends < timezone.now():
            yield _("“%(page)s” has a date of expiry that has passed: take that off.") % named
        if part.page.scheduled_revision:
            yield _("“%(page)s” is planned to go live by itself: cancel that first.") % named


def _about_changes(bundle: Bundle) -> Iterator[str]:
    for change in bundle.changes.all():
        if change.fact is None or change.fact.archived_at:
            yield _("“%(fact)s” is no longer shown: take its change out of the bundle.") % {"fact": change}
        elif is_overtaken(change):
            yield _("“%(fact)s” was changed meanwhile: plan its change anew.") % {"fact": change}


def is_overtaken(change: BundleChange) -> bool:
    """Whether the fact says something else by now than when its change was planned."""
    now = change.fact.snapshot() if change.fact else {}
    return any(now.get(name) != value for name, value in change.before.items())


# --- The moves ------------------------------------------------------------------------------------


def _locked(bundle: Bundle, *states: str) -> Bundle:
    locked = Bundle.objects.select_for_update().get(pk=bundle.pk)
    if locked.state not in states:
        raise Refused(
            _("Somebody else has moved this bundle on meanwhile: it is %(state)s.")
            % {"state": locked.get_state_display().lower()}
        )
    return locked


def digest(bundle: Bundle) -> str:
    """What a reader of the bundle has seen: it changes with every text and number in it."""
    parts = sorted(bundle.parts.values_list("page_id", "page__latest_revision_id", "page__latest_revision__created_at"))
    changes = sorted(bundle.changes.values_list("pk", "added_at"))
    return "|".join(str(value) for row in (*parts, *changes) for value in row)


@transaction.atomic
def submit(bundle: Bundle, user: User) -> None:
    """Ask for the bundle to be approved."""
    bundle = _locked(bundle, Bundle.State.DRAFT)
    if not may_change(bundle, user):
        raise PermissionDenied
    if not bundle.parts.exists() and not bundle.changes.exists():
        raise Refused(obstacles(bundle))
    bundle.state, bundle.submitted_by = Bundle.State.IN_REVIEW, user
    bundle.save()
    log(bundle, SUBMITTED, user=user)


@transaction.atomic
def send_back(bundle: Bundle, user: User, reason: str = "") -> None:
    """Make the bundle a draft again; what was approved has to be approved once more."""
    bundle = _locked(bundle, Bundle.State.IN_REVIEW, Bundle.State.APPROVED)
    if not (may_publish(bundle, user) or (bundle.submitted_by_id == user.pk and may_change(bundle, user))):
        raise PermissionDenied
    bundle.parts.update(revision=None, approved_by=None)
    bundle.state, bundle.approved_by, bundle.problem = Bundle.State.DRAFT, None, ""
    bundle.save()
    log(bundle, SENT_BACK, user=user, data={"comment": reason})


@transaction.atomic
def approve(bundle: Bundle, user: User, seen: str, reason: str = "") -> None:
    """Approve all of the bundle as the user has seen it (`seen` is its digest).

    Who has a part in it needs the right to waive four eyes, and a reason. Refused when it is not fit to be published.
    """
    bundle = _locked(bundle, Bundle.State.IN_REVIEW)
    if not may_publish(bundle, user):
        raise PermissionDenied
    pages = Page.objects.filter(pk__in=bundle.parts.values("page")).order_by("pk")
    list(pages.select_for_update())
    if seen != digest(bundle):
        raise Refused(_("Something in it changed while you looked at it. Look at it once more."))
    if user.pk in contributors(bundle):
        if not four_eyes.may_waive(user):
            raise Refused(_("You have a part in this bundle, so a colleague has to approve it."))
        if not reason.strip():
            raise Refused(_("You have a part in this bundle: say why nobody else approves it."))
        for part in bundle.parts.select_related("page__latest_revision"):
            if part.page.latest_revision:
                four_eyes.waive(part.page, part.page.latest_revision, user, reason)
    if found := obstacles(bundle):
        raise Refused(found)
    for part in bundle.parts.select_related("page"):
        part.revision = part.page.latest_revision or part.page.specific.save_revision()
        part.approved_by = user
        part.save()
    bundle.state, bundle.approved_by, bundle.problem = Bundle.State.APPROVED, user, ""
    bundle.save()
    log(bundle, APPROVED, user=user, data={"comment": reason.strip()})


def publish(bundle: Bundle, user: User | None = None) -> None:
    """Make everything in the bundle public at once. Refused, and nothing is public, when one part cannot be.

    Without a user the clock does it, in the name of who approved it.
    """
    try:
        with transaction.atomic():
            _publish(bundle, user)
    except BaseException:
        remembering.renew_stamp()  # what was found out meanwhile never came true
        raise


def _publish(bundle: Bundle, user: User | None) -> None:
    bundle = _locked(bundle, Bundle.State.APPROVED)
    actor = user or bundle.approved_by
    if actor is None or not may_publish(bundle, actor):
        if user:
            raise PermissionDenied
        raise Refused(_("Who approved it may no longer publish all of it: send it back and have it approved anew."))
    parts = list(bundle.parts.select_related("page", "revision").order_by("page__path"))
    list(Page.objects.filter(pk__in=[part.page_id for part in parts]).order_by("pk").select_for_update())
    if found := obstacles(bundle):
        raise Refused(found)
    BundlePage.objects.filter(bundle=bundle).update(is_open=False)
    bundle.state, bundle.published_at, bundle.problem = Bundle.State.PUBLISHED, timezone.now(), ""
    bundle.save()
    for part in parts:
        try:
            part.revision.publish(user=actor, skip_permission_checks=True)
        except ValidationError as error:
            raise Refused([f"“{part.page.title}”: {message}" for message in error.messages]) from error
        if not Page.objects.filter(pk=part.page_id, live=True, live_revision=part.revision_id).exists():
            raise Refused(_("“%(page)s” did not become public.") % {"page": part.page.title})
    for change in bundle.changes.all():
        try:
            _apply(change, actor)
        except ValidationError as error:
            raise Refused([f"“{change}”: {message}" for message in error.messages]) from error
    log(bundle, PUBLISHED, user=user, data={"pages": [part.page_id for part in parts]})
    # Whoever asked while we worked may keep what was true before.
    transaction.on_commit(Site.clear_site_root_paths_cache)


def _apply(change: BundleChange, user: User) -> None:
    fact = change.model.objects.select_for_update().get(pk=change.fact_id)
    fact.restore(fact.snapshot() | change.after)
    fact.full_clean()
    fact_log.change(fact, user)


def due() -> QuerySet[Bundle]:
    """The bundles whose instant has come."""
    return Bundle.objects.filter(state=Bundle.State.APPROVED, go_live_at__lte=timezone.now()).order_by(
        "go_live_at", "pk"
    )


# --- Numbers --------------------------------------------------------------------------------------


@transaction.atomic
def plan(bundle: Bundle, fact: Fact, before: dict[str, Any], user: User) -> BundleChange | None:
    """Keep the changed values of `fact`, which is not saved, for the bundle; None when nothing differs.

    `before` is its snapshot as it is stored. Another plan for the same fact gives way.
    """
    bundle = _locked(bundle, Bundle.State.DRAFT)
    if not may_change(bundle, user) or not fact.may_be_changed_by(user):
        raise PermissionDenied
    wanted = fact.snapshot()
    names = [name for name, value in wanted.items() if before.get(name) != value]
    if not names:
        return None
    change, _made = BundleChange.objects.update_or_create(
        bundle=bundle,
        fact_model=fact._meta.label,
        fact_id=fact.pk,
        defaults={
            "before": {name: before.get(name) for name in names},
            "after": {name: wanted[name] for name in names},
            "added_by": user,
            "added_at": timezone.now(),
        },
    )
    log(bundle, PLANNED, user=user, data={"fact": str(fact), "before": change.before, "after": change.after})
    return change


@transaction.atomic
def drop_change(change: BundleChange, user: User) -> None:
    """Take a planned change of a fact out of its bundle."""
    bundle = _locked(change.bundle, Bundle.State.DRAFT)
    if not may_change(bundle, user):
        raise PermissionDenied
    log(bundle, UNPLANNED, user=user, data={"fact": str(change)})
    change.delete()
