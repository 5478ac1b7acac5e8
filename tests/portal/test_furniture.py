"""What stands round every page: menus, languages, breadcrumb, footer links, the name."""

import pytest
from wagtail.models import PageViewRestriction, Site

from portal.models import PortalSettings, StandardPage
from tests import factories
from tests.reading import soup

pytestmark = pytest.mark.django_db


@pytest.fixture
def pages():
    return factories.pages(StandardPage, factories.homes(), "Page des essais", show_in_menus=True)


def settings():
    return PortalSettings.for_site(Site.objects.get(is_default_site=True))


def menu(client, path):
    return {
        link["href"]: link.get("aria-current")
        for link in soup(client.get(path)).find("ul", class_="menu").find_all("a")
    }


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_page_that_is_shown_in_menus_joins_the_menu_of_its_language_and_leaves_it(client, pages, language):
    other = {"fr": "en", "en": "fr"}[language]
    page = pages[language]
    assert page.url in menu(client, f"/{language}/")
    assert page.url not in menu(client, f"/{other}/")
    page.show_in_menus = False
    page.save_revision().publish()
    assert page.url not in menu(client, f"/{language}/")


def test_a_page_is_called_in_menus_as_its_editor_says(client, pages):
    page = pages["en"]
    page.menu_title = "In short"
    page.save_revision().publish()
    assert "In short" in soup(client.get("/en/")).find("ul", class_="menu").get_text()


@pytest.mark.parametrize("path", ["/en/iuc/", "/en/iuc/pneumology/"])
def test_the_menu_marks_the_section_in_which_one_is(client, path):
    marked = [address for address, current in menu(client, path).items() if current]
    assert marked == ["/en/iuc/"]


def test_an_unpublished_page_leaves_menus_and_language_links(client, pages):
    pages["en"].unpublish()
    assert pages["en"].url not in menu(client, "/en/")
    links = soup(client.get(pages["fr"].url)).find("nav", class_="languages").find_all("a")
    assert [link["href"] for link in links] == ["/en/page-des-essais/"], "the source’s text in English furniture"


def test_a_page_behind_a_login_is_named_in_no_menu(client, pages):
    PageViewRestriction.objects.create(page=pages["en"], restriction_type="login")
    assert pages["en"].url not in menu(client, "/en/")


def test_the_breadcrumb_leads_up_to_the_home_page(client):
    items = soup(client.get("/en/iuc/pneumology/")).find("nav", class_="breadcrumb").find_all("li")
    assert [item.a["href"] for item in items[:-1]] == ["/en/", "/en/iuc/"]
    assert items[-1].find(attrs={"aria-current": "page"}).get_text() == "Pneumology"


def test_a_renamed_institute_is_renamed_in_the_breadcrumb_at_once(client):
    institute = factories.institute()
    department = factories.department(institute)
    client.get(department["en"].url)
    page = type(institute["en"]).objects.get(pk=institute["en"].pk)
    page.title = "House of Trials"
    page.save_revision().publish()
    assert "House of Trials" in soup(client.get(department["en"].url)).find("nav", class_="breadcrumb").get_text()


@pytest.mark.parametrize("language", ["fr", "en"])
def test_footer_links_are_chosen_once_and_shown_in_the_language_of_the_reader(client, pages, language):
    chosen = settings()
    chosen.footer_links = [("page", pages["fr"])]
    chosen.save()
    footer = soup(client.get(f"/{language}/")).find("footer").find("nav")
    chosen, open_data = (link["href"] for link in footer.find_all("a"))
    assert chosen == pages[language].url
    assert open_data == {"fr": "/fr/-/donnees-ouvertes/", "en": "/en/-/open-data/"}[language]


def test_the_portal_is_called_as_its_settings_say(client):
    chosen = settings()
    chosen.name = {"fr": "Portail des essais", "en": "Portal of trials"}
    chosen.save()
    assert soup(client.get("/en/")).title.get_text().endswith("Portal of trials")
    assert "Portail des essais" in soup(client.get("/fr/recherche/")).find("header").get_text()


def test_the_search_page_links_to_itself_in_the_other_language_with_the_same_question(client):
    links = soup(client.get("/en/search/?q=onco")).find("nav", class_="languages").find_all("a")
    assert [link["href"] for link in links] == ["/fr/recherche/?q=onco"]
