"""The command and the report that judge all pages."""

import csv
import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse
from wagtail.models import GroupPagePermission, Page

from portal.bootstrapping import EDITORS
from portal.content_report import judged
from portal.models import StandardPage
from tests import factories
from tests.reading import soup

pytestmark = pytest.mark.django_db

BROKEN = '<p>See the <a linktype="page" id="999999">plan</a>.</p>'
DOUBTFUL = "<p>Call 01 99 00 10 10.</p>"


@pytest.fixture
def institute():
    return factories.institute("Maison des contrôles")


@pytest.fixture
def pages(institute):
    made = factories.pages(StandardPage, factories.homes(), "Page à revoir", introduction=DOUBTFUL)
    Page.objects.filter(pk=factories.department(institute, "Service fautif")["fr"].pk).update(live=True)
    return made


def run(*arguments):
    out = StringIO()
    try:
        call_command("check_content", *arguments, stdout=out, stderr=StringIO())
    except CommandError as error:
        return out.getvalue(), error.returncode
    return out.getvalue(), 0


def break_one(pages, language="fr"):
    StandardPage.objects.filter(pk=pages[language].pk).update(introduction=BROKEN)


def test_the_demonstration_has_nothing_to_mend(db):
    said, code = run("--warnings")
    assert code == 0 and "pages judged" in said and "ERROR" not in said


def test_errors_are_listed_with_where_to_mend_them_and_end_the_command_with_1(pages):
    assert run()[1] == 0
    break_one(pages)
    said, code = run()
    assert code == 1 and "Page à revoir · Introduction" in said and "has been deleted" in said
    assert f"/admin/pages/{pages['fr'].pk}/edit/#:w:contentpath=introduction" in said
    assert "1  error: Links within the portal" in said and "01 99 00 10 10" not in said
    assert "01 99 00 10 10" in run("--warnings")[0]


def test_what_is_judged_can_be_narrowed(pages, institute):
    break_one(pages, "en")
    assert run("--language", "fr")[1] == 0 and run("--language", "en")[1] == 1
    assert run("--institute", "maison-des-controles")[1] == 0
    with pytest.raises(CommandError, match="There is no institute"):
        call_command("check_content", "--institute", "x")
    break_one(pages, "fr")
    assert run("--institute", "maison-des-controles")[1] == 0


def test_machines_read_it_too(pages):
    break_one(pages)
    (error,) = json.loads(run("--format", "json")[0])
    assert error["rule"] == "broken-link" and error["severity"] == "error" and error["language"] == "fr"
    rows = list(csv.DictReader(StringIO(run("--format", "csv", "--warnings")[0])))
    assert {row["rule"] for row in rows} == {"broken-link", "typed-number"}


def test_drafts_are_judged_when_asked(pages):
    page = StandardPage.objects.get(pk=pages["fr"].pk)
    page.introduction = BROKEN
    page.save_revision()
    assert run()[1] == 0
    said, code = run("--drafts")
    assert code == 1 and "(only in the draft)" in said


def test_the_number_of_queries_does_not_grow_with_the_pages(pages, django_assert_max_num_queries):
    kinds = 12
    for number in range(30):
        factories.pages(StandardPage, factories.homes(), f"Encore {number}", introduction=DOUBTFUL)
    with django_assert_max_num_queries(kinds * 8):
        total = sum(number for number, _rows in judged(Page.objects.filter(depth__gt=1)))
    assert total > 60


def test_the_report_shows_what_the_reader_may_mend_and_exports_it(pages, institute, client_of):
    break_one(pages)
    moderator = factories.speaking_english(client_of("Moderators"))
    address = reverse("content_report")
    shown = soup(moderator.get(address))
    rows = shown.select("main tbody tr")
    assert "Error" in rows[0].get_text() and rows[0].a["href"].endswith("#:w:contentpath=introduction")
    assert len(soup(moderator.get(address, {"severity": "error"})).select("main tbody tr")) == 1
    assert len(soup(moderator.get(address, {"rule": "typed-number", "language": "en"})).select("main tbody tr")) == 1
    assert soup(moderator.get(address, {"institute": institute["fr"].pk})).select("main tbody tr") == []
    assert "Page à revoir" in b"".join(moderator.get(address, {"export": "csv"}).streaming_content).decode()
    assert moderator.get(address, {"export": "xlsx"}).status_code == 200
    GroupPagePermission.objects.filter(group__name=EDITORS).update(page=institute["fr"])
    assert soup(client_of(EDITORS).get(address)).select("main tbody tr") == []
    assert client_of("Finance").get(address)["Location"] == reverse("wagtailadmin_home")
