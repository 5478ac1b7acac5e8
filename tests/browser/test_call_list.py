"""The switchboard works through its call list by keyboard; a visitor reports a wrong number without JavaScript."""

import re

from playwright.sync_api import Page, expect

from tests.browser.axe import screen_passes_axe
from tests.browser.test_staff_journeys import INSTITUTE, plain

CONFIRMED = re.compile("Confirmed: |Confirmé.: ")


def number(page: Page) -> str:
    return plain(page.locator(".line-to-call__number").inner_text()).strip()


def done(page: Page) -> int:
    return int(page.locator("#progress").get_attribute("value"))


def press_alt(page: Page, figure: str) -> None:
    """Alt and a figure as a keyboard sends them; Playwright’s own press lacks the text that browsers go by."""
    key = {"modifiers": 1, "key": figure, "code": f"Digit{figure}", "windowsVirtualKeyCode": ord(figure)}
    devtools = page.context.new_cdp_session(page)
    devtools.send("Input.dispatchKeyEvent", {"type": "keyDown", "text": figure, "unmodifiedText": figure, **key})
    devtools.send("Input.dispatchKeyEvent", {"type": "keyUp", **key})
    devtools.detach()


def test_the_switchboard_works_through_its_list_by_keyboard(log_in, visitor):
    page = log_in("browser-switchboard")
    page.goto("/admin/lines/calls/")
    expect(page.locator("#line-to-call")).to_be_focused()
    screen_passes_axe(page, "#main")
    start, first = done(page), page.locator("#line-to-call").inner_text()
    assert page.locator(".line-to-call dl svg").count() == 1  # an emergency comes first

    press_alt(page, "1")
    expect(page.locator("#progress")).to_have_attribute("value", str(start + 1))
    expect(page.get_by_text(CONFIRMED).first).to_contain_text(first.split("\n")[0])

    skipped = page.locator("input[name=line]").first.input_value()
    press_alt(page, "4")
    expect(page.locator("input[name=line]").first).not_to_have_value(skipped)
    silent = page.locator("input[name=line]").first.input_value()
    press_alt(page, "3")
    expect(page.locator("input[name=line]").first).not_to_have_value(silent)
    expect(page.locator("#progress")).to_have_attribute("value", str(start + 2))

    line, old = page.locator("input[name=line]").first.input_value(), number(page)
    press_alt(page, "2")
    expect(page.locator("#new-number")).to_be_focused()
    page.keyboard.type("appelez-nous")
    page.keyboard.press("Enter")
    expect(page.locator("#new-number")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#new-number")).to_be_focused()
    expect(page.locator("#new-number")).to_have_value("appelez-nous")
    screen_passes_axe(page, "#main")
    page.locator("#new-number").fill("01.99.00.98.76")
    page.keyboard.press("Enter")
    expect(page.get_by_text(re.compile("01.99.00.98.76")).first).to_be_visible()

    page.goto("/admin/lines/")
    screen_passes_axe(page, "#main")
    page.goto("/admin/lines/?q=0199009876")
    page.get_by_role("link", name=re.compile("01.99.00.98.76")).click()
    page.wait_for_url(f"**/contactline/{line}/")
    page.get_by_role("link", name=re.compile("Historique")).first.click()
    page.wait_for_url("**/history/")
    page.get_by_role("button", name="Annuler la dernière modification").click()
    page.wait_for_url("**/admin/lines/")
    page.goto("/admin/lines/?q=0199009876")
    assert page.get_by_role("link", name=re.compile("01.99.00.98.76")).count() == 0
    assert old.startswith("01 99 00")


def test_a_visitor_reports_a_wrong_number_without_javascript_and_the_switchboard_closes_it(make_context, log_in):
    visitor = make_context(java_script_enabled=False, viewport={"width": 360, "height": 740}).new_page()
    address = f"{INSTITUTE['fr']}urologie/"
    visitor.goto(address)
    button = visitor.locator(".wrong-number button").first
    assert button.bounding_box()["height"] >= 44
    button.click()
    visitor.wait_for_url("**/-/wrong-number/*/?taken")
    assert visitor.context.cookies() == []
    visitor.get_by_role("main").get_by_role("link").last.click()
    visitor.wait_for_url(f"**{address}")

    page = log_in("browser-switchboard")
    page.goto("/admin/lines/reports/")
    screen_passes_axe(page, "#main")
    page.get_by_role("link", name=re.compile("01.99.00.12.0")).first.click()
    expect(page.locator("#outcome-right")).to_be_visible()
    screen_passes_axe(page, "#main")
    page.locator("#outcome-right").check()
    page.locator("#reason").fill("Appelé : le secrétariat répond.")
    page.locator("button[value=close]").click()
    page.wait_for_url("**/admin/lines/reports/")
    assert page.get_by_role("main").get_by_text("Urologie").count() == 0


def test_the_page_that_thanks_passes_axe(visitor):
    visitor.goto(f"{INSTITUTE['en']}urology/")
    visitor.locator(".wrong-number button").first.click()
    visitor.wait_for_url("**/?taken")
    screen_passes_axe(visitor, "body")
