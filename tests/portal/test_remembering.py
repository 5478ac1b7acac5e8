"""What processes remember: found once, forgotten with the stamp, never a draft."""

import re
import threading
import uuid
from io import StringIO

import pytest
from django.core.management import call_command
from django.test import Client

from institutes.models import InstitutePage, KeyFigure
from portal import remembering
from portal.models import ContentStamp
from portal.remembering import remembered, renew_stamp
from tests import factories
from tests.portal.test_private_files import status

pytestmark = pytest.mark.django_db


@pytest.fixture
def counted():
    """A finder that counts how often it was asked."""

    def find():
        find.times += 1
        return find.times

    find.times = 0
    return find


def new_request():
    Client().get("/healthz")


def test_what_is_remembered_is_found_once_for_many_requests(counted):
    key = uuid.uuid4()
    for _request in range(3):
        new_request()
        assert remembered(key, counted) == 1


def test_a_new_stamp_makes_this_process_and_any_other_forget(counted):
    key = uuid.uuid4()
    remembered(key, counted)
    renew_stamp()
    assert remembered(key, counted) == 2
    ContentStamp.objects.update(value=uuid.uuid4())  # as another process does it
    assert remembered(key, counted) == 2  # one request sees one state
    new_request()
    assert remembered(key, counted) == 3


def test_a_portal_that_is_not_set_up_remembers_nothing(counted):
    ContentStamp.objects.all().delete()
    new_request()
    assert [remembered("key", counted), remembered("key", counted)] == [1, 2]


def test_publishing_unpublishing_and_deleting_renew_the_stamp():
    def stamp():
        return ContentStamp.objects.get().value

    seen = [stamp()]
    page = factories.institute()["fr"]
    seen.append(stamp())
    page.unpublish()
    seen.append(stamp())
    page.delete()
    seen.append(stamp())
    assert len(set(seen)) == len(seen)


def test_threads_with_different_stamps_do_not_disturb_each_other(monkeypatch):
    own = threading.local()
    monkeypatch.setattr(remembering, "_stamp", lambda: own.stamp)
    wrong = []

    def work():
        for _round in range(3000):
            own.stamp = uuid.uuid4()
            try:
                if remembered("key", lambda: own.stamp) is None:
                    wrong.append("nothing")
            except KeyError as error:
                wrong.append(error)

    threads = [threading.Thread(target=work) for _thread in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_a_preview_of_a_draft_shows_visitors_nothing_of_it(editor):
    page = factories.institute()["fr"]
    draft = InstitutePage.objects.get(pk=page.pk)
    draft.key_figures.add(KeyFigure(value=7777777, unit={"fr": "brouillons", "en": "drafts"}))
    draft.save_revision()
    renew_stamp()
    assert "7\u202f777\u202f777" in editor.get(f"/admin/pages/{page.pk}/view_draft/").content.decode()
    assert "7\u202f777\u202f777" not in Client().get(page.url).content.decode()


def test_pages_that_remember_their_pictures_show_sizes_that_are_there():
    visitor = Client()

    def addresses():
        return {*re.findall(r"/media/images/[^\s\"&]+", visitor.get("/fr/").content.decode())}

    before = addresses()
    assert addresses() == before
    call_command("wagtail_update_image_renditions", purge_only=True, stdout=StringIO())
    after = addresses()
    assert after and not after & before
    assert {address for address in after if status(visitor, address) != 200} == set()
