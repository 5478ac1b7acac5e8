"""Every public page is looked at again by its day: e-mails, the button, the report. Each thing is told once."""

from datetime import date, datetime, timedelta
from io import BytesIO, StringIO
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.core import mail
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook
from wagtail import hooks
from wagtail.models import GroupPagePermission, Page, PageLogEntry, ReferenceIndex, Revision

from departments.models import DepartmentPage
from institutes import attendance
from portal import bootstrapping, care, care_notices, roles
from portal.models import CareNotice, PageCare, StandardPage
from tests import factories
from tests.reading import soup, text

pytestmark = pytest.mark.django_db

PARIS = ZoneInfo("Europe/Paris")
DAY = date(2030, 10, 27)  # winter time begins


@pytest.fixture(autouse=True)
def _only_ours():
    """The demonstration's pages are due in a far year, and its institutes have an editor."""
    care.complete()
    PageCare.objects.update(review_on=date(2099, 1, 1))


@pytest.fixture
def institute():
    return factories.institute()


@pytest.fixture
def page(institute):
    page = factories.department(institute, "Service des essais")["fr"]
    PageCare.objects.create(page=page, review_on=DAY)
    return page


@pytest.fixture
def owner(page, make_user):
    user = make_user(bootstrapping.EDITORS, "owner")
    type(user).objects.filter(pk=user.pk).update(
        email="owner@example.org", last_login=datetime(2030, 9, 1, tzinfo=PARIS)
    )
    Page.objects.filter(pk=page.pk).update(owner=user)
    return type(user).objects.get(pk=user.pk)


def group_at(page, name, acts, **account):
    """Somebody in a group that may do `acts` on a page and below it."""
    group = Group.objects.create(name=name)
    for act in acts:
        permission = roles.permission(f"wagtailcore.{act}")
        GroupPagePermission.objects.create(group=group, page=page, permission=permission)
    group.permissions.add(roles.permission("wagtailadmin.access_admin"))
    users = Page._meta.get_field("owner").related_model.objects
    user = users.create_user(f"one-of-{name}", **{"email": f"{name}@example.org"} | account)
    user.groups.add(group)
    return user


def announce(at=None, **options):
    output = StringIO()
    with time_machine.travel(at or datetime.now(PARIS), tick=False):
        call_command("announce_care", stdout=output, **options)
    return output.getvalue()


def at(day, hour=6):
    return datetime(day.year, day.month, day.day, hour, tzinfo=PARIS)


def told():
    """Who got an e-mail since it was asked last."""
    people = sorted(message.to[0] for message in mail.outbox)
    mail.outbox.clear()
    return people


# --- E-mails --------------------------------------------------------------------------------------


def test_the_owner_is_told_30_days_before_and_on_the_day_and_the_moderators_30_days_after(page, owner, institute):
    moderator = group_at(institute["fr"], "moderators-here", ["publish_page"])
    type(owner).objects.filter(pk=moderator.pk).update(last_login=at(DAY))
    expected = {-31: [], -30: ["owner"], -29: [], -1: [], 0: ["owner"], 1: [], 29: [], 30: ["both"], 31: [], 90: []}
    both = ["moderators-here@example.org", "owner@example.org"]
    for days, people in expected.items():
        # Just after midnight in Paris, which is the day before in UTC: the day is the hospital's.
        announce(at(DAY + timedelta(days=days), 0))
        assert told() == (both if people == ["both"] else [f"{name}@example.org" for name in people]), days


def test_one_e_mail_has_all_pages_in_the_reader_s_language_and_leads_to_the_button(page, owner, institute):
    other = factories.department(institute, "Service Deux")["en"]
    Page.objects.filter(pk=other.pk).update(owner=owner)
    PageCare.objects.create(page=other, review_on=DAY + timedelta(days=3))
    owner.wagtail_userprofile = None
    client = Client()
    client.force_login(owner)
    factories.speaking_english(client)
    announce(at(DAY))
    (message,) = mail.outbox
    assert message.subject == "2 things on the portal need you"
    assert "Service des essais" in message.body
    assert "Service Deux (English)" in message.body
    assert "due today" in message.body
    assert f"/admin/pages/{page.pk}/care/" in message.body
    announce(at(DAY, 23))
    assert len(mail.outbox) == 1


def test_a_page_whose_owner_is_gone_goes_to_those_who_publish_there(page, owner, institute):
    type(owner).objects.filter(pk=owner.pk).update(is_active=False)
    group_at(institute["fr"], "moderators-here", ["publish_page"])
    group_at(factories.institute("Maison Deux")["fr"], "moderators-elsewhere", ["publish_page"])
    announce(at(DAY))
    assert [message.to for message in mail.outbox] == [["moderators-here@example.org"]]


def test_without_moderators_the_administrators_hear_and_without_them_the_command_says_so(page, owner, make_user):
    type(owner).objects.filter(pk=owner.pk).update(email="")
    said = announce(at(DAY))
    assert "Nobody can be told about" in said and "Service des essais" in said
    assert mail.outbox == []
    type(owner).objects.filter(pk=owner.pk).update(is_superuser=True, email="all@example.org", is_active=True)
    Page.objects.filter(pk=page.pk).update(owner=None)
    announce(at(DAY))
    assert "all@example.org" in told()


def test_a_new_date_is_news_and_the_same_one_is_not(page, owner):
    announce(at(DAY))
    told()
    PageCare.objects.filter(page=page).update(review_on=DAY + timedelta(days=10))
    announce(at(DAY))
    announce(at(DAY))
    assert told() == ["owner@example.org"]


def test_pages_that_visitors_do_not_see_are_nobody_s_work(page, owner):
    page.unpublish()
    announce(at(DAY))
    assert mail.outbox == []


def test_a_dry_run_says_who_and_sends_nothing(owner):
    assert "owner would be told of 1 thing(s)." in announce(at(DAY), dry_run=True)
    assert (mail.outbox, CareNotice.objects.count()) == ([], 0)


def test_two_processes_with_the_same_plan_send_one_e_mail(owner):
    with time_machine.travel(at(DAY), tick=False):
        first, second = care_notices.plan(DAY), care_notices.plan(DAY)
        care_notices.carry_out(first, str)
        assert care_notices.carry_out(second, str).sent == 0
    assert len(mail.outbox) == 1


def test_other_floors_add_what_ends_through_the_hook(page, owner):
    def due(until):
        return [
            care_notices.Due(Page.objects.get(pk=page.pk), "consent", "Consents that end", DAY + timedelta(days=30))
        ]

    with hooks.register_temporarily("due_care", due):
        PageCare.objects.update(review_on=date(2099, 1, 1))
        announce(at(DAY))
        announce(at(DAY))
    (message,) = mail.outbox
    assert "Consents that end" in message.body
    assert reverse("wagtailadmin_pages:edit", args=[page.pk]) in message.body


# --- Institutes without an editor -----------------------------------------------------------------


def test_administrators_hear_of_an_institute_without_an_active_editor_at_once_and_then_weekly(institute, make_user):
    editor = group_at(institute["fr"], "writers-here", ["change_page"], is_active=False)
    administrator = make_user(bootstrapping.ADMINISTRATORS, "admin")
    users = type(editor).objects
    start = timezone.now()
    for days, sent in ((0, 1), (1, 0), (6, 0), (7, 1), (8, 0), (14, 1)):
        announce(start + timedelta(days=days))
        named = [message for message in mail.outbox if message.to == [administrator.email]]
        assert len(named) == sent, days
        assert all("Maison des essais" in message.body for message in named)
        mail.outbox.clear()
    users.filter(pk=editor.pk).update(is_active=True, last_login=start)
    assert institute["fr"].pk not in {page.pk for page in attendance.without_editor((start + timedelta(days=9)).date())}
    assert institute["fr"].pk in {page.pk for page in attendance.without_editor((start + timedelta(days=370)).date())}


def test_an_institute_without_groups_of_its_own_is_looked_after_by_those_who_edit_the_portal(institute, make_user):
    assert make_user(bootstrapping.EDITORS)
    assert institute["fr"].pk not in {page.pk for page in attendance.without_editor(timezone.localdate())}


# --- Days -----------------------------------------------------------------------------------------


def test_every_public_page_gets_a_day_that_counts_from_its_publication_and_never_comes_at_once(institute):
    new, old = factories.department(institute, "Neuf")["fr"], factories.department(institute, "Ancien")["fr"]
    draft = factories.department(institute, "Brouillon")["fr"]
    draft.unpublish()
    today = timezone.localdate()
    Page.objects.filter(pk=new.pk).update(last_published_at=timezone.now() - timedelta(days=100))
    Page.objects.filter(pk=old.pk).update(last_published_at=timezone.now() - timedelta(days=2000))
    assert care.complete() > 0
    assert care.complete() == 0
    days = dict(PageCare.objects.values_list("page", "review_on"))
    assert days[new.pk] == today + timedelta(days=265)
    assert days[old.pk] == today + timedelta(days=30)
    assert draft.pk not in days


@pytest.mark.parametrize("every", [None, 90])
def test_still_right_sets_the_next_day_once_for_all_and_is_told_in_the_history(page, owner, every):
    PageCare.objects.update(every=every)
    client = Client()
    client.force_login(owner)
    # Half an hour after midnight in Paris, in the night in which clocks go back: in UTC it is still the 26th.
    with time_machine.travel(datetime(2030, 10, 27, 0, 30, tzinfo=PARIS), tick=False):
        client.force_login(owner)
        answer = client.post(reverse("page_care", args=[page.pk]), {"right": "1"})
    assert answer["Location"] == reverse("page_care", args=[page.pk])
    row = PageCare.objects.get(page=page)
    assert row.review_on == DAY + timedelta(days=every or 365)
    assert row.reviewed_by == owner
    assert PageLogEntry.objects.filter(page=page, action=care.CONFIRMED, user=owner).count() == 1
    assert not Page.objects.get(pk=page.pk).has_unpublished_changes


def test_opening_the_address_of_the_e_mail_changes_nothing(page, owner):
    client = Client()
    client.force_login(owner)
    shown = soup(factories.speaking_english(client).get(reverse("page_care", args=[page.pk])))
    assert shown.find("button", attrs={"name": "right"}).get_text(strip=True) == "Still right"
    assert PageCare.objects.get(page=page).reviewed_at is None


def test_owner_and_day_are_changed_without_a_draft_and_no_draft_brings_them_back(page, owner, make_user):
    colleague = make_user(bootstrapping.EDITORS, "colleague")
    draft = page.save_revision()
    client = Client()
    client.force_login(owner)
    factories.speaking_english(client)
    address = reverse("page_care", args=[page.pk])
    values = {"owner": colleague.pk, "review_on": "2020-01-01", "every": "60"}
    assert "still to come" in text(client.post(address, values))
    assert client.post(address, values | {"review_on": "2031-05-01"}).status_code == 302
    Revision.objects.get(pk=draft.pk).publish()
    stored = Page.objects.get(pk=page.pk)
    assert (stored.owner, stored.care.review_on, stored.care.every) == (colleague, date(2031, 5, 1), 60)
    outsider = make_user(bootstrapping.FUNDRAISERS)
    assert "Select a valid choice" in text(client.post(address, values | {"owner": outsider.pk}))


def test_who_may_not_change_the_page_may_not_say_that_it_is_right(page, client_of, institute):
    elsewhere = group_at(factories.institute("Maison Deux")["fr"], "writers-elsewhere", ["change_page"])
    client = Client()
    client.force_login(elsewhere)
    for one in (client, client_of(bootstrapping.SWITCHBOARD)):
        assert one.post(reverse("page_care", args=[page.pk]), {"right": "1"}).status_code in (302, 403)
    assert PageCare.objects.get(page=page).reviewed_at is None


def test_the_edit_screen_shows_owner_and_day_and_leads_there(page, owner):
    client = Client()
    client.force_login(owner)
    screen = factories.speaking_english(client).get(reverse("wagtailadmin_pages:edit", args=[page.pk])).content.decode()
    assert f"/admin/pages/{page.pk}/care/" in screen
    assert "Oct. 27, 2030" in screen or "27 October 2030" in screen


# --- The report -----------------------------------------------------------------------------------


@pytest.fixture
def english(editor):
    return factories.speaking_english(editor)


def titles(response):
    return [page.title for page in response.context["object_list"]]


def test_the_report_lists_what_is_due_of_the_pages_that_the_user_may_edit(page, owner, institute):
    PageCare.objects.filter(page=page).update(review_on=timezone.localdate() - timedelta(days=1))
    far = factories.department(institute, "Plus tard")["fr"]
    PageCare.objects.create(page=far, review_on=timezone.localdate() + timedelta(days=300))
    client = Client()
    client.force_login(group_at(institute["fr"], "writers-here", ["change_page"]))
    factories.speaking_english(client)
    address = reverse("pages_to_review")
    shown = client.get(address)
    assert titles(shown) == ["Service des essais"]
    assert "due" in soup(shown).select_one("td .w-status").get_text()
    assert "Plus tard" in titles(client.get(address, {"due": "all"}))
    assert titles(client.get(address, {"owner": owner.pk})) == ["Service des essais"]
    assert titles(client.get(address, {"owner": "none"})) == []
    assert titles(client.get(address, {"language": "en"})) == []
    assert titles(client.get(address, {"institute": institute["fr"].pk})) == ["Service des essais"]
    other = factories.department(factories.institute("Maison Deux"), "Service ailleurs")["fr"]
    PageCare.objects.create(page=other, review_on=timezone.localdate())
    assert titles(client.get(address)) == ["Service des essais"]
    button = soup(client.get(address)).find("button", attrs={"name": "right"}).find_parent("form")
    assert client.post(button["action"], {"right": "1"})["Location"] == address
    assert titles(client.get(address)) == []


def test_the_report_is_exported_with_the_same_rows(page, english):
    Page.objects.filter(pk=page.pk).update(title="=1+1", draft_title="=1+1")
    PageCare.objects.filter(page=page).update(review_on=timezone.localdate(), reviewed_at=timezone.now())
    exported = english.get(reverse("pages_to_review"), {"export": "csv"})
    lines = b"".join(exported.streaming_content).decode().splitlines()
    assert lines[0].startswith("Page,Institute,Language,Owner,To be reviewed by")
    assert lines[1].startswith("'=1+1,Maison des essais,fr,nobody")
    workbook = load_workbook(
        BytesIO(b"".join(english.get(reverse("pages_to_review"), {"export": "xlsx"}).streaming_content))
    )
    assert workbook.active.max_row == 2


def test_the_report_asks_as_many_queries_for_many_pages_as_for_few(institute, english, page):
    def queries():
        PageCare.objects.filter(page__in=DepartmentPage.objects.all()).update(review_on=timezone.localdate())
        with CaptureQueriesContext(connection) as captured:
            assert english.get(reverse("pages_to_review")).status_code == 200
        return len(captured)

    care.complete()
    queries()
    few = queries()
    for number in range(5):
        factories.department(institute, f"Service {number}")
    care.complete()
    assert queries() == few


# --- Orphaned pages, and what ends ----------------------------------------------------------------


def standard(parents, title, **fields):
    return factories.pages(StandardPage, parents, title, **fields)


def linking_to(page):
    return f'<p><a linktype="page" id="{page.pk}">Lire</a></p>'


def test_a_page_is_orphaned_when_nothing_leads_to_it_or_nobody_looks_after_it(institute, english):
    user = english.get(reverse("wagtailadmin_home")).wsgi_request.user
    pages = {
        "found": standard(institute, "Trouvée")["fr"],
        "from draft": standard(institute, "Depuis un brouillon")["fr"],
        "menu": standard(factories.homes(), "Au menu", show_in_menus=True)["fr"],
        "department": factories.department(institute, "Service au répertoire")["fr"],
        "of a role": factories.person(institute, "Personne nommée")["fr"],
        "lonely": standard(institute, "Seule")["fr"],
        "of nobody": standard(factories.homes(), "À personne", show_in_menus=True)["fr"],
    }
    for name, target in (("found", "found"), ("from draft", "from draft")):
        for linking in standard(institute, f"Lien {name}", introduction=linking_to(pages[target])).values():
            ReferenceIndex.create_or_update_for_object(linking)
            if name == "from draft":
                linking.unpublish()
    factories.role(institute, {"fr": pages["of a role"]}, "Chef")
    Page.objects.exclude(pk=pages["of nobody"].pk).update(owner=user)
    Page.objects.filter(pk=pages["of nobody"].pk).update(owner=None)
    listed = english.get(reverse("orphaned_pages"), {"language": "fr"}).context["object_list"]
    shown = {page.title: page.why for page in listed}
    assert shown["Seule"] == "linked from nowhere"
    assert shown["Depuis un brouillon"] == "linked from nowhere"
    assert shown["À personne"] == "nobody looks after it"
    assert not {"Trouvée", "Au menu", "Service au répertoire", "Personne nommée", "Maison des essais"} & set(shown)
    assert titles(english.get(reverse("orphaned_pages"), {"why": "owner"})) == ["À personne"]
    rows = english.get(reverse("orphaned_pages"), {"why": "links", "export": "csv"})
    assert "Seule" in b"".join(rows.streaming_content).decode()


def test_what_ends_is_reported_of_things_that_the_user_may_change(page, english, client_of):
    def due(until):
        return [care_notices.Due(page, "consent", "Consent", timezone.localdate() + timedelta(days=60))]

    menu = reverse("expiring_things")
    with hooks.register_temporarily("due_care", due):
        assert "Service des essais" in text(english.get(menu))
        assert b"Consent" in b"".join(english.get(menu, {"export": "csv"}).streaming_content)
        stranger = Client()
        stranger.force_login(group_at(factories.institute("Maison Deux")["fr"], "writers-elsewhere", ["change_page"]))
        assert "Service des essais" not in text(stranger.get(menu))
        assert menu in english.get(reverse("wagtailadmin_home")).content.decode()


def test_reports_are_for_those_who_change_pages(client_of):
    client = client_of(bootstrapping.SWITCHBOARD)
    for name in ("pages_to_review", "orphaned_pages", "expiring_things"):
        assert client.get(reverse(name)).status_code in (302, 403)
