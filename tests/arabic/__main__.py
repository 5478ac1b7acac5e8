"""Puts Arabic pages into the database that the settings name, and makes sure of what needs no browser.

`python -m tests.arabic PORT`, in a process of its own: languages are settings. Prints the addresses to look at.
"""

import json
import os
import sys
from datetime import timedelta
from types import SimpleNamespace

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.arabic.settings")
django.setup()

import time_machine
from django.core import mail
from django.test import Client
from django.test.utils import setup_test_environment
from django.utils import timezone
from wagtail.models import Locale, Page, Site

from departments.models import ContactLine, DepartmentPage, DirectoryPage, HospitalPage
from donations import emails
from donations.models import DonationPage, Mail
from institutes.models import InstitutePage
from portal import bootstrapping, translation_state
from portal.models import ContactField, ContactMessage, ContactPage, HomePage, PortalSettings, StandardPage, User
from portal.signing_in import second_factor
from tests import factories

# The words of each page, by the slug of its source.
WORDS = {
    "hopital-de-demonstration": {"title": "مستشفى العرض", "summary": "مستشفى غير موجود يبيّن ما يستطيع الموقع فعله."},
    "oncologie-medicale": {"title": "طب الأورام", "introduction": "<p>نستقبلكم كل يوم من أيام الأسبوع.</p>"},
    "deux-rivieres": {"title": "مستشفى النهرين"},
    "faire-un-don": {"title": "تبرعوا", "summary": "كل تبرع يساعد المرضى."},
    "contact": {"title": "اكتبوا إلينا"},
    "annuaire": {"title": "دليل الهاتف"},
    "accessibilite": {"title": "إمكانية الوصول", "introduction": "<p>نريد أن يقرأ الجميع هذا الموقع.</p>"},
}


def page(model: type[Page], slug: str) -> Page:
    """The page with that slug of the fictional institute, else of the portal."""
    pages = model.objects.filter(locale__language_code="fr", slug=slug)
    return pages.filter(url_path__contains="/hopital-de-demonstration/").first() or pages.order_by("depth").first()


def translate(source: Page) -> Page:
    """An Arabic page as an editor makes it: begun from the source, other words, published."""
    made = source.copy_for_translation(Locale.objects.get(language_code="ar"), copy_parents=False)
    for name, words in WORDS[source.slug].items():
        setattr(made, name, words)
    made.save_revision().publish()
    return type(source).objects.get(pk=made.pk)


def main(port: int) -> dict[str, str]:
    Site.objects.update(hostname="127.0.0.1", port=port)
    bootstrapping.bootstrap("127.0.0.1", port, lambda line: None)
    home = HomePage.objects.get(locale__language_code="ar")
    assert home.live and home.title == "العربية"
    home.title = "الصفحة الرئيسية"
    home.save_revision().publish()
    models = {
        "hopital-de-demonstration": InstitutePage,
        "deux-rivieres": HospitalPage,
        "oncologie-medicale": DepartmentPage,
        "faire-un-don": DonationPage,
        "contact": ContactPage,
        "annuaire": DirectoryPage,
        "accessibilite": StandardPage,
    }
    # No page is public in a language in which a line for emergencies has no instruction.
    for line in ContactLine.objects.filter(purpose__startswith="emergency"):
        line.instruction = line.instruction.data | {"ar": "عند الخطر اتصلوا أولاً بالرقم 15."}
        line.save()
    made = {slug: translate(page(model, slug)) for slug, model in models.items()}
    at = {slug: one.get_url() for slug, one in made.items()} | {"home": "/ar/"}
    untranslated = page(DepartmentPage, "dermatologie")
    at["untranslated"] = f"{at['hopital-de-demonstration']}{untranslated.slug}/"
    client = Client(HTTP_HOST="127.0.0.1")
    pages_are_there(client, at)
    machines_know_them(client, at)
    forms_work(client, made, at)
    staff_write_three(client, made)
    return at


def pages_are_there(client: Client, at: dict[str, str]) -> None:
    for name, address in at.items():
        response = client.get(address)
        words = response.content.decode()
        assert response.status_code == 200, (name, address, response.status_code)
        assert address.startswith("/ar/") and response.headers["Content-Language"] == "ar", address
        assert '<html lang="ar" dir="rtl">' in words, name
        for code in ("fr", "en"):
            assert f'lang="{code}" hreflang="{code}" rel="alternate"' in words, (name, code)
    words = client.get(at["untranslated"]).content.decode()
    assert '<h1 lang="fr" dir="ltr">Dermatologie</h1>' in words
    assert 'lang="ar" hreflang="ar"' in client.get("/fr/").content.decode()
    assert client.get("/ar/nowhere/").status_code == 404
    assert '<html lang="ar" dir="rtl">' in client.get("/ar/nowhere/").content.decode()


def machines_know_them(client: Client, at: dict[str, str]) -> None:
    PortalSettings.objects.update(open_to_search_engines=True)
    site_map = client.get("/sitemap.xml").content.decode()
    assert 'hreflang="ar"' in site_map and at["accessibilite"] in site_map and at["untranslated"] not in site_map
    PortalSettings.objects.update(open_to_search_engines=False)
    # The address of the search has no Arabic name: it falls back to that of the source language.
    assert "إمكانية الوصول" in client.get("/ar/recherche/", {"q": "الوصول"}).content.decode()
    assert "طب الأورام" in client.get(at["annuaire"], {"q": "الأورام"}).content.decode()
    found = client.get(at["annuaire"], {"q": "dermatologie"}).content.decode()
    assert f'<a href="{at["untranslated"]}" lang="fr" dir="ltr">Dermatologie</a>' in found, "until it is translated"
    department = DepartmentPage.objects.get(locale__language_code="ar")
    line = ContactLine.objects.of(department.source).first()
    assert line.phone.href in client.get(at["oncologie-medicale"]).content.decode(), "facts are there at once"


def forms_work(client: Client, made: dict[str, Page], at: dict[str, str]) -> None:
    """Words of the interface that nobody has translated stop neither a form nor an e-mail."""
    contact = made["contact"]
    token = client.get(at["contact"]).context["token"]
    form = {field.clean_name: _answer(field) for field in contact.form_fields.all()} | {"token": token}
    with time_machine.travel(timezone.now() + timedelta(minutes=2)):
        response = client.post(f"/ar/-/contact/{contact.pk}/", form)
    assert response.status_code == 303, response.content.decode()[:2000]
    assert ContactMessage.objects.filter(page=contact).exists()
    assert mail.outbox[-1].subject.endswith(contact.title)
    giving = client.get(at["faire-un-don"])
    assert giving.status_code == 200
    assert "<form" in giving.content.decode()
    gift = factories.gift(language="ar", page=made["faire-un-don"])
    for kind in ("processing", "failed", "thanks"):
        letter = emails.compose(Mail(kind=kind, object_key=str(gift.pk), donation=gift))
        assert letter is None or letter.extra_headers["Content-Language"] == "ar", kind


def _answer(field: ContactField) -> str:
    if field.field_type in ("dropdown", "radio"):
        return field.choices.replace("\n", ",").split(",")[0].strip()
    return {"email": "visitor@example.org", "checkbox": "on"}.get(field.field_type, "نص")


def staff_write_three(client: Client, made: dict[str, Page]) -> None:
    user = User.objects.create_superuser("arabic", "arabic@example.org", "a-long-test-password")
    client.force_login(user)
    session = client.session
    second_factor.mark_shown(SimpleNamespace(session=session), user)
    session.save()
    line = ContactLine.objects.of(made["oncologie-medicale"].source).first()
    words = client.get(f"/admin/facts/departments/contactline/{line.pk}/").content.decode()
    assert words.count("العربية") >= 1, "wording has an input for each language"
    states = translation_state.states_of([made["accessibilite"].source])[made["accessibilite"].source.pk]
    assert [(one.language, str(one.state)) for one in states] == [("en", "translated"), ("ar", "translated")]
    other = page(DepartmentPage, "dermatologie")
    assert [str(one.state) for one in translation_state.states_of([other])[other.pk]] == ["translated", "missing"]
    beside = client.get(f"/admin/side-by-side/{made['accessibilite'].pk}/").content.decode()
    assert 'class="beside-source__own" lang="ar" dir="rtl"' in beside


setup_test_environment()
print(json.dumps(main(int(sys.argv[1]))))
