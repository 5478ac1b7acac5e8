"""The directory as FHIR R4: every resource and bundle is read by fhir.resources, which knows the standard."""

import json
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from fhir.resources.R4B import get_fhir_model_class
from wagtail.models import Page, PageViewRestriction

from departments.models import ContactLine, HoursException, Location, OpeningHours
from institutes.models import Organisation
from tests import factories

pytestmark = pytest.mark.django_db

PARIS = ZoneInfo("Europe/Paris")
TYPES = ["Organization", "Location", "HealthcareService", "Practitioner", "PractitionerRole"]
BASE = "http://testserver/fhir/R4"


def ask(path, status=200, **parameters):
    """An answer, read by the standard's own model; as plain values."""
    response = Client().get(f"/fhir/R4/{path}", parameters)
    assert (response.status_code, response["Content-Type"]) == (status, "application/fhir+json"), response.content
    found = response.json()
    get_fhir_model_class(found["resourceType"]).model_validate_json(response.content)
    return found


def all_of(kind, **parameters):
    """Every resource of a type, over all its pages, each page read by the standard's own model."""
    answer = ask(kind, **parameters)
    for _page in range(50):
        assert answer["type"] == "searchset"
        for entry in answer.get("entry", []):
            assert entry["fullUrl"] == f"{BASE}/{kind}/{entry['resource']['id']}"
            yield entry["resource"]
        following = [link["url"] for link in answer["link"] if link["relation"] == "next"]
        if not following:
            return
        assert following[0].startswith(f"{BASE}/{kind}?")
        answer = ask(following[0].removeprefix(f"{BASE}/"))
    raise AssertionError("the pages do not end")


@pytest.fixture
def group():
    return Organisation.objects.create(
        name={"fr": "Groupe du Lac", "en": "Lake Group"},
        kind="hospital_group",
        finess="750712184",
        siren="732829320",
    )


@pytest.fixture
def institute(group):
    return factories.institute(organisation=group, city="Paris")


@pytest.fixture
def hospital(institute, group):
    return factories.hospital(
        institute,
        switchboard="01 99 00 00 01",
        street="1 rue du Lac",
        postal_code="75000",
        city="Paris",
        latitude="48.83780",
        longitude="2.36500",
        finess="750100125",
        group=group,
    )


@pytest.fixture
def department(institute, hospital):
    return factories.department(institute, at=hospital)


def key(of):
    return str(of["fr"].translation_key)


def test_every_resource_of_the_demonstration_is_what_the_standard_says():
    for kind in TYPES:
        listed = list(all_of(kind, _count=7))
        assert listed, kind
        ids = [resource["id"] for resource in listed]
        assert ids == sorted(set(ids)), kind
        assert ask(f"{kind}/{ids[0]}") == listed[0]


def test_every_reference_leads_to_a_resource(institute, hospital, department):
    factories.role(department, factories.person(institute, "Zoé Exemple"), "Cheffe de service")
    factories.role(institute, title="Directeur")
    listed = {kind: list(all_of(kind)) for kind in TYPES}
    known = {f"{BASE}/{kind}/{resource['id']}" for kind, found in listed.items() for resource in found}

    def references(value):
        if isinstance(value, dict):
            if "reference" in value:
                yield value["reference"]
            for part in value.values():
                yield from references(part)
        elif isinstance(value, list):
            for part in value:
                yield from references(part)

    found = set(references(listed))
    assert len(found) > 10
    assert found <= known


def test_an_organisation_has_the_identifiers_of_the_french_profiles(institute, hospital):
    def identifiers(of):
        found = ask(f"Organization/{key(of)}")["identifier"]
        return [(item["system"], item["type"]["coding"][0]["code"], item["value"]) for item in found]

    assert identifiers(hospital) == [("https://finess.esante.gouv.fr", "FINEG", "750100125")]
    assert identifiers(institute) == [
        ("https://finess.esante.gouv.fr", "FINEJ", "750712184"),
        ("https://sirene.fr", "SIREN", "732829320"),
    ]
    part_of = ask(f"Organization/{key(hospital)}")["partOf"]
    assert (part_of["display"], part_of["identifier"]["value"]) == ("Groupe du Lac", "750712184")


def test_a_hospital_without_a_group_is_part_of_its_institute(institute):
    hospital = factories.hospital(institute)
    assert ask(f"Organization/{key(hospital)}")["partOf"] == {"reference": f"{BASE}/Organization/{key(institute)}"}


def test_a_location_says_where_it_is_when_it_is_open_and_how_it_is_reached(hospital):
    OpeningHours.objects.create(page=hospital["fr"], hours="Mo-Fr 08:00-24:00; Sa 22:00-06:00")
    HoursException.objects.create(
        page=hospital["fr"],
        first_day=date(2030, 12, 24),
        last_day=date(2030, 12, 24),
        hours="09:00-12:00",
        reason={"fr": "Veille de Noël", "en": "Christmas Eve"},
    )
    with time_machine.travel(datetime(2030, 6, 3, 12, tzinfo=PARIS)):
        found = ask(f"Location/{key(hospital)}")
    assert found["address"] == {
        "use": "work",
        "type": "physical",
        "line": ["1 rue du Lac"],
        "city": "Paris",
        "postalCode": "75000",
        "country": "FR",
    }
    assert found["position"] == {"longitude": 2.365, "latitude": 48.8378}
    assert found["managingOrganization"]["reference"] == f"{BASE}/Organization/{key(hospital)}"
    assert [point["value"] for point in found["telecom"] if point["system"] == "phone"] == ["+33199000001"]
    assert found["hoursOfOperation"] == [
        {"daysOfWeek": ["mon", "tue", "wed", "thu", "fri"], "openingTime": "08:00:00", "closingTime": "23:59:59"},
        {"daysOfWeek": ["sat"], "openingTime": "22:00:00", "closingTime": "23:59:59"},
        {"daysOfWeek": ["sun"], "openingTime": "00:00:00", "closingTime": "06:00:00"},
    ]
    assert "2030-12-24" in found["availabilityExceptions"] and "Veille de Noël" in found["availabilityExceptions"]


def test_a_department_is_a_service_with_its_lines_in_the_editors_order(institute, hospital, department):
    factories.line(department, "01 99 00 00 30", sort_order=3, kind="fax")
    factories.line(department, "06 39 98 00 20", sort_order=2, kind="text_relay", languages=["fsl"])
    factories.line(
        department,
        "01 99 00 00 10 poste 345",
        sort_order=1,
        purpose="emergency",
        instruction={"fr": "Dites votre nom.", "en": "Say your name."},
        languages=["fr", "en"],
        valid_until=date(2040, 1, 31),
    )
    factories.line(department, "3115", sort_order=4)
    found = ask(f"HealthcareService/{key(department)}")
    points = [point for point in found["telecom"] if point["system"] != "url"]
    assert [(point["system"], point["value"], point["rank"], point["use"]) for point in points] == [
        ("phone", "+33199000010", 1, "work"),
        ("sms", "+33639980020", 2, "work"),
        ("fax", "+33199000030", 3, "work"),
        ("phone", "3115", 4, "work"),
    ]
    said = {item["url"].rsplit("/", 1)[1]: item["valueString"] for item in points[0]["extension"]}
    assert said == {"contactpoint-comment": "Urgence – Dites votre nom.", "contactpoint-extension": "345"}
    assert points[0]["period"] == {"end": "2040-01-31"}
    assert {item["coding"][0]["code"] for item in found["communication"]} == {"fr", "en", "fsl"}
    assert found["location"] == [{"reference": f"{BASE}/Location/{key(hospital)}", "display": hospital["fr"].title}]
    assert found["providedBy"] == {"reference": f"{BASE}/Organization/{key(institute)}"}


def test_the_hours_of_a_service_are_those_that_its_lines_share(department):
    closed = HoursException.objects.create(
        page=department["fr"],
        first_day=date(2030, 8, 1),
        last_day=date(2030, 8, 15),
        reason={"fr": "Fermeture d’été", "en": "Summer closure"},
    )
    hours = {"hours_are": "own", "hours": "Mo-Su 00:00-24:00"}
    factories.line(department, "01 99 00 00 10", **hours)
    factories.line(department, "01 99 00 00 11", **hours)
    week = {"daysOfWeek": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], "allDay": True}
    with time_machine.travel(datetime(2030, 6, 3, 12, tzinfo=PARIS)):
        found = ask(f"HealthcareService/{key(department)}")
        assert found["availableTime"] == [week]
        not_available = {item["during"]["start"]: item for item in found["notAvailable"]}
        assert not_available["2030-08-01"]["during"]["end"] == closed.last_day.isoformat()
        assert not_available["2030-08-01"]["description"] == "Fermeture d’été"
        assert "2030-12-25" in not_available
        factories.line(department, "01 99 00 00 12", hours_are="own", hours="Mo 09:00-10:00")
        found = ask(f"HealthcareService/{key(department)}")
    assert "availableTime" not in found and "notAvailable" not in found
    own = [item for item in found["telecom"][2]["extension"] if item["url"].endswith("contactpoint-availabletime")]
    assert own[0]["extension"] == [
        {"url": "daysOfWeek", "valueCode": "mon"},
        {"url": "availableStartTime", "valueTime": "09:00:00"},
        {"url": "availableEndTime", "valueTime": "10:00:00"},
    ]


def test_a_role_ends_with_its_last_day_and_a_vacant_one_names_nobody(institute, department):
    person = factories.person(institute, "Zoé Exemple")
    held = factories.role(
        department, person, "Cheffe de service", since=date(2030, 1, 1), until=date(2030, 12, 31), is_acting=True
    )
    vacant = factories.role(institute, title="Directeur")
    with time_machine.travel(datetime(2030, 12, 31, 23, 59, tzinfo=PARIS)):
        found = ask(f"PractitionerRole/{held.uuid}")
        assert found["period"] == {"start": "2030-01-01", "end": "2030-12-31"}
        assert found["practitioner"]["reference"] == f"{BASE}/Practitioner/{key(person)}"
        assert found["healthcareService"][0]["reference"] == f"{BASE}/HealthcareService/{key(department)}"
        assert found["code"][0]["text"].startswith("Cheffe de service (")
        assert ask(f"Practitioner/{key(person)}")["name"] == [{"text": "Zoé Exemple"}]
    with time_machine.travel(datetime(2031, 1, 1, 0, 1, tzinfo=PARIS)):
        ask(f"PractitionerRole/{held.uuid}", status=404)
        ask(f"Practitioner/{key(person)}", status=404)
    found = ask(f"PractitionerRole/{vacant.uuid}")
    assert "practitioner" not in found
    assert found["organization"]["reference"] == f"{BASE}/Organization/{key(institute)}"


def test_the_name_in_the_other_language_stands_beside_it(institute, department):
    page = Page.objects.get(pk=department["en"].pk).specific
    page.title = "Haematology"
    page.save_revision().publish()
    found = ask(f"HealthcareService/{key(department)}")
    assert (found["name"], found["language"]) == ("Hématologie", "fr")
    [translated] = found["_name"]["extension"]
    assert [part.get("valueCode") or part["valueString"] for part in translated["extension"]] == ["en", "Haematology"]


@pytest.mark.parametrize("hide", ["unpublish", "restrict"])
def test_what_is_not_public_is_not_given(institute, hospital, department, hide):
    person = factories.person(institute, "Zoé Exemple")
    role = factories.role(department, person, "Cheffe")
    for page in [*department.values(), *hospital.values()]:
        if hide == "unpublish":
            Page.objects.get(pk=page.pk).specific.unpublish()
        else:
            PageViewRestriction.objects.create(page=page, restriction_type="login")
    for address in (
        f"HealthcareService/{key(department)}",
        f"Location/{key(hospital)}",
        f"Organization/{key(hospital)}",
        f"PractitionerRole/{role.uuid}",
        f"Practitioner/{key(person)}",
    ):
        ask(address, status=404)
    listed = json.dumps([list(all_of(kind)) for kind in TYPES])
    assert key(department) not in listed and key(hospital) not in listed and "+33199000001" not in listed


def test_what_belongs_to_a_demonstration_is_marked_as_test_data():
    institutes = [found for found in all_of("Organization") if "partOf" not in found]
    marks = {json.dumps(found.get("meta")) for found in institutes}
    assert len(marks) == 2 and any("HTEST" in mark for mark in marks)


def test_a_long_list_costs_as_many_queries_as_a_short_one(institute, hospital):
    for number in range(6):
        department = factories.department(institute, f"Service {number}", at=hospital)
        factories.line(department, f"01 99 00 01 {number:02}", hours_are="own", hours="Mo-Fr 09:00-17:00")
    assert Location.objects.filter(hospital=hospital["fr"]).count() == 6

    def queries(kind, count):
        with CaptureQueriesContext(connection) as captured:
            assert len(ask(kind, _count=count)["entry"]) == count
        return len(captured)

    for kind in ("HealthcareService", "Organization", "Location"):
        queries(kind, 1)
        # A department with neither a place nor a line leaves questions out: the first of all pages are compared.
        assert queries(kind, 8 if kind == "HealthcareService" else 2) <= 16, kind
    assert queries("HealthcareService", 12) == queries("HealthcareService", 20)


def test_the_server_says_that_it_only_reads_and_does_not_search():
    found = ask("metadata")
    assert (found["fhirVersion"], found["status"], found["kind"]) == ("4.0.1", "active", "instance")
    assert found["implementation"]["url"] == BASE
    [rest] = found["rest"]
    assert {resource["type"] for resource in rest["resource"]} == set(TYPES)
    for resource in rest["resource"]:
        assert {interaction["code"] for interaction in resource["interaction"]} == {"read", "search-type"}
        assert "searchParam" not in resource


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("Patient", 404, "not-supported"),
        ("Patient/1", 404, "not-supported"),
        ("Location/1", 404, "not-found"),
        ("Location/00000000-0000-0000-0000-000000000000", 404, "not-found"),
        ("Location/1/_history", 404, "not-found"),
        ("", 404, "not-found"),
        ("Location?name=Lac", 400, "not-supported"),
        ("Location?_count=0", 400, "value"),
        ("Location?_count=x", 400, "value"),
        ("Location?cursor=x", 400, "value"),
        ("Location?_format=xml", 406, "not-supported"),
    ],
)
def test_an_error_is_an_operation_outcome_in_plain_words(path, status, code):
    found = ask(path, status=status)
    assert found["resourceType"] == "OperationOutcome"
    [issue] = found["issue"]
    assert (issue["severity"], issue["code"]) == ("error", code)
    assert len(issue["details"]["text"]) > 20


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_nothing_can_be_changed(method):
    response = getattr(Client(enforce_csrf_checks=True), method)("/fhir/R4/Location")
    assert (response.status_code, response["Content-Type"]) == (405, "application/fhir+json")


def test_any_site_may_read_and_no_cookie_is_asked_for(department):
    for path in ("metadata", *TYPES, f"HealthcareService/{key(department)}"):
        for method in ("GET", "HEAD"):
            response = Client().generic(method, f"/fhir/R4/{path}")
            assert (response.status_code, response["Access-Control-Allow-Origin"]) == (200, "*")
            assert response["Cache-Control"] == "public, no-cache"
            assert not response.cookies
        assert Client().options(f"/fhir/R4/{path}").status_code == 204
    again = Client().get("/fhir/R4/Location", headers={"If-None-Match": Client().get("/fhir/R4/Location")["ETag"]})
    assert again.status_code == 304


def test_lines_for_others_or_of_another_day_are_in_no_resource(department, hospital):
    factories.line(department, "01 99 00 00 98", audience="professionals")
    factories.line(department, "01 99 00 00 97", valid_from=date(2030, 1, 2))
    ContactLine.objects.filter(pk=factories.line(hospital, "01 99 00 00 96").pk).update(
        archived_at=datetime(2029, 1, 1, tzinfo=PARIS)
    )
    with time_machine.travel(datetime(2030, 1, 1, 23, 59, tzinfo=PARIS)):
        listed = json.dumps([list(all_of(kind)) for kind in TYPES])
        assert "+3319900009" not in listed
    with time_machine.travel(datetime(2030, 1, 2, 0, 1, tzinfo=PARIS)):
        assert "+33199000097" in json.dumps(ask(f"HealthcareService/{key(department)}"))
