"""What happens at the same moment: real threads, each with a connection of its own, and commits that stay."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth import get_user_model
from django.db import connection, connections, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from donations import gateway, inbox, lifecycle, webhooks, work
from donations.models import Donation, Fund, LedgerEntry, Mail, Payment, ProviderEvent, Refund, SandboxObject
from donations.providers import sandbox
from donations.providers.base import ObjectKind, Ref
from donations.states import DonationState, PledgeState, RefundStatus
from tests import databases, factories

URLS = {"success_url": "https://testserver/thanks/", "cancel_url": "https://testserver/back/"}


@pytest.fixture(scope="module", autouse=True)
def elsewhere(django_db_setup, django_db_blocker):
    """A database of its own for these tests, in which every commit stays until the last of them."""
    with django_db_blocker.unblock(), databases.elsewhere("at_once"):
        yield


@pytest.fixture
def bank():
    return sandbox.connect("")


def at_once(*acts):
    """Do all of it at the same moment; the answers, or the exceptions, in the same order."""
    start = threading.Barrier(len(acts))

    def run(act):
        try:
            connection.ensure_connection()
            start.wait(timeout=20)
            return act()
        except Exception as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(acts)) as threads:
        return list(threads.map(run, acts))


def opened(gift):
    gateway.payment_page(gift, email="", **URLS)
    return gift.session_ref


def messages():
    events = SandboxObject.objects.filter(kind="event", data__told__isnull=True).order_by("made_at", "pk")
    found = [sandbox.signed(event) for event in events]
    SandboxObject.objects.filter(kind="event").update(data={"told": True})
    return found


def take_in_all():
    for headers, body in messages():
        assert webhooks.take_in("sandbox", "", headers, body) == 200


def paid(bank, amount_minor=5_000, **fields):
    gift = factories.gift(amount_minor, **fields)
    bank.pay(opened(gift))
    take_in_all()
    inbox.process_events()
    gift.refresh_from_db()
    assert gift.state == DonationState.SUCCEEDED
    return gift


def knock(headers, body):
    name = f"HTTP_{sandbox.SIGNATURE.upper().replace('-', '_')}"
    address = reverse("webhook", args=["sandbox"])
    sent = {name: headers[sandbox.SIGNATURE]}
    return Client(raise_request_exception=False).post(address, body, content_type="application/json", **sent)


def test_one_event_eight_times_at_once_is_kept_once_and_worked_off_once(bank):
    gift = factories.gift()
    bank.pay(opened(gift))
    ((headers, body),) = messages()
    before = ProviderEvent.objects.count()
    answers = at_once(*[lambda: knock(headers, body).status_code] * 8)
    assert answers == [200] * 8
    assert ProviderEvent.objects.count() == before + 1
    done = at_once(*[inbox.process_events] * 8)
    assert sorted(done) == [0] * 7 + [1]
    assert LedgerEntry.objects.filter(donation=gift).count() == 1
    assert Mail.objects.filter(donation=gift, kind="thanks").count() == 1


@dataclass(frozen=True)
class Cut(sandbox.Sandbox):
    """The sandbox, beside which the database ends our session at the worst moment: the cable is cut."""

    def read_events(self, headers, body):
        events = super().read_events(headers, body)
        connection.ensure_connection()
        _cut(connection.connection.info.backend_pid)
        return events


@dataclass(frozen=True)
class CutLater(sandbox.Sandbox):
    """The same, in the middle of working off: after the lock has been taken."""

    def fetch(self, ref):
        answer = super().fetch(ref)
        if connection.in_atomic_block:
            _cut(connection.connection.info.backend_pid)
        return answer


def _cut(pid):
    def end():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
        connections.close_all()

    thread = threading.Thread(target=end)
    thread.start()
    thread.join()


@pytest.mark.parametrize("way", ["cut", "gone"])
def test_while_the_database_is_gone_the_provider_is_told_to_come_again_and_nothing_is_lost(bank, settings, way):
    gift = factories.gift()
    bank.pay(opened(gift))
    ((headers, body),) = messages()
    kept, before = ProviderEvent.objects.count(), settings.DONATION_PROVIDERS
    name = connection.settings_dict["NAME"]
    if way == "cut":
        settings.DONATION_PROVIDERS = before | {"sandbox": f"{__name__}.Cut"}
    else:
        connection.close()
        connection.settings_dict["NAME"] = "nowhere"
    try:
        assert knock(headers, body).status_code == 503
    finally:
        connection.settings_dict["NAME"] = name
        connection.close()
    settings.DONATION_PROVIDERS = before
    assert ProviderEvent.objects.count() == kept
    assert knock(headers, body).status_code == 200
    inbox.process_events()
    gift.refresh_from_db()
    assert gift.state == DonationState.SUCCEEDED


def test_what_a_killed_worker_had_claimed_comes_back_by_itself(bank):
    gift = factories.gift()
    bank.pay(opened(gift))
    take_in_all()
    claimed = work.claim(ProviderEvent)  # and then the worker is killed
    assert inbox.process_events() == 0
    ProviderEvent.objects.filter(pk=claimed.pk, next_at__lt=timezone.now() + work.LEASE).update(
        next_at=timezone.now() - timedelta(seconds=1)  # five minutes later
    )
    assert inbox.process_events() == 1
    assert lifecycle.total_minor(donation=gift) == 5_000


def test_a_worker_whose_connection_is_cut_halfway_leaves_nothing_half_done(bank, settings):
    gift = factories.gift()
    bank.pay(opened(gift))
    take_in_all()
    before = settings.DONATION_PROVIDERS
    settings.DONATION_PROVIDERS = before | {"sandbox": f"{__name__}.CutLater"}
    assert inbox.process_events() == 0
    connection.close()
    settings.DONATION_PROVIDERS = before
    gift.refresh_from_db()
    assert gift.state == DonationState.REDIRECTED
    assert not Payment.objects.filter(donation=gift).exists()
    ProviderEvent.objects.filter(done_at=None).update(next_at=timezone.now())
    inbox.process_events()
    assert lifecycle.total_minor(donation=gift) == 5_000
    assert Mail.objects.filter(donation=gift).count() == 1


def test_a_double_click_and_two_tabs_open_one_payment_page():
    for _round in range(5):
        gift = factories.gift()

        def click(gift=gift):
            return gateway.payment_page(Donation.objects.get(pk=gift.pk), email="", **URLS)

        pages = at_once(*[click] * 4)
        assert len(set(pages)) == 1
        assert str(pages[0]).startswith("/")
        assert SandboxObject.objects.filter(kind="session", data__token=str(gift.token)).count() == 1
        assert gift.calls.count() == 1


def test_the_webhook_and_the_page_that_donors_come_back_to_at_the_same_moment_count_a_gift_once(bank):
    for is_monthly in (False, True, False, True):
        gift = factories.gift(monthly=is_monthly)
        bank.pay(opened(gift))
        take_in_all()
        answers = at_once(
            inbox.process_events,
            lambda gift=gift: gateway.look_again(gift, "return"),
            lambda gift=gift: gateway.look_again(gift, "return"),
        )
        assert not [answer for answer in answers if isinstance(answer, Exception)]
        gift.refresh_from_db()
        assert gift.state == DonationState.SUCCEEDED
        assert LedgerEntry.objects.filter(donation=gift).count() == 1
        assert Mail.objects.filter(donation=gift, kind="thanks").count() == 1
        if is_monthly:
            assert gift.pledge.donations.count() == 1


def users(*names):
    accounts = get_user_model().objects
    return [accounts.get_or_create(username=name, defaults={"email": f"{name}@example.org"})[0] for name in names]


def test_two_of_the_staff_who_refund_at_once_never_send_back_more_than_was_paid(bank):
    first, second = users("first", "second")
    for _round in range(3):
        payment = Payment.objects.get(donation=paid(bank))
        answers = at_once(
            lambda payment=payment: gateway.request_refund(payment, 3_000, "", first),
            lambda payment=payment: gateway.request_refund(payment, 3_000, "", second),
        )
        assert sorted(type(answer).__name__ for answer in answers) == ["Refund", "TooLate"]
        take_in_all()
        inbox.process_events()
        assert lifecycle.total_minor(donation=payment.donation_id) == 2_000
        assert Refund.objects.filter(payment=payment).count() == 1


def test_one_refund_sent_twice_at_once_goes_back_once(bank):
    (staff,) = users("staff")
    payment = Payment.objects.get(donation=paid(bank))
    refund = Refund.objects.create(payment=payment, amount_minor=1_000, status=RefundStatus.PENDING, requested_by=staff)
    at_once(*[lambda: gateway.send_refund(Refund.objects.get(pk=refund.pk))] * 4)
    assert len(bank.get(payment.provider_ref).data["refunds"]) == 1
    assert lifecycle.total_minor(donation=payment.donation_id) == 4_000


def test_two_workers_share_the_work_and_do_each_thing_once(bank):
    take_in_all()
    inbox.process_events()  # what the tests before this one have left
    gifts = [factories.gift(monthly=True) for _number in range(6)]
    for gift in gifts:
        bank.pay(opened(gift))
    take_in_all()
    shares = at_once(inbox.process_events, inbox.process_events)
    assert sum(shares) == 6
    assert lifecycle.total_minor(donation__in=gifts) == 6 * 5_000
    sent = []
    Mail.objects.exclude(donation__in=gifts).update(next_at=None)
    at_once(*[lambda: work.work_off(Mail, lambda mail: sent.append(mail.pk))] * 2)
    assert sorted(sent) == sorted(Mail.objects.filter(donation__in=gifts).values_list("pk", flat=True))


@pytest.mark.parametrize("minutes", [-2, 2])
def test_workers_whose_clocks_differ_do_nothing_twice(bank, minutes):
    gift = factories.gift()
    bank.pay(opened(gift))
    (event,) = SandboxObject.objects.filter(kind="event", data__object__id=gift.session_ref)
    headers, body = sandbox.signed(event)
    assert webhooks.take_in("sandbox", "", headers, body) == 200
    with time_machine.travel(timezone.now() + timedelta(minutes=minutes)):
        early = work.claim(ProviderEvent)
    at_noon = work.claim(ProviderEvent)
    claimed = [row for row in (early, at_noon) if row]
    assert [row.event_id for row in claimed] == [event.ref]
    ProviderEvent.objects.filter(pk=claimed[0].pk).update(done_at=timezone.now(), next_at=None)


def test_whoever_comes_at_a_pledge_from_whatever_side_nobody_waits_for_ever(bank, settings):
    """One order of locks: no deadlock between the webhook, staff, the reconciler and the closing of a fund."""
    settings.REFUND_NEEDS_SECOND_PERSON_FROM = 400
    first, second = users("first", "second")
    gift = paid(bank, monthly=True)
    pledge, funds = gift.pledge, list(Fund.objects.filter(issuer=gift.issuer)[:2])
    months = [bank.renew(pledge.provider_ref) for _month in range(2)]
    take_in_all()
    inbox.process_events()
    instalment = Payment.objects.get(provider_ref=months[0].ref)

    def look(kind, ref):
        return lambda: [lifecycle.refresh(bank, Ref(kind, ref), "test") for _time in range(6)]

    def dashboard():
        for number in range(5):
            bank.refund(months[0].ref, 100, f"dashboard {number}")
            lifecycle.refresh(bank, Ref(ObjectKind.INVOICE, months[0].data["invoice"]), "test")

    def refund():
        for _time in range(4):
            asked = gateway.request_refund(instalment, 400, "", first)
            gateway.approve_refund(asked, second)
            gateway.refuse_refund(gateway.request_refund(instalment, 401, "", first), second)

    answers = at_once(
        look(ObjectKind.PLEDGE, pledge.provider_ref),
        look(ObjectKind.INVOICE, months[0].data["invoice"]),
        look(ObjectKind.PAYMENT, months[1].ref),
        look(ObjectKind.SESSION, gift.session_ref),
        dashboard,
        refund,
        lambda: [lifecycle.moved_to([pledge], fund, "test", first) for fund in funds * 3],
    )
    assert [answer for answer in answers if isinstance(answer, Exception)] == []
    gateway.end_pledge(pledge, "test")
    assert pledge.state == PledgeState.ENDED
    assert lifecycle.total_minor(donation=instalment.donation_id) == 5_000 - 4 * 400 - 5 * 100


def test_staff_wait_for_the_gift_before_they_lock_its_refund(bank, settings):
    """Whoever hears from the provider holds the gift and takes the refund next: the other order would be a deadlock."""
    settings.REFUND_NEEDS_SECOND_PERSON_FROM = 400
    first, second = users("first", "second")
    payment = Payment.objects.get(donation=paid(bank))
    for act in (gateway.approve_refund, gateway.refuse_refund):
        refund = gateway.request_refund(payment, 500, "", first)
        with ThreadPoolExecutor(1) as other:
            with transaction.atomic():
                Donation.objects.select_for_update(of=("self",)).get(pk=payment.donation_id)
                done = other.submit(_and_leave, act, Refund.objects.get(pk=refund.pk), second)
                _until_somebody_waits()
                Refund.objects.select_for_update(nowait=True).get(pk=refund.pk)
            done.result()
    assert lifecycle.total_minor(donation=payment.donation_id) == 4_500


def _and_leave(act, *args):
    try:
        act(*args)
    finally:
        connections.close_all()


def _until_somebody_waits():
    end = time.monotonic() + 10
    while time.monotonic() < end:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            if cursor.fetchone()[0]:
                return
    pytest.fail("nobody waited")
