"""The portal's own addresses: the way in, health, robots, and pages for what went wrong."""

import pytest
from django.db import OperationalError, connection
from django.urls import reverse

from portal import search, views
from tests.reading import soup

EMERGENCY = {"tel:15", "tel:112"}


def test_the_process_says_that_it_is_alive_and_asks_no_database(client):
    response = client.get("/healthz")
    assert (response.status_code, response.content) == (200, b"ok")
    assert "no-store" in response["Cache-Control"]


@pytest.mark.django_db
def test_the_portal_is_ready_while_its_database_answers(client):
    assert client.get("/readyz").status_code == 200


@pytest.mark.django_db
def test_the_portal_is_not_ready_when_its_database_does_not_answer(client):
    def no_answer(*args):
        raise OperationalError("the connection is gone")

    with connection.execute_wrapper(no_answer):
        response = client.get("/readyz")
    assert response.status_code == 503
    assert b"gone" not in response.content


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("asked_for", "leads_to"),
    [
        ("en-GB,en;q=0.9,fr;q=0.5", "/en/"),
        ("fr-CA,fr;q=0.9,en;q=0.5", "/fr/"),
        ("de,en;q=0.5", "/en/"),
        ("de", "/fr/"),
        ("", "/fr/"),
        ("*", "/fr/"),
    ],
)
def test_the_way_in_leads_to_the_language_that_the_browser_asks_for(client, asked_for, leads_to):
    response = client.get("/", headers={"accept-language": asked_for})
    assert (response.status_code, response["Location"]) == (302, leads_to)
    assert "Accept-Language" in response["Vary"]
    assert not response.cookies


@pytest.mark.django_db
def test_the_way_in_leads_to_a_home_page_that_is_live(client):
    views.HomePage.objects.get(locale__language_code="en").unpublish()
    assert client.get("/", headers={"accept-language": "en"})["Location"] == "/fr/"


def test_robots_may_read_every_page_but_the_admin(client):
    response = client.get("/robots.txt")
    assert response["Content-Type"] == "text/plain"
    lines = response.content.decode().splitlines()
    assert [line for line in lines if line.startswith("Disallow:")] == ["Disallow: /admin/"]
    assert "Sitemap: http://testserver/sitemap.xml" in lines


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "asked_for", "language"),
    [
        ("/fr/rien/", "en", "fr"),
        ("/en/nothing/", "fr", "en"),
        ("/media/nothing.jpg", "en", "en"),
        ("/media/nothing.jpg", "de", "fr"),
    ],
)
def test_a_page_that_is_not_there_says_so_in_the_language_of_the_visitor(client, path, asked_for, language):
    response = client.get(path, headers={"accept-language": asked_for})
    assert response.status_code == 404
    document = soup(response)
    assert document.html["lang"] == language == response["Content-Language"]
    heading = {"fr": "Cette page", "en": "This page is not here"}[language]
    assert heading in document.h1.get_text()
    links = {link.get("href") for link in document.find_all("a")}
    assert links >= EMERGENCY | {f"/{language}/"}
    assert document.find("meta", {"name": "robots"})["content"] == "noindex"
    assert not response.cookies


@pytest.mark.parametrize(
    ("view", "status"), [("bad_request", 400), ("forbidden", 403), ("page_not_found", 404), ("server_error", 500)]
)
@pytest.mark.parametrize(("path", "language"), [("/fr/x/", "fr"), ("/en/x/", "en")])
def test_pages_for_what_went_wrong_ask_the_database_nothing(rf, view, status, path, language):
    arguments = [] if status == 500 else [Exception()]
    response = getattr(views, view)(rf.get(path), *arguments)  # no database is allowed in this test
    assert response.status_code == status
    document = soup(response)
    assert document.html["lang"] == language
    assert len(document.find_all("h1")) == 1
    assert {link.get("href") for link in document.find_all("a")} >= EMERGENCY | {f"/{language}/"}


@pytest.mark.django_db
@pytest.mark.parametrize(("language", "search_path"), [("fr", "/fr/recherche/"), ("en", "/en/search/")])
def test_a_fault_of_ours_is_admitted_in_the_language_of_the_visitor(client, monkeypatch, language, search_path):
    def fail(*args):
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr(search, "find", fail)
    client.raise_request_exception = False
    response = client.get(search_path, {"q": "x"})
    assert response.status_code == 500
    assert soup(response).html["lang"] == language
    assert b"a fault of ours" not in response.content
    assert response["Cache-Control"] == "private, no-store"


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["wagtailadmin_login", "wagtailadmin_password_reset"])
def test_staff_find_their_way_in(client, name):
    assert client.get(reverse(name)).status_code == 200


@pytest.mark.django_db
def test_the_admin_sends_strangers_to_the_login_page(client):
    assert client.get("/admin/")["Location"].startswith("/admin/login/")


@pytest.mark.django_db
def test_an_address_without_a_language_that_is_not_there_is_a_404_at_once(client):
    assert client.get("/foo/").status_code == 404
