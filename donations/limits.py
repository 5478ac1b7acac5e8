"""What keeps robots from trying stolen cards here: tries that are counted, and come back with time.

Whoever begins a gift draws on several limits. Those of a network and an address end in a plain "later". That of a
page, and the one that counts payment pages opened and not paid (`SESSIONS`), end in the soft mode: donors confirm their
e-mail address first, which costs a genuine donor a minute and a robot a mailbox for each try. When as many e-mails have
gone out as `MAILS` allows, the hard mode is left: gifts by cheque and transfer.
"""

import hashlib
import hmac
import logging
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import connection
from django.utils import timezone

from donations.models import Bucket, UsedToken

logger = logging.getLogger(__name__)

KEPT = timedelta(days=2)

# Addresses of these are made for one use: whoever gives with one confirms it first.
THROWAWAY = frozenset(
    {
        "10minutemail.com",
        "grr.la",
        "guerrillamail.com",
        "jetable.org",
        "maildrop.cc",
        "mailinator.com",
        "sharklasers.com",
        "temp-mail.org",
        "trashmail.com",
        "yopmail.com",
        "yopmail.fr",
    }
)


@dataclass(frozen=True)
class Limit:
    """So many tries at once; so many come back each hour."""

    name: str
    most: int
    per_hour: float


NETWORK = Limit("network", 20, 20)  # a ward, a company, an event share an address
ADDRESS = Limit("e-mail", 6, 6)
PAGE = Limit("page", 60, 120)  # gifts begun on a page before the soft mode: refusing them would stop everybody
SESSIONS = Limit("sessions", 8, 8)  # payment pages opened, less those paid
CONFIRMED = Limit("confirmed", 60, 60)  # pages opened in the soft mode
MAILS = Limit("mails", 1_500, 60)  # e-mails to addresses that nobody has confirmed
LINKS = Limit("links", 3, 1)  # links to a monthly gift, for one address
RETRIES = Limit("retries", 5, 5)  # payment pages of one gift

_TAKE = """
INSERT INTO donations_bucket AS kept (key, level, updated_at) VALUES (%(key)s, 1, %(now)s)
ON CONFLICT (key) DO UPDATE SET
  level = GREATEST(0, kept.level - %(per_second)s * EXTRACT(EPOCH FROM %(now)s - kept.updated_at)) + 1,
  updated_at = %(now)s
WHERE GREATEST(0, kept.level - %(per_second)s * EXTRACT(EPOCH FROM %(now)s - kept.updated_at)) + 1 <= %(most)s
RETURNING level
"""
_ADD = """
INSERT INTO donations_bucket AS kept (key, level, updated_at) VALUES (%(key)s, GREATEST(0, %(tries)s), %(now)s)
ON CONFLICT (key) DO UPDATE SET
  level = GREATEST(
    0, GREATEST(0, kept.level - %(per_second)s * EXTRACT(EPOCH FROM %(now)s - kept.updated_at)) + %(tries)s
  ),
  updated_at = %(now)s
"""


def take(limit: Limit, whose: str = "") -> bool:
    """Use one try of `limit`; False when none is left. One statement: two processes never take the same try."""
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, _values(limit, whose) | {"most": limit.most})
        is_left = cursor.fetchone() is not None
    if not is_left:
        logger.warning("The limit “%s” of giving is reached.", limit.name)
    return is_left


def add(limit: Limit, tries: int, whose: str = "") -> None:
    """Use more tries than one, or (a negative number) give some back."""
    with connection.cursor() as cursor:
        cursor.execute(_ADD, _values(limit, whose) | {"tries": tries})


def _values(limit: Limit, whose: str) -> dict[str, object]:
    digest = hmac.new(settings.SECRET_KEY.encode(), f"{limit.name} {whose}".encode(), hashlib.sha256).hexdigest()
    # The key begins with the name, for whoever reads the table at night; what follows cannot be turned back.
    return {
        "key": f"{limit.name}:{digest[:40]}",
        "now": timezone.now(),
        "per_second": limit.per_hour / 3600,
    }


def is_throwaway(email: str) -> bool:
    """Whether the address belongs to a service that gives everybody an address for one use."""
    return email.rpartition("@")[2].lower() in THROWAWAY


def forget_outdated() -> None:
    """Delete what counts for nothing any more."""
    Bucket.objects.filter(updated_at__lt=timezone.now() - KEPT).delete()
    UsedToken.objects.filter(used_at__lt=timezone.now() - KEPT).delete()
