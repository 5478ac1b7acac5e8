"""A language that joins by settings and content alone, written from right to left: Arabic."""

import json
import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from tests import databases
from tests.browser.axe import passes_axe
from tests.browser.conftest import ROOT, _free_port, _wait_for
from tests.browser.test_layout import BROKEN_NUMBERS

WIDTHS = (320, 768, 1280)

# What sticks out of the window, on either side: a page from right to left grows to the left.
WIDER = """() => {
  const root = document.documentElement;
  if (root.scrollWidth <= root.clientWidth) return [];
  return [...document.querySelectorAll("body *")].filter((element) => {
    const box = element.getBoundingClientRect();
    return box.right > root.clientWidth + 1 || box.left < -1;
  }).map((element) => element.outerHTML.slice(0, 120));
}"""


@pytest.fixture
def arabic_site(django_db_setup, django_db_blocker) -> Iterator[tuple[str, dict[str, str]]]:
    """A server with a third language, and the addresses of its Arabic pages by what they are."""
    name, port = f"arabic_{uuid.uuid4().hex[:12]}", _free_port()
    with django_db_blocker.unblock():
        databases.copy(databases.filled_database(), name)
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "tests.arabic.settings",
        "SERVED_DATABASE": name,
        "TEST_MEDIA_ROOT": str(settings.MEDIA_ROOT),
        "BROWSED": "1",
    }
    command = [sys.executable, "-m", "tests.arabic", str(port)]
    made = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stderr[-3000:]
    log = Path(settings.MEDIA_ROOT) / "arabic.log"
    command = [sys.executable, "manage.py", "runserver", f"127.0.0.1:{port}", "--noreload", "--skip-checks"]
    with log.open("w") as output:
        server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT)
    try:
        _wait_for(f"http://127.0.0.1:{port}/readyz", server, log)
        yield f"http://127.0.0.1:{port}", json.loads(made.stdout.splitlines()[-1])
    finally:
        server.terminate()
        server.wait(10)
        with django_db_blocker.unblock():
            databases.drop(name)


def test_arabic_is_read_from_right_to_left(arabic_site, browser):
    address, pages = arabic_site
    context = browser.new_context(base_url=address, locale="ar")
    context.set_default_timeout(15_000)
    page = context.new_page()
    for name, path in pages.items():
        page.goto(path)
        assert page.evaluate("getComputedStyle(document.body).direction") == "rtl"
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate(WIDER) == [], (name, width)
            assert page.evaluate(BROKEN_NUMBERS) == [], (name, width)
            if folder := os.environ.get("SCREENSHOTS"):
                page.screenshot(path=f"{folder}/{name}-{width}.png", full_page=width < 1280)
        if name in ("home", "oncologie-medicale", "untranslated", "faire-un-don"):
            passes_axe(page, name, ({"color_scheme": "light", "forced_colors": "none"},))
    page.goto(pages["oncologie-medicale"])
    brand, languages = page.locator(".brand").bounding_box(), page.locator(".languages").bounding_box()
    assert brand["x"] > languages["x"], "the header begins on the right"
    trail = [item.bounding_box()["x"] for item in page.locator(".breadcrumb li").all()]
    assert trail == sorted(trail, reverse=True), "the trail runs to the left"
    number = page.locator("a.number").first
    assert number.evaluate("(link) => getComputedStyle(link).direction") == "ltr"
    page.set_viewport_size({"width": 360, "height": 740})
    bar = [item.bounding_box()["x"] for item in page.locator(".bottom-bar a").all()]
    assert bar == sorted(bar, reverse=True), "the first of the bar is on the right"
    context.close()
