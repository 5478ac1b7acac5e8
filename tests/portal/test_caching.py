"""Who may keep a page: everybody, who then asks again each time; nobody what touched a session."""

import pytest
from django.http import HttpResponse
from django.test import Client

from portal.middleware import caching_policy
from tests import factories

pytestmark = pytest.mark.django_db

PUBLIC = ["/fr/", "/en/iuc/", "/en/iuc/pneumology/", "/fr/annuaire/", "/en/search/?q=onco", "/robots.txt"]
PUBLIC += ["/fr/nothing/"]


@pytest.mark.parametrize("path", PUBLIC)
def test_public_pages_may_be_kept_by_any_cache(client, path):
    response = client.get(path)
    assert response["Cache-Control"] == "public, no-cache"
    assert not response.cookies
    assert "Cookie" not in response.get("Vary", "")


@pytest.mark.parametrize("path", ["/en/iuc/", "/en/iuc/pneumology/", "/fr/annuaire/"])
def test_members_of_staff_get_the_same_bytes_as_everybody(editor, path):
    assert editor.get(path).content == Client().get(path).content


@pytest.mark.parametrize("path", ["/fr/", "/en/iuc/pneumology/", "/en/search/?q=onco"])
def test_a_page_that_is_the_same_is_not_sent_twice(client, path):
    tag = client.get(path)["ETag"]
    again = client.get(path, headers={"if-none-match": tag})
    assert (again.status_code, again.content) == (304, b"")
    assert again["Cache-Control"] == "public, no-cache"


def test_a_number_that_was_corrected_changes_the_tag_at_once(client):
    department = factories.department(factories.institute(), number="01 99 00 10 10")
    path = department["en"].url
    tag = client.get(path)["ETag"]
    line = department["fr"].departments_contactline_facts.get()
    line.number = "+33199002020"
    line.save()
    response = client.get(path, headers={"if-none-match": tag})
    assert response.status_code == 200
    assert "+33199002020" in response.content.decode()


@pytest.mark.parametrize("path", ["/fr/contact/", "/en/iuc/contact/"])
def test_a_form_that_works_once_is_kept_by_nobody(client, path):
    response = client.get(path)
    assert response.status_code == 200
    assert response["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", ["/admin/login/", "/admin/", "/healthz"])
def test_what_is_not_for_everybody_is_kept_by_nobody(client, path):
    assert "public" not in client.get(path)["Cache-Control"]
    assert "no-cache" in client.get(path)["Cache-Control"] or "no-store" in client.get(path)["Cache-Control"]


def test_an_answer_with_a_cookie_is_kept_by_nobody(client):
    response = client.get("/admin/login/")
    assert response.cookies
    assert "no-store" in response["Cache-Control"]


def test_a_cookie_alone_keeps_an_answer_private(rf):
    def with_cookie(request):
        response = HttpResponse("for one reader")
        response.set_cookie("name", "value")
        return response

    assert caching_policy(with_cookie)(rf.get("/fr/"))["Cache-Control"] == "private, no-store"
    assert caching_policy(lambda request: HttpResponse())(rf.get("/fr/"))["Cache-Control"] == "public, no-cache"
