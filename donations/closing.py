"""Closing a payout: its lines by kind, what is left unexplained, and the signature of who closed it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils import timezone, translation
from django.utils.formats import date_format, get_format
from django.utils.translation import gettext as _

from donations.models import Payout, PayoutLine
from donations.money import plain
from donations.reconciling import difference_of, not_in_the_ledger


class CannotClose(Exception):
    """The payout does not add up, has failed, or is closed already."""


@dataclass
class Part:
    """The lines of one kind and what they come to, in minor units."""

    kind: PayoutLine.Kind
    lines: list[PayoutLine] = field(default_factory=list)
    amount_minor: int = 0
    fee_minor: int = 0

    @property
    def net_minor(self) -> int:
        return self.amount_minor - self.fee_minor


@dataclass(frozen=True)
class Balance:
    """A payout as an accountant looks at it."""

    parts: list[Part]
    amount_minor: int
    fee_minor: int
    difference_minor: int
    unknown: list[PayoutLine]

    @property
    def net_minor(self) -> int:
        return self.amount_minor - self.fee_minor


def balance_of(payout: Payout) -> Balance:
    """What the payout is made up of. Kinds come in one order: gifts, refunds, disputes, fees, the rest."""
    parts = {kind: Part(kind) for kind in PayoutLine.Kind}
    lines = payout.lines.select_related("payment__donation__fund").order_by("happened_at", "pk")
    for line in lines:
        part = parts[PayoutLine.Kind(line.kind)]
        part.lines.append(line)
        part.amount_minor += line.amount_minor
        part.fee_minor += line.fee_minor
    there = [part for part in parts.values() if part.lines]
    return Balance(
        there,
        sum(part.amount_minor for part in there),
        sum(part.fee_minor for part in there),
        difference_of(payout),
        not_in_the_ledger(payout),
    )


def why_not(payout: Payout, balance: Balance) -> list[str]:
    """The reasons for which the payout cannot be closed; none when it can."""
    reasons = []
    if payout.status != "paid":
        reasons.append(
            _("The payout has failed: the money has not reached the bank.")
            if payout.status == "failed"
            else _("The payout has not arrived yet.")
        )
    if balance.difference_minor:
        reasons.append(_("The lines do not add up to the amount of the payout."))
    if balance.unknown:
        reasons.append(_("Some lines are not in the ledger, or with another amount."))
    if not balance.parts:
        reasons.append(_("The payout has no lines yet."))
    return reasons


def close(payout: Payout, user: Any) -> None:
    """Close a payout that adds up to the cent. Raises CannotClose; closed once, by one person."""
    with transaction.atomic():
        locked = Payout.objects.select_for_update().get(pk=payout.pk)
        if locked.closed_at or why_not(locked, balance_of(locked)):
            raise CannotClose
        locked.closed_at, locked.closed_by = timezone.now(), user
        locked.save(update_fields=["closed_at", "closed_by"])
    payout.refresh_from_db()


def header() -> list[str]:
    """The names of the columns of an export. Incoming and outgoing sums have a column each: none needs a sign."""
    return [
        _("Payout"),
        _("At the bank"),
        _("On"),
        _("What"),
        _("Gift"),
        _("Fund"),
        _("Number at the provider"),
        _("In"),
        _("Out"),
        _("Fee"),
        _("Currency"),
    ]


def rows(payout: Payout) -> Iterator[list[str]]:
    """The lines of a payout for a spreadsheet; no donor is among them."""
    for part in balance_of(payout).parts:
        for line in part.lines:
            gift = line.payment.donation if line.payment else None
            yield [
                payout.provider_ref,
                payout.arrives_on.isoformat(),
                timezone.localdate(line.happened_at).isoformat(),
                str(line.get_kind_display()),
                gift.reference if gift else "",
                str(gift.fund) if gift else "",
                line.source_ref or line.provider_ref,
                _figure(max(line.amount_minor, 0) - min(line.fee_minor, 0), payout.currency),
                _figure(max(-line.amount_minor, 0), payout.currency),
                _figure(max(line.fee_minor, 0), payout.currency),
                payout.currency,
            ]


def _figure(amount_minor: int, currency: str) -> str:
    """An amount as a spreadsheet of the reader's language takes it for a number; nothing for nought."""
    if not amount_minor:
        return ""
    return plain(amount_minor, currency).replace(".", get_format("DECIMAL_SEPARATOR", translation.get_language()))


def title(payout: Payout) -> str:
    """What a payout is called on a screen."""
    return _("Payout of %(day)s") % {"day": date_format(payout.arrives_on, "DATE_FORMAT")}
