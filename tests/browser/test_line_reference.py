"""A line is named in a text by keyboard alone; one edit of the line then changes every text, in every language."""

import re

from playwright.sync_api import Page, expect

from tests.browser.axe import screen_passes_axe
from tests.browser.test_admin_screens import edit_address
from tests.browser.test_staff_journeys import INSTITUTE, change_number, publish_alone, words

FRENCH, ENGLISH = f"{INSTITUTE['fr']}pneumologie/", f"{INSTITUTE['en']}pneumology/"


def open_the_list(page: Page) -> None:
    page.keyboard.type("/num")
    command = page.locator("[role=option]").filter(has_text=re.compile("Numéro d’une ligne|Number of a line"))
    expect(command).to_be_visible()
    for _press in range(5):
        if command.get_attribute("aria-selected") == "true":
            break
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")


def name_a_line(page: Page, before: str, department: str, number: str, after: str) -> None:
    """In an empty text: type, open the list of lines by the editor's own command, search, choose, go on typing."""
    text = page.locator("[data-contentpath=treats] [contenteditable=true]").first
    text.focus()
    page.keyboard.type(f"{before} ")
    open_the_list(page)
    window = page.locator(".modal-content")
    search = window.get_by_role("searchbox")
    # The window fades in and takes the focus when it has; from there the field is a few steps away.
    expect(page.locator(".modal")).to_be_focused()
    for _step in range(3):
        page.keyboard.press("Tab")
        if search.evaluate("(field) => field === document.activeElement"):
            break
    page.keyboard.type(department)
    expect(search).to_have_value(department)
    choice = window.get_by_role("link", name=re.compile(number))
    expect(choice).to_have_count(1)
    screen_passes_axe(page, ".modal-content")
    choice.focus()
    page.keyboard.press("Enter")
    expect(window).to_have_count(0)
    expect(text).to_contain_text(re.compile(number))
    page.keyboard.type(after)
    # The editor hands its words to the form a moment later.
    expect(page.locator("input[name=treats]")).to_have_value(re.compile(re.escape(after)))


def test_a_line_named_by_keyboard_in_two_languages_is_read_with_its_number_of_today(log_in, visitor):
    page = log_in("browser-head")
    number = r"01\s99\s00\s11\s01"
    for path in (FRENCH, ENGLISH):
        page.goto(edit_address(page, path))
        name_a_line(page, "Appelez le", "Pneumologie", number, ", puis venez.")
        publish_alone(page)
    assert "Appelez le 01 99 00 11 01, puis venez." in words(visitor, FRENCH)
    assert "Appelez le +33 (0)1 99 00 11 01, puis venez." in words(visitor, ENGLISH)

    page.goto(edit_address(page, FRENCH))
    change_number(page, "01 99 00 11 01", "01 99 00 11 77")
    assert "Appelez le 01 99 00 11 77, puis venez." in words(visitor, FRENCH)
    assert "Appelez le +33 (0)1 99 00 11 77, puis venez." in words(visitor, ENGLISH)
    assert visitor.locator(".rich-text a[href='tel:+33199001177']").count() == 1

    # The editor shows the new number too, and the line says where it is used and stays while it is.
    page.goto(edit_address(page, FRENCH))
    expect(page.locator("[data-contentpath=treats]")).to_contain_text(re.compile(r"01\s99\s00\s11\s77 \(Pneumologie\)"))
    page.get_by_role("link", name="01 99 00 11 77").first.click()
    page.wait_for_url("**/contactline/*/")
    expect(page.locator("#used-by").get_by_role("link")).to_have_count(2)
    screen_passes_axe(page, "#main")
    page.get_by_role("link", name="Retirer de la page").click()
    expect(page.locator(".w-uses").get_by_role("link")).to_have_count(2)
    expect(page.locator("button.serious")).to_have_count(0)
    assert "01 99 00 11 77" in words(visitor, FRENCH)


def test_a_typed_number_is_replaced_from_the_report(log_in, visitor):
    page = log_in("browser-head")
    path = f"{INSTITUTE['fr']}imagerie-medicale/"
    page.goto(edit_address(page, path))
    page.locator("[data-contentpath=how_to_come] [contenteditable=true]").first.focus()
    page.keyboard.type("Perdu ? Le 01 99 00 14 01 vous guide.")
    expect(page.locator("input[name=how_to_come]")).to_have_value(re.compile("vous guide"))
    publish_alone(page)

    page.goto("/admin/reports/numbers-in-texts/?language=fr")
    row = page.get_by_role("row").filter(has_text="vous guide")
    screen_passes_axe(page, "#main")
    row.get_by_role("link", name=re.compile("^(Remplacer par un renvoi|Replace by a reference)")).click()
    expect(page.locator("ins")).to_contain_text("Imagerie médicale")
    screen_passes_axe(page, "#main")
    page.get_by_role("button", name=re.compile("^(Remplacer|Replace)$")).click()
    page.wait_for_url("**/numbers-in-texts/")
    expect(page.get_by_role("row").filter(has_text="vous guide")).to_have_count(0)
    assert "Perdu ? Le 01 99 00 14 01 vous guide." in words(visitor, path)
    assert visitor.locator("main .panel a[href='tel:+33199001401']").count() == 1


def test_a_list_of_lines_that_cannot_be_loaded_says_so_in_its_window(log_in):
    page = log_in("browser-moderator")
    page.goto(edit_address(page, FRENCH))
    page.route("**/lines/choose/results/**", lambda route: route.fulfill(status=500, body=""))
    page.locator("[data-contentpath=treats] [contenteditable=true]").first.focus()
    page.keyboard.type("Appelez le ")
    open_the_list(page)
    page.locator(".modal-content").get_by_role("searchbox").fill("Pneumologie")
    expect(page.locator(".modal-content").get_by_role("alert")).to_contain_text(re.compile("try again|réessayez"))
