"""The steps of the handbook's chapters, one function each. `guide` knows the words of the reader's language.

`visitor` is a browser page of somebody who reads the portal: what a chapter says that visitors see is looked at.
"""

import re
from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

from tests.handbook.guide import Guide

Journey = Callable[[Guide, Page], None]

INSTITUTE = {"fr": "/fr/hopital-de-demonstration/", "en": "/en/demonstration-hospital/"}


def plain(text: str) -> str:
    """`text` with every kind of space as a plain one."""
    return re.sub(r"\s+", " ", text)


def menu(page: Page, name: str) -> Locator:
    return page.get_by_role("navigation", name=re.compile("Menu principal|Main menu")).get_by_role(
        "link", name=name, exact=True
    )


def footer(page: Page) -> Locator:
    return page.get_by_role("navigation", name=re.compile("pied de page|footer", re.IGNORECASE))


def read(visitor: Page, path: str) -> str:
    """What a visitor reads there."""
    visitor.goto(path)
    return plain(visitor.get_by_role("main").inner_text())


def find(guide: Guide, page: Page, title: str) -> None:
    """In a list of pages: look for one of the fictional institute's."""
    field = page.get_by_role("textbox", name=guide.say("Search term"))
    field.fill(title)
    field.press("Enter")
    page.wait_for_url("**/?q=*")
    page.wait_for_load_state()


def row(page: Page, title: str) -> Locator:
    rows = page.get_by_role("row").filter(has_text=re.compile("Hôpital de démonstration|Demonstration hospital"))
    return rows.get_by_role("link", name=title, exact=True).first


def telephone_number(guide: Guide, visitor: Page) -> None:
    page = guide.enter("camille")
    path = f"{INSTITUTE['fr']}urologie/"
    assert "01 99 00 12 01" in read(visitor, path)

    guide.step(1)
    entry = menu(page, guide.label("Departments"))
    entry.click()
    page.wait_for_url("**/admin/departments/")
    find(guide, page, "Urologie")
    guide.picture(page, page.locator("body"), press=(entry, row(page, "Urologie")), height=420)
    guide.step(2)
    row(page, "Urologie").click()
    page.wait_for_url("**/edit/")
    lines = page.get_by_role("region", name=guide.label("Contact lines"))
    number = lines.get_by_role("link", name=re.compile("12.01")).first
    guide.picture(page, lines, press=number)
    number.click()
    page.wait_for_url("**/contactline/*/")

    guide.step(3)
    page.get_by_role("textbox", name=guide.label("telephone number")).fill("01 99 00 12 77")
    guide.step(4)
    save = page.get_by_role("button", name=guide.label("Save and show to visitors"))
    guide.picture(page, page.locator("#main"), press=save)
    save.click()
    page.wait_for_url("**/edit/")
    expect(page.get_by_role("status").get_by_text(re.compile("12.77"))).to_be_visible()
    assert "01 99 00 12 77" in read(visitor, path)
    assert "+33 (0)1 99 00 12 77" in read(visitor, f"{INSTITUTE['en']}urology/")

    guide.step(5)
    history = page.get_by_role("region", name=guide.say("Contact lines")).get_by_role(
        "link", name=guide.starting("History")
    )
    history.filter(has_text=re.compile("12.77")).click()
    page.wait_for_url("**/history/")
    guide.step(6)
    undo = page.get_by_role("button", name=guide.label("Undo the last change"))
    guide.picture(page, page.locator("#main"), press=undo, height=420)
    undo.click()
    page.wait_for_url("**/edit/")
    assert "01 99 00 12 01" in read(visitor, path)


JOURNEYS: dict[str, Journey] = {
    "telephone-number": telephone_number,
}
