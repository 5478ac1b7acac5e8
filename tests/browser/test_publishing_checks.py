"""What staff are told before a page is public, in the browser: where to mend it, and by keyboard."""

import re

from playwright.sync_api import Page, expect

from tests.browser.axe import screen_passes_axe
from tests.browser.test_staff_journeys import INSTITUTE, open_department, publish_alone, words

NUMBER = "01 99 00 44 44"


def introduction(page: Page):
    return page.locator("[data-contentpath=introduction] [contenteditable=true]")


def write(page: Page, text: str) -> None:
    """Replace the introduction, as somebody types it."""
    introduction(page).click()
    page.keyboard.press("Control+a")
    page.keyboard.press("Delete")
    page.keyboard.press("Backspace")  # an empty heading becomes a paragraph
    page.keyboard.type(text)
    # The editor hands its words to the form a moment after they were typed.
    expect(page.locator("input[name=introduction]")).to_have_value(re.compile(re.escape(text)))


def test_an_error_is_mended_where_it_stands_and_a_warning_is_gone_past_knowingly(log_in, visitor):
    path = f"{INSTITUTE['fr']}pneumologie/"
    page = log_in("browser-head")
    open_department(page, "Pneumologie")
    write(page, "Un titre sans section")
    page.keyboard.press("Control+Alt+3")
    expect(page.locator("input[name=introduction]")).to_have_value(re.compile("header-three"))
    publish_alone(page, refused=True)
    page.wait_for_url(re.compile(r"/edit/\?findings=publish"))
    findings = page.locator(".w-findings")
    expect(findings.get_by_role("heading")).to_be_focused()
    expect(findings.get_by_role("listitem")).to_have_count(1)
    expect(introduction(page)).to_contain_text("Un titre sans section")
    screen_passes_axe(page, ".w-findings")
    screen_passes_axe(page, ".w-findings", "dark")
    expect(page.locator("[data-contentpath=introduction] .error-message")).to_be_visible()
    findings.get_by_role("link").focus()
    page.keyboard.press("Enter")
    expect(introduction(page)).to_be_focused()
    assert "sans section" not in words(visitor, path)

    write(page, f"Appelez le {NUMBER} avant de venir.")
    publish_alone(page, refused=True)
    page.wait_for_url("**/publish-alone/")
    screen_passes_axe(page, "#main")
    expect(page.locator(".w-findings__list")).to_contain_text(NUMBER)
    assert NUMBER not in words(visitor, path)
    page.locator("textarea[name=reason]").fill("Personne d’autre n’est là.")
    page.locator("main form[method=post] button").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/edit/")
    assert NUMBER in words(visitor, path)

    for report in ("content-checks", "external-links"):
        page.goto(f"/admin/reports/{report}/")
        screen_passes_axe(page, "#main")
