"""Cheques and transfers: no page to be led to; finance finds the money on the bank's lines."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time

from django.conf import settings
from django.utils import timezone

from donations.models import BankLine, Payment, Refund
from donations.providers.base import (
    BadSignature,
    Capability,
    Event,
    Gone,
    ObjectKind,
    Opened,
    Order,
    PaymentFact,
    PayoutFact,
    Ref,
    RefundFact,
    Refused,
    Snapshot,
)
from donations.states import PaymentStatus, RefundStatus

_LINE = "bank-"


@dataclass(frozen=True)
class Manual:
    """The issuer's own bank account. A line of the bank that was matched with a gift is its payment.

    A refund is a transfer that finance makes itself: to record it here is to have done it.
    """

    account: str = ""
    name: str = "manual"
    capabilities: frozenset[Capability] = frozenset({Capability.REFUND})

    def open_session(self, order: Order, key: str) -> Opened:
        raise Refused("no payment page")

    def expire_session(self, ref: str) -> None:
        """There is none."""

    def fetch(self, ref: Ref) -> list[Snapshot]:
        line = _line_of(ref)
        if payment_ref(line) != ref or line.donation is None:
            return [self._taken_back(ref)]
        day = timezone.make_aware(datetime.combine(line.booked_on, time(12)))
        payment = PaymentFact(
            ref=ref.id,
            status=PaymentStatus.SUCCEEDED,
            amount_minor=line.amount_minor,
            currency=line.currency,
            method="cheque" if line.is_cheque else "transfer",
            paid_at=day,
            refunds=tuple(
                RefundFact(refund.provider_ref, refund.amount_minor, RefundStatus.SUCCEEDED)
                for refund in Refund.objects.filter(payment__provider=self.name, payment__provider_ref=ref.id)
                if refund.provider_ref
            ),
        )
        return [Snapshot(self.name, self.account, settings.DONATIONS_LIVE, str(line.donation.token), payment=payment)]

    def _taken_back(self, ref: Ref) -> Snapshot:
        """What a match was before finance took it back. Raises Gone for one that never was."""
        payments = Payment.objects.select_related("donation")
        known = payments.filter(provider=self.name, account=self.account, provider_ref=ref.id).first()
        if known is None:
            raise Gone(ref.id)
        payment = PaymentFact(ref.id, PaymentStatus.UNMATCHED, known.amount_minor, known.currency, known.method)
        return Snapshot(self.name, self.account, settings.DONATIONS_LIVE, str(known.donation.token), payment=payment)

    def refund(self, payment_ref: str, amount_minor: int, key: str) -> RefundFact:
        return RefundFact(f"refund-{key}", amount_minor, RefundStatus.SUCCEEDED)

    def end_pledge(self, ref: str, key: str, *, at_once: bool) -> None:
        raise Refused("no monthly gifts")

    def change_pledge(self, ref: str, amount_minor: int, key: str) -> None:
        raise Refused("no monthly gifts")

    def portal_url(self, customer_ref: str, return_url: str) -> str:
        raise Refused("no page for donors")

    def read_events(self, headers: Mapping[str, str], body: bytes) -> list[Event]:
        raise BadSignature

    def events_since(self, since: datetime) -> Iterator[Event]:
        return iter(())

    def payouts_since(self, since: date) -> Iterator[PayoutFact]:
        return iter(())


def connect(account: str) -> Manual:
    """The bank account of an issuer; `account` says nothing here."""
    return Manual(account)


def payment_ref(line: BankLine) -> Ref:
    """The payment that a matched line of the bank stands for: a new one after each match that was taken back."""
    turn = f"-{line.times_taken_back}" if line.times_taken_back else ""
    return Ref(ObjectKind.PAYMENT, f"{_LINE}{line.pk}{turn}")


def _line_of(ref: Ref) -> BankLine:
    number = ref.id.removeprefix(_LINE).partition("-")[0]
    if ref.kind is not ObjectKind.PAYMENT or not ref.id.startswith(_LINE) or not number.isdecimal():
        raise Gone(ref.id)
    line = BankLine.objects.select_related("donation").filter(pk=number).first()
    if line is None:
        raise Gone(ref.id)
    return line
