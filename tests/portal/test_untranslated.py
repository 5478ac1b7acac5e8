"""Pages without a translation: the source's words in the furniture of the language that was asked for."""

import re

import pytest
from django.test import Client
from wagtail.models import Page, PageViewRestriction

from departments.models import DepartmentPage
from portal.models import HomePage, PortalSettings, StandardPage
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def department():
    """A department with a number, below an institute that has both languages, in French alone."""
    institute = factories.institute()
    made = factories.department(institute, "Hématologie clinique", number="01 99 00 12 34")
    made["en"].delete()
    return made["fr"]


@pytest.fixture
def address(department):
    english = Page.objects.get(slug="maison-des-essais", locale__language_code="en")
    return f"{english.get_url()}hematologie-clinique/"


def _add(parent, title, **fields):
    page = StandardPage(title=title, slug=title.lower(), locale=parent.locale, **fields)
    parent.add_child(instance=page)
    page.save_revision().publish()
    return page


def test_the_source_is_shown_and_says_so(department, address, client):
    response = client.get(address)
    words = response.content.decode()
    assert response.status_code == 200
    assert response.headers["Content-Language"] == "en"
    assert '<html lang="en">' in words
    assert "This page has not been translated into English: you are reading the text in French." in words
    assert '<h1 lang="fr" dir="ltr">Hématologie clinique</h1>' in words
    assert "Skip to the content" in words and "Telephone" in words, "furniture and facts speak English"
    assert "tel:+33199001234" in words
    french = department.get_full_url(response.wsgi_request)
    assert f'<link rel="canonical" href="{french}">' in words
    assert 'rel="alternate" hreflang="en"' not in words.split("</head>")[0]
    assert response.headers["Cache-Control"] == "public, no-cache"


def test_the_language_switcher_leads_there(department, address, client):
    words = client.get(department.get_url()).content.decode()
    assert f'href="{address}"' in words
    assert f'href="{department.get_url()}"' in client.get(address).content.decode()


def test_search_knows_it_and_the_site_map_does_not(department, address, client):
    PortalSettings.objects.update(open_to_search_engines=True)
    assert address not in client.get("/sitemap.xml").content.decode()
    assert f'href="{address}"' in client.get("/en/search/", {"q": "clinique"}).content.decode()


def test_an_address_in_the_source_words_of_a_translated_page_sends_on(client):
    pages = factories.pages(StandardPage, factories.homes(), "Un texte")
    Page.objects.filter(pk=pages["en"].pk).update(slug="a-text", url_path="/home-en/a-text/")
    response = client.get("/en/un-texte/", {"a": "1"})
    assert (response.status_code, response.url) == (302, "/en/a-text/?a=1")


def test_drafts_and_private_pages_stay_hidden(client):
    home = HomePage.objects.get(locale__language_code="fr")
    hidden = _add(home, "Cache")
    child = _add(Page.objects.get(pk=hidden.pk).specific, "Dessous")
    assert client.get("/en/cache/dessous/").status_code == 200
    restriction = PageViewRestriction.objects.create(page=hidden, restriction_type="login")
    assert client.get("/en/cache/").status_code == client.get("/en/cache/dessous/").status_code == 404
    restriction.delete()
    child.unpublish()
    assert client.get("/en/cache/dessous/").status_code == 404
    assert client.get("/en/nowhere/").status_code == 404
    assert client.get("/fr/only-english/").status_code == 404


def test_a_form_speaks_the_language_of_its_page(client):
    made = factories.contact_page(factories.institute())
    english = made["en"].get_url()
    url = english.replace(made["en"].slug, made["fr"].slug)
    made["en"].delete()
    assert client.get(url).url == made["fr"].get_url()


def test_the_breadcrumb_knows_both(address, client):
    trail = re.search(r'<nav class="breadcrumb.*?</nav>', client.get(address).content.decode(), re.S).group()
    assert 'href="/en/"' in trail and "/fr/" not in trail
    assert '<span aria-current="page" lang="fr" dir="ltr">' in trail


def test_a_copy_has_no_facts_and_a_preview_the_live_ones(department, moderator):
    copy = department.copy(update_attrs={"title": "Copie", "slug": "copie"}, keep_live=True)
    assert "tel:+33199001234" not in Client().get(copy.get_url()).content.decode()
    translated = department.copy_for_translation(
        Page.objects.get(slug="maison-des-essais", locale__language_code="en").locale
    )
    factories.line({"fr": department}, "01 99 00 56 78")
    words = moderator.get(f"/admin/pages/{translated.pk}/view_draft/").content.decode()
    assert "tel:+33199001234" in words and "tel:+33199005678" in words
    assert isinstance(translated.specific, DepartmentPage)
