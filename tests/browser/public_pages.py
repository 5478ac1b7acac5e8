"""Every public page that looks different from the others, by what it is: its address in French and in English."""

import pytest
from playwright.sync_api import Page

PAGES = {
    "home": ("/fr/", "/en/"),
    "institute": ("/fr/hopital-de-demonstration/", "/en/demonstration-hospital/"),
    "institute of facts": ("/fr/iuc/", "/en/iuc/"),
    "hospital": ("/fr/hopital-de-demonstration/deux-rivieres/", "/en/demonstration-hospital/two-rivers/"),
    "hospital on a map": ("/fr/iuc/pitie-salpetriere/", "/en/iuc/pitie-salpetriere/"),
    "department": ("/fr/hopital-de-demonstration/oncologie-medicale/", "/en/demonstration-hospital/medical-oncology/"),
    "department with one number": ("/fr/iuc/pneumologie/", "/en/iuc/pneumology/"),
    "department behind a switchboard": (
        "/fr/hopital-de-demonstration/dermatologie/",
        "/en/demonstration-hospital/dermatology/",
    ),
    "department without number": ("/fr/iuc/oncologie-pediatrique/", "/en/iuc/pediatric-oncology/"),
    "person": ("/fr/iuc/joseph-gligorov/", "/en/iuc/joseph-gligorov/"),
    "directory": ("/fr/annuaire/", "/en/directory/"),
    "directory filtered": ("/fr/annuaire/?q=oncologie&institute=iuc", "/en/directory/?q=oncology&institute=iuc"),
    "finder": ("/fr/quel-numero/", "/en/which-number/"),
    "finder with an answer": (
        "/fr/quel-numero/?reason=symptom&hospital=deux-rivieres&department=oncologie-medicale",
        "/en/which-number/?reason=first-appointment&hospital=two-rivers",
    ),
    "search": ("/fr/recherche/", "/en/search/"),
    "search with results": ("/fr/recherche/?q=oncologie", "/en/search/?q=oncology"),
    "search without results": ("/fr/recherche/?q=xylophone", "/en/search/?q=xylophone"),
    "contact": ("/fr/contact/", "/en/contact/"),
    "contact after sending": ("/fr/contact/?sent=1", "/en/contact/?sent=1"),
    "donation": ("/fr/hopital-de-demonstration/faire-un-don/", "/en/demonstration-hospital/make-a-donation/"),
    "link to a monthly gift": ("/fr/-/giving/monthly/", "/en/-/giving/monthly/"),
    "text": ("/fr/accessibilite/", "/en/accessibility/"),
    "text with a film": ("/fr/film/", "/en/film/"),
    "site map": ("/fr/plan-du-site/", "/en/site-map/"),
    "open data": ("/fr/-/donnees-ouvertes/", "/en/-/open-data/"),
    "not found": ("/fr/nulle-part/", "/en/nowhere/"),
}

every_kind = pytest.mark.parametrize("kind", PAGES)


def make_mistakes(page: Page, path: str) -> None:
    """Send the contact form at `path` with an address that is none and without a message."""
    page.goto(path)
    page.get_by_label("mail", exact=False).fill("camille")
    page.locator("main button[type=submit]").click()
    page.locator(".error-summary").wait_for()
