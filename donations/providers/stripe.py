"""Stripe: its hosted Checkout takes the payment, its Customer Portal changes the card. Nobody else imports its SDK.

What Stripe learns of a gift is its token, the amount, the fund's name and the e-mail address that its page needs. What
we learn is fetched: a message only says what to look at, so its age, its order and its API version do not matter.
"""

import functools
import json
import logging
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from datetime import time as time_of_day
from typing import Any
from urllib.parse import urlsplit

import stripe
from django.conf import settings
from django.utils import timezone

from donations.providers.base import (
    BadSignature,
    Capability,
    DisputeFact,
    Event,
    Gone,
    ObjectKind,
    Opened,
    Order,
    PaymentFact,
    PayoutFact,
    PayoutLineFact,
    PledgeFact,
    Ref,
    RefundFact,
    Refused,
    Snapshot,
    Stuck,
    UnknownProvider,
    Unreachable,
)
from donations.states import DisputeStatus, PaymentStatus, PledgeState, RefundStatus

API_VERSION = "2026-10-28.endive"
"""The one that the code was written and tested against; a newer SDK does not change it."""

TIMEOUT = (3, 10)  # seconds, to connect and to answer
RETRIES = 2  # under the same idempotency key
TOLERANCE = 300  # seconds between a message's signature and our clock, either way
_LOCALES = {"fr": "fr", "en": "en"}

# The SDK tells at level INFO what the API's errors say; they may quote what a donor typed.
logging.getLogger("stripe").setLevel(logging.WARNING)

_PAYMENT_STATUS = {
    "succeeded": PaymentStatus.SUCCEEDED,
    "processing": PaymentStatus.PROCESSING,
    "canceled": PaymentStatus.CANCELLED,
}
_REFUND_STATUS = {
    "succeeded": RefundStatus.SUCCEEDED,
    "failed": RefundStatus.FAILED,
    "canceled": RefundStatus.FAILED,
}
_PLEDGE_STATE = {
    "incomplete": PledgeState.PENDING,
    "incomplete_expired": PledgeState.ENDED,
    "trialing": PledgeState.ACTIVE,
    "active": PledgeState.ACTIVE,
    "past_due": PledgeState.PAST_DUE,
    "unpaid": PledgeState.PAST_DUE,
    "paused": PledgeState.PAUSED,
    "canceled": PledgeState.ENDED,
}
# https://docs.stripe.com/reports/reporting-categories
_LINE_KIND = {
    "charge": "payment",
    "refund": "refund",
    "partial_capture_reversal": "refund",
    "refund_failure": "refund_failed",
    "charge_failure": "payment",  # of which it takes back what came
    "dispute": "dispute",
    "dispute_reversal": "dispute_won",
    "fee": "fee",
    "network_cost": "fee",
    "tax": "fee",
}
_NO_LINE = {"payout", "payout_reversal"}  # the payout itself, as its own counterpart
_OWN_KIND = {
    "checkout.session": ObjectKind.SESSION,
    "payment_intent": ObjectKind.PAYMENT,
    "charge": ObjectKind.PAYMENT,
    "invoice": ObjectKind.INVOICE,
    "subscription": ObjectKind.PLEDGE,
    "payout": ObjectKind.PAYOUT,
}
_OF_A_PAYMENT = {"charge", "refund", "dispute", "radar.early_fraud_warning"}
_PAYMENT_PARTS = ("latest_charge.balance_transaction", "latest_charge.refunds")


@dataclass(frozen=True)
class Stripe:
    """An account at Stripe, whose key is among the settings."""

    account: str
    client: stripe.StripeClient
    webhook_secrets: tuple[str, ...]
    is_live: bool
    name: str = "stripe"
    capabilities: frozenset[Capability] = frozenset(Capability)

    # --- what donors and staff set off ------------------------------------------------------------

    def open_session(self, order: Order, key: str) -> Opened:
        marks = {"token": order.token}
        price: dict[str, Any] = {
            "currency": order.currency.lower(),
            "unit_amount": order.amount_minor,
            "product_data": {"name": order.label},
        }
        params: dict[str, Any] = {
            "mode": "payment",
            "line_items": [{"price_data": price, "quantity": 1}],
            "client_reference_id": order.token,
            "metadata": marks,
            "locale": _LOCALES.get(order.language, "auto"),
            "success_url": order.success_url,
            "cancel_url": order.cancel_url,
            "expires_at": int(order.expires_at.timestamp()),
            # The amount that was promised in the currency of the fund, and in no other.
            "adaptive_pricing": {"enabled": False},
        }
        if order.email:
            params["customer_email"] = order.email
        if order.is_monthly:
            price["recurring"] = {"interval": "month"}
            params |= {"mode": "subscription", "subscription_data": {"metadata": marks}}
        else:
            params |= {"submit_type": "donate", "payment_intent_data": {"metadata": marks}}
        with _translated():
            session = self.client.v1.checkout.sessions.create(params, {"idempotency_key": key})
        if not session.url:  # the answer to an old key, whose page is over
            raise Refused("the page is over")
        return Opened(session.id, session.url, _moment(session.expires_at))

    def expire_session(self, ref: str) -> None:
        try:
            with _translated():
                self.client.v1.checkout.sessions.expire(ref)
        except Gone:
            raise
        except Refused:
            with _translated():
                if self.client.v1.checkout.sessions.retrieve(ref).status == "open":
                    raise

    def refund(self, payment_ref: str, amount_minor: int, key: str) -> RefundFact:
        with _translated():
            refund = self.client.v1.refunds.create(
                {"payment_intent": payment_ref, "amount": amount_minor}, {"idempotency_key": key}
            )
        return _refund_fact(refund.to_dict())

    def end_pledge(self, ref: str, key: str, *, at_once: bool) -> None:
        subscriptions = self.client.v1.subscriptions
        try:
            with _translated():
                if at_once:
                    subscriptions.cancel(ref, {"invoice_now": False, "prorate": False}, {"idempotency_key": key})
                else:
                    subscriptions.update(ref, {"cancel_at_period_end": True}, {"idempotency_key": key})
        except Refused:
            with _translated():
                if _PLEDGE_STATE.get(subscriptions.retrieve(ref).status) != PledgeState.ENDED:
                    raise

    def change_pledge(self, ref: str, amount_minor: int, key: str) -> None:
        with _translated():
            item = self._subscription(ref)["items"]["data"][0]
            price = {
                "currency": item["price"]["currency"],
                "product": _id(item["price"]["product"]),
                "recurring": {"interval": "month"},
                "unit_amount": amount_minor,
            }
            # Without proration: the month that has been paid stays as it was.
            self.client.v1.subscriptions.update(
                ref,
                {"items": [{"id": item["id"], "price_data": price}], "proration_behavior": "none"},
                {"idempotency_key": key},
            )

    def portal_url(self, customer_ref: str, return_url: str) -> str:
        with _translated():
            return self.client.v1.billing_portal.sessions.create(
                {"customer": customer_ref, "return_url": return_url}
            ).url

    # --- what holds now ---------------------------------------------------------------------------

    def fetch(self, ref: Ref) -> list[Snapshot]:
        with _translated():
            match ref.kind:
                case ObjectKind.SESSION:
                    return self._of_session(ref.id)
                case ObjectKind.PAYMENT:
                    return self._of_payment(ref.id)
                case ObjectKind.INVOICE:
                    return self._of_invoice(ref.id)
                case ObjectKind.PLEDGE:
                    return self._of_subscription(ref.id)
        raise Gone(ref.id)

    def _of_session(self, ref: str) -> list[Snapshot]:
        session = self.client.v1.checkout.sessions.retrieve(ref).to_dict()
        about = {"session_ref": ref, "session_state": session["status"] or ""}
        token = session.get("client_reference_id") or _token(session)
        if invoice := _id(session.get("invoice")):
            return self._of_invoice(invoice, **about)
        payment = None
        if intent := _id(session.get("payment_intent")):
            payment = self._payment(intent)
            # Nothing was tried on the page, or the page's end has cancelled what was left of it.
            if payment.status == PaymentStatus.PENDING or (
                payment.status == PaymentStatus.CANCELLED and session["status"] == "expired"
            ):
                payment = None
        return [self._snapshot(session, token, payment=payment, **about)]

    def _of_payment(self, ref: str) -> list[Snapshot]:
        if ref.startswith(("ch_", "py_")):
            ref = _id(self.client.v1.charges.retrieve(ref).to_dict().get("payment_intent"))
            if not ref:
                raise Gone("a charge without a payment intent")
        intent = self._intent(ref)
        if not _token(intent):
            # A later instalment: Stripe copies the token to the subscription's invoices, not to their payments.
            payments = self.client.v1.invoice_payments.list(
                {"payment": {"type": "payment_intent", "payment_intent": ref}, "limit": 1}
            ).to_dict()["data"]
            if payments:
                return self._of_invoice(_id(payments[0]["invoice"]))
        return [self._snapshot(intent, _token(intent), payment=self._payment_fact(intent))]

    def _of_invoice(self, ref: str, **about: str) -> list[Snapshot]:
        invoice = self.client.v1.invoices.retrieve(ref).to_dict()
        subscription = _subscription_of(invoice)
        if not subscription:
            return [self._snapshot(invoice, _token(invoice), invoice_ref=ref)]
        return [self._instalment(invoice, self._subscription(subscription), **about)]

    def _of_subscription(self, ref: str) -> list[Snapshot]:
        subscription = self._subscription(ref)
        newest_first = self.client.v1.invoices.list({"subscription": ref, "limit": 100})
        invoices = [invoice.to_dict() for invoice in newest_first.auto_paging_iter()]
        snapshots = [self._instalment(invoice, subscription) for invoice in reversed(invoices)]
        return [snapshot for snapshot in snapshots if snapshot.payment] or [
            self._snapshot(subscription, _token(subscription), pledge=_pledge_fact(subscription))
        ]

    def _instalment(self, invoice: dict[str, Any], subscription: dict[str, Any], **about: str) -> Snapshot:
        payments = self.client.v1.invoice_payments.list({"invoice": invoice["id"], "limit": 100}).to_dict()["data"]
        # Of several tries on one invoice the one that brought the money, else the one that Stripe goes on with.
        payments.sort(key=lambda payment: (payment["status"] != "paid", not payment["is_default"], -payment["created"]))
        intent = next(
            (ref for payment in payments if (ref := _id(payment["payment"].get("payment_intent")))),
            "",
        )
        return self._snapshot(
            invoice,
            _token(subscription),
            invoice_ref=invoice["id"],
            payment=self._payment(intent) if intent else None,
            pledge=_pledge_fact(subscription),
            **about,
        )

    def _snapshot(self, source: dict[str, Any], token: str, **facts: Any) -> Snapshot:
        return Snapshot(self.name, self.account, bool(source["livemode"]), token, **facts)

    def _subscription(self, ref: str) -> dict[str, Any]:
        return self.client.v1.subscriptions.retrieve(ref).to_dict()

    def _intent(self, ref: str) -> dict[str, Any]:
        return self.client.v1.payment_intents.retrieve(ref, {"expand": list(_PAYMENT_PARTS)}).to_dict()

    def _payment(self, ref: str) -> PaymentFact:
        return self._payment_fact(self._intent(ref))

    def _payment_fact(self, intent: dict[str, Any]) -> PaymentFact:
        charge = intent.get("latest_charge") or {}
        error = intent.get("last_payment_error") or {}
        status = _PAYMENT_STATUS.get(intent["status"], PaymentStatus.PENDING)
        if status == PaymentStatus.PENDING and intent["status"] == "requires_payment_method" and error:
            status = PaymentStatus.FAILED
        # A direct debit may come back weeks after it arrived.
        if status == PaymentStatus.SUCCEEDED and charge.get("status") == "failed":
            status = PaymentStatus.FAILED
        has_money = status == PaymentStatus.SUCCEEDED
        movement = charge.get("balance_transaction") or {}
        method = (charge.get("payment_method_details") or {}).get("type") or ""
        return PaymentFact(
            ref=intent["id"],
            status=status,
            amount_minor=intent["amount_received"] if has_money else intent["amount"],
            currency=intent["currency"].upper(),
            method=method,
            fee_minor=movement["fee"] if has_money and movement.get("currency") == intent["currency"] else 0,
            paid_at=_moment(movement.get("created") or charge["created"]) if has_money and charge else None,
            failure=error.get("decline_code") or error.get("code") or charge.get("failure_code") or "",
            is_warned=has_money and method == "card" and self._is_warned(charge["id"]),
            refunds=tuple(map(_refund_fact, self._refunds(intent["id"], charge))) if charge else (),
            disputes=tuple(map(_dispute_fact, self._disputes(intent["id"]))) if charge.get("disputed") else (),
        )

    def _refunds(self, intent: str, charge: dict[str, Any]) -> list[dict[str, Any]]:
        first = charge.get("refunds") or {"data": [], "has_more": True}
        if not first["has_more"]:
            return first["data"]
        refunds = self.client.v1.refunds.list({"payment_intent": intent, "limit": 100})
        return [refund.to_dict() for refund in refunds.auto_paging_iter()]

    def _disputes(self, intent: str) -> list[dict[str, Any]]:
        disputes = self.client.v1.disputes.list({"payment_intent": intent, "limit": 100})
        return [dispute.to_dict() for dispute in disputes.auto_paging_iter()]

    def _is_warned(self, charge: str) -> bool:
        return bool(self.client.v1.radar.early_fraud_warnings.list({"charge": charge, "limit": 1}).data)

    # --- what Stripe tells ------------------------------------------------------------------------

    def read_events(self, headers: Mapping[str, str], body: bytes) -> list[Event]:
        self._verify(headers.get("Stripe-Signature") or "", body)
        return [self._event(json.loads(body))]

    def _verify(self, header: str, body: bytes) -> None:
        text = body.decode()
        for secret in self.webhook_secrets:
            try:
                stripe.WebhookSignature.verify_header(text, header, secret, TOLERANCE)
            except stripe.SignatureVerificationError:
                continue
            signed_at = next(int(part[2:]) for part in header.split(",") if part.startswith("t="))
            if signed_at > time.time() + TOLERANCE:  # which the SDK lets pass
                raise BadSignature
            return
        raise BadSignature

    def _event(self, data: Any) -> Event:
        """Raises ValueError for what is no event of Stripe's first API."""
        try:
            about = data["data"]["object"]
            event = data["id"], data["type"], data["created"], data["livemode"]
            identity, kind, created, is_live = event
            if data["object"] != "event" or not isinstance(identity, str) or not isinstance(kind, str):
                raise ValueError("no event")
            ref = self._ref(about) if is_live == self.is_live and not data.get("account") else None
            return Event(identity[:200], kind, self.account, ref, _moment(created))
        except (KeyError, TypeError, AttributeError, OverflowError, OSError) as error:
            raise ValueError("no event") from error

    @staticmethod
    def _ref(about: dict[str, Any]) -> Ref | None:
        """What to look at again; None for what does not concern gifts. Holds for the events of any API version."""
        kind = about.get("object")
        if kind in _OF_A_PAYMENT:
            payment = _id(about.get("payment_intent")) or _id(about.get("charge"))
            payment = payment or (about["id"] if kind == "charge" else "")
            return Ref(ObjectKind.PAYMENT, payment) if payment else None
        return Ref(_OWN_KIND[kind], about["id"]) if kind in _OWN_KIND and about.get("id") else None

    def events_since(self, since: datetime) -> Iterator[Event]:
        with _translated():
            events = self.client.v1.events.list({"created": {"gte": int(since.timestamp())}, "limit": 100})
            told = [event.to_dict() for event in events.auto_paging_iter()]
        # Stripe lists the newest first.
        return map(self._event, reversed(told))

    def payouts_since(self, since: date) -> Iterator[PayoutFact]:
        day = datetime.combine(since, time_of_day(), UTC)
        with _translated():
            payouts = self.client.v1.payouts.list({"arrival_date": {"gte": int(day.timestamp())}, "limit": 100})
            for payout in payouts.auto_paging_iter():
                yield self._payout(payout.to_dict())

    def _payout(self, payout: dict[str, Any]) -> PayoutFact:
        status = {"paid": "paid", "failed": "failed", "canceled": "failed"}.get(payout["status"], "pending")
        if payout["reconciliation_status"] == "in_progress" and status == "paid":
            status = "pending"  # Stripe does not know all its lines yet
        lines: tuple[PayoutLineFact, ...] = ()
        if payout["automatic"]:
            movements = self.client.v1.balance_transactions.list(
                {"payout": payout["id"], "limit": 100, "expand": ["data.source"]}
            )
            found = (movement.to_dict() for movement in movements.auto_paging_iter())
            lines = tuple(_line(movement) for movement in found if movement["reporting_category"] not in _NO_LINE)
        return PayoutFact(
            payout["id"],
            status,
            payout["amount"],
            payout["currency"].upper(),
            _moment(payout["arrival_date"]).date(),
            lines,
        )


def connect(account: str) -> Stripe:
    """The account that the environment calls `account` (docs/features/payments.md).

    Raises UnknownProvider when there is no key for it, or one for the other mode than `DONATIONS_LIVE`.
    """
    found = settings.STRIPE_ACCOUNTS.get(account.lower().replace("-", "_"))
    if not found:
        raise UnknownProvider(f"no key for the account {account!r} at Stripe")
    is_live = "_live_" in found["key"]
    if is_live != settings.DONATIONS_LIVE:
        raise UnknownProvider("the key is for the other mode than DONATIONS_LIVE says")
    base = settings.STRIPE_API_BASE
    if base and (is_live or urlsplit(base).hostname not in ("127.0.0.1", "localhost")):
        raise UnknownProvider("STRIPE_API_BASE is for a test key and this machine alone")
    return Stripe(account, _client(found["key"], base), tuple(found["webhook_secrets"]), is_live)


@functools.cache
def _client(key: str, base: str) -> stripe.StripeClient:
    """One client for each key: its connections are kept."""
    return stripe.StripeClient(
        key,
        stripe_version=API_VERSION,
        base_addresses={"api": base} if base else None,
        max_network_retries=RETRIES,
        http_client=stripe.RequestsClient(timeout=TIMEOUT),
    )


@contextmanager
def _translated() -> Iterator[None]:
    """The SDK's errors as ours. Their text may quote what a donor typed, so only codes go on."""
    try:
        yield
    except stripe.StripeError as error:
        words = (type(error).__name__, error.code, getattr(error, "param", None), error.request_id)
        text = " ".join(str(word) for word in words if word)
        headers = {name.lower(): value for name, value in dict(error.headers or {}).items()}
        status = error.http_status
        if status is None or status in (409, 429) or status >= 500 or isinstance(error, stripe.RateLimitError):
            # Stripe keeps even its own failure under a key, and would repeat it for a day.
            is_kept = headers.get("idempotent-replayed") == "true" and (status or 0) >= 500
            raise (Stuck if is_kept else Unreachable)(text) from None
        if status == 404 or error.code == "resource_missing":
            raise Gone(text) from None
        raise (Unreachable if 200 <= status < 300 else Refused)(text) from None


# --- Stripe's values as ours ----------------------------------------------------------------------


def _id(value: Any) -> str:
    """The id of what Stripe may give as an id, as the object itself, or not at all."""
    return (value.get("id") if isinstance(value, dict) else value) or ""


def _moment(timestamp: int) -> datetime:
    return datetime.fromtimestamp(timestamp, UTC)


def _token(source: dict[str, Any]) -> str:
    return (source.get("metadata") or {}).get("token", "")


def _subscription_of(invoice: dict[str, Any]) -> str:
    return _id(((invoice.get("parent") or {}).get("subscription_details") or {}).get("subscription"))


def _pledge_fact(subscription: dict[str, Any]) -> PledgeFact:
    items = subscription["items"]["data"]
    state = _PLEDGE_STATE[subscription["status"]]
    if state == PledgeState.ACTIVE and subscription.get("pause_collection"):
        state = PledgeState.PAUSED
    elif state == PledgeState.ACTIVE and (subscription["cancel_at_period_end"] or subscription.get("cancel_at")):
        state = PledgeState.ENDING
    ends_at = _moment(max(item["current_period_end"] for item in items))
    return PledgeFact(
        ref=subscription["id"],
        state=state,
        amount_minor=sum((item["price"]["unit_amount"] or 0) * (item.get("quantity") or 1) for item in items),
        currency=subscription["currency"].upper(),
        customer_ref=_id(subscription["customer"]),
        next_on=None if state in (PledgeState.ENDED, PledgeState.ENDING) else timezone.localdate(ends_at),
    )


def _refund_fact(refund: dict[str, Any]) -> RefundFact:
    status = _REFUND_STATUS.get(refund["status"] or "pending", RefundStatus.PENDING)
    return RefundFact(refund["id"], refund["amount"], status)


def _dispute_fact(dispute: dict[str, Any]) -> DisputeFact:
    """A warning that became nothing counts as won; an inquiry takes no money yet."""
    status = {
        "won": DisputeStatus.WON,
        "warning_closed": DisputeStatus.WON,
        "prevented": DisputeStatus.WON,
        "lost": DisputeStatus.LOST,
    }.get(dispute["status"], DisputeStatus.OPEN)
    taken = sum(movement["amount"] for movement in dispute["balance_transactions"])
    return DisputeFact(dispute["id"], dispute["amount"], status, taken < 0, dispute["reason"])


def _line(movement: dict[str, Any]) -> PayoutLineFact:
    """The source is what we know a movement by: the payment of a charge, else the refund or dispute itself."""
    source = movement.get("source") or {}
    ref = _id(source)
    if isinstance(source, dict) and source.get("object") == "charge":
        ref = _id(source.get("payment_intent")) or ref
    return PayoutLineFact(
        ref=movement["id"],
        kind=_LINE_KIND.get(movement["reporting_category"], "other"),
        amount_minor=movement["amount"],
        fee_minor=movement["fee"],
        source_ref=ref,
        happened_at=_moment(movement["created"]),
    )
