"""The pages in the words of schema.org."""

import re

import pytest
from django.test import Client

from tests import factories
from tests.reading import json_ld, nodes, soup

pytestmark = pytest.mark.django_db


def at(path):
    return Client().get(path)


def test_a_page_says_where_it_stands():
    [trail] = nodes(at("/en/iuc/pneumology/"), "BreadcrumbList")
    items = trail["itemListElement"]
    assert [item["position"] for item in items] == [1, 2, 3]
    assert items[-1]["name"] == "Pneumology"
    assert [re.sub("^https?://[^/]+", "", item["item"]) for item in items] == [
        "/en/",
        "/en/iuc/",
        "/en/iuc/pneumology/",
    ]


@pytest.mark.parametrize(("path", "language"), [("/fr/iuc/", "fr"), ("/en/iuc/", "en")])
def test_a_page_says_its_language_and_description(path, language):
    response = at(path)
    [page] = nodes(response, "WebPage")
    assert page["inLanguage"] == language
    assert page["description"] == soup(response).find("meta", {"name": "description"})["content"]


def test_a_hospital_gives_its_address_and_place():
    institute = factories.institute()
    hospital = factories.hospital(
        institute,
        switchboard="01 99 00 00 01",
        street="1 rue du Lac",
        postal_code="75000",
        city="Paris",
        latitude="48.83780",
        longitude="2.36500",
    )
    [node] = nodes(at(hospital["en"].url), "Hospital")
    assert node["address"] == {
        "@type": "PostalAddress",
        "streetAddress": "1 rue du Lac",
        "postalCode": "75000",
        "addressLocality": "Paris",
        "addressCountry": "FR",
    }
    assert node["geo"] == {"@type": "GeoCoordinates", "latitude": 48.8378, "longitude": 2.365}
    [point] = node["contactPoint"]
    assert (point["@type"], point["telephone"], point["contactType"]) == ("ContactPoint", "+33199000001", "Switchboard")


def test_every_telephone_of_a_department_can_be_dialled_from_anywhere():
    [clinic] = nodes(at("/en/iuc/pneumology/"), "MedicalClinic")
    assert [point["telephone"] for point in clinic["contactPoint"]] == ["+33142167884"]


def test_a_department_without_a_number_has_no_contact_point():
    [clinic] = nodes(at("/en/iuc/pediatric-oncology/"), "MedicalClinic")
    assert "contactPoint" not in clinic


def test_an_institute_names_its_affiliations_and_people():
    [node] = nodes(at("/en/iuc/"), "MedicalOrganization")
    assert node["alternateName"] == "IUC"
    assert "Inserm" in {body["name"] for body in node["memberOf"]}
    assert node["employee"][0]["name"] == "Joseph Gligorov"


def test_a_person_has_one_entry_however_many_roles():
    [node] = nodes(at("/fr/iuc/christine-welty/"), "Person")
    assert node["jobTitle"] == ["Directrice générale"]


def test_the_donation_page_is_an_action_with_a_recipient():
    [action] = nodes(at("/en/iuc/make-a-donation/"), "DonateAction")
    assert action["recipient"]["@type"] == "MedicalOrganization"


def test_words_of_a_page_cannot_break_out_of_the_block():
    title = "</script><script>alert(1)</script> & “co”"
    pages = factories.institute(title)
    response = at(pages["en"].url)
    assert b"<script>alert" not in response.content
    assert title in {node.get("name") for node in json_ld(response)}
