"""A number that goes live with a bundle: planned, submitted, approved and published, by keyboard and for axe."""

import re

from playwright.sync_api import Page

from tests.browser.axe import screen_passes_axe
from tests.browser.test_staff_journeys import INSTITUTE, lines, numbers, open_department


def next_step(page: Page, step: str) -> None:
    with page.expect_navigation():
        page.locator(f"form[action$='/{step}/now/'] button").press("Enter")


def test_a_planned_number_waits_for_its_bundle_and_is_looked_at_afterwards(log_in, visitor):
    path = f"{INSTITUTE['fr']}soins-de-support/"
    visitor_sees = numbers(visitor, path)
    page = log_in("browser-editor")
    page.goto("/admin/bundle/new/")
    page.locator("input[name=name]").fill("Déménagement de lundi")
    screen_passes_axe(page, "#main")
    with page.expect_navigation():
        page.locator("footer button[type=submit], .action-save").last.click()
    bundle = page.url
    page.goto("/admin/")
    open_department(page, "Soins de support")
    lines(page).locator("a[href*='/contactline/']").first.click()
    page.wait_for_url("**/contactline/*/")
    page.locator("a[href$='/plan/']").click()
    page.wait_for_url("**/plan/")
    page.get_by_role("textbox", name="Numéro de téléphone").fill("01 99 00 66 66")
    page.locator("select[name=bundle]").select_option("Déménagement de lundi")
    screen_passes_axe(page, "#main")
    with page.expect_navigation():
        page.locator("button.action-save").last.press("Enter")
    assert page.url == bundle
    screen_passes_axe(page, "#main")
    next_step(page, "submit")
    assert numbers(visitor, path) == visitor_sees

    moderator = log_in("browser-moderator")
    moderator.goto("/admin/bundle/")
    screen_passes_axe(moderator, "#main")
    moderator.get_by_role("link", name=re.compile("Déménagement de lundi")).first.click()
    moderator.wait_for_url("**/inspect/*/")
    screen_passes_axe(moderator, "#main")
    next_step(moderator, "approve")
    assert numbers(visitor, path) == visitor_sees
    next_step(moderator, "publish")
    assert "01 99 00 66 66" in numbers(visitor, path)

    head = log_in("browser-head")
    screen_passes_axe(head, "#fact-changes-content")
    head.goto("/admin/reports/fact-changes/")
    screen_passes_axe(head, "#main")
    row = head.get_by_role("row").filter(has_text="+33199006666").first
    row.get_by_role("checkbox").press("Space")
    with head.expect_navigation():
        head.locator("#main form button").first.press("Enter")
    assert head.get_by_role("row").filter(has_text="+33199006666").count() == 0
