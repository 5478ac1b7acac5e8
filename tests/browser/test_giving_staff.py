"""Finance finds a gift, refunds it with a colleague's approval and takes the list away; its screens pass axe."""

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.axe import screen_passes_axe

GIVING = "/admin/giving/"


def open_first_gift(page: Page, amount: str) -> None:
    row = page.locator("#listing-results tbody tr").filter(has_text=re.compile(amount))
    row.locator("td.title a, a").first.click()
    page.wait_for_url(re.compile(r"/giving/gifts/\d+/$"))


def test_finance_finds_a_gift_refunds_it_with_a_colleague_and_exports_the_list(log_in, tmp_path):
    page = log_in("browser-finance")
    page.goto(f"{GIVING}gifts/")
    page.get_by_role("searchbox").or_(page.locator("input[name=q]")).first.fill("éxemple")
    expect(page).to_have_url(re.compile("q="))
    expect(page.locator("#listing-results")).to_contain_text("Camille Exemple")
    screen_passes_axe(page, "#main")
    open_first_gift(page, r"600\s€")
    screen_passes_axe(page, "#main")
    expect(page.locator("#main")).not_to_contain_text("Camille")
    story = page.url

    # By keyboard alone, and what is wrong is said without losing what was typed.
    page.locator("#main a[href*='/refund/']").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/refund/")
    page.locator("#id_amount").fill("600,01")
    page.locator("#id_reason").fill("Deux fois le même don")
    page.keyboard.press("Enter")
    expect(page.locator("#id_amount")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#id_reason")).to_have_value("Deux fois le même don")
    screen_passes_axe(page, "#main")
    page.locator("#id_amount").fill("600")
    page.keyboard.press("Enter")
    page.wait_for_url(story)
    refund = page.locator("#main a[href*='/giving/refunds/']").first.get_attribute("href")
    page.goto(refund)
    assert page.locator("button[value=approve]").count() == 0
    assert page.locator("button[value=refuse]").count() == 1

    colleague = log_in("browser-colleague")
    expect(colleague.locator("#gifts-to-work-on-section")).to_be_visible()
    colleague.locator("#gifts-to-work-on-section a[href$='/giving/refunds/']").click()
    screen_passes_axe(colleague, "#main")
    colleague.locator(f"a[href='{refund}']").click()
    screen_passes_axe(colleague, "#main")
    colleague.locator("button[value=approve]").press("Enter")
    colleague.wait_for_url("**/giving/refunds/")

    page.goto(story)
    expect(page.locator("#main")).to_contain_text(re.compile("\N{MINUS SIGN}600\\s€"))
    assert page.locator("#main a[href*='/refund/']").count() == 0
    page.goto(f"{GIVING}gifts/?state=refunded")
    with page.expect_download() as download:
        page.evaluate("location.href = location.pathname + location.search + '&export=csv'")
    file = tmp_path / "gifts.csv"
    download.value.save_as(file)
    _header, gift = Path(file).read_text().splitlines()
    assert "600.00,0.00,EUR" in gift
    assert "@" not in gift
    page.goto(f"{GIVING}looks/")
    expect(page.locator("#listing-results")).to_contain_text("state=refunded")


def test_every_screen_of_giving_passes_axe_and_fits_a_small_screen(log_in):
    page = log_in("browser-finance")
    page.goto(f"{GIVING}monthly/")
    pledge = page.locator("#listing-results tbody a").first.get_attribute("href")
    page.goto("/admin/snippets/donations/fund/")
    edit = page.locator("a[href*='/fund/edit/']").first.get_attribute("href")
    fund = f"{GIVING}funds/{re.search('[0-9]+', edit)[0]}/close/"
    paths = ["monthly/", "cases/", "given-up/", "totals/", "pauses/", "looks/", "gifts/?state=succeeded"]
    page.goto(f"{GIVING}bank/?state=matched")
    line = page.locator("#listing-results tbody a").first.get_attribute("href")
    for path in [*(GIVING + path for path in paths), pledge, f"{pledge}donor/", fund, line]:
        page.goto(path)
        for details in page.locator("details.w-giving-details").all():
            details.evaluate("(found) => found.open = true")
        screen_passes_axe(page, "#main")
        page.set_viewport_size({"width": 360, "height": 740})
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, path
        page.set_viewport_size({"width": 1280, "height": 900})
    page = log_in("browser-fundraiser")
    page.goto(f"{GIVING}letters/")
    screen_passes_axe(page, "#main")
    page.locator("#main a[href*='/letters/']").last.click()
    expect(page.locator("main")).to_contain_text("Famille Exemple")
    screen_passes_axe(page, "main")
    page.set_viewport_size({"width": 360, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
