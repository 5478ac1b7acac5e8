"""Faults of Stripe, of the network and of time: F1 … as the reference numbers them, against the fake process."""

import json
import random
import threading
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
import requests
import stripe
from django.db import OperationalError, connection, transaction
from django.utils import timezone

from donations import gateway, inbox, lifecycle, webhooks
from donations.models import Dispute, Mail, Payment, Pledge, ProviderEvent, Quarantined, Refund
from donations.providers import stripe as stripe_provider
from donations.providers.base import (
    BadSignature,
    Gone,
    ObjectKind,
    Ref,
    Refused,
    Stuck,
    UnknownProvider,
    Unreachable,
)
from donations.states import DonationState, PledgeState, RefundStatus
from tests import factories
from tests.fake_stripe.bank import DAY, SECRET

pytestmark = pytest.mark.django_db

URLS = {"success_url": "https://testserver/thanks/", "cancel_url": "https://testserver/back/"}
SESSIONS, REFUNDS = "POST checkout/sessions", "POST refunds"


def opened(donation):
    """The gift at Stripe's page; the page's number."""
    gateway.payment_page(donation, email="camille@example.org", **URLS)
    donation.refresh_from_db()
    return donation.session_ref


def take_in(messages, expected=200):
    """Messages go through the door."""
    for message in messages:
        headers = {"Stripe-Signature": message["signature"]}
        assert webhooks.take_in("stripe", "", headers, message["body"].encode()) == expected


def tell_everything(fake_stripe):
    """All that Stripe has to tell goes through the door and is worked off."""
    take_in(fake_stripe.messages())
    inbox.process_events()


def paid(fake_stripe, *, how="card", **fields):
    """A gift that was paid on Stripe's page, and told; with Stripe's payment."""
    gift = factories.gift(provider="stripe", **fields)
    fake_stripe.pay(session=opened(gift), how=how)
    tell_everything(fake_stripe)
    gift.refresh_from_db()
    return gift, gift.payments.get().provider_ref


def holds(gift, state, total_minor):
    """Whether a gift stands so, with so much in the ledger."""
    gift.refresh_from_db()
    return (gift.state, lifecycle.total_minor(donation=gift)) == (state, total_minor)


def made(fake_stripe, kind):
    """How often Stripe was asked for something anew, keys apart."""
    return len({line for line in fake_stripe.asked() if line.startswith(kind)})


# --- Messages -------------------------------------------------------------------------------------


def test_a_message_that_comes_twice_or_three_days_late_changes_nothing_more(fake_stripe):
    """F1, F5."""
    gift, payment = paid(fake_stripe)
    fake_stripe.create_refund(params={"payment_intent": payment, "amount": 5_000})
    late = fake_stripe.messages(again=True)
    tell_everything(fake_stripe)
    take_in(late + late)
    ProviderEvent.objects.update(next_at=timezone.now(), done_at=None)
    inbox.process_events()
    assert holds(gift, DonationState.REFUNDED, 0)
    assert ProviderEvent.objects.count() == len(late)
    assert sorted(gift.mails.values_list("kind", flat=True)) == ["refunded", "thanks"]


@pytest.mark.parametrize("seed", range(3))
def test_the_order_in_which_messages_come_does_not_matter(fake_stripe, seed):
    """F3: an invoice before its session, a refund before its payment."""
    chance = random.Random(seed)
    gift = factories.gift(1_500, provider="stripe", monthly=True)
    fake_stripe.pay(session=opened(gift))
    (subscription,) = [
        event["data"]["object"]["id"]
        for event in (json.loads(message["body"]) for message in fake_stripe.messages(again=True))
        if event["type"] == "customer.subscription.created"
    ]
    second = fake_stripe.renew(subscription=subscription)["id"]
    fake_stripe.create_refund(params={"payment_intent": second, "amount": 500})
    messages = fake_stripe.messages(again=True)
    chance.shuffle(messages)
    for message in messages:
        take_in([message])
        inbox.process_events()
    pledge = Pledge.objects.get(pk=gift.pledge_id)
    assert (pledge.state, pledge.provider_ref) == (PledgeState.ACTIVE, subscription)
    assert lifecycle.total_minor(donation__pledge=pledge) == 2_500
    assert pledge.donations.count() == 2
    assert Mail.objects.filter(kind="thanks").count() == 2
    assert not Quarantined.objects.exists()


def test_what_was_never_told_is_found_by_looking_and_in_stripes_own_list(fake_stripe):
    """F4."""
    gift = factories.gift(provider="stripe")
    session = opened(gift)
    fake_stripe.pay(session=session)
    lost = fake_stripe.messages()
    assert lost
    listed = list(stripe_provider.connect("").events_since(timezone.now() - timedelta(minutes=5)))
    assert [event.id for event in listed] == [message["id"] for message in lost]
    assert Ref(ObjectKind.SESSION, session) in [event.ref for event in listed]
    gateway.look_again(gift, "reconciler")
    assert holds(gift, DonationState.SUCCEEDED, 5_000)


def test_only_a_fresh_signature_with_one_of_our_secrets_opens_the_door(fake_stripe):
    """F6."""
    gift = factories.gift(provider="stripe")
    fake_stripe.pay(session=opened(gift))
    (message, *_others) = fake_stripe.messages()
    body, good = message["body"].encode(), message["signature"]
    bad = {
        "missing": "",
        "garbage": "t=,v1=",
        "no time": good.split(",")[1],
        "other secret": stripe.WebhookSignature.generate_signature_header(message["body"], "whsec_other"),
        "old": fake_stripe.messages(again=True, age=301)[0]["signature"],
        "of the future": fake_stripe.messages(again=True, age=-320)[0]["signature"],
        "other scheme": good.replace("v1=", "v0="),
    }
    for name, signature in bad.items():
        assert webhooks.take_in("stripe", "", {"Stripe-Signature": signature}, body) == 400, name
    assert webhooks.take_in("stripe", "", {"Stripe-Signature": good}, body + b" ") == 400
    assert not ProviderEvent.objects.exists()
    # The secret is being changed: both are good, and Stripe may sign with both at once.
    old = stripe.WebhookSignature.generate_signature_header(message["body"], "whsec_old")
    both = f"{good},{old.split(',')[1]}"
    for signature in (good, old, both):
        assert webhooks.take_in("stripe", "", {"Stripe-Signature": signature}, body) == 200
    assert ProviderEvent.objects.count() == 1


@pytest.mark.parametrize(
    "text", ["{", "[]", "null", '"x"', "{}", '{"object": "event", "id": 7}', '{"object": "v2.core.event", "id": "x"}']
)
def test_what_is_signed_and_yet_no_event_is_refused(fake_stripe, text):
    """F7."""
    signature = stripe.WebhookSignature.generate_signature_header(text, SECRET)
    assert webhooks.take_in("stripe", "", {"Stripe-Signature": signature}, text.encode()) == 400


def test_a_body_that_is_no_text_or_too_large_is_refused(fake_stripe, client):
    """F7."""
    assert webhooks.take_in("stripe", "", {"Stripe-Signature": "t=1,v1=1"}, b"\xff\xfe") == 400
    assert webhooks.take_in("stripe", "", {}, b"x" * 5_000_000) == 413
    response = client.post(
        "/giving/webhooks/stripe/", b"\xff", content_type="application/json", headers={"Stripe-Signature": "t=1,v1=1"}
    )
    assert response.status_code == 400


def test_a_message_in_an_old_version_of_the_api_is_worked_off_all_the_same(fake_stripe):
    """F8: it is a hint, and what holds is fetched in our version."""
    gift = factories.gift(provider="stripe")
    fake_stripe.pay(session=opened(gift))
    take_in(fake_stripe.messages(old_version=True))
    inbox.process_events()
    assert holds(gift, DonationState.SUCCEEDED, 5_000)


@pytest.mark.parametrize("strange", [{"livemode": True}, {"account": "acct_other"}])
def test_a_message_of_the_other_mode_or_another_account_is_kept_and_changes_nothing(fake_stripe, strange):
    """F8."""
    gift = factories.gift(provider="stripe")
    fake_stripe.pay(session=opened(gift))
    for message in fake_stripe.messages():
        body = json.dumps(json.loads(message["body"]) | strange)
        signature = stripe.WebhookSignature.generate_signature_header(body, SECRET)
        take_in([{"body": body, "signature": signature}])
    inbox.process_events()
    assert holds(gift, DonationState.REDIRECTED, 0)
    assert ProviderEvent.objects.filter(done_at=None).count() == 0
    assert ProviderEvent.objects.exists()


def test_an_object_of_the_other_mode_is_put_before_a_person(fake_stripe):
    """F8: whatever the message said."""
    gift = factories.gift(provider="stripe")
    session = opened(gift)
    fake_stripe.pay(session=session)
    fake_stripe.set(ref=session, livemode=True)
    lifecycle.refresh(stripe_provider.connect(""), Ref(ObjectKind.SESSION, session), "test")
    assert holds(gift, DonationState.REDIRECTED, 0)
    assert [case.why for case in Quarantined.objects.all()] == ["other mode"]


def test_a_kind_of_message_that_nobody_knows_is_answered_with_200_and_done_with(fake_stripe):
    """F9."""
    fake_stripe.tell_unknown(kind="moon.landed", about={"object": "moon", "id": "moon_1"})
    fake_stripe.tell_unknown(kind="charge.updated", about={"object": "charge", "id": "", "payment_intent": None})
    tell_everything(fake_stripe)
    assert set(ProviderEvent.objects.values_list("object_kind", "error")) == {("", "")}
    assert not ProviderEvent.objects.filter(done_at=None).exists()


def test_a_payment_that_is_none_of_our_gifts_is_put_before_a_person_once(fake_stripe):
    """F10: somebody uses the account for something else, or the object is not there."""
    provider = stripe_provider.connect("")
    gift = factories.gift(provider="stripe")
    session = opened(gift)
    fake_stripe.set(ref=session, client_reference_id=None, metadata={})
    fake_stripe.pay(session=session)
    tell_everything(fake_stripe)
    fake_stripe.tell_unknown(kind="invoice.paid", about={"object": "invoice", "id": "in_of_nobody"})
    tell_everything(fake_stripe)
    tell_everything(fake_stripe)
    assert Quarantined.objects.get(object_ref=session).why == "unknown gift"
    assert Quarantined.objects.get(object_ref="in_of_nobody").why == "gone at the provider"
    with pytest.raises(Gone):
        provider.fetch(Ref(ObjectKind.INVOICE, "in_of_nobody"))


def test_a_message_that_cannot_be_kept_is_asked_for_again(fake_stripe):
    """F11."""
    gift = factories.gift(provider="stripe")
    fake_stripe.pay(session=opened(gift))
    messages = fake_stripe.messages()

    def down(execute, sql, *rest):
        if "providerevent" in sql:
            raise OperationalError("the database is going down")
        return execute(sql, *rest)

    for message in messages:
        with connection.execute_wrapper(down), transaction.atomic():
            take_in([message], expected=503)
    take_in(messages)
    inbox.process_events()
    assert holds(gift, DonationState.SUCCEEDED, 5_000)


def test_a_message_whose_worker_died_is_worked_off_by_the_next(fake_stripe):
    """F12."""
    gift = factories.gift(provider="stripe")
    fake_stripe.pay(session=opened(gift))
    take_in(fake_stripe.messages())
    ProviderEvent.objects.update(attempts=1, next_at=timezone.now() + timedelta(minutes=5))  # claimed, and then nothing
    assert inbox.process_events() == 0
    ProviderEvent.objects.update(next_at=timezone.now())
    inbox.process_events()
    assert holds(gift, DonationState.SUCCEEDED, 5_000)


def test_while_stripe_does_not_answer_messages_wait_and_none_is_lost(fake_stripe):
    """F12, F17."""
    gift = factories.gift(provider="stripe")
    fake_stripe.pay(session=opened(gift))
    take_in(fake_stripe.messages())
    fake_stripe.fault(kind="rate", on="*", times=1_000)
    assert inbox.process_events() == 0
    assert set(ProviderEvent.objects.values_list("error", flat=True)) == {"Unreachable"}
    fake_stripe.clear_faults()
    ProviderEvent.objects.update(next_at=timezone.now())
    inbox.process_events()
    assert holds(gift, DonationState.SUCCEEDED, 5_000)


@pytest.fixture
def received():
    """An address that messages are really sent to; what came in, and whether it was from Stripe."""
    found = []
    provider = stripe_provider.connect("")

    class Door(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status = 200
            try:
                found.extend(event.id for event in provider.read_events(self.headers, body))
            except BadSignature:
                status = 400
            self.send_response(status)
            self.end_headers()

        def log_message(self, *words):
            pass

    server = HTTPServer(("127.0.0.1", 0), Door)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/", found
    server.shutdown()
    server.server_close()
    thread.join()


def test_the_fake_delivers_as_well_and_as_badly_as_it_is_told_to(fake_stripe, received):
    """F1, F3, F4, F6 over the wire: the switches of the fake."""
    url, found = received
    provider = stripe_provider.connect("")
    names = {}
    for how in ({}, {"duplicate": True}, {"reorder": True}, {"drop": True}, {"bad_signature": True}, {"delay": 0.05}):
        found.clear()
        fake_stripe.delivery(url=url, **how)
        gift = factories.gift(provider="stripe")
        fake_stripe.pay(session=opened(gift))
        before = datetime.now(UTC)
        statuses = fake_stripe.deliver()
        names[json.dumps(how)] = list(found)
        if how == {"bad_signature": True}:
            assert set(statuses) == {400}
        elif how == {"drop": True}:
            assert statuses == []
        else:
            assert set(statuses) == {200}
        if how == {"delay": 0.05}:
            assert datetime.now(UTC) - before >= timedelta(seconds=0.05)
    plain, duplicated = names["{}"], names['{"duplicate": true}']
    assert len(plain) == 2
    assert [duplicated[0], duplicated[2]] == [duplicated[1], duplicated[3]]
    assert names['{"drop": true}'] == names['{"bad_signature": true}'] == []
    listed = [event.id for event in provider.events_since(timezone.now() - timedelta(minutes=5))]
    assert listed.index(plain[0]) < listed.index(plain[1])
    turned = names['{"reorder": true}']
    assert listed.index(turned[0]) > listed.index(turned[1])


# --- Asking ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", ["lose", "drop"])
def test_a_broken_connection_is_tried_again_under_the_same_key(fake_stripe, fault):
    """F14 before anything was done, F15 after all was done."""
    gift = factories.gift(provider="stripe")
    fake_stripe.fault(kind=fault, on=SESSIONS, times=2)
    opened(gift)
    assert made(fake_stripe, SESSIONS) == 1
    assert len(stripe_sessions(fake_stripe)) == 1


def stripe_sessions(fake_stripe):
    """The pages that Stripe has opened."""
    client = stripe_provider.connect("").client
    return list(client.v1.checkout.sessions.list().auto_paging_iter())


@pytest.mark.parametrize("fault", ["lose", "drop"])
def test_when_nobody_answers_the_gift_waits_and_the_next_try_opens_the_same_page(fake_stripe, fault):
    """F14, F15, F19: the donor sees that it did not work, and presses the button again."""
    gift = factories.gift(provider="stripe")
    fake_stripe.fault(kind=fault, on=SESSIONS, times=3)
    with pytest.raises(Unreachable):
        opened(gift)
    gift.refresh_from_db()
    assert (gift.state, gift.session_ref) == (DonationState.CREATED, "")
    (call,) = gift.calls.all()
    assert call.answered_at is None
    opened(gift)
    (session,) = stripe_sessions(fake_stripe)
    assert session.id == gift.session_ref
    call.refresh_from_db()
    assert call.answered_at
    assert gift.calls.count() == 1


def test_a_page_that_may_have_been_opened_long_ago_is_opened_anew(fake_stripe):
    """F15: after two minutes the old question would ask for too short a page."""
    gift = factories.gift(provider="stripe")
    fake_stripe.fault(kind="drop", on=SESSIONS, times=3)
    with pytest.raises(Unreachable):
        opened(gift)
    gift.calls.update(made_at=timezone.now() - timedelta(minutes=3))
    opened(gift)
    assert gift.calls.count() == 2
    lost, current = sorted(stripe_sessions(fake_stripe), key=lambda session: session.id == gift.session_ref)
    # What becomes of the page that nobody was led to says nothing about the gift.
    fake_stripe.expire_session(ref=lost.id)
    tell_everything(fake_stripe)
    assert holds(gift, DonationState.REDIRECTED, 0)
    fake_stripe.pay(session=current.id)
    tell_everything(fake_stripe)
    assert holds(gift, DonationState.SUCCEEDED, 5_000)


def test_an_answer_that_takes_too_long_is_not_waited_for(fake_stripe, settings, monkeypatch):
    """F14."""
    monkeypatch.setattr(stripe_provider, "TIMEOUT", (1, 0.1))
    settings.STRIPE_ACCOUNTS = {"": {"key": "sk_test_impatient", "webhook_secrets": [SECRET]}}
    fake_stripe.fault(kind="hang", on=SESSIONS, times=1, seconds=0.4)
    gift = factories.gift(provider="stripe")
    opened(gift)
    assert len(stripe_sessions(fake_stripe)) == 1
    fake_stripe.fault(kind="hang", on="*", times=3, seconds=0.4)
    with pytest.raises(Unreachable):
        gateway.look_again(gift, "test")


@pytest.mark.parametrize("fault", ["error", "error_after"])
def test_an_error_that_stripe_keeps_under_a_key_is_not_asked_for_again(fake_stripe, fault):
    """F16: a page nobody has paid on may be opened under a new key."""
    gift = factories.gift(provider="stripe")
    fake_stripe.fault(kind=fault, on=SESSIONS)
    with pytest.raises(Stuck):
        opened(gift)
    opened(gift)
    assert gift.calls.count() == 2
    assert gift.state == DonationState.REDIRECTED


@pytest.mark.parametrize("fault", ["lose", "drop", "error", "error_after", "rate"])
def test_a_refund_without_an_answer_goes_back_once(fake_stripe, make_user, fault):
    """F14, F15, F16, F17: whatever became of the first try, the money goes back, and once."""
    gift, payment = paid(fake_stripe)
    fake_stripe.fault(kind=fault, on=REFUNDS, times=3 if fault in ("lose", "drop") else 1)
    refund = gateway.request_refund(Payment.objects.get(donation=gift), 5_000, "", make_user("Administrators"))
    assert (refund.status, refund.provider_ref) == (RefundStatus.PENDING, "")
    assert holds(gift, DonationState.SUCCEEDED, 5_000)
    for _time in range(2):  # as the reconciler does
        gateway.send_refund(refund)
    assert holds(gift, DonationState.REFUNDED, 0)
    (at_stripe,) = stripe_provider.connect("").client.v1.refunds.list({"payment_intent": payment}).data
    (ours,) = Refund.objects.filter(payment__donation=gift)
    assert (ours.status, ours.provider_ref) == (RefundStatus.SUCCEEDED, at_stripe.id)
    tell_everything(fake_stripe)
    assert Refund.objects.filter(payment__donation=gift).count() == 1


def test_a_refund_whose_key_stripe_has_forgotten_is_looked_for_first(fake_stripe, make_user):
    """F15, a day later."""
    gift, payment = paid(fake_stripe)
    fake_stripe.fault(kind="drop", on=REFUNDS, times=3)
    refund = gateway.request_refund(Payment.objects.get(donation=gift), 2_000, "", make_user("Administrators"))
    gift.calls.update(made_at=timezone.now() - timedelta(days=2))
    fake_stripe.forget_keys()
    gateway.send_refund(refund)
    assert holds(gift, DonationState.PARTIALLY_REFUNDED, 3_000)
    assert len(stripe_provider.connect("").client.v1.refunds.list({"payment_intent": payment}).data) == 1


def test_an_old_key_is_never_used_for_something_else(fake_stripe):
    """F18."""
    _gift, payment = paid(fake_stripe)
    provider = stripe_provider.connect("")
    provider.refund(payment, 1_000, "one-key")
    with pytest.raises(Refused):
        provider.refund(payment, 2_000, "one-key")


def test_a_wrong_key_of_ours_is_refused_and_says_nothing_of_the_donor(fake_stripe, settings, caplog):
    """F19: no text of Stripe's reaches the log, for it may quote what was typed."""
    settings.STRIPE_ACCOUNTS = {"": {"key": "sk_wrong", "webhook_secrets": []}}
    with pytest.raises(Refused):
        opened(factories.gift(provider="stripe"))
    settings.STRIPE_ACCOUNTS = {"": {"key": "sk_test_fake", "webhook_secrets": []}}
    gift = factories.gift(provider="stripe")
    with pytest.raises(Refused) as refusal:
        gateway.payment_page(gift, email="camille at example", **URLS)
    assert "email_invalid" in str(refusal.value)
    assert "camille" not in str(refusal.value) + caplog.text
    assert refusal.value.__cause__ is None


def test_two_clicks_and_the_back_button_lead_to_one_page(fake_stripe):
    """F20, F21, F22: and coming back without having paid thanks nobody."""
    gift = factories.gift(provider="stripe")
    first = gateway.payment_page(gift, email="", **URLS)
    assert gateway.payment_page(gift, email="camille@example.org", **URLS) == first
    assert len(stripe_sessions(fake_stripe)) == 1
    gateway.look_again(gift, "return page")
    assert holds(gift, DonationState.REDIRECTED, 0)
    fake_stripe.pay(session=gift.session_ref)
    gateway.look_again(gift, "return page")
    tell_everything(fake_stripe)
    gateway.look_again(gift, "return page")
    assert holds(gift, DonationState.SUCCEEDED, 5_000)
    assert gift.mails.count() == 1


def test_a_page_that_nobody_paid_on_expires_and_an_abandoned_try_stays_a_failure(fake_stripe):
    """F19, F20."""
    gift, declined = factories.gift(provider="stripe"), factories.gift(provider="stripe")
    opened(gift)
    fake_stripe.pay(session=opened(declined), how="decline")
    tell_everything(fake_stripe)
    assert holds(declined, DonationState.FAILED, 0)
    fake_stripe.advance(seconds=DAY)
    tell_everything(fake_stripe)
    assert holds(gift, DonationState.EXPIRED, 0)
    assert holds(declined, DonationState.FAILED, 0)
    assert not Quarantined.objects.exists()


# --- Money ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"amount": 500, "amount_received": 500}, "other amount"),
        ({"amount_received": 4_999}, "other amount"),
        ({"currency": "usd"}, "other currency"),
        ({"currency": "jpy"}, "other currency"),  # whose 5,000 are no cents
        ({"currency": "kwd"}, "other currency"),
    ],
)
def test_money_that_is_not_what_was_promised_is_put_before_a_person(fake_stripe, wrong, why):
    """F23, F25."""
    gift = factories.gift(provider="stripe")
    payment = fake_stripe.pay(session=opened(gift))["id"]
    fake_stripe.set(ref=payment, **wrong)
    tell_everything(fake_stripe)
    assert holds(gift, DonationState.REDIRECTED, 0)
    assert set(Quarantined.objects.values_list("why", flat=True)) == {why}


@pytest.mark.parametrize("ok", [True, False])
def test_a_refund_that_takes_days_counts_when_it_has_arrived(fake_stripe, make_user, ok):
    """F27."""
    gift, _payment = paid(fake_stripe)
    fake_stripe.configure(refunds_wait=True)
    refund = gateway.request_refund(Payment.objects.get(donation=gift), 5_000, "", make_user("Administrators"))
    assert refund.status == RefundStatus.PENDING
    assert holds(gift, DonationState.SUCCEEDED, 5_000)
    fake_stripe.settle_refund(refund=refund.provider_ref, ok=ok)
    tell_everything(fake_stripe)
    refund.refresh_from_db()
    assert refund.status == (RefundStatus.SUCCEEDED if ok else RefundStatus.FAILED)
    assert holds(gift, *((DonationState.REFUNDED, 0) if ok else (DonationState.SUCCEEDED, 5_000)))


def test_a_refund_that_arrived_and_fails_after_all_gives_the_money_back_to_the_ledger(fake_stripe):
    """F27, F28: made in Stripe's dashboard."""
    gift, payment = paid(fake_stripe)
    refund = fake_stripe.create_refund(params={"payment_intent": payment, "amount": 1_200})
    tell_everything(fake_stripe)
    assert holds(gift, DonationState.PARTIALLY_REFUNDED, 3_800)
    (ours,) = Refund.objects.filter(payment__donation=gift)
    assert (ours.requested_by, ours.provider_ref) == (None, refund["id"])
    fake_stripe.settle_refund(refund=refund["id"], ok=False)
    tell_everything(fake_stripe)
    assert holds(gift, DonationState.SUCCEEDED, 5_000)


def test_more_refunds_than_stripe_shows_at_once_are_all_counted(fake_stripe):
    """F26, F28: eleven, of which the payment itself lists ten."""
    gift, payment = paid(fake_stripe)
    for _number in range(11):
        fake_stripe.create_refund(params={"payment_intent": payment, "amount": 100})
    gateway.look_again(gift, "test")
    assert holds(gift, DonationState.PARTIALLY_REFUNDED, 3_900)


@pytest.mark.parametrize("won", [True, False])
def test_a_dispute_after_a_refund_or_before_one(fake_stripe, make_user, won):
    """F29."""
    gift, payment = paid(fake_stripe)
    case = fake_stripe.dispute(intent=payment)["id"]
    tell_everything(fake_stripe)
    assert holds(gift, DonationState.DISPUTED, 0)
    refund = gateway.request_refund(Payment.objects.get(donation=gift), 5_000, "", make_user("Administrators"))
    assert refund.status == RefundStatus.FAILED  # Stripe lets no money go twice
    fake_stripe.close_dispute(dispute=case, won=won)
    tell_everything(fake_stripe)
    assert holds(gift, *((DonationState.SUCCEEDED, 5_000) if won else (DonationState.LOST, 0)))
    later, payment = paid(fake_stripe)
    fake_stripe.create_refund(params={"payment_intent": payment, "amount": 2_000})
    fake_stripe.set(ref=fake_stripe.dispute(intent=payment)["id"], amount=3_000)
    tell_everything(fake_stripe)
    assert holds(later, DonationState.DISPUTED, 0)


def test_a_question_of_the_bank_takes_no_money(fake_stripe):
    """F29: an inquiry."""
    gift, payment = paid(fake_stripe)
    case = fake_stripe.dispute(intent=payment, is_inquiry=True)["id"]
    tell_everything(fake_stripe)
    assert holds(gift, DonationState.DISPUTED, 5_000)
    fake_stripe.close_dispute(dispute=case, won=True)
    tell_everything(fake_stripe)
    assert holds(gift, DonationState.SUCCEEDED, 5_000)


@pytest.mark.parametrize(("how", "state"), [("fail_late", DonationState.FAILED), ("dispute", DonationState.DISPUTED)])
def test_a_direct_debit_that_had_arrived_may_come_back(fake_stripe, how, state):
    """F30."""
    gift, payment = paid(fake_stripe, how="debit")
    assert holds(gift, DonationState.PROCESSING, 0)
    fake_stripe.settle(intent=payment)
    tell_everything(fake_stripe)
    assert holds(gift, DonationState.SUCCEEDED, 5_000)
    getattr(fake_stripe, how)(intent=payment)
    tell_everything(fake_stripe)
    assert holds(gift, state, 0)
    assert Dispute.objects.filter(payment__donation=gift).count() == (1 if how == "dispute" else 0)


def test_a_warning_of_fraud_is_noted_and_moves_no_money(fake_stripe):
    """F31."""
    gift, payment = paid(fake_stripe)
    assert gift.payments.get().warned_at is None
    fake_stripe.warn(intent=payment)
    tell_everything(fake_stripe)
    assert gift.payments.get().warned_at
    assert holds(gift, DonationState.SUCCEEDED, 5_000)


# --- Month by month -------------------------------------------------------------------------------


@pytest.fixture
def pledge(fake_stripe):
    """A monthly gift whose first month has been paid."""
    gift, _payment = paid(fake_stripe, amount_minor=1_500, monthly=True)
    assert holds(gift, DonationState.SUCCEEDED, 1_500)
    return gift.pledge


def stands(fake_stripe, pledge, state, total_minor):
    """Whether a monthly gift stands so once Stripe has told everything."""
    tell_everything(fake_stripe)
    pledge.refresh_from_db()
    return (pledge.state, lifecycle.total_minor(donation__pledge=pledge)) == (state, total_minor)


def test_a_month_that_failed_is_paid_with_the_new_card_of_the_donor(fake_stripe, pledge):
    """F32, F36: the card has expired; the donor enters another on Stripe's page."""
    fake_stripe.card(subscription=pledge.provider_ref, is_good=False)
    fake_stripe.advance(seconds=32 * DAY)
    assert stands(fake_stripe, pledge, PledgeState.PAST_DUE, 1_500)
    assert pledge.mails.filter(kind="pledge_failing").count() == 1
    page = stripe_provider.connect("").portal_url(pledge.customer_ref, "https://testserver/mine/")
    assert requests.get(page, timeout=5).status_code == 200
    back = requests.post(page, {"act": "card"}, allow_redirects=False, timeout=5)
    assert back.headers["Location"] == "https://testserver/mine/"
    fake_stripe.advance(seconds=4 * DAY)
    assert stands(fake_stripe, pledge, PledgeState.ACTIVE, 3_000)
    assert pledge.donations.count() == 2
    assert Mail.objects.filter(kind="thanks").count() == 2


def test_a_pledge_ends_when_every_try_has_failed(fake_stripe, pledge):
    """F33."""
    fake_stripe.card(subscription=pledge.provider_ref, is_good=False)
    fake_stripe.advance(seconds=50 * DAY)
    assert stands(fake_stripe, pledge, PledgeState.ENDED, 1_500)
    assert pledge.ended_at
    assert pledge.mails.filter(kind="pledge_ended").count() == 1
    assert not Quarantined.objects.exists()


def test_a_pledge_that_is_cancelled_in_the_portal_ends_with_the_month(fake_stripe, pledge):
    """F34."""
    page = stripe_provider.connect("").portal_url(pledge.customer_ref, "https://testserver/mine/")
    requests.post(page, {"act": "cancel"}, allow_redirects=False, timeout=5)
    assert stands(fake_stripe, pledge, PledgeState.ENDING, 1_500)
    assert pledge.next_on is None
    fake_stripe.advance(seconds=70 * DAY)
    assert stands(fake_stripe, pledge, PledgeState.ENDED, 1_500)
    gateway.end_pledge(pledge, "staff")
    assert pledge.donations.count() == 1


def test_a_pledge_of_another_amount_is_charged_it_from_the_next_month_on(fake_stripe, pledge):
    """F35: asked for here, and then changed in Stripe's dashboard."""
    gateway.change_pledge(pledge, 2_000, "donor")
    assert pledge.amount_minor == 2_000
    fake_stripe.advance(seconds=32 * DAY)
    assert stands(fake_stripe, pledge, PledgeState.ACTIVE, 3_500)
    subscription = fake_stripe.get(ref=pledge.provider_ref)
    item = subscription["items"]["data"][0]
    price = {
        "currency": "eur",
        "product": item["price"]["product"],
        "recurring": {"interval": "month"},
        "unit_amount": 2_500,
    }
    change = {"items": [{"id": item["id"], "price_data": price}]}
    fake_stripe.update_subscription(ref=pledge.provider_ref, params=change)
    fake_stripe.advance(seconds=31 * DAY)
    assert stands(fake_stripe, pledge, PledgeState.ACTIVE, 6_000)
    assert sorted(pledge.donations.values_list("amount_minor", flat=True)) == [1_500, 2_000, 2_500]


@pytest.mark.parametrize("fault", ["drop", "error_after"])
def test_a_pledge_whose_end_was_not_confirmed_is_ended_by_the_next_try(fake_stripe, pledge, fault):
    """F15, F16, F34."""
    fake_stripe.fault(kind=fault, on="DELETE subscriptions/*", times=3)
    with suppress(Unreachable):  # the provider looks, and may see that it has ended
        gateway.end_pledge(pledge, "donor")
    gateway.end_pledge(pledge, "donor")
    assert stands(fake_stripe, pledge, PledgeState.ENDED, 1_500)


def test_two_invoices_of_one_day_are_two_gifts(fake_stripe, pledge):
    """F37."""
    for _time in range(2):
        fake_stripe.renew(subscription=pledge.provider_ref)
    assert stands(fake_stripe, pledge, PledgeState.ACTIVE, 4_500)
    assert pledge.donations.count() == 3


def test_the_next_gift_is_told_by_the_calendar_of_paris_and_31_january_has_a_next_month(fake_stripe, pledge):
    """F38."""
    subscription = fake_stripe.get(ref=pledge.provider_ref)
    items = subscription["items"]
    for at, day in (
        (datetime(2027, 12, 31, 23, 30, tzinfo=UTC), date(2028, 1, 1)),
        (datetime(2028, 3, 26, 22, 30, tzinfo=UTC), date(2028, 3, 27)),  # the night of summer time
        (datetime(2028, 2, 29, 12, tzinfo=UTC), date(2028, 2, 29)),
    ):
        items["data"][0]["current_period_end"] = int(at.timestamp())
        fake_stripe.set(ref=pledge.provider_ref, items=items)
        lifecycle.refresh(stripe_provider.connect(""), Ref(ObjectKind.PLEDGE, pledge.provider_ref), "test")
        pledge.refresh_from_db()
        assert pledge.next_on == day
    items["data"][0]["current_period_end"] = int(datetime(2028, 1, 31, 12, tzinfo=UTC).timestamp())
    fake_stripe.set(ref=pledge.provider_ref, items=items, _anchor=31)
    for expected in (date(2028, 2, 29), date(2028, 3, 31)):
        fake_stripe.renew(subscription=pledge.provider_ref)
        tell_everything(fake_stripe)
        pledge.refresh_from_db()
        assert pledge.next_on == expected


# --- Payouts --------------------------------------------------------------------------------------


def test_a_payout_of_several_pages_is_read_to_the_cent_and_one_may_fail(fake_stripe):
    """F61, F62."""
    provider = stripe_provider.connect("")
    gift, payment = paid(fake_stripe)
    case = fake_stripe.dispute(intent=payment)["id"]
    fake_stripe.close_dispute(dispute=case, won=True)
    _other, debit = paid(fake_stripe, how="debit")
    fake_stripe.settle(intent=debit)
    fake_stripe.fail_late(intent=debit)
    fake_stripe.crowd(number=210, amount=1_000)
    payout = fake_stripe.pay_out(fee=99)
    since = timezone.localdate() - timedelta(days=2)
    (fact,) = provider.payouts_since(since)
    assert len(fact.lines) == len({line.ref for line in fact.lines}) == 216
    assert fact.amount_minor == sum(line.amount_minor - line.fee_minor for line in fact.lines)
    kinds = {line.kind: line.amount_minor for line in fact.lines if line.source_ref in (payment, case, "")}
    assert kinds == {"payment": 5_000, "dispute": -5_000, "dispute_won": 5_000, "fee": -99}
    assert [line.amount_minor for line in fact.lines if line.source_ref == debit] == [-5_000, 5_000]
    fake_stripe.set(ref=payout["id"], reconciliation_status="in_progress")
    assert next(provider.payouts_since(since)).status == "pending"
    fake_stripe.fail_payout(payout=payout["id"])
    assert next(provider.payouts_since(since)).status == "failed"
    assert holds(gift, DonationState.SUCCEEDED, 5_000)


# --- What Stripe learns, and what the fake forbids ------------------------------------------------


def test_stripe_learns_a_token_and_an_address_and_nothing_else_of_the_donor(fake_stripe):
    gift = factories.gift(provider="stripe", monthly=True)
    page = fake_stripe.get(ref=opened(gift))
    assert page["client_reference_id"] == str(gift.token)
    assert page["metadata"] == {"token": str(gift.token)}
    assert page["customer_email"] == "camille@example.org"
    told = json.dumps(page)
    assert "Camille" not in told
    assert "Exemple" not in told
    assert gift.reference not in told
    shown = requests.get(page["url"], timeout=5)
    assert '<button name="act" value="card">' in shown.text
    answer = requests.post(page["url"], {"act": "card"}, allow_redirects=False, timeout=5)
    assert (answer.status_code, answer.headers["Location"]) == (303, URLS["success_url"])


@pytest.mark.parametrize(
    ("wrong", "param"),
    [
        ({"payment_method_types": ["card"]}, "payment_method_types"),
        ({"mode": "paiement"}, "mode"),
        ({"donor": "x"}, "donor"),
        ({"locale": "français"}, "locale"),
        ({"payment_intent_data": {"metadat": {}}}, "payment_intent_data[metadat]"),
        ({"line_items": [{"price_data": {"currency": "eur", "product_data": {"name": "x"}, "amount": 1}}]}, None),
        ({"expires_at": "soon"}, "expires_at"),
    ],
)
def test_a_request_that_stripes_own_types_forbid_is_refused_and_remembered(fake_stripe, wrong, param):
    client = stripe_provider.connect("").client
    if wrong == {"payment_intent_data": {"metadat": {}}}:
        wrong = {"payment_intent_data": {"metadat": "x"}}
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        client.v1.checkout.sessions.create(wrong)
    assert param is None or refusal.value.param == param
    assert len(fake_stripe.violations()) == 1
    fake_stripe.forget()


def test_another_version_of_the_api_is_refused(fake_stripe, settings):
    client = stripe.StripeClient(
        "sk_test_fake", stripe_version="2020-08-27", base_addresses={"api": settings.STRIPE_API_BASE}
    )
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.refunds.list()
    assert fake_stripe.violations() == ["Stripe-Version 2020-08-27"]
    fake_stripe.forget()


@pytest.mark.parametrize(
    ("changes", "account"),
    [
        ({}, "museum"),
        ({"STRIPE_ACCOUNTS": {"": {"key": "sk_" + "live_x", "webhook_secrets": []}}}, ""),
        ({"DONATIONS_LIVE": True}, ""),
        ({"STRIPE_API_BASE": "https://stripe.example.org"}, ""),
    ],
)
def test_an_account_without_a_key_of_the_right_mode_is_no_account(fake_stripe, settings, changes, account):
    """F8: test keys never take real gifts, and real keys never pretended ones."""
    for name, value in changes.items():
        setattr(settings, name, value)
    with pytest.raises(UnknownProvider):
        stripe_provider.connect(account)
    assert webhooks.take_in("stripe", account, {}, b"{}") == 404
