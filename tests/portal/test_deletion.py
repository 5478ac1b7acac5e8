"""Deleting pages: what others rely on stays, and the message says why."""

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse
from wagtail.models import Page

from departments.models import ContactLine
from institutes.models import Role
from portal import bootstrapping
from portal.deletion import obstacles
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(client_of):
    return client_of(bootstrapping.ADMINISTRATORS)


@pytest.fixture
def institute():
    return factories.institute()


def delete(admin, page):
    return admin.post(reverse("wagtailadmin_pages:delete", args=[page.pk]))


def stands(page):
    return Page.objects.filter(pk=page.pk).exists()


def test_a_hospital_at_which_lines_are_answered_cannot_be_deleted(admin, institute):
    hospital = factories.hospital(institute)
    department = factories.department(institute, number="01 99 00 10 10")
    ContactLine.objects.of(department["fr"]).update(hospital=hospital["fr"])
    response = delete(admin, hospital["fr"])
    assert stands(hospital["fr"])
    assert any(department["fr"].title in str(message) for message in get_messages(response.wsgi_request))


def test_a_person_who_holds_a_role_cannot_be_deleted_even_when_the_role_is_archived(admin, institute):
    person = factories.person(institute, "Camille Essai")
    role = factories.role(institute, person, "Direction")
    delete(admin, person["fr"])
    Role.objects.filter(pk=role.pk).update(archived_at="2026-01-01T00:00Z")
    delete(admin, person["fr"])
    assert stands(person["fr"])


def test_the_source_page_that_carries_numbers_stays_while_it_has_a_translation(admin, institute):
    department = factories.department(institute, number="01 99 00 10 10")
    delete(admin, department["fr"])
    assert stands(department["fr"]) and ContactLine.objects.of(department["fr"]).exists()
    delete(admin, department["en"])
    delete(admin, department["fr"])
    assert not stands(department["en"]) and not stands(department["fr"])


def test_what_nobody_relies_on_is_deleted(admin, institute):
    hospital = factories.hospital(institute)
    assert obstacles(hospital["fr"]) == []
    delete(admin, hospital["fr"])
    assert not stands(hospital["fr"])


def test_an_institute_goes_with_all_that_belongs_to_it_alone(admin, institute):
    hospital = factories.hospital(institute)
    factories.department(institute, at=hospital, number="01 99 00 10 10")
    factories.role(institute, factories.person(institute, "Camille Essai"), "Direction")
    institute["en"].refresh_from_db()
    institute["en"].delete()
    institute["fr"].refresh_from_db()
    assert obstacles(institute["fr"]) == []
    institute["fr"].delete()
    assert not stands(institute["fr"])


def test_many_at_once_are_refused_when_one_of_them_is_needed(admin, institute):
    hospital = factories.hospital(institute)
    factories.department(institute, at=hospital)
    url = reverse("wagtail_bulk_action", args=["wagtailcore", "page", "delete"])
    admin.post(f"{url}?id={hospital['fr'].pk}")
    assert stands(hospital["fr"])
