"""The whole directory: found by words, by any part of a number, by institute and hospital."""

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from departments.models import DepartmentPage, DirectoryPage, Location
from tests import factories
from tests.reading import soup, text

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module", autouse=True)
def tree(kept):
    """Two institutes of which one has a hospital with two departments, the other a department without a place."""
    lake = factories.institute("Institut du Lac bleu")
    hospital = factories.hospital(lake, "Hôpital Sainte-Œuvre")
    factories.department(lake, "Zoologie médicale", at=hospital, number="01 99 00 47 11")
    factories.department(lake, "L’Éveil du matin", at=hospital)
    factories.department(factories.institute("Maison du Bois"), "Zoologie comparée", number="04 65 71 22 33")


def names(client, language="fr", **query):
    """The departments that are listed, without the hospitals before them."""
    response = client.get({"fr": "/fr/annuaire/", "en": "/en/directory/"}[language], query)
    assert response.status_code == 200
    listed = soup(response).main.find_all(class_="department-row")
    return [row.a.get_text(strip=True) for row in listed if "department-row--hospital" not in row["class"]]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("zoologie", ["Zoologie comparée", "Zoologie médicale"]),
        ("ZOOLOGIE medicale", ["Zoologie médicale"]),
        ("médicale zoologie", ["Zoologie médicale"]),
        ("zoo méd", ["Zoologie médicale"]),
        ("eveil", ["L’Éveil du matin"]),
        ("l'éveil", ["L’Éveil du matin"]),
        ("oeuvre", ["L’Éveil du matin", "Zoologie médicale"]),
        ("zoologie œuvre", ["Zoologie médicale"]),
        ("lac bleu", ["L’Éveil du matin", "Zoologie médicale"]),
        ("zoologie bois", ["Zoologie comparée"]),
        ("zoologie nulle part", []),
        ("%", []),
        ("_", []),
        ("'", []),
    ],
)
@pytest.mark.parametrize("language", ["fr", "en"])
def test_departments_are_found_by_words_of_their_name_hospital_or_institute(client, language, query, found):
    assert names(client, language, q=query) == found


@pytest.mark.parametrize(
    "query",
    ["01 99 00 47 11", "0199004711", "01.99.00.47.11", "+33 (0)1 99 00 47 11", "0033199004711", "4711", "47 11"],
)
@pytest.mark.parametrize("language", ["fr", "en"])
def test_departments_are_found_by_any_part_of_a_number_in_any_notation(client, language, query):
    assert names(client, language, q=query) == ["Zoologie médicale"]


def test_a_number_that_is_no_longer_valid_finds_nothing(client):
    department = DepartmentPage.objects.get(title="Zoologie médicale", locale__language_code="fr")
    department.departments_contactline_facts.update(valid_until="2020-01-01")
    assert names(client, q="0199004711") == []


def test_a_place_that_was_given_up_finds_nothing(client):
    location = Location.objects.get(page__title="Zoologie médicale")
    location.archived_at = timezone.now()
    location.save()
    assert names(client, q="zoologie oeuvre") == []


def test_without_a_query_all_departments_stand_in_the_order_of_their_folded_names(client):
    shown = names(client)
    everything = DepartmentPage.objects.live().filter(locale__language_code="fr").order_by("folded_title")
    assert shown == [page.title for page in everything[: DirectoryPage.PER_PAGE]]
    assert shown.index("L’Éveil du matin") < shown.index("Zoologie comparée")


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"institute": "institut-du-lac-bleu"}, ["L’Éveil du matin", "Zoologie médicale"]),
        ({"institute": "maison-du-bois"}, ["Zoologie comparée"]),
        ({"hospital": "hopital-sainte-oeuvre"}, ["L’Éveil du matin", "Zoologie médicale"]),
        ({"hospital": "hopital-sainte-oeuvre", "institute": "maison-du-bois"}, []),
        ({"hospital": "hopital-sainte-oeuvre", "q": "zoologie"}, ["Zoologie médicale"]),
        ({"institute": "", "hospital": "", "q": "comparee"}, ["Zoologie comparée"]),
    ],
)
@pytest.mark.parametrize("language", ["fr", "en"])
def test_filters_narrow_the_directory_down(client, language, filters, found):
    assert names(client, language, **filters) == found


@pytest.mark.parametrize(
    "query",
    [
        {"institute": "nobody"},
        {"hospital": "nowhere"},
        {"institute": "hopital-sainte-oeuvre"},
        {"page": "0"},
        {"page": "99"},
        {"page": "last-but-one"},
    ],
)
def test_a_filter_or_a_page_that_does_not_exist_is_a_404(client, query):
    assert client.get("/fr/annuaire/", query).status_code == 404


def test_unpublished_departments_are_not_listed(client):
    DepartmentPage.objects.get(title="Zoologie médicale", locale__language_code="fr").unpublish()
    assert names(client, q="zoologie") == ["Zoologie comparée"]
    assert names(client, "en", q="zoologie") == ["Zoologie comparée", "Zoologie médicale"]


def test_a_long_directory_is_turned_over_page_by_page_and_keeps_its_question(client, monkeypatch):
    monkeypatch.setattr(DirectoryPage, "PER_PAGE", 1)
    first = client.get("/fr/annuaire/", {"q": "zoologie"})
    following = soup(first).find("a", rel="next")["href"]
    assert "q=zoologie" in following
    assert "Zoologie médicale" in text(client.get(f"/fr/annuaire/{following}"))
    assert "Zoologie comparée" not in text(client.get(f"/fr/annuaire/{following}"))


def test_the_page_says_what_was_asked_without_trusting_it(client):
    response = client.get("/en/directory/", {"q": "<script>alert(1)</script>"})
    assert b"<script>alert" not in response.content
    assert soup(response).find(id="find")["value"] == "<script>alert(1)</script>"


def test_there_is_one_directory_per_language_and_audience():
    home = factories.homes()["fr"]
    second = DirectoryPage(title="Encore un annuaire", slug="encore", locale=home.locale)
    with pytest.raises(ValidationError) as refused:
        home.add_child(instance=second)
    assert "audience" in refused.value.message_dict
