"""A patient who has a reason to call and no number: without a script, by keyboard, on a small telephone."""

from playwright.sync_api import Page, expect

from tests.browser.axe import SCHEMES, passes_axe
from tests.browser.test_layout import does_not_scroll_sideways
from tests.browser.test_visitor_journeys import tab_to

PHONE = {"width": 360, "height": 640}


def fits_and_passes_axe(page: Page, kind: str = "finder") -> None:
    does_not_scroll_sideways(page)
    passes_axe(page, kind, SCHEMES[:2])


def test_a_patient_finds_the_one_line_on_a_small_telephone(make_context):
    page = make_context(viewport=PHONE).new_page()
    page.goto("/fr/")
    page.locator(".finder-link a").click()
    page.wait_for_url("**/quel-numero/**")
    fits_and_passes_axe(page)
    page.locator("label[for=reason-symptom]").click()
    page.locator("main select[name=hospital]").select_option("deux-rivieres")
    page.locator("main .form button").click()
    page.wait_for_url("**hospital=deux-rivieres**")
    fits_and_passes_axe(page)
    expect(page.locator("main .callout--emergency a[href='tel:15']")).to_be_in_viewport()
    page.locator("main select[name=department]").select_option("oncologie-medicale")
    page.locator("main .form button").click()
    page.wait_for_url("**department=oncologie-medicale**")
    fits_and_passes_axe(page)
    answer = page.locator("section[aria-labelledby=answer]")
    assert answer.locator(".contact-line").count() == 1
    expect(answer.locator("a[href='tel:+33199001904']")).to_be_visible()
    for link in page.locator("main .finder a:visible").all():
        assert link.bounding_box()["height"] >= 43.9
    page.locator(".finder__chosen a").first.click()  # another reason, the rest kept
    expect(page.locator("label[for=reason-change-appointment]")).to_be_visible()
    expect(page.locator(".finder__chosen")).to_contain_text("Oncologie médicale")
    page.locator("label[for=reason-change-appointment]").click()
    page.locator("main .form button").click()
    expect(page.locator("section[aria-labelledby=answer] a[href='tel:+33199001902']")).to_be_visible()


def test_the_whole_way_without_a_script_and_by_keyboard(make_context):
    page = make_context(java_script_enabled=False, viewport=PHONE, locale="en-GB").new_page()
    page.goto("/en/demonstration-hospital/medical-oncology/")
    page.locator(".quiet-links a").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/which-number/?department=*")
    page.locator("#reason-follow-up").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")  # sends the form, as everywhere
    page.wait_for_url("**reason=follow-up**")
    page.locator("main select[name=hospital]").select_option("great-linden")
    page.locator("main .form button").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**hospital=great-linden**")
    assert page.locator("section[aria-labelledby=answer] .contact-line > p > a").first.get_attribute("href") == (
        "tel:+33199002501"
    )
    assert page.context.cookies() == []


def test_tab_reaches_question_button_and_answer_in_their_order(visitor):
    visitor.goto("/en/which-number/?reason=question&hospital=two-rivers")
    tab_to(visitor, "main select[name=department]")
    tab_to(visitor, "main .form button", presses=1)
    tab_to(visitor, "section[aria-labelledby=answer] a[href^='tel:']", presses=1)


def test_the_print_sheet_is_one_sheet_of_paper(visitor, tmp_path):
    visitor.goto("/fr/hopital-de-demonstration/deux-rivieres/")
    visitor.locator(".quiet-links a[href*='/paper/']").click()
    expect(visitor.locator(".sheet__numbers")).to_be_visible()
    fits_and_passes_axe(visitor, "print sheet")
    sheet = visitor.pdf(prefer_css_page_size=True)
    assert sheet.count(b"/Type /Page\n") in (1, 2)
    assert b"/MediaBox [0 0 59" in sheet  # A4 is 595 points wide
