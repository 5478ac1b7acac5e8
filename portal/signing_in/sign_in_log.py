"""What Wagtail's log says about signing in. Never an address, never anything that was typed."""

from collections.abc import Iterable

from django.http import HttpRequest
from wagtail.log_actions import log

from portal.models import User
from portal.signing_in import brakes

SIGNED_IN = "portal.signed_in"
FAILED = "portal.sign_in_failed"
ADDED = "portal.second_factor_added"
REMOVED = "portal.second_factor_removed"
RESET = "portal.second_factor_reset"
ENDED = "portal.sessions_ended"


def signed_in(user: User, methods: Iterable[str]) -> None:
    """`user` came in, by these methods in this order."""
    log(user, SIGNED_IN, user=user, data={"methods": list(methods)})


def failed(request: HttpRequest, user: User) -> None:
    """Somebody tried to come in as `user`; a flood of attempts leaves a few lines."""
    if brakes.may_log_failure(request, user):
        log(user, FAILED)


def changed(action: str, user: User, by: User | None, kind: str = "") -> None:
    """Something about the account of `user` was changed by `by`: themselves, a colleague, None at the command line."""
    log(user, action, user=by, data={"kind": kind} if kind else {})
