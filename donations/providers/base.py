"""What we ask of a payment provider, and the plain values in which it answers.

No object of a provider goes any further than its own module: everybody else sees snapshots.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol


class UnknownProvider(LookupError):
    """No provider of that name, or none that this server is set up for."""


class ProviderError(Exception):
    """The provider did not do what it was asked. The text is for the log: never shown to donors, nothing personal."""


class Unreachable(ProviderError):
    """Nobody knows whether it was done: a time-out, a broken connection, an error of the provider's own."""


class Stuck(Unreachable):
    """The provider repeats an error of its own for this key: look what it did, then ask under a new key."""


class Refused(ProviderError):
    """The provider understood and will not: asking again changes nothing."""


class Gone(Refused):
    """There is no such object at the provider."""


class BadSignature(Exception):
    """A message that the provider did not send, or sent too long ago."""


class Capability(StrEnum):
    """What a provider is able to do."""

    ONLINE = "online"  # a hosted page takes the payment
    MONTHLY = "monthly"
    REFUND = "refund"
    PORTAL = "portal"  # a hosted page on which donors change their card
    PAYOUTS = "payouts"


class ObjectKind(StrEnum):
    """What a reference refers to."""

    SESSION = "session"
    PAYMENT = "payment"
    INVOICE = "invoice"
    PLEDGE = "pledge"
    PAYOUT = "payout"


@dataclass(frozen=True)
class Ref:
    """An object at the provider."""

    kind: ObjectKind
    id: str


@dataclass(frozen=True)
class Event:
    """A message of the provider, verified: something happened to `ref`, or to nothing that concerns us (None)."""

    id: str
    kind: str
    account: str
    ref: Ref | None
    made_at: datetime | None = None


@dataclass(frozen=True)
class RefundFact:
    """Money going back. `status` is a `RefundStatus`."""

    ref: str
    amount_minor: int
    status: str


@dataclass(frozen=True)
class DisputeFact:
    """A payment taken back by the donor's bank. `status` is a `DisputeStatus`."""

    ref: str
    amount_minor: int
    status: str
    is_withdrawn: bool
    reason: str = ""


@dataclass(frozen=True)
class PaymentFact:
    """One movement as it stands now. `status` is a `PaymentStatus`; amounts in minor units, times in UTC."""

    ref: str
    status: str
    amount_minor: int
    currency: str
    method: str = ""
    fee_minor: int = 0
    paid_at: datetime | None = None
    failure: str = ""
    is_warned: bool = False
    refunds: tuple[RefundFact, ...] = ()
    disputes: tuple[DisputeFact, ...] = ()


@dataclass(frozen=True)
class PledgeFact:
    """A subscription as it stands now. `state` is a `PledgeState`."""

    ref: str
    state: str
    amount_minor: int
    currency: str
    customer_ref: str = ""
    next_on: date | None = None


@dataclass(frozen=True)
class Snapshot:
    """Everything that the provider says now about one gift: what `lifecycle.apply_snapshot` takes in.

    `token` is the donation's, as we gave it to the provider at the start; of a later instalment it is the pledge's
    first donation's. `session_state` is "open", "complete", "expired" or "" (there is no session).
    """

    provider: str
    account: str
    is_live: bool
    token: str
    session_ref: str = ""
    session_state: str = ""
    invoice_ref: str = ""
    payment: PaymentFact | None = None
    pledge: PledgeFact | None = None


@dataclass(frozen=True)
class Opened:
    """A hosted page that waits for the donor."""

    ref: str
    url: str
    expires_at: datetime


@dataclass(frozen=True)
class Order:
    """What a hosted page is to ask for: nothing that says who the donor is, but for the e-mail the page needs."""

    token: str
    amount_minor: int
    currency: str
    is_monthly: bool
    label: str  # the fund's name, in the donor's language
    language: str
    email: str
    success_url: str
    cancel_url: str
    expires_at: datetime


@dataclass(frozen=True)
class PayoutLineFact:
    """One movement within a payout. `kind` is a `PayoutLine.Kind`; `amount_minor` before the fee, signed."""

    ref: str
    kind: str
    amount_minor: int
    fee_minor: int
    source_ref: str
    happened_at: datetime


@dataclass(frozen=True)
class PayoutFact:
    """A transfer to the bank with all that makes it up: `amount_minor` is the sum of amounts less fees."""

    ref: str
    status: str  # "pending", "paid" or "failed"
    amount_minor: int
    currency: str
    arrives_on: date
    lines: tuple[PayoutLineFact, ...] = field(default=())


class Provider(Protocol):
    """One account at one provider. Every method may raise Unreachable or Refused.

    `key` is an idempotency key: asked twice with the same key, a provider does it once.
    """

    name: str
    account: str
    capabilities: frozenset[Capability]

    def open_session(self, order: Order, key: str) -> Opened:
        """Open a hosted page for a one-off gift, or for the first of a pledge."""

    def expire_session(self, ref: str) -> None:
        """Close a hosted page that the donor left; quiet when it is closed already."""

    def fetch(self, ref: Ref) -> list[Snapshot]:
        """What holds now of `ref`, one snapshot for each gift that it concerns. Raises Gone."""

    def refund(self, payment_ref: str, amount_minor: int, key: str) -> RefundFact:
        """Send back a part of a payment, or all of it."""

    def end_pledge(self, ref: str, key: str, *, at_once: bool) -> None:
        """End a subscription: at once, or when the month that has been paid is over. Quiet when it has ended."""

    def change_pledge(self, ref: str, amount_minor: int, key: str) -> None:
        """From the next instalment on another amount."""

    def portal_url(self, customer_ref: str, return_url: str) -> str:
        """A hosted page on which the donor changes the card."""

    def read_events(self, headers: Mapping[str, str], body: bytes) -> list[Event]:
        """The messages in a request to our door. Raises BadSignature, or ValueError for what cannot be read."""

    def events_since(self, since: datetime) -> Iterator[Event]:
        """What the provider has told, or tried to tell, since then; oldest first."""

    def payouts_since(self, since: date) -> Iterator[PayoutFact]:
        """The payouts that arrive from that day on, each with its lines."""
