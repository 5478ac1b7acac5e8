"""What search engines read of a department's and a hospital's lines."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.test import Client

from departments.models import HospitalPage, HoursException, OpeningHours
from tests import factories
from tests.reading import nodes

pytestmark = pytest.mark.django_db

PARIS = ZoneInfo("Europe/Paris")


@pytest.fixture
def institute():
    return factories.institute()


def points(of, language="en", kind="MedicalClinic"):
    [node] = nodes(Client().get(of[language].url), kind)
    return node.get("contactPoint", [])


def test_a_line_says_what_it_is_for_who_answers_and_when(institute):
    department = factories.department(institute)
    factories.line(
        department,
        "01 99 00 11 22",
        purpose="emergency",
        instruction={"fr": "Dites votre nom.", "en": "Say your name."},
        languages=["fr", "fsl"],
        relay_url="https://relay.example.org/",
        hours_are="own",
        hours="Mo-Fr 09:00-12:30,13:30-17:00; Sa 00:00-24:00",
    )
    for first, last, hours in ((24, 24, "09:00-12:00"), (26, 31, "")):
        HoursException.objects.create(
            page=department["fr"],
            first_day=date(2030, 12, first),
            last_day=date(2030, 12, last),
            hours=hours,
            reason={"fr": "Fêtes", "en": "Holidays"},
        )
    with time_machine.travel(datetime(2030, 6, 3, 12, tzinfo=PARIS)):
        [point] = points(department)
        [french] = points(department, "fr")
    working_days = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"]
    kind = {"@type": "OpeningHoursSpecification"}
    assert point == {
        "@type": "ContactPoint",
        "contactType": "Emergency",
        "telephone": "+33199001122",
        "description": "Say your name.",
        "availableLanguage": ["fr", "fsl"],
        "contactOption": ["HearingImpairedSupported"],
        "hoursAvailable": [
            kind | {"dayOfWeek": working_days, "opens": "09:00", "closes": "12:30"},
            kind | {"dayOfWeek": working_days, "opens": "13:30", "closes": "17:00"},
            kind | {"dayOfWeek": ["Saturday"], "opens": "00:00", "closes": "23:59"},
            kind | {"dayOfWeek": "PublicHolidays", "opens": "00:00", "closes": "00:00"},
            kind | {"opens": "09:00", "closes": "12:00", "validFrom": "2030-12-24", "validThrough": "2030-12-24"},
            kind | {"opens": "00:00", "closes": "00:00", "validFrom": "2030-12-26", "validThrough": "2030-12-31"},
        ],
    }
    assert (french["contactType"], french["description"]) == ("Urgence", "Dites votre nom.")


def test_an_exception_is_gone_the_day_after_it(institute):
    department = factories.department(institute)
    factories.line(department, "01 99 00 11 22", hours_are="own", hours="Mo-Fr 09:00-17:00")
    HoursException.objects.create(
        page=department["fr"], first_day=date(2030, 6, 1), last_day=date(2030, 6, 2), reason={"fr": "x", "en": "x"}
    )

    def dated(moment):
        with time_machine.travel(moment):
            [point] = points(department)
        return [hours for hours in point["hoursAvailable"] if "validFrom" in hours]

    assert len(dated(datetime(2030, 6, 2, 23, 59, tzinfo=PARIS))) == 1
    assert dated(datetime(2030, 6, 3, 0, 1, tzinfo=PARIS)) == []


def test_a_line_whose_hours_nobody_stated_says_nothing_of_them(institute):
    department = factories.department(institute, number="01 99 00 11 22")
    assert "hoursAvailable" not in points(department)[0]


def test_a_number_that_foreigners_cannot_reach_says_so_and_a_free_one_says_that(institute):
    department = factories.department(institute)
    for order, number in enumerate(["0 800 12 34 56", "01 99 00 11 22", "15"]):
        factories.line(department, number, sort_order=order)
    free, ordinary, emergency = points(department)
    assert (free["telephone"], free["areaServed"], free["contactOption"]) == ("0800123456", "FR", ["TollFree"])
    assert "areaServed" not in ordinary and "contactOption" not in ordinary
    assert emergency["telephone"] == "15"


def test_a_fax_is_no_telephone(institute):
    department = factories.department(institute)
    factories.line(department, "01 99 00 11 22", kind="fax")
    [point] = points(department)
    assert point["faxNumber"] == "+33199001122"
    assert "telephone" not in point


def test_a_hospital_names_its_departments_but_no_endless_list(institute, monkeypatch):
    hospital = factories.hospital(institute, switchboard="01 99 00 00 01")
    OpeningHours.objects.create(page=hospital["fr"], hours="Mo-Su 00:00-24:00", closed_on_holidays=False)
    for name in ("Cardiologie", "Dermatologie", "Neurologie"):
        factories.department(institute, name, at=hospital)

    def named():
        [node] = nodes(Client().get(hospital["en"].url), "Hospital")
        return [department["name"] for department in node["department"]]

    assert named() == ["Cardiologie", "Dermatologie", "Neurologie"]
    monkeypatch.setattr(HospitalPage, "MOST_IN_STRUCTURED_DATA", 2)
    assert named() == ["Cardiologie", "Dermatologie"]


def test_a_hospital_says_when_it_is_open(institute):
    hospital = factories.hospital(institute)
    OpeningHours.objects.create(page=hospital["fr"], hours="Mo-Fr 08:00-19:00", closed_on_holidays=False)
    [node] = nodes(Client().get(hospital["en"].url), "Hospital")
    [hours] = node["openingHoursSpecification"]
    assert (hours["opens"], hours["closes"], hours["dayOfWeek"][0]) == ("08:00", "19:00", "Monday")
