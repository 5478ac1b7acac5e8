"""Second factors for people without an app, on the demonstration's machine alone."""

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from allauth.mfa.utils import decrypt
from django.conf import settings

from portal.models import User

_MARK = "demonstration"


def is_allowed() -> bool:
    """Never where content is real: a code that the machine tells is no second factor."""
    return settings.DEMONSTRATION_CODES


def set_up(user: User) -> None:
    """`user` signs in with an app from now on, whose key is made here and stays here."""
    app = TOTP.activate(user, generate_totp_secret()).instance
    app.data[_MARK] = True
    app.save()


def current(user: User) -> str:
    """The code of this half minute of an app that `set_up` made; "" when `user` has none, or an app of their own."""
    app = Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).first()
    if app is None or not app.data.get(_MARK) or not is_allowed():
        return ""
    counters = list(yield_hotp_counters_from_time())
    return format_hotp_value(hotp_value(decrypt(app.data["secret"]), counters[len(counters) // 2]))
