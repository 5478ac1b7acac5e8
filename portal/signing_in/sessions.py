"""How long staff stay signed in, and where: the list from which a session can be ended."""

import time
from collections.abc import Iterable

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.http import HttpRequest

from portal.models import User

_BEGAN, _SEEN = "began", "seen"  # seconds since 1970, in the session
_LISTED = "listed"  # under which key the session stands in the list: a new password changes the key
_SEEN_EVERY = 60  # seconds between two notes that somebody is still there


def begin(request: HttpRequest) -> None:
    """Somebody has just signed in: the clock starts."""
    request.session[_BEGAN] = request.session[_SEEN] = int(time.time())
    request.session[_LISTED] = request.session.session_key


def is_over(request: HttpRequest) -> bool:
    """Whether nobody has done anything for too long, or the session is too old whatever was done."""
    now, session = time.time(), request.session
    began, seen = session.get(_BEGAN, 0), session.get(_SEEN, 0)
    return now - began > settings.SESSION_COOKIE_AGE or now - seen > settings.STAFF_IDLE


def note(request: HttpRequest) -> None:
    """Somebody is still there: written down once a minute."""
    now = int(time.time())
    key = request.session.session_key
    if now - request.session.get(_SEEN, 0) >= _SEEN_EVERY or request.session.get(_LISTED) != key:
        request.session[_SEEN], request.session[_LISTED] = now, key
        UserSession.objects.create_from_request(request)


def of(user: User) -> list[UserSession]:
    """The sessions of `user`, the last used first; those that ended by themselves are forgotten."""
    return sorted(UserSession.objects.purge_and_list(user), key=lambda session: session.last_seen_at, reverse=True)


def end(sessions: Iterable[UserSession]) -> int:
    """End `sessions` at once. Gives how many there were."""
    ended = 0
    for session in sessions:
        session.end()
        ended += 1
    return ended


def end_all_of(user: User) -> int:
    """End every session of `user`. Gives how many there were."""
    return end(UserSession.objects.filter(user=user))
