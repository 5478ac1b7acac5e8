"""Taking a colleague's second factor away, when telephone and recovery codes are lost: logged, and told to them."""

from dataclasses import dataclass

from allauth.account.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.db import transaction
from django.utils import translation
from wagtail.users.models import UserProfile

from portal.models import User
from portal.signing_in import sessions, sign_in_log


@dataclass(frozen=True)
class Reset:
    """What was, or would be, taken away."""

    factors: int
    sessions: int


def would_reset(user: User) -> Reset:
    """What `reset` would take away from `user` now."""
    there = UserSession.objects.filter(user=user)
    return Reset(Authenticator.objects.filter(user=user).count(), sum(session.exists() for session in there))


@transaction.atomic
def reset(user: User, by: User | None) -> Reset:
    """Take every second factor of `user` away and end their sessions; `by` is None at the command line.

    Where they must have one, their next sign-in leads to setting it up, with the password alone: make sure that it is
    really your colleague who asks.
    """
    ended = sessions.end_all_of(user)
    taken = Authenticator.objects.filter(user=user)
    number = taken.count()
    taken.delete()
    sign_in_log.changed(sign_in_log.RESET, user, by)
    transaction.on_commit(lambda: _tell(user, by))
    return Reset(number, ended)


def _tell(user: User, by: User | None) -> None:
    with translation.override(UserProfile.get_for_user(user).get_preferred_language()):
        get_adapter().send_notification_mail(
            "account/email/second_factor_reset", user, {"by": (by.get_full_name() or by.get_username()) if by else ""}
        )
