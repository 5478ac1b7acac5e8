"""What a provider's word does to a gift: the state, the ledger, the journal, the e-mails - once, whatever the order."""

import random
from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from donations import gateway, inbox, lifecycle, webhooks
from donations.models import LedgerEntry, Mail, Payment, ProviderEvent, Quarantined, Refund, SandboxObject
from donations.providers import sandbox
from donations.providers.base import ObjectKind, Ref, Snapshot
from donations.states import DisputeStatus, DonationState, PaymentStatus, PledgeState, RefundStatus
from tests import factories

pytestmark = pytest.mark.django_db

URLS = {"success_url": "https://testserver/thanks/", "cancel_url": "https://testserver/back/"}


def opened(donation):
    """The gift at the payment page; the page's number."""
    gateway.payment_page(donation, email="camille@example.org", **URLS)
    donation.refresh_from_db()
    assert donation.state == DonationState.REDIRECTED
    return donation.session_ref


def tell_everything():
    """Every message of the sandbox goes through the door, then is worked off."""
    for event in SandboxObject.objects.filter(kind="event").order_by("made_at", "pk"):
        headers, body = sandbox.signed(event)
        assert webhooks.take_in("sandbox", "", headers, body) == 200
    inbox.process_events()


@pytest.fixture
def bank():
    return sandbox.connect("")


def test_a_gift_that_is_paid_is_received_thanked_for_once_and_in_the_ledger(bank):
    gift = factories.gift(5_000)
    bank.pay(opened(gift))
    for _time in range(3):
        tell_everything()
    gift.refresh_from_db()
    assert gift.state == DonationState.SUCCEEDED
    assert gift.paid_at is not None
    assert lifecycle.total_minor(donation=gift) == 5_000
    assert list(Mail.objects.filter(donation=gift).values_list("kind", flat=True)) == ["thanks"]
    assert not Quarantined.objects.exists()


def test_a_direct_debit_is_on_its_way_then_arrives_then_comes_back(bank):
    gift = factories.gift(2_000)
    payment = bank.pay(opened(gift), method="sepa_debit", status=PaymentStatus.PROCESSING)
    tell_everything()
    gift.refresh_from_db()
    assert gift.state == DonationState.PROCESSING
    assert lifecycle.total_minor(donation=gift) == 0
    bank.settle(payment.ref, PaymentStatus.SUCCEEDED)
    tell_everything()
    assert lifecycle.total_minor(donation=gift) == 2_000
    bank.settle(payment.ref, PaymentStatus.FAILED)
    tell_everything()
    gift.refresh_from_db()
    assert gift.state == DonationState.FAILED
    assert lifecycle.total_minor(donation=gift) == 0
    assert LedgerEntry.objects.filter(donation=gift).count() == 2


def test_a_refused_card_is_tried_again_on_the_same_page(bank):
    gift = factories.gift()
    session = opened(gift)
    bank.pay(session, status=PaymentStatus.FAILED)
    tell_everything()
    gift.refresh_from_db()
    assert gift.state == DonationState.FAILED
    bank.pay(session)
    tell_everything()
    gift.refresh_from_db()
    assert gift.state == DonationState.SUCCEEDED


def test_each_month_is_a_gift_of_its_own_and_a_failed_month_is_followed_by_a_good_one(bank):
    gift = factories.gift(1_500, monthly=True)
    bank.pay(opened(gift))
    tell_everything()
    gift.refresh_from_db()
    pledge = gift.pledge
    assert pledge.state == PledgeState.ACTIVE
    second = bank.renew(pledge.provider_ref, PaymentStatus.FAILED)
    tell_everything()
    pledge.refresh_from_db()
    assert pledge.state == PledgeState.PAST_DUE
    assert Mail.objects.filter(kind="pledge_failing", pledge=pledge).count() == 1
    bank.settle(second.ref, PaymentStatus.SUCCEEDED)
    bank.renew(pledge.provider_ref)
    tell_everything()
    tell_everything()
    pledge.refresh_from_db()
    assert pledge.state == PledgeState.ACTIVE
    assert pledge.donations.count() == 3
    assert lifecycle.total_minor(donation__pledge=pledge) == 4_500
    assert Mail.objects.filter(kind="thanks").count() == 3


def test_a_refund_goes_back_once_and_never_more_than_was_paid(bank, make_user):
    gift = factories.gift(5_000)
    bank.pay(opened(gift))
    tell_everything()
    payment = Payment.objects.get(donation=gift)
    staff = make_user("Administrators")
    gateway.request_refund(payment, 2_000, "typed twice", staff)
    tell_everything()
    gift.refresh_from_db()
    assert gift.state == DonationState.PARTIALLY_REFUNDED
    assert lifecycle.total_minor(donation=gift) == 3_000
    with pytest.raises(gateway.TooLate):
        gateway.request_refund(payment, 3_001, "", staff)
    gateway.request_refund(payment, 3_000, "", staff)
    tell_everything()
    gift.refresh_from_db()
    assert gift.state == DonationState.REFUNDED
    assert Refund.objects.filter(payment=payment, status=RefundStatus.SUCCEEDED).count() == 2


def test_a_large_refund_waits_for_a_second_person(bank, make_user, settings):
    settings.REFUND_NEEDS_SECOND_PERSON_FROM = 4_000
    gift = factories.gift(5_000)
    bank.pay(opened(gift))
    tell_everything()
    first, second = make_user("Administrators"), make_user("Administrators", "second")
    refund = gateway.request_refund(Payment.objects.get(donation=gift), 4_000, "", first)
    assert refund.status == RefundStatus.REQUESTED
    assert lifecycle.total_minor(donation=gift) == 5_000
    with pytest.raises(gateway.TooLate):
        gateway.approve_refund(refund, first)
    gateway.approve_refund(refund, second)
    assert lifecycle.total_minor(donation=gift) == 1_000


def test_a_dispute_takes_the_money_and_may_give_it_back(bank):
    gift = factories.gift(5_000)
    payment = bank.pay(opened(gift))
    bank.dispute(payment.ref, DisputeStatus.OPEN, is_withdrawn=True)
    tell_everything()
    gift.refresh_from_db()
    assert gift.state == DonationState.DISPUTED
    assert lifecycle.total_minor(donation=gift) == 0
    bank.dispute(payment.ref, DisputeStatus.WON, is_withdrawn=False)
    tell_everything()
    gift.refresh_from_db()
    assert gift.state == DonationState.SUCCEEDED
    assert lifecycle.total_minor(donation=gift) == 5_000


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"amount": 4_999}, "other amount"),
        ({"currency": "USD"}, "other currency"),
    ],
)
def test_money_that_does_not_fit_the_gift_is_put_before_a_person_and_applied_to_nothing(bank, wrong, why):
    gift = factories.gift(5_000)
    payment = bank.pay(opened(gift))
    bank.store(payment, **wrong)
    tell_everything()
    tell_everything()
    gift.refresh_from_db()
    assert gift.state == DonationState.REDIRECTED
    assert lifecycle.total_minor() == 0
    assert [case.why for case in Quarantined.objects.all()] == [why]


def test_a_payment_of_an_unknown_gift_or_of_real_money_is_quarantined():
    for token, is_live, why in (("7" * 32, False, "unknown gift"), ("; DROP", False, "unknown gift")):
        snapshot = Snapshot("sandbox", "", is_live, token)
        assert lifecycle.apply_snapshot(snapshot, Ref(ObjectKind.SESSION, token), "test") is None
        assert Quarantined.objects.filter(object_ref=token, why=why).exists()
    gift = factories.gift()
    snapshot = Snapshot("sandbox", "", True, str(gift.token), session_state="expired")
    assert lifecycle.apply_snapshot(snapshot, Ref(ObjectKind.SESSION, "live"), "test") is None
    assert Quarantined.objects.filter(why="other mode").exists()


def test_two_tabs_lead_to_one_payment_page_and_an_old_one_is_replaced():
    gift = factories.gift()
    first = gateway.payment_page(gift, email="", **URLS)
    assert gateway.payment_page(gift, email="", **URLS) == first
    gift.session_expires_at = timezone.now() - timedelta(minutes=1)
    gift.save()
    assert gateway.payment_page(gift, email="", **URLS) != first


def test_nothing_changes_the_ledger_or_the_journal(bank):
    gift = factories.gift()
    bank.pay(opened(gift))
    tell_everything()
    for rows in (LedgerEntry.objects.filter(donation=gift), gift.journal.all()):
        for act in (lambda rows=rows: rows.update(donation=gift), rows.delete):
            with pytest.raises(DatabaseError), transaction.atomic():
                act()


def test_in_any_order_with_losses_and_repetitions_the_ledger_equals_the_provider(bank):
    chance = random.Random(7)
    for _round in range(30):
        gift = factories.gift(chance.choice([500, 5_000]), monthly=chance.random() < 0.5)
        session = opened(gift)
        payments = [bank.pay(session, status=chance.choice([PaymentStatus.SUCCEEDED, PaymentStatus.PROCESSING]))]
        if gift.pledge:
            pledge = SandboxObject.objects.get(ref=bank.get(session).data["pledge"])
            payments += [bank.renew(pledge.ref, PaymentStatus.SUCCEEDED) for _month in range(chance.randint(0, 2))]
        for payment in payments:
            if chance.random() < 0.3:
                bank.settle(payment.ref, chance.choice([PaymentStatus.SUCCEEDED, PaymentStatus.FAILED]))
            if bank.get(payment.ref).data["status"] == PaymentStatus.SUCCEEDED and chance.random() < 0.5:
                bank.refund(payment.ref, 200, f"key-{payment.ref}")
        events = list(SandboxObject.objects.filter(kind="event", data__told__isnull=True))
        chance.shuffle(events)
        for event in events + events[: len(events) // 2]:
            if chance.random() < 0.7:
                headers, body = sandbox.signed(event)
                webhooks.take_in("sandbox", "", headers, body)
            if chance.random() < 0.3:
                inbox.process_events()
        inbox.process_events()
        # What was lost is found by whoever looks again.
        gift.refresh_from_db()
        gateway.look_again(gift, "test")
        if gift.pledge:
            gift.pledge.refresh_from_db()
            lifecycle.refresh(bank, Ref(ObjectKind.PLEDGE, bank.get(session).data["pledge"]), "test")
        SandboxObject.objects.filter(kind="event").update(data={"told": True})
        at_provider = 0
        for payment in payments:
            data = bank.get(payment.ref).data
            if data["status"] == PaymentStatus.SUCCEEDED:
                at_provider += data["amount"] - sum(refund["amount"] for refund in data.get("refunds", []))
        ours = {"donation__pledge": gift.pledge} if gift.pledge else {"donation": gift}
        assert lifecycle.total_minor(**ours) == at_provider
    assert not Quarantined.objects.exists()
    assert not ProviderEvent.objects.filter(done_at=None).exclude(attempts=0).exists()
