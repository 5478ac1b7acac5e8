"""One contract for all who move money: what the rest of the app may rely on, whoever the provider is."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from donations import gateway, lifecycle
from donations.models import BankLine, Donation, Payment, SandboxObject
from donations.providers import manual, sandbox
from donations.providers import stripe as stripe_provider
from donations.providers.base import (
    BadSignature,
    Capability,
    Gone,
    ObjectKind,
    Order,
    Provider,
    Ref,
    Refused,
    Snapshot,
)
from donations.states import DisputeStatus, DonationState, PaymentStatus, PledgeState, RefundStatus
from tests import factories

pytestmark = pytest.mark.django_db

ONLINE = ["sandbox", "stripe"]
ALL = [*ONLINE, "manual"]


@dataclass
class Stage:
    """A provider, and what donors and banks do there."""

    provider: Provider
    fake: Any = None

    def pay(self, session: str, how: str = "card") -> None:
        if self.fake:
            self.fake.pay(session=session, how=how)
        else:
            method, status = {
                "card": ("card", PaymentStatus.SUCCEEDED),
                "debit": ("sepa_debit", PaymentStatus.PROCESSING),
                "decline": ("card", PaymentStatus.FAILED),
            }[how]
            self.provider.pay(session, method=method, status=status)

    def settle(self, payment: str, *, ok: bool) -> None:
        if self.fake:
            self.fake.settle(intent=payment, ok=ok)
        else:
            self.provider.settle(payment, PaymentStatus.SUCCEEDED if ok else PaymentStatus.FAILED)

    def renew(self, pledge: str, *, ok: bool = True) -> None:
        if self.fake:
            self.fake.card(subscription=pledge, is_good=ok)
            self.fake.renew(subscription=pledge)
        else:
            self.provider.renew(pledge, PaymentStatus.SUCCEEDED if ok else PaymentStatus.FAILED)

    def dispute(self, payment: str, ends: bool | None = None) -> None:
        """The bank takes the money; `ends`: and gives it back, or not."""
        if self.fake:
            case = self.fake.dispute(intent=payment)
            if ends is not None:
                self.fake.close_dispute(dispute=case["id"], won=ends)
        else:
            self.provider.dispute(payment, DisputeStatus.OPEN, is_withdrawn=True)
            if ends is not None:
                self.provider.dispute(payment, DisputeStatus.WON if ends else DisputeStatus.LOST, is_withdrawn=not ends)

    def messages(self) -> list[tuple[dict[str, str], bytes]]:
        """All that was ever told, signed, oldest first."""
        if self.fake:
            told = self.fake.messages(again=True)
            return [({"Stripe-Signature": one["signature"]}, one["body"].encode()) for one in told]
        events = SandboxObject.objects.filter(kind="event").order_by("made_at", "pk")
        return [sandbox.signed(event) for event in events]

    def pay_out(self) -> None:
        if self.fake:
            self.fake.pay_out()
            return
        # The sandbox transfers each evening what the day has brought.
        yesterday = (timezone.now() - timedelta(days=1)).isoformat()
        for payment in SandboxObject.objects.filter(kind="payment"):
            payment.data["paid_at"] = yesterday
            for part in [*payment.data.get("refunds", []), payment.data.get("dispute")]:
                if part:
                    part["at"] = yesterday
            payment.save()


@pytest.fixture
def stage(request):
    match request.param:
        case "stripe":
            fake = request.getfixturevalue("fake_stripe")
            return Stage(stripe_provider.connect(""), fake)
        case "sandbox":
            return Stage(sandbox.connect(""))
        case _:
            return Stage(manual.connect(""))


def on(names: list[str]) -> Any:
    return pytest.mark.parametrize("stage", names, indirect=True)


def order(*, amount_minor: int = 5_000, is_monthly: bool = False, **changes: Any) -> Order:
    return replace(
        Order(
            token="6a1c0f6e-8f0b-4c2e-9a51-3a1f6f0b7d11",
            amount_minor=amount_minor,
            currency="EUR",
            is_monthly=is_monthly,
            label="Recherche sur les lymphomes",
            language="fr",
            email="camille@example.org",
            success_url="https://testserver/thanks/",
            cancel_url="https://testserver/back/",
            expires_at=timezone.now() + timedelta(minutes=32),
        ),
        **changes,
    )


def seen(stage: Stage, kind: ObjectKind, ref: str) -> Snapshot:
    """The one thing that the provider says of an object."""
    (snapshot,) = stage.provider.fetch(Ref(kind, ref))
    return snapshot


def paid(stage: Stage, **changes: Any) -> Snapshot:
    session = stage.provider.open_session(order(**changes), "key").ref
    stage.pay(session)
    return seen(stage, ObjectKind.SESSION, session)


@on(ONLINE)
def test_a_page_is_opened_once_for_a_key_and_waits_for_the_donor(stage):
    asked = order()
    first = stage.provider.open_session(asked, "key-1")
    again = stage.provider.open_session(asked, "key-1")
    other = stage.provider.open_session(asked, "key-2")
    assert first.ref == again.ref != other.ref
    assert first.url == again.url != ""
    assert abs(first.expires_at - asked.expires_at) < timedelta(seconds=2)
    snapshot = seen(stage, ObjectKind.SESSION, first.ref)
    assert (snapshot.token, snapshot.session_ref, snapshot.session_state) == (asked.token, first.ref, "open")
    assert (snapshot.provider, snapshot.account, snapshot.is_live) == (stage.provider.name, "", False)
    assert snapshot.payment is None
    assert snapshot.pledge is None


@on(ONLINE)
def test_a_page_that_is_closed_says_so_and_is_closed_once(stage):
    session = stage.provider.open_session(order(), "key").ref
    for _time in range(2):
        stage.provider.expire_session(session)
        assert seen(stage, ObjectKind.SESSION, session).session_state == "expired"


@on(ONLINE)
def test_a_payment_says_all_of_itself_by_whatever_name_it_is_asked_for(stage):
    snapshot = paid(stage)
    assert snapshot.session_state == "complete"
    payment = snapshot.payment
    assert (payment.status, payment.amount_minor, payment.currency, payment.method) == (
        PaymentStatus.SUCCEEDED,
        5_000,
        "EUR",
        "card",
    )
    assert 0 < payment.fee_minor < 500
    assert abs(payment.paid_at - datetime.now(UTC)) < timedelta(minutes=1)
    assert (payment.failure, payment.refunds, payment.disputes, payment.is_warned) == ("", (), (), False)
    by_payment = seen(stage, ObjectKind.PAYMENT, payment.ref)
    assert (by_payment.token, by_payment.payment) == (snapshot.token, payment)


@on(ONLINE)
def test_a_refused_card_leaves_the_page_open_for_another_try(stage):
    session = stage.provider.open_session(order(), "key").ref
    stage.pay(session, "decline")
    snapshot = seen(stage, ObjectKind.SESSION, session)
    assert snapshot.session_state == "open"
    assert snapshot.payment.status == PaymentStatus.FAILED
    assert snapshot.payment.failure
    stage.pay(session)
    assert seen(stage, ObjectKind.SESSION, session).payment.status == PaymentStatus.SUCCEEDED


@on(ONLINE)
@pytest.mark.parametrize("ok", [True, False])
def test_a_direct_debit_is_on_its_way_and_then_arrives_or_does_not(stage, ok):
    session = stage.provider.open_session(order(), "key").ref
    stage.pay(session, "debit")
    snapshot = seen(stage, ObjectKind.SESSION, session)
    assert (snapshot.payment.status, snapshot.payment.method) == (PaymentStatus.PROCESSING, "sepa_debit")
    assert snapshot.payment.paid_at is None
    stage.settle(snapshot.payment.ref, ok=ok)
    payment = seen(stage, ObjectKind.PAYMENT, snapshot.payment.ref).payment
    assert payment.status == (PaymentStatus.SUCCEEDED if ok else PaymentStatus.FAILED)


@on(ONLINE)
def test_money_goes_back_once_for_a_key_and_never_more_than_is_left(stage):
    payment = paid(stage).payment.ref
    first = stage.provider.refund(payment, 2_000, "back-1")
    assert stage.provider.refund(payment, 2_000, "back-1") == first
    assert (first.amount_minor, first.status) == (2_000, RefundStatus.SUCCEEDED)
    with pytest.raises(Refused):
        stage.provider.refund(payment, 3_001, "back-2")
    stage.provider.refund(payment, 3_000, "back-3")
    with pytest.raises(Refused):
        stage.provider.refund(payment, 1, "back-4")
    refunds = seen(stage, ObjectKind.PAYMENT, payment).payment.refunds
    assert sorted(refund.amount_minor for refund in refunds) == [2_000, 3_000]
    assert first in refunds


@on(ONLINE)
@pytest.mark.parametrize(
    ("ends", "status", "is_withdrawn"),
    [(None, DisputeStatus.OPEN, True), (True, DisputeStatus.WON, False), (False, DisputeStatus.LOST, True)],
)
def test_a_dispute_says_where_the_money_is(stage, ends, status, is_withdrawn):
    payment = paid(stage).payment.ref
    stage.dispute(payment, ends)
    (dispute,) = seen(stage, ObjectKind.PAYMENT, payment).payment.disputes
    assert (dispute.status, dispute.is_withdrawn, dispute.amount_minor) == (status, is_withdrawn, 5_000)


@on(ONLINE)
def test_a_monthly_gift_has_an_invoice_for_each_month_and_one_token(stage):
    first = paid(stage, is_monthly=True, amount_minor=1_500)
    pledge = first.pledge
    assert (pledge.state, pledge.amount_minor, pledge.currency) == (PledgeState.ACTIVE, 1_500, "EUR")
    assert pledge.customer_ref
    assert timezone.localdate() + timedelta(days=27) < pledge.next_on < timezone.localdate() + timedelta(days=33)
    assert first.invoice_ref
    stage.renew(pledge.ref)
    stage.renew(pledge.ref, ok=False)
    months = stage.provider.fetch(Ref(ObjectKind.PLEDGE, pledge.ref))
    assert [month.payment.status for month in months] == [
        PaymentStatus.SUCCEEDED,
        PaymentStatus.SUCCEEDED,
        PaymentStatus.FAILED,
    ]
    assert {month.token for month in months} == {first.token}
    assert len({month.invoice_ref for month in months}) == len({month.payment.ref for month in months}) == 3
    assert months[0].invoice_ref == first.invoice_ref
    assert {month.pledge.state for month in months} == {PledgeState.PAST_DUE}
    for month in months:
        for by_name in (
            seen(stage, ObjectKind.INVOICE, month.invoice_ref),
            seen(stage, ObjectKind.PAYMENT, month.payment.ref),
        ):
            assert (by_name.token, by_name.invoice_ref) == (first.token, month.invoice_ref)
            assert by_name.payment == month.payment
            assert by_name.pledge == month.pledge


@on(ONLINE)
def test_a_monthly_gift_changes_its_amount_from_the_next_month_on_and_ends(stage):
    pledge = paid(stage, is_monthly=True, amount_minor=1_500).pledge.ref
    stage.provider.change_pledge(pledge, 2_000, "change")
    (before,) = stage.provider.fetch(Ref(ObjectKind.PLEDGE, pledge))
    assert (before.pledge.amount_minor, before.payment.amount_minor) == (2_000, 1_500)
    stage.renew(pledge)
    assert [month.payment.amount_minor for month in stage.provider.fetch(Ref(ObjectKind.PLEDGE, pledge))] == [
        1_500,
        2_000,
    ]
    assert stage.provider.portal_url(before.pledge.customer_ref, "https://testserver/mine/")
    stage.provider.end_pledge(pledge, "end", at_once=False)
    assert stage.provider.fetch(Ref(ObjectKind.PLEDGE, pledge))[0].pledge.state == PledgeState.ENDING
    for _time in range(2):
        stage.provider.end_pledge(pledge, "end-now", at_once=True)
        assert stage.provider.fetch(Ref(ObjectKind.PLEDGE, pledge))[0].pledge.state == PledgeState.ENDED
    with pytest.raises(Refused):
        stage.provider.change_pledge(pledge, 3_000, "too-late")


@on(ALL)
@pytest.mark.parametrize("kind", list(ObjectKind))
def test_what_is_not_there_is_gone(stage, kind):
    with pytest.raises(Gone):
        stage.provider.fetch(Ref(kind, "nothing_of_that_name"))


@on(ONLINE)
def test_messages_name_what_changed_and_can_be_read_again_later(stage):
    since = timezone.now() - timedelta(seconds=2)
    snapshot = paid(stage, is_monthly=True)
    stage.renew(snapshot.pledge.ref)
    stage.provider.end_pledge(snapshot.pledge.ref, "end", at_once=True)
    told = [event for headers, body in stage.messages() for event in stage.provider.read_events(headers, body)]
    assert Ref(ObjectKind.SESSION, snapshot.session_ref) in [event.ref for event in told]
    assert Ref(ObjectKind.PLEDGE, snapshot.pledge.ref) in [event.ref for event in told]
    assert len({event.id for event in told}) == len(told)
    assert list(stage.provider.events_since(since)) == told
    assert list(stage.provider.events_since(timezone.now() + timedelta(minutes=1))) == []


@on(ALL)
def test_a_message_that_was_tampered_with_is_not_read(stage):
    if Capability.ONLINE in stage.provider.capabilities:
        paid(stage)
        headers, body = stage.messages()[0]
        assert stage.provider.read_events(headers, body)
    else:
        headers, body = {}, b"{}"
    for bad_headers, bad_body in ((headers, body + b" "), ({}, body), (dict.fromkeys(headers, "nonsense"), body)):
        with pytest.raises(BadSignature):
            stage.provider.read_events(bad_headers, bad_body)


@on(ONLINE)
def test_a_payout_is_the_sum_of_its_lines_and_each_names_what_we_know(stage):
    first, second = (
        stage.provider.open_session(order(token=f"00000000-0000-4000-8000-00000000000{number}"), f"key-{number}").ref
        for number in (1, 2)
    )
    for session in (first, second):
        stage.pay(session)
    given = seen(stage, ObjectKind.SESSION, first).payment
    refund = stage.provider.refund(given.ref, 1_000, "back")
    disputed = seen(stage, ObjectKind.SESSION, second).payment.ref
    stage.dispute(disputed)
    stage.pay_out()
    (payout,) = stage.provider.payouts_since(timezone.localdate() - timedelta(days=3))
    assert payout.amount_minor == sum(line.amount_minor - line.fee_minor for line in payout.lines)
    assert (payout.status, payout.currency) == ("paid", "EUR")
    lines = {(line.kind, line.source_ref): line.amount_minor for line in payout.lines}
    (dispute,) = seen(stage, ObjectKind.PAYMENT, disputed).payment.disputes
    assert lines == {
        ("payment", given.ref): 5_000,
        ("payment", disputed): 5_000,
        ("refund", refund.ref): -1_000,
        ("dispute", dispute.ref): -5_000,
    }
    fees = {line.source_ref: line.fee_minor for line in payout.lines}
    assert fees[given.ref] == given.fee_minor


@on(ALL)
def test_what_a_provider_is_not_able_to_do_it_refuses(stage):
    provider = stage.provider
    asked = {
        Capability.ONLINE: lambda: provider.open_session(order(), "key"),
        Capability.MONTHLY: lambda: provider.change_pledge("none", 100, "key"),
        Capability.PORTAL: lambda: provider.portal_url("none", "https://testserver/"),
    }
    for capability, ask in asked.items():
        if capability not in provider.capabilities:
            with pytest.raises(Refused):
                ask()
    if Capability.PAYOUTS not in provider.capabilities:
        assert list(provider.payouts_since(timezone.localdate())) == []
        assert list(provider.events_since(timezone.now())) == []
    assert Capability.REFUND in provider.capabilities


def received(stage: Stage) -> Donation:
    """A gift whose money has come, by whatever way the provider has."""
    gift = factories.gift(5_000, provider=stage.provider.name)
    if Capability.ONLINE in stage.provider.capabilities:
        gateway.payment_page(
            gift, email="camille@example.org", success_url="https://x.example/", cancel_url="https://x.example/"
        )
        stage.pay(gift.session_ref)
        gateway.look_again(gift, "test")
    else:
        lifecycle.awaited(gift)
        line = BankLine.objects.create(
            issuer=gift.issuer,
            booked_on=timezone.localdate(),
            amount_minor=5_000,
            currency="EUR",
            text=gift.reference,
            identity="1",
            donation=gift,
        )
        lifecycle.refresh(stage.provider, manual.payment_ref(line), "test")
    gift.refresh_from_db()
    return gift


@on(ALL)
def test_a_gift_is_received_and_goes_back_alike_with_every_provider(stage, make_user):
    gift = received(stage)
    assert (gift.state, lifecycle.total_minor(donation=gift)) == (DonationState.SUCCEEDED, 5_000)
    staff = make_user("Administrators")
    payment = Payment.objects.get(donation=gift)
    gateway.request_refund(payment, 2_000, "typed twice", staff)
    gift.refresh_from_db()
    assert (gift.state, lifecycle.total_minor(donation=gift)) == (DonationState.PARTIALLY_REFUNDED, 3_000)
    with pytest.raises(gateway.TooLate):
        gateway.request_refund(payment, 3_001, "", staff)
    gateway.request_refund(payment, 3_000, "", staff)
    gateway.look_again(gift, "test")
    gift.refresh_from_db()
    assert (gift.state, lifecycle.total_minor(donation=gift)) == (DonationState.REFUNDED, 0)
    assert payment.refunds.filter(status=RefundStatus.SUCCEEDED).count() == 2
