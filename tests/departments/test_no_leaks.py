"""One rule for every output that patients read: no number of another audience, of another day, archived or hidden.

A new output is one line in OUTPUTS: its name, and what gives its whole text for the pages that `Planted` holds.
"""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from io import StringIO
from pathlib import Path

import pytest
import time_machine
from django.core.management import call_command
from django.test import Client
from wagtail.models import Page, PageViewRestriction, Site

from departments.finder import Reason
from departments.models import ContactLine, FinderPage
from departments.uses import embed
from portal.models import PortalSettings
from tests import factories

pytestmark = pytest.mark.django_db


@dataclass
class Planted:
    """An institute with a hospital and a department that have lines of every kind; `hidden` is not public."""

    institute: factories.Pages
    hospital: factories.Pages
    department: factories.Pages
    hidden: factories.Pages


SHOWN = {"the hospital's": "+33199003000", "the department's": "+33199003001"}
FORBIDDEN = {
    "for professionals": "+33199004001",
    "for the press": "+33199004002",
    "for donors": "+33199004003",
    "for referring doctors": "+33199004004",
    "a switchboard for professionals": "+33199004005",
    "archived": "+33199004006",
    "ended yesterday": "+33199004007",
    "begins tomorrow": "+33199004008",
    "of a page that is no longer live": "+33199004009",
    "of a restricted page": "+33199004010",
    "that replaces, for professionals": "+33199004011",
    "that replaces, ended": "+33199004012",
    "out of hours, for professionals": "+33199004013",
    "out of hours, archived": "+33199004014",
}
YESTERDAY, TODAY, TOMORROW = date(2030, 6, 3), datetime(2030, 6, 4, 10, tzinfo=UTC), date(2030, 6, 5)


def plant() -> Planted:
    institute = factories.institute("Maison des fuites")
    hospital = factories.hospital(institute, "Hôpital étanche", switchboard=SHOWN["the hospital's"])
    department = factories.department(institute, "Étanchéité", at=hospital, number=SHOWN["the department's"])
    gone = factories.department(institute, "Étanchéité disparue", at=hospital)
    hidden = factories.department(institute, "Étanchéité réservée", at=hospital)

    def line(what, of=department, **fields):
        return factories.line(of, FORBIDDEN[what], **fields)

    for of in (department, hospital):
        line("for professionals", of, audience="professionals")
        line("for the press", of, audience="press")
        line("for donors", of, audience="donors")
        line("for referring doctors", of, purpose="referring_doctors")
        line("a switchboard for professionals", of, purpose="switchboard", audience="professionals")
        line("ended yesterday", of, valid_until=YESTERDAY)
        line("begins tomorrow", of, valid_from=TOMORROW)
        line("archived", of)
        line("out of hours, archived", of)
        ContactLine.objects.filter(
            page=of["fr"], number__in=[FORBIDDEN["archived"], FORBIDDEN["out of hours, archived"]]
        ).update(archived_at=TODAY)
    unpublished = line("of a page that is no longer live", gone)
    restricted = line("of a restricted page", hidden)
    for page in gone.values():
        Page.objects.get(pk=page.pk).specific.unpublish()
    for page in hidden.values():
        PageViewRestriction.objects.create(page=page, restriction_type="login")
    new = line("that replaces, for professionals", audience="professionals")
    ended = line("that replaces, ended", valid_until=YESTERDAY)
    night = line("out of hours, for professionals", audience="professionals")
    closed = ContactLine.objects.get(page=department["fr"], number=FORBIDDEN["out of hours, archived"])
    coming = ContactLine.objects.get(page=department["fr"], number=FORBIDDEN["begins tomorrow"])
    forbidden = (new, ended, night, closed, coming, unpublished, restricted)
    for number, other in enumerate(forbidden):
        factories.line(department, f"01 99 00 30 1{number}", replaced_by=other)
        factories.line(department, f"01 99 00 30 2{number}", out_of_hours=other)
        # A chain does not lead past what is hidden, nor out of it.
        step = factories.line(department, f"01 99 00 30 3{number}", out_of_hours=other, replaced_by=other)
        factories.line(department, f"01 99 00 30 4{number}", replaced_by=step)
    texts = "".join(f"<p>{embed(line.uuid)}</p>" for line in forbidden)
    for page in department.values():
        page.introduction = texts
        page.save_revision().publish()
    settings = PortalSettings.for_site(Site.objects.get(is_default_site=True))
    settings.open_to_search_engines = True
    settings.save()
    return Planted(institute, hospital, department, hidden)


def read(*paths: str) -> str:
    """The bytes of all these addresses as one text; each must be there."""
    found = []
    for path in paths:
        response = Client().get(path, follow=True)
        assert response.status_code == 200, path
        found.append(b"".join(response) if response.streaming else response.content)
    return b"\n".join(found).decode()


def pages(of: factories.Pages) -> list[str]:
    return [page.url for page in of.values()]


def every_page_of(address: str, following: Callable[[dict], str | None]) -> str:
    """A list over all its pages."""
    found, next_address = [], address
    while next_address:
        response = Client().get(next_address)
        assert response.status_code == 200, next_address
        found.append(response.content.decode())
        next_address = following(response.json())
    return "\n".join(found)


def api(name: str, **parameters: str) -> str:
    query = "&".join(f"{name}={value}" for name, value in {"limit": "200", **parameters}.items())
    return every_page_of(f"/api/v1/{name}/?{query}", lambda answer: answer["next"])


def fhir(kind: str) -> str:
    def following(bundle):
        return next((link["url"] for link in bundle["link"] if link["relation"] == "next"), None)

    return every_page_of(f"/fhir/R4/{kind}?_count=100", following)


def searches() -> list[str]:
    words = ["étanchéité", "0199003001", "maison des fuites"]
    words += [number.replace("+33", "0") for number in FORBIDDEN.values()]
    addresses = ["/fr/annuaire/?q={}", "/en/directory/?q={}", "/fr/recherche/?q={}", "/en/search/?q={}"]
    return [address.format(word) for address in addresses for word in words]


def taken_away(address: str, at: Planted, of_hospital: bool = False) -> list[str]:
    """An address below `-/` for the hospital and, unless that has none, for the department, in both languages."""
    found = [at.hospital] if of_hospital else [at.hospital, at.department]
    return [f"/{code}/-/" + address.format(of["fr"].translation_key) for of in found for code in ("fr", "en")]


def cards_of_lines(at: Planted) -> list[str]:
    """Of every line of the department that patients see; of the others there is none."""
    shown = set(ContactLine.objects.for_patients().filter(page=at.department["fr"]).values_list("uuid", flat=True))
    for key in set(ContactLine.objects.filter(page=at.department["fr"]).values_list("uuid", flat=True)) - shown:
        assert Client().get(f"/fr/-/card/line/{key}.vcf").status_code == 404
    return [f"/fr/-/card/line/{key}.vcf" for key in shown]


def finder_answers(at: Planted) -> list[str]:
    """The answer to every reason, for the hospital and for the department there."""
    addresses = []
    for page in FinderPage.objects.live().select_related("locale"):
        hospital, department = at.hospital[page.language].slug, at.department[page.language].slug
        for reason in Reason:
            asked = f"{page.url}?reason={reason}&hospital={hospital}"
            addresses += [asked, f"{asked}&department={department}"]
    return addresses


def contact_book() -> str:
    """Every file of the folder that is served when everything else is down."""
    with tempfile.TemporaryDirectory() as folder:
        call_command("contact_book", f"{folder}/book", stdout=StringIO(), stderr=StringIO())
        return "\n".join(
            file.read_text() for file in Path(folder).rglob("*") if file.suffix in {".html", ".json", ".vcf"}
        )


def unfolded(cards: str) -> str:
    """vCards with their long lines in one piece again (RFC 6350, 3.2)."""
    return cards.replace("\r\n ", "")


# Which numbers for patients an output holds at least: so that it does not pass by being empty.
BOTH, THE_DEPARTMENTS, NONE = tuple(SHOWN), ("the department's",), ()
OUTPUTS: dict[str, tuple[Callable[[Planted], str], tuple[str, ...]]] = {
    "the page of the department, with its JSON-LD": (lambda at: read(*pages(at.department)), THE_DEPARTMENTS),
    "the page of the hospital, with its JSON-LD": (lambda at: read(*pages(at.hospital)), BOTH),
    "the page of the institute": (lambda at: read(*pages(at.institute)), THE_DEPARTMENTS),
    "the home pages": (lambda at: read("/fr/", "/en/"), NONE),
    "directory and search": (lambda at: read(*searches()), THE_DEPARTMENTS),
    "the site map": (lambda at: read("/sitemap.xml"), NONE),
    "the cards for address books": (lambda at: unfolded(read(*taken_away("card/{}.vcf", at))), BOTH),
    "the cards of single lines": (lambda at: unfolded(read(*cards_of_lines(at))), THE_DEPARTMENTS),
    "the sheet for paper": (lambda at: read(*taken_away("paper/{}/", at, of_hospital=True)), BOTH),
    "which number do I call": (lambda at: read(*finder_answers(at)), THE_DEPARTMENTS),
    "the contact book": (lambda at: contact_book(), BOTH),
    "the API, lines": (lambda at: api("lines"), BOTH),
    "the API, lines in one language": (lambda at: api("lines", language="en"), BOTH),
    "the API, departments": (lambda at: api("departments"), NONE),
    "the API, hospitals": (lambda at: api("hospitals"), NONE),
    "FHIR, services": (lambda at: fhir("HealthcareService"), THE_DEPARTMENTS),
    "FHIR, locations": (lambda at: fhir("Location"), ("the hospital's",)),
    "FHIR, organisations": (lambda at: fhir("Organization"), NONE),
}


def forms(number: str) -> list[str]:
    """What betrays a number: its digits as links, structured data, and readers of both languages write them."""
    national = "0" + number.removeprefix("+33")
    grouped = [national[start : start + 2] for start in range(0, 10, 2)]
    spaces = (" ", "\u00a0", "\u202f", "&nbsp;", ".", "-")
    return [
        number,
        national,
        *(space.join(grouped) for space in spaces),
        *(space.join(grouped)[1:] for space in spaces),
    ]


@pytest.fixture
def planted():
    with time_machine.travel(TODAY):
        yield plant()


def test_no_output_for_patients_holds_a_number_that_they_must_not_see(planted):
    leaks, missing = [], []
    for name, (text_of, shown) in OUTPUTS.items():
        # What was looked for stands in the field of the search again: that is the visitor's own number.
        text = text_of(planted)
        leaks += [f"{name}: {what}" for what, number in FORBIDDEN.items() if holds(text, number, name)]
        missing += [f"{name}: {what}" for what in shown if not holds(text, SHOWN[what], name)]
    assert (leaks, missing) == ([], [])


def holds(text: str, number: str, output: str) -> bool:
    if output == "directory and search":
        return f"tel:{number}" in text
    return any(form in text for form in forms(number))


def test_a_number_is_recognised_in_every_form_in_which_it_may_slip_out():
    assert all(
        any(form in text for form in forms("+33199004001"))
        for text in (
            "tel:+33199004001",
            "01 99 00 40 01",
            "+33\u00a0(0)1\u00a099\u00a000\u00a040\u00a001",
            "01.99.00.40.01",
        )
    )
