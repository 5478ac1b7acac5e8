"""The portal-wide notice: it comes and leaves by itself, and says when."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.urls import reverse
from django.utils import timezone

from portal.models import Notice
from tests import factories
from tests.reading import soup

pytestmark = pytest.mark.django_db

START = datetime(2031, 3, 3, 8, 0, tzinfo=UTC)
END = START + timedelta(hours=4)


@pytest.fixture
def notice():
    return Notice.objects.create(
        text={"fr": "Le standard est coupé.", "en": "The switchboard is down."}, starts_at=START, ends_at=END
    )


def notices_on(client, path):
    return [
        section.get_text(" ", strip=True)
        for section in soup(client.get(path)).find_all("section", class_="notice")
        if "switchboard" in section.get_text() or "standard" in section.get_text()
    ]


@pytest.mark.parametrize(
    ("moment", "is_shown"),
    [
        (START - timedelta(seconds=1), False),
        (START, True),
        (END - timedelta(seconds=1), True),
        (END, False),
    ],
    ids=["before", "at its start", "just before its end", "at its end"],
)
def test_a_notice_comes_and_leaves_by_itself(client, notice, moment, is_shown):
    with time_machine.travel(moment, tick=False):
        assert notices_on(client, "/en/") == (["The switchboard is down."] if is_shown else [])
        assert notice.is_current is is_shown


def test_a_notice_stands_on_every_page_in_the_language_of_the_page(client, notice):
    with time_machine.travel(START):
        assert notices_on(client, "/fr/") == ["Le standard est coupé."]
        assert notices_on(client, "/en/search/") == ["The switchboard is down."]


def test_the_gravest_notice_comes_first(client, notice):
    Notice.objects.create(
        text={"fr": "Ailleurs", "en": "Elsewhere"}, starts_at=START + timedelta(minutes=5), ends_at=END
    )
    urgent = Notice.objects.create(
        text={"fr": "Urgence", "en": "Emergency"}, is_urgent=True, starts_at=START - timedelta(days=1), ends_at=END
    )
    with time_machine.travel(START + timedelta(hours=1)):
        assert Notice.objects.current().first() == urgent


def test_a_notice_needs_its_end(moderator):
    form = {
        "text_0": "Le standard est coupé.",
        "text_1": "The switchboard is down.",
        "starts_at": "2031-03-03 08:00",
        "ends_at": "",
        "link": "",
    }
    add = reverse(Notice.snippet_viewset.get_url_name("add"))
    response = moderator.post(add, form)
    assert response.status_code == 200
    assert "ends_at" in response.context["form"].errors
    assert not Notice.objects.exists()
    assert moderator.post(add, form | {"ends_at": "2031-03-03 12:00"}).status_code == 302
    assert Notice.objects.get().ends_at > Notice.objects.get().starts_at


def test_an_editor_may_not_publish_a_notice(editor):
    response = editor.get(reverse(Notice.snippet_viewset.get_url_name("add")))
    assert response.status_code == 302


@pytest.mark.parametrize("end", [START, START - timedelta(days=1)])
def test_a_notice_ends_after_it_starts(end):
    notice = Notice(text={"fr": "Un", "en": "One"}, starts_at=START, ends_at=end)
    with pytest.raises(ValidationError) as refused:
        notice.full_clean()
    assert "ends_at" in refused.value.error_dict
    with pytest.raises(IntegrityError):
        notice.save()


def test_a_notice_leads_each_reader_to_the_page_in_their_language_and_nobody_to_a_hidden_one(client):
    pages = factories.institute("Maison du lien")
    now = timezone.now()
    Notice.objects.create(
        text={"fr": "Travaux", "en": "Works"}, link=pages["fr"], starts_at=now, ends_at=now + timedelta(hours=1)
    )
    for language, path in (("fr", "/fr/mentions-legales/"), ("en", "/en/legal-notice/")):
        assert soup(client.get(path)).find("a", href=pages[language].url)
    for page in pages.values():
        page.unpublish()
    assert not soup(client.get("/en/legal-notice/")).find("a", href=pages["en"].url)
