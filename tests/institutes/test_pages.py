"""The institute's page shows all that its editors give it, and nothing of what they leave out."""

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from institutes.models import Accreditation, Affiliation, InstitutePage, KeyFigure, Organisation, ProfilePage, Ranking
from portal.models import PortalImage
from tests import factories
from tests.reading import soup, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def institute():
    return factories.institute()


def shown(page):
    return text(Client().get(page.url))


@pytest.mark.parametrize(
    ("precision", "french", "english"),
    [
        ("exactly", "30 000", "30,000"),
        ("about", "environ 30 000", "about 30,000"),
        ("nearly", "près de 30 000", "nearly 30,000"),
        ("almost", "presque 30 000", "almost 30,000"),
        ("more_than", "plus de 30 000", "more than 30,000"),
    ],
)
def test_a_key_figure_says_how_exact_it_is(institute, precision, french, english):
    KeyFigure.objects.create(
        page=institute["fr"], value=30000, precision=precision, unit={"fr": "visites", "en": "visits"}
    )
    for page, words, unit in ((institute["fr"], french, "visites"), (institute["en"], english, "visits")):
        figures = soup(Client().get(page.url)).find(class_="key-figures")
        assert " ".join(figures.dd.get_text(" ").split()).lower() == words
        assert figures.dt.get_text(strip=True) == unit


def test_rows_that_are_kept_once_are_shown_in_every_language(institute):
    source = institute["fr"]
    Ranking.objects.create(page=source, rank=4, label={"fr": "La liste", "en": "The list"})
    Accreditation.objects.create(page=source, name={"fr": "Le label", "en": "The label"})
    body = Organisation.objects.create(name={"fr": "La ligue", "en": "The league"}, kind="federation")
    Affiliation.objects.create(page=source, organisation=body)
    assert [word for word in ("La liste", "Le label", "La ligue", "4") if word not in shown(institute["fr"])] == []
    assert [word for word in ("The list", "The label", "The league", "4") if word not in shown(institute["en"])] == []


def test_an_institute_of_few_words_shows_no_empty_section(institute):
    document = soup(Client().get(institute["en"].url))
    headings = {heading.get_text(strip=True) for heading in document.main.find_all("h2")}
    assert not headings & {"In figures", "Rankings", "Our commitments", "What guides us", "Our values"}


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_frise_is_one_band_of_several_pictures_in_the_editors_order(language):
    page = InstitutePage.objects.get(locale__language_code=language, slug="iuc")
    pictures = soup(Client().get(page.url)).find(class_="frise").find_all("img")
    assert len(pictures) >= 3
    assert [picture["alt"] for picture in pictures] == [block.value.contextual_alt_text or "" for block in page.frise]
    assert all("focus-x" in " ".join(picture["class"]) for picture in pictures)


@pytest.mark.parametrize(
    ("language", "give", "write"), [("fr", "Faire un don", "contact"), ("en", "donation", "ontact")]
)
def test_the_institute_calls_to_give_and_to_write(language, give, write):
    links = soup(Client().get(f"/{language}/iuc/")).main.find_all("a")
    assert [link for link in links if give in link.get_text()]
    assert [link for link in links if write in link.get_text() and link["href"] == f"/{language}/iuc/contact/"]


@pytest.mark.parametrize(
    "path", ["/fr/gustave-roussy/", "/en/gustave-roussy/", "/en/iuc/", "/en/demonstration-hospital/"]
)
def test_a_film_loads_nothing_from_elsewhere_until_the_visitor_asks(path):
    document = soup(Client().get(path))
    assert not document.find_all("iframe")
    assert all(film["preload"] == "none" for film in document.find_all("video"))


def test_gustave_roussy_names_its_film_in_both_languages():
    for language in ("fr", "en"):
        assert soup(Client().get(f"/{language}/gustave-roussy/")).main.find(class_="video")


def test_a_portrait_needs_its_description_in_every_language(institute):
    person = factories.person(institute, "Personne Une")["fr"]
    picture = PortalImage.objects.first()
    picture.alt_text = {"fr": "Une femme en blouse", "en": ""}
    person.portrait = picture
    with pytest.raises(ValidationError) as refused:
        person.full_clean()
    assert set(refused.value.error_dict) == {"portrait"}
    picture.alt_text = {"fr": "Une femme en blouse", "en": "A woman in a white coat"}
    person.full_clean()


def test_organisations_are_sorted_by_their_folded_names():
    for name in ("Zèbre", "Écluse", "Abbaye"):
        Organisation.objects.create(name={"fr": name, "en": name}, kind="education", city="Tests")
    names = [str(body) for body in Organisation.objects.filter(city="Tests")]
    assert names == ["Abbaye", "Écluse", "Zèbre"]


@pytest.mark.parametrize(
    ("model", "parents"), [(InstitutePage, {"HomePage"}), (ProfilePage, {"InstitutePage"})], ids=["institute", "person"]
)
def test_pages_stand_where_they_belong(model, parents):
    assert {parent.__name__ for parent in model.allowed_parent_page_models()} == parents


@pytest.mark.parametrize(
    ("field", "typed"), [("finess", "12345"), ("finess", "ABCDEFGHI"), ("siren", "732829321"), ("siren", "no number")]
)
def test_an_official_number_that_cannot_be_right_is_refused(field, typed):
    organisation = Organisation(name={"fr": "Groupe", "en": "Group"}, kind="hospital_group", **{field: typed})
    with pytest.raises(ValidationError) as refused:
        organisation.full_clean()
    assert set(refused.value.message_dict) & {"finess", "siren"} == {field}


def test_official_numbers_are_kept_as_their_registers_write_them():
    organisation = Organisation(
        name={"fr": "Groupe", "en": "Group"}, kind="hospital_group", finess="2A0000014", siren="732 829 320"
    )
    organisation.full_clean(exclude=["folded_name"])
    assert (organisation.finess, organisation.siren) == ("2A0000014", "732829320")
