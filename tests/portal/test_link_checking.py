"""External links: whom we ask, how, and above all whom not; when a link is broken, and who hears of it."""

import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import StringIO

import pytest
from django.conf import settings as django_settings
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone
from wagtail.users.models import UserProfile

from portal import link_checking
from portal.bootstrapping import MODERATORS
from portal.fetching import Asker, is_public
from portal.models import ExternalLink, LinkState, LinkUse, StandardPage
from portal.publishing import judge
from tests import factories
from tests.reading import soup


class Site(BaseHTTPRequestHandler):
    """Another site: what it answers is said by the path."""

    asked: list = []

    def do_HEAD(self):
        self._answer(has_body=False)

    def do_GET(self):
        self._answer(has_body=True)

    def _answer(self, has_body):
        self.asked.append((self.command, self.path, dict(self.headers)))
        kind, _slash, rest = self.path[1:].partition("/")
        if kind == "get-only" and self.command == "HEAD":
            self.send_error(405)
        elif kind == "hop":
            self.send_response(301)
            self.send_header("Location", f"/{rest}")
            self.send_header("Set-Cookie", "who=you")
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif kind == "inside":
            self.send_response(302)
            self.send_header("Location", f"http://127.0.0.1:{self.server.server_port}/ok")
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif kind == "file":
            self.send_response(302)
            self.send_header("Location", "file:///etc/passwd")
            self.end_headers()
        elif kind == "status":
            self.send_error(int(rest))
        else:
            self.send_response(200)
            self.end_headers()
            if has_body:
                for _chunk in range(1000 if kind == "large" else 1):
                    try:
                        self.wfile.write(b"x" * 4096)
                    except OSError:
                        return

    def log_message(self, *args):
        pass


@pytest.fixture
def site(settings):
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    Site.asked = []
    settings.LINK_CHECKS = django_settings.LINK_CHECKS | {"pause": 0.0, "timeout": 5.0, "private_hosts": ["localhost"]}
    yield f"http://localhost:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def asker():
    return Asker("portal-link-check/1.0 (+https://portal.example.org/)", 5.0, private_hosts=["localhost"])


# --- Asking ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("93.184.215.14", True),
        ("2606:2800:21f:cb07:6820:80da:af6b:8b2c", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.1", False),
        ("224.0.0.1", False),
        ("::1", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("::ffff:127.0.0.1", False),
        ("64:ff9b::a00:1", False),
        ("2002:7f00:1::", False),
        ("localhost", False),
    ],
)
def test_which_addresses_are_of_the_public_internet(address, expected):
    assert is_public(address) is expected


def test_a_site_is_asked_briefly_and_keeps_nothing_of_us(site, asker):
    assert asker.ask(f"{site}/hop/ok").status == 200
    assert [(method, path) for method, path, _headers in Site.asked] == [("HEAD", "/hop/ok"), ("HEAD", "/ok")]
    headers = Site.asked[-1][2]
    assert headers["User-Agent"].endswith("(+https://portal.example.org/)")
    assert "Cookie" not in headers and "Referer" not in headers and "Authorization" not in headers
    assert asker.ask(f"{site}/get-only").status == 200
    assert [method for method, path, _headers in Site.asked if path == "/get-only"] == ["HEAD", "GET"]
    assert asker.ask(f"{site}/large").status == 200


def test_what_an_answer_says(site, asker):
    assert asker.ask(f"{site}/status/404").status == 404
    assert asker.ask(f"{site}/hop/hop/ok").moved_to == f"{site}/ok"
    assert asker.ask(f"{site}/hop/status/404").status == 404
    assert asker.ask(f"{site}/" + "hop/" * 9 + "ok").problem == "circle"
    assert asker.ask("http://localhost:1/").problem == "not public"  # a port of no web site
    assert asker.ask("https://nowhere.invalid/").problem == "no such site"
    assert asker.ask("ftp://example.org/").problem == "not public"
    assert asker.ask("http://[broken").problem == "no address"


def test_our_own_network_is_never_asked_not_even_by_a_redirect(site, asker):
    inside = site.replace("localhost", "127.0.0.1")
    for address in (f"{inside}/ok", f"{site}/inside", f"{site}/file", "http://169.254.169.254/latest/meta-data/"):
        Site.asked.clear()
        assert asker.ask(address).problem == "not public", address
        assert not [path for _method, path, _headers in Site.asked if path == "/ok"]
    for written in ("http://2130706433/", "http://0x7f000001/", "http://[::1]/", "http://[::ffff:127.0.0.1]/"):
        assert asker.ask(written).status is None


# --- Keeping --------------------------------------------------------------------------------------


@pytest.fixture
def writer(make_user):
    user = make_user(MODERATORS)
    UserProfile.objects.update_or_create(user=user, defaults={"preferred_language": "en"})
    return user


@pytest.fixture
def page(db, writer, site):
    ExternalLink.objects.all().delete()
    made = factories.pages(StandardPage, {"fr": factories.homes()["fr"]}, "Page qui mène ailleurs")["fr"]
    StandardPage.objects.filter(pk=made.pk).update(owner=writer)
    return made


def lead_to(page, *addresses):
    links = "".join(f'<p><a href="{address}">Address {number}</a></p>' for number, address in enumerate(addresses))
    StandardPage.objects.filter(pk=page.pk).update(introduction=links)


def run():
    """What the command does, with the addresses of the demonstration left alone."""
    out = StringIO()
    ours = link_checking.found_on_pages
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            link_checking,
            "found_on_pages",
            lambda: {url: places for url, places in ours().items() if "localhost" in url or "10.0.0.7" in url},
        )
        call_command("check_links", stdout=out)
    return out.getvalue()


def later(**time):
    """As if that much time had gone by."""
    for link in ExternalLink.objects.all():
        link.next_check_at -= timedelta(**time)
        link.save()


def test_links_are_found_where_they_stand_and_forgotten_with_them(page, site):
    lead_to(
        page, f"{site}/ok#part", f"{site}/ok", "mailto:desk@example.org", "tel:+33199001010", "http://testserver/fr/"
    )
    run()
    link = ExternalLink.objects.get(url=f"{site}/ok")
    use = LinkUse.objects.get(link=link)
    assert (use.page_id, use.path, link.state) == (page.pk, "introduction", LinkState.FINE)
    asked = len(Site.asked)
    run()
    assert len(Site.asked) == asked, "what answered is asked again after a week"
    later(days=7)
    run()
    assert len(Site.asked) == asked + 1
    page.unpublish()
    run()
    assert not ExternalLink.objects.filter(url__contains="localhost").exists()


def test_a_link_is_broken_after_days_and_its_owner_hears_of_it_once(page, site, mailoutbox, writer):
    lead_to(page, f"{site}/status/404", f"{site}/status/403", "http://10.0.0.7/intranet")
    run()
    gone = ExternalLink.objects.get(url=f"{site}/status/404")
    assert (gone.state, gone.failures) == (LinkState.FAILING, 1)
    assert ExternalLink.objects.get(url=f"{site}/status/403").state == LinkState.UNCLEAR
    assert ExternalLink.objects.get(url__contains="10.0.0.7").state == LinkState.REFUSED
    (first,) = mailoutbox
    assert first.to == [writer.email] and "10.0.0.7" in first.body and "/status/404" not in first.body
    assert "visitors cannot reach" in first.body and f"/{page.pk}/edit/#:w:contentpath=introduction" in first.body
    for _day in range(3):
        later(hours=24)
        run()
    gone.refresh_from_db()
    assert gone.state == LinkState.BROKEN and gone.failing_since < timezone.now()
    assert len(mailoutbox) == 2 and "/status/404" in mailoutbox[1].body and "10.0.0.7" not in mailoutbox[1].body
    later(days=7)
    run()
    assert len(mailoutbox) == 2
    assert [one.rule for one in judge(StandardPage.objects.get(pk=page.pk))] == ["external-link"] * 2


def test_what_answers_again_may_break_again(page, site, mailoutbox):
    lead_to(page, f"{site}/ok")
    run()
    ExternalLink.objects.filter(url=f"{site}/ok").update(
        state=LinkState.BROKEN, failures=3, failing_since=timezone.now(), told_at=timezone.now()
    )
    later(days=7)
    run()
    link = ExternalLink.objects.get(url=f"{site}/ok")
    assert (link.state, link.failures, link.failing_since, link.told_at) == (LinkState.FINE, 0, None, None)


def test_a_dry_run_asks_nobody_and_keeps_nothing(page, site):
    lead_to(page, f"{site}/ok")
    out = StringIO()
    call_command("check_links", "--dry-run", stdout=out)
    assert f"would ask {site}/ok (1 uses)" in out.getvalue()
    assert Site.asked == [] and not ExternalLink.objects.exists()


def test_the_report_shows_links_of_pages_that_the_reader_may_edit(page, site, client_of, client, writer):
    lead_to(page, f"{site}/status/404", f"{site}/hop/ok")
    run()
    client.force_login(writer)
    address = reverse("link_report")
    rows = soup(client.get(address)).select("main tbody tr")
    assert [("did not answer" in row.get_text(), "moved for good" in row.get_text()) for row in rows] == [
        (True, False),
        (False, True),
    ]
    assert rows[0].select("a")[1]["href"] == f"/admin/pages/{page.pk}/edit/#:w:contentpath=introduction"
    assert len(soup(client.get(address, {"state": "fine"})).select("main tbody tr")) == 1
    assert len(soup(client.get(address, {"moved": "true"})).select("main tbody tr")) == 1
    assert "status/404" in b"".join(client.get(address, {"export": "csv"}).streaming_content).decode()
    assert client.get(address, {"export": "xlsx"}).status_code == 200
    assert client_of("Finance").get(address)["Location"] == reverse("wagtailadmin_home")
    writer.groups.get().page_permissions.update(page=factories.institute("Ailleurs")["fr"])
    assert soup(client.get(address)).select("main tbody tr") == []
