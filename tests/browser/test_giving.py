"""A donor's way through the form, the payment page and back: by pointer, by keyboard, without scripts, on a phone."""

import gzip
import subprocess
import sys

from playwright.sync_api import Page, Response, expect

from tests.browser.axe import SCHEMES, passes_axe
from tests.browser.test_accessibility import is_easy_to_press, stands_on_its_skeleton
from tests.browser.test_layout import does_not_scroll_sideways
from tests.browser.test_visitor_journeys import tab_to
from tests.databases import ROOT

FRENCH, ENGLISH = "/fr/hopital-de-demonstration/faire-un-don/", "/en/demonstration-hospital/make-a-donation/"
PHONE = {"width": 360, "height": 740}
HEAVIEST = 50_000  # bytes that a form's page costs, all in all


def fill_in(page: Page, path: str = ENGLISH) -> None:
    page.goto(path)
    page.locator("[name=email]").fill("camille@example.org")


def go_on(page: Page, to: str = "**/-/sandbox/**") -> None:
    page.locator(".giving .button--give").click()
    page.wait_for_url(to)


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
    go_on(visitor)
    expect(visitor.get_by_text("no money moves").first).to_be_visible()
    passes_axe(visitor, "sandbox", SCHEMES[:1])
    visitor.get_by_role("button", name="Pay by card").click()
    visitor.wait_for_url("**/-/giving/**")
    expect(heading(visitor)).to_have_text("Thank you: your gift has arrived")
    passes_axe(visitor, "gift", SCHEMES[:1])


def test_a_monthly_gift_in_memory_of_somebody_by_keyboard_in_french(visitor):
    visitor.goto(FRENCH)
    expect(visitor.locator("[name=preset_monthly]").first).to_be_hidden()
    tab_to(visitor, "[name=frequency][value=once]")
    visitor.keyboard.press("ArrowDown")
    expect(visitor.locator("[name=preset_monthly]").first).to_be_visible()
    expect(visitor.locator("[name=preset_once]").first).to_be_hidden()
    tab_to(visitor, "[name=other]")
    visitor.keyboard.type("15")
    expect(visitor.locator("[data-gift]")).to_contain_text("180")  # in a year
    tab_to(visitor, ".giving__dedication summary")
    visitor.keyboard.press("Enter")
    tab_to(visitor, "[name=tribute]")
    visitor.keyboard.press("ArrowDown")
    tab_to(visitor, "[name=person]")
    visitor.keyboard.type("Jo Exemple")
    tab_to(visitor, "[name=email]")
    visitor.keyboard.type("camille@example.org")
    if visitor.locator("[name=receipt]").count():
        tab_to(visitor, "[name=receipt]")
        visitor.keyboard.press("Space")
    tab_to(visitor, ".giving .button--give")
    visitor.keyboard.press("Enter")
    visitor.wait_for_url("**/-/sandbox/**")
    tab_to(visitor, "button[value=debit]")
    visitor.keyboard.press("Enter")
    visitor.wait_for_url("**/-/giving/**")
    expect(visitor.locator(".facts")).to_contain_text("15")


def test_a_declined_card_then_another_on_a_phone_without_scripts(make_context):
    page = make_context(java_script_enabled=False, viewport=PHONE).new_page()
    fill_in(page)
    page.locator("[name=other]").fill("7,5O")  # a letter for a digit
    page.get_by_role("button", name="Continue").click()
    expect(page.locator(".error-summary")).to_be_visible()
    assert page.title().startswith("Error:")
    page.locator("[name=other]").fill("33,40")
    page.get_by_role("button", name="Work out the total").click()
    expect(page.locator("[data-gift]")).to_have_text("You give €33.40, once.")
    go_on(page)
    page.get_by_role("button", name="declined").click()
    expect(page.get_by_role("alert")).to_contain_text("declined")
    page.get_by_role("button", name="Pay by card").click()
    expect(heading(page)).to_have_text("Thank you: your gift has arrived")


def test_a_card_that_is_declined_then_one_that_is_not_then_a_debit_through_stripe(
    visitor, site, fake_stripe, environment, mailbox
):
    def give(how: str) -> None:
        visitor.get_by_role("button", name=how).click()

    def begin() -> None:
        fill_in(visitor, "/en/demonstration-hospital/pay-by-card/")
        visitor.locator("[name=other]").fill("41")
        go_on(visitor, f"{fake_stripe.address}/pay/**")

    begin()
    give("decline")
    expect(visitor.get_by_text("declined")).to_be_visible()
    give("card")
    expect(heading(visitor)).to_have_text("Thank you: your gift has arrived")
    assert visitor.url.startswith(site)
    begin()
    session = visitor.url.rpartition("/")[2]
    give("debit")
    expect(heading(visitor)).to_have_text("Thank you: your payment is on its way")
    fake_stripe.settle(intent=fake_stripe.get(ref=session)["payment_intent"])
    assert set(fake_stripe.deliver()) == {200}
    # The worker takes in what the door was told; the donor's page is not opened meanwhile.
    subprocess.run([sys.executable, "manage.py", "work_gifts", "--once"], cwd=ROOT, env=environment, check=True)
    thanks = [
        mail
        for mail in mailbox
        if mail["Subject"] == "Thank you for your gift" and "€41" in mail.get_body(("plain",)).get_content()
    ]
    assert len(thanks) == 2
    visitor.reload()
    expect(heading(visitor)).to_have_text("Thank you: your gift has arrived")


def test_the_form_fits_a_phone_in_every_colour_and_costs_little(make_context, site):
    page = make_context(viewport=PHONE).new_page()
    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer))
    page.goto(ENGLISH, wait_until="networkidle")
    assert [answer.url for answer in answers if not answer.url.startswith((site, "data:"))] == []
    # As a web server sends it: texts compressed, the font and pictures as they are. A picture further down waits.
    weights = {answer.url: weight(answer) for answer in answers if answer.url.startswith(site)}
    assert sum(weights.values()) < HEAVIEST, weights
    page.locator(".giving__dedication summary").click()
    for name, value in (("tribute", "memory"), ("letter", "post"), ("kind", "company")):
        page.locator(f"[name={name}][value={value}]").check()
    does_not_scroll_sideways(page)
    passes_axe(page, "giving")
    page.locator(".giving .button--give").click()
    page.locator(".error-summary").wait_for()
    passes_axe(page, "giving with mistakes", SCHEMES[:1])
    does_not_scroll_sideways(page)


def test_the_pages_that_donors_are_sent_to_look_and_read_well_everywhere(visitor, donors_pages):
    for kind, path in donors_pages.items():
        visitor.goto(path)
        stands_on_its_skeleton(visitor, kind, "fr")
        for details in visitor.locator("main details").all():
            details.evaluate("(found) => found.open = true")
        # These have other words than a gift that failed, and the same colours.
        is_seen = kind in ("succeeded", "processing", "open")
        passes_axe(visitor, f"donor’s: {kind}", SCHEMES[:1] if is_seen else SCHEMES)
        for width in (320, 768, 1280):
            visitor.set_viewport_size({"width": width, "height": 740})
            does_not_scroll_sideways(visitor)
            if width == 320:
                is_easy_to_press(visitor)
                assert visitor.evaluate(PEEPING) == [], kind


def test_a_monthly_donor_gives_another_amount_and_stops_by_keyboard(visitor, donors_pages):
    page = visitor
    page.goto(donors_pages["monthly"])
    expect(page.locator(".callout--warning")).to_have_count(2)  # of the sandbox; that the last month failed
    tab_to(page, "[name=amount]")
    page.keyboard.type("0,5")
    page.keyboard.press("Enter")
    expect(page.locator(".error-summary")).to_be_visible()
    expect(page.locator("[name=amount]")).to_have_value("0,5")
    passes_axe(page, "monthly with mistakes", SCHEMES[:1])
    page.locator("[name=amount]").fill("12,50")
    page.keyboard.press("Enter")
    expect(page.locator("aside .facts")).to_contain_text("12,50")
    tab_to(page, "main details summary")
    page.keyboard.press("Enter")
    tab_to(page, "button[value=stop]")
    page.keyboard.press("Enter")
    page.wait_for_url("**done=ended")
    expect(page.locator("button[value=stop]")).to_have_count(0)
    expect(page.locator("aside .facts")).to_contain_text("terminé")


# What is to be out of sight and sticks out at the edge of the window.
PEEPING = """() => [...document.querySelectorAll(".form__trap *")].filter((one) => {
  const box = one.getBoundingClientRect();
  return box.right > 0 && box.left < innerWidth;
}).map((one) => one.outerHTML)"""


def weight(answer: Response) -> int:
    body = answer.body()
    kind = answer.headers.get("content-type", "")
    is_text = kind.startswith(("text/", "application/json")) or "javascript" in kind or "svg" in kind
    return len(gzip.compress(body)) if is_text else len(body)
