"""An app that shows codes, for tests: one key for everybody, made anew for each run."""

import os

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)

# Handed on to the processes that a run starts.
KEY = os.environ.setdefault("TESTS_TOTP_KEY", generate_totp_secret())


def set_up(user) -> Authenticator:
    """`user` signs in with this app from now on."""
    return TOTP.activate(user, KEY).instance


def current_code(later: int = 0) -> str:
    """What the app shows now, or `later` periods of 30 seconds from now."""
    return code_of(KEY, later)


def code_of(key: str, later: int = 0) -> str:
    """What an app with this `key` shows."""
    *_earlier, now, _next = yield_hotp_counters_from_time()
    return format_hotp_value(hotp_value(key, now + later))
