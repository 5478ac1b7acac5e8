"""What the fake remembers and what happens to it: sessions, payments, subscriptions, refunds, disputes, payouts."""

import copy
import secrets
import time
from calendar import monthrange
from datetime import UTC, datetime
from typing import Any

from stripe import WebhookSignature
from stripe._api_version import _ApiVersion

Object = dict[str, Any]

# Of the SDK that is installed; what the portal asks for is compared with it.
API_VERSION = _ApiVersion.CURRENT
OLD_VERSION = "2020-08-27"
SECRET = "whsec_fake"
DAY = 24 * 60 * 60
RETRY_AFTER = (3 * DAY, 5 * DAY, 7 * DAY)  # a renewal that failed; then the subscription ends
_FEE, _FEE_PER_MILLE, _DISPUTE_FEE = 25, 15, 2_000
_METHODS = {"card": "card", "debit": "sepa_debit"}


class NotFound(Exception):
    """No such object."""


class NotAllowed(Exception):
    """A rule between parameters or states that the types do not tell."""

    def __init__(self, message: str, code: str = "", param: str = "") -> None:
        self.message, self.code, self.param = message, code, param
        super().__init__(message)


class Bank:
    """All objects of one pretended account, by id, in the order in which they were made."""

    def __init__(self, address: str = "") -> None:
        self.address = address
        self.objects: dict[str, Object] = {}
        self.offset = 0
        self.is_live = False
        self.refunds_wait = False
        self.undelivered: list[str] = []

    # --- time and memory --------------------------------------------------------------------------

    def now(self) -> int:
        """The virtual time; `advance` moves it."""
        return int(time.time()) + self.offset

    def make(self, prefix: str, kind: str, **values: Any) -> Object:
        made = {"id": f"{prefix}_{secrets.token_hex(12)}", "object": kind, "created": self.now(), "metadata": {}}
        made |= {"livemode": self.is_live} | values
        self.objects[made["id"]] = made
        return made

    def get(self, ref: str, kind: str = "") -> Object:
        found = self.objects.get(ref)
        if found is None or (kind and found["object"] != kind):
            raise NotFound(ref)
        return found

    def all(self, kind: str, **values: Any) -> list[Object]:
        """The objects of a kind, newest first, whose fields have these values."""
        return [
            found
            for found in reversed(self.objects.values())
            if found["object"] == kind and all(found.get(name) == value for name, value in values.items())
        ]

    def tell(self, kind: str, about: Object) -> None:
        event = self.make(
            "evt",
            "event",
            type=kind,
            api_version=API_VERSION,
            data={"object": copy.deepcopy(about)},
            pending_webhooks=1,
            request={"id": None, "idempotency_key": None},
        )
        self.undelivered.append(event["id"])

    # --- asked over the API -----------------------------------------------------------------------

    def open_session(self, params: Object) -> Object:
        is_monthly = params.get("mode") == "subscription"
        items = params.get("line_items") or []
        if params.get("mode") not in ("payment", "subscription"):
            raise NotAllowed("mode is needed", param="mode")
        if len(items) != 1 or items[0].get("quantity") != 1 or "price_data" not in items[0]:
            raise NotAllowed("line_items are needed", param="line_items")
        price = items[0]["price_data"]
        if ("recurring" in price) != is_monthly:
            raise NotAllowed("recurring prices are for subscription mode", param="line_items[0][price_data]")
        if price.get("unit_amount", 0) < 50:
            raise NotAllowed("at least 50 cents", "amount_too_small", "line_items[0][price_data][unit_amount]")
        wrong = {"submit_type", "payment_intent_data"} if is_monthly else {"subscription_data"}
        for name in sorted(wrong & set(params)):
            raise NotAllowed(f"{name} is not for this mode", param=name)
        for name in ("success_url", "cancel_url"):
            if not params.get(name, "").startswith(("http://", "https://")):
                raise NotAllowed("Not a valid URL", "url_invalid", name)
        if "@" not in params.get("customer_email", "@"):
            raise NotAllowed("Invalid email address", "email_invalid", "customer_email")
        if len(params.get("client_reference_id", "")) > 200:
            raise NotAllowed("too long", param="client_reference_id")
        expires_at = params.get("expires_at", self.now() + DAY)
        if not self.now() + 30 * 60 - 2 <= expires_at <= self.now() + DAY:
            raise NotAllowed("between 30 minutes and 24 hours from now", param="expires_at")
        session = self.make(
            "cs_test",
            "checkout.session",
            mode=params["mode"],
            status="open",
            payment_status="unpaid",
            amount_total=price["unit_amount"],
            currency=price["currency"],
            client_reference_id=params.get("client_reference_id"),
            customer_email=params.get("customer_email"),
            locale=params.get("locale", "auto"),
            expires_at=expires_at,
            success_url=params["success_url"],
            cancel_url=params["cancel_url"],
            payment_intent=None,
            subscription=None,
            invoice=None,
            customer=None,
            _label=price["product_data"]["name"],
            _data=(params.get("subscription_data" if is_monthly else "payment_intent_data") or {}).get("metadata", {}),
        )
        session["metadata"] = params.get("metadata", {})
        session["url"] = f"{self.address}/pay/{session['id']}"
        return session

    def expire_session(self, ref: str) -> Object:
        session = self.get(ref, "checkout.session")
        if session["status"] != "open":
            raise NotAllowed("Only Checkout Sessions with a status in [open] can be expired.")
        session |= {"status": "expired", "url": None}
        if session["payment_intent"]:
            self.get(session["payment_intent"])["status"] = "canceled"
        self.tell("checkout.session.expired", session)
        return session

    def create_refund(self, params: Object) -> Object:
        intent = self.get(params.get("payment_intent") or "", "payment_intent")
        if intent["status"] != "succeeded":
            raise NotAllowed("not paid", "payment_intent_unexpected_state", "payment_intent")
        charge = self.get(intent["latest_charge"])
        if charge["disputed"]:
            raise NotAllowed("disputed", "charge_disputed")
        left = charge["amount"] - charge["amount_refunded"]
        amount = params.get("amount", left)
        if not left:
            raise NotAllowed("already refunded", "charge_already_refunded")
        if not 0 < amount <= left:
            raise NotAllowed(f"{amount} is greater than {left}", "amount_too_large", "amount")
        is_slow = self.refunds_wait or charge["payment_method_details"]["type"] != "card"
        refund = self.make(
            "re",
            "refund",
            amount=amount,
            currency=charge["currency"],
            charge=charge["id"],
            payment_intent=intent["id"],
            status="pending" if is_slow else "succeeded",
            reason=params.get("reason"),
        )
        charge["amount_refunded"] += amount
        charge["refunded"] = charge["amount_refunded"] == charge["amount"]
        refund["balance_transaction"] = self._movement("refund", -amount, 0, refund)["id"]
        self.tell("refund.created", refund)
        self.tell("charge.refunded", charge)
        return refund

    def update_subscription(self, ref: str, params: Object) -> Object:
        subscription = self.get(ref, "subscription")
        if subscription["status"] in ("canceled", "incomplete_expired"):
            raise NotAllowed("A canceled subscription can only update its cancellation_details and metadata.")
        for change in params.get("items", []):
            item = next((i for i in subscription["items"]["data"] if i["id"] == change.get("id")), None)
            if item is None:
                raise NotAllowed("No such subscription item", "resource_missing", "items[0][id]")
            if price := change.get("price_data"):
                self.get(price["product"], "product")
                if price["currency"] != subscription["currency"]:
                    raise NotAllowed("another currency", param="items[0][price_data][currency]")
                item["price"] = self._price(price["unit_amount"], price["currency"], price["product"])
        if "cancel_at_period_end" in params:
            end = subscription["items"]["data"][0]["current_period_end"]
            subscription["cancel_at_period_end"] = params["cancel_at_period_end"]
            subscription["cancel_at"] = end if params["cancel_at_period_end"] else None
        self.tell("customer.subscription.updated", subscription)
        return subscription

    def cancel_subscription(self, ref: str) -> Object:
        subscription = self.get(ref, "subscription")
        if subscription["status"] == "canceled":
            raise NotFound(ref)
        subscription |= {"status": "canceled", "ended_at": self.now(), "canceled_at": self.now()}
        self.tell("customer.subscription.deleted", subscription)
        return subscription

    def open_portal(self, params: Object) -> Object:
        customer = self.get(params.get("customer", ""), "customer")
        portal = self.make(
            "bps", "billing_portal.session", customer=customer["id"], return_url=params.get("return_url")
        )
        portal["url"] = f"{self.address}/portal/{portal['id']}"
        return portal

    # --- done by the donor on the hosted page -----------------------------------------------------

    def pay(self, session: str, how: str = "card") -> Object:
        """`how`: card, debit (arrives with `settle`) or decline."""
        page = self.get(session, "checkout.session")
        self._expire_if_over(page)
        if page["status"] != "open":
            raise NotAllowed("the page is over")
        if page["mode"] == "subscription":
            return self._begin_subscription(page, how)
        intent = self.objects.get(page["payment_intent"] or "") or self._intent(page["amount_total"], page["currency"])
        intent["metadata"] = page["_data"]
        page["payment_intent"] = intent["id"]
        self._try(intent, how)
        if how != "decline":
            page |= {"status": "complete", "url": None, "payment_status": "paid" if how == "card" else "unpaid"}
            self.tell("checkout.session.completed", page)
        return intent

    def _begin_subscription(self, page: Object, how: str) -> Object:
        if how == "decline":  # nothing exists before the page is complete
            self.tell("payment_intent.payment_failed", self._try(self._intent(page["amount_total"], "eur"), how))
            return page
        customer = self.make("cus", "customer", email=page["customer_email"])
        product = self.make("prod", "product", name=page["_label"])
        start = self.now()
        subscription = self.make(
            "sub",
            "subscription",
            status="active",
            currency=page["currency"],
            customer=customer["id"],
            cancel_at_period_end=False,
            cancel_at=None,
            pause_collection=None,
            _anchor=datetime.fromtimestamp(start, UTC).day,
            _card="good" if how == "card" else "debit",
        )
        subscription["metadata"] = page["_data"]
        item = {
            "id": f"si_{secrets.token_hex(8)}",
            "object": "subscription_item",
            "quantity": 1,
            "price": self._price(page["amount_total"], page["currency"], product["id"]),
            "current_period_start": start,
            "current_period_end": self._in_a_month(start, subscription["_anchor"]),
        }
        subscription["items"] = {"object": "list", "data": [item], "has_more": False, "url": "/v1/subscription_items"}
        intent, invoice = self._bill(subscription, how)
        page |= {
            "status": "complete",
            "url": None,
            "payment_status": "paid" if how == "card" else "unpaid",
            "customer": customer["id"],
            "subscription": subscription["id"],
            "invoice": invoice["id"],
        }
        self.tell("customer.subscription.created", subscription)
        self.tell("checkout.session.completed", page)
        return intent

    def portal_act(self, portal: str, act: str) -> str:
        """The donor ends the subscription (`cancel`) or gives a good card (`card`); the address to go back to."""
        page = self.get(portal, "billing_portal.session")
        for subscription in self.all("subscription", customer=page["customer"]):
            if act == "cancel" and subscription["status"] != "canceled":
                self.update_subscription(subscription["id"], {"cancel_at_period_end": True})
            elif act == "card":
                subscription["_card"] = "good"
        return page["return_url"] or "/"

    # --- happens later ----------------------------------------------------------------------------

    def settle(self, intent: str, ok: bool = True) -> None:
        """A direct debit arrives, or does not."""
        payment = self.get(intent, "payment_intent")
        self._try(payment, "arrive" if ok else "bounce")
        invoice = self._invoice_of(intent)
        if invoice:
            self._bill_answered(invoice, payment)
        for page in self.all("checkout.session", payment_intent=intent):
            page["payment_status"] = "paid" if ok else "unpaid"
            self.tell(f"checkout.session.async_payment_{'succeeded' if ok else 'failed'}", page)

    def fail_late(self, intent: str) -> None:
        """A direct debit that had arrived comes back, weeks afterwards."""
        charge = self.get(self.get(intent, "payment_intent")["latest_charge"])
        charge |= {"status": "failed", "paid": False, "failure_code": "insufficient_funds"}
        charge["failure_balance_transaction"] = self._movement(
            "payment_failure_refund", -charge["amount"], 0, charge, "charge_failure"
        )["id"]
        self.tell("charge.failed", charge)

    def settle_refund(self, refund: str, ok: bool = True) -> None:
        back = self.get(refund, "refund")
        back["status"] = "succeeded" if ok else "failed"
        if not ok:
            charge = self.get(back["charge"])
            charge["amount_refunded"] -= back["amount"]
            charge["refunded"] = False
            movement = self._movement("refund_failure", back["amount"], 0, back, "refund_failure")
            back["failure_balance_transaction"] = movement["id"]
        self.tell("refund.updated" if ok else "refund.failed", back)

    def dispute(self, intent: str, is_inquiry: bool = False) -> Object:
        payment = self.get(intent, "payment_intent")
        charge = self.get(payment["latest_charge"])
        charge["disputed"] = True
        dispute = self.make(
            "du",
            "dispute",
            amount=charge["amount"],
            currency=charge["currency"],
            charge=charge["id"],
            payment_intent=intent,
            reason="debit_not_authorized",
            status="warning_needs_response" if is_inquiry else "needs_response",
            balance_transactions=[],
        )
        self.tell("charge.dispute.created", dispute)
        if not is_inquiry:
            movement = self._movement("adjustment", -charge["amount"], _DISPUTE_FEE, dispute, "dispute")
            dispute["balance_transactions"].append(movement)
            self.tell("charge.dispute.funds_withdrawn", dispute)
        return dispute

    def close_dispute(self, dispute: str, won: bool) -> None:
        case = self.get(dispute, "dispute")
        is_inquiry = case["status"].startswith("warning")
        case["status"] = "warning_closed" if is_inquiry else "won" if won else "lost"
        if won and not is_inquiry:
            case["balance_transactions"].append(
                self._movement("adjustment", case["amount"], -_DISPUTE_FEE, case, "dispute_reversal")
            )
            self.tell("charge.dispute.funds_reinstated", case)
        self.tell("charge.dispute.closed", case)

    def warn(self, intent: str) -> None:
        charge = self.get(intent, "payment_intent")["latest_charge"]
        warning = self.make(
            "issfr",
            "radar.early_fraud_warning",
            actionable=True,
            charge=charge,
            payment_intent=intent,
            fraud_type="misc",
        )
        self.tell("radar.early_fraud_warning.created", warning)

    def card(self, subscription: str, is_good: bool) -> None:
        """The donor's card expires, or is good again."""
        self.get(subscription, "subscription")["_card"] = "good" if is_good else "bad"

    def renew(self, subscription: str) -> Object:
        """The next month is billed now; gives the payment."""
        found = self.get(subscription, "subscription")
        item = found["items"]["data"][0]
        item["current_period_start"] = item["current_period_end"]
        item["current_period_end"] = self._in_a_month(item["current_period_end"], found["_anchor"])
        payment, _invoice = self._bill(found, {"good": "card", "debit": "debit", "bad": "decline"}[found["_card"]])
        self.tell("customer.subscription.updated", found)
        return payment

    def advance(self, seconds: int) -> int:
        """Move the virtual time, and let happen what falls due on the way; the new time."""
        end = self.now() + seconds
        while due := self._next_due(end):
            at, act, found = due
            self.offset += max(0, at - self.now())
            act(found)
        self.offset += max(0, end - self.now())
        return self.now()

    def _next_due(self, end: int) -> tuple[int, Any, Object] | None:
        due = [(page["expires_at"], self._expire_if_over, page) for page in self.all("checkout.session", status="open")]
        for found in self.all("subscription"):
            if found["status"] != "canceled":
                act = self._end if found["cancel_at_period_end"] else lambda found: self.renew(found["id"])
                due.append((found["items"]["data"][0]["current_period_end"], act, found))
        for invoice in self.all("invoice", status="open"):
            if invoice["next_payment_attempt"]:
                due.append((invoice["next_payment_attempt"], self._retry, invoice))
        due = [one for one in due if one[0] <= end]
        return min(due, key=lambda one: one[0]) if due else None

    def _expire_if_over(self, page: Object) -> None:
        if page["status"] == "open" and page["expires_at"] <= self.now():
            self.expire_session(page["id"])

    def _end(self, subscription: Object) -> None:
        self.cancel_subscription(subscription["id"])

    def pay_out(self, fee: int = 0) -> Object | None:
        """Transfer all that has come in, as Stripe does of its own accord; `fee`: a bill for Stripe's own services."""
        if fee:
            self._movement("stripe_fee", -fee, 0, None, "fee")
        waiting = [movement for movement in self.all("balance_transaction") if not movement["_payout"]]
        if not waiting:
            return None
        amount = sum(movement["net"] for movement in waiting)
        payout = self.make(
            "po",
            "payout",
            amount=amount,
            currency=waiting[0]["currency"],
            arrival_date=self.now() // DAY * DAY,
            automatic=True,
            status="paid",
            reconciliation_status="completed",
        )
        own = self._movement("payout", -amount, 0, payout, "payout")
        payout["balance_transaction"] = own["id"]
        for movement in [*waiting, own]:
            movement["_payout"] = payout["id"]
        self.tell("payout.paid", payout)
        self.tell("payout.reconciliation_completed", payout)
        return payout

    def crowd(self, number: int, amount: int) -> None:
        """So many payments of others, as movements alone."""
        for _number in range(number):
            charge = self.make("ch", "charge", amount=amount, currency="eur", payment_intent=None)
            self._movement("charge", amount, _FEE, charge)

    def fail_payout(self, payout: str) -> None:
        found = self.get(payout, "payout")
        found |= {"status": "failed", "failure_code": "account_closed"}
        self.tell("payout.failed", found)

    def set(self, ref: str, **values: Any) -> Object:
        """Make an object say something else."""
        self.get(ref).update(values)
        return self.get(ref)

    def tell_unknown(self, kind: str, about: Object) -> None:
        """A message about something that nobody knows."""
        self.tell(kind, about)

    def configure(self, **values: Any) -> None:
        """`is_live`, `refunds_wait`."""
        for name, value in values.items():
            setattr(self, name, value)

    # --- payments ---------------------------------------------------------------------------------

    def _intent(self, amount: int, currency: str) -> Object:
        return self.make(
            "pi",
            "payment_intent",
            amount=amount,
            amount_received=0,
            currency=currency,
            status="requires_payment_method",
            last_payment_error=None,
            latest_charge=None,
        )

    def _try(self, intent: Object, how: str) -> Object:
        if how in ("arrive", "bounce"):
            charge = self.get(intent["latest_charge"])
            if intent["status"] != "processing":
                raise NotAllowed("not on its way")
        else:
            charge = self.make(
                "py" if how == "debit" else "ch",
                "charge",
                amount=intent["amount"],
                amount_refunded=0,
                currency=intent["currency"],
                payment_intent=intent["id"],
                payment_method_details={"type": _METHODS.get(how, "card")},
                balance_transaction=None,
                disputed=False,
                refunded=False,
                paid=False,
                status="pending",
                failure_code=None,
            )
            intent["latest_charge"] = charge["id"]
        if how == "debit":
            intent["status"] = "processing"
        elif how in ("card", "arrive"):
            intent |= {"status": "succeeded", "amount_received": intent["amount"], "last_payment_error": None}
            fee = _FEE + charge["amount"] * _FEE_PER_MILLE // 1000
            movement = self._movement("charge", charge["amount"], fee, charge)
            charge |= {"status": "succeeded", "paid": True, "balance_transaction": movement["id"]}
            self.tell("charge.succeeded", charge)
        else:
            code = "card_declined" if how == "decline" else "payment_intent_payment_attempt_failed"
            reason = "insufficient_funds"
            intent |= {"status": "requires_payment_method"}
            intent["last_payment_error"] = {"type": "card_error", "code": code, "decline_code": reason}
            charge |= {"status": "failed", "failure_code": code}
            self.tell("payment_intent.payment_failed", intent)
        return intent

    def _movement(self, kind: str, amount: int, fee: int, source: Object | None, category: str = "") -> Object:
        return self.make(
            "txn",
            "balance_transaction",
            type=kind,
            reporting_category=category or kind,
            amount=amount,
            fee=fee,
            net=amount - fee,
            currency=source["currency"] if source else "eur",
            source=source["id"] if source else None,
            status="available",
            _payout="",
        )

    # --- subscriptions ----------------------------------------------------------------------------

    def _price(self, amount: int, currency: str, product: str) -> Object:
        return self.make("price", "price", unit_amount=amount, currency=currency, product=product, type="recurring")

    def _bill(self, subscription: Object, how: str) -> tuple[Object, Object]:
        amount = subscription["items"]["data"][0]["price"]["unit_amount"]
        intent = self._intent(amount, subscription["currency"])
        invoice = self.make(
            "in",
            "invoice",
            status="open",
            amount_due=amount,
            currency=subscription["currency"],
            customer=subscription["customer"],
            attempt_count=0,
            next_payment_attempt=None,
            parent={
                "type": "subscription_details",
                "subscription_details": {"subscription": subscription["id"], "metadata": subscription["metadata"]},
            },
        )
        self.make(
            "inpay",
            "invoice_payment",
            invoice=invoice["id"],
            amount_requested=amount,
            currency=subscription["currency"],
            is_default=True,
            status="open",
            payment={"type": "payment_intent", "payment_intent": intent["id"]},
        )
        self._try(intent, how)
        self._bill_answered(invoice, intent)
        return intent, invoice

    def _retry(self, invoice: Object) -> None:
        subscription = self.get(invoice["parent"]["subscription_details"]["subscription"])
        if subscription["status"] == "canceled":
            invoice["next_payment_attempt"] = None
            return
        intent = self.get(self._payment_of(invoice)["payment"]["payment_intent"])
        self._try(intent, "card" if subscription["_card"] == "good" else "decline")
        self._bill_answered(invoice, intent)

    def _bill_answered(self, invoice: Object, intent: Object) -> None:
        subscription = self.get(invoice["parent"]["subscription_details"]["subscription"])
        if intent["status"] == "succeeded":
            invoice |= {"status": "paid", "next_payment_attempt": None}
            self._payment_of(invoice)["status"] = "paid"
            subscription["status"] = "active"
            self.tell("invoice.paid", invoice)
        elif intent["status"] == "requires_payment_method":
            tries = invoice["attempt_count"]
            invoice["attempt_count"] += 1
            self.tell("invoice.payment_failed", invoice)
            if tries < len(RETRY_AFTER):
                invoice["next_payment_attempt"] = self.now() + RETRY_AFTER[tries]
                subscription["status"] = "past_due"
                self.tell("customer.subscription.updated", subscription)
            else:
                invoice |= {"next_payment_attempt": None, "status": "uncollectible"}
                self.cancel_subscription(subscription["id"])

    def _payment_of(self, invoice: Object) -> Object:
        return self.all("invoice_payment", invoice=invoice["id"])[0]

    def _invoice_of(self, intent: str) -> Object | None:
        for payment in self.all("invoice_payment"):
            if payment["payment"]["payment_intent"] == intent:
                return self.get(payment["invoice"])
        return None

    @staticmethod
    def _in_a_month(timestamp: int, anchor: int) -> int:
        """The anchor's day of the next month, or the month's last."""
        at = datetime.fromtimestamp(timestamp, UTC)
        year, month = (at.year + 1, 1) if at.month == 12 else (at.year, at.month + 1)
        return int(at.replace(year=year, month=month, day=min(anchor, monthrange(year, month)[1])).timestamp())

    # --- messages ---------------------------------------------------------------------------------

    def signed(self, event: str, body: str, secret: str = SECRET, age: int = 0) -> dict[str, str]:
        """A message as Stripe sends it. Signatures are of the real time: the portal's clock is not the fake's."""
        header = WebhookSignature.generate_signature_header(body, secret, int(time.time()) - age)
        return {"id": event, "signature": header, "body": body}
