"""That a number was checked holds for this very number; when it is due again; who may say so."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import translation

from departments import verifying
from departments.models import ContactLine, Duty
from portal import bootstrapping, fact_log
from tests import factories
from tests.reading import text

pytestmark = pytest.mark.django_db

PARIS = ZoneInfo("Europe/Paris")
MARCH = datetime(2030, 3, 4, 10, tzinfo=PARIS)
TODAY = date(2030, 3, 4)
NUMBER, OTHER = "01 99 00 10 10", "01 99 00 20 20"
URGENT = {"purpose": "emergency", "instruction": {"fr": "Appelez avant de venir.", "en": "Call before you come."}}


@pytest.fixture
def department():
    return factories.department(factories.institute(), "Service des essais")


@pytest.fixture
def line(department):
    return factories.line(department, NUMBER)


@pytest.fixture
def caller(make_user, line):
    """Somebody of the switchboard who is in charge of the institute."""
    user = make_user(bootstrapping.SWITCHBOARD)
    group = Group.objects.get(name=bootstrapping.SWITCHBOARD)
    Duty.objects.create(group=group, institute=line.page.get_parent().specific)
    return user


def fresh(line):
    return ContactLine.objects.get(pk=line.pk)


def confirm(line, user):
    return verifying.confirm(line, user, verifying.seen(fresh(line)))


def is_due(line, day=TODAY):
    with time_machine.travel(datetime(day.year, day.month, day.day, 12, tzinfo=PARIS)):
        return ContactLine.objects.due(day).filter(pk=line.pk).exists()


def test_a_verification_says_when_who_and_how_and_visitors_read_the_month(line, caller, department):
    assert "vérifié en" not in text(Client().get(department["fr"].url))
    with time_machine.travel(MARCH):
        confirm(line, caller)
    stored = fresh(line)
    assert (stored.verified_day, stored.checked_on) == (TODAY, TODAY)
    assert (stored.verified_by, stored.verified_how) == (caller, "call")
    assert "checked in March 2030" in text(Client().get(department["en"].url))


def test_a_changed_number_is_unverified_until_the_change_is_undone(line, caller):
    with time_machine.travel(MARCH):
        confirm(line, caller)
    changed = verifying.change(line, OTHER, caller, verifying.seen(fresh(line)))
    assert (fresh(line).verified_day, fresh(line).checked_on) == (None, None)
    entry = fact_log.entries(changed).first()
    assert fact_log.undo(changed, entry.pk, caller)
    assert (fresh(line).verified_day, fresh(line).checked_on) == (TODAY, TODAY)


def test_an_extension_is_part_of_the_number_that_was_verified(line, caller):
    with time_machine.travel(MARCH):
        confirm(line, caller)
    verifying.change(line, f"{NUMBER} poste 12", caller, verifying.seen(fresh(line)))
    assert fresh(line).checked_on is None
    with time_machine.travel(MARCH):
        confirm(line, caller)
    assert (fresh(line).verified_number, fresh(line).checked_on) == ("+33199001010 #12", TODAY)


def test_a_save_of_other_things_leaves_the_verification_alone(line, caller):
    opened_before = fresh(line)
    with time_machine.travel(MARCH):
        confirm(line, caller)
    opened_before.internal_note = "Deuxième étage."
    assert fact_log.change(opened_before, caller)
    assert fresh(line).verified_day == TODAY
    assert fresh(line).internal_note == "Deuxième étage."


def test_a_number_that_was_called_while_it_was_changed_is_verified(line, caller):
    with time_machine.travel(MARCH):
        verifying.change(line, OTHER, caller, verifying.seen(line), "call")
    assert fresh(line).verified_number == "+33199002020"
    assert fresh(line).checked_on == TODAY


def test_nobody_confirms_a_number_that_they_did_not_see(line, caller):
    as_seen = verifying.seen(line)
    verifying.change(line, OTHER, caller, as_seen)
    for act in (verifying.confirm, verifying.no_answer):
        with pytest.raises(verifying.Outdated):
            act(line, caller, as_seen)
    with pytest.raises(verifying.Outdated):
        verifying.change(line, NUMBER, caller, as_seen)
    assert fresh(line).number == "+33199002020"
    assert fresh(line).verified_day is None


def test_what_is_no_number_changes_nothing(line, caller):
    with pytest.raises(ValidationError) as refusal:
        verifying.change(line, "01 99 00 10", caller, verifying.seen(line))
    assert "number" in refusal.value.message_dict
    with pytest.raises(ValidationError):
        verifying.change(line, "01.99.00.10.10", caller, verifying.seen(line))  # the same, otherwise written
    assert not fact_log.story(line).exists()


def test_verifications_are_in_the_history_but_only_changes_are_undone(line, caller):
    verifying.change(line, OTHER, caller, verifying.seen(line))
    confirm(line, caller)
    verifying.no_answer(line, caller, verifying.seen(fresh(line)))
    client = Client()
    client.force_login(caller)
    factories.speaking_english(client)
    address = reverse("fact_history", args=["departments", "contactline", line.pk])
    page = client.get(address)
    with translation.override("en"):
        told = [str(entry["what"]) for entry in page.context["entries"]]
    assert told == ["Nobody answered", "Number confirmed", "Changed"]
    undone = client.post(
        reverse("fact_undo", args=["departments", "contactline", line.pk]), {"entry": page.context["latest"].pk}
    )
    assert undone["Location"] == reverse("contact_lines")
    assert fresh(line).number == "+33199001010"


@pytest.mark.parametrize(("fields", "days"), [({}, 180), (URGENT, 30)], ids=["usual", "emergency"])
def test_a_line_is_due_at_once_and_then_so_many_days_after_its_check(department, caller, fields, days):
    line = factories.line(department, OTHER, **fields)
    assert is_due(line)
    with time_machine.travel(MARCH):
        confirm(line, caller)
    assert not is_due(line, TODAY + timedelta(days=days - 1))
    assert is_due(line, TODAY + timedelta(days=days))


def test_lines_that_visitors_do_not_see_today_are_not_due(department):
    future = factories.line(department, NUMBER, valid_from=TODAY + timedelta(days=1))
    past = factories.line(department, NUMBER, valid_until=TODAY - timedelta(days=1))
    archived = factories.line(department, NUMBER)
    ContactLine.objects.filter(pk=archived.pk).update(archived_at=MARCH)
    assert [line for line in (future, past, archived) if is_due(line)] == []
    assert is_due(future, TODAY + timedelta(days=1))


def test_who_checked_may_leave_the_house_and_the_check_still_stands(line, make_user):
    user = make_user(bootstrapping.EDITORS, "gone")
    confirm(line, user)
    user.delete()
    assert fresh(line).verified_day
    assert fresh(line).verified_by is None
