"""sitemap.xml: every page that search engines may list, with its counterparts in the other languages."""

import xml.etree.ElementTree as ElementTree
from urllib.parse import urlsplit

import pytest
from wagtail.models import Page, PageViewRestriction, Site

from portal.models import PortalSettings

pytestmark = pytest.mark.django_db

SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
XHTML = "{http://www.w3.org/1999/xhtml}"


@pytest.fixture
def is_open():
    settings = PortalSettings.for_site(Site.objects.get(is_default_site=True))
    settings.open_to_search_engines = True
    settings.save()


def entries(client):
    """For each address its counterparts by language."""
    response = client.get("/sitemap.xml")
    assert response.status_code == 200
    assert response["Content-Type"].startswith("application/xml")
    return {
        url.find(f"{SITEMAP}loc").text: {link.get("hreflang"): link.get("href") for link in url.findall(f"{XHTML}link")}
        for url in ElementTree.fromstring(response.content)
    }


def test_the_map_is_empty_while_the_portal_is_closed(client):
    assert entries(client) == {}


@pytest.mark.usefixtures("is_open")
def test_the_map_of_an_open_portal_holds_its_public_pages_and_no_fiction(client):
    paths = {urlsplit(address).path for address in entries(client)}
    assert {"/fr/", "/en/", "/fr/iuc/pneumologie/", "/en/iuc/pneumology/", "/en/directory/"} <= paths
    assert not [path for path in paths if "demonstration" in path]


@pytest.mark.usefixtures("is_open")
def test_every_address_names_itself_and_its_counterpart(client):
    found = entries(client)
    for address, alternates in found.items():
        assert set(alternates) == {"fr", "en"}, address
        assert address in alternates.values()
        assert all(found[other] == alternates for other in alternates.values())


@pytest.mark.usefixtures("is_open")
def test_pages_that_are_not_public_stay_off_the_map(client):
    Page.objects.get(url_path__endswith="/iuc/pneumology/").specific.unpublish()
    hidden = Page.objects.get(locale__language_code="en", slug="gustave-roussy")
    PageViewRestriction.objects.create(page=hidden, restriction_type="login")
    paths = {urlsplit(address).path for address in entries(client)}
    assert "/en/iuc/pneumology/" not in paths
    assert not [path for path in paths if path.startswith("/en/gustave-roussy/")]
    assert "/fr/iuc/pneumologie/" in paths
