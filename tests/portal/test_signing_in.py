"""Signing in: one door, a second factor for who must have one, brakes that lock out who guesses and nobody else."""

import re

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Group, Permission
from django.core import mail
from django.core.cache import cache
from django.test import Client
from wagtail.models import ModelLogEntry

from portal import bootstrapping
from portal.signing_in import second_factor
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
    return client.get("/admin/").status_code == 200


@pytest.mark.parametrize("group", [bootstrapping.EDITORS, bootstrapping.MODERATORS, bootstrapping.SWITCHBOARD])
def test_who_needs_no_second_factor_comes_in_with_a_password(client, make_user, group):
    user = make_user(group)
    user.email = "own@example.org"
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
