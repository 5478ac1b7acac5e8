"""Search over all pages that a language lists."""

import pytest
from wagtail.models import PageViewRestriction

from portal.models import StandardPage
from tests import factories
from tests.reading import soup, text

pytestmark = pytest.mark.django_db

PATHS = {"fr": "/fr/recherche/", "en": "/en/search/"}


@pytest.fixture(scope="module")
def made(kept):
    return factories.pages(
        StandardPage, factories.homes(), "Brûlerie d’hiver", introduction="<p>Du café œcuménique</p>"
    )


@pytest.fixture
def pages(made):
    return factories.again(made)


def found(client, language="fr", **query):
    response = client.get(PATHS[language], query)
    assert response.status_code == 200
    results = soup(response).main.find(class_="results")
    return [link["href"] for link in results.find_all("a")] if results else []


@pytest.mark.parametrize(
    "query", ["brûlerie", "BRULERIE", "brul", "hiver brulerie", "l'hiver", "cafe", "oecuménique", "d’hiver café"]
)
@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_page_is_found_in_its_language_whatever_accents_and_capitals(client, pages, language, query):
    assert found(client, language, q=query) == [pages[language].url]


@pytest.mark.parametrize("query", ["brulerie ete", "ulerie", "root", "", "   ", "'", "…", "zzzz"])
def test_a_page_without_all_the_words_is_not_found(client, pages, query):
    assert found(client, q=query) == []


def test_a_page_that_is_not_public_is_not_found(client, pages):
    pages["fr"].unpublish()
    assert found(client, q="brulerie") == []
    assert found(client, "en", q="brulerie") == [pages["en"].url]


def test_a_page_without_translation_is_found_in_the_other_language_and_says_so(client, pages):
    french, english = pages["fr"], pages["en"]
    english.unpublish()
    answer = client.get(PATHS["en"], {"q": "brulerie"})
    [title] = soup(answer).main.select(".results h3")
    assert title.a["href"] == f"/en/{french.slug}/" and title.a["lang"] == "fr"
    assert " ".join(title.stripped_strings) == "Brûlerie d’hiver in French"
    assert "Du café œcuménique" in client.get(title.a["href"]).content.decode()
    PageViewRestriction.objects.create(page=french, restriction_type="login")
    assert found(client, "en", q="brulerie") == []


def test_new_words_are_found_as_soon_as_they_are_published(client, pages):
    page = pages["fr"]
    page.introduction = "<p>Une torréfaction</p>"
    revision = page.save_revision()
    assert found(client, q="torrefaction") == []
    revision.publish()
    assert found(client, q="torrefaction") == [page.url]


@pytest.mark.parametrize(
    ("language", "query", "path"),
    [
        ("fr", "pneumologie", "/fr/iuc/pneumologie/"),
        ("en", "pneumology", "/en/iuc/pneumology/"),
        ("en", "gligorov", "/en/iuc/joseph-gligorov/"),
        ("fr", "confidentialite", None),
    ],
)
def test_pages_of_every_kind_are_found(client, language, query, path):
    paths = found(client, language, q=query)
    assert paths
    assert path is None or path in paths


def test_a_search_shows_the_question_and_how_many_answers(client, pages):
    response = client.get("/en/search/", {"q": "brulerie"})
    document = soup(response)
    assert {field["value"] for field in document.find_all("input", {"name": "q"})} == {"brulerie"}
    assert "1 page for “brulerie”" in text(response)


def test_a_question_is_never_taken_for_markup(client):
    response = client.get("/en/search/", {"q": '"><script>alert(1)</script>'})
    assert b"<script>alert" not in response.content


def test_a_question_of_very_many_words_is_answered(client, pages):
    assert found(client, q="brulerie " * 200) == [pages["fr"].url]


def test_search_pages_are_not_listed_by_search_engines(client):
    assert soup(client.get("/en/search/")).find("meta", {"name": "robots"})["content"] == "noindex"
