"""Every kind of public page, in both languages: one visit, judged by every rule.

A failure names the rule and the path; the rules after it are asked all the same.
"""

from tests.browser.axe import SCHEMES, passes_axe
from tests.browser.axe_verdicts import VERDICTS
from tests.browser.public_pages import PAGES, every_kind
from tests.browser.test_accessibility import PHONE, is_easy_to_press, stands_on_its_skeleton
from tests.browser.test_layout import (
    fits_every_width,
    fits_with_wider_text_spacing,
    leaves_one_column_at_400_per_cent,
)
from tests.browser.test_privacy import Watch, left_behind

DESK = {"width": 1280, "height": 720}


@every_kind
def test_a_page_is_for_everybody_fits_every_screen_and_leaves_no_trace(make_context, site, subtests, kind):
    context = make_context(viewport=DESK)
    page = context.new_page()
    # A browser notes on its console that an address was not found; that page is meant.
    watch = Watch(page, site, expected=("404 (Not Found)",) if kind == "not found" else ())
    undecided = set()
    for number, path in enumerate(PAGES[kind]):
        page.goto(path)
        page.evaluate("window.scrollTo(0, document.body.scrollHeight)")  # what waits to be seen is loaded now
        with subtests.test("axe", path=path):
            # The second language has other words, and the same colours.
            undecided |= passes_axe(page, kind, SCHEMES[:1] if number else SCHEMES)
        page.emulate_media(**SCHEMES[0])
        with subtests.test("every width", path=path):
            fits_every_width(page)
        with subtests.test("zoom of 400 %", path=path):
            leaves_one_column_at_400_per_cent(page)
        with subtests.test("size of targets", path=path):
            page.set_viewport_size(PHONE)
            is_easy_to_press(page)
        page.set_viewport_size(DESK)
        with subtests.test("skeleton", path=path):
            stands_on_its_skeleton(page, kind, path[1:3])
        with subtests.test("no trace", path=path):
            # All the while nothing else was asked, nor stored.
            page.wait_for_load_state("networkidle")
            watch.is_quiet()
            assert left_behind(context, page) == []
        with subtests.test("wider text spacing", path=path):
            fits_with_wider_text_spacing(page)
    known = {(rule, kinds) for rule, kinds in VERDICTS if kinds == kind}
    assert known <= undecided, "a verdict that nothing asks for any more"
