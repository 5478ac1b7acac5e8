"""What axe-core says of a page as it stands."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.axe_verdicts import verdict

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
COLOUR_RULES = ["color-contrast", "link-in-text-block"]
SCHEMES = (
    {"color_scheme": "light", "forced_colors": "none"},
    {"color_scheme": "dark", "forced_colors": "none"},
    {"color_scheme": "light", "forced_colors": "active"},
)
# Found in Wagtail's own frame of a screen, its header, its panels and their anchors, whatever stands in them.
OF_WAGTAIL = {"region", "landmark-unique", "landmark-no-duplicate-banner", "heading-order"}

# What slides or changes its colour has come to rest.
SETTLED = """() => Promise.allSettled(
  document.getAnimations().filter((one) => one instanceof CSSTransition).map((one) => one.finished))"""

# Of what passes the number alone: a description of each takes longer to bring here than to find.
SEARCH = """([context, options]) => axeOfTests.run(context ?? document, options).then(
  ({violations, incomplete, passes}) => ({violations, incomplete, passes: passes.length}))"""


def passes_axe(page: Page, kind: str, schemes: tuple[dict, ...] = SCHEMES) -> set[tuple[str, str]]:
    """Fails with what axe-core finds on the page in any of `schemes`; gives what it left to a person.

    All rules are asked in the first scheme, in the others those alone that look at colours.
    """
    undecided = set()
    for number, scheme in enumerate(schemes):
        page.emulate_media(**scheme)
        options = {"runOnly": _colours() if number else TAGS, "resultTypes": ["violations", "incomplete"]}
        found = _ask(page, options=options)
        violations = [readable(result) for result in found["violations"]]
        assert not violations, (scheme, violations)
        open_questions = [result for result in found["incomplete"] if verdict(result["id"], kind) is None]
        assert not open_questions, (scheme, [readable(result) for result in open_questions])
        undecided |= {(result["id"], kind) for result in found["incomplete"]}
    return undecided


def screen_passes_axe(page: Page, within: str = "#main", scheme: str = "light") -> None:
    """Fails with what axe-core finds within the element of the admin that the selector names, in light or dark."""
    page.wait_for_load_state()
    expect(page.locator(within)).to_be_visible()
    page.emulate_media(color_scheme=scheme)
    page.evaluate(SETTLED)
    options = {"runOnly": TAGS if scheme == "light" else _colours(), "resultTypes": ["violations"]}
    # Wagtail's own messages are left out: they fade in, and their colours mean nothing until they have.
    found = _ask(page, {"include": [within], "exclude": [".messages"]}, options)
    ours = [readable(result) for result in found["violations"] if result["id"] not in OF_WAGTAIL]
    assert not ours, ours


def readable(result: dict) -> str:
    where = "; ".join(f"{node['html'][:150]} ({node['failureSummary']})" for node in result["nodes"][:3])
    return f"{result['id']}: {result['help']} - {where}"


def _ask(page: Page, context: dict | None = None, options: dict | None = None) -> dict:
    page.wait_for_load_state()  # a click is over when its answer begins to arrive
    if not page.evaluate("'axeOfTests' in window"):
        page.evaluate(Axe().axe_script)
        page.evaluate("window.axeOfTests = window.axe")  # Wagtail has one too
    found = page.evaluate(SEARCH, [context, options])
    assert found["passes"]
    return found


def _colours() -> dict:
    return {"type": "rule", "values": COLOUR_RULES}
