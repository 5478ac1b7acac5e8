"""Pages that were renamed or moved are found under every address that they ever had."""

import pytest
from django.test import Client, TestCase
from django.urls import reverse
from wagtail.contrib.redirects.models import Redirect
from wagtail.models import Page

from departments.models import DirectoryPage, FinderPage
from tests import factories
from tests.reading import text

pytestmark = pytest.mark.django_db


def rename(page, slug):
    page = Page.objects.get(pk=page.pk).specific
    page.slug = slug
    with TestCase.captureOnCommitCallbacks(execute=True):
        page.save_revision().publish()


def leads_to(address):
    """Where an address leads in one step; None where nothing is found."""
    answer = Client().get(address)
    assert answer.status_code in (200, 301, 404)
    if answer.status_code == 301:
        assert answer["Cache-Control"] == "public, no-cache"  # a browser must not remember it for ever
        assert Client().get(answer["Location"]).status_code == 200
        return answer["Location"]
    return address if answer.status_code == 200 else None


@pytest.fixture
def institute():
    return factories.institute("Maison A")


@pytest.fixture
def department(institute):
    return factories.department(institute, "Service A")


def test_a_renamed_page_and_all_below_it_are_found_under_every_earlier_address(institute, department):
    rename(institute["fr"], "maison-b")
    rename(department["fr"], "service-b")
    rename(department["en"], "department-b")
    rename(institute["fr"], "maison-c")
    now = "/fr/maison-c/service-b/"
    for old in ("maison-a/service-a", "maison-b/service-a", "maison-b/service-b"):
        assert leads_to(f"/fr/{old}/") == leads_to(f"/fr/{old}") == now
    assert leads_to("/fr/maison-a/") == leads_to("/fr/maison-b/") == "/fr/maison-c/"
    assert leads_to("/en/maison-a/service-a/") == "/en/maison-a/department-b/"
    assert leads_to("/en/maison-a/") == "/en/maison-a/"
    # The French address, asked for in English, is none of an earlier day: it leads to the translation.
    assert Client().get("/en/maison-c/").headers["Location"] == "/en/maison-a/"


def test_what_was_asked_of_the_page_is_kept(institute):
    rename(institute["fr"], "maison-b")
    assert Client().get("/fr/maison-a/?a=1&b=%C3%A9")["Location"] == "/fr/maison-b/?a=1&b=%C3%A9"
    Redirect.add_redirect("/fr/maison-a/?a=1", redirect_to="https://example.org/", is_permanent=False)
    answer = Client().get("/fr/maison-a/?a=1")
    assert (answer.status_code, answer["Location"]) == (302, "https://example.org/")


def test_a_page_that_gets_its_old_name_back_leads_in_no_circle(institute, department):
    rename(institute["fr"], "maison-b")
    rename(institute["fr"], "maison-a")
    assert leads_to("/fr/maison-a/service-a/") == "/fr/maison-a/service-a/"
    assert leads_to("/fr/maison-b/service-a/") == "/fr/maison-a/service-a/"
    Page.objects.get(pk=department["fr"].pk).specific.unpublish()
    assert leads_to("/fr/maison-a/service-a/") is None
    assert leads_to("/fr/maison-b/service-a/") is None
    Page.objects.get(pk=department["fr"].pk).specific.delete()
    assert leads_to("/fr/maison-b/service-a/") is None


def test_a_new_page_at_an_old_address_is_itself(institute, department):
    rename(department["fr"], "service-b")
    factories.pages(type(department["fr"]), {"fr": institute["fr"]}, "Service A")
    assert leads_to("/fr/maison-a/service-a/") == "/fr/maison-a/service-a/"


def test_a_moved_page_is_found_where_it_was(institute, department):
    other = factories.institute("Maison Z")
    for language, page in department.items():
        with TestCase.captureOnCommitCallbacks(execute=True):
            Page.objects.get(pk=page.pk).specific.move(Page.objects.get(pk=other[language].pk), pos="last-child")
        assert leads_to(f"/{language}/maison-a/service-a/") == f"/{language}/maison-z/service-a/"


def test_a_draft_address_changes_nothing_for_visitors(department):
    page = Page.objects.get(pk=department["fr"].pk).specific
    page.slug = "service-b"
    page.save_revision()
    assert leads_to("/fr/maison-a/service-a/") == "/fr/maison-a/service-a/"
    assert leads_to("/fr/maison-a/service-b/") is None


def test_the_directory_and_the_finder_know_renamed_places(institute):
    hospital = factories.hospital(institute, "Hopital A", "01 99 00 10 10")
    factories.department(institute, "Service H", at=hospital, number="01 99 00 20 20")
    directory = DirectoryPage.objects.get(locale__language_code="fr", audience="patients").url
    rename(institute["fr"], "maison-b")
    rename(hospital["fr"], "hopital-b")
    asked = Client().get(directory, {"institute": "maison-a", "hospital": "hopital-a", "q": "service"})
    assert asked.status_code == 301
    assert asked["Location"] == f"{directory}?q=service&institute=maison-b&hospital=hopital-b"
    assert Client().get(asked["Location"]).status_code == 200
    assert Client().get(directory, {"institute": "never-there"}).status_code == 404
    finder = FinderPage.objects.get(locale__language_code="fr").url
    shown = text(Client().get(finder, {"reason": "appointments", "hospital": "hopital-a"}))
    assert "Hopital A" in shown and "pas connu" not in shown


def test_a_card_that_was_saved_is_found_whatever_the_page_is_called_now(department):
    factories.line(department, "01 99 00 30 30")
    rename(department["fr"], "service-b")
    assert Client().get(reverse("page_card", args=[department["fr"].translation_key])).status_code == 200
