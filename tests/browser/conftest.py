"""A real Chromium and a real server process, on a copy of the test database, with a real SMTP sink."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
import uuid
from collections.abc import Iterator
from email import message_from_bytes
from email.message import Message
from email.policy import default as modern
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from django.conf import settings
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright

from portal import bootstrapping
from tests import databases

ROOT = Path(__file__).parents[2]
PASSWORD = "a-long-test-password"
ACCOUNTS = {
    "browser-editor": bootstrapping.EDITORS,
    "browser-moderator": bootstrapping.MODERATORS,
    "browser-admin": bootstrapping.ADMINISTRATORS,
    "browser-head": bootstrapping.ADMINISTRATORS,
    "browser-fundraiser": bootstrapping.FUNDRAISERS,
    "browser-switchboard": bootstrapping.SWITCHBOARD,
    "browser-finance": bootstrapping.FINANCE,
    "browser-colleague": bootstrapping.FINANCE,
}
FILM = "https://www.youtube.com/watch?v=paperhills01"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs a browser. The database mark makes pytest-django set the database up for them too."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.django_db)


def _chromium() -> str | None:
    named = os.environ.get("CHROMIUM")
    if named:
        return named
    # The same browser without its windows comes first: it draws the same pages in half the time.
    names = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return next((path for path in map(shutil.which, names) if path), None)


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a Chromium. Without one the test is skipped and says so; with REQUIRE_BROWSER=1 it fails."""
    path = _chromium()
    if path is None:
        message = "No Chromium found: install one, or name it in CHROMIUM. Browser tests were skipped."
        if os.environ.get("REQUIRE_BROWSER") == "1":
            pytest.fail(message)
        pytest.skip(message)
    return path


@pytest.fixture(scope="session")
def playwright() -> Playwright:
    with sync_playwright() as instance:
        yield instance


@pytest.fixture(scope="session")
def browser(playwright: Playwright, chromium: str) -> Browser:
    quiet = ["--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update"]
    quiet += ["--disable-sync", "--disable-quic"]
    if os.geteuid() == 0:
        quiet.append("--no-sandbox")
    instance = playwright.chromium.launch(executable_path=chromium, args=quiet)
    yield instance
    instance.close()


@pytest.fixture(scope="session")
def mailbox() -> Iterator["Mailbox"]:
    """What arrives at the mail server that the site sends to."""
    box = Mailbox()
    server = Controller(box, hostname="127.0.0.1", port=_free_port())
    server.start()
    box.port = server.port
    yield box
    server.stop()


class Mailbox(list[Message]):
    """The e-mails that have arrived, in order; as aiosmtpd's handler it takes them all."""

    port: int

    async def handle_DATA(self, server, session, envelope) -> str:
        self.append(message_from_bytes(envelope.content, policy=modern))
        return "250 OK"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="session")
def site(django_db_setup, django_db_blocker, mailbox: Mailbox) -> Iterator[str]:
    """The address of a server process that serves a copy of the filled test database."""
    name = f"browser_{uuid.uuid4().hex[:12]}"
    with django_db_blocker.unblock():
        databases.copy(databases.filled_database(), name)
    port = _free_port()
    _prepare(name, port)
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "portal.settings.test",
        "SERVED_DATABASE": name,
        "BROWSED": "1",
        "TEST_MEDIA_ROOT": str(settings.MEDIA_ROOT),
        "SMTP_PORT": str(mailbox.port),
    }
    log = Path(settings.MEDIA_ROOT) / "server.log"
    with log.open("w") as output:
        server = subprocess.Popen(
            [sys.executable, "manage.py", "runserver", f"127.0.0.1:{port}", "--noreload", "--skip-checks"],
            cwd=ROOT,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_for(f"{address}/readyz", server, log)
        yield address
    finally:
        server.terminate()
        server.wait(10)
        with django_db_blocker.unblock():
            databases.drop(name)


def _prepare(name: str, port: int) -> None:
    """Accounts of staff, the site's address, a page with a film, two gifts, through the ORM of a process of its own."""
    code = f"""
import django; django.setup()
from django.contrib.auth.models import Group
from wagtail.models import Site
from wagtail.users.models import UserProfile
from portal.models import HomePage, StandardPage, User
from portal.seeding import Seeding
Site.objects.update(hostname="127.0.0.1", port={port})
for name, group in {ACCOUNTS!r}.items():
    user = User.objects.create_user(name, f"{{name}}@example.org", {PASSWORD!r})
    user.groups.add(Group.objects.get(name=group))
    profile = UserProfile.get_for_user(user)
    profile.preferred_language = "fr" if name != "browser-admin" else "en"
    profile.save()
film = [("video", {{"heading": "Film", "title": "Paper hills", "url": {FILM!r}, "transcript": "<p>Hills.</p>"}})]
seeding = Seeding(print)
homes = {{home.locale.language_code: home for home in HomePage.objects.all()}}
words = {{"title": "Film", "slug": "film", "body": film}}
seeding.page(StandardPage, "film of the tests", homes, {{"fr": words, "en": words}})
from donations import gateway
from donations.providers import sandbox
from tests import factories
for amount, is_monthly in ((60_000, False), (2_000, True)):
    gift = factories.gift(amount, monthly=is_monthly)
    urls = {{"success_url": "https://testserver/", "cancel_url": "https://testserver/"}}
    gateway.payment_page(gift, email="camille@example.org", **urls)
    sandbox.connect("").pay(gift.session_ref)
    gateway.look_again(gift, "tests")
"""
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "portal.settings.test", "SERVED_DATABASE": name}
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, check=True)


def _wait_for(address: str, server: subprocess.Popen, log: Path) -> None:
    for _attempt in range(200):
        if server.poll() is not None:
            break
        try:
            urllib.request.urlopen(address, timeout=2)
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(f"The server did not come up:\n{log.read_text()}")


@pytest.fixture
def make_context(browser: Browser, site: str):
    """Makes browser contexts that know the site's address, and closes them."""
    contexts: list[BrowserContext] = []

    def make(**options) -> BrowserContext:
        context = browser.new_context(base_url=site, **({"locale": "fr-FR"} | options))
        context.set_default_timeout(10_000)
        contexts.append(context)
        return context

    yield make
    for context in contexts:
        context.close()


@pytest.fixture
def visitor(make_context) -> Page:
    """A page of a visitor's browser."""
    return make_context().new_page()


@pytest.fixture(scope="session")
def sessions() -> dict[str, dict]:
    """What the browser keeps of each member of staff who has logged in before."""
    return {}


@pytest.fixture
def log_in(make_context, sessions):
    """Logs a member of staff in through the login page, once for all tests; gives the browser page of the admin."""

    def enter(username: str) -> Page:
        page = make_context(viewport={"width": 1280, "height": 900}, storage_state=sessions.get(username)).new_page()
        page.goto("/admin/")
        if username in sessions:
            return page
        page.wait_for_url("**/admin/login/**")
        page.fill("input[name=username]", username)
        page.fill("input[name=password]", PASSWORD)
        page.click("button[type=submit]")
        page.wait_for_url("**/admin/")
        sessions[username] = page.context.storage_state()
        return page

    return enter
