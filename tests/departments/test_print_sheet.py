"""A hospital's numbers on paper."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from wagtail.models import PageViewRestriction

from departments.models import Location
from tests import factories
from tests.reading import soup, text

pytestmark = pytest.mark.django_db


def sheet_of(hospital, language="fr"):
    return f"/{language}/-/paper/{hospital['fr'].translation_key}/"


def test_the_sheet_has_every_number_for_patients_by_name_and_no_other():
    institute = factories.institute()
    hospital = factories.hospital(institute, switchboard="01 99 00 00 01")
    other = factories.hospital(institute, "Hôpital de la Rive", switchboard="01 99 00 00 02")
    today = timezone.localdate()
    urology = factories.department(institute, "Urologie", at=hospital)
    eye = factories.department(institute, "École du regard", at=hospital)
    factories.department(institute, "Dermatologie", at=hospital)
    factories.department(institute, "Pneumologie", at=other, number="01 99 00 00 31")
    Location.objects.create(page=eye["fr"], hospital=other["fr"])
    line = factories.line(eye, "01 99 00 00 11", purpose="appointments", hospital=hospital["fr"], keys="4")
    line.verified_number, line.verified_on = line.number, today
    line.save()
    factories.line(eye, "01 99 00 00 12", hospital=other["fr"])
    factories.line(urology, "01 99 00 00 13", purpose="secretariat", valid_until=today + timedelta(days=9))
    factories.line(urology, "01 99 00 00 14", audience="professionals")
    factories.line(urology, "01 99 00 00 15", valid_until=today - timedelta(days=1))
    for language in ("fr", "en"):
        response = Client().get(sheet_of(hospital, language))
        assert response["Cache-Control"] == "public, no-cache"
        page = soup(response)
        groups = [group.get_text() for group in page.select("th[scope=rowgroup]")]
        assert groups == ["Hôpital du Lac", "Dermatologie", "École du regard", "Urologie"]
        dialled = [link["href"] for link in page.select("table a")]
        assert dialled == ["tel:+33199000001", "tel:+33199000011", "tel:+33199000013"]
        assert page.select_one("meta[name=robots]")["content"] == "noindex"
        counterpart = sheet_of(hospital, "en" if language == "fr" else "fr")
        assert page.select(f".languages a[href='{counterpart}']")
        assert sheet_of(hospital, language) in Client().get(hospital[language].url).content.decode()
    said = text(response)
    assert "+33 (0)1 99 00 00 11" in said
    assert f"http://testserver{hospital['en'].url}" in said
    assert f"{today:%B %Y}" in said
    assert "press 4." in said
    assert Client().get(sheet_of(urology)).status_code == 404
    PageViewRestriction.objects.create(page=urology["fr"], restriction_type="login")
    assert "Urologie" not in text(Client().get(sheet_of(hospital)))


def test_114_takes_text_messages_wherever_it_is_named():
    hospital = factories.hospital(factories.institute())
    for address in (sheet_of(hospital), hospital["en"].url):
        links = [link["href"] for link in soup(Client().get(address)).select("a[href$=':114']")]
        assert links and set(links) == {"sms:114"}
