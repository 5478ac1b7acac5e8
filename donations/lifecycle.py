"""What a provider's word does to a gift. Nobody else writes the state of a donation, a pledge, or the ledger.

Whoever hears of a change - the webhook, the page that donors come back to, the reconciler, staff who press "refresh" -
calls `refresh`. The gift's row is locked, then the provider is asked what holds now, and that is applied: so an answer
is never older than one that has been applied before it, in whatever order messages arrive.

Locks are taken in one order: the first donation of a pledge (or the only one), its pledge, an instalment, its payment.
They are `no_key`: whoever adds a row that only points at a locked one - a journal entry, an e-mail, a receipt's line -
does not wait for it, so that nothing but these locks has an order.
"""

import logging
import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, Sum
from django.utils import timezone

from donations import limits
from donations.models import (
    Dispute,
    Donation,
    EntryKind,
    JournalEntry,
    LedgerEntry,
    Mail,
    Payment,
    Pledge,
    Quarantined,
    Refund,
)
from donations.providers.base import (
    DisputeFact,
    ObjectKind,
    PaymentFact,
    PledgeFact,
    Provider,
    Ref,
    RefundFact,
    Snapshot,
)
from donations.references import new_reference
from donations.states import (
    BEFORE_MONEY,
    CERTIFIABLE,
    WITH_MONEY,
    DisputeStatus,
    DonationState,
    PaymentStatus,
    PledgeState,
    RefundStatus,
    may_move,
    state_of,
)

logger = logging.getLogger(__name__)


class DoesNotFit(Exception):
    """What the provider says cannot be true of this gift: it is put before a person, and nothing is applied."""

    def __init__(self, why: str, **detail: Any) -> None:
        self.why, self.detail = why, detail
        super().__init__(why)


# --- Hearing of a change --------------------------------------------------------------------------


def refresh(provider: Provider, ref: Ref, cause: str) -> list[Donation]:
    """Ask the provider what holds of `ref`, and apply it; gives the gifts that it concerns.

    Raises Unreachable, Refused or Gone. What does not fit is quarantined and changes nothing.
    """
    tokens = {snapshot.token for snapshot in provider.fetch(ref)}
    donations = []
    for token in sorted(tokens):
        with transaction.atomic():
            origin = _lock_origin(token, provider.name, provider.account)
            # Asked once more under the lock: nobody applies an older answer after a newer one.
            snapshots = _of_token(provider, ref, token)
            if origin and (pledge_ref := _to_be_read_whole(snapshots, origin)):
                snapshots = _of_token(provider, pledge_ref, token)
            for snapshot in snapshots:
                if donation := _apply(snapshot, origin, ref, cause):
                    donations.append(donation)
    return donations


def _of_token(provider: Provider, ref: Ref, token: str) -> list[Snapshot]:
    return [snapshot for snapshot in provider.fetch(ref) if snapshot.token == token]


def _to_be_read_whole(snapshots: Iterable[Snapshot], origin: Donation) -> Ref | None:
    """The pledge, when an instalment of another amount is told before the first one.

    Its amount may have been changed any number of times since: all instalments, the oldest first, tell which is which.
    """
    for snapshot in snapshots:
        if (
            snapshot.pledge
            and snapshot.payment
            and snapshot.payment.amount_minor != origin.amount_minor
            and not _has_instalments(origin)
        ):
            return Ref(ObjectKind.PLEDGE, snapshot.pledge.ref)
    return None


def _has_instalments(origin: Donation) -> bool:
    return origin.payments.exclude(invoice_ref="").exists()


def apply_snapshot(snapshot: Snapshot, ref: Ref, cause: str) -> Donation | None:
    """Apply one snapshot that was fetched just now; None if it was quarantined."""
    with transaction.atomic():
        return _apply(snapshot, _lock_origin(snapshot.token, snapshot.provider, snapshot.account), ref, cause)


def _lock_origin(token: str, provider: str, account: str) -> Donation | None:
    """The gift that the provider was given `token` for; None for a token that is not ours."""
    try:
        token_of_ours = uuid.UUID(token)
    except ValueError:
        return None
    gifts = Donation.objects.select_for_update(of=("self",), no_key=True)
    return gifts.filter(token=token_of_ours, provider=provider, account=account).first()


def _apply(snapshot: Snapshot, origin: Donation | None, ref: Ref, cause: str) -> Donation | None:
    try:
        with transaction.atomic():
            if snapshot.is_live != settings.DONATIONS_LIVE:
                raise DoesNotFit("other mode", is_live=snapshot.is_live)
            if origin is None:
                raise DoesNotFit("unknown gift")
            pledge = _apply_pledge(snapshot.pledge, origin, cause) if snapshot.pledge else None
            donation = _donation_of(snapshot, origin, pledge)
            if snapshot.payment:
                _apply_payment(snapshot, snapshot.payment, donation, cause)
            elif snapshot.session_state and donation.session_ref in ("", snapshot.session_ref):
                # Of a page that another has replaced, the end says nothing.
                _apply_session(snapshot.session_state, donation, cause)
            Donation.objects.filter(pk=donation.pk).update(checked_at=timezone.now())
            return donation
    except DoesNotFit as misfit:
        quarantine(snapshot.provider, snapshot.account, ref, misfit)
        return None


def quarantine(provider: str, account: str, ref: Ref, misfit: DoesNotFit) -> None:
    """Put what does not fit before a person, once for as long as the case is open."""
    logger.error("Quarantined %s %s of %s: %s", ref.kind, ref.id, provider, misfit.why)
    Quarantined.objects.update_or_create(
        provider=provider,
        account=account,
        object_kind=ref.kind,
        object_ref=ref.id,
        why=misfit.why,
        resolved_at=None,
        defaults={"detail": misfit.detail, "last_seen_at": timezone.now()},
    )


# --- A session without a payment ------------------------------------------------------------------


def _apply_session(state: str, donation: Donation, cause: str) -> None:
    if state == "expired" and donation.state in (DonationState.CREATED, DonationState.REDIRECTED):
        _move(donation, DonationState.EXPIRED, cause)
    elif state == "open" and donation.state == DonationState.CREATED:
        _move(donation, DonationState.REDIRECTED, cause)


# --- A pledge -------------------------------------------------------------------------------------


def _apply_pledge(fact: PledgeFact, origin: Donation, cause: str) -> Pledge:
    if origin.pledge_id is None:
        raise DoesNotFit("pledge of a single gift", pledge=fact.ref)
    pledge = Pledge.objects.select_for_update(of=("self",), no_key=True).get(pk=origin.pledge_id)
    if pledge.provider_ref not in ("", fact.ref):
        raise DoesNotFit("another pledge", known=pledge.provider_ref, said=fact.ref)
    if fact.currency != pledge.currency:
        raise DoesNotFit("other currency", known=pledge.currency, said=fact.currency)
    if pledge.state == PledgeState.ENDED and fact.state != PledgeState.ENDED:
        raise DoesNotFit("an ended pledge lives", said=fact.state)
    now = timezone.now()
    if fact.amount_minor != pledge.amount_minor:
        note(pledge=pledge, what="amount", cause=cause, before=pledge.amount_minor, after=fact.amount_minor)
    if fact.state != pledge.state:
        note(pledge=pledge, what="pledge", cause=cause, before=pledge.state, after=fact.state)
        if fact.state == PledgeState.ENDED:
            pledge.ended_at = now
            if pledge.state != PledgeState.PENDING:
                enqueue("pledge_ended", str(pledge.token), pledge=pledge)
        elif fact.state == PledgeState.PAST_DUE:
            enqueue("pledge_failing", f"{pledge.token}:{fact.next_on or now.date()}", pledge=pledge)
    pledge.state, pledge.amount_minor, pledge.next_on = fact.state, fact.amount_minor, fact.next_on
    pledge.provider_ref, pledge.checked_at = fact.ref, now
    pledge.customer_ref = fact.customer_ref or pledge.customer_ref
    pledge.save()
    return pledge


def _donation_of(snapshot: Snapshot, origin: Donation, pledge: Pledge | None) -> Donation:
    """The gift that the snapshot's payment belongs to: an instalment after the first gets a row of its own."""
    if not snapshot.invoice_ref or snapshot.payment is None:
        return origin
    if pledge is None:
        raise DoesNotFit("invoice without a pledge", invoice=snapshot.invoice_ref)
    known = Payment.objects.filter(
        provider=snapshot.provider, account=snapshot.account, invoice_ref=snapshot.invoice_ref
    ).first()
    if known:
        if known.donation.pledge_id != pledge.pk:
            raise DoesNotFit("invoice of another pledge", invoice=snapshot.invoice_ref)
        return origin if known.donation_id == origin.pk else _locked(Donation, known.donation_id)
    if not _has_instalments(origin):
        return origin
    return Donation.objects.create(
        reference=new_reference(),
        page_id=origin.page_id,
        donor_id=pledge.donor_id,
        fund_id=pledge.fund_id,
        issuer_id=pledge.issuer_id,
        pledge=pledge,
        amount_minor=snapshot.payment.amount_minor,
        currency=pledge.currency,
        language=origin.language,
        receipt_wish=pledge.receipt_wish,
        provider=origin.provider,
        account=origin.account,
        state=DonationState.REDIRECTED,
    )


def _locked(model: Any, pk: int) -> Any:
    return model.objects.select_for_update(of=("self",), no_key=True).get(pk=pk)


# --- A payment ------------------------------------------------------------------------------------


def _apply_payment(snapshot: Snapshot, fact: PaymentFact, donation: Donation, cause: str) -> None:
    if fact.status != PaymentStatus.UNMATCHED:
        _refuse_other_money(fact, donation)
    payment = (
        Payment.objects.select_for_update(of=("self",), no_key=True)
        .filter(provider=snapshot.provider, account=snapshot.account, provider_ref=fact.ref)
        .first()
    )
    if payment and payment.donation_id != donation.pk:
        raise DoesNotFit("payment of another gift", payment=fact.ref)
    others = donation.payments.exclude(provider_ref=fact.ref)
    if fact.status == PaymentStatus.SUCCEEDED and others.filter(status=PaymentStatus.SUCCEEDED).exists():
        raise DoesNotFit("paid twice", payment=fact.ref)
    refunded = sum(refund.amount_minor for refund in fact.refunds if refund.status == RefundStatus.SUCCEEDED)
    if refunded > fact.amount_minor:
        raise DoesNotFit("refunded more than paid", refunded=refunded)
    speaks = fact.status == PaymentStatus.SUCCEEDED or not others.filter(status=PaymentStatus.SUCCEEDED).exists()
    state = state_of(fact.status, fact.amount_minor, refunded, (dispute.status for dispute in fact.disputes))
    if speaks and state != donation.state and not may_move(donation.state, state):
        # A card that was refused, told late of a session that has ended since, says nothing new.
        if donation.state not in WITH_MONEY and state in BEFORE_MONEY:
            speaks = False
        else:
            raise DoesNotFit("impossible move", before=donation.state, after=state)
    payment = payment or Payment(
        donation=donation, provider=snapshot.provider, account=snapshot.account, provider_ref=fact.ref
    )
    payment.status, payment.amount_minor, payment.currency = fact.status, fact.amount_minor, fact.currency
    payment.method, payment.fee_minor, payment.failure = fact.method, fact.fee_minor, fact.failure[:100]
    payment.invoice_ref = snapshot.invoice_ref or payment.invoice_ref
    payment.paid_at = payment.paid_at or (
        (fact.paid_at or timezone.now()) if fact.status == PaymentStatus.SUCCEEDED else None
    )
    if fact.is_warned and payment.warned_at is None:
        payment.warned_at = timezone.now()
        note(donation, "fraud warning", cause)
    payment.save()
    refunds = [_apply_refund(refund, payment, donation, cause) for refund in fact.refunds]
    disputes = [_apply_dispute(dispute, payment, donation, cause) for dispute in fact.disputes]
    _write_ledger(donation, payment, refunds, disputes)
    if fact.status == PaymentStatus.SUCCEEDED and donation.paid_at is None:
        donation.paid_at = payment.paid_at
        donation.save(update_fields=["paid_at"])
    if speaks and state != donation.state:
        _move(donation, state, cause)


def _refuse_other_money(fact: PaymentFact, donation: Donation) -> None:
    if fact.currency != donation.currency:
        raise DoesNotFit("other currency", known=donation.currency, said=fact.currency)
    if fact.amount_minor != donation.amount_minor:
        raise DoesNotFit("other amount", known=donation.amount_minor, said=fact.amount_minor)


def _apply_refund(fact: RefundFact, payment: Payment, donation: Donation, cause: str) -> Refund:
    refunds = Refund.objects.select_for_update(of=("self",), no_key=True).filter(payment=payment)
    refund = refunds.filter(provider_ref=fact.ref).first()
    if refund is None:
        # The answer to staff's own refund may have been lost: the first of that amount that waits is the one.
        waiting = refunds.filter(provider_ref="", status=RefundStatus.PENDING, amount_minor=fact.amount_minor)
        refund = waiting.order_by("pk").first() or Refund(payment=payment, amount_minor=fact.amount_minor, status="")
        refund.provider_ref = fact.ref
    if fact.amount_minor != refund.amount_minor:
        raise DoesNotFit("other amount", refund=fact.ref, known=refund.amount_minor, said=fact.amount_minor)
    if refund.status != fact.status:
        note(donation, "refund", cause, status=fact.status, amount=fact.amount_minor)
        if fact.status == RefundStatus.SUCCEEDED:
            refund.settled_at = timezone.now()
            enqueue("refunded", f"{donation.token}:{fact.ref}", donation)
    refund.status = fact.status
    refund.save()
    return refund


def _apply_dispute(fact: DisputeFact, payment: Payment, donation: Donation, cause: str) -> Dispute:
    dispute = Dispute.objects.filter(payment=payment, provider_ref=fact.ref).first()
    dispute = dispute or Dispute(payment=payment, provider_ref=fact.ref, status="")
    if dispute.status != fact.status:
        note(donation, "dispute", cause, status=fact.status, amount=fact.amount_minor)
    dispute.status, dispute.amount_minor = fact.status, fact.amount_minor
    dispute.is_withdrawn, dispute.reason = fact.is_withdrawn, fact.reason[:100]
    dispute.save()
    return dispute


# --- The ledger -----------------------------------------------------------------------------------


def _write_ledger(donation: Donation, payment: Payment, refunds: Iterable[Refund], disputes: Iterable[Dispute]) -> None:
    """Bring the sum of the entries of each movement to what holds now: by adding, never by changing."""
    has_money = payment.status == PaymentStatus.SUCCEEDED
    _balance(
        donation,
        f"payment {payment.provider_ref}",
        payment.amount_minor if has_money else 0,
        (
            EntryKind.PAYMENT,
            EntryKind.UNMATCHED if payment.status == PaymentStatus.UNMATCHED else EntryKind.PAYMENT_FAILED,
        ),
        payment.paid_at,
    )
    for refund in refunds:
        _balance(
            donation,
            f"refund {refund.provider_ref}",
            -refund.amount_minor if refund.status == RefundStatus.SUCCEEDED else 0,
            (EntryKind.REFUND_FAILED, EntryKind.REFUND),
        )
    for dispute in disputes:
        is_gone = dispute.is_withdrawn and dispute.status != DisputeStatus.WON
        _balance(
            donation,
            f"dispute {dispute.provider_ref}",
            -dispute.amount_minor if is_gone else 0,
            (EntryKind.DISPUTE_WON, EntryKind.DISPUTE),
        )


def _balance(
    donation: Donation,
    source: str,
    target: int,
    kinds: tuple[EntryKind, EntryKind],
    happened_at: datetime | None = None,
) -> None:
    """Add the entry that brings the entries of `source` to `target`; `kinds` are those of more and of less."""
    entries = LedgerEntry.objects.filter(donation=donation, source=source)
    difference = target - (entries.aggregate(sum=Sum("amount_minor"))["sum"] or 0)
    if not difference:
        return
    turn = entries.count() + 1
    LedgerEntry.objects.create(
        donation=donation,
        issuer_id=donation.issuer_id,
        fund_id=donation.fund_id,
        kind=kinds[0] if difference > 0 else kinds[1],
        source=source,
        turn=turn,
        amount_minor=difference,
        currency=donation.currency,
        happened_at=(happened_at if turn == 1 else None) or timezone.now(),
    )


# --- Moves, and what follows from them ------------------------------------------------------------


def _move(donation: Donation, state: DonationState, cause: str) -> None:
    before, donation.state = donation.state, state
    donation.save(update_fields=["state"])
    note(donation, "state", cause, before=before, after=state)
    if state in CERTIFIABLE:
        # Once for each gift, whatever came before: a dispute may be told, and won, before anybody heard of the payment.
        enqueue("thanks", str(donation.token), donation)
        if donation.session_ref:
            limits.add(limits.SESSIONS, -1)
    elif state == DonationState.AWAITED and before in WITH_MONEY:
        # As if nothing had come: its own money will be thanked for, unless the donor has read a thank-you already.
        donation.paid_at = None
        donation.save(update_fields=["paid_at"])
        Mail.objects.filter(donation=donation, kind="thanks", done_at=None).delete()
    elif state == DonationState.PROCESSING:
        enqueue("processing", str(donation.token), donation)
    elif state == DonationState.FAILED and before in (DonationState.PROCESSING, DonationState.SUCCEEDED):
        enqueue("failed", f"{donation.token}:{donation.journal.count()}", donation)
    elif state == DonationState.FAILED:
        limits.add(limits.SESSIONS, 1)  # a card that was declined: robots try many


def note(
    donation: Donation | None = None,
    what: str = "",
    cause: str = "",
    *,
    pledge: Pledge | None = None,
    user: Any = None,
    **detail: Any,
) -> None:
    """Write a step into the story of a gift or a pledge. `detail` holds nothing personal."""
    JournalEntry.objects.create(donation=donation, pledge=pledge, what=what, cause=cause, user=user, detail=detail)


def enqueue(kind: str, key: str, donation: Donation | None = None, *, pledge: Pledge | None = None) -> None:
    """Have an e-mail sent when this transaction is through, once for `kind` and `key`."""
    Mail.objects.bulk_create([Mail(kind=kind, object_key=key, donation=donation, pledge=pledge)], ignore_conflicts=True)


# --- What begins with us --------------------------------------------------------------------------


def redirected(donation: Donation, session_ref: str, url: str, expires_at: datetime) -> None:
    """The provider has opened a page for the gift: note where."""
    with transaction.atomic():
        locked = _locked(Donation, donation.pk)
        locked.session_ref, locked.session_url, locked.session_expires_at = session_ref, url, expires_at
        locked.save(update_fields=["session_ref", "session_url", "session_expires_at"])
        if locked.state == DonationState.CREATED:
            _move(locked, DonationState.REDIRECTED, "donor")
    donation.refresh_from_db()


def may_look(donation: Donation, seconds: int) -> bool:
    """Whether it is time to ask the provider about the gift again; True for one caller in so many seconds."""
    now = timezone.now()
    due = Q(checked_at=None) | Q(checked_at__lt=now - timedelta(seconds=seconds))
    return bool(Donation.objects.filter(due, pk=donation.pk).update(checked_at=now))


def awaited(donation: Donation) -> None:
    """The donor will send a cheque or a transfer: from now on it is looked for."""
    with transaction.atomic():
        locked = _locked(Donation, donation.pk)
        if locked.state == DonationState.CREATED:
            _move(locked, DonationState.AWAITED, "donor")
            enqueue("instructions", str(locked.token), locked)
    donation.refresh_from_db()


def announced_otherwise(donation: Donation, amount_minor: int, user: Any) -> None:
    """Another amount arrived by cheque or transfer than was announced: the gift is what arrived.

    Also the way back to what was announced, when the match is taken back.
    """
    with transaction.atomic():
        locked = _locked(Donation, donation.pk)
        if locked.provider != "manual" or locked.payments.exclude(status=PaymentStatus.UNMATCHED).exists():
            raise DoesNotFit("other amount", known=locked.amount_minor, said=amount_minor)
        before, locked.amount_minor = locked.amount_minor, amount_minor
        locked.save(update_fields=["amount_minor"])
        note(locked, "amount", "staff", user=user, before=before, after=amount_minor)
    donation.refresh_from_db()


def given_up(donation: Donation, cause: str, *, user: Any = None) -> bool:
    """Cancel a gift of which no money has come, nor is on its way; False if it is too late for that."""
    with transaction.atomic():
        locked = _locked(Donation, donation.pk)
        if locked.state not in (DonationState.CREATED, DonationState.REDIRECTED, DonationState.AWAITED):
            return False
        before, locked.state = locked.state, DonationState.CANCELLED
        locked.save(update_fields=["state"])
        note(locked, "state", cause, user=user, before=before, after=locked.state)
    donation.refresh_from_db()
    return True


def moved_to(pledges: Iterable[Pledge], fund: Any, cause: str, user: Any) -> int:
    """Let the coming instalments of `pledges` go to another fund of the same issuer; how many were moved."""
    number = 0
    for pledge in pledges:
        with transaction.atomic():
            locked = _locked(Pledge, pledge.pk)
            if locked.fund_id == fund.pk or locked.state == PledgeState.ENDED or locked.issuer_id != fund.issuer_id:
                continue
            before, locked.fund = locked.fund_id, fund
            locked.save(update_fields=["fund"])
            note(pledge=locked, what="fund", cause=cause, user=user, before=before, after=fund.pk)
            enqueue("fund_moved", f"{locked.token}:{fund.pk}", pledge=locked)
            number += 1
    return number


def total_minor(**filters: Any) -> int:
    """What the ledger holds of the entries that `filters` pick, in minor units."""
    return LedgerEntry.objects.filter(**filters).aggregate(sum=Sum(F("amount_minor")))["sum"] or 0
