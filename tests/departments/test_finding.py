"""The directory as visitors ask it: filters, letters, audiences, dates, restrictions, languages, suggestions."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone, translation
from wagtail.models import PageViewRestriction

from departments import indexing
from departments.finding import Finding
from departments.models import DepartmentPage, DirectoryPage, Location, SearchEntry, Specialty, Synonym
from institutes.models import InstitutePage
from portal.search import find
from tests import factories
from tests.departments.test_directory import names
from tests.reading import soup, text

pytestmark = pytest.mark.django_db

PROFESSIONALS = {"fr": "/fr/annuaire-des-professionnels/", "en": "/en/directory-for-professionals/"}


@pytest.fixture(scope="module")
def built(kept):
    """An institute with a hospital and two departments, one of which has a line for professionals."""
    institute = factories.institute("Institut des Cigognes", city="Kintzheim")
    hospital = factories.hospital(institute, "Hôpital du Nid")
    first = factories.department(institute, "Zététique générale", at=hospital, number="01 99 00 47 11")
    second = factories.department(institute, "Zététique fine", number="01 99 00 47 12")
    factories.line(first, "01 99 00 47 99", audience="professionals", label={"fr": "Avis", "en": "Opinion"})
    return {"institute": institute, "hospital": hospital, "first": first, "second": second}


@pytest.fixture
def house(built):
    return factories.again(built)


def rows(client, address, **query):
    response = client.get(address, query)
    assert response.status_code == 200
    return [row.a.get_text(strip=True) for row in soup(response).main.find_all(class_="department-row")]


# --- Audiences --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_professionals_directory_lists_only_departments_with_lines_for_them_and_shows_those(
    client, house, language
):
    page = client.get(PROFESSIONALS[language], {"q": "zététique"})
    assert "47 99" in text(page)
    assert "47 11" not in text(page)
    assert rows(client, PROFESSIONALS[language], q="zététique") == ["Zététique générale"]
    assert rows(client, PROFESSIONALS[language], q="01 99 00 47 99") == ["Zététique générale"]
    assert rows(client, PROFESSIONALS[language], q="01 99 00 47 11") == []


def test_the_number_of_a_line_for_professionals_finds_nothing_for_patients(client, house):
    assert names(client, q="01 99 00 47 99") == []
    assert "47 99" not in text(client.get("/fr/annuaire/", {"q": "zététique"}))


def test_hospitals_with_lines_for_professionals_stand_in_their_directory(client, house):
    factories.line(house["hospital"], "01 99 00 48 01", audience="professionals")
    assert rows(client, PROFESSIONALS["fr"], q="nid") == ["Hôpital du Nid", "Zététique générale"]
    assert rows(client, PROFESSIONALS["fr"], q="48 01") == ["Hôpital du Nid"]


def test_who_looks_as_a_professional_is_led_to_their_directory_with_the_same_question(client, house):
    response = client.get(
        "/fr/annuaire/", {"q": "zététique", "hospital": "hopital-du-nid", "institute": "", "audience": "professionals"}
    )
    assert response.status_code == 302
    assert response["Location"] == "/fr/annuaire-des-professionnels/?q=z%C3%A9t%C3%A9tique&hospital=hopital-du-nid"
    back = client.get(PROFESSIONALS["fr"], {"audience": "patients"})
    assert back["Location"] == "/fr/annuaire/"
    assert client.get("/fr/annuaire/", {"audience": "patients"}).status_code == 200
    assert client.get("/fr/annuaire/", {"audience": "nobody"}).status_code == 404


def test_the_professionals_directory_is_out_of_search_engines_and_of_the_portals_search(client):
    page = DirectoryPage.by_audience("fr")["professionals"]
    assert '<meta name="robots" content="noindex">' in client.get(page.get_url()).content.decode()
    assert page.pk not in [found.pk for found in find("annuaire", "fr").page(1)]
    assert not DirectoryPage.get_indexed_objects().filter(pk=page.pk).exists()
    assert page.get_indexed_instance() is None


# --- Dates and restrictions -------------------------------------------------------------------------------------


def test_a_number_finds_its_department_from_its_first_day_to_its_last(client, house, time_machine):
    today = timezone.localdate()
    factories.line(house["second"], "01 99 00 49 01", valid_from=today + timedelta(days=1))
    factories.line(house["second"], "01 99 00 49 02", valid_until=today)
    assert names(client, q="49 01") == []
    assert names(client, q="0199004902") == ["Zététique fine"]
    time_machine.move_to(timezone.now() + timedelta(days=1))
    assert names(client, q="0199004901") == ["Zététique fine"]
    assert names(client, q="0199004902") == []


def test_the_own_words_of_a_line_are_found_from_its_first_day_to_its_last(client, house, time_machine):
    today = timezone.localdate()
    words = {"fr": "Ligne xylophone", "en": "Xylophone line"}
    last = today + timedelta(days=1)
    factories.line(house["second"], "01 99 00 49 04", label=words, valid_from=last, valid_until=last)
    assert names(client, q="xylophone") == []
    for found in (["Zététique fine"], []):
        time_machine.move_to(timezone.now() + timedelta(days=1))
        indexing.index_everything()  # as `index_directory` does each night
        assert names(client, q="xylophone") == found


def test_a_department_comes_to_the_professionals_on_the_day_of_its_line(client, house, time_machine):
    line = factories.line(
        house["second"],
        "01 99 00 49 03",
        audience="professionals",
        valid_from=timezone.localdate() + timedelta(days=1),
    )
    assert line.pk
    assert rows(client, PROFESSIONALS["fr"], q="zététique") == ["Zététique générale"]
    time_machine.move_to(timezone.now() + timedelta(days=1))
    assert rows(client, PROFESSIONALS["fr"], q="zététique") == ["Zététique fine", "Zététique générale"]


def test_a_restricted_department_is_neither_listed_nor_found_nor_counted(client, house):
    before = Finding(DirectoryPage.by_audience("fr")["patients"], {}).number
    PageViewRestriction.objects.create(page=house["institute"]["fr"], restriction_type="login")
    assert names(client, q="zététique") == []
    assert names(client, q="0199004711") == []
    assert names(client, "en", q="zététique") == ["Zététique fine", "Zététique générale"]
    assert Finding(DirectoryPage.by_audience("fr")["patients"], {}).number == before - 2


# --- What a row shows -------------------------------------------------------------------------------------------


def shown(client, address="/en/directory/", **query):
    """The names and digits of each row, hospitals among them."""
    response = client.get(address, query)
    assert response.status_code == 200
    rows = soup(response).main.find_all(class_="department-row")
    return {row.a.get_text(strip=True): [link["href"][-4:] for link in row.find_all(class_="number")] for row in rows}


def test_a_row_shows_the_number_that_was_looked_for_and_says_that_there_are_more(client, house):
    for end in range(31, 35):
        factories.line(house["first"], f"01 99 00 47 {end}", sort_order=end)
    assert shown(client, q="zététique générale") == {"Zététique générale": ["4711", "4731", "4732"]}
    assert shown(client, q="01 99 00 47 34") == {"Zététique générale": ["4734", "4711", "4731"]}
    page = soup(client.get("/en/directory/", {"q": "zététique générale"}))
    more = page.find("a", class_="department-row__elsewhere")
    assert more.get_text(" ", strip=True).startswith("2 other numbers")
    assert more["href"] == house["first"]["en"].url


def test_a_row_names_the_hospital_of_each_number_and_with_a_filter_shows_those_reached_there(client, house):
    other = factories.hospital(house["institute"], "Hôpital de la Plaine")
    Location.objects.create(page=house["second"]["fr"], hospital=house["hospital"]["fr"])
    Location.objects.create(page=house["second"]["fr"], hospital=other["fr"])
    factories.line(house["second"], "01 99 00 47 41", hospital=house["hospital"]["fr"], purpose="secretariat")
    factories.line(house["second"], "01 99 00 47 42", hospital=other["fr"], purpose="secretariat")
    page = soup(client.get("/en/directory/", {"q": "zététique fine"}))
    assert [" ".join(item.get_text().split()) for item in page.main.find_all(class_="department-row__purpose")] == [
        "Medical secretariat · Hôpital du Nid",
        "Medical secretariat · Hôpital de la Plaine",
    ]
    assert shown(client, hospital="hopital-de-la-plaine") == {"Zététique fine": ["4742", "4712"]}


def test_what_a_line_is_for_finds_its_department_and_stands_before_its_other_lines(client, house):
    for end in range(31, 35):
        factories.line(house["first"], f"01 99 00 47 {end}", sort_order=end)
    factories.line(house["first"], "01 99 00 47 39", purpose="nurse_line", sort_order=99)
    assert shown(client, q="zététique nurse") == {"Zététique générale": ["4739", "4711", "4731"]}
    assert "Zététique générale" in shown(client, "/fr/annuaire/", q="zététique infirmière")
    factories.line(house["second"], "01 99 00 47 38", purpose="referring_doctors", audience="professionals")
    assert shown(client, q="zététique referring") == {}


def test_a_line_to_come_neither_finds_its_department_nor_is_shown(client, house):
    tomorrow = timezone.localdate() + timedelta(days=1)
    factories.line(house["second"], "01 99 00 47 37", purpose="nurse_line", valid_from=tomorrow)
    assert shown(client, q="zététique fine nurse") == {}
    assert shown(client, q="zététique fine") == {"Zététique fine": ["4712"]}


# --- Hospitals among the results --------------------------------------------------------------------------------


@pytest.fixture
def nest(house):
    """The hospital in a city, with two lines for patients and one for professionals."""
    page = house["hospital"]["fr"]
    page.city = "Kogenheim"
    page.save_revision().publish()
    factories.line(house["hospital"], "01 99 00 48 01", purpose="switchboard")
    factories.line(house["hospital"], "01 99 00 48 02", purpose="admissions")
    factories.line(house["hospital"], "01 99 00 48 03", audience="professionals")
    return house["hospital"]


@pytest.mark.parametrize(
    ("query", "digits"),
    [
        ("0199004801", ["4801", "4802"]),
        ("tel:+33199004802", ["4802", "4801"]),
        ("hopital du nid", ["4801", "4802"]),
        ("kogenheim", ["4801", "4802"]),
        ("cigognes admissions", ["4802", "4801"]),
    ],
)
@pytest.mark.parametrize("address", ["/fr/annuaire/", "/en/directory/"])
def test_a_hospital_is_found_by_its_numbers_name_city_and_purposes(client, nest, address, query, digits):
    assert shown(client, address, q=query)["Hôpital du Nid"] == digits
    assert "Hôpital du Nid" not in shown(client, address, q="01 99 00 48 03")
    assert "Hôpital du Nid" not in shown(client, address, q="zététique fine")


@pytest.mark.parametrize("filters", [{"hospital": "hopital-du-nid"}, {"institute": "institut-des-cigognes"}])
def test_a_hospital_that_is_chosen_stands_before_its_departments(client, nest, filters):
    assert next(iter(shown(client, **filters))) == "Hôpital du Nid"
    assert "Hôpital du Nid" not in shown(client, q="zététique", **filters)
    # Where the filters leave nothing, whoever answers for the hospital helps on.
    assert shown(client, q="xylophone", **filters) == {"Hôpital du Nid": ["4801", "4802"]}


def test_what_hospitals_are_called_for_is_known_in_the_language_of_the_directory(nest):
    with translation.override("fr"):
        found = Finding(DirectoryPage.by_audience("en")["patients"], {"q": "nid switchboard"})
        assert [entry.page.pk for entry in found.hospital_entries] == [nest["en"].pk]


def test_a_changed_line_of_a_hospital_is_found_at_once(client, nest):
    line = factories.line(nest, "01 99 00 48 11", purpose="imaging")
    assert "Hôpital du Nid" in shown(client, q="0199004811")
    line.archived_at = timezone.now()
    line.save()
    assert "Hôpital du Nid" not in shown(client, q="0199004811")


def test_more_hospitals_than_are_shown_are_counted(client, nest, monkeypatch):
    monkeypatch.setattr("departments.finding.MOST_HOSPITALS", 0)
    finding = Finding(DirectoryPage.by_audience("en")["patients"], {"q": "kogenheim"})
    assert (finding.hospitals_number, finding.more_hospitals) == (1, 1)


def test_a_page_of_hospitals_alone_does_not_say_that_nothing_was_found(client, nest):
    page = client.get("/en/directory/", {"q": "0199004801"})
    assert soup(page).find(id="found").get_text(strip=True) == "1 hospital for “0199004801”"
    assert "No department" not in text(page)


# --- Emergencies, and nothing found -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "is_one"),
    [
        ("15", True),
        ("le 15", True),
        ("112", True),
        ("114", True),
        ("tel:112", True),
        ("samu", True),
        ("urgences", True),
        ("oncologie pédiatrique urgence", True),
        ("zététique 15", False),
        ("1121", False),
        ("zététique", False),
        ("", False),
    ],
)
def test_who_looks_for_an_emergency_reads_the_emergency_numbers_first(client, house, query, is_one):
    factories.line(house["first"], "01 99 00 11 21", label={"fr": "Porte 15", "en": "Door 15"})
    page = soup(client.get("/fr/annuaire/", {"q": query}))
    box = page.main.find(class_="callout--emergency")
    assert bool(box) is is_one
    if is_one:
        assert box.find("a", href="tel:15")
        assert str(page.main).index("callout--emergency") < str(page.main).index('id="found"')
    if query in ("15", "le 15", "112", "114", "tel:112", "samu"):
        assert names(client, q=query) == []


@pytest.mark.parametrize("query", ["xylophone", "0199999999"])
def test_nothing_found_leads_on(client, query):
    page = soup(client.get("/en/directory/", {"q": query}))
    assert page.find(id="found").get_text(strip=True) == f"No department for “{query}”"
    links = {link.get_text(strip=True): link["href"] for link in page.find(class_="nothing-found").find_all("a")}
    assert {"Which number do I call?", "Write to us"} <= links.keys()
    for address in links.values():
        assert client.get(address).status_code == 200


def test_an_extension_finds_its_department(client, house):
    factories.line(house["second"], "01 99 00 47 55 poste 87659")
    assert names(client, q="poste 87659") == ["Zététique fine"]
    assert names(client, q="01 99 00 47 55 poste 87659") == ["Zététique fine"]
    assert names(client, q="poste 8765") == []
    assert names(client, q="poste 4755") == []


# --- Filters, letters, addresses --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"specialty": "zetetique"}, ["Zététique générale"]),
        ({"specialty": "zetetique", "institute": "institut-des-cigognes"}, ["Zététique générale"]),
        ({"specialty": "zetetique", "hospital": "hopital-du-nid"}, ["Zététique générale"]),
        ({"specialty": "zetetique", "institute": "iuc"}, []),
        ({"institute": "institut-des-cigognes", "letter": "z"}, ["Zététique fine", "Zététique générale"]),
        ({"institute": "institut-des-cigognes", "letter": "a"}, []),
        ({"hospital": "hopital-du-nid", "letter": "z"}, ["Zététique générale"]),
        ({"q": "fine", "specialty": "zetetique"}, []),
    ],
)
@pytest.mark.parametrize("language", ["fr", "en"])
def test_filters_narrow_each_other_down(client, house, language, filters, found):
    specialty = Specialty.objects.create(name={"fr": "Zététique", "en": "Zetetics"})
    page = house["first"]["fr"]
    page.specialties.set([specialty])
    page.save_revision().publish()
    assert names(client, language, **filters) == found


@pytest.mark.parametrize("query", [{"specialty": "nothing"}, {"letter": "zz"}, {"letter": "é"}])
def test_an_unknown_specialty_or_letter_is_a_404(client, query):
    assert client.get("/fr/annuaire/", query).status_code == 404


def test_the_letters_lead_to_the_departments_that_begin_so_and_empty_ones_lead_nowhere(client, house):
    page = soup(client.get("/fr/annuaire/", {"institute": "institut-des-cigognes"}))
    links = {link.contents[0]: link["href"] for link in page.find(class_="letters").find_all("a")}
    assert list(links) == ["Z"]
    assert parse_qs(urlsplit(links["Z"]).query) == {"institute": ["institut-des-cigognes"], "letter": ["z"]}
    assert "2 services" in page.find(class_="letters").get_text()


def test_two_hospitals_of_one_name_are_told_apart_in_addresses(client, house):
    other = factories.institute("Institut des Hérons")
    hospital = factories.hospital(other, "Hôpital du Nid")
    factories.department(other, "Héronnerie", at=hospital)
    assert names(client, hospital="institut-des-herons~hopital-du-nid") == ["Héronnerie"]
    assert names(client, hospital="institut-des-cigognes~hopital-du-nid") == ["Zététique générale"]


def test_another_language_is_asked_the_same_as_far_as_it_can_be(client):
    asked = {"q": "onco", "institute": "hopital-de-demonstration", "hospital": "deux-rivieres", "page": "1"}
    page = soup(client.get("/fr/annuaire/", asked))
    switch = urlsplit(page.find(class_="languages").a["href"])
    assert switch.path == "/en/directory/"
    assert parse_qs(switch.query) == {
        "q": ["onco"],
        "institute": ["demonstration-hospital"],
        "hospital": ["two-rivers"],
    }
    assert client.get(page.find(class_="languages").a["href"]).status_code == 200
    # What search engines are told is the directory itself, in both languages.
    assert page.find("link", hreflang="en")["href"].endswith("/en/directory/")


def test_results_say_institute_and_city(client, house):
    page = client.get("/fr/annuaire/", {"q": "zététique générale"})
    assert "Institut des Cigognes, Kintzheim · Hôpital du Nid" in text(page)


def test_more_than_can_be_ranked_is_said_to_be_more(client, house, monkeypatch):
    monkeypatch.setattr("departments.searching.MOST_CANDIDATES", 1)
    finding = Finding(DirectoryPage.by_audience("fr")["patients"], {"q": "zététique"})
    assert finding.is_cut
    assert finding.number == 1


def test_words_that_merely_resemble_are_announced(client, house):
    page = client.get("/en/directory/", {"q": "zetetiqe fine"})
    assert "words that resemble them" in text(page)
    assert "words that resemble them" not in text(client.get("/en/directory/", {"q": "zetetique fine"}))


# --- The table is always up to date -----------------------------------------------------------------------------


def test_every_change_is_found_at_once(client, house):
    second = house["second"]
    # a line: added, changed, archived
    line = factories.line(second, "01 99 00 51 01")
    assert names(client, q="0199005101") == ["Zététique fine"]
    line.number = "01 99 00 51 02"
    line.full_clean()
    line.save()
    assert names(client, q="0199005101") == []
    assert names(client, q="0199005102") == ["Zététique fine"]
    line.archived_at = timezone.now()
    line.save()
    assert names(client, q="0199005102") == []
    # a place
    location = Location.objects.create(page=second["fr"], hospital=house["hospital"]["fr"])
    assert "Zététique fine" in names(client, "en", hospital="hopital-du-nid")
    location.archived_at = timezone.now()
    location.save()
    assert "Zététique fine" not in names(client, "en", hospital="hopital-du-nid")
    # a title; a draft is not found
    page = second["fr"]
    page.title = "Zététique brouillonne"
    revision = page.save_revision()
    assert names(client, q="brouillonne") == []
    revision.publish()
    assert names(client, q="brouillonne") == ["Zététique brouillonne"]
    # a hospital and an institute that get another name
    for place, word in ((house["hospital"]["fr"], "Pinacothèque"), (house["institute"]["fr"], "Wagonnet")):
        place = type(place).objects.get(pk=place.pk)  # its children have moved its counts on
        place.title = word
        place.save_revision().publish()
        assert "Zététique générale" in names(client, q=f"zététique {word}")
    # moved below another institute, unpublished, deleted
    other = factories.institute("Institut des Hérons")
    page = DepartmentPage.objects.get(pk=house["first"]["fr"].pk)
    page.move(InstitutePage.objects.get(pk=other["fr"].pk), pos="last-child")
    assert names(client, institute="institut-des-herons") == ["Zététique générale"]
    page.refresh_from_db()
    page.unpublish()
    assert names(client, q="zététique générale") == []
    DepartmentPage.objects.get(pk=second["en"].pk).delete()
    assert "Zététique fine" not in names(client, "en", q="zététique fine")


def test_what_stays_of_a_department_when_its_source_page_is_deleted_is_still_listed(
    client, house, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        DepartmentPage.objects.get(pk=house["second"]["fr"].pk).delete()
    assert names(client, "en", q="zététique fine") == ["Zététique fine"]


def test_building_the_table_anew_changes_nothing_that_was_right_and_mends_what_was_not(house):
    assert indexing.index_everything() == 0
    SearchEntry.objects.filter(page=house["first"]["fr"]).delete()
    SearchEntry.objects.filter(page=house["first"]["en"]).update(initial="q")
    assert indexing.index_everything() == 2
    assert SearchEntry.objects.get(page=house["first"]["en"]).initial == "z"


def test_the_number_of_queries_does_not_grow_with_what_is_found(client, house):
    def queries() -> int:
        asked = []

        def note(execute, sql, parameters, many, context):
            asked.append(sql)
            return execute(sql, parameters, many, context)

        client.get("/fr/annuaire/", {"q": "zététique"})  # what is remembered is found the first time
        with connection.execute_wrapper(note):
            client.get("/fr/annuaire/", {"q": "zététique"})
        return len(asked)

    factories.hospital(house["institute"], "Hôpital zététique", switchboard="01 99 00 52 00")
    before = queries()
    for number in range(5):
        factories.hospital(house["institute"], f"Hôpital zététique {number}", switchboard=f"01 99 00 52 1{number}")
    for number in range(8):
        factories.department(house["institute"], f"Zététique {number}", number="01 99 00 52 01")
    assert queries() == before


# --- Synonyms ---------------------------------------------------------------------------------------------------


def test_a_synonym_holds_as_soon_as_it_is_saved_in_its_language_alone(client, house):
    assert names(client, q="doute méthodique") == []
    Synonym.objects.create(language="fr", written="Doute méthodique", meant="zététique fine")
    assert names(client, q="le doute methodique") == ["Zététique fine"]
    assert names(client, "en", q="doute méthodique") == []


def test_a_synonym_both_ways_also_leads_back(client, house):
    factories.department(house["institute"], "Scepticisme")
    synonym = Synonym.objects.create(language="fr", written="scepticisme", meant="zététique")
    assert names(client, q="zététique") == ["Zététique fine", "Zététique générale"]
    synonym.both_ways = True
    synonym.save()
    assert set(names(client, q="zététique")) == {"Zététique fine", "Zététique générale", "Scepticisme"}


def test_two_words_may_each_mean_the_same(client, house):
    for written in ("doute", "méthode"):
        Synonym.objects.create(language="fr", written=written, meant="zététique fine")
    assert names(client, q="doute méthode") == ["Zététique fine"]


# --- Suggestions ------------------------------------------------------------------------------------------------


def suggested(client, audience="patients", **query):
    page = DirectoryPage.by_audience("fr")[audience]
    with_language = reverse("directory_suggestions", args=[page.pk]).replace("/en/", "/fr/")
    response = client.get(with_language, query)
    assert response.status_code == 200
    assert not response.cookies
    return response.json()["suggestions"]


def test_suggestions_name_departments_with_their_place_and_address(client, house):
    assert suggested(client, q="zététique gé") == [
        {
            "name": "Zététique générale",
            "language": "fr",
            "where": "Institut des Cigognes, Kintzheim · Hôpital du Nid",
            "url": "/fr/institut-des-cigognes/zetetique-generale/",
        }
    ]
    assert suggested(client, q="z") == []
    assert len(suggested(client, q="fictif")) == 8
    assert suggested(client, q="zététique", hospital="hopital-du-nid")[0]["name"] == "Zététique générale"


def test_suggestions_keep_to_the_readers_of_their_directory(client, house):
    assert [row["name"] for row in suggested(client, "professionals", q="zététique")] == ["Zététique générale"]
    assert suggested(client, q="01 99 00 47 99") == []


def test_suggestions_of_no_directory_are_a_404(client):
    assert client.get("/fr/-/directory/1/suggestions/", {"q": "onco"}).status_code == 404


# --- Long lists -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["institute", "hospital"])
def test_a_page_with_very_many_departments_leads_on_to_the_directory(client, house, monkeypatch, kind):
    monkeypatch.setattr("departments.models.pages.DepartmentQuerySet.MOST_LISTED", 1)
    Location.objects.create(page=house["second"]["fr"], hospital=house["hospital"]["fr"])
    page = soup(client.get(house[kind]["fr"].get_url()))
    assert len(page.main.find_all(class_="department-row")) == 1
    slug = {"institute": "institut-des-cigognes", "hospital": "hopital-du-nid"}[kind]
    assert page.find("a", href=f"/fr/annuaire/?{kind}={slug}")
