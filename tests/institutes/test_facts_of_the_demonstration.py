"""The real institutes carry the facts of their own public pages and nothing else; the fictional one, fiction."""

import re

import pytest
from django.test import Client

from departments.models import ContactLine, DepartmentPage, HospitalPage
from institutes.models import InstitutePage, ProfilePage, Role
from tests.reading import nodes, soup, text

pytestmark = pytest.mark.django_db

# (French, English, number as the institute's page prints it - most print none)
DEPARTMENTS = [
    ("Oncologie pédiatrique", "Pediatric Oncology", None),
    ("Chirurgie thoracique et vasculaire", "Thoracic and vascular surgery", None),
    (
        "Dermatologie, allergologie et médecine vasculaire",
        "Dermatology, allergology and vascular medicine",
        None,
    ),
    ("Neuro-oncologie", "Onco-neurology", "+33 (0)1 42 16 06 43"),
    ("Onco-radiothérapie médicale", "Medical Onco-Radiation Therapy", None),
    ("Pneumologie", "Pneumology", "+33 (0)1 42 16 78 84"),
    ("Urologie", "Urology", "+33 (0)1 42 17 71 50"),
]
WITH_NUMBER = [row for row in DEPARTMENTS if row[2]]
WITHOUT_NUMBER = [row for row in DEPARTMENTS if not row[2]]
LEADERS = [
    ("Joseph Gligorov", "Directeur exécutif", "Executive Director", "IUC"),
    ("Christine Welty", "Directrice générale", "General Manager", "AP-HP"),
    ("Bruno Riou", "", "", "Facult"),
    ("Serge Uzan", "Président du COS", "President of the COS", "IUC"),
]
FICTION = re.compile(r"\+33(19900|26191|35301|46571|53649|63998)\d{4}")


def institute(language, slug):
    return InstitutePage.objects.get(locale__language_code=language, slug=slug)


def departments(language):
    return {page.title: page for page in DepartmentPage.objects.child_of(institute(language, "iuc")).live()}


def read(page):
    return text(Client().get(page.url))


def numbers_on(page):
    links = soup(Client().get(page.url)).main.find_all("a", href=re.compile("^tel:"))
    return {link["href"].removeprefix("tel:"): link.get_text(strip=True) for link in links}


def test_every_department_of_the_iuc_is_there_in_both_languages_and_no_other():
    assert set(departments("fr")) == {french for french, _english, _number in DEPARTMENTS}
    assert set(departments("en")) == {english for _french, english, _number in DEPARTMENTS}


@pytest.mark.parametrize(("french", "english", "number"), WITH_NUMBER)
def test_a_department_with_a_number_shows_it_as_its_readers_write_it_and_dials_it(french, english, number):
    dialled = number.replace("(0)", "").replace(" ", "")
    in_french = "0" + number.removeprefix("+33 (0)")
    for page, shown in ((departments("fr")[french], in_french), (departments("en")[english], number)):
        assert {dialled: shown.replace(" ", "\u00a0")} == numbers_on(page)


@pytest.mark.parametrize(("french", "english", "number"), WITH_NUMBER)
def test_a_department_with_a_number_is_at_the_pitie_salpetriere(french, english, number):
    assert "Hôpital de la Pitié-Salpêtrière" in read(departments("fr")[french])
    assert "Pitié-Salpêtrière Hospital" in read(departments("en")[english])


@pytest.mark.parametrize(("french", "english", "number"), WITHOUT_NUMBER)
def test_a_department_without_a_number_says_so_and_leads_to_the_contact_form(french, english, number):
    for page, iuc in ((departments("fr")[french], "/fr/iuc/"), (departments("en")[english], "/en/iuc/")):
        assert numbers_on(page) == {}
        assert f"{iuc}contact/" in {link.get("href") for link in soup(Client().get(page.url)).main.find_all("a")}
    assert "has no telephone number of its own" in read(departments("en")[english])


@pytest.mark.parametrize(("language", "slug"), [("fr", "pneumologie"), ("en", "pneumology")])
def test_departments_stand_at_the_addresses_that_stay(language, slug):
    assert Client().get(f"/{language}/iuc/{slug}/").status_code == 200


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_institute_lists_each_department_with_the_number_that_it_has(language):
    document = soup(Client().get(f"/{language}/iuc/"))
    rows = {
        row.find("a").get_text(strip=True): [link["href"] for link in row.find_all("a", href=re.compile("^tel:"))]
        for row in document.main.find_all(class_="department-row")
    }
    column = 0 if language == "fr" else 1
    assert rows == {
        row[column]: ["tel:" + row[2].replace("(0)", "").replace(" ", "")] if row[2] else [] for row in DEPARTMENTS
    }


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_leadership_of_the_iuc_stands_in_the_given_order_with_roles_and_organisations(language):
    page = institute(language, "iuc")
    roles = page.roles
    assert [role.profile.title for role in roles] == [name for name, *_rest in LEADERS]
    titles = [french if language == "fr" else english for _name, french, english, _body in LEADERS]
    assert [role.title.localize(language) if role.title else "" for role in roles] == titles
    for role, (*_rest, body) in zip(roles, LEADERS, strict=True):
        assert body in role.organisation.name.localize("fr")
    shown = read(page)
    places = [shown.index(name) for name, *_rest in LEADERS]
    assert places == sorted(places)
    assert all(title in shown for title in titles)


def test_the_real_people_have_no_portrait_and_no_biography():
    people = ProfilePage.objects.filter(title__in=[name for name, *_rest in LEADERS])
    assert people.count() == 2 * len(LEADERS)
    assert not any(page.portrait or page.biography for page in people)


def test_nobody_else_is_named_anywhere():
    assert set(ProfilePage.objects.values_list("title", flat=True)) == {name for name, *_rest in LEADERS}


@pytest.mark.parametrize(
    ("language", "figures"),
    [
        (
            "fr",
            [
                "près de 30 000 patients pris en charge par an",
                "plus de 1 000 cancers diagnostiqués chaque jour en France",
                "presque 20 années de baisse de la mortalité",
            ],
        ),
        (
            "en",
            [
                "nearly 30,000 patients treated per year",
                "more than 1,000 cancers diagnosed every day in France",
                "almost 20 years of falling mortality",
            ],
        ),
    ],
)
def test_key_figures_keep_their_precision_word(language, figures):
    document = soup(Client().get(f"/{language}/iuc/"))
    shown = [
        " ".join(f"{group.dd.get_text(' ', strip=True)} {group.dt.get_text(strip=True)}".split()).lower()
        for group in document.find(class_="key-figures").find_all("div")
    ]
    assert shown == [figure.lower() for figure in figures]


def test_gustave_roussy_carries_its_facts():
    french, english = read(institute("fr", "gustave-roussy")), read(institute("en", "gustave-roussy"))
    for fact in ("Newsweek", "Unicancer", "Villejuif"):
        assert fact in french
        assert fact in english
    source = institute("fr", "gustave-roussy")
    assert sorted(source.rankings.values_list("rank", flat=True)) == [1, 4]
    assert [str(row.organisation) for row in source.affiliations.all()] == ["Unicancer"]


def test_the_switchboard_of_gustave_roussy_is_the_one_number_of_its_pages():
    pages = institute("fr", "gustave-roussy").get_descendants(inclusive=True)
    assert set(ContactLine.objects.filter(page__in=pages).values_list("number", flat=True)) == {"+33142114211"}
    hospital = HospitalPage.objects.live().child_of(institute("en", "gustave-roussy")).get()
    assert numbers_on(hospital) == {"+33142114211": "+33\u00a0(0)1\u00a042\u00a011\u00a042\u00a011"}
    assert "114 rue" in read(hospital)
    assert "Villejuif" in read(hospital)


def test_the_numbers_of_the_real_institutes_are_those_that_their_pages_print():
    printed = {number.replace("(0)", "").replace(" ", "") for *_names, number in WITH_NUMBER} | {"+33142114211"}
    stored = {
        number
        for slug in ("gustave-roussy", "iuc")
        for number in ContactLine.objects.filter(
            page__in=institute("fr", slug).get_descendants(inclusive=True)
        ).values_list("number", flat=True)
    }
    assert stored == printed


def test_every_number_of_the_fictional_institute_is_kept_for_fiction():
    fictional = institute("fr", "hopital-de-demonstration")
    assert fictional.is_fictional
    numbers = ContactLine.objects.filter(page__in=fictional.get_descendants(inclusive=True)).values_list(
        "number", flat=True
    )
    assert len(numbers) > 12
    assert [number for number in numbers if not FICTION.fullmatch(number)] == []


@pytest.mark.parametrize(("language", "slug"), [("fr", "hopital-de-demonstration"), ("en", "demonstration-hospital")])
def test_every_page_of_the_fictional_institute_says_that_it_is_one(language, slug):
    word = {"fr": "n’existe pas", "en": "does not exist"}[language]
    for page in institute(language, slug).get_descendants(inclusive=True).live().specific():
        document = soup(Client().get(page.url))
        assert word in document.body.find("section", class_="notice").get_text(), page
        assert word in document.find("footer").get_text(), page


@pytest.mark.parametrize("slug", ["iuc", "gustave-roussy"])
@pytest.mark.parametrize("language", ["fr", "en"])
def test_no_number_stands_in_the_prose_of_a_real_institute_beyond_those_that_dial(language, slug):
    for page in institute(language, slug).get_descendants(inclusive=True).live().specific():
        document = soup(Client().get(page.url))
        for link in document.main.find_all("a", href=re.compile("^tel:")):
            link.decompose()
        for report in document.main.find_all("form", class_="wrong-number"):
            report.decompose()  # the button says of which number it tells that it is wrong
        assert not re.search(r"\b0\d([ .\u00a0\u202f]\d\d){4}\b|\+33", document.main.get_text()), page


def test_the_posts_of_the_fictional_institute_are_vacant():
    fictional = institute("fr", "hopital-de-demonstration").get_descendants(inclusive=True)
    roles = Role.objects.filter(page__in=fictional)
    assert roles.exists()
    assert not roles.exclude(person=None).exists()


def test_the_fictional_institute_has_two_hospitals_and_a_dozen_departments():
    fictional = institute("fr", "hopital-de-demonstration")
    assert HospitalPage.objects.child_of(fictional).live().count() == 2
    assert DepartmentPage.objects.child_of(fictional).live().count() >= 12


def test_the_people_of_the_iuc_are_people_to_search_engines():
    people = {node["name"]: node for node in nodes(Client().get("/en/iuc/joseph-gligorov/"), "Person")}
    assert people["Joseph Gligorov"]["jobTitle"] == ["Executive Director"]
