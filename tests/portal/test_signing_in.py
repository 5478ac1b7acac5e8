"""Signing in: one door, a second factor for who must have one, brakes that lock out who guesses and nobody else."""

import re
from base64 import b64encode

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.auth.models import Group, Permission
from django.core import mail
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import get_resolver
from wagtail.models import Collection, CollectionViewRestriction, ModelLogEntry, Page

from portal import bootstrapping
from portal.models import PortalDocument
from portal.signing_in import brakes, demonstration_codes, second_factor
from tests import second_factors

pytestmark = pytest.mark.django_db

PASSWORD = "a-long-test-password"
DOOR, CODE = "/admin/login/", "/admin/login/code/"


@pytest.fixture(autouse=True)
def _shared_cache(settings):
    """Counts and used codes are really kept, and forgotten after the test."""
    settings.CACHES = settings.CACHES | {
        "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "signing in"}
    }
    cache.clear()
    yield
    cache.clear()


def enter(client, user, password=PASSWORD, address="198.51.100.1", **data):
    data = {"login": getattr(user, "username", user), "password": password} | data
    return client.post(DOOR, data, headers={"X-Forwarded-For": address})


def is_in(client):
    return client.get("/admin/tag-autocomplete/?term=x").status_code == 200  # as any address of the admin, but quick


@pytest.mark.parametrize("group", [bootstrapping.EDITORS, bootstrapping.MODERATORS, bootstrapping.SWITCHBOARD])
def test_who_needs_no_second_factor_comes_in_with_a_password(client, make_user, group):
    user = make_user(group)
    user.email = "own@Example.ORG"
    user.save()
    assert enter(client, user)["Location"] == "/admin/"
    assert is_in(client)
    other = Client()
    assert enter(other, "Own@Example.org")["Location"] == "/admin/"
    assert is_in(other)


@pytest.mark.parametrize("group", [bootstrapping.ADMINISTRATORS, bootstrapping.FINANCE, bootstrapping.FUNDRAISERS])
def test_who_must_have_a_second_factor_can_open_nothing_before(client, make_user, group):
    user = make_user(group)
    enter(client, user)
    for path in ("/admin/", "/admin/account/", "/admin/pages/", "/admin/giving/gifts/", "/admin/reports/site-history/"):
        for answer in (client.get(path), client.post(path)):
            assert answer.status_code == 302
            assert answer["Location"].startswith("/admin/account/second-factor/?next=")
    assert client.get("/admin/pages/", headers={"X-Requested-With": "XMLHttpRequest"}).status_code == 403
    page = client.get("/admin/account/second-factor/")
    assert page.status_code == 200
    assert client.get("/admin/account/second-factor/app/").status_code == 200


def test_a_session_without_its_second_factor_is_nobody_elsewhere_too(client, make_user):
    collection = Collection.get_first_root_node().add_child(name="Staff")
    CollectionViewRestriction.objects.create(collection=collection, restriction_type=CollectionViewRestriction.LOGIN)
    file = ContentFile(b"%PDF-1.4", name="plan.pdf")
    document = PortalDocument.objects.create(title="Plan", file=file, collection=collection)
    user = make_user(bootstrapping.FINANCE)
    enter(client, user)
    assert client.get(document.url)["Location"].startswith(DOOR)
    second_factors.set_up(user)
    client.post("/admin/account/second-factor/show/", {"code": second_factors.current_code()})
    answer = client.get(document.url)
    answer.close()
    assert answer.status_code == 200


def test_an_app_is_set_up_and_used(client, make_user, django_capture_on_commit_callbacks):
    user = make_user(bootstrapping.FINANCE)
    enter(client, user)
    page = client.get("/admin/account/second-factor/app/")
    key = page.context["form"].secret
    assert key in page.content.decode()
    with django_capture_on_commit_callbacks(execute=True):
        done = client.post("/admin/account/second-factor/app/", {"code": second_factors.code_of(key)})
    assert done["Location"] == "/admin/account/second-factor/recovery-codes/"
    codes = re.findall(r"<code>(\d{8})</code>", client.get(done["Location"]).content.decode())
    assert len(codes) == 10
    assert is_in(client)
    assert [m.to for m in mail.outbox] == [["staff@example.org"]]
    stored = Authenticator.objects.get(user=user, type="totp").data["secret"]
    assert key not in stored, "the key can be read in the database"

    other = Client()
    assert enter(other, user)["Location"] == CODE
    assert not is_in(other)
    assert other.post(CODE, {"code": "000000"}).status_code == 200
    assert not is_in(other)
    assert other.post(CODE, {"code": second_factors.code_of(key, later=1)})["Location"] == "/admin/"
    assert is_in(other)

    third = Client()
    enter(third, user)
    assert third.post(CODE, {"code": second_factors.code_of(key, later=1)}).status_code == 200, "a code is good once"
    third.post(CODE, {"code": codes[0]})
    assert is_in(third)
    fourth = Client()
    enter(fourth, user)
    fourth.post(CODE, {"code": codes[0]})
    assert not is_in(fourth), "a recovery code works once"
    actions = list(ModelLogEntry.objects.filter(object_id=str(user.pk)).values_list("action", flat=True))
    assert {"portal.signed_in", "portal.second_factor_added", "portal.sign_in_failed"} <= set(actions)


def test_a_session_from_before_the_second_factor_must_show_it(client, make_user):
    user = make_user(bootstrapping.EDITORS)
    enter(client, user)
    assert is_in(client)
    second_factors.set_up(user)
    answer = client.get("/admin/pages/")
    assert answer["Location"] == "/admin/account/second-factor/show/?next=%2Fadmin%2Fpages%2F"
    for path in ("", "app/", "app/remove/", "passkey/", "recovery-codes/"):
        assert client.get(f"/admin/account/second-factor/{path}").status_code == 302
    assert client.get("/admin/account/password/").status_code == 302, "a password is no second factor"
    done = client.post(answer["Location"], {"code": second_factors.current_code(), "next": "/admin/pages/"})
    assert done["Location"] == "/admin/pages/"
    assert is_in(client)


def test_a_permission_to_see_donors_asks_for_a_second_factor_whoever_has_it(make_user):
    user = make_user(bootstrapping.EDITORS)
    assert not second_factor.must_have_one(user)
    for name in sorted(second_factor.permissions_that_need_one()):
        app, _dot, codename = name.partition(".")
        user.user_permissions.set([Permission.objects.get(content_type__app_label=app, codename=codename)])
        assert second_factor.must_have_one(type(user).objects.get(pk=user.pk)), name
    user.user_permissions.clear()
    Group.objects.get(name=bootstrapping.EDITORS).permissions.add(
        Permission.objects.get(codename="needs_second_factor")
    )
    assert second_factor.must_have_one(type(user).objects.get(pk=user.pk))


# --- Doors ----------------------------------------------------------------------------------------

SAMPLES = {"int": "1", "slug": "x", "str": "x", "path": "x", "uuid": "00000000-0000-0000-0000-000000000001"}


def addresses(patterns, prefix="/"):
    """Every address of the map, with something plausible in its gaps."""
    for pattern in patterns:
        text = str(pattern.pattern)
        if text.startswith("^") or "(?P" in text or "\\" in text or ".*" in text:
            text = re.sub(r"\((?:\?P<\w+>)?[^()]*(?:\([^()]*\)[^()]*)*\)[*+?]?", "1", text.strip("^$"))
            text = text.replace("\\d+", "1").replace(".*", "x").replace("\\", "").rstrip(".")
        text = re.sub(r"<(?:(\w+):)?\w+>", lambda gap: SAMPLES.get(gap[1] or "str", "1"), text)
        if hasattr(pattern, "url_patterns"):
            yield from addresses(pattern.url_patterns, prefix + text)
        else:
            yield prefix + text


def test_no_address_but_the_door_takes_a_password(make_user):
    user = make_user(bootstrapping.EDITORS)
    basic = "Basic " + b64encode(f"{user.username}:{PASSWORD}".encode()).decode()
    words = {"login": user.username, "username": user.username, "email": user.email, "password": PASSWORD}
    words |= {"password1": PASSWORD, "next": "/admin/", "return_url": "/admin/"}
    every = sorted(set(addresses(get_resolver().url_patterns)))
    assert {DOOR, "/admin/password_reset/", "/fr/_util/login/", "/admin/pages/", "/api/v1/lines/"} <= set(every)
    assert len(every) > 400
    for address in every:
        client = Client(raise_request_exception=False)
        client.post(address, words, headers={"Authorization": basic})
        came_in = "sessionid" in client.cookies and "_auth_user_id" in client.session
        assert came_in == (address == DOOR), address


@pytest.mark.parametrize(
    "path",
    [
        "/fr/_util/login/",
        "/en/_util/authenticate_with_password/1/1/",
        "/documents/authenticate_with_password/1/",
        "/admin/password_reset/confirm/MQ/abc-def/",
        "/admin/password_reset/complete/",
    ],
)
def test_where_other_doors_were_is_the_way_to_the_door(client, path):
    for answer in (client.get(path), client.post(path, {"password": PASSWORD})):
        assert (answer.status_code, answer["Location"]) == (302, DOOR)


def test_nobody_signs_up_and_no_page_can_be_shared_by_a_password(client, admin_client):
    for path in ("/admin/signup/", "/admin/account/signup/", "/accounts/signup/"):
        assert Client().get(path).status_code in (302, 404)
    root = Page.objects.get(depth=2, locale__language_code="fr")
    assert 'value="password"' not in admin_client.get(f"/admin/pages/{root.pk}/privacy/").content.decode()


def test_the_door_runs_no_inline_script_and_cannot_be_kept(client):
    for path in (DOOR, "/admin/password_reset/"):
        answer = client.get(path)
        policy = answer["Content-Security-Policy"]
        assert {"script-src 'self'", "style-src 'self'"} <= {*policy.split("; ")}
        assert "unsafe" not in policy
        assert "no-store" in answer["Cache-Control"]


def test_a_new_password_comes_by_e_mail_and_ends_every_session(client, make_user):
    user = make_user(bootstrapping.EDITORS)
    enter(client, user)
    stranger = Client()
    assert stranger.post("/admin/password_reset/", {"email": "nobody@example.org"}).status_code == 302
    assert not mail.outbox, "whether an account exists is told to nobody"
    stranger.post("/admin/password_reset/", {"email": user.email})
    link = re.search(r"http://testserver(/admin/password_reset/\S+)", mail.outbox[0].body)[1]
    form = stranger.get(link)["Location"]
    new = "another-long-password-of-mine"
    assert stranger.post(form, {"password1": new, "password2": new}).status_code == 302
    assert not is_in(stranger)
    assert not is_in(client)
    assert stranger.get(link).status_code == 200, "used up"
    assert not is_in(stranger)
    enter(stranger, user, new)
    assert is_in(stranger)


# --- Brakes ---------------------------------------------------------------------------------------


def guess(times, user, address="203.0.113.{}"):
    """A stranger guesses, from one address or from as many as `address` leaves room for."""
    for number in range(times):
        answer = enter(Client(), user, f"wrong {number}", address.format(number % 250 + 1))
        assert answer.status_code == 200
    return answer.content.decode()


def test_who_guesses_from_one_address_is_stopped_there_and_nowhere_else(make_user):
    user = make_user(bootstrapping.EDITORS)
    guess(11, user, "203.0.113.7")
    blocked = Client()
    assert enter(blocked, user, address="203.0.113.7").status_code == 200
    assert not is_in(blocked), "the right password, once found, would open"
    colleague = Client()
    enter(colleague, user, address="198.51.100.9")
    assert is_in(colleague)
    other = make_user(bootstrapping.MODERATORS)
    same_house = Client()
    enter(same_house, other, address="203.0.113.7")
    assert is_in(same_house)


def test_who_guesses_from_everywhere_locks_nobody_out(make_user, monkeypatch):
    monkeypatch.setitem(brakes.LIMITS, "account", "12/1h/key")
    monkeypatch.setitem(brakes.LIMITS, "log", "5/1h/key")
    plain, guarded = make_user(bootstrapping.EDITORS), make_user(bootstrapping.FINANCE)
    second_factors.set_up(guarded)
    at_home = Client()
    enter(at_home, plain)
    at_home.post("/admin/logout/")
    guess(13, plain)
    guess(13, guarded)

    stranger = Client()
    enter(stranger, plain, address="198.51.100.20")
    assert not is_in(stranger), "from a new device the account is braked"
    enter(at_home, plain, address="198.51.100.21")
    assert is_in(at_home), "but not from one that its owner has used"

    anywhere = Client()
    assert enter(anywhere, guarded, address="198.51.100.22")["Location"] == CODE
    anywhere.post(CODE, {"code": second_factors.current_code()})
    assert is_in(anywhere), "and a second factor passes from everywhere"

    mail.outbox.clear()
    stranger.post("/admin/password_reset/", {"email": plain.email})
    own = next(one.body for one in mail.outbox if f"“{plain.username}”" in one.body or plain.username in one.body)
    link = re.search(r"testserver(/\S+)", own)[1]
    new = "another-long-password-of-mine"
    stranger.post(stranger.get(link)["Location"], {"password1": new, "password2": new})
    enter(stranger, plain, new, "198.51.100.20")
    assert is_in(stranger), "the mailbox opens a new device"
    failures = ModelLogEntry.objects.filter(object_id=str(plain.pk), action="portal.sign_in_failed")
    assert failures.count() == 5, "a flood leaves a few lines"
    assert not any("203.0" in str(entry.data) or "wrong" in str(entry.data) for entry in failures)


def test_codes_are_braked_and_a_known_device_has_a_count_of_its_own(make_user):
    user = make_user(bootstrapping.FINANCE)
    second_factors.set_up(user)
    known = Client()
    enter(known, user)
    known.post(CODE, {"code": second_factors.current_code()})
    assert is_in(known)
    known.post("/admin/logout/")
    for number in range(11):
        thief = Client()
        enter(thief, user, address=f"203.0.113.{number}")
        thief.post(CODE, {"code": f"{number:06}"})
    enter(thief, user, address="203.0.113.99")
    thief.post(CODE, {"code": second_factors.current_code(later=1)})
    assert not is_in(thief)
    enter(known, user)
    known.post(CODE, {"code": second_factors.current_code(later=1)})
    assert is_in(known)


# --- Sessions -------------------------------------------------------------------------------------


def test_a_session_ends_when_nobody_works_and_when_it_is_old(client, make_user, settings):
    user = make_user(bootstrapping.EDITORS)
    with time_machine.travel("2026-03-02 08:00", tick=False) as clock:
        enter(client, user)
        for _while in range(6):
            clock.shift(settings.STAFF_IDLE - 60)
            assert is_in(client)
        clock.shift(3601)
        assert not is_in(client)
        enter(client, user)
        clock.shift(settings.STAFF_IDLE - 30)
        assert is_in(client)
        clock.shift(settings.STAFF_IDLE - 30)
        ping = client.get("/admin/editing-sessions/ping/portal/homepage/1/1/")
        assert ping.status_code != 302
        clock.shift(60)
        assert not is_in(client), "an editor that stands open is nobody at work"


def test_own_sessions_are_listed_and_ended(make_user):
    user = make_user(bootstrapping.EDITORS)
    here, there, elsewhere = Client(), Client(), Client()
    for number, one in enumerate((here, there, elsewhere)):
        one.defaults["HTTP_USER_AGENT"] = "Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0"
        enter(one, user, address=f"198.51.100.{number}")
    page = here.get("/admin/account/sessions/").content.decode()
    assert page.count("Firefox, Windows") == 3 + 2  # the buttons name theirs
    assert all(f"198.51.100.{number}" in page for number in range(3))
    of_there = UserSession.objects.get(session_key=there.session.session_key)
    here.post("/admin/account/sessions/", {"session": of_there.pk})
    assert not is_in(there)
    assert is_in(elsewhere)
    stranger = make_user(bootstrapping.MODERATORS)
    strangers = Client()
    enter(strangers, stranger)
    here.post("/admin/account/sessions/", {"session": UserSession.objects.get(user=stranger).pk})
    assert is_in(strangers), "nobody ends another's"
    here.post("/admin/account/sessions/", {"session": "all"})
    assert not is_in(elsewhere)
    assert is_in(here)


def test_a_closed_account_ends_its_sessions_for_good(client, make_user):
    user = make_user(bootstrapping.EDITORS)
    enter(client, user)
    for is_active in (False, True):
        user.is_active = is_active
        user.save()
        assert not is_in(client)
    user.is_active = False
    user.save()
    assert enter(client, user)["Location"] == "/admin/login/closed/"


def test_an_administrator_ends_a_colleagues_sessions_and_resets_the_second_factor(
    client_of, make_user, django_capture_on_commit_callbacks
):
    user, colleague = make_user(bootstrapping.FINANCE), Client()
    second_factors.set_up(user)
    enter(colleague, user)
    colleague.post(CODE, {"code": second_factors.current_code()})
    assert is_in(colleague)
    screen, reset = f"/admin/colleagues/{user.pk}/sign-in/", f"/admin/colleagues/{user.pk}/sign-in/reset/"
    for group in (bootstrapping.EDITORS, bootstrapping.FUNDRAISERS):
        other = client_of(group)
        for path in (screen, reset):
            assert other.get(path).status_code == other.post(path, {"session": "all"}).status_code == 302
    assert is_in(colleague)
    administrator = client_of(bootstrapping.ADMINISTRATORS)
    assert screen in administrator.get("/admin/users/").content.decode()
    administrator.post(screen, {"session": "all"})
    assert not is_in(colleague)
    assert Authenticator.objects.filter(user=user).exists()
    with django_capture_on_commit_callbacks(execute=True):
        administrator.post(reset)
    assert not Authenticator.objects.filter(user=user).exists()
    assert mail.outbox[-1].to == [user.email]
    entry = ModelLogEntry.objects.get(object_id=str(user.pk), action="portal.second_factor_reset")
    assert entry.user.groups.get().name == bootstrapping.ADMINISTRATORS
    enter(colleague, user)
    assert colleague.get("/admin/")["Location"].startswith("/admin/account/second-factor/")
    user.is_superuser = True
    user.save()
    assert administrator.get(screen).status_code == 302, "a superuser is looked after by superusers"


def test_the_command_resets_after_a_dry_run(make_user, capsys):
    user = make_user(bootstrapping.FINANCE)
    second_factors.set_up(user)
    call_command("reset_second_factor", user.username, "--dry-run")
    assert "1 second factor(s) would be taken away" in capsys.readouterr().out
    assert second_factor.has_one(user)
    call_command("reset_second_factor", user.username)
    assert not second_factor.has_one(user)
    with pytest.raises(CommandError, match="no account"):
        call_command("reset_second_factor", "nobody")


def test_ended_sessions_are_forgotten_with_their_addresses(client, make_user, capsys):
    enter(client, make_user(bootstrapping.EDITORS))
    client.post("/admin/logout/")
    call_command("forget_sessions", "--dry-run")
    assert "1 ended session(s) would" in capsys.readouterr().out
    call_command("forget_sessions")
    assert not UserSession.objects.exists()


def test_the_last_second_factor_stays_where_it_is_needed(client, make_user):
    user = make_user(bootstrapping.FINANCE)
    second_factors.set_up(user)
    enter(client, user)
    client.post(CODE, {"code": second_factors.current_code()})
    client.post("/admin/account/second-factor/app/remove/")
    assert second_factor.has_one(user)


def test_the_demonstration_shows_codes_and_production_does_not(make_user, settings, capsys):
    user = make_user(bootstrapping.FINANCE)
    second_factors.set_up(user)
    with pytest.raises(CommandError, match="make demo"):
        call_command("demo_code", user.username)  # an app of one's own is nobody else's business
    Authenticator.objects.all().delete()
    demonstration_codes.set_up(user)
    call_command("demo_code", user.username)
    client = Client()
    enter(client, user)
    client.post(CODE, {"code": capsys.readouterr().out.strip()})
    assert is_in(client)
    settings.DEMONSTRATION_CODES = False
    with pytest.raises(CommandError, match="demonstration"):
        call_command("demo_code", user.username)
