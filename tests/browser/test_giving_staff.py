"""Finance finds a gift, refunds it with a colleague's approval and takes the list away; its screens pass axe."""

import re
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from tests.browser.axe import SETTLED, screen_passes_axe

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
    open_first_gift(page, r"600,00\s€")
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
    colleague.wait_for_url("**/giving/refunds/")
    screen_passes_axe(colleague, "#main")
    colleague.locator(f"a[href='{refund}']").click()
    colleague.wait_for_url(f"**{refund}")
    screen_passes_axe(colleague, "#main")
    colleague.locator("button[value=approve]").press("Enter")
    colleague.wait_for_url("**/giving/refunds/")

    page.goto(story)
    expect(page.locator("#main")).to_contain_text(re.compile("\N{MINUS SIGN}600,00\\s€"))
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


def test_finance_matches_transfers_closes_a_payout_and_takes_it_away_by_keyboard_in_french(log_in, tmp_path):
    page = log_in("browser-finance")
    page.goto(f"{GIVING}gifts/?state=awaited")
    announced = page.locator("#listing-results tbody tr")
    by_reference = reference_of(announced.filter(has_text=re.compile(r"\b75,00\s€")))
    by_hand = reference_of(announced.filter(has_text=re.compile(r"\b45,00\s€")))

    # One transfer quotes its reference; the other nothing but the amount; the third line is no gift.
    file = tmp_path / "banque.csv"
    lines = [f"20/11/2026;VIR CAMILLE {by_reference};75,00", "20/11/2026;VIR MERCI;45,00", "21/11/2026;FRAIS;-3,00"]
    file.write_text("Date opération;Libellé;Montant\n" + "\n".join(lines), encoding="cp1252")
    page.goto(f"{GIVING}bank/")
    press(page, page.get_by_role("link", name="Lire un fichier de la banque"))
    page.wait_for_url("**/bank/file/")
    page.locator("#id_issuer").select_option(label="Fondation de l’Hôpital de démonstration (fictive)")
    page.locator("#id_file").set_input_files(file)
    press(page, page.get_by_role("button", name="Lire le fichier"))
    keep = page.get_by_role("button", name="Garder ces lignes")
    expect(page.locator("#main")).to_contain_text("2 crédits")
    looks_well(page)
    press(page, keep)
    page.wait_for_url("**/giving/bank/")
    expect(page.locator("#listing-results tbody tr")).to_have_count(3)  # with one that was matched before
    page.goto(f"{GIVING}bank/sure/")
    press(page, page.locator("#main form button"))
    page.wait_for_url("**/giving/bank/")
    rows = page.locator("#listing-results tbody tr")
    expect(rows.filter(has_text="CAMILLE")).to_contain_text(by_reference)
    looks_well(page)
    press(page, rows.filter(has_text="MERCI").locator("a").first)
    page.wait_for_url(re.compile(r"/bank/\d+/$"))
    looks_well(page)
    press(page, page.get_by_role("button", name=by_hand))
    page.wait_for_url("**/giving/bank/")
    expect(rows.filter(has_text="MERCI")).to_contain_text(by_hand)
    page.goto(f"{GIVING}gifts/?state=awaited")
    expect(page.locator("#listing-results tbody")).not_to_contain_text(by_hand)

    page.goto(f"{GIVING}payouts/?state=open")
    looks_well(page)
    press(page, page.locator("#listing-results tbody a").first)
    page.wait_for_url(re.compile(r"/payouts/\d+/$"))
    screen = page.locator("#main")
    expect(screen).to_contain_text(re.compile(r"80,50\s€"))
    expect(screen.get_by_role("row", name="Écart")).to_contain_text(re.compile(r"Écart\s*0,00\s€"))
    looks_well(page)
    press(page, page.get_by_role("button", name="Clôturer le virement"))
    expect(screen.get_by_role("button", name="Clôturer le virement")).to_have_count(0)
    expect(screen).to_contain_text("browser-finance")
    with page.expect_download() as download:
        press(page, page.get_by_role("link", name="CSV"))
    download.value.save_as(tmp_path / "payout.csv")
    _header, line = (tmp_path / "payout.csv").read_text(encoding="utf-8-sig").splitlines()
    assert "80,50" in line
    assert "@" not in line


def reference_of(row: Locator) -> str:
    return row.locator("a").first.inner_text().strip()


def press(page: Page, of: Locator) -> None:
    """Without a pointer."""
    of.focus()
    page.keyboard.press("Enter")


# Cells that stick out of the window with nothing around them that scrolls.
CUT_OFF = """() => [...document.querySelectorAll("#main :is(td, th)")].filter((cell) => {
  if (cell.getBoundingClientRect().right <= innerWidth + 1) return false;
  for (let around = cell.parentElement; around.id !== "main"; around = around.parentElement)
    if (["auto", "scroll"].includes(getComputedStyle(around).overflowX)) return false;
  return true;
}).map((cell) => cell.innerText)"""


def looks_well(page: Page) -> None:
    """The screen passes axe, in the dark too, and everything on it can be reached on a phone."""
    for details in page.locator("details.w-giving-details").all():
        details.evaluate("(found) => found.open = true")
    # Lists are all of the same colours: the bank's and the payouts' stand for them.
    if not page.locator("#listing-results").count() or re.search("/(bank|payouts)/", page.url):
        screen_passes_axe(page, "#main", "dark")
    screen_passes_axe(page, "#main")
    page.set_viewport_size({"width": 360, "height": 740})
    page.evaluate(SETTLED)  # the menu slides away
    assert page.evaluate("document.documentElement.scrollWidth") <= 360, page.url
    assert page.evaluate(CUT_OFF) == [], page.url
    page.set_viewport_size({"width": 1280, "height": 900})


# On which screens a link leads to another that is to be looked at, and which link.
LEADS_ON = {
    r"/giving/monthly/$": "#listing-results tbody a",
    r"/giving/monthly/\d+/$": "#main a[href$='/donor/']",
    r"/monthly/\d+/donor/$": "#main a[href*='/data/']",
    r"/giving/bank/\?state=matched$": "#listing-results tbody a",
    r"/admin/receipts/$": "#listing-results tbody a",
    r"/donations/fund/$": "a[href*='/fund/edit/']",
}
TO_CLOSE = re.compile(r"^.*/fund/edit/(\d+)/$")


def test_every_screen_of_giving_passes_axe_and_fits_a_small_screen(log_in):
    page = log_in("browser-finance")
    names = ["monthly", "cases", "given-up", "totals", "pauses", "looks", "gifts", "at-work"]
    paths = [f"{GIVING}{name}/" for name in [*names, "bank/file", "bank/cheque"]]
    paths += [f"{GIVING}bank/?state=matched", "/admin/receipts/", "/admin/receipts/missing/"]
    paths += ["/admin/snippets/donations/fund/", "/admin/snippets/donations/issuer/"]
    for path in paths:  # it grows
        page.goto(path)
        expect(page).to_have_url(re.compile(f"{re.escape(path)}$"))
        for of, link in LEADS_ON.items():
            if re.search(of, path):
                href = page.locator(link).first.get_attribute("href")
                paths.append(TO_CLOSE.sub(rf"{GIVING}funds/\1/close/", href))
        looks_well(page)
    assert len(paths) == len(names) + 7 + len(LEADS_ON)
    page = log_in("browser-fundraiser")
    page.goto(f"{GIVING}letters/")
    screen_passes_axe(page, "#main")
    page.locator("#main a[href*='/letters/']").last.click()
    expect(page.locator("main")).to_contain_text("Famille Exemple")
    screen_passes_axe(page, "main")
    page.set_viewport_size({"width": 360, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
