"""Who holds which role, by the clock."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.db.models import RestrictedError
from django.test import Client

from institutes.models import Role
from tests import factories
from tests.reading import text

pytestmark = pytest.mark.django_db

PARIS = ZoneInfo("Europe/Paris")


@pytest.fixture
def institute():
    return factories.institute()


def listed(institute, language="fr"):
    """The roles that a freshly loaded page lists, as "who: what"."""
    page = type(institute[language]).objects.get(pk=institute[language].pk)
    return [f"{role.profile.title if role.profile else 'vacant'}: {role.title}" for role in page.roles]


@pytest.mark.parametrize(
    ("moment", "is_listed"),
    [
        (datetime(2030, 2, 28, 23, 59, tzinfo=PARIS), False),
        (datetime(2030, 3, 1, 0, 1, tzinfo=PARIS), True),
        (datetime(2030, 6, 30, 23, 59, tzinfo=PARIS), True),
        (datetime(2030, 7, 1, 0, 1, tzinfo=PARIS), False),
    ],
    ids=["the day before", "its first minute", "its last minute", "the day after"],
)
def test_a_mandate_is_listed_from_its_first_day_to_its_last_in_the_hospitals_time_zone(institute, moment, is_listed):
    factories.role(institute, title="Direction", since=date(2030, 3, 1), until=date(2030, 6, 30))
    with time_machine.travel(moment):
        assert listed(institute) == (["vacant: Direction"] if is_listed else [])


def test_a_role_without_dates_is_always_listed(institute):
    factories.role(institute, title="Direction")
    with time_machine.travel(datetime(2090, 1, 1, tzinfo=PARIS)):
        assert listed(institute) == ["vacant: Direction"]


def test_one_director_follows_the_other_by_the_clock_alone(institute):
    before, after = (factories.person(institute, name) for name in ("Personne Une", "Personne Deux"))
    factories.role(institute, before, "Direction", until=date(2030, 8, 31))
    factories.role(institute, after, "Direction", since=date(2030, 9, 1))
    with time_machine.travel(datetime(2030, 8, 31, 12, tzinfo=PARIS)):
        assert listed(institute) == ["Personne Une: Direction"]
    with time_machine.travel(datetime(2030, 9, 1, 12, tzinfo=PARIS)):
        assert listed(institute) == ["Personne Deux: Direction"]


def test_roles_stand_in_the_order_that_staff_give(institute):
    for place, title in ((3, "Troisième"), (1, "Première"), (2, "Deuxième")):
        factories.role(institute, title=title, sort_order=place)
    assert listed(institute) == ["vacant: Première", "vacant: Deuxième", "vacant: Troisième"]


@pytest.mark.parametrize(("language", "word"), [("fr", "Poste à pourvoir"), ("en", "Post to be filled")])
def test_a_vacant_post_is_shown_as_such(institute, language, word):
    factories.role(institute, title="Direction")
    shown = text(Client().get(institute[language].url))
    assert word in shown
    assert "Direction" in shown


def test_a_person_whose_page_is_not_public_is_named_nowhere(institute):
    person = factories.person(institute, "Personne Cachée")
    factories.role(institute, person, "Direction")
    person["fr"].unpublish()
    person["en"].unpublish()
    assert listed(institute) == []
    assert "Personne Cachée" not in Client().get(institute["fr"].url).content.decode()


def test_a_person_is_linked_in_the_language_of_the_reader_or_else_in_the_source_language(institute):
    person = factories.person(institute, "Personne Une")
    factories.role(institute, person, "Direction")
    assert person["en"].url in Client().get(institute["en"].url).content.decode()
    person["en"].unpublish()
    assert person["fr"].url in Client().get(institute["en"].url).content.decode()


def test_an_archived_role_is_listed_no_more(institute):
    role = factories.role(institute, title="Direction")
    Role.objects.filter(pk=role.pk).update(archived_at="2026-01-01T00:00Z")
    assert listed(institute) == []


def test_one_person_has_one_page_that_names_every_role(institute):
    person = factories.person(institute, "Personne Une")
    department = factories.department(institute)
    factories.role(institute, person, "Direction")
    factories.role(department, person, "Chefferie")
    for language in ("fr", "en"):
        shown = text(Client().get(person[language].url))
        assert "Direction" in shown
        assert "Chefferie" in shown
    assert "Chefferie" in text(Client().get(department["en"].url))
    assert "Direction" not in text(Client().get(department["en"].url))


def test_a_mandate_ends_after_it_begins(institute):
    backwards = {"since": date(2030, 2, 1), "until": date(2030, 1, 1)}
    with pytest.raises(ValidationError):
        factories.role(institute, **backwards)
    with pytest.raises(IntegrityError):
        Role.objects.create(page=institute["fr"], **backwards)


def test_a_person_who_holds_a_role_cannot_be_deleted_by_mistake(institute):
    person = factories.person(institute, "Personne Une")
    factories.role(institute, person, "Direction")
    with pytest.raises(RestrictedError):
        person["fr"].delete()
