"""Which number do I call? One answer for every reason, hospital and department, and always an honest one."""

from datetime import date, timedelta
from itertools import product
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.utils import timezone, translation
from wagtail.models import PageViewRestriction

from departments.asking import Question, full_key
from departments.finder import PURPOSES, Found, Reason, answers_patients, current, find_answer
from departments.models import ContactLine, DepartmentPage, FinderPage, HospitalPage, Location
from departments.models.contacts import Audience, LineKind, Purpose
from tests import factories
from tests.reading import soup, text

pytestmark = pytest.mark.django_db

FINDER = {"fr": "/fr/quel-numero/", "en": "/en/which-number/"}


@pytest.fixture
def institute():
    return factories.institute()


@pytest.fixture
def hospital(institute):
    return factories.hospital(institute, switchboard="01 99 00 00 01")


def ask(language="fr", **asked):
    return Client().get(FINDER[language], asked)


def numbers(response):
    """The numbers on the board of the answer, as they are dialled."""
    board = soup(response).find(attrs={"aria-labelledby": "answer"})
    return [link["href"] for link in board.select("a[href^='tel:']")]


def test_the_demonstration_has_the_page_in_both_languages_linked_from_home():
    for language, path in FINDER.items():
        assert Client().get(path).status_code == 200
        assert f'href="{path}"' in Client().get(f"/{language}/").content.decode()


def test_every_combination_of_the_demonstration_has_exactly_one_answer():
    """All reasons × all hospitals × all departments, none of them included, in both languages."""
    today = timezone.localdate()
    asked = 0
    for finder in FinderPage.objects.select_related("locale"):
        hospitals = list(HospitalPage.objects.live().filter(locale=finder.locale))
        departments = list(DepartmentPage.objects.live().filter(locale=finder.locale))
        for hospital, department in product([None, *hospitals], [None, *departments]):
            question = Question(
                finder,
                {
                    "reason": Reason.OTHER,
                    "hospital": full_key(hospital) if hospital else "",
                    "department": full_key(department) if department else "",
                },
            )
            is_there = question.department == department
            assert is_there or (question.notes and hospital), (hospital, department)
            for reason in Reason:
                asked += 1
                question.reason = reason
                answer = question.answer
                if answer.line:
                    assert (answer.contact_page, answers_patients(answer.line, today)) == (None, True)
                    page_keys = [page.translation_key for page in (question.department, *question.places) if page]
                    page_keys += [question.hospital.translation_key] if question.hospital else []
                    if reason.is_for_the_whole_hospital and question.hospital and answer.department:
                        page_keys.append(answer.department.translation_key)
                    assert answer.line.page.translation_key in page_keys
                    wanted = PURPOSES[reason].fitting + PURPOSES[reason].helping + (Purpose.SWITCHBOARD,)
                    assert answer.line.purpose in wanted
                elif reason.is_urgent:
                    assert answer.found == Found.EMERGENCY_NUMBERS
                else:
                    assert answer.found == Found.FORM
                    assert answer.contact_page.locale_id == finder.locale_id
                with translation.override(finder.language):
                    assert answer.explanation or answer.found == Found.FITTING
    assert asked > 2 * 12 * 5 * 10


# --- What is found, in which order ------------------------------------------------------------------------------


def at(institute, hospital, *lines):
    """A department at `hospital` with lines given as (number, purpose, at the hospital's own line?)."""
    department = factories.department(institute, at=hospital)
    for number, purpose, is_tied in lines:
        factories.line(
            department, f"01 99 00 00 {number}", purpose=purpose, hospital=hospital["fr"] if is_tied else None
        )
    return department


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_search_goes_from_the_department_at_the_hospital_to_the_form(institute, hospital, language):
    contact = factories.contact_page(institute)
    department = factories.department(institute, at=hospital)
    own = factories.line(department, "01 99 00 00 11", purpose="appointments", hospital=hospital["fr"])
    everywhere = factories.line(department, "01 99 00 00 12", purpose="appointments")
    central = factories.line(hospital, "01 99 00 00 13", purpose="appointments")
    desk = factories.line(department, "01 99 00 00 14", purpose="secretariat")
    switchboard = ContactLine.objects.get(number="+33199000001")
    for line in (own, everywhere, central, desk, switchboard):
        response = ask(language, reason="first-appointment", hospital="hopital-du-lac", department="hematologie")
        assert numbers(response) == [f"tel:{line.number}"]
        line.archived_at = timezone.now()
        line.save()
    response = ask(language, reason="first-appointment", hospital="hopital-du-lac", department="hematologie")
    assert numbers(response) == []
    board = soup(response).find(attrs={"aria-labelledby": "answer"})
    assert [link["href"] for link in board.select("a")] == [contact[language].url]
    for page in contact.values():
        page.unpublish()
    response = ask(language, reason="first-appointment", hospital="hopital-du-lac", department="hematologie")
    board = soup(response).find(attrs={"aria-labelledby": "answer"})
    assert [link["href"] for link in board.select("a")] == [f"/{language}/contact/"]


def test_the_answer_says_what_it_is(institute, hospital):
    at(institute, hospital, ("11", "secretariat", False))
    factories.line(hospital, "01 99 00 00 13", purpose="records")
    asked = {"hospital": "hopital-du-lac", "department": "hematologie"}
    said = text(ask("en", reason="first-appointment", **asked))
    assert "Hématologie has no line just for this. Call “Medical secretariat”: they will help you." in said
    said = text(ask("en", reason="results", **asked))
    assert "Hématologie has no line of its own for this. Hôpital du Lac has one:" in said
    said = text(ask("en", reason="social", hospital="hopital-du-lac", department=""))
    assert "There is no direct line for this. Call the switchboard of Hôpital du Lac and say why you call." in said


def test_an_emergency_shows_15_and_112_and_114_before_anything_else(institute, hospital):
    department = factories.department(institute, at=hospital)
    instruction = {"fr": "Appelez avant de venir.", "en": "Call before you come."}
    factories.line(department, "01 99 00 00 15", purpose="emergency_under_treatment", instruction=instruction)
    for reason in ("emergency", "symptom"):
        for asked in ({}, {"hospital": "hopital-du-lac"}, {"hospital": "hopital-du-lac", "department": "hematologie"}):
            main = soup(ask("en", reason=reason, **asked)).find("main")
            dialled = [link["href"] for link in main.select("a[href^='tel:'], a[href^='sms:']")]
            assert dialled[:3] == ["tel:15", "tel:112", "sms:114"]
            assert "/en/contact/" not in [link["href"] for link in main.select(".sign a")]
    assert dialled[3:] == ["tel:+33199000015"]
    assert "Call before you come." in main.get_text()


def test_nobody_is_told_to_write_in_an_emergency(institute):
    factories.hospital(institute, "Hôpital muet")
    response = ask("en", reason="emergency", hospital="hopital-muet")
    assert numbers(response) == ["tel:15"]
    assert "At 15, a doctor answers" in text(response)


def test_faxes_lines_of_others_and_lines_of_other_days_are_never_the_answer(institute, hospital):
    department = factories.department(institute, at=hospital)
    today = timezone.localdate()
    for number, fields in enumerate(
        [
            {"kind": "fax"},
            {"kind": "text_relay"},
            {"audience": "professionals"},
            {"audience": "press"},
            {"audience": "donors"},
            {"archived_at": timezone.now()},
            {"valid_from": today + timedelta(days=1)},
            {"valid_until": today - timedelta(days=1)},
        ],
        start=20,
    ):
        factories.line(department, f"01 99 00 00 {number}", purpose="appointments", **fields)
    asked = {"hospital": "hopital-du-lac", "department": "hematologie"}
    assert numbers(ask(reason="follow-up", **asked)) == ["tel:+33199000001"]


def test_a_replaced_line_leads_to_its_successor_from_its_first_day_on(institute, hospital):
    department = factories.department(institute, at=hospital)
    today = timezone.localdate()
    last = factories.line(department, "01 99 00 00 33", purpose="appointments", sort_order=9)
    new = factories.line(department, "01 99 00 00 32", purpose="secretariat", replaced_by=last, sort_order=9)
    old = factories.line(department, "01 99 00 00 31", purpose="appointments", replaced_by=new)
    asked = {"reason": "follow-up", "hospital": "hopital-du-lac", "department": "hematologie"}
    assert numbers(ask(**asked)) == ["tel:+33199000033"]
    last.replaced_by = old  # a circle must not hang the page
    last.save()
    assert numbers(ask(**asked))[0] == "tel:+33199000033"
    ContactLine.objects.filter(pk=new.pk).update(valid_from=today + timedelta(days=2))
    ContactLine.objects.filter(pk=last.pk).update(replaced_by=None, archived_at=timezone.now())
    assert numbers(ask(**asked)) == ["tel:+33199000031"]
    ContactLine.objects.filter(pk=new.pk).update(valid_from=None, audience="professionals")
    assert current(ContactLine.objects.get(pk=old.pk), today) == old


def test_a_line_at_another_hospital_is_not_the_answer(institute, hospital):
    other = factories.hospital(institute, "Hôpital de la Rive")
    department = factories.department(institute, "Essais cliniques", at=hospital)
    Location.objects.create(page=department["fr"], hospital=other["fr"], sort_order=2)
    factories.line(department, "01 99 00 00 41", purpose="appointments", hospital=other["fr"])
    asked = {"reason": "follow-up", "department": "essais-cliniques"}
    assert numbers(ask(hospital="hopital-du-lac", **asked)) == ["tel:+33199000001"]
    assert numbers(ask(hospital="hopital-de-la-rive", **asked)) == ["tel:+33199000041"]
    without = ask(**asked)
    assert numbers(without) == ["tel:+33199000041"]
    offered = [option.get("value") for option in soup(without).select("main select[name=hospital] option")]
    assert offered == ["", "hopital-du-lac", "hopital-de-la-rive"]


def test_every_reason_meets_every_single_purpose_with_one_answer(institute, hospital):
    """Synthetic departments with one line each: what the table says, and the switchboard where it says nothing."""
    department = factories.department(institute, at=hospital)
    switchboard = ContactLine.objects.select_related("page", "hospital").get(number="+33199000001")
    today = date(2030, 1, 7)
    for reason, purpose in product(Reason, Purpose):
        line = ContactLine(page=department["fr"], purpose=purpose, number="+33199000051")
        line.audience = purpose.own_audience or Audience.PATIENTS
        found = find_answer(reason, department["fr"], [hospital["fr"]], [line, switchboard], None, today)
        answers = purpose in PURPOSES[reason].fitting + PURPOSES[reason].helping
        assert found.line is (line if answers else switchboard), (reason, purpose)
        line.kind = LineKind.FAX
        assert find_answer(reason, department["fr"], [hospital["fr"]], [line], None, today).line is None
    assert {purpose for table in PURPOSES.values() for purpose in table.fitting + table.helping}.isdisjoint(
        {Purpose.REFERRING_DOCTORS, Purpose.PRESS, Purpose.DONORS, Purpose.OTHER}
    )


# --- Lines of one department that serve the whole hospital ------------------------------------------------------


@pytest.mark.parametrize(
    ("reason", "purpose"),
    [
        ("results", "records"),
        ("stay", "admissions"),
        ("imaging", "imaging"),
        ("social", "social_service"),
        ("abroad", "international"),
    ],
)
def test_what_one_department_does_for_the_whole_hospital_is_found_without_knowing_it(
    institute, hospital, reason, purpose
):
    department = factories.department(institute, "Accueil du monde", at=hospital)
    factories.department(institute, "Autre service", at=hospital, number="01 99 00 00 22")
    factories.line(department, "01 99 00 00 21", purpose=purpose)
    for address in ({"hospital": "hopital-du-lac"}, {"hospital": "hopital-du-lac", "department": ""}):
        response = ask("en", reason=reason, **address)
        assert numbers(response) == ["tel:+33199000021"]
        assert "Accueil du monde · Hôpital du Lac" in text(response)
        assert "no direct line" not in text(response)
        assert not soup(response).select("main select[name=department]")
    own = factories.line(hospital, "01 99 00 00 23", purpose=purpose)
    assert numbers(ask(reason=reason, hospital="hopital-du-lac")) == [f"tel:{own.number}"]
    assert numbers(ask(reason="follow-up", hospital="hopital-du-lac")) == ["tel:+33199000001"]


def test_of_several_departments_with_such_a_line_the_caller_chooses(institute, hospital):
    for name, number in (("Urologie", "31"), ("Hématologie", "32")):
        department = factories.department(institute, name, at=hospital)
        factories.line(department, f"01 99 00 00 {number}", purpose="social_service")
    response = ask("en", reason="social", hospital="hopital-du-lac")
    assert numbers(response) == ["tel:+33199000001"]
    said = text(response)
    assert "Several departments of Hôpital du Lac have a line for this. Choose yours." in said
    assert "If you do not know which one, call:" in said
    assert "no direct line" not in said
    assert soup(response).select("main select[name=department]")
    ways = soup(response).select(".sign__choices a")
    assert [way.get_text() for way in ways] == ["Hématologie", "Urologie"]
    assert numbers(Client().get(FINDER["en"] + ways[1]["href"])) == ["tel:+33199000031"]
    ContactLine.objects.filter(number="+33199000032").update(number="+33199000031")  # one desk for both
    assert numbers(ask("en", reason="social", hospital="hopital-du-lac")) == ["tel:+33199000031"]


def test_lines_of_departments_that_do_not_serve_this_hospital_are_not_its_answer(institute, hospital):
    other = factories.hospital(institute, "Hôpital de la Rive")
    department = factories.department(institute, "Accueil du monde", at=hospital)
    Location.objects.create(page=department["fr"], hospital=other["fr"], sort_order=2)
    factories.line(department, "01 99 00 00 41", purpose="international", hospital=other["fr"])
    factories.line(department, "01 99 00 00 42", purpose="international", kind="fax")
    factories.line(department, "01 99 00 00 43", purpose="international", audience="professionals")
    hidden = factories.department(institute, "Cachée", at=hospital)
    factories.line(hidden, "01 99 00 00 44", purpose="international")
    PageViewRestriction.objects.create(page=hidden["fr"], restriction_type="login")
    PageViewRestriction.objects.create(page=hidden["en"], restriction_type="login")
    assert numbers(ask(reason="abroad", hospital="hopital-du-lac")) == ["tel:+33199000001"]
    assert numbers(ask(reason="abroad", hospital="hopital-de-la-rive")) == ["tel:+33199000041"]


def test_the_answer_of_a_hospital_says_its_hours(institute, hospital):
    factories.line(hospital, "01 99 00 00 51", purpose="admissions", hours_are="own", hours="Mo-Fr 9:00-17:00")
    response = ask("en", reason="stay", hospital="hopital-du-lac")
    assert numbers(response) == ["tel:+33199000051"]
    assert "Monday to Friday 9:00–17:00" in text(response)


def test_a_line_without_a_name_of_its_own_is_not_quoted(institute, hospital):
    department = factories.department(institute, at=hospital, number="01 99 00 00 61")
    asked = {"reason": "first-appointment", "hospital": "hopital-du-lac"}
    said = text(ask("en", department="hematologie", **asked))
    assert "Hématologie has no line just for this. Call the department: they will help you." in said
    assert "“Call the department”" not in said
    ContactLine.objects.filter(page=department["fr"]).update(archived_at=timezone.now())
    factories.line(hospital, "01 99 00 00 62")
    said = text(ask("en", department="hematologie", **asked))
    assert "Hôpital du Lac has no line just for this. Call this number: they will help you." in said


# --- The address and the page -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    [
        "",
        "?",
        "?reason=nonsense",
        "?reason=other&hospital=nowhere",
        "?hospital=nowhere&department=none",
        "?reason=question&department=none",
        "?reason=other&hospital=.&department=..",
        "?reason=&hospital=&department=",
        "?reason=other&reason=emergency",
        "?" + urlencode({"reason": "results", "hospital": "é" * 200}),
    ],
)
def test_no_address_gives_an_empty_page(address):
    response = Client().get(FINDER["en"] + address)
    assert response.status_code == 200
    assert response["Cache-Control"] == "public, no-cache"
    assert not response.cookies
    main = soup(response).find("main")
    assert main.select("form") or numbers(response) or main.select(".sign a")


def test_what_is_unknown_is_explained_and_the_rest_is_kept(institute, hospital):
    factories.department(institute, at=hospital, number="01 99 00 00 61")
    other = factories.hospital(institute, "Hôpital de la Rive", switchboard="01 99 00 00 62")
    said = ask("en", reason="other", hospital="nowhere", department="hematologie")
    assert "The hospital in this address is not known here." in text(said)
    assert numbers(said) == ["tel:+33199000061"]
    said = ask("en", reason="other", hospital="hopital-du-lac", department="gone")
    assert "The department in this address is not known here." in text(said)
    assert numbers(said) == ["tel:+33199000001"]
    assert soup(said).select_one("main select[name=department]")
    said = ask("en", reason="other", hospital=other["en"].slug, department="hematologie")
    assert "Hématologie is not at Hôpital de la Rive." in text(said)
    assert numbers(said) == ["tel:+33199000062"]


def test_namesakes_are_told_apart_by_their_institute(institute, hospital):
    factories.department(institute, at=hospital, number="01 99 00 00 71")
    second = factories.institute("Seconde maison")
    factories.department(second, at=hospital, number="01 99 00 00 72")
    asked = {"reason": "other", "hospital": "hopital-du-lac"}
    offered = [option["value"] for option in soup(ask(**asked)).select("main select[name=department] option")]
    assert offered == ["", "maison-des-essais.hematologie", "seconde-maison.hematologie"]
    assert numbers(ask(department=offered[1], **asked)) == ["tel:+33199000071"]
    assert numbers(ask(department=offered[2], **asked)) == ["tel:+33199000072"]
    assert "is not known here" in text(ask("en", department="hematologie", **asked))


def test_restricted_departments_and_hospitals_are_unknown(institute, hospital):
    department = factories.department(institute, "Essais cliniques", at=hospital, number="01 99 00 00 81")
    PageViewRestriction.objects.create(page=department["fr"], restriction_type="login")
    PageViewRestriction.objects.create(page=hospital["fr"], restriction_type="login")
    response = ask(reason="other", hospital="hopital-du-lac", department="essais-cliniques")
    assert numbers(response) == []
    assert not soup(response).select("option[value*=essais-cliniques], option[value*=lac]")


def test_pages_link_to_the_finder_with_their_part_chosen(institute, hospital):
    department = factories.department(institute, at=hospital, number="01 99 00 00 91")
    for page, line in ((department, "+33199000091"), (hospital, "+33199000001")):
        link = soup(Client().get(page["en"].url)).select_one("main .quiet-links a")["href"]
        assert link.startswith(FINDER["en"])
        assert "reason" in text(Client().get(link)) or soup(Client().get(link)).select("input[name=reason]")
        assert numbers(Client().get(f"{link}&reason=other")) == [f"tel:{line}"]


def test_the_number_of_queries_does_not_grow(institute, hospital, django_assert_max_num_queries):
    for number in range(8):
        factories.department(institute, f"Service {number}", at=hospital, number=f"01 99 00 01 {number:02}")
    asked = {"reason": "other", "hospital": "hopital-du-lac", "department": "service-7"}
    ask(**asked)
    with django_assert_max_num_queries(20):
        ask(**asked)
    with django_assert_max_num_queries(20):
        ask(reason="other", hospital="hopital-du-lac")
    for page in DepartmentPage.objects.filter(title__startswith="Service ", locale__language_code="fr"):
        ContactLine.objects.create(page=page, number="+33199000202", purpose="records")
    ask(reason="results", hospital="hopital-du-lac")
    with django_assert_max_num_queries(20):
        ask(reason="results", hospital="hopital-du-lac")
