"""The directory by keyboard: suggestions as a combobox, and a department found on a small phone."""

import pytest
from playwright.sync_api import expect

from tests.browser.axe import passes_axe
from tests.browser.test_accessibility import PHONE

LABEL = "Department, illness, hospital or number"


def test_suggestions_are_walked_through_by_keyboard_and_lead_to_the_department(make_context):
    page = make_context(viewport=PHONE).new_page()
    page.goto("/en/directory/")
    field = page.get_by_role("combobox", name=LABEL)
    expect(field).to_have_attribute("aria-expanded", "false")
    field.focus()
    page.keyboard.type("pneumo", delay=20)
    options = page.get_by_role("listbox", name="Suggestions").get_by_role("option")
    expect(options).to_have_count(2)
    expect(field).to_have_attribute("aria-expanded", "true")
    assert "Paris" in " ".join(options.all_inner_texts())
    passes_axe(page, "directory with suggestions")

    page.keyboard.press("ArrowDown")
    expect(options.first).to_have_attribute("aria-selected", "true")
    expect(field).to_have_attribute("aria-activedescendant", options.first.get_attribute("id"))
    expect(field).to_be_focused()
    page.keyboard.press("ArrowUp")  # back in the field, where no suggestion is chosen
    expect(page.locator("[role=option][aria-selected=true]")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(field).to_have_attribute("aria-expanded", "false")
    expect(field).to_have_value("pneumo")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/pneumology/")


@pytest.mark.parametrize("java_script_enabled", [True, False])
def test_a_department_is_found_and_filtered_by_keyboard_at_360_pixels(make_context, java_script_enabled):
    page = make_context(viewport=PHONE, java_script_enabled=java_script_enabled).new_page()
    page.goto("/en/directory/")
    page.get_by_label(LABEL).focus()
    page.keyboard.type("brest cancer")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=brest*")
    rows = page.locator(".department-row__name")
    expect(rows.first).to_have_text("Breast Care")
    page.get_by_label("Hospital", exact=True).select_option("great-linden")
    page.get_by_role("main").get_by_role("button", name="Search").press("Enter")
    page.wait_for_url("**hospital=great-linden*")
    expect(rows.first).to_have_text("Breast Care")
    page.goto("/en/directory/")
    letter = page.get_by_role("navigation", name="Departments from A to Z").get_by_role("link", name="H")
    letter.press("Enter")
    page.wait_for_url("**letter=h*")
    expect(rows.first).to_have_text("Haematology")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth") or not java_script_enabled
