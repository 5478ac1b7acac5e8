"""E-mails of gifts, through a real mail server: each once, in the donor's language, nothing where nothing is true."""

import asyncio
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import uuid
from datetime import timedelta
from email import message_from_bytes
from email.policy import default as modern
from hashlib import sha256
from pathlib import Path
from urllib.parse import unquote

import pytest
from aiosmtpd.controller import Controller
from django.utils import timezone

from donations import emails, gateway, lifecycle, links, outbox
from donations.models import FamilyPage, Mail, Payment, Receipt, Refund, Tribute
from donations.providers import sandbox
from donations.states import DisputeStatus, DonationState, PledgeState, RefundStatus
from tests import databases, factories

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).parents[2]


class Sink(list):
    """A mail server: keeps what arrives, answers as the test wants it."""

    answer = "250 OK"
    at_recipient = "250 OK"
    hangs: threading.Event | None = None

    async def handle_RCPT(self, server, session, envelope, address, options):
        if self.at_recipient.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.at_recipient

    async def handle_DATA(self, server, session, envelope):
        self.append(message_from_bytes(envelope.content, policy=modern))
        if self.hangs:
            self.hangs.set()
            await asyncio.sleep(30)
        return self.answer

    @property
    def subjects(self):
        return [message["subject"] for message in self]


@pytest.fixture
def sink(settings):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    box = Sink()
    server = Controller(box, hostname="127.0.0.1", port=port)
    server.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
    settings.DEFAULT_FROM_EMAIL = "Dons <dons@example.org>"
    yield box
    server.stop()


def enqueued(kind, gift, key=None):
    lifecycle.enqueue(kind, key or str(gift.token), gift)
    return Mail.objects.get(kind=kind, object_key=key or str(gift.token))


def due_again(mail):
    Mail.objects.filter(pk=mail.pk).update(next_at=timezone.now())


def both_bodies(message):
    return [message.get_body(("plain",)).get_content(), message.get_body(("html",)).get_content()]


def test_each_kind_says_what_holds_in_the_donors_language_as_text_and_html(sink):
    paid = factories.gift(7_500, state=DonationState.SUCCEEDED, paid_at=timezone.now(), receipt_wish="each")
    english = factories.gift(7_500, state=DonationState.SUCCEEDED, paid_at=timezone.now(), language="en", page=None)
    debit = factories.gift(state=DonationState.PROCESSING)
    failed = factories.gift(state=DonationState.FAILED)
    awaited = factories.gift(provider="manual", state=DonationState.AWAITED)
    part = factories.gift(5_000, state=DonationState.PARTIALLY_REFUNDED)
    payment = Payment.objects.create(
        donation=part, provider="sandbox", provider_ref="pa_1", status="succeeded", amount_minor=5_000, currency="EUR"
    )
    Refund.objects.create(payment=payment, amount_minor=2_000, status=RefundStatus.SUCCEEDED, provider_ref="re_1")
    monthly = factories.gift(1_500, monthly=True).pledge
    for kind, gift in (("thanks", paid), ("thanks", english), ("processing", debit), ("failed", failed)):
        enqueued(kind, gift)
    enqueued("instructions", awaited)
    enqueued("refunded", part, f"{part.token}:re_1")
    for kind, state in (("pledge_ended", "ended"), ("pledge_failing", "past_due"), ("fund_moved", "active")):
        pledge = factories.gift(1_500, monthly=True).pledge
        pledge.state = state
        pledge.save()
        lifecycle.enqueue(kind, str(pledge.token), pledge=pledge)
    assert outbox.send_mails() == 9
    assert not Mail.objects.filter(done_at=None).exists()
    assert len(sink) == 9
    assert monthly.state == PledgeState.PENDING
    by_subject = {message["subject"]: message for message in sink}
    for body in both_bodies(by_subject["Thank you for your gift"]):
        assert "Dear Camille Exemple," in body and "€75" in body
    instructions = next(message for message in sink if awaited.issuer.iban_in_groups in both_bodies(message)[0])
    for body in both_bodies(instructions):
        assert emails.in_groups(awaited.reference) in body
    back = next(message for message in sink if "20\u00a0€" in both_bodies(message)[0])
    assert "20\u00a0€" in both_bodies(back)[1]
    assert len({message["message-id"] for message in sink}) == 9
    assert all(message["to"] == "camille@example.org" for message in sink)


def test_nothing_is_said_that_does_not_hold_any_more_nor_to_who_was_erased(sink):
    refunded = factories.gift(state=DonationState.REFUNDED)
    erased = factories.gift(state=DonationState.SUCCEEDED)
    erased.donor.erase(timezone.now())
    erased.donor.save()
    arrived = factories.gift(state=DonationState.SUCCEEDED)
    enqueued("thanks", refunded)
    enqueued("thanks", erased)
    enqueued("failed", arrived)
    enqueued("processing", arrived)
    assert outbox.send_mails() == 4
    assert sink == []
    assert not Mail.objects.filter(done_at=None).exists()


def test_the_receipt_is_attached_as_it_was_stored_and_a_void_one_is_not_sent(sink):
    gift = factories.gift(state=DonationState.SUCCEEDED)
    shared = {"issuer": gift.issuer, "donor": gift.donor, "regime": "fr", "form": "11580*05", "language": "fr"}
    shared |= {"amount_minor": 5_000, "currency": "EUR", "snapshot": {}, "issued_at": timezone.now(), "year": 2026}
    original, copy = b"%PDF-1.7 original", b"%PDF-1.7 copy"
    shared |= {"pdf": original, "sha256": sha256(original).hexdigest()}
    shared |= {"copy_pdf": copy, "copy_sha256": sha256(copy).hexdigest()}
    valid = Receipt.objects.create(**shared, number=901)
    void = Receipt.objects.create(**shared, number=902, voided_at=timezone.now())
    mail = enqueued("receipt", gift, str(valid.pk))
    enqueued("receipt", gift, f"{void.pk}:2")
    sink.answer = "451 come again"
    assert outbox.send_mails() == 1
    assert not valid.copies.exists()  # nobody has it yet
    sink.answer = "250 OK"
    due_again(mail)
    assert outbox.send_mails() == 1
    assert len(sink) == 2
    for message in sink:
        (attached,) = message.iter_attachments()
        assert attached.get_content() == original
        assert attached.get_content_type() == "application/pdf"
        assert attached.get_filename() == f"{valid.full_number}.pdf"
    assert valid.copies.get().to == f"mail {mail.pk}"


def test_links_without_password_lead_to_the_gift_and_to_the_monthly_gift(sink):
    begun, monthly = factories.gift(), factories.gift(1_500, monthly=True, language="en")
    monthly.pledge.state = PledgeState.ACTIVE
    monthly.pledge.save()
    enqueued("confirm_gift", begun)
    lifecycle.enqueue("pledge_link", f"{monthly.pledge.token}:1", pledge=monthly.pledge)
    assert outbox.send_mails() == 2
    confirmation, link = sink
    for message, name in ((confirmation, "confirm"), (link, "monthly")):
        text, html = both_bodies(message)
        address = next(word for word in text.split() if word.startswith("http") and f"/giving/{name}/" in word)
        assert f'href="{address}"' in html
    assert links.confirmed_token(confirmation_key(confirmation)) == str(begun.token)


def confirmation_key(message):
    return unquote(next(word for word in both_bodies(message)[0].split() if "/confirm/" in word).split("/")[-2])


def test_the_family_gets_one_letter_never_the_amount_and_a_name_only_if_the_donor_agreed(sink):
    gift = factories.gift(12_300, state=DonationState.SUCCEEDED, paid_at=timezone.now())
    family = FamilyPage.objects.create(
        person="Dominique Modèle", fund=gift.fund, language="en", closes_on=timezone.localdate()
    )
    tribute = Tribute.objects.create(
        donor=gift.donor,
        kind="memory",
        person="Dominique Modèle\r\nBcc: evil@example.org",
        message="Avec vous.\n<b>Toujours</b>",
        family_name="Famille Modèle",
        family_email="family@example.org",
        family=family,
    )
    waits = factories.gift(state=DonationState.PROCESSING)
    Tribute.objects.create(donor=waits.donor, kind="honour", person="X", family_email="other@example.org")
    for _time in range(2):
        outbox.send_mails()
    (message,) = sink
    assert message["to"] == "family@example.org"
    assert message["bcc"] is None
    text, html = both_bodies(message)
    for body in (text, html):
        assert "€" not in body and "Exemple" not in body
        assert f"/{family.key}/" in body
        assert "In memory of" in body
    assert "&lt;b&gt;Toujours" in html
    tribute.refresh_from_db()
    assert tribute.letter_sent_at is not None
    named = factories.gift(state=DonationState.SUCCEEDED)
    Tribute.objects.create(
        donor=named.donor, kind="honour", person="Y", family_email="family@example.org", names_donor=True
    )
    outbox.send_mails()
    assert "Camille Exemple" in both_bodies(sink[1])[0]


def test_what_somebody_typed_never_becomes_a_header(sink):
    gift = factories.gift(state=DonationState.SUCCEEDED)
    gift.donor.first_name = "Eve\r\nBcc: a@example.org"
    gift.donor.save()
    enqueued("thanks", gift)
    bad = factories.gift(state=DonationState.SUCCEEDED)
    bad.donor.email = "camille@example.org\r\nBcc: b@example.org"
    bad.donor.save()
    refused = enqueued("thanks", bad)
    outbox.send_mails()
    (message,) = sink
    assert message["bcc"] is None
    assert "Eve Bcc: a@example.org Exemple" in both_bodies(message)[0]
    refused.refresh_from_db()
    assert refused.parked_at is not None and refused.error == "NoAddress"


def test_a_mail_server_that_is_busy_is_tried_again_and_one_that_knows_nobody_is_not(sink, caplog):
    gift = factories.gift(state=DonationState.SUCCEEDED)
    mail = enqueued("thanks", gift)
    sink.answer = "451 come again"
    with caplog.at_level(logging.DEBUG):
        assert outbox.send_mails() == 0
        mail.refresh_from_db()
        assert mail.parked_at is None
        assert timezone.now() < mail.next_at < timezone.now() + timedelta(minutes=2)
        sink.answer = "250 OK"
        due_again(mail)
        assert outbox.send_mails() == 1
        assert sink[0]["message-id"] == sink[1]["message-id"]
        unknown = enqueued("thanks", factories.gift(state=DonationState.SUCCEEDED))
        sink.at_recipient = "550 no such mailbox camille@example.org"
        assert outbox.send_mails() == 0
    unknown.refresh_from_db()
    assert unknown.parked_at is not None and unknown.error == "NobodyThere"
    ours = [record.getMessage() + str(record.exc_info) for record in caplog.records if record.name != "mail.log"]
    assert any("NobodyThere" in line for line in ours)
    assert "camille" not in "".join(ours).lower()


def test_after_twelve_attempts_a_message_is_put_before_a_person(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9  # nobody listens
    mail = enqueued("thanks", factories.gift(state=DonationState.SUCCEEDED))
    for _attempt in range(Mail.MOST_ATTEMPTS):
        due_again(mail)
        outbox.send_mails()
    mail.refresh_from_db()
    assert mail.attempts == Mail.MOST_ATTEMPTS
    assert mail.parked_at is not None and mail.next_at is None


# --- Workers that are processes of their own, on a database of their own ---------------------------

_SETUP = "import django; django.setup()\n"
_FILL = """
from donations import lifecycle
from donations.models import Mail
from donations.states import DonationState
from tests import factories
Mail.objects.all().update(done_at="2026-01-01T00:00Z", next_at=None)
for number in range({number}):
    gift = factories.gift(state=DonationState.SUCCEEDED)
    lifecycle.enqueue("thanks", str(gift.token), gift)
"""
_SEND = "from donations import outbox; outbox.send_mails()"
_AGAIN = """
from django.utils import timezone
from donations import outbox
from donations.models import Mail
(mail,) = Mail.objects.filter(done_at=None)
assert mail.next_at > timezone.now(), "it is still the dead worker's"
assert outbox.send_mails() == 0
Mail.objects.filter(done_at=None).update(next_at=timezone.now())  # the lease is over
assert outbox.send_mails() == 1
"""


@pytest.fixture
def workers(sink, settings):
    """Runs pieces of code as processes that work on a copy of the filled database."""
    name = f"outbox_{uuid.uuid4().hex[:12]}"
    databases.copy(databases.filled_database(), name)
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "portal.settings.test",
        "SERVED_DATABASE": name,
        "SMTP_PORT": str(settings.EMAIL_PORT),
        "TEST_MEDIA_ROOT": str(settings.MEDIA_ROOT),
    }

    def start(code):
        return subprocess.Popen([sys.executable, "-c", _SETUP + code], cwd=ROOT, env=environment)

    yield start
    databases.drop(name)


def test_a_worker_killed_while_it_sends_leaves_the_message_to_others_and_two_workers_send_each_once(sink, workers):
    sink.hangs = threading.Event()
    killed = workers(_FILL.format(number=1) + _SEND)
    assert sink.hangs.wait(120)
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    sink.hangs = None
    assert workers(_AGAIN + _FILL.format(number=30)).wait() == 0
    assert len(sink) == 2
    assert sink[0]["message-id"] == sink[1]["message-id"]
    sink.clear()
    for process in [workers(_SEND), workers(_SEND)]:
        assert process.wait() == 0
    assert len(sink) == 30
    assert len({message["message-id"] for message in sink}) == 30


def test_a_thank_you_that_waits_for_the_end_of_a_dispute_goes_out_when_it_is_won(sink):
    bank = sandbox.connect("")
    gift = factories.gift(5_000)
    gateway.payment_page(gift, email="camille@example.org", success_url="https://x/", cancel_url="https://x/")
    payment = bank.pay(gift.session_ref)
    gateway.look_again(gift, "test")
    bank.dispute(payment.ref, DisputeStatus.OPEN, is_withdrawn=True)
    gateway.look_again(gift, "test")
    outbox.send_mails()
    assert not gift.mails.filter(kind="thanks").exists()
    bank.dispute(payment.ref, DisputeStatus.WON, is_withdrawn=False)
    for _time in range(2):
        gateway.look_again(gift, "test")
        outbox.send_mails()
    assert sink.subjects.count("Merci de votre don") == 1
