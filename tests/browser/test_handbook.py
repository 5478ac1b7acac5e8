"""The handbook is walked as it is written: the five main tasks in French; every chapter when its pictures are taken."""

import os

import pytest
from playwright.sync_api import Page

from tests.browser.axe import screen_passes_axe
from tests.browser.conftest import HANDBOOK_LANGUAGE, PASSWORD
from tests.handbook.guide import Guide
from tests.handbook.journeys import JOURNEYS

TAKES_PICTURES = "HANDBOOK_PICTURES" in os.environ  # make handbook
MAIN = ["telephone-number", "text", "picture", "translation", "call-list"]


@pytest.fixture
def guide(log_in) -> Guide:
    return Guide(HANDBOOK_LANGUAGE, log_in, PASSWORD, takes_pictures=TAKES_PICTURES)


@pytest.fixture
def visitor(make_context) -> Page:
    """A visitor's page, on which pictures may be prepared: the portal's policy lets nobody add styles."""
    size = {"width": 1280, "height": 900}
    return make_context(locale=f"{HANDBOOK_LANGUAGE}-FR", viewport=size, bypass_csp=TAKES_PICTURES).new_page()


@pytest.mark.parametrize("chapter", JOURNEYS if TAKES_PICTURES else MAIN)
def test_a_chapter_of_the_handbook_says_what_the_screens_say(guide, visitor, chapter):
    with guide.walking(chapter):
        JOURNEYS[chapter](guide, visitor)


def test_the_handbook_is_read_by_keyboard_and_passes_axe(log_in):
    page = log_in("camille")
    page.get_by_role("button", name=("Aide", "Help")[HANDBOOK_LANGUAGE == "en"], exact=True).press("Enter")
    page.locator("a[href$='/admin/handbook/']").first.press("Enter")
    page.wait_for_url("**/admin/handbook/")
    screen_passes_axe(page, "#main")
    page.locator(".handbook__chapters a").nth(1).press("Enter")
    page.wait_for_url("**/handbook/telephone-number/")
    assert page.locator("article img").evaluate_all("(all) => all.every((one) => one.alt && one.src)")
    for scheme in ("light", "dark"):
        screen_passes_axe(page, "#main", scheme)
