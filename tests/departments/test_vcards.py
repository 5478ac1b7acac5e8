"""vCards: what is written can be read back, by a reader that shares nothing with the writer."""

import re
import uuid
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from itertools import pairwise

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone as clock
from hypothesis import given
from hypothesis import strategies as st
from wagtail.models import PageViewRestriction

from departments.models import ContactLine, HoursException, Location
from departments.phones import PhoneNumber
from departments.vcards import Address, Card, Telephone, escaped, folded
from tests import factories

pytestmark = pytest.mark.django_db

KEY = uuid.UUID("12345678-1234-5678-1234-567812345678")


def read(text: str | bytes) -> list[tuple[str, dict[str, str], str]]:
    """A small reader of RFC 6350, section 3: (name with group, parameters, raw value) of each content line."""
    octets = text.encode() if isinstance(text, str) else text
    assert octets.endswith(b"\r\n")
    assert b"\n" not in octets.replace(b"\r\n", b"")
    assert all(len(line) <= 75 for line in octets.split(b"\r\n"))
    for line in octets.split(b"\r\n"):
        line.decode()  # no character is cut in two
    found = []
    for line in octets.replace(b"\r\n ", b"").decode().removesuffix("\r\n").split("\r\n"):
        name, quoted, rest = "", False, line
        for place, character in enumerate(line):
            quoted ^= character == '"'
            if character == ":" and not quoted:
                name, rest = line[:place], line[place + 1 :]
                break
        first, *parameters = re.split(r';(?=(?:[^"]*"[^"]*")*[^"]*$)', name)
        found.append((first, dict(parameter.split("=", 1) for parameter in parameters), rest))
    assert found[0] == ("BEGIN", {}, "VCARD")
    assert found[1] == ("VERSION", {}, "4.0")
    assert found[-1] == ("END", {}, "VCARD")
    return found


def value(text: str | bytes, name: str) -> str | None:
    return next((raw for found, _parameters, raw in read(text) if found == name), None)


def parts(raw: str) -> list[str]:
    """The components of a structured value, unescaped."""
    found, current, characters = [], "", iter(raw)
    for character in characters:
        if character == "\\":
            following = next(characters)
            current += "\n" if following in "nN" else following
        elif character == ";":
            found.append(current)
            current = ""
        else:
            current += character
    return [*found, current]


def card(**fields) -> Card:
    return Card(**({"uuid": KEY, "name": "A", "organisation": (), "telephones": ()} | fields))


@given(st.text(alphabet=st.characters(blacklist_categories=("Cs", "Cc")) | st.sampled_from(",;:\\\n\"'é漢😀 ")))
def test_any_words_come_back_as_they_were(words):
    text = card(name=words, organisation=(words, "B;C"), note=words).write()
    wanted = re.sub("[\u2028\u2029]", "\n", words)
    assert parts(value(text, "FN") or "") == [wanted]
    assert parts(value(text, "ORG")) == [wanted, "B;C"]
    assert (parts(value(text, "NOTE")) if words else [""]) == [wanted]


@given(st.text(alphabet=st.characters(blacklist_categories=("Cs", "Cc")), max_size=400))
def test_folding_takes_nothing_away_and_unfolds(line):
    pieces = folded(line).split("\r\n ")
    assert "".join(pieces) == line
    assert all(len(piece.encode()) <= (74 if place else 75) for place, piece in enumerate(pieces))
    # No piece could have taken the next character too: short lines stay whole.
    for place, (piece, following) in enumerate(pairwise(pieces)):
        assert len((piece + following[:1]).encode()) > (74 if place else 75)


@given(st.text(alphabet=st.characters(blacklist_categories=("Cs",))))
def test_no_words_can_begin_a_line_of_their_own(words):
    assert "\r" not in escaped(words)
    assert "\n" not in escaped(words)


@pytest.mark.parametrize(
    ("number", "extension", "parameters", "written"),
    [
        ("+33199001122", "", {"VALUE": "uri"}, "tel:+33199001122"),
        ("+33199001122", "345", {"VALUE": "uri"}, "tel:+33199001122;ext=345"),
        ("+442079460000", "", {"VALUE": "uri"}, "tel:+442079460000"),
        ("0800123456", "", {"VALUE": "text"}, "0800123456"),
        ("15", "", {"VALUE": "text"}, "15"),
    ],
)
def test_a_number_is_written_as_address_books_dial_it(number, extension, parameters, written):
    text = card(telephones=(Telephone(PhoneNumber(number, extension), "Appointments"),)).write()
    [(name, found, raw)] = [line for line in read(text) if line[0].endswith("TEL")]
    assert (name, raw) == ("line1.TEL", written)
    assert found == parameters | {"TYPE": '"voice,work"', "PREF": "1"}
    assert value(text, "line1.X-ABLABEL") == "Appointments"


def test_a_card_says_where_and_since_when():
    text = card(
        address=Address("1, rue du Lac", "75000", "Lac", "FR"),
        position=(Decimal("48.84000"), Decimal("2.36000")),
        spoken=("fr", "fsl"),
        url="https://portal.example/fr/a/",
        source="https://portal.example/a.vcf",
        revised_at=datetime(2026, 3, 1, 1, 30, tzinfo=timezone(timedelta(hours=2))),
    ).write()
    assert parts(value(text, "ADR")) == ["", "", "1, rue du Lac", "Lac", "", "75000", "FR"]
    assert value(text, "GEO") == "geo:48.84000,2.36000"
    assert value(text, "REV") == "20260228T233000Z"
    assert value(text, "UID") == f"urn:uuid:{KEY}"
    assert [raw for name, _parameters, raw in read(text) if name == "LANG"] == ["fr", "fsl"]
    assert (value(text, "URL"), value(text, "SOURCE")) == (
        "https://portal.example/fr/a/",
        "https://portal.example/a.vcf",
    )


# --- On the portal ----------------------------------------------------------------------------------------------


@pytest.fixture
def institute():
    return factories.institute()


@pytest.fixture
def hospital(institute):
    place = {"street": "1, rue du Lac", "postal_code": "75000", "city": "Lac"}
    made = factories.hospital(institute, switchboard="01 99 00 00 01", **place)
    type(made["fr"]).objects.filter(pk=made["fr"].pk).update(latitude="48.84", longitude="2.36")
    return made


def card_of(page, language="fr"):
    return f"/{language}/-/card/{page['fr'].translation_key}.vcf"


def line_card_of(line, language="fr"):
    return f"/{language}/-/card/line/{line.uuid}.vcf"


def told(response, name):
    return [raw for found, _parameters, raw in read(response.content) if found.split(".")[-1] == name]


def test_a_department_is_saved_with_all_its_numbers_in_the_readers_language(institute, hospital):
    department = factories.department(institute, "Été, hiver; printemps", at=hospital)
    factories.line(department, "01 99 00 00 11 poste 7", purpose="appointments", languages=["fr", "en"], keys="2 5")
    factories.line(department, "01 99 00 00 12", kind="fax")
    factories.line(
        department, "0 800 12 34 56", purpose="nurse_line", instruction={"fr": "Le soir.", "en": "At night."}
    )
    type(department["en"]).objects.filter(pk=department["en"].pk).update(last_published_at=clock.now())
    response = Client().get(card_of(department, "en"))
    assert response["Content-Type"] == "text/vcard; charset=utf-8"
    assert response["Content-Disposition"] == 'attachment; filename="ete-hiver-printemps.vcf"'
    assert response["Cache-Control"] == "public, no-cache"
    assert response["Content-Language"] == "en"
    assert told(response, "UID") == [f"urn:uuid:{department['fr'].translation_key}"]
    assert parts(told(response, "FN")[0]) == ["Été, hiver; printemps"]
    assert parts(told(response, "ORG")[0]) == ["Maison des essais", "Été, hiver; printemps"]
    assert told(response, "TEL") == ["tel:+33199000011;ext=7", "tel:+33199000012", "0800123456"]
    assert told(response, "X-ABLABEL") == ["Appointments", "Call the department", "Nurse line"]
    assert told(response, "LANG") == ["en", "fr"]
    assert told(response, "GEO") == ["geo:48.84000,2.36000"]
    assert parts(told(response, "ADR")[0])[2:4] == ["1, rue du Lac", "Lac"]
    note = parts(told(response, "NOTE")[0])[0]
    assert "At night." in note
    assert "press 2, then 5" in note
    assert told(response, "SOURCE") == [f"http://testserver{card_of(department, 'en')}"]
    assert told(response, "REV")[0].endswith("Z")
    again = Client().get(card_of(department, "en"), headers={"if-none-match": response["ETag"]})
    assert again.status_code == 304
    assert card_of(department, "en") in Client().get(department["en"].url).content.decode()


def test_a_line_and_a_hospital_are_saved_alone(institute, hospital):
    department = factories.department(institute, at=hospital)
    line = factories.line(department, "01 99 00 00 11", purpose="appointments")
    factories.line(department, "01 99 00 00 12", purpose="secretariat")
    response = Client().get(line_card_of(line, "en"))
    assert told(response, "TEL") == ["tel:+33199000011"]
    assert told(response, "UID") == [f"urn:uuid:{line.uuid}"]
    assert told(response, "FN") == ["Hématologie – Appointments"]
    assert told(Client().get(card_of(hospital)), "TEL") == ["tel:+33199000001"]


def test_a_card_of_a_department_at_two_hospitals_says_which_number_is_where(institute, hospital):
    other = factories.hospital(institute, "Hôpital de la Rive")
    department = factories.department(institute, at=hospital)
    Location.objects.create(page=department["fr"], hospital=other["fr"], sort_order=2)
    hours = {"hours_are": "own", "hours": "Mo-Fr 9:00-17:00", "purpose": "appointments"}
    lake = factories.line(department, "01 99 00 00 11", hospital=hospital["fr"], **hours)
    factories.line(department, "01 99 00 00 12 poste 7", hospital=other["fr"], out_of_hours=lake, **hours)
    factories.line(department, "01 99 00 00 13", purpose="secretariat")
    response = Client().get(card_of(department))
    assert told(response, "X-ABLABEL") == [
        "Rendez-vous – Hôpital du Lac",
        "Rendez-vous – Hôpital de la Rive",
        "Secrétariat médical",
    ]
    note = parts(told(response, "NOTE")[0])[0]
    assert re.search("Rendez-vous – Hôpital du Lac[\u00a0\u202f]: [DL]u", note), note
    assert "Fermé les jours fériés." in note
    assert re.search("h[\u00a0\u202f]; Samedi", note), note
    assert "Closed on public holidays." in told(Client().get(line_card_of(lake, "en")), "NOTE")[0]
    assert told(Client().get(line_card_of(lake, "en")), "X-ABLABEL") == ["Appointments – Hôpital du Lac"]


def test_a_card_keeps_to_the_days_of_a_line(institute, hospital):
    today = clock.localdate()
    department = factories.department(institute, at=hospital)
    new = factories.line(department, "01 99 00 00 12")
    old = factories.line(department, "01 99 00 00 11", replaced_by=new, valid_until=today)
    gone = factories.line(department, "01 99 00 00 13", valid_until=today - timedelta(days=1))
    coming = factories.line(department, "01 99 00 00 14", valid_from=today + timedelta(days=1))
    assert told(Client().get(card_of(department)), "TEL") == ["tel:+33199000012"]
    response = Client().get(line_card_of(old))
    assert (response.status_code, response["Location"]) == (302, line_card_of(new))
    for line in (gone, coming):
        assert Client().get(line_card_of(line)).status_code == 404
    ContactLine.objects.filter(pk=new.pk).update(valid_from=today + timedelta(days=1))
    response = Client().get(card_of(department, "en"))
    assert told(response, "TEL") == ["tel:+33199000011"]
    # Named from its first day on, as on the page.
    assert "00\N{NO-BREAK SPACE}12" not in "".join(told(response, "NOTE"))


def test_a_line_keeps_its_card_while_nobody_may_see_the_one_that_replaces_it(institute, hospital):
    department, hidden = factories.department(institute, at=hospital), factories.department(institute, "Autre")
    new = factories.line(hidden, "01 99 00 00 12")
    old = factories.line(department, "01 99 00 00 11", replaced_by=new)
    hidden["en"].unpublish()
    assert Client().get(line_card_of(old, "en"))["Location"] == line_card_of(new, "en"), "its page stays readable"
    assert Client().get(line_card_of(old))["Location"] == line_card_of(new)
    hidden["fr"].unpublish()
    assert told(Client().get(line_card_of(old)), "TEL") == ["tel:+33199000011"]
    for address in (line_card_of(old), card_of(department), f"/fr/-/paper/{hospital['fr'].translation_key}/"):
        assert Client().get(address).status_code == 200
        assert Client().post(address).status_code == 405


def test_lines_of_others_and_restricted_pages_are_not_to_be_had(institute, hospital):
    department = factories.department(institute, at=hospital)
    others = [
        factories.line(department, f"01 99 00 00 2{place}", audience=audience)
        for place, audience in enumerate(("professionals", "press", "donors"))
    ]
    archived = factories.line(department, "01 99 00 00 24", archived_at=clock.now())
    assert Client().get(card_of(department)).status_code == 404
    assert card_of(department) not in Client().get(department["fr"].url).content.decode()
    for line in (*others, archived):
        assert Client().get(line_card_of(line)).status_code == 404
    own = factories.line(department, "01 99 00 00 25")
    assert told(Client().get(card_of(department)), "TEL") == ["tel:+33199000025"]
    PageViewRestriction.objects.create(page=department["fr"], restriction_type="login")
    PageViewRestriction.objects.create(page=hospital["fr"], restriction_type="login")
    for address in (card_of(department), line_card_of(own), card_of(hospital)):
        assert Client().get(address).status_code == 404
    assert Client().get(f"/fr/-/card/{uuid.uuid4()}.vcf").status_code == 404


def test_what_is_taken_away_says_on_which_of_the_coming_days_everything_is_different(institute, hospital):
    department = factories.department(institute, at=hospital)
    line = factories.line(
        department, "01 99 00 00 11", purpose="appointments", hours_are="own", hours="Mo-Fr 09:00-17:00"
    )
    for first, last, hours in (
        (date(2030, 12, 24), date(2030, 12, 26), ""),
        (date(2030, 12, 31), date(2030, 12, 31), "09:00-12:00"),
        (date(2031, 3, 3), date(2031, 3, 3), ""),
    ):
        HoursException.objects.create(
            page=department["fr"], first_day=first, last_day=last, hours=hours, reason={"fr": "Fêtes", "en": "Holidays"}
        )
    with time_machine.travel(datetime(2030, 12, 10, 12, tzinfo=UTC)):
        noted = told(Client().get(line_card_of(line, "en")), "NOTE")[0]
        paper = Client().get(reverse("print_sheet", args=[hospital["fr"].translation_key])).content.decode()
    for said in ("24–26 December: closed (Holidays).", "31 December: 9:00–12:00 (Holidays)."):
        assert said.replace(",", r"\,") in noted
    assert "March" not in noted
    assert "24–26 December" in paper and "3 March" not in paper
