"""What is noted when django-allauth says that something happened."""

from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added, authenticator_removed, authenticator_reset, authenticator_used
from django.contrib.auth.signals import user_logged_in
from django.db.models.signals import post_save
from django.dispatch import receiver
from django.http import HttpRequest

from portal.models import User
from portal.signing_in import second_factor, sessions, sign_in_log


@receiver(user_logged_in)
def begin_the_session(request: HttpRequest, **kwargs: Any) -> None:
    sessions.begin(request)


@receiver(post_save, sender=User)
def end_what_a_closed_account_has_open(instance: User, **kwargs: Any) -> None:
    """A closed account lets nobody in by itself; opened again, it must not bring old sessions back to life."""
    if not instance.is_active:
        sessions.end_all_of(instance)


@receiver(authenticator_used)
def second_factor_was_shown(request: HttpRequest, user: User, **kwargs: Any) -> None:
    second_factor.mark_shown(request, user)


@receiver(authenticator_added)
@receiver(authenticator_reset)
def second_factor_was_set_up(request: HttpRequest, user: User, authenticator: Authenticator, **kwargs: Any) -> None:
    sign_in_log.changed(sign_in_log.ADDED, user, user, authenticator.type)


@receiver(authenticator_removed)
def second_factor_was_removed(request: HttpRequest, user: User, authenticator: Authenticator, **kwargs: Any) -> None:
    sign_in_log.changed(sign_in_log.REMOVED, user, user, authenticator.type)
