"""Somebody leaves: their account is closed, nothing of theirs is lost, and there is no way back in."""

from datetime import timedelta

import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.models import Group
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from wagtail.models import ModelLogEntry, Page, PageSubscription, WorkflowState
from wagtail.users.models import UserProfile

from departments.models import Duty, LineClaim
from portal import bootstrapping
from portal.models import User
from tests import factories

pytestmark = pytest.mark.django_db

PASSWORD = "a-long-test-password"


@pytest.fixture
def people(make_user):
    """Somebody who leaves, a colleague with the same rights, and an administrator."""
    leaver, colleague = make_user(bootstrapping.EDITORS, "leaver"), make_user(bootstrapping.EDITORS, "colleague")
    for user in (leaver, colleague):
        user.email = f"{user.username}@example.org"
        user.save()
    UserProfile.objects.update_or_create(user=leaver, defaults={"preferred_language": "en"})
    return leaver, colleague, make_user(bootstrapping.ADMINISTRATORS)


def close(*args, **options):
    call_command("close_account", *args, **options)


def can_log_in(user):
    client = Client()
    client.post(reverse("wagtailadmin_login"), {"login": user.username, "password": PASSWORD})
    return "_auth_user_id" in client.session


def test_everything_goes_to_the_colleague_and_nothing_is_deleted(people, capsys, django_capture_on_commit_callbacks):
    leaver, colleague, _administrator = people
    department = factories.department(factories.institute())
    line = factories.line(department, "01 99 00 55 66")
    LineClaim.objects.create(line=line, user=leaver, until=timezone.now() + timedelta(minutes=10))
    page = department["fr"]
    Page.objects.filter(pk=page.pk).update(owner=leaver, locked=True, locked_by=leaver, locked_at=timezone.now())
    PageSubscription.objects.create(user=leaver, page=page, comment_notifications=True)
    other = department["en"]
    other.save_revision(user=leaver)
    other.get_workflow().start(other, leaver)
    Duty.objects.create(group=Group.objects.create(name="Night"), institute=page.get_parent().specific)
    leaver.groups.add(Group.objects.get(name="Night"))
    open_browser = Client()
    open_browser.force_login(leaver)
    session = open_browser.session.session_key
    people_before, mail.outbox[:] = User.objects.count(), []
    with django_capture_on_commit_callbacks(execute=True):
        close("leaver", to="colleague")
    said = capsys.readouterr().out
    page.refresh_from_db()
    assert (page.owner, page.locked, page.locked_by) == (colleague, False, None)
    assert PageSubscription.objects.get(page=page).user == colleague
    assert WorkflowState.objects.get(object_id=str(other.pk)).requested_by == colleague
    assert not LineClaim.objects.filter(user=leaver).exists()
    # No rights, no way in; the name stays.
    leaver.refresh_from_db()
    assert not leaver.is_active
    assert not leaver.groups.exists()
    assert not Session.objects.filter(pk=session).exists()
    assert open_browser.get(reverse("wagtailadmin_home")).status_code == 302
    assert User.objects.count() == people_before
    assert "Nobody is left in the group “Night”" in said
    entry = ModelLogEntry.objects.get(action="portal.close_account")
    assert entry.object_id == str(leaver.pk)
    assert entry.data["to"] == "colleague"
    assert set(entry.data["groups"]) == {bootstrapping.EDITORS, "Night"}
    # Both are told, each in their language.
    to_leaver, to_colleague = mail.outbox
    assert (to_leaver.to, to_colleague.to) == (["leaver@example.org"], ["colleague@example.org"])
    assert "Nobody can log in with it any more" in to_leaver.body
    assert "leaver" in to_colleague.subject


def test_a_closed_account_neither_logs_in_nor_gets_a_new_password(people, django_capture_on_commit_callbacks):
    leaver, _colleague, _administrator = people
    assert can_log_in(leaver)
    close("leaver", to="colleague")
    assert not can_log_in(leaver)
    assert authenticate(username="leaver", password=PASSWORD) is None
    mail.outbox.clear()
    Client().post(reverse("wagtailadmin_password_reset"), {"email": "leaver@example.org"})
    assert not mail.outbox


def test_a_dry_run_changes_nothing(people, capsys, django_capture_on_commit_callbacks):
    leaver, _colleague, _administrator = people
    with django_capture_on_commit_callbacks(execute=True) as told:
        close("leaver", to="colleague", dry_run=True)
    assert not told
    leaver.refresh_from_db()
    assert leaver.is_active
    assert leaver.groups.exists()
    assert can_log_in(leaver)
    assert "Account closed" in capsys.readouterr().out


def test_a_colleague_without_rights_there_is_refused_and_nothing_is_half_done(people, make_user):
    leaver, _colleague, _administrator = people
    make_user(bootstrapping.SWITCHBOARD, "caller")
    page = factories.institute()["fr"]
    Page.objects.filter(pk=page.pk).update(owner=leaver)
    with pytest.raises(CommandError, match=r"caller may not work on 1 page .*Maison des essais.*group that may"):
        close("leaver", to="caller")
    leaver.refresh_from_db()
    assert leaver.is_active
    assert leaver.groups.exists()


@pytest.mark.parametrize(
    ("args", "what_to_do"),
    [
        (("nobody", "colleague"), "no account called “nobody”"),
        (("leaver", "leaver"), "name a colleague"),
        (("leaver", "gone"), "somebody who is here"),
        (("boss", "colleague"), "last administrator"),
    ],
)
def test_bad_input_is_told_what_to_do(people, make_user, args, what_to_do):
    User.objects.filter(is_superuser=True).update(is_superuser=False)
    User.objects.create_user("gone", is_active=False)
    User.objects.create_superuser("boss")
    with pytest.raises(CommandError, match=what_to_do):
        close(args[0], to=args[1])
    assert User.objects.get(username="leaver").is_active


def test_closed_again_only_what_came_back_is_handed_over(people, capsys, django_capture_on_commit_callbacks):
    leaver, colleague, _administrator = people
    close("leaver", to="colleague")
    page = factories.institute()["fr"]
    Page.objects.filter(pk=page.pk).update(owner=leaver)
    close("leaver", to="colleague")
    page.refresh_from_db()
    assert page.owner == colleague
    capsys.readouterr()
    with django_capture_on_commit_callbacks(execute=True) as told:
        close("leaver", to="colleague")
    assert not told
    assert "closed already" in capsys.readouterr().out


def test_the_screen_shows_first_and_closes_then(people):
    leaver, colleague, administrator = people
    client = Client()
    client.force_login(administrator)
    factories.speaking_english(client)
    url = reverse("close_account", args=[leaver.pk])
    for screen in (reverse("wagtailusers_users:index"), reverse("wagtailusers_users:edit", args=[leaver.pk])):
        assert url in client.get(screen).content.decode()
    assert client.get(url).status_code == 200
    shown = client.post(url, {"colleague": colleague.pk}).content.decode()
    assert "Left: Communications editors" in shown
    leaver.refresh_from_db()
    assert leaver.is_active
    assert client.post(url, {"colleague": ""}).status_code == 422
    client.post(url, {"colleague": colleague.pk, "close": "1"})
    leaver.refresh_from_db()
    assert not leaver.is_active
    own = reverse("close_account", args=[administrator.pk])
    response = client.post(own, {"colleague": colleague.pk, "close": "1"})
    assert "Nobody closes their own account" in response.content.decode()


def test_an_administrator_without_all_rights_closes_no_account_that_has_them(people):
    _leaver, colleague, administrator = people
    boss = User.objects.create_superuser("boss")
    User.objects.create_superuser("second")
    client = Client()
    client.force_login(administrator)
    client.post(reverse("close_account", args=[boss.pk]), {"colleague": colleague.pk, "close": "1"})
    boss.refresh_from_db()
    assert boss.is_active
    assert (
        reverse("close_account", args=[boss.pk]) not in client.get(reverse("wagtailusers_users:index")).content.decode()
    )


def test_an_administrator_without_all_rights_neither_gives_them_nor_takes_over_who_has_them(people):
    leaver, _colleague, administrator = people
    boss = User.objects.create_superuser("boss", password="the-password-of-the-boss")
    client = Client()
    client.force_login(administrator)
    words = {"email": "new@example.org", "first_name": "N", "last_name": "N", "is_superuser": "on"}
    secret = {"password1": "a-long-test-password", "password2": "a-long-test-password"}
    client.post(reverse("wagtailusers_users:add"), words | secret | {"username": "new"})
    assert not User.objects.get(username="new").is_superuser
    client.post(
        reverse("wagtailusers_users:edit", args=[leaver.pk]),
        words | {"username": leaver.username, "is_active": "on"},
    )
    leaver.refresh_from_db()
    assert leaver.first_name == "N" and not leaver.is_superuser
    client.post(reverse("wagtailusers_users:edit", args=[boss.pk]), words | secret | {"username": "boss"})
    off = reverse("wagtail_bulk_action", args=["portal", "user", "set_active_state"])
    client.post(f"{off}?id={boss.pk}", {"mark_as_active": "False"})
    boss.refresh_from_db()
    assert boss.check_password("the-password-of-the-boss") and boss.is_active


def test_an_account_that_ever_logged_in_is_never_deleted(people):
    leaver, _colleague, administrator = people
    User.objects.filter(pk=leaver.pk).update(last_login=timezone.now())
    typo = User.objects.create_user("tpyo")
    client = Client()
    client.force_login(administrator)
    client.post(reverse("wagtailusers_users:delete", args=[leaver.pk]))
    bulk = reverse("wagtail_bulk_action", args=["portal", "user", "delete"])
    client.post(f"{bulk}?id={leaver.pk}&id={typo.pk}")
    assert User.objects.filter(pk__in=[leaver.pk, typo.pk]).count() == 2
    client.post(reverse("wagtailusers_users:delete", args=[typo.pk]))
    assert not User.objects.filter(pk=typo.pk).exists()
