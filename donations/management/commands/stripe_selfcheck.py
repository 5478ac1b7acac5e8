"""Tries the connection with Stripe with a real test key: that Stripe does what the code and the fake expect of it."""

import time
import uuid
from argparse import ArgumentParser
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from donations.providers import stripe
from donations.providers.base import Gone, ObjectKind, Order, ProviderError, Ref, Refused, Snapshot, UnknownProvider
from donations.states import PaymentStatus, PledgeState, RefundStatus

POLL = 3  # seconds between two looks at a page that a person is to pay on


class Command(BaseCommand):
    help = (
        "Make one round with a test key at Stripe: pages, messages, payouts; with --pay also a payment, a refund and a "
        "monthly gift, which a person pays with Stripe's test card 4242 4242 4242 4242. Moves no money, and refuses a "
        "live key. Keep what it prints."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--account", default="", help="the account, as the issuer names it")
        parser.add_argument("--pay", action="store_true", help="wait for a person to pay on two pages")
        parser.add_argument("--wait", type=int, default=600, help="seconds to wait for each payment")
        parser.add_argument("--currency", default="EUR")

    def handle(self, *args: Any, account: str, pay: bool, wait: int, currency: str, **options: Any) -> None:
        key = settings.STRIPE_ACCOUNTS.get(account.lower().replace("-", "_"), {}).get("key", "")
        if not key:
            raise CommandError("There is no key: set STRIPE_SECRET_KEY (see .env.example).")
        if not key.startswith(("sk_test_", "rk_test_")):
            raise CommandError(
                "This is no test key. The check makes pages and payments: it never runs with a live key."
            )
        try:
            self.provider = stripe.connect(account)
        except UnknownProvider as error:
            raise CommandError(str(error)) from error
        self.wait, self.currency, self.failed = wait, currency, 0
        self.stdout.write(f"Stripe, account {account!r}, {timezone.now():%Y-%m-%d %H:%M} UTC, API {stripe.API_VERSION}")
        for part in (self.pages, self.lists, *((self.one_payment, self.one_pledge) if pay else ())):
            try:
                part()
            except ProviderError as error:
                self.expect(f"{part.__name__} went through ({type(error).__name__}: {error})", False)
        if self.failed:
            raise CommandError(f"{self.failed} of the expectations did not hold.")
        self.stdout.write(self.style.SUCCESS("All as expected."))

    def pages(self) -> None:
        order = self.order()
        opened = self.provider.open_session(order, order.token)
        again = self.provider.open_session(order, order.token)
        self.expect("the same key opens the same page", opened.ref == again.ref)
        other = replace(order, amount_minor=order.amount_minor + 100)
        self.expect_error("a key serves one question", Refused, lambda: self.provider.open_session(other, order.token))
        snapshot = self.session(opened.ref)
        self.expect("the page is open, of our gift, in test mode", _tells(snapshot, "open", order.token))
        self.provider.expire_session(opened.ref)
        self.provider.expire_session(opened.ref)
        self.expect("the page is closed once", _tells(self.session(opened.ref), "expired", order.token))
        monthly = self.order(is_monthly=True)
        page = self.provider.open_session(monthly, monthly.token).ref
        self.expect("a page for a monthly gift opens", _tells(self.session(page), "open", monthly.token))
        self.provider.expire_session(page)

    def lists(self) -> None:
        for kind, name in (
            (ObjectKind.SESSION, "cs_test_nothing"),
            (ObjectKind.PAYMENT, "pi_nothing"),
            (ObjectKind.INVOICE, "in_nothing"),
            (ObjectKind.PLEDGE, "sub_nothing"),
        ):
            self.expect_error(f"no {kind} of that name", Gone, partial(self.provider.fetch, Ref(kind, name)))
        events = list(self.provider.events_since(timezone.now() - timedelta(days=1)))
        moments = [event.made_at for event in events]
        self.expect(f"{len(events)} messages of a day, the oldest first", moments == sorted(moments))
        for payout in self.provider.payouts_since(timezone.localdate() - timedelta(days=60)):
            total = sum(line.amount_minor - line.fee_minor for line in payout.lines)
            is_whole = total == payout.amount_minor or payout.status != "paid" or not payout.lines
            self.expect(f"payout {payout.ref} is the sum of its {len(payout.lines)} lines", is_whole)

    def one_payment(self) -> None:
        payment = self.paid(self.order()).payment
        if payment is None:
            return
        self.expect("the amount is the one that was asked for", payment.amount_minor == 1_000)
        self.expect(
            "the time, the method and the fee are known", payment.paid_at and payment.method and payment.fee_minor
        )
        key = f"selfcheck-{payment.ref}"
        first = self.provider.refund(payment.ref, 400, key)
        self.expect("the same key refunds once", self.provider.refund(payment.ref, 400, key) == first)
        too_much = f"{key}-more"
        self.expect_error("more than is left", Refused, lambda: self.provider.refund(payment.ref, 601, too_much))
        (snapshot,) = self.provider.fetch(Ref(ObjectKind.PAYMENT, payment.ref))
        refunds = [(refund.ref, refund.status) for refund in snapshot.payment.refunds]
        self.expect("the refund has gone out", refunds == [(first.ref, RefundStatus.SUCCEEDED)])

    def one_pledge(self) -> None:
        snapshot = self.paid(self.order(is_monthly=True))
        pledge = snapshot.pledge
        if pledge is None or snapshot.payment is None:
            return
        ref = Ref(ObjectKind.PLEDGE, pledge.ref)
        self.expect("the first month has an invoice", snapshot.invoice_ref)
        (by_payment,) = self.provider.fetch(Ref(ObjectKind.PAYMENT, snapshot.payment.ref))
        self.expect(
            "the payment leads to the pledge", (by_payment.token, by_payment.pledge) == (snapshot.token, pledge)
        )
        url = self.provider.portal_url(pledge.customer_ref, settings.WAGTAILADMIN_BASE_URL)
        self.expect("the customer portal opens", url)
        self.provider.change_pledge(pledge.ref, 1_500, f"selfcheck-change-{pledge.ref}")
        self.expect("the amount is changed", self.provider.fetch(ref)[0].pledge.amount_minor == 1_500)
        for at_once, state in ((False, PledgeState.ENDING), (True, PledgeState.ENDED), (True, PledgeState.ENDED)):
            self.provider.end_pledge(pledge.ref, f"selfcheck-end-{at_once}-{pledge.ref}", at_once=at_once)
            self.expect(f"the pledge is {state}", self.provider.fetch(ref)[0].pledge.state == state)

    # --- parts --------------------------------------------------------------------------------------

    def order(self, *, is_monthly: bool = False) -> Order:
        return Order(
            token=str(uuid.uuid4()),
            amount_minor=1_000,
            currency=self.currency,
            is_monthly=is_monthly,
            label="Self-check",
            language="en",
            email="selfcheck@example.org",
            success_url=settings.WAGTAILADMIN_BASE_URL,
            cancel_url=settings.WAGTAILADMIN_BASE_URL,
            expires_at=timezone.now() + timedelta(minutes=40),
        )

    def session(self, ref: str) -> Snapshot:
        (snapshot,) = self.provider.fetch(Ref(ObjectKind.SESSION, ref))
        return snapshot

    def paid(self, order: Order) -> Snapshot:
        """What Stripe says once a person has paid on a new page."""
        opened = self.provider.open_session(order, order.token)
        self.stdout.write(f"Pay here with the card 4242 4242 4242 4242, any date to come, any digits: {opened.url}")
        until = time.monotonic() + self.wait
        while True:
            snapshot = self.session(opened.ref)
            is_paid = snapshot.payment is not None and snapshot.payment.status == PaymentStatus.SUCCEEDED
            if is_paid or time.monotonic() > until:
                self.expect("the page was paid", is_paid)
                return snapshot
            time.sleep(POLL)

    def expect(self, what: str, holds: Any) -> None:
        if not holds:
            self.failed += 1
        self.stdout.write(f"{'yes' if holds else self.style.ERROR('NO ')}  {what}")

    def expect_error(self, what: str, error: type[ProviderError], ask: Callable[[], Any]) -> None:
        try:
            ask()
        except error:
            self.expect(f"{what}: {error.__name__}", True)
        else:
            self.expect(f"{what}: {error.__name__}", False)


def _tells(snapshot: Snapshot, state: str, token: str) -> bool:
    return (snapshot.session_state, snapshot.token, snapshot.is_live) == (state, token, False)
