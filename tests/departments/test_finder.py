"""Which number do I call? One answer for every reason, hospital and department, and always an honest one."""

from datetime import date, timedelta
from itertools import product
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.utils import timezone, translation
from wagtail.models import PageViewRestriction

from departments.finder import PURPOSES, Found, Reason, answers_patients, current, find_answer
from departments.models import ContactLine, DepartmentPage, FinderPage, HospitalPage, Location
from departments.models.contacts import Audience, LineKind, Purpose
from departments.models.finder_pages import Question, full_key
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
                question.__dict__.pop("answer", None)
                answer = question.answer
                if answer.line:
                    assert (answer.contact_page, answers_patients(answer.line, today)) == (None, True)
                    page_keys = [page.translation_key for page in (question.department, *question.places) if page]
                    page_keys += [question.hospital.translation_key] if question.hospital else []
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
