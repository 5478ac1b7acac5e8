"""Roles by date in the admin; and that a mandate's end takes the person off every list."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from portal import bootstrapping
from tests import factories
from tests.reading import json_ld, text

pytestmark = pytest.mark.django_db

PARIS = ZoneInfo("Europe/Paris")
LAST_DAY = date(2030, 6, 30)


@pytest.fixture
def institute():
    return factories.institute()


@pytest.fixture
def editor(editor):
    return factories.speaking_english(editor)


def test_the_timeline_shows_past_present_and_future_with_acting_and_vacant_posts(institute, editor):
    today = timezone.localdate()
    first, second, third = (factories.person(institute, f"Personne {name}") for name in ("Une", "Deux", "Trois"))
    factories.role(institute, first, "Direction", since=date(2020, 1, 1), until=today - timedelta(days=1))
    factories.role(institute, second, "Direction", since=today, until=today + timedelta(days=60), is_acting=True)
    factories.role(institute, third, "Direction", since=today + timedelta(days=61))
    factories.role(institute, title="Secrétariat général")
    page = editor.get(reverse("role_timeline", args=[institute["en"].pk]))
    parts = {
        str(name): [role.person.title if role.person else None for role in roles]
        for name, roles in page.context["parts"]
    }
    assert parts == {"To come": ["Personne Trois"], "Today": ["Personne Deux", None], "Past": ["Personne Une"]}
    shown = text(page)
    assert "acting, ends soon" in shown
    assert "vacant" in shown


def test_the_panel_marks_a_mandate_that_ends_soon_and_leads_to_the_timeline(institute, editor):
    role = factories.role(institute, factories.person(institute, "Personne Une"), "Direction")
    address = reverse("wagtailadmin_pages:edit", args=[institute["fr"].pk])
    assert "ends soon" not in editor.get(address).content.decode()
    type(role).objects.filter(pk=role.pk).update(until=timezone.localdate() + timedelta(days=92))
    content = editor.get(address).content.decode()
    assert "ends soon" in content
    assert reverse("role_timeline", args=[institute["fr"].pk]) in content
    assert "Personne Une" in editor.get(reverse("wagtailadmin_home")).content.decode()
    type(role).objects.filter(pk=role.pk).update(until=timezone.localdate() + timedelta(days=93))
    assert "Personne Une" not in editor.get(reverse("wagtailadmin_home")).content.decode()


def test_the_timeline_is_for_those_who_may_edit_the_page(institute, client_of):
    client = client_of(bootstrapping.FUNDRAISERS)
    factories.role(institute, factories.person(institute, "Personne Une"), "Direction", until=timezone.localdate())
    assert client.get(reverse("role_timeline", args=[institute["fr"].pk])).status_code == 302
    assert "Personne Une" not in client.get(reverse("wagtailadmin_home")).content.decode()


def test_the_day_after_a_mandates_end_the_person_is_gone_from_every_list(institute):
    department = factories.department(institute)
    person = factories.person(institute, "Personne Une")
    factories.role(institute, person, "Direction des essais", until=LAST_DAY)
    factories.role(department, person, "Chefferie des essais", until=LAST_DAY)

    def traces():
        """Where visitors read of the person or of the roles."""
        found = set()
        for name, pages in {"institute": institute, "department": department, "profile": person}.items():
            for language, page in pages.items():
                response = Client().get(page.url)
                words = text(response)
                if "des essais" in words.replace("Maison des essais", "") or (
                    name != "profile" and "Personne Une" in words
                ):
                    found.add((name, language))
                if any("des essais" in str(node.get("jobTitle", "")) for node in _all_nodes(json_ld(response))):
                    found.add((f"{name} in JSON-LD", language))
        for language in ("fr", "en"):
            search = {"fr": "recherche", "en": "search"}[language]
            for words in ("Direction des essais", "Chefferie"):
                if "Personne Une" in text(Client().get(f"/{language}/{search}/", {"q": words})):
                    found.add(("search", language))
        return found

    with time_machine.travel(datetime(2030, 6, 30, 23, 58, tzinfo=PARIS)):
        before = {name for name, _language in traces()}
    assert {"institute", "department", "profile", "profile in JSON-LD"} <= before
    with time_machine.travel(datetime(2030, 7, 1, 0, 1, tzinfo=PARIS)):
        assert traces() == set()


def _all_nodes(value):
    """Every node within JSON-LD, at any depth."""
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from _all_nodes(item)
