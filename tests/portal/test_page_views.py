"""What the editor, the approver and who publishes many at once are told before a page is public."""

import re

import pytest
from django.test import Client
from django.urls import reverse
from wagtail.models import Page, PageLogEntry, WorkflowState
from wagtail.test.utils.form_data import inline_formset, nested_form_data, rich_text, streamfield

from portal.models import StandardPage
from portal.page_views import ANYWAY
from tests import factories
from tests.reading import soup

pytestmark = pytest.mark.django_db

FINE = "<p>Nothing to mend.</p>"
BROKEN = '<p>See the <a linktype="page" id="999999">plan</a>.</p>'
DOUBTFUL = "<p>Call 01 99 00 10 10.</p>"


@pytest.fixture
def page():
    return factories.pages(StandardPage, factories.homes(), "Page du parcours")["fr"]


class Reader:
    """A moderator's client. What it publishes, a colleague has written: nobody publishes their own words."""

    def __init__(self, client, writer):
        self.client, self.writer, self.get = client, writer, client.get

    def post(self, url, data=None, **extra):
        if url.endswith("/edit/") and "action-publish" in (data or {}):
            self.writer.post(url, {name: value for name, value in data.items() if name != "action-publish"})
        return self.client.post(url, data, **extra)


@pytest.fixture
def staff(moderator, make_user):
    writer = Client()
    writer.force_login(make_user("Communications editors", "writer"))
    return Reader(factories.speaking_english(moderator), writer)


def edit_url(page):
    return reverse("wagtailadmin_pages:edit", args=[page.pk])


def posted(text, title="Page du parcours", body=(), **action):
    """The form of a page of text as the browser sends it."""
    words = {"title": title, "slug": "page-du-parcours", "introduction": rich_text(text), "body": streamfield(body)}
    return nested_form_data(words | {"comments": inline_formset([])} | action)


def draft(page):
    return Page.objects.get(pk=page.pk).get_latest_revision_as_object()


def stored(page):
    return StandardPage.objects.get(pk=page.pk)


def words_of(response):
    return re.sub(r"\s+", " ", soup(response).find("main").get_text(" "))


def test_an_error_keeps_the_draft_and_shows_where_it_stands(page, staff):
    block = {"heading": "Where we are", "text": rich_text(BROKEN)}
    data = posted(FINE, title="A new title", body=[("section", block)], **{"action-publish": "1"})
    answer = staff.post(edit_url(page), data)
    assert answer["Location"] == f"{edit_url(page)}?findings=publish"
    assert stored(page).title == "Page du parcours" and draft(page).title == "A new title"
    assert "999999" in draft(page).body.raw_data[0]["value"]["text"]
    shown = staff.get(answer["Location"])
    assert "not public yet: mend 1 thing first" in shown.content.decode()
    (item,) = soup(shown).select(".w-findings__list li")
    assert "Content → 1. Section → Text" in item.get_text() and "has been deleted" in item.get_text()
    assert item.a["href"] == f"#:w:contentpath=body.{draft(page).body.raw_data[0]['id']}.text"
    # The block itself says it too, in the words that Wagtail's editor gets for its own errors.
    arguments = soup(shown).select_one("#body")["data-w-block-arguments-value"]
    assert '"blockErrors"' in arguments and "has been deleted" in arguments


def test_an_error_in_a_plain_field_stands_at_that_field(page, staff):
    staff.post(edit_url(page), posted(BROKEN, **{"action-publish": "1"}))
    shown = soup(staff.get(f"{edit_url(page)}?findings=publish"))
    assert "has been deleted" in shown.select_one("[data-contentpath=introduction] .error-message").get_text()


def test_a_warning_asks_on_a_page_of_its_own_and_going_on_is_written_down(page, staff):
    answer = staff.post(edit_url(page), posted(DOUBTFUL, **{"action-publish": "1"}))
    assert stored(page).introduction == "" and "01 99" in draft(page).introduction
    asked = staff.get(answer["Location"])
    assert "saved as a draft" in words_of(asked) and "01 99 00 10 10" in words_of(asked)
    assert soup(asked).select_one("main form button").get_text() == "Publish anyway"
    assert soup(asked).select_one("main form a")["href"].startswith(edit_url(page))
    assert stored(page).introduction == ""
    staff.post(answer["Location"])
    assert "01 99" in stored(page).introduction
    entry = PageLogEntry.objects.get(page=page, action=ANYWAY)
    assert entry.user.username == "moderators" and "01 99 00 10 10" in entry.data["findings"][0]
    history = staff.get(reverse("wagtailadmin_pages:history", args=[page.pk]))
    assert "Went on despite warnings" in words_of(history)


def test_what_was_changed_meanwhile_is_not_published_unseen(page, staff):
    asked = staff.post(edit_url(page), posted(DOUBTFUL, **{"action-publish": "1"}))["Location"]
    later = draft(page)
    later.introduction = BROKEN
    later.save_revision()
    assert staff.post(asked)["Location"] == edit_url(page)
    revision = Page.objects.get(pk=page.pk).latest_revision_id
    now = reverse("publish_anyway", args=[page.pk, revision, "publish"])
    assert staff.post(now)["Location"].startswith(f"{edit_url(page)}?findings=publish")
    assert stored(page).introduction == ""


def test_a_page_without_findings_is_published_at_once(page, staff):
    answer = staff.post(edit_url(page), posted(FINE, **{"action-publish": "1"}))
    assert "findings" not in answer["Location"] and "Nothing to mend" in stored(page).introduction
    shown = staff.get(edit_url(page))
    assert not soup(shown).select(".w-findings")
    checked = staff.get(f"{edit_url(page)}?findings=check")
    assert "the page may be published" in soup(checked).select_one(".w-findings").get_text()


def test_a_new_page_with_an_error_is_never_public(staff):
    home = factories.homes()["fr"]
    add = reverse("wagtailadmin_pages:add", args=["portal", "standardpage", home.pk])
    answer = staff.post(add, posted(BROKEN, **{"action-publish": "1"}))
    made = StandardPage.objects.get(slug="page-du-parcours", locale=home.locale)
    assert not made.live and made.first_published_at is None and "999999" in draft(made).introduction
    assert answer["Location"] == edit_url(made)  # somebody else has to read it before anything else is asked


def test_who_may_not_publish_does_not_get_past_by_the_page_that_asks(page, staff, client_of):
    asked = staff.post(edit_url(page), posted(DOUBTFUL, **{"action-publish": "1"}))["Location"]
    client_of("Communications editors").post(asked)
    client_of("Fundraisers").post(asked)
    assert stored(page).introduction == ""


def test_submitting_and_approving_are_held_back_alike(page, staff, client_of):
    editor = factories.speaking_english(client_of("Communications editors"))
    refused = editor.post(edit_url(page), posted(BROKEN, **{"action-submit": "1"}))
    assert refused["Location"] == f"{edit_url(page)}?findings=submit"
    assert not WorkflowState.objects.filter(object_id=str(page.pk)).exists()
    asked = editor.post(edit_url(page), posted(DOUBTFUL, **{"action-submit": "1"}))["Location"]
    assert soup(editor.get(asked)).select_one("main form button").get_text() == "Submit anyway"
    editor.post(asked)
    state = WorkflowState.objects.get(object_id=str(page.pk))
    assert state.status == WorkflowState.STATUS_IN_PROGRESS

    approve = reverse("wagtailadmin_pages:workflow_action", args=[page.pk, "approve", state.current_task_state_id])
    asked = staff.post(approve, {"comment": "Well said"})["Location"]
    assert "01 99 00 10 10" in words_of(staff.get(asked)) and stored(page).introduction == ""
    staff.post(asked)
    assert "01 99" in stored(page).introduction
    state.refresh_from_db()
    assert state.status == WorkflowState.STATUS_APPROVED
    assert state.task_states.earliest("pk").comment == "Well said"


def test_an_error_that_came_about_while_somebody_waited_stops_the_approval(page, staff, client_of):
    other = factories.pages(StandardPage, factories.homes(), "Autre")["fr"]
    text = f'<p>See the <a linktype="page" id="{other.pk}">other page</a>.</p>'
    client_of("Communications editors").post(edit_url(page), posted(text, **{"action-submit": "1"}))
    state = WorkflowState.objects.get(object_id=str(page.pk))
    other.delete()
    approve = reverse("wagtailadmin_pages:workflow_action", args=[page.pk, "approve", state.current_task_state_id])
    assert "findings=approve" in staff.post(approve, {"comment": ""})["Location"]
    asked = staff.post(approve, {"comment": ""}, HTTP_X_REQUESTED_WITH="XMLHttpRequest").json()
    assert "findings=approve" in asked["redirect"]
    in_editor = posted(text, **{"action-workflow-action": "1", "workflow-action-name": "approve"})
    assert "findings=approve" in staff.post(edit_url(page), in_editor)["Location"]
    state.refresh_from_db()
    assert state.status == WorkflowState.STATUS_IN_PROGRESS and stored(page).introduction == ""


def test_many_at_once_those_without_error_are_published_and_the_others_named(staff):
    made = [factories.pages(StandardPage, factories.homes(), f"Page {n}")["fr"] for n in range(3)]
    for page, text in zip(made, (FINE, BROKEN, DOUBTFUL), strict=True):
        page.introduction = text
        page.save_revision()
    address = reverse("wagtail_bulk_action", args=["wagtailcore", "page", "publish"])
    address += "?" + "&".join(f"id={page.pk}" for page in made) + "&next=/admin/"
    asked = words_of(staff.get(address))
    assert "“Page 1” will not be published: mend this first" in asked and "“Page 2”: look at this" in asked
    answer = staff.post(address, follow=True)
    assert [bool(stored(page).introduction) for page in made] == [True, False, True]
    assert "“Page 1” cannot be published yet" in answer.content.decode()
    assert "2 pages have been published" in answer.content.decode()
    assert PageLogEntry.objects.filter(action=ANYWAY).count() == 1


def test_an_older_version_that_comes_back_is_judged_too(page, staff):
    page.introduction = BROKEN
    old = page.save_revision()
    page.introduction = FINE
    page.save_revision().publish()
    revert = reverse("wagtailadmin_pages:revisions_revert", args=[page.pk, old.pk])
    answer = staff.post(revert, posted(BROKEN, **{"action-publish": "1"}))
    assert "findings=publish" in answer["Location"] and "Nothing to mend" in stored(page).introduction


def test_an_administrator_who_publishes_alone_reads_the_findings_first(page, make_user):
    me = Client()
    me.force_login(make_user("Administrators", "alone"))
    factories.speaking_english(me)
    alone = reverse("publish_alone", args=[page.pk])
    answer = me.post(edit_url(page), posted(BROKEN, **{"action-publish-alone": "1"}), follow=True)
    assert answer.redirect_chain[-1][0] == f"{edit_url(page)}?findings=publish"
    assert "mend 1 thing first" in answer.content.decode()
    me.post(alone, {"reason": "Nobody else is there."})
    assert "999999" not in stored(page).introduction

    for action in ("action-publish", "action-publish-alone"):
        answer = me.post(edit_url(page), posted(DOUBTFUL, **{action: "1"}), follow=True)
        assert answer.redirect_chain[-1][0] == alone
        assert "01 99 00 10 10" in words_of(answer)
    assert stored(page).introduction == ""
    me.post(alone, {"reason": "Nobody else is there."})
    assert "01 99 00 10 10" in stored(page).introduction
    (finding,) = PageLogEntry.objects.get(page=page.pk, action=ANYWAY).data["findings"]
    assert "01 99 00 10 10" in finding
