"""Departments and hospitals that nobody has translated stand in the lists of the other language all the same."""

import json

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from wagtail.models import Locale, Page, PageViewRestriction

from departments import indexing
from departments.contact_book import write_book
from departments.models import DepartmentPage, FinderPage, SearchEntry, Specialty
from tests import factories
from tests.departments.test_directory import names
from tests.reading import soup, text

pytestmark = pytest.mark.django_db

NUMBER = "tel:+33199004411"


@pytest.fixture(scope="module")
def built(kept):
    """An institute in both languages with a hospital and two departments; one department is in French alone."""
    institute = factories.institute("Institut des Cigognes", city="Kintzheim")
    hospital = factories.hospital(institute, "Hôpital du Nid", switchboard="01 99 00 44 00")
    french = {"fr": institute["fr"]}
    alone = factories.department(french, "Zététique générale", at=hospital, number="01 99 00 44 11")
    both = factories.department(institute, "Zététique fine", at=hospital, number="01 99 00 44 12")
    factories.line(alone, "01 99 00 44 99", audience="professionals", label={"fr": "Avis", "en": "Opinion"})
    alone["fr"].specialties.add(Specialty.objects.get_or_create(name={"fr": "Aérostation", "en": "Ballooning"})[0])
    alone["fr"].save()
    indexing.index([alone["fr"].translation_key])
    return {"institute": institute, "hospital": hospital, "alone": alone, "both": both}


@pytest.fixture
def house(built):
    return factories.again(built)


def translate(house):
    """A published English translation, under the slug of the source."""
    made = DepartmentPage(
        title="General zetetics",
        slug="general-zetetics",
        locale=Locale.objects.get(language_code="en"),
        translation_key=house["alone"]["fr"].translation_key,
        live=False,
    )
    Page.objects.get(pk=house["institute"]["en"].pk).add_child(instance=made)
    return made


def test_x(client, house):
    assert names(client, "en", q="zététique") == ["Zététique fine", "Zététique générale"]
