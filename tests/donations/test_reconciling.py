"""What got lost is found again, payouts are compared with the ledger to the cent, and a dead timer is no silence."""

import os
import signal
import subprocess
import sys
import uuid
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from django.core.management import call_command
from django.utils import timezone

from donations import gateway, lifecycle, reconciling, timers
from donations.models import (
    BankLine,
    Beat,
    Call,
    Donation,
    Mail,
    Payment,
    Payout,
    ProviderEvent,
    Quarantined,
    Refund,
    SandboxObject,
)
from donations.providers import sandbox
from donations.providers.base import PayoutFact, PayoutLineFact, Unreachable
from donations.states import DonationState, PaymentStatus, RefundStatus
from tests import databases, factories

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).parents[2]
URLS = {"success_url": "https://testserver/thanks/", "cancel_url": "https://testserver/back/"}


@pytest.fixture
def bank():
    return sandbox.connect("")


def opened(gift):
    gateway.payment_page(gift, email="camille@example.org", **URLS)
    gift.refresh_from_db()
    return gift.session_ref


def long_ago(model=Donation, **ago):
    ago = ago or {"hours": 2}
    model.objects.update(created_at=timezone.now() - timedelta(**ago))
    if hasattr(model, "checked_at"):
        model.objects.update(checked_at=None)


def no_messages():
    SandboxObject.objects.filter(kind="event").delete()


def test_a_gift_whose_messages_were_all_lost_is_found_through_the_providers_list_of_messages(bank):
    gift = factories.gift(5_000)
    bank.pay(opened(gift))
    assert not ProviderEvent.objects.exists()
    for _time in range(2):
        found = reconciling.reconcile()
    gift.refresh_from_db()
    assert gift.state == DonationState.SUCCEEDED
    assert lifecycle.total_minor(donation=gift) == 5_000
    assert Mail.objects.filter(kind="thanks", donation=gift).count() == 1
    assert found["events read"] == 1  # again, for the lists of providers are not always in order; kept once
    assert ProviderEvent.objects.count() == 1


def test_without_any_message_open_sessions_debits_pledges_and_refunds_are_looked_at_again(bank, make_user):
    paid, left, refused, debit = (factories.gift(2_000) for _number in range(4))
    bank.pay(opened(paid))
    left_session = SandboxObject.objects.get(ref=opened(left))
    left_session.data["expires_at"] = (timezone.now() - timedelta(minutes=1)).isoformat()
    left_session.save()
    session = opened(refused)
    bank.pay(session, status=PaymentStatus.FAILED)
    gateway.look_again(refused, "test")
    bank.pay(session)
    payment = bank.pay(opened(debit), method="sepa_debit", status=PaymentStatus.PROCESSING)
    gateway.look_again(debit, "test")
    bank.settle(payment.ref, PaymentStatus.SUCCEEDED)
    monthly = factories.gift(1_500, monthly=True)
    bank.pay(opened(monthly))
    gateway.look_again(monthly, "test")
    bank.renew(SandboxObject.objects.get(kind="pledge").ref)
    refunded = factories.gift(3_000)
    bank.pay(opened(refunded))
    gateway.look_again(refunded, "test")
    unsent = Refund.objects.create(
        payment=Payment.objects.get(donation=refunded), amount_minor=1_000, status=RefundStatus.PENDING
    )
    no_messages()
    long_ago()
    long_ago(Refund)
    type(monthly.pledge).objects.update(checked_at=None)
    assert reconciling.reconcile()["refused"] == 0
    states = [Donation.objects.get(pk=gift.pk).state for gift in (paid, left, refused, debit, refunded)]
    assert states == ["succeeded", "expired", "succeeded", "succeeded", "partially_refunded"]
    assert monthly.pledge.donations.count() == 2
    unsent.refresh_from_db()
    assert unsent.status == RefundStatus.SUCCEEDED
    no_messages()
    assert +reconciling.reconcile() == {}


def test_a_call_without_an_answer_is_settled_by_the_providers_word_or_given_up_after_a_day(bank):
    lost = factories.gift()
    ended = factories.gift(1_500, monthly=True)
    bank.pay(opened(ended))
    gateway.look_again(ended, "test")
    pledge = ended.pledge
    pledge.refresh_from_db()
    bank.end_pledge(pledge.provider_ref, "k", at_once=True)
    Call.objects.create(donation=lost, act="session", key="a")
    Call.objects.create(pledge=pledge, act="end", key="b")
    Call.objects.create(pledge=pledge, act="change-900", key="c")
    no_messages()
    Call.objects.update(made_at=timezone.now() - timedelta(days=2))
    reconciling.reconcile()
    outcomes = dict(Call.objects.filter(key__in="abc").values_list("key", "outcome"))
    assert outcomes == {"a": "lost", "b": "done", "c": "lost"}
    lost.refresh_from_db()
    assert lost.state == DonationState.CANCELLED
    assert Quarantined.objects.get().why == "lost: change-900"


class Silent:
    """A provider that does not answer."""

    name, account, capabilities = "silent", "", frozenset(gateway.Capability)
    asked = 0

    def _nothing(self, *args, **kwargs):
        type(self).asked += 1
        raise Unreachable

    fetch = events_since = payouts_since = _nothing


def silent(account):
    return Silent()


def test_a_provider_that_does_not_answer_is_asked_once_in_a_run_and_holds_up_nobody(bank, settings):
    settings.DONATION_PROVIDERS = settings.DONATION_PROVIDERS | {"silent": "tests.donations.test_reconciling.silent"}
    for number in range(3):
        factories.gift(provider="silent", session_ref=f"s{number}", state=DonationState.REDIRECTED)
    gift = factories.gift()
    bank.pay(opened(gift))
    long_ago()
    before = Silent.asked
    found = reconciling.reconcile()
    gift.refresh_from_db()
    assert gift.state == DonationState.SUCCEEDED
    assert found["providers that do not answer"] == 1
    assert reconciling.read_payouts()["providers that do not answer"] == 1
    assert Silent.asked - before == 2


def test_reconciling_stops_between_two_rows(bank):
    for _number in range(3):
        opened(factories.gift())
    no_messages()
    long_ago()
    answers = iter([False, False, True])
    reconciling.reconcile(lambda: next(answers, True))
    assert Donation.objects.exclude(session_ref="").filter(checked_at=None).count() >= 2


# --- Payouts --------------------------------------------------------------------------------------


def a_day_earlier():
    """What the sandbox did happened yesterday: so it is in a payout."""
    yesterday = (timezone.now() - timedelta(days=1)).isoformat()
    for payment in SandboxObject.objects.filter(kind="payment"):
        data = payment.data
        data["paid_at"] = yesterday if data["paid_at"] else ""
        for refund in data.get("refunds", []):
            refund["at"] = yesterday
        if "dispute" in data:
            data["dispute"]["at"] = yesterday
        payment.save()


def test_a_payout_is_kept_with_its_lines_once_and_agrees_with_the_ledger_to_the_cent(bank, make_user):
    kept, refunded, disputed = (factories.gift(amount) for amount in (5_000, 3_333, 1_001))
    for gift in (kept, refunded, disputed):
        bank.pay(opened(gift))
    reconciling.reconcile()
    payment = Payment.objects.get(donation=refunded)
    gateway.request_refund(payment, 1_111, "", make_user("Administrators"))
    bank.dispute(Payment.objects.get(donation=disputed).provider_ref, "open", is_withdrawn=True)
    reconciling.reconcile()
    a_day_earlier()
    for _time in range(2):
        assert reconciling.read_payouts() == {"payouts": 1}
    payout = Payout.objects.get()
    assert sorted(payout.lines.values_list("kind", flat=True)) == ["dispute", *["payment"] * 3, "refund"]
    assert payout.lines.exclude(payment=None).count() == 5
    # 50.00 + 33.33 + 10.01 less fees of 0.25 and 1.2 %; less 11.11 and 10.01
    assert payout.amount_minor == 5_000 - 85 + 3_333 - 64 + 1_001 - 37 - 1_111 - 1_001
    assert reconciling.difference_of(payout) == 0
    assert not Quarantined.objects.exists()


def test_what_does_not_agree_is_a_case_for_a_person_once_and_settles_itself_when_it_agrees_later(bank):
    gift = factories.gift(5_000)
    bank.pay(opened(gift))
    a_day_earlier()
    no_messages()
    assert gift.state == DonationState.REDIRECTED  # we have not heard of the payment yet
    for _time in range(2):
        reconciling.read_payouts()
    case = Quarantined.objects.get(object_kind="payout")
    assert case.why == "payout differs from the ledger"
    assert case.detail["amount"] == 5_000
    gateway.look_again(gift, "test")
    reconciling.read_payouts()
    case.refresh_from_db()
    assert case.resolved_at is not None


def test_a_failed_payout_and_one_that_lacks_a_cent_are_told_and_a_settled_case_is_not_told_again(bank):
    at = timezone.now()
    line = PayoutLineFact("tx_1", "fee", -100, 0, "", at)
    failed = PayoutFact("po_failed", "failed", -100, "EUR", date(2026, 11, 20), (line,))
    lacks = PayoutFact("po_cent", "paid", -101, "EUR", date(2026, 11, 20), (line,))
    for _time in range(2):
        for fact in (failed, lacks):
            reconciling.compare(reconciling.keep_payout(bank, fact))
        Quarantined.objects.filter(resolved_at=None).update(resolved_at=at)
    assert dict(Quarantined.objects.values_list("object_ref", "why")) == {
        "po_failed": "payout failed",
        "po_cent": "payout does not add up",
    }


def test_a_payment_that_was_never_paid_out_is_told(bank):
    gift = factories.gift(5_000)
    bank.pay(opened(gift))
    reconciling.reconcile()
    Payment.objects.update(paid_at=timezone.now() - timedelta(days=20))
    Payout.objects.create(
        provider="sandbox",
        provider_ref="po",
        status="paid",
        amount_minor=1,
        currency="EUR",
        arrives_on=date(2020, 1, 1),
    )
    assert reconciling.look_for_unpaid(bank) == 1
    assert reconciling.look_for_unpaid(bank) == 0
    assert Quarantined.objects.get().why == "never paid out"


def test_a_matched_line_whose_payment_was_not_written_is_booked_later(make_user):
    gift = factories.gift(4_200, provider="manual", state=DonationState.AWAITED)
    BankLine.objects.create(
        issuer=gift.issuer,
        booked_on=date(2026, 11, 2),
        amount_minor=4_200,
        currency="EUR",
        text="x",
        identity="x",
        donation=gift,
    )
    for _time in range(2):
        reconciling.reconcile()
    gift.refresh_from_db()
    assert gift.state == DonationState.SUCCEEDED
    assert lifecycle.total_minor(donation=gift) == 4_200


# --- Timers ---------------------------------------------------------------------------------------


def test_timers_are_due_by_their_own_schedule_and_a_failed_night_is_tried_again_in_an_hour():
    ten, nightly = (next(timer for timer in timers.TIMERS if timer.name == name) for name in ("reconciler", "payouts"))
    paris = timezone.get_current_timezone()
    now = datetime(2026, 3, 29, 12, tzinfo=paris)  # the day on which summer time begins
    assert ten.is_due(None, now) and nightly.is_due(None, now)
    row = Beat(name="x", began_at=now - timedelta(minutes=9), ended_at=now - timedelta(minutes=9))
    assert not ten.is_due(row, now)
    assert ten.is_due(row, now + timedelta(minutes=1))
    assert timers.last_night(now) == datetime(2026, 3, 29, 3, tzinfo=paris)
    early = datetime(2026, 3, 30, 2, 59, tzinfo=paris)
    ran = Beat(name="x", began_at=now, ended_at=now)
    assert not nightly.is_due(ran, early)
    assert nightly.is_due(ran, early + timedelta(minutes=1))
    failed = Beat(name="x", began_at=now, failed_at=now, ended_at=now - timedelta(hours=9))
    assert not nightly.is_due(failed, now + timedelta(minutes=59))
    assert nightly.is_due(failed, now + timedelta(minutes=60))
    assert nightly.is_late(ran, now + timedelta(hours=28)) and not nightly.is_late(ran, now + timedelta(hours=26))


def test_readyz_names_dead_timers_as_soon_as_there_are_gifts_and_is_well_after_a_round(client, capsys):
    gift = factories.gift()
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert "gifts: reconciler has not run yet" in answer.content.decode()
    assert client.get("/readyz?strict").status_code == 503
    lifecycle.enqueue("thanks", str(gift.token), gift)
    Mail.objects.update(next_at=timezone.now())
    call_command("work_gifts", once=True)
    assert "1 e-mails" in capsys.readouterr().out
    assert client.get("/readyz?strict").content == b"ok"
    Beat.objects.filter(pk="mails").update(ended_at=timezone.now() - timedelta(hours=1))
    lifecycle.enqueue("failed", str(gift.token), gift)
    Mail.objects.update(parked_at=timezone.now())
    told = client.get("/readyz").content.decode()
    assert "gifts: mails has not run since" in told
    assert "gifts: 1 mails were given up" in told
    assert "camille" not in told


def test_what_fails_is_noted_and_stops_nothing_else(settings):
    factories.gift()
    settings.DONATION_PROVIDERS = settings.DONATION_PROVIDERS | {"silent": "tests.donations.nowhere"}
    factories.gift(provider="silent")
    done = timers.tick()
    assert any(name.startswith("reconciler: ") for name in done)
    row = Beat.objects.get(pk="reconciler")
    assert row.failed_at is not None and row.error
    assert Beat.objects.get(pk="mails").ended_at is not None


def test_the_worker_ends_cleanly_when_it_is_told_to(settings):
    name = f"worker_{uuid.uuid4().hex[:12]}"
    databases.copy(databases.filled_database(), name)
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "portal.settings.test", "SERVED_DATABASE": name}
    try:
        worker = subprocess.Popen(
            [sys.executable, "manage.py", "work_gifts", "--pause", "0.1", "--with-parent"],
            cwd=ROOT,
            env=environment | {"TEST_MEDIA_ROOT": str(settings.MEDIA_ROOT), "PYTHONUNBUFFERED": "1"},
            stdout=subprocess.PIPE,
            text=True,
        )
        with worker:
            assert worker.stdout.readline() == "Gifts: at work.\n"
            worker.send_signal(signal.SIGTERM)
            said, _errors = worker.communicate(timeout=30)
        assert said.endswith("Gifts: stopped.\n")
        assert worker.returncode == 0
    finally:
        databases.drop(name)
