"""The open JSON API: what it gives, to whom, page by page, and what it never gives."""

import itertools
import json
import uuid
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from drf_spectacular.drainage import GENERATOR_STATS
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import OpenAPIV31SpecValidator
from referencing import Registry
from referencing.jsonschema import DRAFT202012
from wagtail.models import Page, PageViewRestriction

from departments.models import ContactLine, DepartmentPage, HoursException, Location, OpeningHours
from tests import factories

pytestmark = pytest.mark.django_db

PARIS = ZoneInfo("Europe/Paris")
LISTS = ("institutes", "hospitals", "departments", "lines", "people")


def ask(path, status=200, **parameters):
    response = Client().get(f"/api/v1/{path}", parameters)
    assert response.status_code == status, response.content
    return response.json()


def all_of(path, **parameters):
    """Every entry of a list, over all its pages."""
    response = Client().get(f"/api/v1/{path}", parameters)
    for _page in range(50):
        answer = response.json()
        yield from answer["results"]
        if answer["next"] is None:
            return
        response = Client().get(answer["next"])
    raise AssertionError("the pages do not end")


@pytest.fixture
def institute():
    return factories.institute()


@pytest.fixture
def hospital(institute):
    return factories.hospital(
        institute,
        switchboard="01 99 00 00 01",
        street="1 rue du Lac",
        postal_code="75000",
        city="Paris",
        latitude="48.83780",
        longitude="2.36500",
        finess="750100125",
    )


@pytest.fixture
def department(institute, hospital):
    return factories.department(institute, at=hospital)


def test_a_line_says_all_that_a_caller_needs(institute, hospital, department):
    night = factories.line(department, "01 99 00 00 99")
    line = factories.line(
        department,
        "01 99 00 11 22 poste 345",
        purpose="emergency",
        instruction={"fr": "Dites votre nom.", "en": "Say your name."},
        hours_are="own",
        hours="Mo-Fr 09:00-12:30,13:30-17:00; Sa 22:00-06:00",
        languages=["fr", "en", "fsl"],
        keys="2 5",
        relay_url="https://relay.example.org/",
        out_of_hours=night,
        hospital=hospital["fr"],
        valid_until=date(2031, 1, 31),
    )
    HoursException.objects.create(
        page=department["fr"],
        first_day=date(2030, 12, 24),
        last_day=date(2030, 12, 24),
        hours="09:00-12:00",
        reason={"fr": "Veille de Noël", "en": "Christmas Eve"},
    )
    ContactLine.objects.filter(pk=line.pk).update(verified_number="+33199001122 #345", verified_on=date(2030, 3, 5))
    with time_machine.travel(datetime(2030, 6, 3, 12, tzinfo=PARIS)):
        found = ask(f"lines/{line.uuid}/")
        opening = {"opens": "09:00", "closes": "12:30", "past_midnight": False}
        working_days = ["Mo", "Tu", "We", "Th", "Fr"]
        hours = found.pop("hours")
        holidays = hours.pop("holidays")
        links = found.pop("links")
    assert found == {
        "id": str(line.uuid),
        "of": {
            "type": "department",
            "id": str(department["fr"].translation_key),
            "name": {"fr": "Hématologie", "en": "Hématologie"},
        },
        "hospital": str(hospital["fr"].translation_key),
        "institute": str(institute["fr"].translation_key),
        "fictional": False,
        "purpose": "emergency",
        "name": {"fr": "Urgence", "en": "Emergency"},
        "kind": "voice",
        "number": "+33199001122",
        "extension": "345",
        "href": "tel:+33199001122",
        "display": {
            "fr": "01\u00a099\u00a000\u00a011\u00a022",
            "en": "+33\u00a0(0)1\u00a099\u00a000\u00a011\u00a022",
        },
        "number_kind": "landline",
        "reachable_from_abroad": True,
        "cost": {},
        "keys": ["2", "5"],
        "languages": ["fr", "en", "fsl"],
        "relay_url": "https://relay.example.org/",
        "instruction": {"fr": "Dites votre nom.", "en": "Say your name."},
        "by_appointment": False,
        "out_of_hours": str(night.uuid),
        "valid_from": None,
        "valid_until": "2031-01-31",
        "replaced_by": None,
        "verified": "2030-03",
    }
    assert hours == {
        "text": "Mo-Fr 09:00-12:30,13:30-17:00; Sa 22:00-06:00",
        "time_zone": "Europe/Paris",
        "week": [
            opening | {"days": working_days},
            {"opens": "13:30", "closes": "17:00", "past_midnight": False, "days": working_days},
            {"opens": "22:00", "closes": "06:00", "past_midnight": True, "days": ["Sa"]},
        ],
        "closed_on_holidays": True,
        "exceptions": [
            {
                "first_day": "2030-12-24",
                "last_day": "2030-12-24",
                "text": "09:00-12:00",
                "openings": [{"opens": "09:00", "closes": "12:00", "past_midnight": False}],
                "reason": {"fr": "Veille de Noël", "en": "Christmas Eve"},
            }
        ],
    }
    assert {"2030-05-01", "2030-12-25", "2031-04-14"} <= set(holidays)  # the last is Easter Monday
    assert links["page"] == {code: department[code].full_url for code in ("fr", "en")}
    assert links["of"].endswith(f"/api/v1/departments/{department['fr'].translation_key}/")


@pytest.mark.parametrize(
    ("typed", "number", "abroad", "cost"),
    [
        ("0 800 12 34 56", "0800123456", False, {"fr": "appel gratuit", "en": "free call"}),
        ("15", "15", False, {}),
        ("3115", "3115", False, None),
    ],
)
def test_a_number_without_an_international_form_stands_as_it_is_dialled(department, typed, number, abroad, cost):
    line = factories.line(department, typed)
    found = ask(f"lines/{line.uuid}/")
    assert (found["number"], found["reachable_from_abroad"]) == (number, abroad)
    assert cost is None or found["cost"] == cost


def test_a_line_that_names_no_hospital_reaches_the_department_at_its_only_one(institute, hospital, department):
    line = factories.line(department, "01 99 00 11 22")
    assert ask(f"lines/{line.uuid}/")["hospital"] == str(hospital["fr"].translation_key)
    Location.objects.create(page=department["fr"], hospital=factories.hospital(institute, "Hôpital du Bois")["fr"])
    assert ask(f"lines/{line.uuid}/")["hospital"] is None


def test_hours_that_nobody_stated_are_null(department):
    line = factories.line(department, "01 99 00 11 22")
    assert ask(f"lines/{line.uuid}/")["hours"] is None


def test_a_hospital_gives_its_address_its_hours_and_its_number_in_finess(institute, hospital):
    OpeningHours.objects.create(page=hospital["fr"], hours="Mo-Su 00:00-24:00", closed_on_holidays=False)
    found = ask(f"hospitals/{hospital['fr'].translation_key}/")
    assert (found["street"], found["postal_code"], found["city"], found["country"]) == (
        "1 rue du Lac",
        "75000",
        "Paris",
        "FR",
    )
    assert (found["latitude"], found["longitude"], found["finess"]) == (48.8378, 2.365, "750100125")
    assert found["institute"] == str(institute["fr"].translation_key)
    assert found["hours"]["text"] == "Mo-Su 00:00-24:00"
    assert [opening["closes"] for opening in found["hours"]["week"]] == ["24:00"]
    assert found["hours"]["holidays"] == []


def test_a_department_says_where_it_is_and_links_lead_to_what_belongs_to_it(institute, hospital, department):
    Location.objects.update(place={"fr": "Aile C", "en": "Wing C"})
    line = factories.line(department, "01 99 00 11 22")
    [found] = ask("departments/", institute=institute["en"].translation_key)["results"]
    assert found["locations"] == [
        {"hospital": str(hospital["fr"].translation_key), "place": {"fr": "Aile C", "en": "Wing C"}}
    ]
    assert [entry["id"] for entry in Client().get(found["links"]["lines"]).json()["results"]] == [str(line.uuid)]
    assert Client().get(found["links"]["self"]).json() == found
    [site] = ask("hospitals/", institute=institute["fr"].translation_key)["results"]
    assert [entry["id"] for entry in Client().get(site["links"]["departments"]).json()["results"]] == [found["id"]]
    assert {entry["number"] for entry in Client().get(site["links"]["lines"]).json()["results"]} == {
        "+33199001122",
        "+33199000001",
    }


def test_a_person_has_the_roles_of_today(institute):
    person = factories.person(institute, "Zoé Exemple")
    role = factories.role(institute, person, "Directrice", since=date(2030, 1, 1), until=date(2030, 12, 31))

    def roles():
        return ask(f"people/{person['fr'].translation_key}/")["roles"]

    with time_machine.travel(datetime(2030, 12, 31, 23, 59, tzinfo=PARIS)):
        [found] = roles()
        assert (found["id"], found["title"]["fr"], found["until"]) == (str(role.uuid), "Directrice", "2030-12-31")
        assert found["at"] == str(institute["fr"].translation_key)
    with time_machine.travel(datetime(2031, 1, 1, 0, 1, tzinfo=PARIS)):
        assert roles() == []


def test_one_language_leaves_the_texts_of_that_language_and_what_has_a_page_in_it(institute, department):
    line = factories.line(department, "01 99 00 11 22")
    key = department["fr"].translation_key
    found = ask(f"lines/{line.uuid}/", language="en")
    assert (set(found["name"]), set(found["display"]), set(found["links"]["page"])) == ({"en"}, {"en"}, {"en"})
    Page.objects.get(pk=department["en"].pk).specific.unpublish()
    assert set(ask(f"lines/{line.uuid}/")["links"]["page"]) == {"fr"}
    for path in (f"lines/{line.uuid}/", f"departments/{key}/"):
        ask(path, status=404, language="en")
        assert ask(path, language="fr")["links"]["page"] == {"fr": department["fr"].full_url}
    for path in ("lines/", "departments/"):
        listed = ask(path, language="en", institute=institute["fr"].translation_key)["results"]
        assert str(key) not in json.dumps(listed)


@pytest.mark.parametrize("hide", ["unpublish", "restrict"])
def test_what_is_not_public_is_not_given(institute, hospital, department, hide):
    line = factories.line(department, "01 99 00 11 22")
    for page in department.values():
        if hide == "unpublish":
            Page.objects.get(pk=page.pk).specific.unpublish()
        else:
            PageViewRestriction.objects.create(page=page, restriction_type="login")
    ask(f"departments/{department['fr'].translation_key}/", status=404)
    ask(f"lines/{line.uuid}/", status=404)
    assert ask("departments/", institute=institute["fr"].translation_key)["results"] == []
    assert [entry["number"] for entry in all_of("lines/", institute=institute["fr"].translation_key)] == [
        "+33199000001"
    ]
    ask("lines/", status=400, department=department["fr"].translation_key)


def test_a_line_comes_and_goes_at_its_dates_and_is_asked_for_anew_each_time(department):
    old = factories.line(department, "01 99 00 00 11", valid_until=date(2030, 4, 30))
    new = factories.line(department, "01 99 00 00 22", valid_from=date(2030, 4, 1))
    ContactLine.objects.filter(pk=old.pk).update(replaced_by=new)
    client, etags = Client(), []

    def numbers(moment):
        with time_machine.travel(moment):
            response = client.get("/api/v1/lines/", {"department": department["fr"].translation_key})
        assert response["Cache-Control"] == "public, no-cache"
        etags.append(response["ETag"])
        return {entry["number"]: entry["replaced_by"] for entry in response.json()["results"]}

    assert numbers(datetime(2030, 3, 31, 23, 59, tzinfo=PARIS)) == {"+33199000011": None}
    assert numbers(datetime(2030, 4, 1, 0, 1, tzinfo=PARIS)) == {
        "+33199000011": str(new.uuid),
        "+33199000022": None,
    }
    assert numbers(datetime(2030, 5, 1, 0, 1, tzinfo=PARIS)) == {"+33199000022": None}
    assert len(set(etags)) == 3
    with time_machine.travel(datetime(2030, 5, 1, 9, tzinfo=PARIS)):
        again = client.get(
            "/api/v1/lines/",
            {"department": department["fr"].translation_key},
            headers={"If-None-Match": etags[-1]},
        )
    assert (again.status_code, again.content) == (304, b"")


def test_no_line_leads_to_one_that_patients_may_not_see(department):
    hidden = [
        factories.line(department, "01 99 00 00 98", audience="professionals"),
        factories.line(department, "01 99 00 00 97", valid_until=date(2020, 1, 1)),
    ]
    shown = [
        factories.line(department, f"01 99 00 00 1{n}", replaced_by=h, out_of_hours=h) for n, h in enumerate(hidden)
    ]
    answer = json.dumps([ask(f"lines/{line.uuid}/") for line in shown])
    for line in hidden:
        assert str(line.uuid) not in answer
        ask(f"lines/{line.uuid}/", status=404)


def test_the_pages_of_a_list_give_every_entry_once(institute, department):
    made = {str(factories.line(department, f"01 99 00 01 {number:02}").uuid) for number in range(7)}
    key = department["fr"].translation_key
    for limit in (1, 2, 3, 7, 8):
        found = [entry["id"] for entry in all_of("lines/", department=key, limit=limit)]
        assert found == sorted(made), limit
    every = [entry["id"] for entry in all_of("departments/", limit=3)]
    assert len(every) == len(set(every)) == DepartmentPage.objects.live().values("translation_key").distinct().count()


def test_what_is_taken_back_or_added_between_two_pages_costs_no_other_entry(department):
    lines = sorted((factories.line(department, f"01 99 00 01 {n:02}") for n in range(6)), key=lambda line: line.uuid)
    answer = ask("lines/", department=department["fr"].translation_key, limit=3)
    ContactLine.objects.filter(pk__in=[lines[0].pk, lines[2].pk]).update(archived_at=datetime(2030, 1, 1, tzinfo=PARIS))
    ContactLine.objects.create(page=department["fr"], number="+33199000199", uuid=uuid.UUID(int=1))
    following = Client().get(answer["next"]).json()
    assert [entry["id"] for entry in following["results"]] == [str(line.uuid) for line in lines[3:]]


def test_a_long_list_costs_as_many_queries_as_a_short_one(institute, hospital):
    parent = Page.objects.get(pk=institute["fr"].pk)
    for number in range(30):
        made = DepartmentPage(title=f"Service {number}", slug=f"service-{number}", locale=institute["fr"].locale)
        parent.add_child(instance=made)
        Location.objects.create(page=made, hospital=hospital["fr"])
        ContactLine.objects.create(
            page=made, number=f"+331990010{number:02}", hours_are="own", hours="Mo-Fr 09:00-17:00"
        )

    def queries(path, limit):
        with CaptureQueriesContext(connection) as captured:
            assert len(ask(path, institute=institute["fr"].translation_key, limit=limit)["results"]) == limit
        return len(captured)

    for path in ("departments/", "lines/"):
        queries(path, 1)
        assert queries(path, 2) == queries(path, 30) <= 14, path


def test_any_site_may_read_and_nothing_asks_who_reads(department):
    client = Client(headers={"Origin": "https://elsewhere.example.org"})
    client.cookies["__Host-session"] = client.cookies["sessionid"] = "a" * 32
    for path in ("/api/v1/", "/api/v1/openapi.json", *(f"/api/v1/{name}/" for name in LISTS)):
        for method in ("GET", "HEAD"):
            with CaptureQueriesContext(connection) as captured:
                response = client.generic(method, path)
            assert response.status_code == 200
            assert response["Access-Control-Allow-Origin"] == "*"
            assert response["Cache-Control"] == "public, no-cache"
            assert not response.has_header("Access-Control-Allow-Credentials")
            assert response["X-Robots-Tag"] == "noindex"
            assert not response.cookies
            assert "Cookie" not in response.get("Vary", "")
            assert not [query for query in captured if "django_session" in query["sql"]]
            assert (response.content == b"") == (method == "HEAD")
        asked = client.options(path, headers={"Access-Control-Request-Method": "GET"})
        assert (asked.status_code, asked["Access-Control-Allow-Origin"]) == (204, "*")
        assert asked["Access-Control-Allow-Methods"] == "GET, HEAD, OPTIONS"


def test_pages_for_visitors_may_not_be_read_by_other_sites(department):
    for path in (department["fr"].url, "/en/-/open-data/", "/healthz"):
        assert not Client().get(path).has_header("Access-Control-Allow-Origin")


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_nothing_can_be_changed(method):
    response = getattr(Client(enforce_csrf_checks=True), method)("/api/v1/lines/")
    assert (response.status_code, response["Content-Type"]) == (405, "application/problem+json")
    assert response.json()["status"] == 405


@pytest.mark.parametrize(
    ("path", "query", "status", "parameter"),
    [
        ("lines/", "language=de", 400, "language"),
        ("lines/", "language=", 400, "language"),
        ("lines/", "language=fr&language=en", 400, "language"),
        ("lines/", "limit=0", 400, "limit"),
        ("lines/", "limit=201", 400, "limit"),
        ("lines/", "limit=-1", 400, "limit"),
        ("lines/", "limit=%D9%A1", 400, "limit"),
        ("lines/", "limit=" + "9" * 40, 400, "limit"),
        ("lines/", "cursor=abc", 400, "cursor"),
        ("lines/", "cursor=" + "9" * 40, 400, "cursor"),
        ("lines/", "hospital='", 400, "hospital"),
        ("lines/", "hospital=00000000-0000-0000-0000-000000000000", 400, "hospital"),
        ("lines/", "updated_since=2026-01-01", 400, "updated_since"),
        ("institutes/", "hospital=00000000-0000-0000-0000-000000000000", 400, "hospital"),
        ("lines/00000000-0000-0000-0000-000000000000/", "", 404, None),
        ("lines/abc/", "", 404, None),
        ("nothing/", "", 404, None),
    ],
)
def test_an_error_says_in_plain_words_what_to_do(path, query, status, parameter):
    response = Client().get(f"/api/v1/{path}?{query}", headers={"Accept-Language": "fr"})
    assert (response.status_code, response["Content-Type"]) == (status, "application/problem+json")
    assert response["Access-Control-Allow-Origin"] == "*"
    problem = response.json()
    assert problem["status"] == status
    assert problem.get("parameter") == parameter
    assert problem["title"] and len(problem["detail"]) > 20


def test_an_address_without_its_last_slash_leads_to_the_one_with_it():
    assert Client().get("/api/v1/lines").headers["Location"] == "/api/v1/lines/"


def test_a_client_that_would_rather_have_something_else_gets_json():
    response = Client().get("/api/v1/", headers={"Accept": "text/html,application/xhtml+xml"})
    assert (response.status_code, response["Content-Type"]) == (200, "application/json")


def test_the_entries_of_a_demonstration_say_that_they_do_not_exist():
    by_id = {entry["id"]: entry["fictional"] for entry in all_of("institutes/")}
    assert set(by_id.values()) == {True, False}
    for entry in all_of("lines/"):
        assert entry["fictional"] == by_id[entry["institute"]]


def test_what_is_fictional_stays_so_when_the_page_of_its_institute_is_taken_down():
    institute = factories.institute(is_fictional=True)
    line = factories.line(factories.department(institute), "01 99 00 11 22")
    for page in institute.values():
        Page.objects.get(pk=page.pk).specific.unpublish()
    found = ask(f"lines/{line.uuid}/")
    assert (found["fictional"], found["institute"]) == (True, None)


# --- the schema


@pytest.fixture
def schema():
    return ask("openapi.json")


def test_the_schema_is_made_and_read_without_a_warning(schema):
    with GENERATOR_STATS.silence():
        GENERATOR_STATS.reset()
        ask("openapi.json")
        assert not GENERATOR_STATS
    OpenAPIV31SpecValidator(schema).validate()
    assert schema["openapi"] == "3.1.0"
    assert schema["servers"] == [{"url": "http://testserver"}]
    assert set(schema["paths"]) == {"/api/v1/"} | {f"/api/v1/{name}/" for name in LISTS} | {
        f"/api/v1/{name}/{{key}}/" for name in LISTS
    }
    assert {method for path in schema["paths"].values() for method in path} == {"get"}


def test_every_answer_is_of_the_shape_that_the_schema_promises(schema, department, hospital):
    factories.line(
        department,
        "01 99 00 11 22",
        hours_are="own",
        hours="Mo-Fr 09:00-12:30",
        instruction={"fr": "Dites votre nom.", "en": "Say your name."},
    )
    OpeningHours.objects.create(page=hospital["fr"], hours="Mo-Su 00:00-24:00")
    registry = Registry().with_resource("urn:schema", DRAFT202012.create_resource(schema))

    def checked(path, answer, media="application/json", status="200"):
        content = schema["paths"][path]["get"]["responses"][status]["content"][media]["schema"]
        reference = {"$ref": "urn:schema" + content["$ref"]}
        OAS31Validator(reference, registry=registry).validate(answer)
        component = schema["components"]["schemas"][content["$ref"].rsplit("/", 1)[1]]
        assert status != "200" or set(answer) == set(component["properties"])

    checked("/api/v1/", ask(""))
    checked("/api/v1/lines/", ask("lines/", status=400, limit=0), "application/problem+json", "400")
    for name in LISTS:
        answer = ask(f"{name}/")
        checked(f"/api/v1/{name}/", answer)
        assert answer["results"], name
        for entry in itertools.islice(answer["results"], 3):
            checked(f"/api/v1/{name}/{{key}}/", Client().get(entry["links"]["self"]).json())


def test_the_licence_that_the_hospital_chose_stands_in_the_schema_and_on_the_page(settings):
    page = "/en/-/open-data/"
    assert "license" not in ask("openapi.json")["info"]
    assert 'rel="license' not in Client().get(page).content.decode()
    settings.OPEN_DATA_LICENCE = {"name": "Licence Ouverte 2.0", "url": "https://example.org/licence"}
    assert ask("openapi.json")["info"]["license"] == settings.OPEN_DATA_LICENCE
    assert ask("")["licence"] == "https://example.org/licence"
    assert 'href="https://example.org/licence"' in Client().get(page).content.decode()


def test_the_page_for_people_is_there_in_both_languages():
    addresses = ask("")["documentation"]
    assert set(addresses) == {"fr", "en"}
    for code, address in addresses.items():
        response = Client().get(address)
        assert (response.status_code, response["Content-Language"]) == (200, code)
        assert response["Cache-Control"] == "public, no-cache"
        assert "http://testserver/api/v1/openapi.json" in response.content.decode()
