"""Who must sign in with a second factor, and whether this session did."""

import time
from collections.abc import Iterable

from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.http import HttpRequest
from wagtail import hooks

from portal.models import User

NEEDED_BY_GROUP = "portal.needs_second_factor"
MAIN_TYPES = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]

_IN_SESSION = "second_factor"


def permissions_that_need_one() -> frozenset[str]:
    """Names like "app.codename": a group's own duty, and what apps name by the hook `second_factor_permissions`."""
    named: Iterable[Iterable[str]] = (names() for names in hooks.get_hooks("second_factor_permissions"))
    return frozenset({NEEDED_BY_GROUP}.union(*named))


def must_have_one(user: User) -> bool:
    """Whether `user` may work only with a second factor: superusers, and who holds a permission that needs one."""
    return user.is_superuser or not permissions_that_need_one().isdisjoint(user.get_all_permissions())


def has_one(user: User) -> bool:
    """Whether `user` has an app that gives codes, or a passkey; recovery codes alone are none."""
    return is_mfa_enabled(user, MAIN_TYPES)


def shown_at(request: HttpRequest, user: User) -> float | None:
    """When `user` last showed a second factor in this session, or set one up in it: seconds since 1970."""
    pk, at = request.session.get(_IN_SESSION, (None, None))
    return at if pk == user.pk else None


def mark_shown(request: HttpRequest, user: User) -> None:
    """`user` has just shown a second factor, or set one up."""
    request.session[_IN_SESSION] = (user.pk, time.time())


def is_missing(request: HttpRequest, user: User) -> bool:
    """Whether this session may not work yet: who has a second factor shows it, who must have one sets it up."""
    return shown_at(request, user) is None and (has_one(user) or must_have_one(user))


def is_last_needed(authenticator: Authenticator) -> bool:
    """Whether without `authenticator` its owner, who must have a second factor, would have none."""
    others = Authenticator.objects.filter(user=authenticator.user, type__in=MAIN_TYPES).exclude(pk=authenticator.pk)
    return authenticator.type in MAIN_TYPES and must_have_one(authenticator.user) and not others.exists()
