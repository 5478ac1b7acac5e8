"""System checks of giving: no pretended money where real money may be meant, keys that fit the mode."""

import re
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register

_SANDBOX = "donations.providers.sandbox."
_KEY = re.compile(r"(?P<kind>sk|rk|pk)_(?P<mode>live|test)_\w{10,}")
_SECRET = re.compile(r"whsec_\S{16,}")


def sandbox_where_it_must_not_be(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """The sandbox says of every gift that it was paid: it is for the demonstration, development and tests alone."""
    names = [name for name, path in settings.DONATION_PROVIDERS.items() if path.startswith(_SANDBOX)]
    module = getattr(settings, "SETTINGS_MODULE", None) or ""
    is_served = not settings.DEBUG and (settings.SECURE_SSL_REDIRECT or module.endswith(".production"))
    if not names or not (settings.DONATIONS_LIVE or is_served):
        return []
    return [
        Error(
            "The sandbox, which moves no money, is among DONATION_PROVIDERS of a server for the public.",
            hint="Take it out of DONATION_PROVIDERS; portal/settings/production.py does not have it.",
            id="donations.E001",
        )
    ]


register(sandbox_where_it_must_not_be)


@register(Tags.security)
def keys_fit_the_mode(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """Stripe's keys say which mode they are for; a mistaken one shows here, not when the first donor pays."""
    messages: list[CheckMessage] = []
    wanted = "live" if settings.DONATIONS_LIVE else "test"
    for place, value in _stripe_values():
        if value.startswith("whsec_"):
            if not _SECRET.fullmatch(value):
                messages.append(
                    Error(
                        f"{place} is no signing secret of Stripe.",
                        hint="Copy it whole from the dashboard: “whsec_” and some 32 characters.",
                        id="donations.E004",
                    )
                )
            continue
        key = _KEY.fullmatch(value)
        if key is None or key["kind"] == "pk":
            messages.append(
                Error(
                    f"{place} is no secret key of Stripe.",
                    hint="It begins with sk_ or rk_ and has no space; a key that begins with pk_ is the public one.",
                    id="donations.E002",
                )
            )
        elif key["mode"] != wanted:
            messages.append(
                Error(
                    f"{place} is a key of Stripe’s {key['mode']} mode, but DONATIONS_LIVE asks for its {wanted} mode.",
                    hint="Change the key or DONATIONS_LIVE: every payment would be put before a person.",
                    id="donations.E003",
                )
            )
    return messages


def _stripe_values() -> Iterator[tuple[str, str]]:
    """Every key and signing secret in the settings whose names begin with STRIPE, with the place where it stands."""
    for name in dir(settings):
        if name.startswith("STRIPE"):
            yield from _within(name, getattr(settings, name))


def _within(place: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, part in value.items():
            yield from _within(f"{place}[{name!r}]", part)
    elif isinstance(value, list | tuple | set):
        for part in value:
            yield from _within(place, part)
    elif isinstance(value, str) and value.startswith(("sk_", "rk_", "pk_", "whsec_")):
        yield place, value


@register
def retention_is_whole(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """Receipts and evidence stay for as long as the law wants, whoever shortens a number."""
    least = {"receipt_years": 6, "accounting_years": 10, "event_days": 30}
    return [
        Warning(
            f"DONOR_RETENTION[{name!r}] is less than {number}.",
            hint="See docs/features/giving-privacy.md: the law, or the provider’s repetitions, need that long.",
            id="donations.W001",
        )
        for name, number in least.items()
        if settings.DONOR_RETENTION[name] < number
    ]
