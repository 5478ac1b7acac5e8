"""A visitor writes to an institute: through the addresses that a browser uses."""

import json
import socket
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from aiosmtpd.controller import Controller
from django.core import mail
from django.core.management import CommandError, call_command
from django.utils import timezone, translation

from portal.contact_form import MessageGuard
from portal.form_guard import Refusal
from portal.models import ContactMessage
from tests import factories
from tests.reading import soup, text

pytestmark = pytest.mark.django_db

ANSWERS = {"name": "Camille", "e_mail": "camille@example.org", "message": "Où se garer ?"}


@pytest.fixture
def page():
    """The English contact page of an institute; its settings stand on the French one."""
    return factories.contact_page(factories.institute())["en"]


@pytest.fixture
def token(client, page):
    """The token of a form that was opened long enough ago to have been filled in by a person."""
    return token_of(client.get(page.url))


def token_of(response):
    return soup(response).find("input", {"name": "token"})["value"]


def send(client, page, token, after=timedelta(minutes=2), headers=None, **changes):
    """What the server answers to the form, sent some time after it was opened."""
    with time_machine.travel(timezone.now() + after):
        return client.post(f"/en/-/contact/{page.pk}/", ANSWERS | {"token": token} | changes, headers=headers)


def test_the_form_warns_shows_a_token_and_sets_no_cookie(client, page):
    response = client.get(page.url)
    assert response.status_code == 200
    assert "No medical details." in text(response)
    assert {link["href"] for link in soup(response).main.find_all("a", class_="number")} >= {"tel:15", "tel:112"}
    assert token_of(response)
    assert not response.cookies
    assert response["Cache-Control"] == "no-store"


def test_each_form_has_a_token_of_its_own(client, page):
    assert token_of(client.get(page.url)) != token_of(client.get(page.url))


def test_a_message_is_stored_once_and_mailed_to_the_institute(client, page, token):
    response = send(client, page, token)
    assert response.status_code == 303
    assert response["Location"] == f"{page.url}?sent=1"
    assert not response.cookies
    message = ContactMessage.objects.get()
    assert (message.page_id, message.form_data) == (page.pk, ANSWERS)
    assert message.emailed_at
    email = mail.outbox[0]
    assert len(mail.outbox) == 1
    assert email.to == ["desk@example.org"]
    assert email.reply_to == ["camille@example.org"]
    assert "Message: Où se garer ?" in email.body
    assert "Thank you." in text(client.get(response["Location"]))


def test_the_message_of_a_page_without_an_address_is_kept(client, page, token):
    type(page).objects.update(to_address="")
    assert send(client, page, token).status_code == 303
    assert ContactMessage.objects.get().emailed_at is None
    assert mail.outbox == []


def test_the_same_form_sent_again_is_thanked_and_stores_nothing(client, page, token):
    send(client, page, token)
    again = send(client, page, token, message="Pressed twice")
    assert again.status_code == 303
    assert ContactMessage.objects.count() == 1
    assert len(mail.outbox) == 1


def test_a_robot_that_fills_in_the_trap_is_thanked_and_not_heard(client, page, token):
    assert soup(client.get(page.url)).find("input", {"name": MessageGuard.HONEYPOT})
    assert send(client, page, token, **{MessageGuard.HONEYPOT: "https://example.org"}).status_code == 303
    assert not ContactMessage.objects.exists()


def test_a_form_is_taken_when_three_seconds_have_passed_and_not_before(page):
    guard = MessageGuard(page)
    with time_machine.travel(datetime(2030, 6, 4, 10, tzinfo=UTC), tick=False) as clock:
        token = guard.new_token()
        clock.shift(3)
        with pytest.raises(Refusal, match="very quick"), translation.override("en"):
            guard.open(token)
        clock.shift(1)
        assert guard.open(token)


@pytest.mark.parametrize(
    ("after", "reason"),
    [(timedelta(seconds=1), "very quick"), (timedelta(hours=25), "more than a day")],
    ids=["too young", "expired"],
)
def test_a_form_sent_too_soon_or_too_late_says_so_and_can_be_sent_once_more(client, page, after, reason):
    with time_machine.travel(timezone.now(), tick=False):  # whatever else the machine has to do
        response = send(client, page, token_of(client.get(page.url)), after)
    assert response.status_code == 422
    assert reason in text(response)
    assert not ContactMessage.objects.exists()
    now = timezone.now() + after
    with time_machine.travel(now):
        fresh = token_of(response)
    assert send(client, page, fresh, after + timedelta(seconds=10)).status_code == 303
    assert ContactMessage.objects.count() == 1


@pytest.mark.parametrize("forged", ["", "nothing", "0" * 32, "a:b:c"])
def test_a_forged_token_is_refused(client, page, forged):
    assert send(client, page, forged).status_code == 422
    assert not ContactMessage.objects.exists()


def test_the_token_of_another_page_is_refused(client, page):
    other = factories.contact_page(factories.homes(), "Écrire au portail")["en"]
    assert send(client, page, token_of(client.get(other.url))).status_code == 422


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"origin": "https://elsewhere.example.org"}, 403),
        ({"origin": "null"}, 403),
        ({"sec-fetch-site": "same-origin"}, 303),
        ({"origin": "http://testserver"}, 303),
        ({}, 303),
    ],
    ids=str,
)
def test_a_form_sent_from_another_site_is_refused(client, page, token, headers, status):
    assert send(client, page, token, headers=headers).status_code == status
    assert ContactMessage.objects.exists() is (status == 303)


def test_errors_keep_what_was_typed_and_name_each_field(client, page, token):
    response = send(client, page, token, e_mail="camille", message="")
    assert response.status_code == 422
    assert not response.cookies
    assert response["Cache-Control"] == "no-store"
    document = soup(response)
    assert document.title.string.strip().startswith("Error:")
    assert document.find(id="id_name")["value"] == "Camille"
    assert document.find(id="id_e_mail")["value"] == "camille"
    summary = document.find(id="errors")
    assert {link["href"] for link in summary.find_all("a")} == {"#id_e_mail", "#id_message"}
    assert "It looks like name@example.org." in summary.get_text()
    for name in ("id_e_mail", "id_message"):
        field = document.find(id=name)
        assert field["aria-invalid"] == "true"
        assert all(document.find(id=described) for described in field["aria-describedby"].split())
    assert not ContactMessage.objects.exists()


def test_an_endless_message_is_refused(client, page, token):
    assert send(client, page, token, message="x" * 5001).status_code == 422


def test_a_flood_is_held_back_and_ends_by_itself(client, page, monkeypatch):
    monkeypatch.setattr(MessageGuard, "MOST_PER_HOUR", 2)
    statuses = [send(client, page, token_of(client.get(page.url))).status_code for _ in range(3)]
    assert statuses == [303, 303, 422]
    later = timedelta(hours=2)
    assert send(client, page, token_of(client.get(page.url)), later).status_code == 303


@pytest.mark.parametrize("language", ["fr", "en"])
def test_who_reloads_the_answer_is_led_to_the_page_and_only_pages_that_exist_take_messages(client, page, language):
    assert client.get(f"/{language}/-/contact/{page.pk}/")["Location"] == page.url
    assert client.post(f"/{language}/-/contact/{page.pk + 1000}/").status_code == 404


def test_an_unpublished_page_takes_no_message(client, page, token):
    page.unpublish()
    assert send(client, page, token).status_code == 404


class Sink:
    """Where a real SMTP server puts what it is given."""

    def __init__(self):
        self.envelopes = []

    async def handle_DATA(self, server, session, envelope):
        self.envelopes.append(envelope)
        return "250 OK"


@pytest.fixture
def smtp(settings):
    """Mail leaves through a port where nobody listens until `start` is called."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", port, 5
    controller = Controller(Sink(), hostname="127.0.0.1", port=port)
    yield controller
    if controller.server:
        controller.stop()
    controller.loop.close()


def test_a_message_whose_mail_fails_is_kept_and_goes_out_later(client, page, token, smtp, capsys):
    assert send(client, page, token).status_code == 303
    assert ContactMessage.objects.get().emailed_at is None

    call_command("deliver_contact_messages", dry_run=True)
    assert capsys.readouterr().out == "1 message(s) are unsent.\n"
    with pytest.raises(CommandError, match="could not be sent"):
        call_command("deliver_contact_messages")

    smtp.start()
    call_command("deliver_contact_messages")
    assert ContactMessage.objects.get().emailed_at
    [envelope] = smtp.handler.envelopes
    assert envelope.rcpt_tos == ["desk@example.org"]
    assert b"Reply-To: camille@example.org" in envelope.content

    call_command("deliver_contact_messages")
    assert len(smtp.handler.envelopes) == 1


def test_a_failure_tells_the_log_nothing_of_the_message(client, page, token, smtp, caplog):
    send(client, page, token, message="A secret of mine")
    assert "could not be sent" in caplog.text
    assert "secret" not in caplog.text
    assert "camille" not in caplog.text


def test_messages_are_forgotten_after_the_days_that_the_institute_sets(client, page, token, capsys):
    send(client, page, token)
    stored = ContactMessage.objects.get()
    assert stored.forget_at - stored.submit_time == pytest.approx(timedelta(days=30), abs=timedelta(seconds=10))

    with time_machine.travel(stored.forget_at - timedelta(minutes=1)):
        call_command("forget_contact_messages")
    assert ContactMessage.objects.exists()

    with time_machine.travel(stored.forget_at):
        call_command("forget_contact_messages", dry_run=True)
        assert "1 message(s) would be forgotten." in capsys.readouterr().out
        assert ContactMessage.objects.exists()
        call_command("forget_contact_messages")
    assert not ContactMessage.objects.exists()


def test_the_next_message_also_sweeps_out_what_is_outdated(client, page, token):
    send(client, page, token)
    ContactMessage.objects.update(forget_at=timezone.now() - timedelta(days=1))
    send(client, page, token_of(client.get(page.url)), message="The second")
    assert [message.form_data["message"] for message in ContactMessage.objects.all()] == ["The second"]


def test_what_is_stored_is_json_that_staff_can_export(client, page, token, client_of):
    send(client, page, token)
    assert json.loads(json.dumps(ContactMessage.objects.get().form_data)) == ANSWERS
    listing = client_of("Moderators").get(f"/admin/forms/submissions/{page.pk}/")
    assert listing.status_code == 200
    assert "Où se garer ?" in listing.content.decode()
