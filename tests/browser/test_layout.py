"""That every page fits every screen, every zoom, larger spacing and a sheet of paper."""

import pytest
from playwright.sync_api import Page

from tests.browser.public_pages import PAGES, make_mistakes

WIDTHS = (320, 360, 768, 1280, 1920)
PHONE = {"width": 360, "height": 740}
A4 = {"width": 794, "height": 1123}  # pixels of the sheet at 96 per inch

TEXT_SPACING = """* {
  line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important;
}
p { margin-block-end: 2em !important; }"""

# Elements, other than those that only screen readers read, whose text does not fit into a box that hides the rest.
CUT_OFF = """() => [...document.querySelectorAll("body *")].filter((element) => {
  const style = getComputedStyle(element);
  const hides = [style.overflowX, style.overflowY].some((value) => ["hidden", "clip"].includes(value));
  const words = element.innerText?.trim();
  return hides && words && !element.closest(".visually-hidden")
    && (element.scrollHeight > element.clientHeight + 1 || element.scrollWidth > element.clientWidth + 1);
}).map((element) => element.outerHTML.slice(0, 120))"""

# What sticks out of the window on the right; nothing that is hidden or clipped on purpose.
WIDER = """() => {
  const root = document.documentElement;
  window.scrollTo(0, 0);
  if (root.scrollWidth <= root.clientWidth) return [];
  return [...document.querySelectorAll("body *")]
    .filter((element) => element.getBoundingClientRect().right > root.clientWidth + 1)
    .map((element) => element.outerHTML.slice(0, 120));
}"""

# Telephone numbers that take more than one line.
BROKEN_NUMBERS = """() => [...document.querySelectorAll("a[href^='tel:']")].filter((link) => {
  const texts = document.createTreeWalker(link, NodeFilter.SHOW_TEXT);
  const range = document.createRange();
  while (texts.nextNode()) {
    range.selectNodeContents(texts.currentNode);
    const tops = [...range.getClientRects()].map((box) => Math.round(box.top));
    if (link.checkVisibility() && new Set(tops).size > 1) return true;
  }
}).map((link) => link.outerHTML)"""


def does_not_scroll_sideways(page: Page) -> None:
    page.wait_for_load_state()  # a click is over when its answer begins to arrive
    assert page.evaluate(WIDER) == []
    page.evaluate("window.scrollTo(1000, 0)")
    assert page.evaluate("window.scrollX") == 0


def fits_every_width(page: Page) -> None:
    """No scrolling sideways, no broken number."""
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        does_not_scroll_sideways(page)
        assert page.evaluate(BROKEN_NUMBERS) == [], width


def fits_with_wider_text_spacing(page: Page) -> None:
    """With the spacing of WCAG 1.4.12 nothing is cut off either. The page keeps the spacing."""
    page.evaluate(
        """(rules) => {
          const sheet = new CSSStyleSheet();
          sheet.replaceSync(rules);
          document.adoptedStyleSheets.push(sheet);
        }""",
        TEXT_SPACING,
    )
    assert page.evaluate("getComputedStyle(document.querySelector('main')).letterSpacing") not in ("normal", "0px")
    for width in WIDTHS[1::2]:
        page.set_viewport_size({"width": width, "height": 800})
        does_not_scroll_sideways(page)
        assert page.evaluate(CUT_OFF) == [], width


def leaves_one_column_at_400_per_cent(page: Page) -> None:
    """A window of 1280 by 1024 pixels at a zoom of 400 % is one of 320 by 256 CSS pixels: nothing stays in the way."""
    page.set_viewport_size({"width": 320, "height": 256})
    does_not_scroll_sideways(page)
    fixed = page.evaluate(
        """() => [...document.querySelectorAll("body *")]
          .filter((element) => ["fixed", "sticky"].includes(getComputedStyle(element).position))
          .filter((element) => element.checkVisibility())
          .map((element) => element.className)"""
    )
    assert fixed == []


@pytest.mark.parametrize("path", ["/fr/contact/", "/en/contact/"])
def test_the_contact_form_with_mistakes_fits_a_phone(make_context, path):
    page = make_context(viewport={"width": 320, "height": 568}).new_page()
    make_mistakes(page, path)
    does_not_scroll_sideways(page)


@pytest.mark.parametrize(
    "path",
    [
        *PAGES["department"],
        *PAGES["department with one number"],
        *PAGES["department behind a switchboard"],
        "/en/demonstration-hospital/pneumology/",
    ],
)
def test_the_first_number_of_a_department_is_seen_at_once_on_a_phone(make_context, path):
    page = make_context(viewport=PHONE).new_page()
    page.goto(path)
    number = page.locator("main .sign a.number").first.bounding_box()
    bar = page.locator(".bottom-bar").bounding_box()
    assert number["y"] >= 0
    assert number["y"] + number["height"] <= bar["y"]


@pytest.mark.parametrize("path", [*PAGES["department"], *PAGES["department with one number"], *PAGES["hospital"]])
def test_the_numbers_of_a_page_are_on_its_first_sheet_of_paper(visitor, path):
    visitor.set_viewport_size({"width": A4["width"] - 121, "height": A4["height"]})  # less the margins of @page
    visitor.goto(path)
    on_screen = visitor.locator("main .sign .contact-line > p a.number").count()
    visitor.emulate_media(media="print")
    lines = visitor.locator("main .sign .contact-line")
    assert lines.count() == on_screen > 0
    room = A4["height"] - 114  # the sheet less the margins at its head and its foot
    for line in lines.all():
        box = line.bounding_box()
        assert line.locator("a.number").first.is_visible()
        assert box["y"] + box["height"] <= room
    for hidden in (".site-menu", ".bottom-bar", ".site-footer", ".breadcrumb"):
        assert not visitor.locator(hidden).is_visible()


@pytest.mark.parametrize("path", PAGES["department with one number"])
def test_a_short_department_prints_on_one_sheet(visitor, path):
    visitor.goto(path)
    assert visitor.pdf(format="A4", prefer_css_page_size=True).count(b"/Type /Page\n") == 1
