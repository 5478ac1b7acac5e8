"""What tests share: a database with the demonstration's content, accounts of every group, small conveniences."""

import os
import shutil

import hypothesis
import pytest
from django.conf import settings
from django.contrib.auth.models import Group
from django.contrib.auth.signals import user_logged_in
from django.core.cache import caches
from django.db import connection, transaction
from django.test import Client
from wagtail.models import Page

from portal import bootstrapping, remembering
from portal.signing_in import second_factor
from tests import databases

# Playwright keeps an event loop running in the thread in which other tests talk to the database.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
# How long an example takes says what else the machine does.
hypothesis.settings.register_profile("suite", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("suite")


NEEDS_DATABASE = {"db", "transactional_db", "django_db_setup"}


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files in an order that keeps two workers busy.

    The first has one worker make the filled database; those that need none come next, for the other meanwhile. Then
    those with a browser, which are long, so that no long one is left to a single worker at the end.
    """
    browsing = [item.path for item in items if item.get_closest_marker("browser")]
    needing = {
        item.path for item in items if item.get_closest_marker("django_db") or NEEDS_DATABASE & {*item.fixturenames}
    }
    order = [browsing[:1], {item.path for item in items} - needing, browsing]
    items.sort(key=lambda item: next((place for place, paths in enumerate(order) if item.path in paths), len(order)))


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings, django_db_blocker):
    """Test databases are copies of one that is filled as `make demo` fills it (with small pictures)."""
    with django_db_blocker.unblock():
        databases.ensure_filled()
        connection.settings_dict["TEST"]["TEMPLATE"] = databases.filled_database()
    shutil.copytree(databases.filled_media(), settings.MEDIA_ROOT, dirs_exist_ok=True)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """The copy, which goes when the session ends."""
    yield
    with django_db_blocker.unblock():
        databases.end_other_sessions()
        connection.close()
    shutil.rmtree(settings.MEDIA_ROOT, ignore_errors=True)


@pytest.fixture(autouse=True)
def _forget():
    """What a test that is rolled back leaves in the process’s memory goes with it: modules’ fixtures come next, too."""
    yield
    caches["renditions"].clear()
    remembering._memory = (None, {})


@pytest.fixture(scope="module")
def kept(django_db_setup, django_db_blocker):
    """What a module's fixtures put into the database stands for all its tests and goes with the last of them.

    Each test begins with what stands, and takes its own changes back. Tests get the objects by `factories.again`.
    Not for modules whose tests commit.
    """
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture(scope="session", autouse=True)
def _second_factor_of_clients_that_are_let_in():
    """`client.force_login(user)` stands for the whole way in: what must be shown at the door has been shown."""

    def show(request, user, **kwargs):
        if not request.path:  # force_login makes an empty request; the real door's has an address
            second_factor.mark_shown(request, user)

    user_logged_in.connect(show)
    yield
    user_logged_in.disconnect(show)


@pytest.fixture
def make_user(db, django_user_model):
    """Makes a member of staff of one of the groups."""

    def make(group: str, username: str | None = None):
        user = django_user_model.objects.create_user(
            username or group.lower().replace(" ", "-"), email="staff@example.org", password="a-long-test-password"
        )
        user.groups.add(Group.objects.get(name=group))
        return user

    return make


@pytest.fixture
def client_of(make_user):
    """A client logged in as a new member of one of the groups."""

    def log_in(group: str) -> Client:
        client = Client()
        client.force_login(make_user(group))
        return client

    return log_in


@pytest.fixture
def editor(client_of):
    return client_of(bootstrapping.EDITORS)


@pytest.fixture
def moderator(client_of):
    return client_of(bootstrapping.MODERATORS)


@pytest.fixture
def page_at():
    """The live page with a slug in a language."""

    def find(language: str, slug: str):
        return Page.objects.get(locale__language_code=language, slug=slug, live=True).specific

    return find
