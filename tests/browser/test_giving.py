"""A donor's way through the form, the payment page and back: by pointer, by keyboard, without scripts, on a phone."""

from playwright.sync_api import Page, expect

from tests.browser.test_accessibility import passes_axe

FRENCH, ENGLISH = "/fr/hopital-de-demonstration/faire-un-don/", "/en/demonstration-hospital/make-a-donation/"
PHONE = {"width": 360, "height": 740}
HEAVIEST = 50_000  # bytes that a form's page costs, all in all


def fill_in(page: Page, path: str = ENGLISH) -> None:
    page.goto(path)
    page.locator("[name=email]").fill("camille@example.org")


def go_on(page: Page) -> None:
    """Nobody fills in a form within three seconds; the portal takes that for a robot's work."""
    page.wait_for_timeout(3_100)
    page.locator(".giving .button--give").click()
    page.wait_for_url("**/-/sandbox/**")


def heading(page: Page):
    return page.get_by_role("heading", level=1)


def test_a_single_gift_is_restated_while_it_is_chosen_then_paid_and_thanked_for(visitor):
    fill_in(visitor)
    total = visitor.locator("[data-gift]")
    expect(total).to_have_text("You give €50, once.")
    visitor.locator("[name=other]").fill("75,50")
    expect(total).to_have_text("You give €75.50, once.")
    visitor.get_by_text("€25", exact=True).click()
    expect(total).to_have_text("You give €25, once.")
    expect(visitor.locator("[name=other]")).to_have_value("")
    visitor.screenshot(path="/tmp/shots/form-1280.png", full_page=True)
    go_on(visitor)
    expect(visitor.get_by_text("no money moves").first).to_be_visible()
    passes_axe(visitor, "sandbox", ({"color_scheme": "light", "forced_colors": "none"},))
    visitor.screenshot(path="/tmp/shots/sandbox.png", full_page=True)
    visitor.get_by_role("button", name="Pay by card").click()
    visitor.wait_for_url("**/-/giving/**")
    expect(heading(visitor)).to_have_text("Thank you: your gift has arrived")
    passes_axe(visitor, "gift", ({"color_scheme": "light", "forced_colors": "none"},))
    visitor.screenshot(path="/tmp/shots/thanks.png", full_page=True)
