"""A translator sees in lists that a source has changed, translates beside it and says that it follows."""

from playwright.sync_api import expect

from tests.browser.axe import screen_passes_axe
from tests.browser.test_admin_screens import edit_address
from tests.browser.test_layout import does_not_scroll_sideways
from tests.browser.test_staff_journeys import publish_alone


def test_a_translator_works_beside_the_source(log_in):
    page = log_in("browser-head")
    page.goto(edit_address(page, "/fr/film/"))
    page.locator("#id_summary").fill("Des collines en papier, filmées.")
    publish_alone(page)
    english = edit_address(page, "/en/film/")
    page.goto(english)
    note = page.locator(".translation-note")
    note.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(note.locator(".translation-changes .addition").first).to_be_visible()
    screen_passes_axe(page, ".translation-note")
    note.locator("a.button").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/side-by-side/*/")
    beside = page.locator(".beside-source").filter(has=page.locator("#id_summary"))
    source, own = beside.locator(".beside-source__source"), beside.locator(".beside-source__own")
    expect(source.locator("[lang=fr]")).to_contain_text("Des collines en papier")
    expect(own).to_have_attribute("lang", "en")
    assert source.bounding_box()["x"] < own.bounding_box()["x"]
    panel = page.locator("section.w-panel").filter(has=beside).last.get_attribute("id")
    for scheme in ("light", "dark"):
        screen_passes_axe(page, f"#{panel}", scheme)
    page.set_viewport_size({"width": 768, "height": 900})
    assert source.bounding_box()["y"] < own.bounding_box()["y"], "one above the other"
    does_not_scroll_sideways(page)
    own.locator("#id_summary").fill("Hills of paper, filmed.")
    page.locator("#follows-source").focus()
    page.keyboard.press("Space")
    publish_alone(page)
    page.goto(english)
    expect(note).to_be_visible()
    expect(note.locator("#follows-source")).to_have_count(0)
    for address, within in (
        ("/admin/reports/translations/", "#main"),
        ("/admin/departments/", ".listing"),
    ):
        page.goto(address)
        screen_passes_axe(page, within)
        expect(page.locator(".translation-tag").first).to_be_visible()
