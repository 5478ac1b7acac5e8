"""What we ask of a provider, each thing under an idempotency key that is stored before it is asked.

A time-out tells nothing: the same thing is asked again under the same key, for as long as providers keep keys. After
that the provider's own word is fetched first; nothing is ever asked anew blindly.
"""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any, TypeVar

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.module_loading import import_string

from donations import lifecycle
from donations.models import Call, Donation, Payment, Pledge, Refund
from donations.providers.base import (
    Capability,
    Gone,
    ObjectKind,
    Opened,
    Order,
    Provider,
    ProviderError,
    Ref,
    Refused,
    Stuck,
    UnknownProvider,
    Unreachable,
)
from donations.states import DonationState, PaymentStatus, PledgeState, RefundStatus
from donations.work import taking_turns

KEY_LASTS = timedelta(hours=23)  # Stripe forgets a key after 24
SESSION_LASTS = timedelta(minutes=30)  # the least that Stripe lets a page stay open
SAME_SESSION = timedelta(minutes=2)  # a page that nobody has paid on may be opened anew; an older question may not

Answer = TypeVar("Answer")


class TooLate(Exception):
    """What was asked for is no longer possible; the text says why, for staff or the donor."""


def provider_of(name: str, account: str) -> Provider:
    """The account `account` at the provider `name`, as `DONATION_PROVIDERS` sets it up. Raises UnknownProvider."""
    try:
        connect = import_string(settings.DONATION_PROVIDERS[name])
    except KeyError:
        raise UnknownProvider(name) from None
    return connect(account)


def provider_for(of: Donation | Pledge | Payment) -> Provider:
    """The provider that a gift, pledge or payment goes through. Raises UnknownProvider."""
    return provider_of(of.provider, of.account)


def is_sandbox() -> bool:
    """Whether this server only pretends. Each of donors' screens says so, also of a transfer to nobody."""
    return "sandbox" in settings.DONATION_PROVIDERS


def can(issuer: Any, capability: Capability) -> bool:
    """Whether gifts to `issuer` may use `capability` of its provider."""
    if not issuer.provider:
        return False
    try:
        return capability in provider_of(issuer.provider, issuer.account).capabilities
    except UnknownProvider:
        return False


def _ask(
    act: str,
    do: Callable[[Call], Answer],
    *,
    donation: Donation | None = None,
    pledge: Pledge | None = None,
    within: timedelta = KEY_LASTS,
) -> Answer:
    """Do something under a key of its own, which a try without an answer leaves to the next.

    Must not run inside a transaction: the key has to outlive whatever happens next.
    """
    token = donation.token if donation else pledge.token
    # One after the other: the second of two clicks asks under the first one's key, or finds the thing done.
    with taking_turns(f"{token} {act}"):
        calls = Call.objects.filter(act=act, donation=donation, pledge=pledge)
        call = calls.filter(answered_at=None, made_at__gt=timezone.now() - within).order_by("pk").first()
        if call is None:
            key = f"{token}:{act}:{calls.count() + 1}"
            call = Call.objects.create(act=act, donation=donation, pledge=pledge, key=key)
        try:
            answer = do(call)
        except ProviderError as error:
            # Without an answer the key serves again - unless it is known to bring the same error each time.
            is_open = isinstance(error, Unreachable) and not isinstance(error, Stuck)
            answered_at = None if is_open else timezone.now()
            Call.objects.filter(pk=call.pk).update(outcome=type(error).__name__, answered_at=answered_at)
            raise
        Call.objects.filter(pk=call.pk).update(outcome="done", answered_at=timezone.now())
        return answer


# --- The donor's way ------------------------------------------------------------------------------


def payment_page(donation: Donation, *, email: str, success_url: str, cancel_url: str) -> str:
    """The address of the hosted page for the gift: the one that is open, or a new one. Raises Unreachable, Refused.

    Two tabs, a double click and the back button lead to the same page.
    """
    with taking_turns(f"{donation.token} page"):
        donation.refresh_from_db()
        now = timezone.now()
        if donation.session_url and donation.session_expires_at and donation.session_expires_at > now:
            return donation.session_url
        if donation.state not in (DonationState.CREATED, DonationState.REDIRECTED, DonationState.FAILED):
            raise TooLate(donation.state)
        provider = provider_for(donation)

        def open_page(call: Call) -> Opened:
            order = Order(
                token=str(donation.token),
                amount_minor=donation.amount_minor,
                currency=donation.currency,
                is_monthly=donation.pledge_id is not None,
                label=str(donation.fund.name),
                language=donation.language,
                email=email,
                success_url=success_url,
                cancel_url=cancel_url,
                # The same for a repeated question, or the provider would take it for another one.
                expires_at=call.made_at + SESSION_LASTS + 2 * SAME_SESSION,
            )
            return provider.open_session(order, call.key)

        opened = _ask("session", open_page, donation=donation, within=SAME_SESSION)
        lifecycle.redirected(donation, opened.ref, opened.url, opened.expires_at)
        return opened.url


def look_again(donation: Donation, cause: str) -> None:
    """Fetch what the provider knows of the gift, and apply it. Raises Unreachable or Refused."""
    provider = provider_for(donation)
    payment = donation.payments.order_by("-pk").first()
    # After a card that was refused, the page may have seen another one: the page knows both.
    is_past = payment and payment.status in (PaymentStatus.FAILED, PaymentStatus.CANCELLED)
    if payment and not (is_past and donation.session_ref):
        kind = ObjectKind.INVOICE if payment.invoice_ref else ObjectKind.PAYMENT
        lifecycle.refresh(provider, Ref(kind, payment.invoice_ref or payment.provider_ref), cause)
    elif donation.session_ref:
        lifecycle.refresh(provider, Ref(ObjectKind.SESSION, donation.session_ref), cause)


# --- Money back -----------------------------------------------------------------------------------


def request_refund(payment: Payment, amount_minor: int, reason: str, user: Any) -> Refund:
    """Ask for a refund: sent off at once, or by a second person above `REFUND_NEEDS_SECOND_PERSON_FROM` (minor units).

    Raises TooLate when that much is not left of the payment.
    """
    with transaction.atomic():
        donation = Donation.objects.select_for_update(of=("self",), no_key=True).get(pk=payment.donation_id)
        payment = Payment.objects.select_for_update(of=("self",), no_key=True).get(pk=payment.pk)
        left = left_of(payment)
        if payment.status != PaymentStatus.SUCCEEDED or amount_minor > left:
            raise TooLate("more than is left")
        # What went back before counts: a large refund is not cut into small ones.
        in_all = payment.amount_minor - left + amount_minor
        needs_second = in_all >= settings.REFUND_NEEDS_SECOND_PERSON_FROM
        refund = Refund.objects.create(
            payment=payment,
            amount_minor=amount_minor,
            reason=reason[:300],
            requested_by=user,
            status=RefundStatus.REQUESTED if needs_second else RefundStatus.PENDING,
        )
        lifecycle.note(donation, "refund", "staff", user=user, status=refund.status, amount=amount_minor)
    if not needs_second:
        send_refund(refund)
    return refund


def approve_refund(refund: Refund, user: Any) -> None:
    """Let a colleague's refund go. Raises TooLate for one's own, or one that waits no longer."""
    with transaction.atomic():
        locked = _locked_refund(refund)
        if locked.status != RefundStatus.REQUESTED or locked.requested_by_id == user.pk:
            raise TooLate("not waiting for this person")
        locked.status, locked.approved_by = RefundStatus.PENDING, user
        locked.save(update_fields=["status", "approved_by"])
        lifecycle.note(
            locked.payment.donation, "refund", "staff", user=user, status="approved", amount=locked.amount_minor
        )
    send_refund(locked)


def refuse_refund(refund: Refund, user: Any) -> None:
    """Turn a colleague's request down, or take back one's own. Raises TooLate for one that waits no longer."""
    with transaction.atomic():
        locked = _locked_refund(refund)
        if locked.status != RefundStatus.REQUESTED:
            raise TooLate("not waiting")
        locked.status, locked.approved_by = RefundStatus.REFUSED, user
        locked.save(update_fields=["status", "approved_by"])
        lifecycle.note(
            locked.payment.donation, "refund", "staff", user=user, status=locked.status, amount=locked.amount_minor
        )


def _locked_refund(refund: Refund) -> Refund:
    """The refund's row, locked after its gift's: in the order of whoever hears of it from the provider."""
    Donation.objects.select_for_update(of=("self",), no_key=True).get(payments=refund.payment_id)
    return Refund.objects.select_for_update(of=("self",), no_key=True).get(pk=refund.pk)


def left_of(payment: Payment) -> int:
    """What may still be sent back of a payment: less what went back, is on its way, or waits for a second person."""
    taken = payment.refunds.exclude(status__in=(RefundStatus.FAILED, RefundStatus.REFUSED))
    return payment.amount_minor - sum(taken.values_list("amount_minor", flat=True))


def send_refund(refund: Refund) -> None:
    """Have the provider send the money; quiet when it was sent. Unknown outcomes stay pending, for `reconcile`."""
    with taking_turns(f"refund {refund.pk}"):
        refund.refresh_from_db()
        if refund.provider_ref or refund.status != RefundStatus.PENDING:
            return
        payment = refund.payment
        provider, act = provider_for(payment), f"refund-{refund.pk}"
        try:
            if Call.objects.filter(donation=payment.donation_id, act=act).exists():
                # It was asked for before, and the answer was lost: it is in what the provider says of the payment.
                look_again(payment.donation, "refund")
                refund.refresh_from_db()
                if refund.provider_ref or refund.status != RefundStatus.PENDING:
                    return
            fact = _ask(
                act,
                lambda call: provider.refund(payment.provider_ref, refund.amount_minor, call.key),
                donation=payment.donation,
            )
        except Unreachable:
            return
        except Refused:
            with transaction.atomic():
                Donation.objects.select_for_update(of=("self",), no_key=True).get(pk=payment.donation_id)
                Refund.objects.filter(pk=refund.pk, provider_ref="").update(status=RefundStatus.FAILED)
                lifecycle.note(
                    payment.donation, "refund", "provider", status=RefundStatus.FAILED, amount=refund.amount_minor
                )
            return
        finally:
            refund.refresh_from_db()
        # The webhook may have been faster, and have given the reference to this row.
        Refund.objects.filter(pk=refund.pk, provider_ref="").exclude(payment__refunds__provider_ref=fact.ref).update(
            provider_ref=fact.ref
        )
    look_again(payment.donation, "refund")
    refund.refresh_from_db()


# --- Pledges --------------------------------------------------------------------------------------


def end_pledge(pledge: Pledge, cause: str, *, at_once: bool = True) -> None:
    """End a monthly gift at the provider, then take in what the provider says. Raises Unreachable or Refused."""
    if pledge.state == PledgeState.ENDED:
        return
    provider = provider_for(pledge)
    if not pledge.provider_ref:
        # Never confirmed: the page that waits for the donor is closed instead.
        first = pledge.donations.order_by("pk").first()
        if first and first.session_ref:
            provider.expire_session(first.session_ref)
            look_again(first, cause)
        return
    with suppress(Gone):
        _ask("end", lambda call: provider.end_pledge(pledge.provider_ref, call.key, at_once=at_once), pledge=pledge)
    lifecycle.refresh(provider, Ref(ObjectKind.PLEDGE, pledge.provider_ref), cause)
    pledge.refresh_from_db()


def change_pledge(pledge: Pledge, amount_minor: int, cause: str) -> None:
    """From the next month on another amount. Raises Unreachable, Refused, or TooLate for an ended pledge."""
    if pledge.state in (PledgeState.ENDED, PledgeState.ENDING, PledgeState.PENDING):
        raise TooLate(pledge.state)
    provider = provider_for(pledge)
    _ask(
        f"change-{amount_minor}",
        lambda call: provider.change_pledge(pledge.provider_ref, amount_minor, call.key),
        pledge=pledge,
    )
    lifecycle.refresh(provider, Ref(ObjectKind.PLEDGE, pledge.provider_ref), cause)
    pledge.refresh_from_db()
