"""Wrong number? – one tap, nothing personal, no cookie; repeats merge, floods do no harm, staff close."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.cache import caches
from django.db import IntegrityError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from departments import verifying, wrong_numbers
from departments.models import ContactLine, DirectoryPage, NumberReport
from portal import bootstrapping
from portal.networks import address_of
from tests import factories
from tests.reading import soup, text

pytestmark = pytest.mark.django_db

PARIS = ZoneInfo("Europe/Paris")


@pytest.fixture(autouse=True)
def _no_memory():
    caches["brakes"].clear()
    yield
    caches["brakes"].clear()


@pytest.fixture
def department():
    return factories.department(factories.institute(), "Service des essais", number="01 99 00 10 10")


@pytest.fixture
def line(department):
    return ContactLine.objects.of(department["fr"]).get()


def address(line, language):
    return f"/{language}/-/wrong-number/{line.uuid}/"


@pytest.fixture
def editor(editor):
    return factories.speaking_english(editor)


def report(line, sender="8.8.4.7", number=None, **headers):
    """What a visitor's browser at an address sends."""
    return Client(REMOTE_ADDR=sender).post(
        address(line, "en"), {"number": number or str(line.phone)}, headers={"Sec-Fetch-Site": "same-origin"} | headers
    )


def test_a_visitor_reports_with_the_form_of_the_line_is_thanked_and_led_back(line, department):
    visitor = Client()
    page = soup(visitor.get(department["en"].url))
    form = page.find("form", class_="wrong-number")
    assert [field["name"] for field in form.find_all("input")] == ["number"]
    values = {field["name"]: field["value"] for field in form.find_all("input")}
    thanks = visitor.post(form["action"], values, follow=True)
    assert thanks.redirect_chain[0][1] == 303
    assert "Thank you" in text(thanks)
    assert soup(thanks).find("main").find("a", class_="button")["href"] == department["en"].url
    assert not visitor.cookies
    kept = NumberReport.objects.get()
    assert (kept.line, kept.number, kept.count) == (line, "+33199001010", 1)


def test_what_is_kept_says_nothing_of_who_reported(line):
    report(line, "8.8.4.7")
    names = {field.name for field in NumberReport._meta.get_fields()}
    assert names == {
        *("id", "line", "number", "first_reported_on", "last_reported_on", "count"),
        *("closed_at", "closed_by", "outcome", "reason"),
    }
    assert "8.8.4.7" not in repr(caches["brakes"]._cache)


def test_opening_the_address_reports_nothing_and_search_engines_are_kept_out(line):
    page = Client().get(address(line, "en"))
    assert page.status_code == 200
    assert b'content="noindex"' in page.content
    assert "Thank you" not in text(page)
    assert not NumberReport.objects.exists()


def test_what_is_reported_is_said_in_words(line, department):
    def spoken():
        return soup(Client().get(department["en"].url)).select_one(".wrong-number .visually-hidden").get_text().split()

    number = "+33 (0)1 99 00 10 10"
    assert spoken() == f"Report that {number} is wrong".split()
    assert f"{number} (Service des essais)." in text(Client().get(address(line, "en")))
    ContactLine.objects.filter(pk=line.pk).update(extension="1234", purpose="appointments")
    assert spoken() == f"Report that {number} extension 1234 (Appointments) is wrong".split()
    for language, words in (("fr", "poste 1234 (Rendez-vous)"), ("en", "extension 1234 (Appointments)")):
        page = text(Client().get(address(line, language)))
        assert words in page
        assert "#" not in page


def test_repeats_merge_into_one_report_with_its_days(line):
    with time_machine.travel(datetime(2030, 3, 1, 12, tzinfo=PARIS)):
        report(line, "8.8.4.1")
        report(line, "8.8.4.2")
    with time_machine.travel(datetime(2030, 3, 5, 12, tzinfo=PARIS)):
        report(line, "8.8.4.1")
    kept = NumberReport.objects.get()
    assert kept.count == 3
    assert (kept.first_reported_on.isoformat(), kept.last_reported_on.isoformat()) == ("2030-03-01", "2030-03-05")


def test_who_taps_twice_counts_once_and_is_thanked_all_the_same(line):
    assert [report(line).status_code for _tap in range(3)] == [303, 303, 303]
    assert NumberReport.objects.get().count == 1


def test_a_number_that_was_corrected_meanwhile_is_not_reported(line):
    assert report(line, number="+33199009999").status_code == 303
    assert not NumberReport.objects.exists()


@pytest.mark.parametrize(
    "headers", [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "", "Origin": "https://e.org"}]
)
def test_a_form_on_another_site_reports_nothing(line, headers):
    assert report(line, **headers).status_code == 403
    assert not NumberReport.objects.exists()


def test_lines_that_visitors_do_not_see_cannot_be_reported(line, department):
    department["fr"].unpublish()
    department["en"].unpublish()
    assert report(line).status_code == 404
    ContactLine.objects.filter(pk=line.pk).update(archived_at=timezone.now())
    assert report(line).status_code == 404


def test_one_address_reports_only_so_many_lines_a_day(department):
    lines = [factories.line(department, f"01 99 00 20 {place}") for place in range(10, 22)]
    codes = [report(line).status_code for line in lines]
    assert codes == [303] * wrong_numbers.MOST_PER_ADDRESS + [429] * 2
    assert NumberReport.objects.count() == wrong_numbers.MOST_PER_ADDRESS
    with time_machine.travel(timezone.now() + timedelta(days=2)):
        assert report(lines[-1]).status_code == 303


def test_a_flood_from_many_addresses_is_held_back_and_costs_next_to_nothing(line, monkeypatch):
    monkeypatch.setattr(wrong_numbers, "MOST_PER_MINUTE", 20)
    with time_machine.travel(datetime(2030, 3, 1, 12, 0, 5, tzinfo=PARIS), tick=False):
        codes = [report(line, f"8.8.4.{place}").status_code for place in range(40)]
        assert codes == [303] * 20 + [429] * 20
        with CaptureQueriesContext(connection) as captured, pytest.raises(wrong_numbers.TooMany):
            wrong_numbers.take(line, str(line.phone), "8.8.4.99")
    assert len(captured) == 0
    assert (NumberReport.objects.count(), NumberReport.objects.get().count) == (1, 20)


def test_one_address_does_not_use_up_the_minute_of_all_the_others(line, department, monkeypatch):
    monkeypatch.setattr(wrong_numbers, "MOST_PER_MINUTE", 3)
    monkeypatch.setattr(wrong_numbers, "MOST_PER_ADDRESS", 2)
    lines = [line, *(factories.line(department, f"01 99 00 20 {place}") for place in range(10, 13))]
    with time_machine.travel(datetime(2030, 3, 1, 12, 0, 5, tzinfo=PARIS), tick=False):
        assert [report(line).status_code for _tap in range(10)] == [303] * 10
        assert [report(line).status_code for line in lines[1:]] == [303, 429, 429]
        assert report(line, "8.8.4.8").status_code == 303
        assert report(line, "8.8.4.9").status_code == 429
    with time_machine.travel(datetime(2030, 3, 1, 12, 1, 5, tzinfo=PARIS), tick=False):
        assert report(line, "8.8.4.9").status_code == 303
    # What was refused because of others counted neither as sent nor against the address.
    assert NumberReport.objects.get(line=line).count == 3


@pytest.mark.parametrize("audience", ["professionals", "press", "donors"])
def test_a_line_for_others_is_reported_only_where_a_directory_for_them_shows_it(line, audience):
    ContactLine.objects.filter(pk=line.pk).update(audience=audience)
    directories = [page for page in DirectoryPage.objects.all() if page.readers == audience]
    for page in directories:
        page.unpublish()
    response = Client().get(address(line, "en"))
    assert response.status_code == 404
    assert "99 00 10 10" not in text(response)
    assert report(line).status_code == 404
    for page in directories[:1]:
        page.save_revision().publish()
        assert Client().get(address(line, "en")).status_code == 200


def test_a_flood_over_all_lines_opens_only_so_many_reports_a_day(department, monkeypatch):
    monkeypatch.setattr(wrong_numbers, "MOST_OPEN_PER_DAY", 3)
    lines = [factories.line(department, f"01 99 00 20 {place}") for place in range(10, 15)]
    codes = [report(line, f"8.8.4.{place}").status_code for place, line in enumerate(lines)]
    assert codes == [303, 303, 303, 429, 429]
    refused = report(lines[-1], "8.8.4.88")
    assert "was not taken" in text(refused)
    assert report(lines[0], "8.8.4.90").status_code == 303  # what is open still counts


@pytest.mark.parametrize(
    ("remote", "forwarded", "taken"),
    [
        ("8.8.4.4", "8.8.8.8", "8.8.4.4"),  # no server of ours in between: the header is the visitor's word alone
        ("127.0.0.1", "8.8.8.8", "8.8.8.8"),
        ("10.0.0.4", "6.6.6.6, 8.8.8.8", "8.8.8.8"),  # the last entry is our server's
        ("127.0.0.1", "", ""),
        ("", "", ""),
        ("127.0.0.1", "nonsense", ""),
        ("2a00:1450::1:2:3:4", "", "2a00:1450::/64"),
    ],
)
def test_addresses_are_taken_from_where_nobody_can_forge_them(rf, remote, forwarded, taken):
    request = rf.post("/", REMOTE_ADDR=remote, headers={"X-Forwarded-For": forwarded})
    assert address_of(request) == taken


# --- Staff ----------------------------------------------------------------------------------------


def close(client, kept, **values):
    return client.post(reverse("reported_number", args=[kept.pk]), values)


@pytest.fixture
def kept(line):
    report(line)
    return NumberReport.objects.get()


def test_a_change_of_the_number_closes_the_report(line, kept, editor):
    assert "99 00 10 10" in text(editor.get(reverse("reported_numbers")))
    close(editor, kept, act="change", number="01 99 00 10 11", seen=verifying.seen(line))
    kept.refresh_from_db()
    assert (kept.outcome, kept.closed_by.username) == ("changed", "communications-editors")
    assert ContactLine.objects.get(pk=line.pk).number == "+33199001011"
    assert not editor.get(reverse("reported_numbers")).context["object_list"]


def test_a_report_is_closed_with_a_reason_and_the_next_one_opens_anew(line, kept, editor):
    assert "reason" in text(close(editor, kept, act="close", outcome="right"))
    assert "what came of" in text(close(editor, kept, act="close", reason="Appelé lundi.")).lower()
    kept.refresh_from_db()
    assert kept.closed_at is None
    close(editor, kept, act="close", outcome="right", reason="Appelé lundi.")
    kept.refresh_from_db()
    assert (kept.outcome, kept.reason) == ("right", "Appelé lundi.")
    report(line, "8.8.4.9")
    assert NumberReport.objects.filter(closed_at=None).count() == 1
    assert close(editor, kept, act="close", outcome="other", reason="x").status_code == 302
    kept.refresh_from_db()
    assert kept.outcome == "right"


def test_reports_of_a_number_that_changed_elsewhere_are_off_the_list(line, kept, editor):
    ContactLine.objects.filter(pk=line.pk).update(number="+33199001099")
    assert not editor.get(reverse("reported_numbers")).context["object_list"]
    assert editor.get(reverse("reported_number", args=[kept.pk])).status_code == 302


def test_only_those_who_may_change_the_line_see_and_close_its_reports(line, kept, client_of):
    for group in (bootstrapping.SWITCHBOARD, bootstrapping.FUNDRAISERS):
        client = client_of(group)
        assert close(client, kept, act="close", outcome="right", reason="x").status_code in (302, 403)
        kept.refresh_from_db()
        assert kept.closed_at is None


def test_there_is_one_open_report_per_line_and_number(kept):
    with pytest.raises(IntegrityError):
        NumberReport.objects.create(
            line=kept.line,
            number=kept.number,
            first_reported_on=kept.first_reported_on,
            last_reported_on=kept.last_reported_on,
        )
