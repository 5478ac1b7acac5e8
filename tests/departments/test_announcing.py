"""E-mails to staff: lines that are due, mandates that end. Each thing once to each person, whatever happens."""

from datetime import date, datetime, timedelta
from io import StringIO
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.core.management import CommandError, call_command
from django.utils import timezone
from wagtail.models import Page
from wagtail.users.models import UserProfile

from departments import announcing, verifying
from departments.models import Announcement, ContactLine, Duty
from portal import bootstrapping
from tests import factories

pytestmark = pytest.mark.django_db

PARIS = ZoneInfo("Europe/Paris")


@pytest.fixture(autouse=True)
def _only_ours():
    """The lines of the demonstration are not due: these tests speak of theirs."""
    ContactLine.objects.update(valid_until=date(2000, 1, 1), valid_from=None)


@pytest.fixture
def department():
    return factories.department(factories.institute(), "Service des essais", number="01 99 00 10 10")


@pytest.fixture
def owner(department, make_user):
    user = make_user(bootstrapping.EDITORS, "owner")
    user.email = "owner@example.org"
    user.save()
    Page.objects.filter(pk=department["fr"].pk).update(owner=user)
    return user


def announce(**options):
    output = StringIO()
    call_command("announce_directory", stdout=output, **options)
    return output.getvalue()


def test_the_owner_gets_one_e_mail_for_all_lines_in_their_language_and_then_no_more(department, owner):
    line = factories.line(department, "01 99 00 10 11", purpose="secretariat")
    profile = UserProfile.get_for_user(owner)
    profile.preferred_language = "en"
    profile.save()
    announce()
    (message,) = mail.outbox
    assert message.to == ["owner@example.org"]
    assert message.subject == "2 telephone numbers are due to be checked"
    assert line.phone.display("en") in message.body
    assert "http://127.0.0.1:8000/admin/lines/calls/" in message.body
    announce()
    assert len(mail.outbox) == 1


def test_a_line_is_announced_again_only_after_it_was_verified(department, owner):
    announce()
    line = ContactLine.objects.of(department["fr"]).get()
    verifying.change(line, "01 99 00 10 12", owner, verifying.seen(line))
    announce()
    assert len(mail.outbox) == 1
    line = ContactLine.objects.get(pk=line.pk)
    verifying.confirm(line, owner, verifying.seen(line))
    announce()
    assert len(mail.outbox) == 1
    with time_machine.travel(timezone.now() + timedelta(days=181)):
        announce()
        announce()
    assert len(mail.outbox) == 2


def test_without_an_owner_the_group_with_the_duty_is_told_else_nobody_and_that_is_said(department, make_user):
    assert "Nobody can be told of the due lines of Service des essais" in announce()
    assert mail.outbox == []
    user = make_user(bootstrapping.SWITCHBOARD)
    Duty.objects.create(
        group=Group.objects.get(name=bootstrapping.SWITCHBOARD), institute=department["fr"].get_parent().specific
    )
    assert "Nobody" not in announce()
    assert [message.to for message in mail.outbox] == [[user.email]]


@pytest.mark.parametrize("change", [{"is_active": False}, {"email": ""}])
def test_an_owner_who_cannot_be_told_is_not(department, owner, change):
    type(owner).objects.filter(pk=owner.pk).update(**change)
    assert "Nobody can be told" in announce()
    assert mail.outbox == []


def test_a_dry_run_sends_and_keeps_nothing(owner):
    assert "owner would be told of 1 line(s)." in announce(dry_run=True)
    assert (mail.outbox, Announcement.objects.count()) == ([], 0)


def test_an_e_mail_that_the_server_refuses_is_tried_again(owner, monkeypatch):
    def refuse(self, messages):
        raise OSError("no server")

    with monkeypatch.context() as patch:
        patch.setattr(EmailBackend, "send_messages", refuse)
        with pytest.raises(CommandError):
            announce()
    assert not Announcement.objects.exists()
    announce()
    assert len(mail.outbox) == 1


def test_a_run_that_was_killed_while_sending_never_sends_twice_and_says_so(owner, monkeypatch):
    def die(self, messages):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(EmailBackend, "send_messages", die)
        with pytest.raises(KeyboardInterrupt):
            announce()
    said = announce()
    assert mail.outbox == []
    assert "Of 1 person(s) it is not known" in said


def test_a_second_process_with_the_same_plan_sends_nothing(owner):
    first, second = announcing.plan(timezone.localdate()), announcing.plan(timezone.localdate())
    announcing.carry_out(first, str)
    assert announcing.carry_out(second, str).sent == 0
    assert len(mail.outbox) == 1


def test_an_e_mail_names_emergencies_first_and_says_how_many_more(department, owner, monkeypatch):
    monkeypatch.setattr(announcing, "MOST_NAMED", 2)
    instruction = {"fr": "Appelez avant de venir.", "en": "Call before you come."}
    urgent = factories.line(department, "01 99 00 10 90", purpose="emergency", instruction=instruction)
    factories.line(department, "01 99 00 10 91")
    announce()
    body = mail.outbox[0].body
    assert body.index(urgent.number_as_read) < body.index("10\u00a010")
    assert "1" in body.rpartition("…")[2].splitlines()[0]


# --- Mandates -------------------------------------------------------------------------------------


def test_the_end_of_a_mandate_is_announced_three_months_ahead_once_per_role_and_date(department, owner):
    ContactLine.objects.update(valid_until=date(2000, 1, 1))
    person = factories.person(factories.institute("Maison Deux"), "Personne Une")
    role = factories.role(department, person, "Chefferie", until=date(2030, 6, 30))
    factories.role(department, title="Poste vacant", until=date(2030, 6, 30))
    for day, sent in ((date(2030, 3, 29), 0), (date(2030, 3, 30), 1), (date(2030, 4, 15), 1)):
        with time_machine.travel(datetime(day.year, day.month, day.day, 8, tzinfo=PARIS)):
            announce()
        assert len(mail.outbox) == sent, day
    assert "Personne Une" in mail.outbox[0].body
    assert "Poste vacant" not in mail.outbox[0].body
    type(role).objects.filter(pk=role.pk).update(until=date(2030, 7, 31))
    with time_machine.travel(datetime(2030, 6, 1, 8, tzinfo=PARIS)):
        announce()
    assert len(mail.outbox) == 2


def test_without_an_owner_those_who_edit_the_page_are_told(department, make_user):
    ContactLine.objects.update(valid_until=date(2000, 1, 1))
    person = factories.person(factories.institute("Maison Deux"), "Personne Une")
    factories.role(department, person, "Chefferie", until=timezone.localdate() + timedelta(days=10))
    users = {make_user(group).pk for group in (bootstrapping.EDITORS, bootstrapping.MODERATORS)}
    make_user(bootstrapping.FUNDRAISERS)
    announce()
    assert set(Announcement.objects.values_list("user", flat=True)) == users
    assert len(mail.outbox) == 2
