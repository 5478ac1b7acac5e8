"""Departments and hospitals that nobody has translated stand in the lists of the other language all the same."""

import json
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation
from wagtail.models import Locale, Page, PageViewRestriction

from departments import indexing
from departments.contact_book import write_book
from departments.models import DepartmentPage, DirectoryPage, FinderPage, HospitalPage, SearchEntry, Specialty
from tests import factories
from tests.departments.test_directory import names
from tests.reading import soup, text

pytestmark = pytest.mark.django_db

NAME, HERE = "Zététique générale", "/en/institut-des-cigognes/zetetique-generale/"
TEL = "tel:+33199004411"


@pytest.fixture(scope="module")
def built(kept):
    """An institute and a hospital in both languages, with a department that is in French alone, and one that is not."""
    institute = factories.institute("Institut des Cigognes", city="Kintzheim")
    hospital = factories.hospital(institute, "Hôpital du Nid", switchboard="01 99 00 44 00")
    alone = factories.department({"fr": institute["fr"]}, NAME, at=hospital, number="01 99 00 44 11")
    both = factories.department(institute, "Zététique fine", at=hospital, number="01 99 00 44 12")
    factories.line(alone, "01 99 00 44 99", audience="professionals", label={"fr": "Avis", "en": "Opinion"})
    alone["fr"].specialties.add(Specialty.objects.create(name={"fr": "Aérostation", "en": "Ballooning"}))
    alone["fr"].save()
    indexing.index([alone["fr"].translation_key])
    return {"institute": institute, "hospital": hospital, "alone": alone, "both": both}


@pytest.fixture
def house(built):
    return factories.again(built)


def translated(house, slug="general-zetetics"):
    """The department's page in English, a draft."""
    page = DepartmentPage(
        title="General zetetics",
        slug=slug,
        locale=Locale.objects.get(language_code="en"),
        translation_key=house["alone"]["fr"].translation_key,
        live=False,
    )
    Page.objects.get(pk=house["institute"]["en"].pk).add_child(instance=page)
    return page


def row_of(response, name=NAME):
    """The one row of a list that names the department."""
    [row] = [row for row in soup(response).find_all(class_="department-row") if row.a.get_text(strip=True) == name]
    return row


def test_every_list_in_english_names_it_once_marked_as_french_with_its_number(client, house):
    institute, hospital = house["institute"]["en"], house["hospital"]["en"]
    for address in (
        "/en/directory/?institute=institut-des-cigognes",
        "/en/directory/?letter=z",
        "/en/directory/?q=zetetique generale",
        "/en/directory/?q=ballooning",
        "/en/directory/?q=0199004411",
        "/en/directory/?q=zetetiqe generale",
        "/en/directory/?q=generale&hospital=hopital-du-nid&specialty=aerostation",
        institute.get_url(),
        hospital.get_url(),
    ):
        row = row_of(client.get(address))
        assert (row.a["href"], row.a["lang"], row.a["dir"]) == (HERE, "fr", "ltr"), address
        assert "in French" in row.find(class_="department-row__name").get_text(), address
        assert row.find("a", href=TEL), address
        assert "/fr/" not in str(row), "hospital and institute speak English"
    assert "in French" not in str(row_of(client.get("/en/directory/?letter=z"), "Zététique fine"))
    assert "written-in" not in client.get("/fr/annuaire/?letter=z").content.decode()
    letters = soup(client.get("/en/directory/?institute=institut-des-cigognes")).find(class_="letters")
    assert letters.find("a", string=lambda said: said == "Z") or "Z 2 departments" in " ".join(letters.text.split())


def test_its_link_leads_to_the_page_in_the_readers_furniture_where_all_ways_on_speak_english(client, house):
    response = client.get(HERE)
    assert (response.status_code, response["Content-Language"]) == (200, "en")
    page = soup(response)
    assert page.h1.get_text() == NAME and page.h1["lang"] == "fr"
    assert page.main.find("a", href=house["hospital"]["en"].get_url())
    with translation.override("en"):
        card = reverse("page_card", args=[house["alone"]["fr"].translation_key])
    assert page.main.find("a", href=card)
    told = client.get(card).content.decode().replace("\r\n ", "").splitlines()
    assert [urlsplit(line.removeprefix("URL:")).path for line in told if line.startswith("URL:")] == [HERE]


def test_what_is_suggested_on_paper_and_in_the_finder_names_it_too(client, house):
    with translation.override("en"):
        asked = reverse("directory_suggestions", args=[DirectoryPage.by_audience("en")["patients"].pk])
        paper = reverse("print_sheet", args=[house["hospital"]["fr"].translation_key])
    [found] = client.get(asked, {"q": "zététique gén"}).json()["suggestions"]
    assert (found["name"], found["language"], found["url"]) == (NAME, "fr", HERE)
    assert found["where"].startswith("in French · Institut des Cigognes, Kintzheim")
    [name] = soup(client.get(paper)).find_all("span", string=NAME)
    assert name["lang"] == "fr" and "in French" in name.parent.get_text()
    assert name.find_parent("tbody").find("a", href=TEL)

    finder = FinderPage.objects.get(locale__language_code="en").get_url()
    chosen = {"reason": "other", "hospital": "institut-des-cigognes.hopital-du-nid"}
    [option] = soup(client.get(finder, chosen)).find_all("option", string=NAME)
    assert option["lang"] == "fr"
    for key in (option["value"], "institut-des-cigognes.zetetique-generale"):
        page = soup(client.get(finder, chosen | {"department": key}))
        board = page.find(attrs={"aria-labelledby": "answer"})
        assert [link["href"] for link in board.select("a[href^='tel:']")] == [TEL]
        assert board.find(lang="fr", string=NAME) and page.main.find("a", href=HERE)
    translated(house).save_revision().publish()
    kept = client.get(finder, chosen | {"department": "institut-des-cigognes.zetetique-generale"})
    assert "General zetetics" in text(kept) and TEL in str(soup(kept).main), (
        "who kept the address still gets the number"
    )


def test_the_contact_book_has_it_in_both_languages(house, tmp_path):
    with translation.override("en"):
        write_book(tmp_path, timezone.localtime())
    words = (tmp_path / "en" / "hopital-du-nid.html").read_text("utf-8")
    assert words.count(f'<span lang="fr" dir="ltr">{NAME}</span> <span class="written-in">in French</span>') == 1
    assert words.count(TEL) == 1
    assert NAME in (tmp_path / "en" / "a-z.html").read_text("utf-8")
    [record] = [
        record
        for record in json.loads((tmp_path / "numbers.json").read_text("utf-8"))["departments"]
        if record["name"].get("fr") == NAME
    ]
    assert "en" not in record["name"]


def test_a_translation_takes_its_place_as_long_as_visitors_see_it(client, house, django_capture_on_commit_callbacks):
    def listed():
        with_numbers = names(client, "en", institute="institut-des-cigognes")
        by_number = names(client, "en", q="01 99 00 44 11")
        assert [name for name in with_numbers if name != "Zététique fine"] == by_number, "no list says it twice"
        return by_number

    page = translated(house)
    assert listed() == [NAME], "a draft"
    page.save_revision().publish()
    assert listed() == ["General zetetics"]
    assert client.get(HERE).url == page.get_url()
    restriction = PageViewRestriction.objects.create(page=page, restriction_type="login")
    assert listed() == [NAME], "private"
    with django_capture_on_commit_callbacks(execute=True):
        restriction.delete()
    assert listed() == ["General zetetics"]
    factories.again(page).unpublish()
    assert listed() == [NAME]
    page.save_revision().publish()
    with django_capture_on_commit_callbacks(execute=True):
        DepartmentPage.objects.get(pk=page.pk).delete()
    assert listed() == [NAME]
    house["alone"]["fr"].copy_for_translation(Locale.objects.get(language_code="en"), alias=True)
    assert listed() == [NAME]
    entry = SearchEntry.objects.get(folded_title="zetetique generale", locale__language_code="en")
    assert entry.page.locale.language_code == "en", "an alias is a page of its language"
    PageViewRestriction.objects.create(page=house["institute"]["fr"], restriction_type="login")
    DepartmentPage.objects.get(locale__language_code="en", slug="zetetique-generale").unpublish()
    assert listed() == [], "a source that is private itself is nobody's stand-in"


def test_both_languages_are_deleted_in_one_go(client, house, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        for language in ("en", "fr"):
            DepartmentPage.objects.get(pk=house["both"][language].pk).delete()
        connection.check_constraints()
    assert names(client, "en", q="0199004412") == names(client, q="0199004412") == []


def test_where_a_private_translation_has_the_address_the_link_leads_to_the_source(client, house):
    page = translated(house, slug="zetetique-generale")
    page.save_revision().publish()
    PageViewRestriction.objects.create(page=page, restriction_type="login")
    link = row_of(client.get("/en/directory/", {"q": "0199004411"})).a["href"]
    assert link == house["alone"]["fr"].get_url()
    assert client.get(link).status_code == 200


def test_a_hospital_and_an_institute_in_french_alone_are_listed_and_chosen(client, house):
    institute = factories.institute("Maison du Héron")
    factories.Page.objects.get(pk=institute["en"].pk).delete()
    hospital = factories.hospital({"fr": institute["fr"]}, "Hôpital du Marais", switchboard="01 99 00 45 00")
    factories.department({"fr": institute["fr"]}, "Ornithologie", at=hospital)
    second = factories.hospital({"fr": house["institute"]["fr"]}, "Hôpital du Toit", switchboard="01 99 00 46 00")
    page = client.get("/en/directory/", {"hospital": "hopital-du-marais", "institute": "maison-du-heron"})
    row = row_of(page, "Ornithologie")
    assert row.a["href"] == "/en/maison-du-heron/ornithologie/"
    assert row.find("a", href="tel:+33199004500") and row.find("span", lang="fr", string="Hôpital du Marais")
    assert [option["lang"] for option in soup(page).select("option[selected][lang]")] == ["fr", "fr"]
    assert client.get(row.a["href"]).status_code == 200
    assert client.get("/en/maison-du-heron/").status_code == 200
    row = row_of(client.get("/en/directory/", {"q": "marais"}), "Hôpital du Marais")
    assert (row.a["href"], row.a["lang"]) == ("/en/maison-du-heron/hopital-du-marais/", "fr")
    assert names(client, "en", q="marais") == ["Ornithologie"]
    assert row_of(client.get(row.a["href"]), "Ornithologie").find("a", href="tel:+33199004500")
    sign = soup(client.get(house["institute"]["en"].get_url())).find("a", string="Hôpital du Toit", lang="fr")
    assert sign["href"] == "/en/institut-des-cigognes/hopital-du-toit/"

    # Who kept the address of that choice is led on once there is a translation.
    made = HospitalPage(title="Roof", slug="roof", locale=house["institute"]["en"].locale)
    made.translation_key = second["fr"].translation_key
    Page.objects.get(pk=house["institute"]["en"].pk).add_child(instance=made)
    made.save_revision().publish()
    moved = client.get("/en/directory/", {"hospital": "hopital-du-toit", "q": "x"})
    assert (moved.status_code, moved.url) == (301, "/en/directory/?q=x&hospital=roof")
    assert client.get("/en/directory/", {"hospital": "nowhere"}).status_code == 404


def test_its_lines_keep_to_their_readers(client, house):
    page = client.get("/en/directory-for-professionals/", {"q": "générale"})
    assert "Opinion" in row_of(page).get_text() and "44 99" in text(page) and "44 11" not in text(page)
    assert "44 99" not in text(client.get("/en/directory/", {"q": "générale"}))
    assert names(client, "en", q="01 99 00 44 99") == []


def test_ten_of_them_cost_as_many_queries_as_one(client, house):
    def queries():
        client.get("/en/directory/", {"q": "zététique"})  # what a process remembers is found before the counting
        with CaptureQueriesContext(connection) as captured:
            assert names(client, "en", q="zététique")
        return len(captured)

    before = queries()
    for number in range(9):
        name = f"Zététique {number}"
        factories.department({"fr": house["institute"]["fr"]}, name, house["hospital"], f"01 99 00 43 0{number}")
    assert queries() == before


def test_the_table_is_made_anew_and_for_a_new_language(house):
    assert indexing.index_everything() == 0
    english = Locale.objects.get(language_code="en")
    there = set(SearchEntry.objects.filter(locale=english).values_list("page", flat=True))
    SearchEntry.objects.filter(locale=english).delete()
    indexing.language_added(Locale, english, created=True)
    assert set(SearchEntry.objects.filter(locale=english).values_list("page", flat=True)) == there
