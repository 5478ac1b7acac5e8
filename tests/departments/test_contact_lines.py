"""What a line says beside its number, and how one number gives way to another at its day."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from departments.models import ContactLine
from departments.models.contacts import attach_leads
from departments.phones import parse
from tests import factories
from tests.reading import soup, text

pytestmark = pytest.mark.django_db

PARIS = ZoneInfo("Europe/Paris")


@pytest.fixture(scope="module")
def made(kept):
    institute = factories.institute()
    return factories.department(institute, at=factories.hospital(institute))


@pytest.fixture
def department(made):
    return factories.again(made)


def shown(department, language):
    return text(Client().get(department[language].url))


def test_a_line_says_keys_languages_and_relay_in_the_readers_language(department):
    factories.line(
        department,
        "01 99 00 11 11",
        keys="2 5",
        languages=["en", "fsl"],
        relay_url="https://relay.example.org/call",
    )
    french, english = shown(department, "fr"), shown(department, "en")
    assert "appuyez sur 2, puis 5" in french
    assert "press 2, then 5" in english
    assert "Langues parlées : anglais, langue des signes française" in french
    assert "Languages spoken: English, French sign language" in english
    page = soup(Client().get(department["en"].url))
    assert page.find("a", href="https://relay.example.org/call")


@pytest.mark.parametrize("keys", ["2,5", "press 2", "2  5", " 2"])
def test_keys_are_keys_alone(department, keys):
    with pytest.raises(ValidationError) as refused:
        factories.line(department, "01 99 00 11 11", keys=keys)
    assert "keys" in refused.value.message_dict


def test_a_language_outside_the_list_is_refused(department):
    with pytest.raises(ValidationError) as refused:
        factories.line(department, "01 99 00 11 11", languages=["tlh"])
    assert "languages" in refused.value.message_dict


def test_a_fax_is_shown_but_never_a_link_that_dials(department):
    factories.line(department, "01 99 00 11 12", kind="fax")
    page = soup(Client().get(department["fr"].url))
    assert "01 99 00 11 12" in shown(department, "fr")
    assert "Fax" in shown(department, "fr")
    assert not page.find("a", href="tel:+33199001112")


@pytest.mark.parametrize(
    ("purpose", "audience"), [("press", "press"), ("donors", "donors"), ("referring_doctors", "professionals")]
)
def test_a_purpose_with_an_audience_of_its_own_brings_it_along(department, purpose, audience):
    line = factories.line(department, "01 99 00 11 13", purpose=purpose)
    assert line.audience == audience
    assert "01 99 00 11 13" not in shown(department, "fr")
    with pytest.raises(IntegrityError):
        ContactLine.objects.filter(pk=line.pk).update(audience="patients")


def test_a_new_number_takes_over_at_its_day_and_the_old_one_leads_to_it_until_its_last(department):
    new = factories.line(department, "01 99 00 22 22", valid_from="2026-06-10", purpose="secretariat")
    factories.line(
        department, "01 99 00 11 11", purpose="secretariat", valid_until="2026-06-30", replaced_by=new, sort_order=1
    )
    with time_machine.travel(datetime(2026, 6, 9, 23, 59, tzinfo=PARIS), tick=False):
        before = shown(department, "fr")
    assert "01 99 00 11 11" in before
    assert "01 99 00 22 22" not in before
    assert "a changé" not in before
    with time_machine.travel(datetime(2026, 6, 10, 0, 0, tzinfo=PARIS), tick=False):
        during, english = shown(department, "fr"), shown(department, "en")
    assert (
        "Ce numéro a changé ; l’ancien fonctionne jusqu’au 30 juin 2026. Le nouveau numéro : 01 99 00 22 22" in during
    )
    assert "This number has changed; the old one works until 30 June 2026." in english
    with time_machine.travel(datetime(2026, 7, 1, 0, 0, tzinfo=PARIS), tick=False):
        after = shown(department, "fr")
    assert "01 99 00 11 11" not in after
    assert "01 99 00 22 22" in after


def test_lines_lead_on_at_the_cost_of_a_query_for_each_step_however_many_they_are(department):
    last = factories.line(department, "01 99 00 22 20")
    middle = factories.line(department, "01 99 00 22 21", replaced_by=last)
    for place in range(10, 20):
        factories.line(department, f"01 99 00 11 {place}", replaced_by=middle, out_of_hours=middle)
    lines = list(ContactLine.objects.filter(replaced_by=middle))
    with CaptureQueriesContext(connection) as captured:
        attach_leads(lines)
        assert {(line.successor, line.stand_in, line.successor.successor) for line in lines} == {(middle, middle, last)}
        assert last.successor is last.stand_in is None
    assert len(captured) == 2


@pytest.mark.parametrize(
    ("own", "others", "is_named"),
    [
        ("patients", "patients", True),
        ("patients", "professionals", False),
        ("professionals", "patients", True),
        ("professionals", "professionals", True),
        ("professionals", "press", False),
    ],
)
def test_a_line_leads_to_lines_for_its_own_callers_or_for_all(department, own, others, is_named):
    other = factories.line(department, "01 99 00 22 22", audience=others)
    line = factories.line(department, "01 99 00 11 11", audience=own, replaced_by=other, out_of_hours=other)
    assert (line.successor, line.stand_in) == ((other, other) if is_named else (None, None))


def test_both_ways_to_ask_whether_a_line_is_valid_agree(department):
    day = timezone.localdate()
    days = (None, day - timedelta(days=1), day, day + timedelta(days=1))
    for first in days:
        for last in days:
            if not (first and last and last < first):
                factories.line(department, "01 99 00 11 11", valid_from=first, valid_until=last)
    lines = ContactLine.objects.of(department["fr"])
    assert {line for line in lines if line.is_valid_on(day)} == set(lines.valid())
    assert 0 < lines.valid().count() < lines.count()


def test_a_replacement_that_was_itself_taken_off_is_not_shown(department):
    new = factories.line(department, "01 99 00 22 22")
    factories.line(department, "01 99 00 11 11", replaced_by=new)
    ContactLine.objects.filter(pk=new.pk).update(archived_at=datetime(2026, 1, 1, tzinfo=PARIS))
    page = shown(department, "fr")
    assert "01 99 00 22 22" not in page
    assert "a changé" not in page


def test_a_line_never_leads_to_itself(department):
    line = factories.line(department, "01 99 00 11 11")
    for name in ("replaced_by", "out_of_hours"):
        with pytest.raises(ValidationError):
            setattr(line, name, line)
            line.full_clean()
        setattr(line, name, None)


def test_the_form_offers_as_replacement_the_lines_of_the_same_department_and_its_hospitals_alone(editor, department):
    institute = factories.institute("Autre maison")
    stranger = factories.line(factories.department(institute, "Ailleurs"), "01 99 00 33 33")
    own, other = factories.line(department, "01 99 00 11 11"), factories.line(department, "01 99 00 22 22")
    page = editor.get(f"/admin/facts/departments/contactline/{own.pk}/").content.decode()
    offered = page[page.index('name="replaced_by"') :]
    offered = offered[: offered.index("</select>")]
    assert f'value="{other.pk}"' in offered
    assert f'value="{own.pk}"' not in offered
    assert f'value="{stranger.pk}"' not in offered


def test_verification_belongs_to_the_number(department):
    line = factories.line(department, "01 99 00 11 11 poste 12")
    line.verified_number, line.verified_on = "+33199001111 #12", datetime(2026, 3, 2, tzinfo=PARIS).date()
    assert line.verified_day == line.verified_on
    line.number, line.extension = "01 99 00 11 11 poste 13", ""
    line.full_clean()
    assert line.verified_day is None


def test_the_languages_of_a_line_are_logged_and_undone_like_its_other_values(editor, department):
    line = factories.line(department, "01 99 00 11 11", languages=["fr"])
    address = f"/admin/facts/departments/contactline/{line.pk}/"
    kept = {"purpose": "department", "audience": "patients", "kind": "voice", "hours_are": "not_stated"}
    kept |= {"closed_on_holidays": "on", "number": "01 99 00 11 11", "sort_order": 0}
    assert editor.post(address, kept | {"languages": ["en", "fr"]}).status_code == 302
    line.refresh_from_db()
    assert sorted(line.languages) == ["en", "fr"]
    history = editor.get(f"{address}history/")
    with translation.override("fr"):
        entry = history.context["latest"]
    assert editor.post(f"{address}undo/", {"entry": entry.pk}).status_code == 302
    line.refresh_from_db()
    assert line.languages == ["fr"]


@pytest.mark.parametrize(("language", "word"), [("fr", "poste 1234"), ("en", "extension 1234")])
def test_an_extension_is_said_in_words_that_the_form_reads_back(department, language, word):
    line = factories.line(department, "01 99 00 11 11 #1234")
    with translation.override(language):
        assert line.number_as_read.replace("\xa0", " ").endswith(f"11 {word}")
        assert str(parse(line.number_as_read)) == "+33199001111 #1234"
