"""Finding what got lost on the way: every ten minutes what is open is looked at again, every night each payout.

Nothing here decides anything: what is found is refreshed through `lifecycle`, or put before a person. Each piece is
bounded, may be stopped between two rows, and does no harm when it is done twice.
"""

import hashlib
import itertools
import logging
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

from django.db.models import Exists, F, Min, OuterRef, Q, Sum
from django.utils import timezone

from donations import gateway, inbox, lifecycle, webhooks
from donations.gateway import KEY_LASTS, UnknownProvider, provider_of
from donations.models import (
    BankLine,
    Beat,
    Call,
    Donation,
    Issuer,
    LedgerEntry,
    Payment,
    Payout,
    PayoutLine,
    Pledge,
    Quarantined,
    Refund,
)
from donations.providers import manual
from donations.providers.base import (
    Capability,
    Gone,
    ObjectKind,
    PayoutFact,
    PayoutLineFact,
    Provider,
    ProviderError,
    Ref,
    Unreachable,
)
from donations.states import DonationState, PaymentStatus, PledgeState, RefundStatus
from donations.work import never

logger = logging.getLogger(__name__)

MOST = 500  # rows of one kind in one run; those that waited longest come first
OPEN_FOR = timedelta(minutes=30)  # as long as a payment page is open
CALL_ANSWERS_WITHIN = timedelta(minutes=5)
PROCESSING_EVERY = timedelta(hours=1)
PLEDGE_EVERY = timedelta(days=1)
REFUND_EVERY = timedelta(hours=1)
EVENTS_OVERLAP = timedelta(minutes=10)
EVENTS_AT_FIRST = timedelta(days=3)
MOST_EVENTS = 5_000
PAYOUTS_AGAIN = timedelta(days=14)  # a payout may still fail within days
PAYOUTS_AT_FIRST = timedelta(days=90)
PAID_OUT_WITHIN = timedelta(days=14)

Row = TypeVar("Row")


@dataclass
class Run:
    """One run: when to stop, what was found, and which providers do not answer."""

    stop: Callable[[], bool] = never
    found: Counter[str] = field(default_factory=Counter)
    silent: set[tuple[str, str]] = field(default_factory=set)

    def each(self, what: str, rows: Iterable[Row], do: Callable[[Row], None]) -> None:
        """Do something with each row; what a provider refuses or does not answer stops no other row."""
        for row in rows:
            if self.stop():
                return
            account = (getattr(row, "provider", ""), getattr(row, "account", ""))
            if account in self.silent:
                continue
            try:
                do(row)
            except Unreachable:
                self.silent.add(account)
                self.found["providers that do not answer"] += 1
            except (ProviderError, UnknownProvider) as error:
                logger.warning("%s %s: %s", what, row.pk, type(error).__name__)
                self.found["refused"] += 1
            self.found[what] += 1


def reconcile(stop: Callable[[], bool] = never) -> Counter[str]:
    """Look again at all that is open for longer than it should be; how much of what was looked at."""
    run = Run(stop)
    now = timezone.now()
    read_missing_events(run)
    run.each("sessions", _open_sessions(now), _look_at_session)
    run.each("unanswered calls", _unanswered(now), _look_at_call)
    run.each("payments on their way", _processing(now), _look_at_gift)
    run.each("refunds", _pending_refunds(now), _look_at_refund)
    run.each("monthly gifts", _pledges(now), _look_at_pledge)
    run.each("bank lines", _unbooked_lines(), book)
    return +run.found


# --- What is open ---------------------------------------------------------------------------------


def _longest_unseen(rows: Any, before: datetime) -> Any:
    rows = rows.filter(Q(checked_at=None) | Q(checked_at__lt=before))
    return rows.order_by(F("checked_at").asc(nulls_first=True), "pk")[:MOST]


def _open_sessions(now: datetime) -> Any:
    """Gifts at a payment page; also refused cards, which may be tried again on the same page."""
    at_page = Q(state__in=(DonationState.CREATED, DonationState.REDIRECTED))
    refused = Q(state=DonationState.FAILED, created_at__gt=now - timedelta(days=2))
    gifts = Donation.objects.exclude(session_ref="").filter(at_page | refused, created_at__lt=now - OPEN_FOR)
    return _longest_unseen(gifts, now - OPEN_FOR / 3)


def _look_at_session(donation: Donation) -> None:
    _seen(donation)
    _refresh(donation, Ref(ObjectKind.SESSION, donation.session_ref))


def _processing(now: datetime) -> Any:
    return _longest_unseen(Donation.objects.filter(state=DonationState.PROCESSING), now - PROCESSING_EVERY)


def _look_at_gift(donation: Donation) -> None:
    _seen(donation)
    try:
        gateway.look_again(donation, "reconciler")
    except Gone as gone:
        alarm(donation.provider, donation.account, Ref(ObjectKind.PAYMENT, str(gone)), "gone at the provider")


def _pledges(now: datetime) -> Any:
    running = Pledge.objects.exclude(state__in=(PledgeState.ENDED, PledgeState.PENDING)).exclude(provider_ref="")
    return _longest_unseen(running, now - PLEDGE_EVERY)


def _look_at_pledge(pledge: Pledge) -> None:
    _seen(pledge)
    _refresh(pledge, Ref(ObjectKind.PLEDGE, pledge.provider_ref))


def _seen(row: Donation | Pledge) -> None:
    # Noted before it is asked: what the provider does not know must not stay first in the queue for ever.
    type(row).objects.filter(pk=row.pk).update(checked_at=timezone.now())


def _refresh(row: Any, ref: Ref) -> None:
    try:
        lifecycle.refresh(gateway.provider_for(row), ref, "reconciler")
    except Gone:
        alarm(row.provider, row.account, ref, "gone at the provider")


# --- What was asked and not answered --------------------------------------------------------------


def _unanswered(now: datetime) -> Iterator[Call]:
    calls = Call.objects.filter(answered_at=None, made_at__lt=now - CALL_ANSWERS_WITHIN)
    calls = calls.select_related("donation", "pledge").order_by("made_at")[:MOST]
    for call in calls:
        of = call.donation or call.pledge
        call.provider, call.account = of.provider, of.account
        yield call


def _look_at_call(call: Call) -> None:
    """What became of a call, as the provider's own word tells; one that nobody can tell of is given up after a day.

    Refunds are asked again under their key (`_look_at_refund`). A payment page whose address never reached us can
    have been seen by nobody.
    """
    is_old = call.made_at < timezone.now() - KEY_LASTS
    if call.act == "session" and is_old:
        gift = call.donation
        if not gift.session_ref and gift.state == DonationState.CREATED:
            lifecycle.given_up(gift, "reconciler")
        _answer(call, "lost")
    elif call.pledge:
        pledge = call.pledge
        if pledge.provider_ref:
            _refresh(pledge, Ref(ObjectKind.PLEDGE, pledge.provider_ref))
            pledge.refresh_from_db()
        if _came_true(call, pledge):
            _answer(call, "done")
        elif is_old:
            alarm(pledge.provider, pledge.account, Ref(ObjectKind.PLEDGE, pledge.provider_ref), f"lost: {call.act}")
            _answer(call, "lost")
    elif call.act.startswith("refund-"):
        refund = Refund.objects.filter(pk=call.act.removeprefix("refund-")).first()
        if refund is None or refund.provider_ref or refund.status != RefundStatus.PENDING:
            _answer(call, "done")


def _came_true(call: Call, pledge: Pledge) -> bool:
    if call.act == "end":
        return pledge.state in (PledgeState.ENDED, PledgeState.ENDING)
    return call.act == f"change-{pledge.amount_minor}"


def _answer(call: Call, outcome: str) -> None:
    Call.objects.filter(pk=call.pk, answered_at=None).update(answered_at=timezone.now(), outcome=outcome)


def _pending_refunds(now: datetime) -> Iterator[Refund]:
    pending = Refund.objects.filter(status=RefundStatus.PENDING, created_at__lt=now - CALL_ANSWERS_WITHIN)
    unsent = Q(provider_ref="")
    due = unsent | Q(payment__donation__checked_at=None) | Q(payment__donation__checked_at__lt=now - REFUND_EVERY)
    for refund in pending.filter(due).select_related("payment__donation").order_by("pk")[:MOST]:
        refund.provider, refund.account = refund.payment.provider, refund.payment.account
        yield refund


def _look_at_refund(refund: Refund) -> None:
    """Have the provider say what it knows; what it does not know of is asked for, under the key that is stored."""
    _look_at_gift(refund.payment.donation)
    refund.refresh_from_db()
    gateway.send_refund(refund)


# --- Transfers and cheques ------------------------------------------------------------------------


def _unbooked_lines() -> Any:
    booked = Payment.objects.filter(donation=OuterRef("donation"), provider="manual").exclude(
        status=PaymentStatus.UNMATCHED
    )
    lines = BankLine.objects.exclude(donation=None).filter(~Exists(booked))
    return lines.select_related("donation").order_by("pk")[:MOST]


def book(line: BankLine) -> None:
    """Take in the payment that a matched line of the bank stands for."""
    lifecycle.refresh(gateway.provider_for(line.donation), manual.payment_ref(line), "bank")


# --- Messages that never arrived ------------------------------------------------------------------


def accounts() -> list[tuple[str, str]]:
    """Every account at a provider that gifts went through, or are to go through."""
    used = {*Issuer.objects.exclude(provider="").values_list("provider", "account").distinct()}
    used |= {*Donation.objects.order_by().values_list("provider", "account").distinct()}
    return sorted(used)


def providers(run: Run) -> Iterator[Provider]:
    """The accounts that this server is set up for and that answer."""
    for name, account in accounts():
        if (name, account) in run.silent:
            continue
        try:
            yield provider_of(name, account)
        except UnknownProvider:
            run.found["providers that are not set up"] += 1


def read_missing_events(run: Run) -> None:
    """Keep what the provider has told since the last time and the door has not heard; then work it off."""
    for provider in providers(run):
        if Capability.ONLINE not in provider.capabilities:
            continue
        begun = timezone.now()
        cursor, _new = Beat.objects.get_or_create(name=_cursor_name("events", provider))
        since = datetime.fromisoformat(cursor.cursor) if cursor.cursor else begun - EVENTS_AT_FIRST
        try:
            reached = _read_events(provider, since, run)
        except Unreachable:
            run.silent.add((provider.name, provider.account))
            run.found["providers that do not answer"] += 1
            continue
        except ProviderError:
            run.found["refused"] += 1
            continue
        reached = reached or begun - EVENTS_OVERLAP
        Beat.objects.filter(pk=cursor.pk).update(cursor=max(since, reached).isoformat(), ended_at=timezone.now())
    inbox.process_events(stop=run.stop)


def _read_events(provider: Provider, since: datetime, run: Run) -> datetime | None:
    """Keep the events since then; where it stopped if it did not come to their end."""
    events, number = provider.events_since(since), 0
    while chunk := list(itertools.islice(events, 200)):
        webhooks.keep(provider.name, provider.account, chunk)
        number += len(chunk)
        last = chunk[-1].made_at
        if last and last > since and (run.stop() or number >= MOST_EVENTS):
            return last
    run.found["events read"] += number
    return None


def _cursor_name(what: str, provider: Provider) -> str:
    digest = hashlib.sha256(provider.account.encode()).hexdigest()[:8]
    return f"{what} of {provider.name[:16]} {digest}"[:40]


# --- Payouts --------------------------------------------------------------------------------------


def read_payouts(stop: Callable[[], bool] = never) -> Counter[str]:
    """Keep the payouts of the last weeks, and compare each with the ledger to the cent; how many of what."""
    run = Run(stop)
    for provider in providers(run):
        if Capability.PAYOUTS not in provider.capabilities:
            continue
        today = timezone.localdate()
        cursor, _new = Beat.objects.get_or_create(name=_cursor_name("payouts", provider))
        try:
            for fact in provider.payouts_since(_payouts_from(provider, cursor.cursor, today)):
                if stop():
                    return +run.found
                compare(keep_payout(provider, fact))
                run.found["payouts"] += 1
        except ProviderError as error:
            logger.warning("The payouts of %s could not be read: %s", provider.name, type(error).__name__)
            run.found["providers that do not answer"] += 1
            continue
        Beat.objects.filter(pk=cursor.pk).update(cursor=today.isoformat(), ended_at=timezone.now())
        run.found["never paid out"] += look_for_unpaid(provider)
    return +run.found


def _payouts_from(provider: Provider, cursor: str, today: date) -> date:
    """Some days before the last run; at first from the first payment on, or for three months."""
    if cursor:
        oldest_open = Payout.objects.filter(
            provider=provider.name, account=provider.account, closed_at=None, status="pending"
        ).aggregate(day=Min("arrives_on"))["day"]
        since = date.fromisoformat(cursor) - PAYOUTS_AGAIN
        return max(min(since, oldest_open or since), today - PAYOUTS_AT_FIRST)
    return today - PAYOUTS_AT_FIRST


def keep_payout(provider: Provider, fact: PayoutFact) -> Payout:
    """The payout as the provider tells it now. What a person has closed is changed no more."""
    payout, _new = Payout.objects.get_or_create(
        provider=provider.name,
        account=provider.account,
        provider_ref=fact.ref,
        defaults={
            "status": fact.status,
            "amount_minor": fact.amount_minor,
            "currency": fact.currency,
            "arrives_on": fact.arrives_on,
        },
    )
    ref = Ref(ObjectKind.PAYOUT, fact.ref)
    if payout.closed_at:
        if (payout.status, payout.amount_minor) != (fact.status, fact.amount_minor):
            alarm(provider.name, provider.account, ref, "closed payout changed", status=fact.status)
        return payout
    payout.status, payout.amount_minor, payout.arrives_on = fact.status, fact.amount_minor, fact.arrives_on
    payout.fetched_at = timezone.now()
    payout.save(update_fields=["status", "amount_minor", "arrives_on", "fetched_at"])
    for line in fact.lines:
        PayoutLine.objects.update_or_create(
            payout=payout,
            provider_ref=line.ref,
            defaults={
                "kind": line.kind,
                "amount_minor": line.amount_minor,
                "fee_minor": line.fee_minor,
                "source_ref": line.source_ref,
                "payment": _payment_of(provider, line),
                "happened_at": line.happened_at,
            },
        )
    return payout


def _payment_of(provider: Provider, line: PayoutLineFact) -> Payment | None:
    payments = Payment.objects.filter(provider=provider.name, account=provider.account)
    found = Q(provider_ref=line.source_ref)
    if line.kind != PayoutLine.Kind.PAYMENT:
        found |= Q(refunds__provider_ref=line.source_ref) | Q(disputes__provider_ref=line.source_ref)
    return payments.filter(found).distinct().first() if line.source_ref else None


_BOOKED = {
    PayoutLine.Kind.PAYMENT: "payment",
    PayoutLine.Kind.REFUND: "refund",
    PayoutLine.Kind.REFUND_FAILED: "refund",
    PayoutLine.Kind.DISPUTE: "dispute",
    PayoutLine.Kind.DISPUTE_WON: "dispute",
}


def not_in_the_ledger(payout: Payout) -> list[PayoutLine]:
    """The lines of which the ledger has no entry of that kind and amount. Fees and the like are in none."""
    lines = [line for line in payout.lines.order_by("happened_at", "pk") if line.kind in _BOOKED]
    sources = [f"{_BOOKED[line.kind]} {line.source_ref}" for line in lines]
    entries = LedgerEntry.objects.filter(
        donation__provider=payout.provider, donation__account=payout.account, source__in=sources
    )
    booked = Counter(entries.values_list("source", "kind", "amount_minor", "currency"))
    missing = []
    for line, source in zip(lines, sources, strict=True):
        entry = (source, line.kind, line.amount_minor, payout.currency)
        if booked[entry] > 0:
            booked[entry] -= 1
        else:
            missing.append(line)
    return missing


def difference_of(payout: Payout) -> int:
    """What the payout's lines, less the fees, lack to its amount, in minor units: nothing when it adds up."""
    sums = payout.lines.aggregate(amount=Sum("amount_minor"), fee=Sum("fee_minor"))
    return payout.amount_minor - ((sums["amount"] or 0) - (sums["fee"] or 0))


def compare(payout: Payout) -> bool:
    """Whether a payout adds up and agrees with the ledger; if not it becomes a case for a person, once."""
    ref = Ref(ObjectKind.PAYOUT, payout.provider_ref)
    problems: dict[str, dict[str, Any]] = {}
    if payout.status == "failed":
        problems["payout failed"] = {"amount": payout.amount_minor}
    if difference := difference_of(payout):
        problems["payout does not add up"] = {"difference": difference}
    if missing := not_in_the_ledger(payout):
        problems["payout differs from the ledger"] = {
            "lines": [line.provider_ref for line in missing[:20]],
            "amount": sum(line.amount_minor for line in missing),
        }
    for why, detail in problems.items():
        alarm(payout.provider, payout.account, ref, why, **detail)
    Quarantined.objects.filter(
        provider=payout.provider,
        account=payout.account,
        object_kind=ref.kind,
        object_ref=ref.id,
        resolved_at=None,
        why__in={"payout does not add up", "payout differs from the ledger"} - problems.keys(),
    ).update(resolved_at=timezone.now(), resolution="reconciler")
    return not problems


def look_for_unpaid(provider: Provider) -> int:
    """Payments that should have been paid out by now and are in no payout: how many new cases that makes."""
    first = Payout.objects.filter(provider=provider.name, account=provider.account).aggregate(day=Min("arrives_on"))
    if first["day"] is None:
        return 0
    overdue = Payment.objects.filter(
        provider=provider.name,
        account=provider.account,
        status=PaymentStatus.SUCCEEDED,
        paid_at__date__gte=first["day"],
        paid_at__lt=timezone.now() - PAID_OUT_WITHIN,
        payout_lines=None,
    )
    number = 0
    for payment in overdue.order_by("paid_at")[:MOST]:
        number += alarm(
            provider.name, provider.account, Ref(ObjectKind.PAYMENT, payment.provider_ref), "never paid out"
        )
    return number


def alarm(provider: str, account: str, ref: Ref, why: str, **detail: Any) -> bool:
    """Put something before a person; not again what somebody has settled as it stands. Whether it is a new case."""
    cases = Quarantined.objects.filter(
        provider=provider, account=account, object_kind=ref.kind, object_ref=ref.id, why=why[:40]
    )
    if cases.filter(resolved_at__isnull=False, detail=detail).exists():
        return False
    is_new = not cases.filter(resolved_at=None).exists()
    lifecycle.quarantine(provider, account, ref, lifecycle.DoesNotFit(why[:40], **detail))
    return is_new
