"""System checks of giving: no pretended money where real money may be meant, keys that fit the mode."""

import re
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register

_SANDBOX = "donations.providers.sandbox."
_KEY = re.compile(r"(sk|rk)_(?P<mode>live|test)_\w{10,}")
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


@register
def keys_fit_the_mode(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """Stripe's keys say which mode they are for; a mistaken one shows here, not when the first donor pays."""
    messages: list[CheckMessage] = []
    wanted = "live" if settings.DONATIONS_LIVE else "test"
    for account, values in settings.STRIPE_ACCOUNTS.items():
        name = f"STRIPE_SECRET_KEY_{account.upper()}".rstrip("_")
        key = _KEY.fullmatch(values["key"])
        if key is None:
            messages.append(
                Error(
                    f"{name} is no secret key of Stripe.",
                    hint="It begins with sk_ or rk_ and has no space; a key that begins with pk_ is the public one.",
                    id="donations.E002",
                )
            )
        elif key["mode"] != wanted:
            messages.append(
                Error(
                    f"{name} is a key of Stripe’s {key['mode']} mode, but DONATIONS_LIVE asks for its {wanted} mode.",
                    hint="Change the key or DONATIONS_LIVE: every payment would be put before a person.",
                    id="donations.E003",
                )
            )
        secrets = values["webhook_secrets"]
        if not secrets or not all(map(_SECRET.fullmatch, secrets)):
            messages.append(
                Error(
                    f"{name.replace('SECRET_KEY', 'WEBHOOK_SECRETS')} has no signing secret of Stripe, or a wrong one.",
                    hint="Copy it whole from the webhook endpoint: “whsec_” and some 32 characters.",
                    id="donations.E004",
                )
            )
    return messages


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
