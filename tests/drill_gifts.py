"""The drill of gifts: thousands of random lives of gifts, with everything that may go wrong with their messages.

    make drill                                    10,000 lives
    make drill ROUNDS=500 SEED=7                  these again

In each round one donor or some at once give once or monthly in the sandbox; cards are refused, debits arrive late or
come back, months fail and are paid later, money goes back from staff and from the provider's dashboard, banks dispute,
staff correct receipts. The provider's messages are lost, repeated, reordered, late; answers to our own questions are
lost; hours and months pass. Meanwhile two processes with connections of their own are at it in any order and at once:
the workers of messages and e-mails, the reconciler, the timer of receipts - the real ones, with real papers.

In the end, when the timers have run, these hold: the ledger is what the provider holds, and pays out; every gift that
brought money and kept it was thanked for in exactly one e-mail; every payment whose donor wants it stands on exactly
one valid receipt, of just what the ledger holds, and no other on any; the original of a receipt went out once; numbers
have no gap; running the receipts again changes nothing.
"""

import argparse
import logging
import os
import random
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings.test")
    import django

    django.setup()

import time_machine
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core import mail
from django.db import connection, connections
from django.utils import timezone

from donations import emails, gateway, inbox, outbox, receipting, reconciling, timers, webhooks
from donations.models import (
    Beat,
    Bucket,
    Donation,
    Donor,
    EntryKind,
    Mail,
    Payment,
    Payout,
    Pledge,
    ProviderEvent,
    Quarantined,
    Receipt,
    ReceiptSeries,
    ReceiptWish,
    Refund,
    SandboxObject,
)
from donations.providers import sandbox
from donations.providers.base import ObjectKind, Ref, Refused, Unreachable
from donations.states import CERTIFIABLE, DisputeStatus, PaymentStatus, PledgeState, RefundStatus
from tests import databases, factories

URLS = {"success_url": "https://testserver/thanks/", "cancel_url": "https://testserver/back/"}
SUCCEEDED, FAILED, PROCESSING = PaymentStatus.SUCCEEDED, PaymentStatus.FAILED, PaymentStatus.PROCESSING
YEAR = 2026  # rounds begin on any of its days
AT_ONCE = (1, 1, 2, 3, 5)
PASSES = (timedelta(minutes=10), timedelta(minutes=40), timedelta(hours=5), timedelta(days=1), timedelta(days=31))

# What a round leaves behind hangs on these: everything of donors, the provider's memory, the timers'.
_LEFT = (Donor, ProviderEvent, Quarantined, Beat, ReceiptSeries, Payout, SandboxObject, Bucket)


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

    def events_since(self, since: datetime) -> Any:
        """The provider's own list; in some rounds it has none, and the reconciler looks at what is open alone."""
        return self._maybe_lost(lambda: iter(list(sandbox.Sandbox.events_since(self, since)) if _has_list else ()))


_chance = random.Random(0)
_is_unreliable = False
_has_list = True


def connect(account: str) -> Unreliable:
    return Unreliable(account)


@dataclass
class Life:
    """One gift, or one pledge with its months: what the donor, the banks and staff do."""

    drill: "Drill"
    chance: random.Random
    payments: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.bank, self.seen, self.staff = self.drill.bank, self.drill.seen, self.drill.staff
        wish = self.chance.choice([ReceiptWish.EACH, ReceiptWish.EACH, ReceiptWish.YEARLY, ReceiptWish.NONE])
        is_monthly = self.chance.random() < 0.5
        self.gift = factories.gift(self.chance.choice([500, 2_500, 5_000]), monthly=is_monthly, receipt_wish=wish)
        if is_monthly:
            Pledge.objects.filter(pk=self.gift.pledge_id).update(receipt_wish=wish)
        turns = self.chance.randint(1, 6)
        self.steps = [self._begin, self._pay, *(self._happening() for _turn in range(turns))]

    def step(self) -> None:
        """The next thing that happens. What cannot be, or has no answer, is as if it had not been tried."""
        with suppress(Unreachable, Refused, gateway.TooLate, receipting.CannotIssue):
            self.steps.pop(0)()

    def _open_page(self) -> None:
        with suppress(Unreachable):
            gateway.payment_page(self.gift, email="camille@example.org", **URLS)

    def _begin(self) -> None:
        for _try in range(self.chance.choice([1, 1, 2])):  # a double click, the back button
            self._open_page()
        while not self.gift.session_ref:
            self._open_page()

    def _pay(self) -> None:
        fate = self.chance.random()
        self._open_page()  # hours later the page is another one
        session = self.gift.session_ref
        if fate < 0.08:
            self.seen["left"] += 1
            self.bank.expire_session(session)
            return
        for _try in range(self.chance.choice([0, 0, 0, 1, 2])):
            self.seen["declined"] += 1
            self.payments.append(self.bank.pay(session, status=FAILED).ref)
            if self.chance.random() < 0.5:
                self.drill.messages()
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
                self.refund_in_dashboard,
                self._refund_fails,
                self._dispute,
                self._somebody_looks,
                self._correct_receipt,
            ],
            weights=[4, 1, 4, 2, 1, 1, 3, 2, 1, 2, 2, 2],
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
        payments = Payment.objects.filter(provider_ref__in=self.payments, status=SUCCEEDED).order_by("pk")
        if payments:
            payment = self.chance.choice(payments)
            amount = self.chance.choice([payment.amount_minor, 300, 300])
            for _click in range(self.chance.choice([1, 1, 2])):
                self.seen["refund by staff"] += 1
                gateway.request_refund(payment, amount, "drill", self.staff)

    def refund_in_dashboard(self) -> None:
        """Somebody sends money back on the provider's own pages."""
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

    def _correct_receipt(self) -> None:
        """Staff void a receipt and issue another, after a correction."""
        receipts = Receipt.objects.filter(lines__payment__provider_ref__in=self.payments, voided_at=None)
        if receipt := receipts.order_by("pk").first():
            self.seen["receipt corrected"] += 1
            receipting.void_and_replace(receipt.pk, "corrected", "staff", user=self.staff)

    def gifts(self) -> Any:
        """What has become of it on our side: a gift, or one for each month."""
        if self.gift.pledge_id:
            return Donation.objects.filter(pledge_id=self.gift.pledge_id)
        return Donation.objects.filter(pk=self.gift.pk)

    def held(self) -> dict[str, Any]:
        """Its payments, as the provider has them."""
        return dict(SandboxObject.objects.filter(ref__in=self.payments).values_list("ref", "data"))


@dataclass
class Drill:
    """Rounds with one seed: the same seed takes the same decisions (two processes at once may still interleave)."""

    seed: int
    workers: ThreadPoolExecutor
    clock: Any
    at_once: Sequence[int]
    seen: Counter = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.bank = connect("")
        self.staff = get_user_model().objects.get_or_create(username="drill", defaults={"email": "d@example.org"})[0]
        self.lives: list[Life] = []
        self.told: set[str] = set()

    def round(self, number: int, most: int) -> None:
        """Some donors, `most` of them at most. Raises NotHeld."""
        global _is_unreliable, _has_list
        # A round by itself can be had again: its chances hang on the seed and its number alone.
        self.chance = random.Random(f"{self.seed} {number}")
        _chance.seed(f"{self.seed} {number} provider")
        self._forget()
        self.clock.move_to(datetime(YEAR, 1, 1, tzinfo=UTC) + timedelta(minutes=self.chance.randrange(365 * 24 * 60)))
        number_of_lives = min(most, self.chance.choice(self.at_once))
        self.lives = [Life(self, random.Random(f"{self.seed} {number} {one}")) for one in range(number_of_lives)]
        _has_list = self.chance.random() < 0.7
        reconciling.reconcile()  # from here on the provider's list is read
        _is_unreliable = self.chance.random() < 0.5
        while running := [life for life in self.lives if life.steps]:
            self.chance.choice(running).step()
            if self.chance.random() < 0.5:
                self.messages()
            if self.chance.random() < 0.3:
                self.clock.shift(self.chance.choice(PASSES))
        _is_unreliable = False
        self._settle()
        wrong = self._wrong()
        if not wrong and any(life.gift.receipt_wish == ReceiptWish.YEARLY for life in self.lives):
            self._end_year()
            wrong = self._wrong(is_year_over=True)
        if wrong:
            raise NotHeld("; ".join(wrong))

    # --- what is told of it, and who is at it -----------------------------------------------------

    def messages(self) -> None:
        """Some messages come: not all, in any order, some twice; then some of what runs by itself."""
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
            self._work_off()

    def _events(self) -> list[SandboxObject]:
        return list(SandboxObject.objects.filter(kind="event").order_by("made_at", "pk"))

    def _knock(self, event: SandboxObject) -> None:
        headers, body = sandbox.signed(event)
        if webhooks.take_in("sandbox", "", headers, body) != 200:
            raise NotHeld("the door refused a message")

    def _work_off(self) -> None:
        """One or two processes at once."""
        at_work = self.chance.choices(
            [self._messages_and_mails, self._reconcile, self._receipts], weights=[5, 2, 2], k=self.chance.choice([1, 2])
        )
        both = [self.workers.submit(do) for do in at_work]
        wait(both)
        for each in both:
            each.result()

    def _messages_and_mails(self) -> None:
        self.seen["worked off"] += 1
        inbox.process_events()
        outbox.send_mails()

    def _reconcile(self) -> None:
        self.seen["reconciler"] += 1
        reconciling.reconcile()

    def _receipts(self) -> None:
        tally = receipting.settle_receipts()
        for what in ("issued", "voided", "replaced"):
            self.seen[f"receipts {what}"] += getattr(tally, what)
        if tally.failed:
            raise NotHeld(f"{tally.failed} receipt(s) could not be made")

    def _settle(self) -> None:
        """A day later all that runs by itself runs; what a provider without a list has not told is told at last."""
        self.clock.shift(timedelta(hours=25))
        if not _has_list:
            for event in self._events():
                if event.ref not in self.told:
                    self._knock(event)
        done = timers.tick()
        self.seen["receipts issued"] += done["receipts issued"]
        self.seen["receipts voided"] += done["receipts void"]
        if broken := [what for what in done if ": " in what]:
            raise NotHeld(f"a timer fails: {broken}")

    def _end_year(self) -> None:
        """The year's receipts are issued, by a command that is started twice; then something is refunded after all."""
        self.clock.move_to(datetime(timezone.localdate().year + 1, 1, 15, 8, tzinfo=UTC))
        for _time in range(2):
            tally = receipting.Tally()
            for year in (YEAR, YEAR + 1):
                for yearly in receipting.yearly_receipts(year):
                    receipting.issue_yearly(yearly, tally)
            self.seen["receipts of a year"] += tally.issued
        if tally.issued or tally.failed:
            raise NotHeld(
                f"the second run of the year's receipts issued {tally.issued} and failed {tally.failed} times"
            )
        if self.chance.random() < 0.5:
            with suppress(Refused):
                self.chance.choice(self.lives).refund_in_dashboard()
        self._settle()

    # --- what must hold ---------------------------------------------------------------------------

    @staticmethod
    def _at_provider(data: dict[str, Any]) -> int:
        if data["status"] != SUCCEEDED:
            return 0
        gone = sum(refund["amount"] for refund in data.get("refunds", []) if refund["status"] == SUCCEEDED)
        dispute = data.get("dispute")
        if dispute and dispute["is_withdrawn"] and dispute["status"] != DisputeStatus.WON:
            gone += data["amount"]
        return data["amount"] - gone

    def _wrong(self, *, is_year_over: bool = False) -> list[str]:
        """What does not hold, in words."""
        self.sent = Counter(message.extra_headers["Message-ID"] for message in mail.outbox)
        self.receipts = list(
            Receipt.objects.select_related("issuer").prefetch_related("lines", "copies", "replaced_by")
        )
        wrong = [one for life in self.lives for one in self._wrong_of_life(life, is_year_over=is_year_over)]
        wrong += self._wrong_of_receipts()
        wrong += [f"{message} waits" for message in Mail.objects.filter(done_at=None)]
        wrong += [f"{event} was not worked off: {event.error}" for event in ProviderEvent.objects.filter(done_at=None)]
        wrong += [f"{refund} is on its way for ever" for refund in Refund.objects.filter(status=RefundStatus.PENDING)]
        wrong += [
            f"a case for a person: {case.why} {case.object_ref} {case.detail}"
            for case in Quarantined.objects.filter(resolved_at=None)
            if not self._is_for_a_person(case)
        ]
        wrong += [f"{name} went out {times} times" for name, times in self.sent.items() if times > 1]
        again = receipting.settle_receipts()
        if again.issued or again.voided or again.failed:
            wrong.append(f"the receipts, run again, do something: {again}")
        return wrong

    def _is_for_a_person(self, case: Quarantined) -> bool:
        """An end that was asked for and never reached the provider, nor was asked for again: the pledge goes on."""
        return case.why == "lost: end" and self.bank.get(case.object_ref).data["state"] != PledgeState.ENDED

    def _wrong_of_life(self, life: Life, *, is_year_over: bool) -> Iterator[str]:
        held = life.held()
        months = sum(bool(data["invoice"]) for data in held.values())
        gifts = list(life.gifts().prefetch_related("payments", "ledger", "mails"))
        valid: dict[int, list[int]] = {}
        for receipt in self.receipts:
            if receipt.voided_at is None:
                for line in receipt.lines.all():
                    valid.setdefault(line.payment_id, []).append(line.amount_minor)
        for gift in gifts:
            ledger = sum(entry.amount_minor for entry in gift.ledger.all())
            at_provider = sum(self._at_provider(held.pop(payment.provider_ref)) for payment in gift.payments.all())
            if ledger != at_provider:
                yield f"the ledger has {ledger} of {gift}, the provider {at_provider}"
            came = any(entry.kind == EntryKind.PAYMENT for entry in gift.ledger.all())
            thanks = sum(self.sent[emails.message_id(one)] for one in gift.mails.all() if one.kind == "thanks")
            # What went back before the e-mail was written is not thanked for.
            if not (came and gift.state in CERTIFIABLE) <= thanks <= came:
                yield f"{gift} is {gift.state} and was thanked for {thanks} times"
            certified = [amount for payment in gift.payments.all() for amount in valid.get(payment.pk, [])]
            is_due = gift.receipt_wish == ReceiptWish.EACH or (is_year_over and gift.receipt_wish == ReceiptWish.YEARLY)
            expected = [ledger] if is_due and gift.state in CERTIFIABLE else []
            if certified != expected:
                yield f"{gift} is {gift.state}, of {ledger}, and certified: {certified}"
        yield from (f"nobody heard of {ref}: {data}" for ref, data in held.items() if data["status"] != FAILED)
        if len(gifts) != max(1, months):
            yield f"{len(gifts)} gifts for {months} month(s)"

    def _wrong_of_receipts(self) -> Iterator[str]:
        numbers: dict[tuple[int, int], list[int]] = {}
        originals = Counter(bytes(paper) for message in mail.outbox for _name, paper, _kind in message.attachments)
        for receipt in self.receipts:
            numbers.setdefault((receipt.issuer_id, receipt.year), []).append(receipt.number)
            if originals.pop(bytes(receipt.pdf), 0) != receipting.handed_over(receipt).count():
                yield f"{receipt} went out otherwise than is noted"
            if receipting.handed_over(receipt).count() > 1:
                yield f"{receipt} went out as the original more than once"
            if any(line.is_valid == bool(receipt.voided_at) for line in receipt.lines.all()):
                yield f"{receipt} and its lines are not of one mind"
            if receipt.amount_minor != sum(line.amount_minor for line in receipt.lines.all()):
                yield f"{receipt} is not the sum of its lines"
            if hasattr(receipt, "replaced_by") and not receipt.voided_at:
                yield f"{receipt} was replaced, and is valid"
        if originals:
            yield f"{len(originals)} paper(s) went out that are nobody's original"
        for series, given in numbers.items():
            if sorted(given) != list(range(1, len(given) + 1)):
                yield f"the numbers of {series} are {sorted(given)}"

    def _forget(self) -> None:
        """Begin with nothing: neither the sandbox nor we remember anybody. What is never deleted is emptied."""
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE " + ", ".join(model._meta.db_table for model in _LEFT) + " CASCADE")
        mail.outbox = []
        self.told.clear()


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


def run(
    lives: int,
    seed: int,
    *,
    first: int = 0,
    at_once: Sequence[int] = AT_ONCE,
    tell: Callable[[int, Exception | None], None] | None = None,
) -> Counter:
    """Rounds until so many gifts have lived; gives what happened how often. Raises NotHeld at the first that fails.

    With `tell` each round is told instead, by the number of gifts that have lived and what failed, and it goes on.
    """
    with two_workers() as workers, time_machine.travel(datetime(YEAR, 1, 1, tzinfo=UTC)) as clock:
        drill = Drill(seed, workers, clock, at_once)
        number, lived = first, 0
        while lived < lives:
            failure = None
            try:
                drill.round(number, lives - lived)
            except Exception as error:
                error.add_note(f"Seed {seed}, round {number}")
                if tell is None:
                    raise
                failure = error
            number, lived = number + 1, lived + len(drill.lives)
            if tell:
                tell(lived, failure)
        drill.seen["rounds"] = number - first
        return drill.seen


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=10_000, help="how many gifts or pledges are to live")
    parser.add_argument("--first", type=int, default=0, help="the number of the first round, to have one again")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    chosen = parser.parse_args()
    settings.DONATION_PROVIDERS = settings.DONATION_PROVIDERS | {"sandbox": "tests.drill_gifts.connect"}
    print(f"Seed {chosen.seed}, {chosen.rounds} gifts", flush=True)
    logging.getLogger("donations").setLevel(logging.CRITICAL)  # answers that were lost are what this is about
    databases.ensure_filled()
    began, failures, told = time.perf_counter(), 0, 0  # not the clock that the drill turns

    def tell(lived: int, failure: Exception | None) -> None:
        nonlocal failures, told
        if failure:
            failures += 1
            print("".join(traceback.format_exception(failure)[-6:]), flush=True)
        if lived // 100 > told // 100:
            told = lived
            print(f"{lived} gifts, {failures} failures, {time.perf_counter() - began:.0f} s", flush=True)

    with databases.elsewhere("drill"):
        seen = run(chosen.rounds, chosen.seed, first=chosen.first, tell=tell)
    print(f"In {time.perf_counter() - began:.0f} s. What happened:")
    for name, times in sorted(seen.items()):
        print(f"{times:8}  {name}")
    if failures:
        sys.exit(f"{failures} rounds failed")
    print("All held.")


if __name__ == "__main__":
    main()
