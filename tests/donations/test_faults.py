"""Single faults, each by itself: what the drill finds at random, here by name."""

import dataclasses

import pytest

from donations import gateway, inbox, lifecycle, webhooks
from donations.models import Mail, Payment, Quarantined, Refund, SandboxObject
from donations.providers import sandbox
from donations.providers.base import Gone, ObjectKind, Ref, Unreachable
from donations.states import DisputeStatus, DonationState, PaymentStatus, PledgeState, RefundStatus
from tests import factories

pytestmark = pytest.mark.django_db

URLS = {"success_url": "https://testserver/thanks/", "cancel_url": "https://testserver/back/"}


@pytest.fixture
def bank():
    return sandbox.connect("")


def tell_everything():
    for event in SandboxObject.objects.filter(kind="event").order_by("made_at", "pk"):
        assert webhooks.take_in("sandbox", "", *sandbox.signed(event)) == 200
    inbox.process_events()


def opened(gift):
    gateway.payment_page(gift, email="", **URLS)
    return gift.session_ref


def paid(bank, amount_minor=5_000, **fields):
    gift = factories.gift(amount_minor, **fields)
    payment = bank.pay(opened(gift))
    tell_everything()
    gift.refresh_from_db()
    return gift, payment.ref


def thanks(gift):
    return Mail.objects.filter(donation=gift, kind="thanks").count()


def test_a_refund_of_the_dashboard_counts_and_one_that_fails_afterwards_is_money_again(bank):
    gift, ref = paid(bank)
    bank.refund(ref, 2_000, "dashboard")
    tell_everything()
    gift.refresh_from_db()
    assert gift.state == DonationState.PARTIALLY_REFUNDED
    assert lifecycle.total_minor(donation=gift) == 3_000
    assert Refund.objects.get(payment__donation=gift).requested_by is None
    payment = bank.get(ref)
    payment.data["refunds"][0]["status"] = str(RefundStatus.FAILED)
    payment.save()
    bank.tell("refund.failed", ObjectKind.PAYMENT, ref)
    tell_everything()
    gift.refresh_from_db()
    assert gift.state == DonationState.SUCCEEDED
    assert lifecycle.total_minor(donation=gift) == 5_000
    assert thanks(gift) == 1


def test_a_gift_of_which_the_dispute_is_heard_first_is_thanked_for_when_it_is_won(bank):
    gift = factories.gift()
    ref = bank.pay(opened(gift)).ref
    bank.dispute(ref, DisputeStatus.OPEN, is_withdrawn=True)
    tell_everything()
    assert thanks(gift) == 0
    bank.dispute(ref, DisputeStatus.WON, is_withdrawn=False)
    tell_everything()
    assert thanks(gift) == 1


def test_a_card_that_was_refused_first_makes_no_second_gift_of_the_first_month(bank):
    gift = factories.gift(monthly=True)
    session = opened(gift)
    bank.pay(session, status=PaymentStatus.FAILED)
    tell_everything()
    bank.pay(session)
    tell_everything()
    gift.refresh_from_db()
    assert gift.state == DonationState.SUCCEEDED
    assert gift.pledge.donations.count() == 1


def test_months_of_another_amount_are_gifts_of_that_amount_even_when_the_later_one_is_told_first(bank):
    gift = factories.gift(1_500, monthly=True)
    first = bank.pay(opened(gift))
    pledge_ref = bank.get(gift.session_ref).data["pledge"]
    bank.change_pledge(pledge_ref, 1_900, "portal")
    second = bank.renew(pledge_ref)
    bank.change_pledge(pledge_ref, 2_500, "portal")  # changed twice before anybody looked
    for payment in (second, first, second):
        lifecycle.refresh(bank, Ref(ObjectKind.INVOICE, payment.data["invoice"]), "test")
    amounts = Payment.objects.filter(donation__pledge=gift.pledge).values_list("donation__amount_minor", "amount_minor")
    assert sorted(amounts) == [(1_500, 1_500), (1_900, 1_900)]
    assert lifecycle.total_minor(donation__pledge=gift.pledge) == 3_400
    gift.refresh_from_db()
    assert gift.payments.get().provider_ref == first.ref
    assert gift.pledge.amount_minor == 2_500
    assert not Quarantined.objects.exists()


def test_a_first_month_of_an_amount_that_nobody_agreed_to_is_put_before_a_person(bank):
    gift = factories.gift(1_500, monthly=True)
    bank.store(bank.pay(opened(gift)), amount=1_501)
    tell_everything()
    assert Quarantined.objects.get().why == "other amount"
    assert lifecycle.total_minor() == 0


def test_three_months_that_fail_end_the_pledge_with_one_word_each(bank):
    gift, _ref = paid(bank, monthly=True)
    pledge = gift.pledge
    pledge.refresh_from_db()
    for _month in range(3):
        bank.renew(pledge.provider_ref, PaymentStatus.FAILED)
        tell_everything()
    bank.end_pledge(pledge.provider_ref, "exhausted", at_once=True)
    tell_everything()
    tell_everything()
    pledge.refresh_from_db()
    assert pledge.state == PledgeState.ENDED
    assert Mail.objects.filter(pledge=pledge, kind="pledge_ended").count() == 1
    assert lifecycle.total_minor(donation__pledge=pledge) == 5_000
    with pytest.raises(gateway.TooLate):
        gateway.change_pledge(pledge, 900, "donor")


def test_two_months_on_one_day_are_two_gifts(bank):
    gift, _ref = paid(bank, monthly=True)
    gift.pledge.refresh_from_db()
    for _invoice in range(2):
        bank.renew(gift.pledge.provider_ref)
    tell_everything()
    assert gift.pledge.donations.count() == 3
    assert lifecycle.total_minor(donation__pledge=gift.pledge) == 15_000


def test_an_early_fraud_warning_is_noted_once_and_changes_no_money(bank):
    gift, ref = paid(bank)
    (snapshot,) = bank.fetch(Ref(ObjectKind.PAYMENT, ref))
    warned = dataclasses.replace(snapshot, payment=dataclasses.replace(snapshot.payment, is_warned=True))
    for _time in range(2):
        lifecycle.apply_snapshot(warned, Ref(ObjectKind.PAYMENT, ref), "test")
    assert Payment.objects.get(provider_ref=ref).warned_at is not None
    assert gift.journal.filter(what="fraud warning").count() == 1
    assert lifecycle.total_minor(donation=gift) == 5_000


class LosesAnswers(sandbox.Sandbox):
    """The sandbox: what it is asked for is done, and nobody hears of it."""

    def open_session(self, order, key):
        super().open_session(order, key)
        raise Unreachable("lost")

    def refund(self, payment_ref, amount_minor, key):
        super().refund(payment_ref, amount_minor, key)
        raise Unreachable("lost")


def test_when_the_answer_is_lost_the_same_is_asked_again_and_done_once(bank, settings, make_user):
    before = settings.DONATION_PROVIDERS
    settings.DONATION_PROVIDERS = before | {"sandbox": f"{__name__}.LosesAnswers"}
    gift = factories.gift()
    with pytest.raises(Unreachable):
        opened(gift)
    settings.DONATION_PROVIDERS = before
    opened(gift)
    assert SandboxObject.objects.filter(kind="session").count() == 1
    ref = bank.pay(gift.session_ref).ref
    tell_everything()
    settings.DONATION_PROVIDERS = before | {"sandbox": f"{__name__}.LosesAnswers"}
    refund = gateway.request_refund(Payment.objects.get(), 1_000, "", make_user("Administrators"))
    assert refund.status == RefundStatus.PENDING
    settings.DONATION_PROVIDERS = before
    for _time in range(3):
        gateway.send_refund(refund)
    assert len(bank.get(ref).data["refunds"]) == 1
    assert refund.status == RefundStatus.SUCCEEDED
    assert lifecycle.total_minor(donation=gift) == 4_000


def test_a_second_payment_of_one_gift_is_put_before_a_person(bank):
    gift, _ref = paid(bank)
    session = bank.get(gift.session_ref)
    bank.store(session, state="open")
    bank.pay(gift.session_ref)
    tell_everything()
    assert Quarantined.objects.get().why == "paid twice"
    assert lifecycle.total_minor(donation=gift) == 5_000
    with pytest.raises(Gone):
        bank.fetch(Ref(ObjectKind.PAYMENT, "pa_nobody"))
