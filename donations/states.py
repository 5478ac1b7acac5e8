"""The states of gifts, payments and pledges, and the moves between them. Nothing else decides what may follow what.

A donation's state is no opinion of ours: it is computed from what the provider says of its payment (`state_of`), and
may only move along `MOVES`. What the provider says out of order is thereby told apart from what cannot be true.
"""

from collections.abc import Iterable

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class PaymentStatus(TextChoices):
    """What became of one movement at the provider, in the words of all providers."""

    PENDING = "pending", _("waiting for the donor")
    PROCESSING = "processing", _("on its way")  # a direct debit takes days
    SUCCEEDED = "succeeded", _("received")
    FAILED = "failed", _("failed")
    CANCELLED = "cancelled", _("given up")
    UNMATCHED = "unmatched", _("match taken back")  # the line of the bank was another gift's


class RefundStatus(TextChoices):
    """How far money on its way back has come."""

    REQUESTED = "requested", _("waiting for a second person")
    PENDING = "pending", _("on its way")
    SUCCEEDED = "succeeded", _("paid back")
    FAILED = "failed", _("failed")
    REFUSED = "refused", _("refused")


class DisputeStatus(TextChoices):
    """A payment that the donor's bank takes back."""

    OPEN = "open", _("open")
    WON = "won", _("won")
    LOST = "lost", _("lost")


class DonationState(TextChoices):
    """Where a gift stands."""

    CREATED = "created", _("begun")
    REDIRECTED = "redirected", _("at the payment page")
    AWAITED = "awaited", _("announced: cheque or transfer")
    PROCESSING = "processing", _("payment on its way")
    SUCCEEDED = "succeeded", _("received")
    FAILED = "failed", _("failed")
    EXPIRED = "expired", _("not completed")
    CANCELLED = "cancelled", _("cancelled")
    PARTIALLY_REFUNDED = "partially_refunded", _("refunded in part")
    REFUNDED = "refunded", _("refunded")
    DISPUTED = "disputed", _("disputed")
    LOST = "lost", _("dispute lost")


class PledgeState(TextChoices):
    """Where a monthly gift stands."""

    PENDING = "pending", _("not confirmed yet")
    ACTIVE = "active", _("active")
    PAST_DUE = "past_due", _("payment failed, tried again")
    PAUSED = "paused", _("paused")
    ENDING = "ending", _("ends with the current month")
    ENDED = "ended", _("ended")


_D = DonationState

BEFORE_MONEY = frozenset({_D.CREATED, _D.REDIRECTED, _D.AWAITED, _D.PROCESSING})
WITHOUT_MONEY = frozenset({_D.FAILED, _D.EXPIRED, _D.CANCELLED})
WITH_MONEY = frozenset({_D.SUCCEEDED, _D.PARTIALLY_REFUNDED, _D.REFUNDED, _D.DISPUTED, _D.LOST})
CERTIFIABLE = frozenset({_D.SUCCEEDED, _D.PARTIALLY_REFUNDED})
"""Of which the issuer holds money now, and may say so in a receipt."""

MOVES: dict[DonationState, frozenset[DonationState]] = {
    # A session ends without a payment, or a payment of it is seen; a lost message may hide the steps between.
    _D.CREATED: BEFORE_MONEY - {_D.CREATED} | WITHOUT_MONEY | WITH_MONEY,
    _D.REDIRECTED: frozenset({_D.PROCESSING}) | WITHOUT_MONEY | WITH_MONEY,
    _D.AWAITED: frozenset({_D.SUCCEEDED, _D.CANCELLED, _D.EXPIRED}),
    _D.PROCESSING: frozenset({_D.FAILED, _D.CANCELLED}) | WITH_MONEY,
    # A card that was refused is tried again in the same session; a renewal is tried again for weeks.
    _D.FAILED: frozenset({_D.PROCESSING, _D.EXPIRED, _D.CANCELLED}) | WITH_MONEY,
    # Money that arrives for a session which we had given up is still a gift.
    _D.EXPIRED: frozenset({_D.PROCESSING}) | WITH_MONEY,
    _D.CANCELLED: frozenset({_D.PROCESSING}) | WITH_MONEY,
    # A direct debit comes back for thirteen months: as a failure, a dispute or a refund.
    # Finance takes a wrong match back: the gift waits for its own money again.
    _D.SUCCEEDED: frozenset({_D.FAILED, _D.AWAITED, _D.PARTIALLY_REFUNDED, _D.REFUNDED, _D.DISPUTED, _D.LOST}),
    _D.PARTIALLY_REFUNDED: frozenset({_D.SUCCEEDED, _D.REFUNDED, _D.DISPUTED, _D.LOST, _D.FAILED}),
    _D.REFUNDED: frozenset({_D.SUCCEEDED, _D.PARTIALLY_REFUNDED, _D.DISPUTED, _D.LOST}),  # a refund may fail
    _D.DISPUTED: frozenset({_D.SUCCEEDED, _D.PARTIALLY_REFUNDED, _D.REFUNDED, _D.LOST}),
    _D.LOST: frozenset({_D.SUCCEEDED, _D.PARTIALLY_REFUNDED, _D.REFUNDED, _D.DISPUTED}),
}


def may_move(before: str, after: str) -> bool:
    """Whether a donation may go from one state to the other; staying is no move."""
    return after in MOVES[DonationState(before)]


def state_of(payment: str, amount_minor: int, refunded_minor: int = 0, disputes: Iterable[str] = ()) -> DonationState:
    """The state of a donation whose payment, refunds that succeeded and disputes stand so."""
    match PaymentStatus(payment):
        case PaymentStatus.PENDING:
            return _D.REDIRECTED
        case PaymentStatus.PROCESSING:
            return _D.PROCESSING
        case PaymentStatus.FAILED:
            return _D.FAILED
        case PaymentStatus.CANCELLED:
            return _D.CANCELLED
        case PaymentStatus.UNMATCHED:
            return _D.AWAITED
    disputes = set(disputes)
    if DisputeStatus.LOST in disputes:
        return _D.LOST
    if DisputeStatus.OPEN in disputes:
        return _D.DISPUTED
    if refunded_minor >= amount_minor:
        return _D.REFUNDED
    return _D.PARTIALLY_REFUNDED if refunded_minor else _D.SUCCEEDED
