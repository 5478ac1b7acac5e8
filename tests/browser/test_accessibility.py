"""WCAG 2.2 A and AA as far as a machine can tell, and what keyboards and screen readers rest on."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import SCHEMES, passes_axe
from tests.browser.public_pages import PAGES, make_mistakes

PHONE = {"width": 360, "height": 740}


@pytest.mark.parametrize("path", PAGES["contact"])
def test_axe_finds_nothing_in_a_form_with_mistakes(visitor, path):
    make_mistakes(visitor, path)
    passes_axe(visitor, "contact with mistakes")


@pytest.mark.parametrize("locale", ["fr-FR", "en-GB"])
def test_axe_finds_nothing_on_the_login_page(make_context, locale):
    page = make_context(locale=locale).new_page()
    page.goto("/admin/login/")
    assert page.locator("html").get_attribute("lang").startswith(locale[:2])
    passes_axe(page, "login")


@pytest.mark.parametrize("path", [*PAGES["home"], PAGES["department"][1]])
def test_axe_finds_nothing_on_a_phone_nor_in_its_menu(make_context, path):
    page = make_context(viewport=PHONE).new_page()
    page.goto(path)
    passes_axe(page, "phone")
    page.locator(".site-menu__toggle").click()
    expect(page.locator(".site-menu")).to_be_visible()
    passes_axe(page, "menu")


# --- The skeleton ---------------------------------------------------------------------------------


def stands_on_its_skeleton(visitor: Page, kind: str, language: str) -> None:
    assert visitor.locator("html").get_attribute("lang") == language
    for landmark in ("banner", "main"):
        assert visitor.get_by_role(landmark).count() == 1
    assert visitor.get_by_role("contentinfo").count() == (0 if kind == "not found" else 1)
    assert visitor.get_by_role("heading", level=1).count() == 1
    names = visitor.get_by_role("navigation").evaluate_all(
        """(all) => all.map((nav) => nav.ariaLabel ??
             document.getElementById(nav.getAttribute("aria-labelledby"))?.textContent)"""
    )
    assert all(names)
    assert len(set(names)) == len(names)
    for search in visitor.get_by_role("searchbox").all():
        assert search.evaluate("field => field.labels.length") == 1

    visitor.keyboard.press("Tab")
    skip = visitor.locator(".skip-link")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    visitor.keyboard.press("Enter")
    expect(visitor.get_by_role("main")).to_be_focused()
    visitor.keyboard.press("Tab")
    inside = "document.querySelector('main').contains(document.activeElement)"
    if visitor.locator("main :is(a, button, input, summary)").count():
        assert visitor.evaluate(inside)


# --- Focus ----------------------------------------------------------------------------------------

# What shows that the element with focus has it: its own outline or shadow, or that of a card round it;
# and whether anything fixed covers it wholly.
FOCUS = """() => {
  const element = document.activeElement;
  if (!element || element === document.body) return null;
  // Within a film's own controls, which the browser draws and marks itself, the film is active but not in focus.
  const marked = !element.matches(":focus") || [element, element.closest(".card")].filter(Boolean).some((one) => {
    const style = getComputedStyle(one);
    return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2 &&
      !/rgba\\(.*, 0\\)|transparent/.test(style.outlineColor);
  });
  const box = element.getBoundingClientRect();
  const points = [.1, .5, .9].flatMap((x) => [.1, .5, .9].map((y) => [box.x + box.width * x, box.y + box.height * y]));
  const seen = points.filter(([x, y]) => {
    const top = document.elementFromPoint(x, y);
    return top && (element.contains(top) || top.contains(element) && !top.closest(".bottom-bar"));
  });
  return {html: element.outerHTML.slice(0, 110), marked, seen: seen.length,
    where: [...document.querySelectorAll("*")].indexOf(element)};
}"""


def walk(page: Page) -> list[dict]:
    """What Tab alone reaches, in order, until the focus leaves the page."""
    steps = []
    for _press in range(400):
        page.keyboard.press("Tab")
        step = page.evaluate(FOCUS)
        if step is None:
            return steps
        steps.append(step)
    raise AssertionError(f"the focus never leaves {page.url}: {steps[-3:]}")


FOCUSABLE = """() => [...document.querySelectorAll(
  "a[href], button, input, select, textarea, summary, video[controls], [tabindex='0']")]
  .filter((one) => one.tabIndex >= 0 && !one.disabled && one.type !== "hidden")
  .filter((one) => one.checkVisibility({visibilityProperty: true}))
  .map((one) => [...document.querySelectorAll("*")].indexOf(one))"""


@pytest.mark.parametrize(
    ("size", "scheme"),
    [(PHONE, SCHEMES[0]), ({"width": 1280, "height": 800}, SCHEMES[1])],
    ids=["light phone", "dark desk"],
)
@pytest.mark.parametrize(
    "kind", ["home", "institute", "department", "contact", "directory filtered", "text with a film"]
)
def test_tab_reaches_everything_and_its_focus_is_seen(make_context, kind, size, scheme):
    """WCAG 2.1.1, 2.4.7 and 2.4.11: never nowhere, never unmarked, never behind the phone's bar."""
    page = make_context(viewport=size, **scheme).new_page()
    page.goto(PAGES[kind][1])
    wanted = set(page.evaluate(FOCUSABLE))
    steps = walk(page)
    assert {step["where"] for step in steps} >= wanted
    assert [step["html"] for step in steps if not step["marked"]] == []
    assert [step["html"] for step in steps if not step["seen"]] == []


# --- Size -----------------------------------------------------------------------------------------

# Targets smaller than a side of `size` CSS pixels; links within a sentence are free (WCAG 2.5.8).
SMALL = """([selector, size]) => [...document.querySelectorAll(selector)]
  .filter((one) => one.checkVisibility({visibilityProperty: true}) && !one.closest(".visually-hidden, .form__trap"))
  .filter((one) => one.matches(".skip-link") === false)
  .map((one) => [one, one.matches(".card a") ? one.closest(".card") : one.closest("label") ?? one])
  .map(([one, target]) => [one, target.getBoundingClientRect()])
  .filter(([one, box]) => box.width < size - .5 || box.height < size - .5)
  .map(([one, box]) => `${one.outerHTML.slice(0, 110)} ${Math.round(box.width)}x${Math.round(box.height)}`)"""

MAIN_TARGETS = ", ".join(
    [
        ".brand",
        ".languages a",
        ".site-menu__toggle",
        ".button",
        ".actions a",
        ".card a",
        ".bottom-bar a",
        ".sign a.number",
        ".department-row a",
        ".results h3 a",
        "summary",
        "select",
        "input:not([type=hidden])",
        "textarea",
    ]
)


def is_easy_to_press(page: Page) -> None:
    assert page.evaluate(SMALL, [MAIN_TARGETS, 44]) == []
    alone = "li > a, p > a:only-child, td a, dd a, button, h2 a, h3 a, nav a, footer a"
    assert page.evaluate(SMALL, [alone, 24]) == []
