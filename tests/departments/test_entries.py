"""What a visitor needs to reach a department, found in the same few queries for one or for many."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from departments.entries import entries_for, hospital_entry
from departments.models import ContactLine, DepartmentPage, Location
from departments.templatetags.department_tags import departments_by_hospital, hospitals_of
from tests import factories
from tests.reading import nodes, text

pytestmark = pytest.mark.django_db

PARIS = ZoneInfo("Europe/Paris")


@pytest.fixture
def institute():
    return factories.institute()


@pytest.fixture
def hospital(institute):
    return factories.hospital(institute, switchboard="01 99 00 00 01")


def entry(department, language="fr"):
    return entries_for(DepartmentPage.objects.filter(pk=department[language].pk).select_related("locale"), language)[0]


def numbers(lines):
    return [line.number for line in lines]


def test_fifty_departments_cost_as_many_queries_as_one(institute, hospital):
    for number in range(50):
        made = DepartmentPage(title=f"Service {number}", slug=f"service-{number}", locale=institute["fr"].locale)
        factories.Page.objects.get(pk=institute["fr"].pk).add_child(instance=made)
        Location.objects.create(page=made, hospital=hospital["fr"])
        ContactLine.objects.create(page=made, number=f"+331990010{number:02}")

    def queries(count):
        departments = DepartmentPage.objects.child_of(institute["fr"]).select_related("locale")[:count]
        with CaptureQueriesContext(connection) as captured:
            entries = entries_for(departments, "fr")
            for found in entries:
                str([found.institute, found.places, found.lines, found.switchboards, found.contact_page])
                str([line.phone for line in found.lines] + [place.hospital.title for place in found.places])
        assert len(entries) == count
        return len(captured)

    queries(1)  # what a process remembers is found before the counting
    assert queries(1) == queries(50) <= 8


def test_no_department_needs_no_query(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert entries_for([], "fr") == []


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_department_is_reached_by_its_own_lines_in_every_language(institute, hospital, language):
    department = factories.department(institute, at=hospital, number="01 99 00 11 22")
    found = entry(department, language)
    assert numbers(found.lines) == ["+33199001122"]
    assert found.institute.pk == institute[language].pk
    assert [place.hospital.pk for place in found.places] == [hospital[language].pk]


def test_lines_stand_at_the_hospital_that_they_reach(institute, hospital):
    other = factories.hospital(institute, "Hôpital de la Rive")
    department = factories.department(institute, at=hospital)
    Location.objects.create(page=department["fr"], hospital=other["fr"], sort_order=2)
    factories.line(department, "01 99 00 00 11", hospital=hospital["fr"])
    factories.line(department, "01 99 00 00 22", hospital=other["fr"])
    factories.line(department, "01 99 00 00 33")
    found = {place.hospital and place.hospital.title: numbers(place.lines) for place in entry(department).places}
    assert found == {
        "Hôpital du Lac": ["+33199000011"],
        "Hôpital de la Rive": ["+33199000022"],
        None: ["+33199000033"],
    }


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_department_without_a_number_leads_to_the_switchboard_of_its_hospital(institute, hospital, language):
    department = factories.department(institute, at=hospital)
    found = entry(department, language)
    assert found.lines == []
    assert [(board.hospital.pk, board.line.number) for board in found.switchboards] == [
        (hospital[language].pk, "+33199000001")
    ]
    shown = Client().get(department[language].url)
    assert 'href="tel:+33199000001"' in shown.content.decode()


def test_a_department_without_number_and_switchboard_leads_to_the_institutes_form(institute):
    contact = factories.contact_page(institute)
    department = factories.department(institute, at=factories.hospital(institute))
    for language in ("fr", "en"):
        found = entry(department, language)
        assert (found.lines, found.switchboards) == ([], [])
        assert found.contact_page.pk == contact[language].pk
        assert f'href="{contact[language].url}"' in Client().get(department[language].url).content.decode()


def test_an_institute_without_a_form_of_its_own_leads_to_the_portals(institute):
    department = factories.department(institute)
    form = entry(department).contact_page
    assert form.get_parent().pk == factories.homes()["fr"].pk


@pytest.mark.parametrize(
    ("moment", "shown"),
    [
        (datetime(2030, 3, 31, 23, 59, tzinfo=PARIS), "+33199000011"),
        (datetime(2030, 4, 1, 0, 1, tzinfo=PARIS), "+33199000022"),
    ],
    ids=["the last day of the old", "the first of the new"],
)
def test_one_number_follows_the_other_at_midnight_in_the_hospitals_time_zone(institute, moment, shown):
    department = factories.department(institute)
    factories.line(department, "01 99 00 00 11", valid_until=date(2030, 3, 31))
    factories.line(department, "01 99 00 00 22", valid_from=date(2030, 4, 1))
    with time_machine.travel(moment):
        assert numbers(entry(department).lines) == [shown]


@pytest.mark.parametrize("audience", ["professionals", "press", "donors"])
def test_a_line_for_others_is_never_shown_to_patients(institute, hospital, audience):
    department = factories.department(institute, at=hospital)
    factories.line(department, "01 99 00 00 99", audience=audience)
    factories.line(hospital, "01 99 00 00 98", audience=audience)
    factories.line(hospital, "01 99 00 00 97", audience=audience, purpose="switchboard")
    pages = [page[language].url for page in (department, hospital, institute) for language in ("fr", "en")] + [
        "/fr/annuaire/?q=hematologie",
        "/en/directory/?q=hematologie",
        "/en/directory/?q=0199000099",
    ]
    for path in pages:
        content = Client().get(path).content.decode()
        assert "tel:+3319900009" not in content, path


def test_what_staff_note_for_themselves_is_never_shown(institute):
    department = factories.department(institute)
    factories.line(department, "01 99 00 00 11", internal_note="Ask for the night porter")
    for path in (department["fr"].url, department["en"].url, institute["en"].url):
        assert "porter" not in Client().get(path).content.decode()


def test_a_hospital_shows_its_own_lines(hospital):
    assert numbers(hospital_entry(hospital["en"], "en").lines) == ["+33199000001"]


def test_the_departments_of_an_institute_are_grouped_by_hospital_in_the_order_of_their_names(institute, hospital):
    other = factories.hospital(institute, "École du Bois")
    both = factories.department(institute, "Élan", at=hospital)
    Location.objects.create(page=both["fr"], hospital=other["fr"])
    factories.department(institute, "Dune", at=hospital)
    factories.department(institute, "Ailleurs")
    groups = departments_by_hospital(institute["fr"], hospitals_of(institute["fr"]))
    assert [
        (group.hospital and group.hospital.title, [found.page.title for found in group.entries]) for group in groups
    ] == [("École du Bois", ["Élan"]), ("Hôpital du Lac", ["Dune", "Élan"]), (None, ["Ailleurs"])]


@pytest.fixture
def shared(institute, hospital):
    """A department at two hospitals: four lines at the lake, one at the bank, one at no stated place."""
    other = factories.hospital(institute, "Hôpital de la Rive")
    department = factories.department(institute, at=hospital)
    Location.objects.create(page=department["fr"], hospital=other["fr"], sort_order=2)
    for end in range(11, 15):
        factories.line(department, f"01 99 00 00 {end}", hospital=hospital["fr"], sort_order=end)
    instruction = {"fr": "Dites votre nom.", "en": "Say your name."}
    factories.line(
        department, "01 99 00 00 22", hospital=other["fr"], purpose="emergency", instruction=instruction, sort_order=20
    )
    factories.line(department, "01 99 00 00 33", sort_order=30)
    return {"lake": hospital, "bank": other, "department": department}


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_hospitals_page_lists_the_numbers_of_a_department_that_are_reached_there(shared, language):
    [found] = shared["bank"][language].entries
    assert numbers(found.lines) == ["+33199000022", "+33199000033"]
    content = Client().get(shared["bank"][language].url).content.decode()
    assert "tel:+33199000022" in content
    assert "tel:+33199000033" in content
    assert "tel:+3319900001" not in content
    content = Client().get(shared["lake"][language].url).content.decode()
    assert "tel:+33199000022" not in content
    assert "tel:+33199000011" in content


def test_a_department_without_a_number_at_one_hospital_is_not_said_to_have_none(institute, hospital):
    other = factories.hospital(institute, "Hôpital de la Rive")
    department = factories.department(institute, at=other)
    Location.objects.create(page=department["fr"], hospital=hospital["fr"])
    factories.line(department, "01 99 00 00 22", hospital=other["fr"])
    shown = Client().get(hospital["en"].url)
    assert "No number of its own at this hospital" in text(shown)
    assert "1 other number" in text(shown)
    assert "tel:+33199000001" in shown.content.decode()
    assert "tel:+33199000022" not in shown.content.decode()


def test_institutes_and_hospitals_list_the_same_numbers_of_a_department(institute, shared):
    groups = departments_by_hospital(institute["fr"], hospitals_of(institute["fr"]))
    assert [(group.hospital.title, numbers(group.entries[0].lines)) for group in groups] == [
        (page.title, numbers(page.entries[0].lines)) for page in (shared["bank"]["fr"], shared["lake"]["fr"])
    ]


def test_a_list_shows_emergencies_first_names_their_hospital_and_says_what_it_leaves_out(shared):
    found = entry(shared["department"])
    assert [(listed.line.number[-2:], listed.hospital.title) for listed in found.listed] == [
        ("22", "Hôpital de la Rive"),
        ("11", "Hôpital du Lac"),
        ("12", "Hôpital du Lac"),
    ]
    assert found.left_out == 3
    here = entry(shared["department"]).at(shared["bank"]["en"])
    assert [(listed.line.number[-2:], listed.hospital) for listed in here.listed] == [("22", None), ("33", None)]
    assert here.left_out == 4


def test_a_number_is_kept_in_one_form_however_it_was_typed(institute):
    department = factories.department(institute)
    for typed in ("01.99.00.11.22", "+33 (0)1 99 00 11 22", "0199001122", "0033 1 99 00 11 22"):
        assert factories.line(department, typed).number == "+33199001122"
    assert factories.line(department, "01 99 00 11 22 poste 345").extension == "345"


@pytest.mark.parametrize("number", ["01 99 00 11 22", "abc", "", "+33", "33199001122334455"])
def test_the_database_itself_refuses_a_number_in_another_form(institute, number):
    department = factories.department(institute)
    with pytest.raises(IntegrityError):
        ContactLine.objects.create(page=department["fr"], number=number)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"purpose": "other"}, "label"),
        ({"purpose": "emergency"}, "instruction"),
        ({"purpose": "emergency_under_treatment", "instruction": {"fr": "Appelez le 15."}}, "instruction"),
        ({"valid_from": date(2030, 2, 1), "valid_until": date(2030, 1, 1)}, "valid_until"),
        ({"number": "ask at the desk"}, "number"),
    ],
)
def test_a_line_that_would_leave_a_patient_in_doubt_is_refused(institute, changes, field):
    department = factories.department(institute)
    with pytest.raises(ValidationError) as refused:
        factories.line(department, **{"number": "01 99 00 11 22"} | changes)
    assert field in refused.value.error_dict


def test_an_emergency_line_says_in_every_language_what_to_do_first(institute):
    department = factories.department(institute)
    instruction = {"fr": "Dites votre nom.", "en": "Say your name."}
    factories.line(department, "01 99 00 11 22", purpose="emergency", instruction=instruction)
    assert "Dites votre nom." in text(Client().get(department["fr"].url))
    assert "Say your name." in text(Client().get(department["en"].url))


def test_search_engines_get_each_line_as_a_contact_point(institute, hospital):
    department = factories.department(institute, at=hospital, number="01 99 00 11 22")
    [clinic] = nodes(Client().get(department["en"].url), "MedicalClinic")
    assert clinic["contactPoint"] == [
        {"@type": "ContactPoint", "contactType": "Call the department", "telephone": "+33199001122"}
    ]
    assert clinic["parentOrganization"]["name"] == institute["en"].title


def test_a_department_stands_once_at_each_hospital(institute, hospital):
    department = factories.department(institute, at=hospital)
    with pytest.raises(IntegrityError):
        Location.objects.create(page=department["fr"], hospital=hospital["fr"])


def test_a_location_names_the_hospital_in_the_source_language(institute, hospital):
    location = Location(page=factories.department(institute)["fr"], hospital=hospital["en"])
    location.full_clean()
    assert location.hospital.pk == hospital["fr"].pk


def test_a_place_that_was_given_up_is_no_longer_shown(institute, hospital):
    department = factories.department(institute, at=hospital)
    Location.objects.update(archived_at="2026-01-01T00:00Z")
    assert entry(department).places == []
    assert "Hôpital du Lac" not in text(Client().get(department["fr"].url))
