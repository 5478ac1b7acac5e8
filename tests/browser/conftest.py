"""A real Chromium and a real server process, on a copy of the test database, with a real SMTP sink."""

import json
import os
import re
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
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect, sync_playwright

from portal import bootstrapping
from tests import databases, second_factors
from tests.fake_stripe.bank import SECRET
from tests.fake_stripe.remote import Remote

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
    "browser-newcomer": bootstrapping.FINANCE,  # has not set up the second factor yet
    # Those whom the handbook shows, by name (tests/handbook/).
    "camille": bootstrapping.EDITORS,
    "claude": bootstrapping.MODERATORS,
    "alix": bootstrapping.TRANSLATORS,
    "sacha": bootstrapping.SWITCHBOARD,
}
SURNAMES = {"camille": "Rivière", "claude": "Forêt", "alix": "Vallée", "sacha": "Colline"}
# The language of those whom the handbook shows: French, but for its English pictures.
HANDBOOK_LANGUAGE = os.environ.get("HANDBOOK_PICTURES", "fr")
DONORS_PAGES = "donors-pages.json"  # beside what is uploaded
FILM = "https://www.youtube.com/watch?v=paperhills01"

# What is waited for comes at once, but on a machine with much else to do.
expect.set_options(timeout=20_000)


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
def environment(mailbox: Mailbox) -> dict[str, str]:
    """What the site's processes run with: a database, a mail server, a Stripe of their own."""
    nobodys = {name: value for name, value in os.environ.items() if not name.startswith("STRIPE_")}
    return nobodys | {
        "DJANGO_SETTINGS_MODULE": "portal.settings.test",
        "SERVED_DATABASE": f"browser_{uuid.uuid4().hex[:12]}",
        "BROWSED": "1",
        "TEST_MEDIA_ROOT": str(settings.MEDIA_ROOT),
        "SMTP_PORT": str(mailbox.port),
        "STRIPE_API_BASE": f"http://127.0.0.1:{_free_port()}",
        "STRIPE_SECRET_KEY": "sk_test_of_the_fake",
        "STRIPE_WEBHOOK_SECRETS": SECRET,
    }


@pytest.fixture
def fake_stripe(site: str, environment: dict[str, str]) -> Iterator[Remote]:
    """The Stripe that the site is connected to; it tells the site's own door. No test that needs none starts it."""
    port = int(environment["STRIPE_API_BASE"].rpartition(":")[2])
    remote = Remote(port, f"{site}/giving/webhooks/stripe/")
    yield remote
    violations = remote.violations()
    remote.stop()
    assert violations == []


@pytest.fixture(scope="session")
def site(django_db_setup, django_db_blocker, environment: dict[str, str]) -> Iterator[str]:
    """The address of a server process that serves a copy of the filled test database."""
    name = environment["SERVED_DATABASE"]
    with django_db_blocker.unblock():
        databases.copy(databases.filled_database(), name)
    port = _free_port()
    _prepare(name, port)
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
        server.wait(60)
        with django_db_blocker.unblock():
            databases.drop(name)


def _prepare(name: str, port: int) -> None:
    """Accounts of staff, the site's address, pages with a film and with Stripe, gifts, in a process of its own."""
    code = f"""
import django; django.setup()
from django.contrib.auth.models import Group
from wagtail.models import Site
from wagtail.users.models import UserProfile
from portal.models import HomePage, StandardPage, User
from portal.seeding import Seeding
from portal.signing_in import second_factor
from tests import second_factors
Site.objects.update(hostname="127.0.0.1", port={port})
for name, group in {ACCOUNTS!r}.items():
    user = User.objects.create_user(name, f"{{name}}@example.org", {PASSWORD!r})
    user.groups.add(Group.objects.get(name=group))
    if second_factor.must_have_one(user) and name != "browser-newcomer":
        second_factors.set_up(user)
    profile = UserProfile.get_for_user(user)
    profile.preferred_language = "fr" if name != "browser-admin" else "en"
    if name in {SURNAMES!r}:
        user.first_name, user.last_name = name.capitalize(), {SURNAMES!r}[name]
        user.save()
    if name in {[*SURNAMES, "browser-newcomer"]!r}:
        profile.preferred_language = {HANDBOOK_LANGUAGE!r}
    profile.save()
film = [("video", {{"heading": "Film", "title": "Paper hills", "url": {FILM!r}, "transcript": "<p>Hills.</p>"}})]
seeding = Seeding(print)
homes = {{home.locale.language_code: home for home in HomePage.objects.all()}}
words = {{"title": "Film", "slug": "film", "body": film}}
seeding.page(StandardPage, "film of the tests", homes, {{"fr": words, "en": words}})
import json
from datetime import date, timedelta
from pathlib import Path
from django.urls import reverse
from django.utils import timezone
from donations import gateway, lifecycle, links, matching, receipting, reconciling
from donations.models import BankLine, DonationPage, FamilyPage, Fund, Receipt, Tribute
from donations.providers import sandbox
from donations.providers.base import ObjectKind, Ref
from donations.states import DonationState
from institutes.models import InstitutePage
from tests import factories
bank = sandbox.connect("")
for amount, is_monthly, days_ago in ((60_000, False, 0), (2_000, True, 0), (8_050, False, 1)):
    gift = factories.gift(amount, monthly=is_monthly, receipt_wish="each")
    urls = {{"success_url": "https://testserver/", "cancel_url": "https://testserver/"}}
    gateway.payment_page(gift, email="camille@example.org", **urls)
    payment = bank.pay(gift.session_ref)
    bank.store(payment, paid_at=(timezone.now() - timedelta(days=days_ago)).isoformat())
    gateway.look_again(gift, "tests")
Tribute.objects.create(
    donor=gift.donor, kind="memory", person="Dominique Exemple", names_donor=True, message="Toutes nos pensées.",
    family_name="Famille Exemple", family_address="2 rue de l’Exemple\\n00000 Ville-Exemple",
)
gift = factories.gift(7_000, provider="manual", state="awaited")
line = BankLine.objects.create(
    issuer=gift.issuer, booked_on=date(2026, 11, 2), amount_minor=7_000, currency="EUR", text="VIR DON", identity="1"
)
matching.match(line, gift, None)
for amount in (7_500, 4_500):
    factories.gift(amount, provider="manual", state=DonationState.AWAITED)
reconciling.read_payouts()
receipting.settle_receipts()

# The pages that donors and families are led to by addresses of their own.
def paid(how, **fields):
    gift = factories.gift(page=page, **fields)
    gateway.payment_page(gift, email="camille@example.org", **urls)
    if how:
        bank.pay(gift.session_ref, status=how)
        gateway.look_again(gift, "tests")
    return gift
page = DonationPage.objects.get(slug="faire-un-don", url_path__contains="demonstration")
family = FamilyPage.objects.create(
    person="Jo Exemple", fund=gift.fund, language="fr", closes_on=timezone.localdate() + timedelta(days=9)
)
for names_donor in (True, False):
    donor = paid("succeeded").donor
    Tribute.objects.create(donor=donor, kind="memory", person="Jo Exemple", names_donor=names_donor, family=family)
monthly = paid("succeeded", monthly=True).pledge
monthly.refresh_from_db()
failed_month = bank.renew(monthly.provider_ref, "failed")
lifecycle.refresh(bank, Ref(ObjectKind.INVOICE, failed_month.data["invoice"]), "tests")
states = {{how or "open": paid(how) for how in ("succeeded", "processing", "failed", "")}}
found = {{
    **{{state: links.gift_url(one) for state, one in states.items()}},
    "awaited": links.gift_url(factories.gift(provider="manual", state=DonationState.AWAITED, page=page)),
    "sandbox": reverse("sandbox_page", args=[states["open"].session_ref]),
    "monthly": links.pledge_url(monthly),
    "outdated": links.pledge_url(monthly)[:-2] + "/",
    "family": links.family_url(family),
    "receipt": receipting.link(Receipt.objects.first(), "fr"),
}}
Path({str(Path(settings.MEDIA_ROOT) / DONORS_PAGES)!r}).write_text(json.dumps(found))
fund = Fund.objects.order_by("pk").first()
fund.issuer.pk, fund.issuer.name, fund.issuer.provider = None, "Pay by card", "stripe"
fund.issuer.save()
fund.pk, fund.issuer = None, fund.issuer
fund.save()
key = InstitutePage.objects.get(slug="hopital-de-demonstration").translation_key
institutes = {{page.locale.language_code: page for page in InstitutePage.objects.filter(translation_key=key)}}
pages = factories.pages(DonationPage, institutes, "Pay by card")
pages["fr"].funds.set([fund])
pages["fr"].save()
"""
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "portal.settings.test", "SERVED_DATABASE": name}
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, check=True)


def _wait_for(address: str, server: subprocess.Popen, log: Path) -> None:
    given_up = time.monotonic() + 120  # seconds; on a machine with much else to do it takes half a minute
    while time.monotonic() < given_up:
        if server.poll() is not None:
            break
        try:
            urllib.request.urlopen(address, timeout=2)
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(f"The server did not come up:\n{log.read_text()}")


@pytest.fixture(scope="session")
def donors_pages(site: str) -> dict[str, str]:
    """The French addresses of the pages that donors and families are sent to, by what they are."""
    found = json.loads((Path(settings.MEDIA_ROOT) / DONORS_PAGES).read_text())
    return {name: address.removeprefix(settings.WAGTAILADMIN_BASE_URL) for name, address in found.items()}


@pytest.fixture
def make_context(browser: Browser, site: str):
    """Makes browser contexts that know the site's address, and closes them."""
    contexts: list[BrowserContext] = []

    def make(**options) -> BrowserContext:
        context = browser.new_context(**({"base_url": site, "locale": "fr-FR"} | options))
        context.set_default_timeout(30_000)
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
        page.fill("input[name=login]", username)
        page.fill("input[name=password]", PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url(re.compile("^[^?]+/admin/(login/code/)?$"))
        if page.url.endswith("/code/"):
            page.fill("input[name=code]", second_factors.current_code())
            page.keyboard.press("Enter")
            page.wait_for_url("**/admin/")
        sessions[username] = page.context.storage_state()
        return page

    return enter
