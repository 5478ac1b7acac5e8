"""`make bench`: what the editor of the largest page takes, against that of an empty page of the same kind.

In one run, in a real browser, open and save in turn: the ratio depends little on the machine. Three is the most.
"""

import json
import re
import statistics
import time

from django.urls import reverse
from playwright.sync_api import Page, expect
from wagtail.models import Page as AnyPage

from portal.models import BasePage, HomePage
from tests.browser.test_staff_journeys import footer

ROUNDS = 7
MOST = 3


def seconds_to_open(page: Page, address: str) -> float:
    """Until every field stands there and the browser has drawn it."""
    start = time.perf_counter()
    page.goto(address)
    expect(footer(page).get_by_role("button", name="Enregistrer le brouillon")).to_be_enabled()
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => setTimeout(done)))")
    return time.perf_counter() - start


def seconds_to_save(page: Page, words: str) -> float:
    """From the key to the answer of the server."""
    page.locator("#id_title").fill(words)
    start = time.perf_counter()
    with page.expect_response(lambda answer: answer.request.method == "POST" and answer.url.endswith("/edit/")):
        footer(page).get_by_role("button", name="Enregistrer le brouillon").click()
    return time.perf_counter() - start


def largest_page() -> BasePage:
    """The page of the demonstration with most to edit."""
    pages = [page for page in AnyPage.objects.live().specific() if isinstance(page, BasePage)]
    return max(pages, key=lambda page: len(json.dumps(page.serializable_data(), default=str)))


def begin_empty_page(page: Page) -> str:
    """A draft with a title alone; gives the address of its editor."""
    home = HomePage.objects.get(locale__language_code="fr")
    page.goto(reverse("wagtailadmin_pages:add", args=["portal", "standardpage", home.pk]))
    page.locator("#id_title").press_sequentially("Page vide")
    page.locator("#id_title").blur()
    expect(page.locator("#id_slug")).to_have_value("page-vide")
    footer(page).get_by_role("button", name="Enregistrer le brouillon").click()
    page.wait_for_url(re.compile(r"/pages/\d+/edit/"))
    return page.url


def test_the_editor_of_the_largest_page_takes_three_times_that_of_an_empty_one_at_most(log_in):
    page = log_in("browser-head")
    largest = largest_page()
    addresses = {"empty": begin_empty_page(page), "largest": reverse("wagtailadmin_pages:edit", args=[largest.pk])}
    took = {(name, act): [] for name in addresses for act in ("open", "save")}
    for number in range(ROUNDS + 1):  # the first fills caches
        for name, address in addresses.items():
            opened = seconds_to_open(page, address)
            saved = seconds_to_save(page, f"Titre {number}")
            if number:
                took[name, "open"].append(opened)
                took[name, "save"].append(saved)
    print(f"\nlargest page: {largest} ({largest._meta.verbose_name})")
    ratios = {}
    for act in ("open", "save"):
        empty, large = (statistics.median(took[name, act]) for name in ("empty", "largest"))
        ratios[act] = large / empty
        print(f"{act}: {empty * 1000:.0f} ms empty, {large * 1000:.0f} ms largest, ratio {ratios[act]:.2f}")
    assert max(ratios.values()) <= MOST
