"""Which announced gift a line of the bank is: proposed by its reference or its amount, decided by a person."""

import re
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import CharField, Q, QuerySet, Value
from django.db.models.functions import Length, Substr
from django.utils import timezone

from donations import gateway, lifecycle, receipting
from donations.models import BankLine, Donation, PayoutLine, Receipt, ReceiptLine, Refund
from donations.providers import manual
from donations.states import DonationState, RefundStatus
from portal.folding import fold

MOST_PROPOSED = 20
_BODY_FROM = 5  # behind "RF" and the two check digits
# Money may arrive for a gift that was given up meanwhile.
MATCHABLE = (DonationState.AWAITED, DonationState.EXPIRED, DonationState.CANCELLED)

_REFUNDS_THAT_STAND = (RefundStatus.REQUESTED, RefundStatus.PENDING, RefundStatus.SUCCEEDED)


class CannotMatch(Exception):
    """The line or the gift is taken, or they do not fit, or a match must stay. `why` is one of the names below."""

    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__(why)


@dataclass(frozen=True)
class Proposal:
    """A gift that a line may be. `is_sure`: the whole reference stands in the line, and the amount is the same."""

    donation: Donation
    has_reference: bool
    has_amount: bool
    has_name: bool

    @property
    def is_sure(self) -> bool:
        return self.has_reference and self.has_amount


def matchable(line: BankLine) -> QuerySet[Donation]:
    """The gifts by cheque or transfer to the line's issuer that wait for their money."""
    return Donation.objects.filter(
        issuer_id=line.issuer_id, currency=line.currency, provider="manual", state__in=MATCHABLE, bank_line=None
    )


def proposals(line: BankLine, *, with_names: bool = False) -> list[Proposal]:
    """The gifts that the line may be, the likeliest first. Donors' names are compared only `with_names`."""
    squeezed = re.sub("[^A-Z0-9]", "", line.text.upper())
    gifts = matchable(line)
    # Without "RF" and its digits, too: donors shorten what they copy by hand.
    written = gifts.annotate(
        body=Substr("reference", _BODY_FROM), long=Length("reference"), words=Value(squeezed, CharField())
    )
    by_reference = set(
        written.filter(long__gte=12, words__contains=Substr("reference", _BODY_FROM)).values_list("pk", flat=True)
    )
    same_amount = Q(amount_minor=line.amount_minor, state=DonationState.AWAITED)
    found = gifts.filter(Q(pk__in=by_reference) | same_amount).select_related("donor", "fund")
    folded = f" {fold(line.text)} "
    made = [
        Proposal(
            gift,
            has_reference=gift.pk in by_reference,
            has_amount=gift.amount_minor == line.amount_minor,
            has_name=with_names and any(len(name) > 2 and f" {name} " in folded for name in _names(gift)),
        )
        for gift in found.order_by("-created_at", "pk")[:200]
    ]
    made.sort(key=lambda one: (not one.has_reference, not one.has_amount, not one.has_name))
    return made[:MOST_PROPOSED]


def _names(gift: Donation) -> list[str]:
    return [fold(name) for name in (gift.donor.last_name, gift.donor.company) if name]


def match(line: BankLine, donation: Donation, user: Any, *, accept_amount: bool = False) -> None:
    """The line is the gift's money: from now on it is received. Raises CannotMatch, and then nothing has changed.

    When another amount arrived than was announced, the gift becomes that amount if `accept_amount`.
    """
    with transaction.atomic():
        # The same order of locks as everywhere: the gift, then what moves money.
        gift = Donation.objects.select_for_update(of=("self",), no_key=True).get(pk=donation.pk)
        locked = BankLine.objects.select_for_update(of=("self",), no_key=True).get(pk=line.pk)
        if locked.donation_id or locked.put_aside_at:
            raise CannotMatch("line is taken")
        if gift.state not in MATCHABLE or BankLine.objects.filter(donation=gift).exists():
            raise CannotMatch("gift is taken")
        if (gift.provider, gift.issuer_id, gift.currency) != ("manual", locked.issuer_id, locked.currency):
            raise CannotMatch("other account")
        if gift.amount_minor != locked.amount_minor:
            if not accept_amount:
                raise CannotMatch("other amount")
            lifecycle.announced_otherwise(gift, locked.amount_minor, user)
        locked.donation, locked.matched_by, locked.matched_at = gift, user, timezone.now()
        locked.save(update_fields=["donation", "matched_by", "matched_at"])
        lifecycle.note(gift, "matched", "staff", user=user, line=locked.pk)
        if not lifecycle.refresh(gateway.provider_for(gift), manual.payment_ref(locked), "bank"):
            raise CannotMatch("does not fit")
    line.refresh_from_db()
    donation.refresh_from_db()


def match_all_that_are_sure(user: Any) -> int:
    """Match every open line whose reference and amount leave no doubt; how many."""
    number = 0
    for line in BankLine.objects.filter(donation=None, put_aside_at=None).order_by("booked_on", "pk")[:2000]:
        sure = [proposal for proposal in proposals(line) if proposal.is_sure]
        if len(sure) != 1:
            continue
        try:
            match(line, sure[0].donation, user)
        except CannotMatch:
            continue  # a colleague was faster
        number += 1
    return number


def put_aside(line: BankLine, *, is_aside: bool) -> bool:
    """The line is no announced gift, or is to be looked at after all; False if it has been matched meanwhile."""
    now = timezone.now() if is_aside else None
    return bool(BankLine.objects.filter(pk=line.pk, donation=None).update(put_aside_at=now))


# --- A match that was wrong -----------------------------------------------------------------------


def receipts_of(donation: Donation) -> list[Receipt]:
    """The valid receipts on which the gift stands: one at most."""
    lines = ReceiptLine.objects.filter(payment__donation=donation, is_valid=True)
    return list(
        Receipt.objects.select_related("issuer").filter(pk__in=lines.values("receipt")).only("year", "number", "issuer")
    )


def take_back(line: BankLine, reason: str, user: Any, *, voids_receipt: bool = False) -> Donation:
    """The line was not the gift's money after all: the line is open again, the gift waits for its own.

    The ledger gets an entry that takes the sum away. A gift on a valid receipt is let go only if `voids_receipt`; what
    else stands on that receipt gets another. Raises CannotMatch, and then nothing has changed: "not matched",
    "receipt", "refund", "closed payout", "does not fit". `reason` stands in the journal: nothing personal.
    """
    with transaction.atomic():
        # Gifts first, by their number: those that share the receipt are locked for its voiding, too.
        on_receipt = ReceiptLine.objects.filter(payment__donation=line.donation_id, is_valid=True).values("receipt")
        sharing = ReceiptLine.objects.filter(receipt__in=on_receipt).values_list("payment__donation", flat=True)
        gifts = Donation.objects.select_for_update(of=("self",)).order_by("pk")
        locked_gifts = {gift.pk: gift for gift in gifts.filter(pk__in={line.donation_id, *sharing} - {None})}
        locked = BankLine.objects.select_for_update(of=("self",)).get(pk=line.pk)
        if locked.donation_id is None or locked.donation_id not in locked_gifts:
            raise CannotMatch("not matched")
        gift, ref = locked_gifts[locked.donation_id], manual.payment_ref(locked)
        receipts = receipts_of(gift)
        if receipts and not voids_receipt:
            raise CannotMatch("receipt")
        payments = gift.payments.filter(provider="manual", provider_ref=ref.id)
        if Refund.objects.filter(payment__in=payments, status__in=_REFUNDS_THAT_STAND).exists():
            raise CannotMatch("refund")
        if PayoutLine.objects.filter(payment__in=payments, payout__closed_at__isnull=False).exists():
            raise CannotMatch("closed payout")
        locked.donation = locked.matched_by = locked.matched_at = None
        locked.times_taken_back += 1
        locked.save(update_fields=["donation", "matched_by", "matched_at", "times_taken_back"])
        if payments.exists() and not lifecycle.refresh(gateway.provider_for(gift), ref, "bank"):
            raise CannotMatch("does not fit")
        gift.refresh_from_db()
        if (announced := _announced(gift)) != gift.amount_minor:
            lifecycle.announced_otherwise(gift, announced, user)
        lifecycle.note(gift, "unmatched", "staff", user=user, line=locked.pk, reason=reason[:200])
        for receipt in receipts:
            receipting.void_and_replace(receipt.pk, "match_taken_back", "staff", user=user)
    line.refresh_from_db()
    return gift


def _announced(gift: Donation) -> int:
    """What was announced before the last match made the gift what had arrived."""
    # An amount that was written down since the last taking back was changed by the match.
    change = gift.journal.filter(what__in=("amount", "unmatched")).order_by("-pk").first()
    return change.detail["before"] if change and change.what == "amount" else gift.amount_minor
