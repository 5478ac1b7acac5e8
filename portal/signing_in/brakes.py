"""Brakes on guessing that lock out who guesses, not the colleague whose account they guess at.

After OWASP, “Slow down online guessing attacks with device cookies”: a browser on which a colleague has signed in
before carries a signed cookie and has a count of its own; the rest of the world cannot use it up. Counts are kept in
the shared cache under keyed hashes of addresses and accounts, and forgotten when their time is over.
"""

import secrets
from dataclasses import dataclass, field

from allauth.account.internal.userkit import filter_users_by_email, get_user_by_username
from allauth.core.internal import ratelimit
from allauth.core.internal.ratelimit import RateLimitUsage
from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac

from portal.models import User
from portal.networks import address_of
from portal.signing_in import second_factor

# What was wrong counts, as number/time; what was right is taken back.
LIMITS = {
    "device": "10/15m/key",  # one browser at one account
    "pair": "10/15m/key",  # one address at one account
    "address": "100/15m/key",  # one address at all accounts: many share one in a hospital
    "account": "100/1h/key",  # all addresses at one account
    "code": "10/15m/key",  # codes of an app at one account, from devices that are not known
    "log": "20/1h/key",  # failures that are written to the log, of one account
}
_COOKIE = "known_devices"
_COOKIE_AGE = 180 * 24 * 3600  # seconds
_MOST_ACCOUNTS = 20  # on one shared computer
_SIGNER = signing.TimestampSigner(salt="portal known devices")

Account = User | str


@dataclass
class Guess:
    """What one attempt has used of the limits."""

    used: list[RateLimitUsage] = field(default_factory=list)

    def rollback(self) -> None:
        """It was no guess: it was right."""
        for usage in self.used:
            usage.rollback()


def account_named(name: str) -> Account:
    """Whose account is meant by a user name or an e-mail address; the folded name when nobody's is."""
    name = name.strip()
    if "\0" in name:
        return name
    found = get_user_by_username(name) or next(iter(filter_users_by_email(name, for_login=True)), None)
    return found or name.casefold()


def guess_of_password(request: HttpRequest, account: Account) -> Guess | None:
    """Count an attempt at the password of `account`. None: it must not even be tried.

    The counts of an address and of an account over all addresses hold nobody back who has a second factor: a password
    that was guessed opens nothing there, and a stranger who guesses from everywhere keeps nobody out.
    """
    guess = Guess()
    if (device := _known_device(request, account)) and _take(request, guess, "device", device):
        return guess
    key, address = _key(account), address_of(request)
    if not _take(request, guess, "pair", f"{address} {key}"):
        return None
    is_calm = _take(request, guess, "address", address)
    is_calm = _take(request, guess, "account", key) and is_calm
    if is_calm or (isinstance(account, User) and second_factor.has_one(account)):
        return guess
    guess.rollback()
    return None


def guess_of_code(request: HttpRequest, user: User) -> Guess | None:
    """Count an attempt at a code of `user`, whose password was right. None: it must not even be tried."""
    guess = Guess()
    if (device := _known_device(request, user)) and _take(request, guess, "device", f"code {device}"):
        return guess
    return guess if _take(request, guess, "code", _key(user)) else None


def may_log_failure(request: HttpRequest, user: User) -> bool:
    """Whether one more failure at this account is worth a line of the log."""
    return _take(request, Guess(), "log", _key(user))


def remember_device(request: HttpRequest, response: HttpResponse, user: User) -> None:
    """`user` has proved who they are in this browser: from now on it has a count of its own for them."""
    devices = {pk: device for pk, device in _devices(request).items() if pk != str(user.pk)}
    kept = dict(list(devices.items())[1 - _MOST_ACCOUNTS :])
    response.set_cookie(
        _COOKIE,
        _SIGNER.sign_object(kept | {str(user.pk): secrets.token_urlsafe(12)}, compress=True),
        max_age=_COOKIE_AGE,
        path="/admin/",
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _known_device(request: HttpRequest, account: Account) -> str | None:
    return _devices(request).get(str(account.pk)) if isinstance(account, User) else None


def _devices(request: HttpRequest) -> dict[str, str]:
    """The random name of this browser for each account that has signed in here."""
    try:
        return dict(_SIGNER.unsign_object(request.COOKIES.get(_COOKIE, ""), max_age=_COOKIE_AGE))
    except (signing.BadSignature, ValueError):
        return {}


def _key(account: Account) -> str:
    return f"user {account.pk}" if isinstance(account, User) else f"name {account}"


def _take(request: HttpRequest, guess: Guess, limit: str, key: str) -> bool:
    hashed = salted_hmac("portal.signing_in.brakes", key, algorithm="sha256").hexdigest()
    usage = ratelimit.consume(request, app="portal", action=limit, config=LIMITS, key=hashed, limit_get=True)
    if usage is None:
        return False
    guess.used.append(usage)
    return True
