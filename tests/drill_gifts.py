"""The drill of gifts: thousands of random lives of gifts, with everything that may go wrong with their messages.

    make drill                                    10,000 rounds
    make drill ROUNDS=500 SEED=7                  these again

In each round a donor gives once or monthly in the sandbox; cards are refused, debits arrive late or come back, months
fail and are paid later, money goes back from staff and from the provider's dashboard, banks dispute. The provider's
messages are lost, repeated, reordered, late; two workers with connections of their own work them off at once; answers
to our own questions are lost. In the end, when somebody has looked again, three things hold: the ledger is what the
provider holds, every gift that brought money was thanked for exactly once, no payment stands on two valid receipts.
"""

import argparse
import logging
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings.test")
    import django

    django.setup()

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import connections
from django.db.models import Count, Q
from django.utils import timezone
from tqdm import tqdm

from donations import gateway, inbox, lifecycle, webhooks, work
from donations.models import (
    Donation,
    EntryKind,
    Mail,
    Payment,
    Pledge,
    ProviderEvent,
    Quarantined,
    SandboxObject,
)
from donations.providers import sandbox
from donations.providers.base import ObjectKind, Ref, Refused, Unreachable
from donations.states import CERTIFIABLE, DisputeStatus, PaymentStatus, PledgeState, RefundStatus
from tests import databases, factories

URLS = {"success_url": "https://testserver/thanks/", "cancel_url": "https://testserver/back/"}
SUCCEEDED, FAILED, PROCESSING = PaymentStatus.SUCCEEDED, PaymentStatus.FAILED, PaymentStatus.PROCESSING


class NotHeld(AssertionError):
    """What must hold at the end of a round does not."""


@dataclass(frozen=True)
class Unreliable(sandbox.Sandbox):
    """The sandbox, whose answers are lost now and then - before it did what it was asked, or after."""

    @staticmethod
    def _maybe_lost(do: Callable[[], Any]) -> Any:
        fate = _chance.random() if _is_unreliable else 1
        if fate < 0.1:
            raise Unreachable("lost on the way there")
        answer = do()
        if fate < 0.2:
            raise Unreachable("lost on the way back")
        return answer

    def open_session(self, order: Any, key: str) -> Any:
        return self._maybe_lost(lambda: sandbox.Sandbox.open_session(self, order, key))

    def refund(self, payment_ref: str, amount_minor: int, key: str) -> Any:
        return self._maybe_lost(lambda: sandbox.Sandbox.refund(self, payment_ref, amount_minor, key))

    def end_pledge(self, ref: str, key: str, *, at_once: bool) -> None:
        self._maybe_lost(lambda: sandbox.Sandbox.end_pledge(self, ref, key, at_once=at_once))

    def fetch(self, ref: Ref) -> Any:
        return self._maybe_lost(lambda: sandbox.Sandbox.fetch(self, ref))


_chance = random.Random(0)
_is_unreliable = False


def connect(account: str) -> Unreliable:
    return Unreliable(account)


@dataclass
class Drill:
    """Rounds with one seed: the same seed takes the same decisions (two workers at once may still interleave)."""

    seed: int
    workers: ThreadPoolExecutor
    delivered: Counter = field(default_factory=Counter)
    seen: Counter = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.bank = connect("")
        self.staff = get_user_model().objects.get_or_create(username="drill", defaults={"email": "d@example.org"})[0]

    def round(self, number: int) -> None:
        """One gift, or one pledge with its months. Raises NotHeld."""
        global _is_unreliable
        # A round by itself can be had again: its chances hang on the seed and its number alone.
        self.chance = random.Random(f"{self.seed} {number}")
        _chance.seed(f"{self.seed} {number} provider")
        self.gift = factories.gift(self.chance.choice([500, 2_500, 5_000]), monthly=self.chance.random() < 0.5)
        self.payments: list[str] = []
        self.told: set[str] = set()
        _is_unreliable = self.chance.random() < 0.5
        steps = [self._begin, self._pay, *(self._happening() for _turn in range(self.chance.randint(1, 6)))]
        for step in steps:
            with suppress(Unreachable, Refused, gateway.TooLate):
                step()
            if self.chance.random() < 0.5:
                self._messages()
        _is_unreliable = False
        self._look_again()
        self._check(number)
        self._clear()

    # --- what happens -----------------------------------------------------------------------------

    def _begin(self) -> None:
        for _try in range(self.chance.choice([1, 1, 2])):  # a double click, the back button
            with suppress(Unreachable):
                gateway.payment_page(self.gift, email="camille@example.org", **URLS)
        while not self.gift.session_ref:
            with suppress(Unreachable):
                gateway.payment_page(self.gift, email="camille@example.org", **URLS)

    def _pay(self) -> None:
        fate = self.chance.random()
        session = self.gift.session_ref
        if fate < 0.08:
            self.seen["left"] += 1
            self.bank.expire_session(session)
            return
        for _try in range(self.chance.choice([0, 0, 0, 1, 2])):
            self.seen["declined"] += 1
            self.payments.append(self.bank.pay(session, status=FAILED).ref)
            if self.chance.random() < 0.5:
                self._messages()
        debit = self.chance.random() < 0.3
        method, status = ("sepa_debit", PROCESSING) if debit else ("card", SUCCEEDED)
        self.payments.append(self.bank.pay(session, method=method, status=status).ref)

    def _happening(self) -> Callable[[], None]:
        return self.chance.choices(
            [
                self._settle,
                self._come_back,
                self._renew,
                self._pay_late,
                self._change,
                self._end,
                self._refund_by_staff,
                self._refund_in_dashboard,
                self._refund_fails,
                self._dispute,
                self._somebody_looks,
            ],
            weights=[4, 1, 4, 2, 1, 1, 3, 2, 1, 2, 2],
        )[0]

    def _one(self, *statuses: str) -> SandboxObject | None:
        found = SandboxObject.objects.filter(ref__in=self.payments, data__status__in=statuses).order_by("made_at", "pk")
        return self.chance.choice(found) if found else None

    def _settle(self) -> None:
        if payment := self._one(PROCESSING):
            self.seen["debit settled"] += 1
            self.bank.settle(payment.ref, self.chance.choice([SUCCEEDED, SUCCEEDED, FAILED]))

    def _come_back(self) -> None:
        payment = self._one(SUCCEEDED)
        # What a bank has taken back in a dispute does not come back a second time.
        is_whole = payment and not payment.data.get("refunds") and not payment.data.get("dispute")
        if is_whole and payment.data["method"] == "sepa_debit":
            self.seen["debit returned"] += 1
            self.bank.settle(payment.ref, FAILED)

    def _pledge(self) -> SandboxObject | None:
        ref = self.bank.get(self.gift.session_ref).data.get("pledge")
        return self.bank.get(ref) if ref else None

    def _renew(self) -> None:
        if pledge := self._pledge():
            status = self.chance.choice([SUCCEEDED, SUCCEEDED, FAILED])
            self.payments.append(self.bank.renew(pledge.ref, status).ref)
            self.seen[f"month {status}"] += 1

    def _pay_late(self) -> None:
        payment = self._one(FAILED)
        if payment and payment.data["pledge"]:
            self.seen["month paid late"] += 1
            self.bank.settle(payment.ref, SUCCEEDED)

    def _change(self) -> None:
        pledge = self._pledge()
        if pledge and pledge.data["state"] == PledgeState.ACTIVE:
            self.seen["amount changed"] += 1
            self.bank.change_pledge(pledge.ref, self.chance.choice([700, 1_900]), "portal")

    def _end(self) -> None:
        if self.gift.pledge_id:
            pledge = Pledge.objects.get(pk=self.gift.pledge_id)
            if pledge.provider_ref:
                self.seen["pledge ended"] += 1
                gateway.end_pledge(pledge, "drill")

    def _refund_by_staff(self) -> None:
        payment = Payment.objects.filter(provider_ref__in=self.payments, status=SUCCEEDED).order_by("?").first()
        if payment:
            amount = self.chance.choice([payment.amount_minor, 300, 300])
            for _click in range(self.chance.choice([1, 1, 2])):
                self.seen["refund by staff"] += 1
                gateway.request_refund(payment, amount, "drill", self.staff)

    def _refund_in_dashboard(self) -> None:
        if payment := self._one(SUCCEEDED):
            self.seen["refund in dashboard"] += 1
            amount = self.chance.choice([payment.data["amount"], 300, 200])
            sandbox.Sandbox.refund(self.bank, payment.ref, amount, f"dashboard-{self.chance.random()}")

    def _refund_fails(self) -> None:
        payment = self._one(SUCCEEDED)
        if payment and payment.data.get("refunds"):
            self.seen["refund failed"] += 1
            payment.data["refunds"][-1]["status"] = str(RefundStatus.FAILED)
            payment.save()
            self.bank.tell("refund.failed", ObjectKind.PAYMENT, payment.ref)

    def _dispute(self) -> None:
        payment = self._one(SUCCEEDED)
        if payment and not payment.data.get("refunds"):
            status = self.chance.choice([DisputeStatus.OPEN, DisputeStatus.WON, DisputeStatus.LOST])
            self.seen[f"dispute {status}"] += 1
            self.bank.dispute(payment.ref, status, is_withdrawn=status != DisputeStatus.WON)

    def _somebody_looks(self) -> None:
        """The donor comes back to the thank-you page, or staff press "refresh"."""
        self.gift.refresh_from_db()
        gateway.look_again(self.gift, "drill")

    # --- what is told of it -----------------------------------------------------------------------

    def _messages(self) -> None:
        """Some messages come: not all, in any order, some twice; then workers are at them, one or two at once."""
        events = [event for event in self._events() if event.ref not in self.told]
        late = self.chance.sample(sorted(self.told), min(1, len(self.told)))  # days later, once more
        self.chance.shuffle(events)
        for event in events:
            fate = self.chance.random()
            if fate < 0.2:
                continue  # lost, or late
            self.told.add(event.ref)
            for _time in range(1 + (fate > 0.8)):
                self._knock(event)
        for ref in late:
            self._knock(self.bank.get(ref))
        if self.chance.random() < 0.8:
            self.work_off()

    def _events(self) -> list[SandboxObject]:
        return list(SandboxObject.objects.filter(kind="event").order_by("made_at", "pk"))

    def _knock(self, event: SandboxObject) -> None:
        headers, body = sandbox.signed(event)
        if webhooks.take_in("sandbox", "", headers, body) != 200:
            raise NotHeld("the door refused a message")

    def work_off(self) -> None:
        """The inbox and the outbox, by one worker or by two at once."""
        self.seen["worked off"] += 1
        both = [self.workers.submit(_worker, self.delivered) for _worker_number in range(self.chance.choice([1, 2]))]
        for each in both:
            each.result()

    # --- what must hold ---------------------------------------------------------------------------

    def _look_again(self) -> None:
        """What the reconciler does: everything that is open is asked for once more; the workers finish."""
        for model in (ProviderEvent, Mail):
            model.objects.filter(done_at=None).update(next_at=timezone.now())  # the time has passed
        self.work_off()
        session = Ref(ObjectKind.SESSION, self.gift.session_ref)
        for payment in Payment.objects.filter(donation__in=self._gifts()):
            for refund in payment.refunds.filter(status=RefundStatus.PENDING, provider_ref=""):
                gateway.send_refund(refund)
        lifecycle.refresh(self.bank, session, "reconciler")
        for ref, data in self._held().items():
            if not data["invoice"]:
                lifecycle.refresh(self.bank, Ref(ObjectKind.PAYMENT, ref), "reconciler")
        if pledge := self._pledge():
            lifecycle.refresh(self.bank, Ref(ObjectKind.PLEDGE, pledge.ref), "reconciler")
        self.work_off()

    def _gifts(self) -> Any:
        if self.gift.pledge_id:
            return Donation.objects.filter(pledge_id=self.gift.pledge_id)
        return Donation.objects.filter(pk=self.gift.pk)

    @staticmethod
    def _at_provider(data: dict[str, Any]) -> int:
        if data["status"] != SUCCEEDED:
            return 0
        gone = sum(refund["amount"] for refund in data.get("refunds", []) if refund["status"] == SUCCEEDED)
        dispute = data.get("dispute")
        if dispute and dispute["is_withdrawn"] and dispute["status"] != DisputeStatus.WON:
            gone += data["amount"]
        return data["amount"] - gone

    def _check(self, number: int) -> None:
        wrong: list[str] = []
        held = self._held()
        months = sum(bool(data["invoice"]) for data in held.values())
        gifts = list(
            self._gifts()
            .prefetch_related("payments", "ledger", "mails")
            .annotate(certified=Count("payments__receipt_lines", filter=Q(payments__receipt_lines__is_valid=True)))
        )
        for gift in gifts:
            ledger = sum(entry.amount_minor for entry in gift.ledger.all())
            at_provider = sum(self._at_provider(held.pop(payment.provider_ref)) for payment in gift.payments.all())
            if ledger != at_provider:
                wrong.append(f"the ledger has {ledger} of {gift}, the provider {at_provider}")
            came = any(entry.kind == EntryKind.PAYMENT for entry in gift.ledger.all())
            thanks = [mail for mail in gift.mails.all() if mail.kind == "thanks"]
            # What was sent back before anybody heard of it is not thanked for.
            if not (came and gift.state in CERTIFIABLE) <= len(thanks) <= came:
                wrong.append(f"{gift} is {gift.state} and was thanked for {len(thanks)} times")
            wrong += [
                f"{mail} went out {self.delivered[mail.pk]} times"
                for mail in gift.mails.all()
                if self.delivered[mail.pk] != 1
            ]
            if gift.certified > 1:
                wrong.append(f"{gift} is certified {gift.certified} times")
        wrong += [f"nobody heard of {ref}: {data}" for ref, data in held.items() if data["status"] != FAILED]
        if len(gifts) != max(1, months):
            wrong.append(f"{len(gifts)} gifts for {months} month(s)")
        wrong += [f"quarantined: {case.why} {case.detail}" for case in Quarantined.objects.filter(resolved_at=None)]
        wrong += [f"{event} was given up: {event.error}" for event in ProviderEvent.objects.exclude(parked_at=None)]
        if wrong:
            raise NotHeld(f"Seed {self.seed}, round {number}: " + "; ".join(wrong))

    def _held(self) -> dict[str, Any]:
        return dict(SandboxObject.objects.filter(ref__in=self.payments).values_list("ref", "data"))

    def _clear(self) -> None:
        """The sandbox forgets; what is ours stays."""
        SandboxObject.objects.all().delete()


def _worker(delivered: Counter) -> None:
    def send(mail: Mail) -> None:
        delivered[mail.pk] += 1

    inbox.process_events()
    work.work_off(Mail, send)


def _leave() -> None:
    connections["default"].close()


@contextmanager
def two_workers() -> Iterator[ThreadPoolExecutor]:
    """Two threads with a connection to the database each."""
    with ThreadPoolExecutor(2) as workers:
        yield workers
        barrier_rounds = [workers.submit(_wait_and_leave) for _thread in range(2)]
        for each in barrier_rounds:
            each.result()


def _wait_and_leave() -> None:
    time.sleep(0.05)  # so that each thread takes one
    _leave()


def run(rounds: int, seed: int, *, first: int = 0, show: bool = False) -> Counter:
    """So many rounds; gives what happened how often. Raises NotHeld at the first that does not hold."""
    with two_workers() as workers:
        drill = Drill(seed, workers)
        for number in tqdm(range(first, first + rounds), disable=not show, unit="gift"):
            drill.round(number)
        return drill.seen


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=10_000)
    parser.add_argument("--first", type=int, default=0, help="the number of the first round, to have one again")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    chosen = parser.parse_args()
    settings.DONATION_PROVIDERS = settings.DONATION_PROVIDERS | {"sandbox": "tests.drill_gifts.connect"}
    print(f"Seed {chosen.seed}, {chosen.rounds} rounds")
    logging.getLogger("donations").setLevel(logging.CRITICAL)  # answers that were lost are what this is about
    databases.ensure_filled()
    with databases.elsewhere("drill"):
        began = time.monotonic()
        try:
            seen = run(chosen.rounds, chosen.seed, first=chosen.first, show=True)
        except NotHeld as failure:
            sys.exit(str(failure))
        print(f"All held, in {time.monotonic() - began:.0f} s. What happened:")
        for name, times in sorted(seen.items()):
            print(f"{times:8}  {name}")


if __name__ == "__main__":
    main()
