"""The dashboard: what waits for whoever logs in, in one order, and nothing of what is not theirs."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from wagtail.models import Comment, CommentReply, Page

from departments.models import ContactLine, MissedQuery
from donations.models import EntryKind, LedgerEntry
from institutes.models import Role
from portal import bootstrapping, care
from portal.models import ContactMessage, PageCare
from tests import factories
from tests.reading import soup, text

pytestmark = pytest.mark.django_db
HOME = "wagtailadmin_home"
FRIENDLY = "Nothing waits for you"


@pytest.fixture(autouse=True)
def _only_ours():
    """Nothing of the demonstration waits for anybody."""
    ContactLine.objects.update(valid_until=date(2000, 1, 1), valid_from=None)
    ContactMessage.objects.all().delete()
    MissedQuery.objects.all().delete()
    Role.objects.update(until=None)
    PageCare.objects.update(review_on=date(2099, 1, 1))


@pytest.fixture
def log_in(make_user):
    def enter(group, username=None):
        client = Client()
        client.force_login(make_user(group, username))
        return factories.speaking_english(client)

    return enter


def user_of(client):
    return client.get(reverse(HOME)).wsgi_request.user


def headings(client):
    return [one.get_text(strip=True) for one in soup(client.get(reverse(HOME))).select(".w-panel__heading")]


def message(page, **fields):
    sent = {"token": fields.pop("token"), "forget_at": timezone.now() + timedelta(days=30)} | fields
    return ContactMessage.objects.create(page=page, form_data={"message": "Bonjour"}, **sent)


@pytest.mark.parametrize("group", [bootstrapping.EDITORS, bootstrapping.SWITCHBOARD, bootstrapping.FINANCE])
def test_when_nothing_waits_one_friendly_line_says_so(group, log_in):
    shown = log_in(group).get(reverse(HOME))
    assert FRIENDLY in text(shown)
    assert not soup(shown).select(".w-waiting a[href*=care]")


def test_what_waits_stands_in_one_order_each_panel_where_there_is_something(log_in):
    client = log_in(bootstrapping.MODERATORS)
    user = user_of(client)
    institute = factories.institute()
    page = factories.department(institute, "Service des essais", number="01 99 00 10 10")["fr"]
    contact = factories.contact_page(institute)["fr"]
    Page.objects.filter(pk=page.pk).update(owner=user)
    PageCare.objects.create(page=page, review_on=timezone.localdate() - timedelta(days=2))
    message(contact, token="00000000-0000-4000-8000-000000000001")
    message(contact, token="00000000-0000-4000-8000-000000000002", emailed_at=timezone.now())
    page.refresh_from_db()
    page.save_revision(user=user)
    MissedQuery.objects.create(day=timezone.localdate(), language="fr", words="mal aux oreilles", times=3)
    other = log_in(bootstrapping.EDITORS, "colleague")
    Comment.objects.create(page=page, user=user_of(other), text="?", contentpath="title")
    shown = client.get(reverse(HOME))
    found = [one for one in headings(client) if one not in ("Your most recent edits", "Gifts of the last seven days")]
    assert found == [
        "Comments for you",
        "Messages from visitors",
        "Telephone numbers",
        "Pages to review",
        "Your drafts",
        "Searches that found nothing",
    ]
    words = text(shown)
    assert "Maison des essais – Écrire aux essais – 2 within seven days, 1 could not be e-mailed yet" in words
    assert "“mal aux oreilles” (3 times)" in words
    assert "1 line is due to be checked" in words
    assert "Bonjour" not in words
    assert FRIENDLY not in words


def test_nobody_sees_what_is_not_theirs(log_in):
    institute = factories.institute()
    page = factories.department(institute, "Service des essais")["fr"]
    contact = factories.contact_page(institute)["fr"]
    PageCare.objects.create(page=page, review_on=timezone.localdate())
    message(contact, token="00000000-0000-4000-8000-000000000001")
    MissedQuery.objects.create(day=timezone.localdate(), language="fr", words="mal aux oreilles", times=3)
    for group in (bootstrapping.SWITCHBOARD, bootstrapping.FINANCE):
        words = text(log_in(group).get(reverse(HOME)))
        assert "Service des essais" not in words
        assert "Messages from visitors" not in words
        assert "oreilles" not in words


def test_pages_without_an_owner_are_counted_for_those_who_publish(log_in):
    page = factories.department(factories.institute(), "Service des essais")["fr"]
    PageCare.objects.create(page=page, review_on=timezone.localdate())
    assert "1 page to review has no owner" in text(log_in(bootstrapping.MODERATORS).get(reverse(HOME)))
    assert "has no owner" not in text(log_in(bootstrapping.EDITORS).get(reverse(HOME)))


def test_a_comment_waits_for_its_readers_until_they_answer_or_it_is_resolved(log_in):
    mine, theirs = log_in(bootstrapping.EDITORS, "mine"), log_in(bootstrapping.EDITORS, "theirs")
    me, colleague = user_of(mine), user_of(theirs)
    page = factories.department(factories.institute(), "Service des essais")["fr"]
    Page.objects.filter(pk=page.pk).update(owner=me)
    comment = Comment.objects.create(page=page, user=colleague, text="?", contentpath="title")

    def waits(client):
        return "Comments for you" in headings(client)

    assert (waits(mine), waits(theirs)) == (True, False)
    CommentReply.objects.create(comment=comment, user=me, text="!")
    assert (waits(mine), waits(theirs)) == (False, True)
    comment.resolved_at = timezone.now()
    comment.save()
    assert (waits(mine), waits(theirs)) == (False, False)


def test_gifts_of_the_week_are_a_sum_without_names_for_those_who_may_know_totals(log_in):
    gift = factories.gift(5_000)
    entry = {"donation": gift, "issuer": gift.issuer, "fund": gift.fund, "kind": EntryKind.PAYMENT, "currency": "CHF"}
    LedgerEntry.objects.create(**entry, source="one", amount_minor=5_000)
    old = timezone.now() - timedelta(days=8)
    LedgerEntry.objects.create(**entry, source="old", amount_minor=90_000, happened_at=old)
    words = text(log_in(bootstrapping.MODERATORS).get(reverse(HOME)))
    assert "CHF 50.00, from 1 gift" in words.replace("\u00a0", " ")
    assert "Camille" not in words
    assert "from 1 gift" not in text(log_in(bootstrapping.SWITCHBOARD).get(reverse(HOME)))


def test_the_dashboard_asks_as_many_queries_for_many_pages_as_for_few(log_in):
    client = log_in(bootstrapping.MODERATORS)
    institute = factories.institute()

    def add(name):
        page = factories.department(institute, name)["fr"]
        Page.objects.filter(pk=page.pk).update(owner=user_of(client))
        PageCare.objects.create(page=page, review_on=care.timezone.localdate())

    def queries():
        with CaptureQueriesContext(connection) as captured:
            client.get(reverse(HOME))
        return len(captured)

    for name in ("Un", "Deux"):
        add(name)
    queries()
    few = queries()
    for name in ("Trois", "Quatre", "Cinq"):
        add(name)
    assert queries() == few
