"""Closing the account of somebody who leaves: nothing is deleted, what they looked after goes to a colleague.

The account stays, without rights and without a way in, so that logs keep its name. Other floors hand over what they
keep for a person through the hook `close_account`, whose functions are given the `Leaving`.
"""

import logging
from dataclasses import dataclass, field

from django.apps import apps
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.models import Group
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override
from wagtail import hooks
from wagtail.admin.models import EditingSession
from wagtail.log_actions import log
from wagtail.models import LockableMixin, Page, PageSubscription, WorkflowState
from wagtail.permission_policies.pages import PagePermissionPolicy
from wagtail.users.models import UserProfile

from portal.models import User

logger = logging.getLogger(__name__)

HOOK = "close_account"
LOGGED = "portal.close_account"
_MOST_NAMED = 5
_MAY_LOOK_AFTER = ["add", "change", "publish"]


@dataclass
class Leaving:
    """One account that is being closed: whose, who takes over, and what was done so far, in sentences."""

    user: User
    colleague: User
    done: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)  # what nobody takes over, and what to do

    def note(self, sentence: str) -> None:
        self.done.append(sentence)


def close(user: User, colleague: User, by: User | None = None, dry_run: bool = False) -> Leaving:
    """Close the account of `user` and hand over to `colleague`, in one transaction; both are told by e-mail.

    Asked for again, what meanwhile came back to the closed account is handed over. With `dry_run` nothing stays.
    Raises ValidationError with a sentence that says what to do.
    """
    with transaction.atomic():
        # In the order of their keys: two closings of each other's accounts wait, and do not block each other.
        locked = User.objects.select_for_update(no_key=True).filter(pk__in={user.pk, colleague.pk}).order_by("pk")
        people = {person.pk: person for person in locked}
        leaving = Leaving(people[user.pk], people[colleague.pk])
        _check(leaving, by)
        _hand_over_pages(leaving)
        _hand_over_workflows(leaving)
        _hand_over_subscriptions(leaving)
        _release_locks(leaving)
        for hand_over in hooks.get_hooks(HOOK):
            hand_over(leaving)
        groups = _leave_groups(leaving)
        was_open = leaving.user.is_active
        _shut(leaving)
        if dry_run:
            transaction.set_rollback(True)
        elif was_open or leaving.done:
            details = {"to": colleague.get_username(), "groups": groups, "done": leaving.done}
            log(instance=leaving.user, action=LOGGED, user=by, data=details)
            transaction.on_commit(lambda: _tell(leaving))
    return leaving


def _check(leaving: Leaving, by: User | None) -> None:
    user, colleague = leaving.user, leaving.colleague
    if user == colleague:
        raise ValidationError(_("Somebody else must take over: name a colleague."))
    if by and by.pk == user.pk:
        raise ValidationError(_("Nobody closes their own account: ask another administrator."))
    if by and user.is_superuser and not by.is_superuser:
        raise ValidationError(_("Only an administrator with all rights closes the account of another."))
    if not colleague.is_active:
        raise ValidationError(
            _("The account of %(name)s is closed itself: name somebody who is here.") % {"name": name_of(colleague)}
        )
    if user.is_active and user.is_superuser and not _others(user).filter(is_superuser=True).exists():
        raise ValidationError(
            _("This is the last administrator with all rights: give another account all rights first.")
        )


def _others(user: User) -> QuerySet[User]:
    return User.objects.filter(is_active=True).exclude(pk=user.pk)


def _hand_over_pages(leaving: Leaving) -> None:
    """The pages that the leaver owns, and with them the drafts and the numbers to be checked, go to the colleague.

    Who owns a page is reminded of what falls due on it. Refused as a whole when the colleague may not work on one.
    """
    owned = Page.objects.filter(owner=leaving.user)
    theirs = PagePermissionPolicy().instances_user_has_any_permission_for(leaving.colleague, _MAY_LOOK_AFTER)
    foreign = owned.exclude(pk__in=theirs.values("pk"))
    if foreign.exists():
        named = ", ".join(f"“{page.title}”" for page in foreign.order_by("path")[:_MOST_NAMED])
        raise ValidationError(
            ngettext(
                "%(name)s may not work on %(count)d page that would be handed over (%(pages)s): "
                "put them into a group that may, or name another colleague.",
                "%(name)s may not work on %(count)d pages that would be handed over (%(pages)s): "
                "put them into a group that may, or name another colleague.",
                count := foreign.count(),
            )
            % {"name": name_of(leaving.colleague), "count": count, "pages": named}
        )
    if count := owned.update(owner=leaving.colleague):
        leaving.note(ngettext("%(count)d page handed over", "%(count)d pages handed over", count) % {"count": count})


def _hand_over_workflows(leaving: Leaving) -> None:
    """Texts that the leaver sent for approval: the colleague hears how they end."""
    running = WorkflowState.objects.active().filter(requested_by=leaving.user)
    if count := running.update(requested_by=leaving.colleague):
        leaving.note(
            ngettext(
                "%(count)d text under review: the answer goes to the colleague",
                "%(count)d texts under review: the answers go to the colleague",
                count,
            )
            % {"count": count}
        )


def _hand_over_subscriptions(leaving: Leaving) -> None:
    """Notices of comments go to the colleague, where they may work on the page."""
    theirs = PagePermissionPolicy().instances_user_has_any_permission_for(leaving.colleague, _MAY_LOOK_AFTER)
    wanted = PageSubscription.objects.filter(
        user=leaving.user, comment_notifications=True, page__in=theirs.values("pk")
    )
    count = 0
    for subscription in wanted:
        PageSubscription.objects.update_or_create(
            user=leaving.colleague, page_id=subscription.page_id, defaults={"comment_notifications": True}
        )
        count += 1
    PageSubscription.objects.filter(user=leaving.user).delete()
    if count:
        leaving.note(
            ngettext(
                "Comments on %(count)d page are told to the colleague",
                "Comments on %(count)d pages are told to the colleague",
                count,
            )
            % {"count": count}
        )


def _release_locks(leaving: Leaving) -> None:
    """What the leaver locked may be edited again; what they have open in a browser no longer counts as being edited."""
    count = 0
    for model in apps.get_models():
        if issubclass(model, LockableMixin) and (model is Page or not issubclass(model, Page)):
            for locked in model.objects.filter(locked_by=leaving.user):
                locked.locked, locked.locked_by, locked.locked_at = False, None, None
                locked.save(update_fields=["locked", "locked_by", "locked_at"])
                log(instance=locked, action="wagtail.unlock", data={"why": LOGGED})
                count += 1
    EditingSession.objects.filter(user=leaving.user).delete()
    if count:
        leaving.note(ngettext("%(count)d lock released", "%(count)d locks released", count) % {"count": count})


def _leave_groups(leaving: Leaving) -> list[str]:
    """Take every right away; gives the names of the groups, for the log."""
    groups = list(leaving.user.groups.order_by("name"))
    for group in groups:
        if not _others(leaving.user).filter(groups=group).exists():
            leaving.warnings.append(_empty(group))
    leaving.user.groups.clear()
    leaving.user.user_permissions.clear()
    if groups:
        names = ", ".join(group.name for group in groups)
        leaving.note(_("Left: %(groups)s") % {"groups": names})
    return [group.name for group in groups]


def _empty(group: Group) -> str:
    return _("Nobody is left in the group “%(group)s”: give it a member.") % {"group": group.name}


def _shut(leaving: Leaving) -> None:
    """No way in: no password to guess or to reset, no session, no rights."""
    user = leaving.user
    if user.is_active:
        leaving.note(_("Account closed"))
    user.is_active = user.is_superuser = user.is_staff = False
    user.set_unusable_password()  # which also makes every session of before worthless
    user.save()
    if count := _end_sessions(user):
        leaving.note(ngettext("%(count)d session ended", "%(count)d sessions ended", count) % {"count": count})


def _end_sessions(user: User) -> int:
    """Delete what the server knows of the user's browsers."""
    keys = [
        session.session_key
        for session in Session.objects.iterator()
        if session.get_decoded().get(SESSION_KEY) == str(user.pk)
    ]
    return Session.objects.filter(pk__in=keys).delete()[0]


def _tell(leaving: Leaving) -> None:
    """Write to both, each in their language. An e-mail that cannot be sent keeps no account open."""
    for person, write in ((leaving.user, _farewell), (leaving.colleague, _welcome)):
        if not person.email:
            continue
        with override(UserProfile.get_for_user(person).get_preferred_language()):
            subject, body = write(leaving)
        try:
            EmailMessage(subject, body, settings.DEFAULT_FROM_EMAIL, [person.email]).send()
        except (OSError, ValueError):  # the mail server, or an address that no mail can carry
            logger.exception("The e-mail about the closed account %s could not be sent.", leaving.user.pk)


def _farewell(leaving: Leaving) -> tuple[str, str]:
    colleague = name_of(leaving.colleague)
    parts = [
        _("Your account “%(account)s” has been closed. Nobody can log in with it any more.")
        % {"account": leaving.user.get_username()},
        _("What you looked after is now with %(name)s. Thank you for your work.") % {"name": colleague},
    ]
    return _("Your account on the portal has been closed"), "\n\n".join(parts)


def _welcome(leaving: Leaving) -> tuple[str, str]:
    name = name_of(leaving.user)
    parts = [
        _("The account of %(name)s has been closed. What they looked after is now yours:") % {"name": name},
        _(
            "pages that they owned with their drafts, answers about texts under review, notices of comments, and "
            "reminders of numbers to be checked."
        ),
        settings.WAGTAILADMIN_BASE_URL,
    ]
    return _("You take over from %(name)s") % {"name": name}, "\n\n".join(parts)


def name_of(user: User) -> str:
    """As colleagues know somebody: the full name, or the account's."""
    return user.get_full_name() or user.get_username()
