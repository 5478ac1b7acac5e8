"""What must hold of every public page in every language: each is visited once, then looked at from all sides."""

import re
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from urllib.parse import urldefrag, urljoin, urlsplit

import html5lib
import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from wagtail.models import Page, Site

from donations.models import DonationPage
from institutes.models import InstitutePage
from portal.models import ContactPage, PortalSettings
from tests.reading import json_ld, soup

HOST = "http://testserver"
MOST_QUERIES = 32  # the most is the hospital with hours, exceptions, references and lines that lead on
VIEWS = [
    "/fr/recherche/",
    "/en/search/",
    "/fr/recherche/?q=cancer",
    "/en/search/?q=onco",
    "/fr/annuaire/?q=onco",
    "/en/directory/?q=42&institute=iuc",
    "/fr/quel-numero/?reason=follow-up&hospital=deux-rivieres",
    "/en/which-number/?reason=symptom&hospital=two-rivers&department=medical-oncology",
]


@dataclass
class Visit:
    """One address as a visitor without cookies gets it, the second time that anybody asks for it."""

    path: str
    page: Page | None
    response: HttpResponse
    queries: int
    document: BeautifulSoup

    @property
    def language(self) -> str:
        return self.path.split("/")[1]


def visit(path: str, page: Page | None = None) -> Visit:
    Client().get(path)  # the first visitor waits for pictures to be made
    with CaptureQueriesContext(connection) as queries:
        response = Client().get(path)
    return Visit(path, page, response, len(queries), soup(response))


@pytest.fixture(scope="module")
def visits(django_db_setup, django_db_blocker):
    """Every live public page below the homes, and the views that are no pages."""
    with django_db_blocker.unblock():
        pages = Page.objects.live().public().filter(depth__gt=1).select_related("locale").specific().order_by("path")
        paths = {urlsplit(page.full_url).path: page for page in pages}
        yield [visit(path, page) for path, page in paths.items()] + [
            visit(path, paths.get(urlsplit(path).path)) for path in VIEWS
        ]


def wrong(visits, find):
    """What `find` complains about, by address."""
    complaints = {visit.path: find(visit) for visit in visits}
    return {path: complaint for path, complaint in complaints.items() if complaint}


def test_there_are_as_many_pages_in_one_language_as_in_the_other(visits):
    counted = Counter(visit.language for visit in visits)
    assert counted["fr"] == counted["en"] > 40


def test_every_page_is_there(visits):
    assert wrong(visits, lambda visit: visit.response.status_code != 200 and visit.response.status_code) == {}


def test_no_page_sets_a_cookie_or_depends_on_one(visits):
    assert (
        wrong(
            visits,
            lambda visit: [*visit.response.cookies, *re.findall("Cookie", visit.response.get("Vary", ""))],
        )
        == {}
    )


def has_a_form_that_works_once(visit):
    takes_gifts = isinstance(visit.page, DonationPage) and visit.page.source.funds.exists()
    return takes_gifts or isinstance(visit.page, ContactPage)


def test_every_page_may_be_kept_by_any_cache_that_asks_again_but_the_forms_that_work_once(visits):
    def complain(visit):
        wanted = "no-store" if has_a_form_that_works_once(visit) else "public, no-cache"
        return visit.response["Cache-Control"] != wanted and visit.response["Cache-Control"]

    assert wrong(visits, complain) == {}


def test_a_page_that_has_not_changed_is_not_sent_again(visits, db):
    def complain(visit):
        if has_a_form_that_works_once(visit):
            return None
        again = Client().get(visit.path, headers={"if-none-match": visit.response["ETag"]})
        return again.status_code != 304 and again.status_code

    assert wrong(visits[:6] + visits[-3:], complain) == {}


def test_no_page_asks_the_database_more_often_than_it_may(visits):
    assert wrong(visits, lambda visit: visit.queries > MOST_QUERIES and visit.queries) == {}


def test_every_page_is_valid_html(visits):
    def complain(visit):
        parser = html5lib.HTMLParser()
        parser.parse(visit.response.content, transport_encoding="utf-8")
        return [(place, code) for place, code, _details in parser.errors]

    assert wrong(visits, complain) == {}


def test_ids_are_unique_and_every_reference_finds_its_own(visits):
    def complain(visit):
        ids = Counter(element["id"] for element in visit.document.find_all(id=True))
        twice = [name for name, number in ids.items() if number > 1]
        named = [
            name
            for attribute in ("for", "aria-labelledby", "aria-describedby", "aria-controls", "popovertarget")
            for element in visit.document.find_all(attrs={attribute: True})
            for name in element[attribute].split()
        ]
        anchors = [link["href"][1:] for link in visit.document.find_all("a", href=re.compile("^#."))]
        return twice + [name for name in named + anchors if name not in ids]

    assert wrong(visits, complain) == {}


def test_every_field_has_a_label(visits):
    def complain(visit):
        labels = {label.get("for") for label in visit.document.find_all("label")}
        fields = visit.document.find_all(["input", "select", "textarea"])
        return [str(field) for field in fields if field.get("type") != "hidden" and field.get("id") not in labels]

    assert wrong(visits, complain) == {}


def test_every_page_has_one_main_heading_and_no_level_is_jumped_over(visits):
    def complain(visit):
        # The header and the footer stand outside: within the main part, the order is the page's outline.
        levels = [int(element.name[1]) for element in visit.document.main.find_all(re.compile("^h[1-6]$"))]
        jumps = [(above, below) for above, below in pairwise(levels) if below > above + 1]
        return jumps or ([] if levels[:1] == [1] and levels.count(1) == 1 else levels)

    assert wrong(visits, complain) == {}


def test_every_heading_and_every_link_says_something(visits):
    def complain(visit):
        elements = visit.document.find_all(re.compile("^(h[1-6]|a|button|title)$"))
        return [str(element) for element in elements if not element.get_text(strip=True)]

    assert wrong(visits, complain) == {}


def test_every_picture_has_its_description_size_and_no_file_name_for_one(visits):
    def complain(visit):
        return [
            str(picture)
            for picture in visit.document.find_all("img")
            if "alt" not in picture.attrs
            or re.search(r"\.(jpe?g|png|webp)|^untitled", picture["alt"])
            or not picture.get("width")
            or not picture.get("height")
        ]

    assert wrong(visits, complain) == {}


def test_every_page_says_its_language_and_the_headers_agree(visits):
    def complain(visit):
        said = (visit.document.html["lang"], visit.response["Content-Language"])
        return said != (visit.language, visit.language) and said

    assert wrong(visits, complain) == {}


def test_nothing_is_loaded_from_another_host(visits):
    loading = {
        "src": True,
        "srcset": True,
        "poster": True,
        "data": True,
    }

    def complain(visit):
        addresses = [element[name] for name in loading for element in visit.document.find_all(attrs={name: True})]
        for link in visit.document.find_all("link"):
            if not {"canonical", "alternate"} & set(link["rel"]):
                addresses.append(link["href"])
        addresses += [form["action"] for form in visit.document.find_all("form")]
        return [address for address in addresses if re.search(r"(^|[\s,])(https?:)?//", address)]

    assert wrong(visits, complain) == {}


def test_nothing_stands_in_a_page_that_the_strict_policy_would_block(visits):
    def complain(visit):
        inline = [
            str(element)
            for element in visit.document.find_all(True)
            if any(name == "style" or name.startswith("on") for name in element.attrs)
            or element.name == "style"
            or (element.name == "script" and not element.get("src") and element["type"] != "application/ld+json")
        ]
        policy = visit.response["Content-Security-Policy"]
        return inline or ("unsafe" in policy and policy)

    assert wrong(visits, complain) == {}


def test_no_page_is_listed_while_the_portal_is_closed(visits):
    assert wrong(visits, lambda visit: robots(visit.document) != "noindex") == {}


def robots(document):
    found = document.find("meta", {"name": "robots"})
    return found and found["content"]


def test_an_open_portal_is_listed_but_its_fictional_institute_is_not(visits, db):
    settings = PortalSettings.for_site(Site.objects.get(is_default_site=True))
    settings.open_to_search_engines = True
    settings.save()
    fictional = [page.url for page in InstitutePage.objects.live() if page.source.is_fictional]
    assert len(fictional) == 2

    def complain(visit):
        found = robots(soup(Client().get(visit.path)))
        is_hidden = visit.page is None or visit.path.startswith(tuple(fictional))
        return found != ("noindex" if is_hidden else None) and str(found)

    one_of_each = {(type(visit.page), visit.path.startswith(tuple(fictional))): visit for visit in visits}
    assert wrong(one_of_each.values(), complain) == {}


def test_each_page_names_itself_as_its_canonical_address(visits):
    def complain(visit):
        canonical = [link["href"] for link in visit.document.find_all("link", rel="canonical")]
        wanted = [visit.page.full_url] if visit.page else []
        return canonical != wanted and canonical

    assert wrong(visits, complain) == {}


def test_the_languages_of_a_page_name_each_other(visits):
    alternates = {
        visit.page.full_url: {
            link["hreflang"]: link["href"] for link in visit.document.find_all("link", rel="alternate")
        }
        for visit in visits
        if visit.page
    }
    for address, languages in alternates.items():
        assert set(languages) == {"fr", "en"}, address
        assert address in languages.values()
        assert all(alternates[other] == languages for other in languages.values()), address


def test_one_link_leads_to_the_same_page_in_the_other_language(visits):
    def complain(visit):
        links = visit.document.find("nav", class_="languages").find_all("a")
        if [link["hreflang"] for link in links] != [{"fr": "en", "en": "fr"}[visit.language]]:
            return links
        if visit.page:
            wanted = visit.page.get_translations().get().specific.full_url
            return urlsplit(links[0]["href"]).path != urlsplit(wanted).path and links
        return None

    assert wrong(visits[:20] + visits[-10:], complain) == {}


@pytest.fixture(scope="module")
def statuses(visits, django_db_blocker):
    """The answer of every address of the portal that any page links to."""
    addresses = {
        urldefrag(urljoin(HOST + visit.path, element[name]))[0]
        for visit in visits
        for name in ("href", "src", "poster")
        for element in visit.document.find_all(attrs={name: True})
        if not element.get("rel") or "canonical" not in element["rel"]
    }
    known = {HOST + visit.path: visit.response.status_code for visit in visits}

    def status(address):
        response = Client().get(address.removeprefix(HOST))
        response.close()
        return response.status_code

    with django_db_blocker.unblock():
        return {
            address: known.get(address) or status(address) for address in addresses if address.startswith(f"{HOST}/")
        }


def test_no_link_and_no_picture_leads_nowhere(statuses):
    assert len(statuses) > 100
    assert {address: status for address, status in statuses.items() if status != 200} == {}


def test_every_page_can_be_reached_from_the_home_page_of_its_language(visits):
    links = {
        visit.path: {
            urlsplit(urljoin(HOST + visit.path, link["href"])).path for link in visit.document.find_all("a", href=True)
        }
        for visit in visits
        if visit.page and "?" not in visit.path
    }
    reached, new = set(), {"/fr/", "/en/"}
    while new:
        reached |= new
        new = {path for known in new for path in links.get(known, ())} - reached
    assert set(links) - reached == set()


def test_every_page_describes_itself_in_valid_json_ld(visits):
    def complain(visit):
        if not visit.page:
            return json_ld(visit.response)
        [own] = [node for node in json_ld(visit.response) if node["@type"] == "WebPage"]
        return (own["url"], own["inLanguage"]) != (visit.page.full_url, visit.language) and own

    assert wrong(visits, complain) == {}


def test_every_number_that_is_shown_dials(visits):
    def complain(visit):
        numbers = visit.document.find_all("a", href=re.compile("^tel:"))
        return [
            str(link) for link in numbers if not re.fullmatch(r"tel:(\+[1-9][0-9]{5,14}|[0-9]{2,10})", link["href"])
        ]

    assert wrong(visits, complain) == {}


def test_every_page_leads_to_the_emergency_numbers(visits):
    def complain(visit):
        return not {"tel:15", "tel:112"} <= {link.get("href") for link in visit.document.find_all("a")}

    assert wrong(visits, complain) == {}
