"""A provider that moves no money: for the demonstration and for tests. It is impossible in production (checks.py).

It keeps its own objects, shows its own page (sandbox_views.py), and tells what happened through the same door as any
other, in messages signed with a key of this server.
"""

import hashlib
import hmac
import json
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from donations.models import SandboxObject
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
)
from donations.states import PaymentStatus, PledgeState, RefundStatus

SIGNATURE = "Sandbox-Signature"
_FEE_MINOR, _FEE_PER_MILLE = 25, 12  # what a real provider might keep


@dataclass(frozen=True)
class Sandbox:
    """The pretended provider's account `account`."""

    account: str = ""
    name: str = "sandbox"
    capabilities: frozenset[Capability] = frozenset(Capability)

    # --- asked by us ------------------------------------------------------------------------------

    def open_session(self, order: Order, key: str) -> Opened:
        data = {
            "token": order.token,
            "amount": order.amount_minor,
            "currency": order.currency,
            "is_monthly": order.is_monthly,
            "label": order.label,
            "language": order.language,
            "success_url": order.success_url,
            "cancel_url": order.cancel_url,
            "expires_at": order.expires_at.isoformat(),
            "state": "open",
        }
        session = self._once(key, "session", data)
        return Opened(
            session.ref, reverse("sandbox_page", args=[session.ref]), datetime.fromisoformat(session.data["expires_at"])
        )

    def expire_session(self, ref: str) -> None:
        session = self.get(ref)
        if session.data["state"] == "open":
            self.store(session, state="expired")
            self.tell("session.expired", ObjectKind.SESSION, ref)

    def fetch(self, ref: Ref) -> list[Snapshot]:
        if ref.kind is ObjectKind.SESSION:
            session = self.get(ref.id)
            payment = session.data.get("payment")
            return [self._snapshot(session, self.get(payment) if payment else None)]
        if ref.kind in (ObjectKind.PAYMENT, ObjectKind.INVOICE):
            found = self.get(ref.id) if ref.kind is ObjectKind.PAYMENT else self._of_invoice(ref.id)
            return [self._snapshot(self.get(found.data["session"]), found)]
        if ref.kind is ObjectKind.PLEDGE:
            pledge = self.get(ref.id)
            session = self.get(pledge.data["session"])
            return [self._snapshot(session, payment) for payment in self._payments(pledge)] or [
                self._snapshot(session, None)
            ]
        raise Gone(ref.id)

    def refund(self, payment_ref: str, amount_minor: int, key: str) -> RefundFact:
        with transaction.atomic():
            payment = self.get(payment_ref, lock=True)
            refunds = payment.data.setdefault("refunds", [])
            for refund in refunds:
                if refund["key"] == key:
                    return RefundFact(refund["ref"], refund["amount"], refund["status"])
            gone = sum(refund["amount"] for refund in refunds if refund["status"] != RefundStatus.FAILED)
            if payment.data["status"] != PaymentStatus.SUCCEEDED or gone + amount_minor > payment.data["amount"]:
                raise Refused("more than is left")
            refund = {"ref": _name("re"), "key": key, "amount": amount_minor, "status": str(RefundStatus.SUCCEEDED)}
            refund["at"] = timezone.now().isoformat()
            refunds.append(refund)
            payment.save()
        self.tell("refund.created", ObjectKind.PAYMENT, payment_ref)
        return RefundFact(refund["ref"], amount_minor, refund["status"])

    def end_pledge(self, ref: str, key: str, *, at_once: bool) -> None:
        pledge = self.get(ref)
        if pledge.data["state"] != PledgeState.ENDED:
            self.store(pledge, state=str(PledgeState.ENDED if at_once else PledgeState.ENDING))
            self.tell("pledge.changed", ObjectKind.PLEDGE, ref)

    def change_pledge(self, ref: str, amount_minor: int, key: str) -> None:
        pledge = self.get(ref)
        if pledge.data["state"] == PledgeState.ENDED:
            raise Refused("ended")
        self.store(pledge, amount=amount_minor)
        self.tell("pledge.changed", ObjectKind.PLEDGE, ref)

    def portal_url(self, customer_ref: str, return_url: str) -> str:
        return f"{reverse('sandbox_portal', args=[customer_ref])}?return={return_url}"

    def read_events(self, headers: Mapping[str, str], body: bytes) -> list[Event]:
        if not hmac.compare_digest(headers.get(SIGNATURE) or "", _signature(body)):
            raise BadSignature
        return [_event(json.loads(body))]

    def events_since(self, since: datetime) -> Iterator[Event]:
        for kept in SandboxObject.objects.filter(kind="event", made_at__gte=since).order_by("made_at", "pk"):
            yield _event(kept.data)

    def payouts_since(self, since: date) -> Iterator[PayoutFact]:
        """A payout for each day but today, with all that happened on it."""
        today, days = timezone.localdate(), {}
        for payment in SandboxObject.objects.filter(kind="payment").order_by("made_at", "pk"):
            for line in self._payout_lines(payment):
                day = timezone.localdate(line.happened_at)
                if since <= day < today:
                    days.setdefault((day, payment.data["currency"]), []).append(line)
        for (day, currency), lines in sorted(days.items()):
            amount = sum(line.amount_minor - line.fee_minor for line in lines)
            yield PayoutFact(f"po_{day:%Y%m%d}_{currency}", "paid", amount, currency, day, tuple(lines))

    # --- done by the sandbox's own page -----------------------------------------------------------

    def pay(self, session_ref: str, *, method: str = "card", status: str = PaymentStatus.SUCCEEDED) -> SandboxObject:
        """The donor pays: at once (succeeded), in some days (processing, by direct debit), or the card is refused."""
        with transaction.atomic():
            session = self.get(session_ref, lock=True)
            if session.data["state"] != "open":
                raise Refused("the session is over")
            if session.data["is_monthly"] and "pledge" not in session.data and status != PaymentStatus.FAILED:
                session.data["pledge"] = self._begin_pledge(session).ref
            payment = self._payment(session, method, status, session.data["amount"])
            session.data["payment"] = payment.ref
            if status != PaymentStatus.FAILED:
                session.data["state"] = "complete"
            session.save()
        self.tell("session.changed", ObjectKind.SESSION, session_ref)
        return payment

    def leave(self, session_ref: str) -> str:
        """The donor goes back without paying; the address to go back to."""
        return self.get(session_ref).data["cancel_url"]

    def settle(self, payment_ref: str, status: str) -> None:
        """The direct debit arrives, or comes back."""
        payment = self.get(payment_ref)
        self.store(payment, status=str(status), paid_at=timezone.now().isoformat())
        self.tell("payment.changed", ObjectKind.PAYMENT, payment_ref)

    def renew(self, pledge_ref: str, status: str = PaymentStatus.SUCCEEDED) -> SandboxObject:
        """A month has passed: the next instalment."""
        pledge = self.get(pledge_ref)
        if pledge.data["state"] in (PledgeState.ENDED, PledgeState.PAUSED):
            raise Refused("ended")
        session = self.get(pledge.data["session"])
        payment = self._payment(session, "card", status, pledge.data["amount"])
        state = PledgeState.PAST_DUE if status == PaymentStatus.FAILED else PledgeState.ACTIVE
        self.store(pledge, state=str(state), next_on=_in_a_month(timezone.localdate()).isoformat())
        self.tell("invoice.paid", ObjectKind.INVOICE, payment.data["invoice"])
        return payment

    def dispute(self, payment_ref: str, status: str, *, is_withdrawn: bool) -> None:
        """The donor's bank takes the payment back, or gives it back."""
        payment = self.get(payment_ref)
        known = payment.data.get("dispute") or {"ref": _name("dp"), "at": timezone.now().isoformat()}
        self.store(payment, dispute=known | {"status": str(status), "is_withdrawn": is_withdrawn})
        self.tell("dispute.changed", ObjectKind.PAYMENT, payment_ref)

    # --- its own memory ---------------------------------------------------------------------------

    def get(self, ref: str, *, lock: bool = False) -> SandboxObject:
        objects = SandboxObject.objects.select_for_update() if lock else SandboxObject.objects
        found = objects.filter(ref=ref).first()
        if found is None:
            raise Gone(ref)
        return found

    @staticmethod
    def store(found: SandboxObject, **values: Any) -> None:
        found.data |= values
        found.save()

    def _once(self, key: str, kind: str, data: dict[str, Any]) -> SandboxObject:
        """The object made under an idempotency key: the same for the same key."""
        keyed, _new = SandboxObject.objects.get_or_create(
            ref=f"key_{key}", defaults={"kind": "key", "data": {"of": _name(kind)}}
        )
        made, _new = SandboxObject.objects.get_or_create(ref=keyed.data["of"], defaults={"kind": kind, "data": data})
        return made

    def _begin_pledge(self, session: SandboxObject) -> SandboxObject:
        return SandboxObject.objects.create(
            ref=_name("pl"),
            kind="pledge",
            data={
                "session": session.ref,
                "state": str(PledgeState.ACTIVE),
                "amount": session.data["amount"],
                "currency": session.data["currency"],
                "customer": _name("cu"),
                "next_on": _in_a_month(timezone.localdate()).isoformat(),
            },
        )

    @staticmethod
    def _payment(session: SandboxObject, method: str, status: str, amount: int) -> SandboxObject:
        pledge = session.data.get("pledge", "")
        return SandboxObject.objects.create(
            ref=_name("pa"),
            kind="payment",
            data={
                "session": session.ref,
                "pledge": pledge,
                "invoice": _name("in") if pledge else "",
                "status": str(status),
                "amount": amount,
                "currency": session.data["currency"],
                "method": method,
                "failure": "card_declined" if status == PaymentStatus.FAILED else "",
                "paid_at": timezone.now().isoformat() if status == PaymentStatus.SUCCEEDED else "",
            },
        )

    @staticmethod
    def _payments(pledge: SandboxObject) -> list[SandboxObject]:
        return list(SandboxObject.objects.filter(kind="payment", data__pledge=pledge.ref).order_by("made_at", "pk"))

    @staticmethod
    def _of_invoice(invoice: str) -> SandboxObject:
        found = SandboxObject.objects.filter(kind="payment", data__invoice=invoice).first()
        if found is None:
            raise Gone(invoice)
        return found

    def _snapshot(self, session: SandboxObject, payment: SandboxObject | None) -> Snapshot:
        pledge = self.get(session.data["pledge"]) if session.data.get("pledge") else None
        return Snapshot(
            provider=self.name,
            account=self.account,
            is_live=False,
            token=session.data["token"],
            session_ref=session.ref,
            session_state=self._session_state(session),
            invoice_ref=payment.data["invoice"] if payment else "",
            payment=_payment_fact(payment) if payment else None,
            pledge=_pledge_fact(pledge) if pledge else None,
        )

    @staticmethod
    def _session_state(session: SandboxObject) -> str:
        is_over = datetime.fromisoformat(session.data["expires_at"]) <= timezone.now()
        return "expired" if session.data["state"] == "open" and is_over else session.data["state"]

    @staticmethod
    def _payout_lines(payment: SandboxObject) -> Iterator[PayoutLineFact]:
        data = payment.data
        if data["paid_at"] and data["status"] == PaymentStatus.SUCCEEDED:
            at = datetime.fromisoformat(data["paid_at"])
            yield PayoutLineFact(f"tx_{payment.ref}", "payment", data["amount"], _fee(data["amount"]), payment.ref, at)
        for refund in data.get("refunds", []):
            if refund["status"] == RefundStatus.SUCCEEDED:
                at = datetime.fromisoformat(refund["at"])
                yield PayoutLineFact(f"tx_{refund['ref']}", "refund", -refund["amount"], 0, refund["ref"], at)
        dispute = data.get("dispute")
        if dispute and dispute["is_withdrawn"]:
            at = datetime.fromisoformat(dispute["at"])
            yield PayoutLineFact(f"tx_{dispute['ref']}", "dispute", -data["amount"], 0, dispute["ref"], at)

    def tell(self, kind: str, object_kind: ObjectKind, ref: str) -> SandboxObject:
        """Keep a message about `ref`; `deliver` sends it."""
        name = _name("ev")
        data = {
            "id": name,
            "kind": kind,
            "account": self.account,
            "object": {"kind": str(object_kind), "id": ref},
            "made_at": timezone.now().astimezone(UTC).isoformat(),
        }
        return SandboxObject.objects.create(ref=name, kind="event", data=data)


def connect(account: str) -> Sandbox:
    """The pretended account `account`."""
    return Sandbox(account)


def signed(event: SandboxObject) -> tuple[dict[str, str], bytes]:
    """A message as it goes through the door: its headers and its body."""
    body = json.dumps(event.data).encode()
    return {SIGNATURE: _signature(body)}, body


def _signature(body: bytes) -> str:
    return hmac.new(f"sandbox {settings.SECRET_KEY}".encode(), body, hashlib.sha256).hexdigest()


def _event(data: dict[str, Any]) -> Event:
    """Raises ValueError for what is no message of the sandbox."""
    try:
        ref = Ref(ObjectKind(data["object"]["kind"]), data["object"]["id"])
        return Event(data["id"], data["kind"], data["account"], ref, datetime.fromisoformat(data["made_at"]))
    except (KeyError, TypeError) as error:
        raise ValueError("no event") from error


def _payment_fact(payment: SandboxObject) -> PaymentFact:
    data = payment.data
    dispute = data.get("dispute")
    return PaymentFact(
        ref=payment.ref,
        status=data["status"],
        amount_minor=data["amount"],
        currency=data["currency"],
        method=data["method"],
        fee_minor=_fee(data["amount"]) if data["status"] == PaymentStatus.SUCCEEDED else 0,
        paid_at=datetime.fromisoformat(data["paid_at"]) if data["paid_at"] else None,
        failure=data["failure"],
        refunds=tuple(
            RefundFact(refund["ref"], refund["amount"], refund["status"]) for refund in data.get("refunds", [])
        ),
        disputes=(
            (DisputeFact(dispute["ref"], data["amount"], dispute["status"], dispute["is_withdrawn"]),)
            if dispute
            else ()
        ),
    )


def _pledge_fact(pledge: SandboxObject) -> PledgeFact:
    data = pledge.data
    return PledgeFact(
        pledge.ref,
        data["state"],
        data["amount"],
        data["currency"],
        data["customer"],
        date.fromisoformat(data["next_on"]),
    )


def _fee(amount_minor: int) -> int:
    return _FEE_MINOR + amount_minor * _FEE_PER_MILLE // 1000


def _in_a_month(day: date) -> date:
    """The same day of the next month, or its last: 31 January is followed by 28 February."""
    first = (day.replace(day=1) + timedelta(days=32)).replace(day=1)
    last = (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)
    return first.replace(day=min(day.day, last.day))


def _name(kind: str) -> str:
    return f"{kind}_{secrets.token_hex(12)}"
