"""Nobody makes public what they wrote: every door of the admin, tried by hand."""

import json
from datetime import timedelta
from random import Random

import pytest
from django.contrib.auth.models import Group
from django.db.models import Q
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from wagtail.actions.copy_page import CopyPageAction, CopyPagePermissionError
from wagtail.models import (
    Comment,
    GroupApprovalTask,
    Locale,
    Page,
    PageLogEntry,
    Revision,
    TaskState,
    Workflow,
    WorkflowPage,
    WorkflowTask,
)

from portal import bootstrapping, bundles, four_eyes, scheduled
from portal.models import Bundle, FourEyesTask, MedicalValidationTask, StandardPage
from tests import factories

OLD, NEW = "What the page said before.", "What somebody has written since."


@pytest.fixture
def page(db):
    """A public page of text in French, whose words the portal itself put there."""
    made = factories.pages(StandardPage, factories.homes(), "Page relue", summary=OLD)["fr"]
    made.save_revision().publish()
    return StandardPage.objects.get(pk=made.pk)


@pytest.fixture
def people(make_user):
    """A writer, two moderators, an administrator, a medical reviewer, each with a client."""
    groups = {
        "writer": bootstrapping.EDITORS,
        "moderator": bootstrapping.MODERATORS,
        "colleague": bootstrapping.MODERATORS,
        "administrator": bootstrapping.ADMINISTRATORS,
        "doctor": bootstrapping.MEDICAL_REVIEWERS,
    }
    made = {}
    for name, group in groups.items():
        user = make_user(group, name)
        user.client = Client()
        user.client.force_login(user)
        factories.speaking_english(user.client)
        made[name] = user
    return made


def fields(page: StandardPage, **changed) -> dict[str, str]:
    """What the browser sends when `page`, which has no blocks, is edited."""
    page = Page.objects.get(pk=page.pk).get_latest_revision_as_object() if page.pk else page
    form = page.get_edit_handler().get_form_class()(instance=page)
    sent = {"body-count": "0", "comments-TOTAL_FORMS": "0", "comments-INITIAL_FORMS": "0"}
    for name, field in form.fields.items():
        value = form.get_initial_for_field(field, name)
        if name == "introduction":
            value = json.dumps({"blocks": [], "entityMap": {}})
        if value not in (None, False) and name != "body":
            sent[name] = str(getattr(value, "pk", value))
    return sent | {name: value for name, value in changed.items() if value is not None}


def edit(
    user, page, text: str | None = NEW, action: str | None = None, path: str = "edit", args=(), follow=False, **more
):
    sent = fields(page, summary=text, **more) | ({action: "1"} if action else {})
    return user.client.post(reverse(f"wagtailadmin_pages:{path}", args=[page.pk, *args]), sent, follow=follow)


def public(page) -> str:
    return StandardPage.objects.get(pk=page.pk).summary


def submit(user, page, **changed):
    return edit(user, page, action="action-submit", **changed)


def waiting(page) -> TaskState | None:
    return Page.objects.get(pk=page.pk).current_workflow_task_state


def act(user, page, name: str = "approve", **sent):
    """What the button on the dashboard does."""
    state = waiting(page)
    return user.client.post(reverse("wagtailadmin_pages:workflow_action", args=[page.pk, name, state.pk]), sent)


def words_of(answer) -> str:
    return " ".join(str(message) for message in answer.context["messages"])


# --- The way of a text -----------------------------------------------------------------------------


def test_what_a_writer_submits_a_moderator_approves(page, people):
    submit(people["writer"], page)
    assert public(page) == OLD
    act(people["moderator"], page)
    assert public(page) == NEW and waiting(page) is None


def test_a_moderator_publishes_what_a_writer_left_as_a_draft(page, people):
    edit(people["writer"], page)
    answer = edit(people["moderator"], page, text=None, action="action-publish", follow=True)
    assert public(page) == NEW, words_of(answer)


def test_a_moderator_who_submits_waits_for_another(page, people):
    submit(people["moderator"], page)
    assert [name for name, _label, _form in waiting(page).task.specific.get_actions(page, people["moderator"])] == [
        "reject"
    ]
    act(people["moderator"], page)
    assert public(page) == OLD
    act(people["colleague"], page)
    assert public(page) == NEW


def test_who_submits_what_others_wrote_does_not_approve_it(page, people):
    edit(people["writer"], page)
    submit(people["moderator"], page, text=None)
    act(people["moderator"], page)
    assert public(page) == OLD


def test_the_list_of_what_waits_leaves_out_what_the_reader_wrote(page, people):
    submit(people["moderator"], page)
    begins = reverse("wagtailadmin_pages:workflow_action", args=[page.pk, "approve", waiting(page).pk])
    mine = people["moderator"].client.get(reverse("wagtailadmin_home")).content.decode()
    theirs = people["colleague"].client.get(reverse("wagtailadmin_home")).content.decode()
    assert begins not in mine and begins in theirs


def test_what_was_public_once_counts_no_more(page, people):
    submit(people["moderator"], page)
    act(people["colleague"], page)
    edit(people["writer"], page, text="A third text.")
    edit(people["moderator"], page, text=None, action="action-publish")
    assert public(page) == "A third text."


def test_after_an_unpublishing_what_was_public_may_be_published_again(page, people):
    submit(people["moderator"], page)
    act(people["colleague"], page)
    StandardPage.objects.get(pk=page.pk).unpublish(user=people["moderator"])
    edit(people["moderator"], page, text=None, action="action-publish")
    assert Page.objects.get(pk=page.pk).live
    StandardPage.objects.get(pk=page.pk).unpublish(user=people["moderator"])
    edit(people["moderator"], page, text="Other words.", action="action-publish")
    assert not Page.objects.get(pk=page.pk).live


def test_a_comment_is_no_contribution(page, people):
    submit(people["writer"], page)
    remark = {
        "comments-TOTAL_FORMS": "1",
        "comments-0-text": "Is this so?",
        "comments-0-contentpath": "summary",
        "comments-0-resolved": "",
        "comments-0-id": "",
        "comments-0-DELETE": "",
        "comments-0-position": "",
        "comments-0-replies-TOTAL_FORMS": "0",
        "comments-0-replies-INITIAL_FORMS": "0",
    }
    edit(people["moderator"], page, text=None, **remark)
    assert Page.objects.get(pk=page.pk).latest_revision.user == people["moderator"]
    assert page.wagtail_admin_comments.count() == 1
    act(people["moderator"], page)
    assert public(page) == NEW


# --- Ways round it ---------------------------------------------------------------------------------


def test_the_publish_button_keeps_ones_own_words_as_a_draft_and_says_what_to_do(page, people):
    answer = edit(people["moderator"], page, action="action-publish", follow=True)
    assert public(page) == OLD
    assert Page.objects.get(pk=page.pk).get_latest_revision_as_object().summary == NEW
    assert "submit it for review" in words_of(answer)
    again = people["moderator"].client.get(reverse("wagtailadmin_pages:edit", args=[page.pk])).content.decode()
    assert 'name="action-publish"' not in again and 'name="action-submit"' in again
    # A button that still stands there, since the draft was saved as one typed, says the same.
    answer = edit(people["moderator"], page, text=None, action="action-publish", follow=True)
    assert public(page) == OLD and "submit it for review" in words_of(answer)


def test_a_new_page_is_never_published_by_who_makes_it(people):
    home = factories.homes()["fr"]
    address = reverse("wagtailadmin_pages:add", args=["portal", "standardpage", home.pk])
    for name in ("moderator", "administrator"):
        assert 'name="action-publish"' not in people[name].client.get(address).content.decode()
        draft = StandardPage(title=f"Neuf {name}", slug=f"neuf-{name}", locale=home.locale)
        people[name].client.post(address, fields(draft) | {"action-publish": "1"})
        assert not Page.objects.get(slug=f"neuf-{name}").live


def test_in_bulk_nobody_publishes_their_own_nor_below_their_own(page, people):
    child = StandardPage(title="Dessous", slug="dessous", live=False, locale=page.locale)
    page.add_child(instance=child)
    child.save_revision(user=people["moderator"])
    edit(people["moderator"], page)
    address = reverse("wagtail_bulk_action", args=["wagtailcore", "page", "publish"])
    for chosen in (page, page.get_parent()):
        people["moderator"].client.post(f"{address}?id={chosen.pk}", {"include_descendants": "on"})
    assert public(page) == OLD and not Page.objects.get(pk=child.pk).live
    people["colleague"].client.post(f"{address}?id={page.pk}", {"include_descendants": "on"})
    assert public(page) == NEW and Page.objects.get(pk=child.pk).live


def test_bringing_an_own_draft_back_and_publishing_it_is_refused(page, people):
    edit(people["moderator"], page)
    mine = Page.objects.get(pk=page.pk).latest_revision
    edit(people["writer"], page, text=OLD)
    address = reverse("wagtailadmin_pages:revisions_revert", args=[page.pk, mine.pk])
    people["moderator"].client.get(address)
    people["moderator"].client.post(address, fields(page, summary=NEW) | {"action-publish": "1"})
    assert public(page) == OLD


def test_who_brings_an_old_draft_back_brings_its_writer_back_too(page, people):
    edit(people["moderator"], page)
    mine = Page.objects.get(pk=page.pk).latest_revision
    edit(people["colleague"], page, text="Other words.")
    edit(people["administrator"], page, text=None, action="action-publish")
    assert public(page) == "Other words."
    address = reverse("wagtailadmin_pages:revisions_revert", args=[page.pk, mine.pk])
    people["writer"].client.post(address, fields(page, summary=NEW))
    assert four_eyes.contributors(page) == {people["moderator"].pk, people["writer"].pk}


def test_autosave_does_not_change_a_revision_that_somebody_reads_or_that_is_public(page, people):
    submit(people["moderator"], page)
    read = Page.objects.get(pk=page.pk).latest_revision
    address = reverse("wagtailadmin_pages:edit", args=[page.pk])
    sent = fields(page, summary="Slipped in.") | {"overwrite_revision_id": str(read.pk)}
    as_json = {"HTTP_ACCEPT": "application/json"}
    answer = people["moderator"].client.post(address, sent, **as_json).json()
    assert answer["success"] and answer["revision_id"] != read.pk
    assert Revision.objects.get(pk=read.pk).content["summary"] == NEW
    # The colleague, who saw the text before, does not approve the other one unseen.
    act(people["colleague"], page)
    assert public(page) == OLD
    act(people["colleague"], page)
    assert public(page) == "Slipped in."
    live = Page.objects.get(pk=page.pk).live_revision
    sent = fields(page, summary="Once more.") | {"overwrite_revision_id": str(live.pk)}
    people["moderator"].client.post(address, sent, **as_json)
    assert Revision.objects.get(pk=live.pk).content["summary"] == "Slipped in."
    assert four_eyes.contributors(page) == {people["moderator"].pk}


def test_a_reader_who_changes_the_text_while_approving_has_not_approved_it(page, people):
    submit(people["writer"], page)
    approve = {"action-workflow-action": "true", "workflow-action-name": "approve"}
    answer = edit(people["moderator"], page, text="Changed in passing.", **approve, follow=True)
    assert public(page) == OLD and waiting(page) is not None
    assert "somebody else has to read it" in words_of(answer)
    act(people["moderator"], page)
    assert public(page) == OLD
    act(people["colleague"], page)  # of the text before; the step begins anew
    act(people["colleague"], page)
    assert public(page) == "Changed in passing."


def test_a_text_planned_for_later_waits_for_the_same_four_eyes(page, people):
    soon = (timezone.localtime() + timedelta(days=1)).strftime("%Y-%m-%d %H:%M")
    edit(people["moderator"], page, action="action-publish", go_live_at=soon)
    assert not Revision.objects.for_instance(page).exclude(approved_go_live_at=None).exists()
    submit(people["moderator"], page, text=None, go_live_at=soon)
    act(people["moderator"], page)
    assert not Revision.objects.for_instance(page).exclude(approved_go_live_at=None).exists()
    act(people["colleague"], page)
    assert Revision.objects.for_instance(page).exclude(approved_go_live_at=None).exists()
    assert public(page) == OLD


def test_a_copy_begins_as_a_draft_whoever_copies(page, people):
    address = reverse("wagtailadmin_pages:copy", args=[page.pk])
    assert "publish_copies" not in people["moderator"].client.get(address).content.decode()
    sent = {"new_title": NEW, "new_slug": "copie", "new_parent_page": page.get_parent().pk, "publish_copies": "on"}
    people["moderator"].client.post(address, sent)
    copy = Page.objects.get(slug="copie")
    assert not copy.live
    edit(people["moderator"], copy, text=None, action="action-publish")
    assert not Page.objects.get(pk=copy.pk).live


def test_an_alias_shows_what_is_public_and_no_more(page, people):
    edit(people["moderator"], page)
    sent = {"new_title": NEW, "new_slug": "double", "new_parent_page": page.get_parent().pk, "alias": "on"}
    people["moderator"].client.post(reverse("wagtailadmin_pages:copy", args=[page.pk]), sent)
    alias = StandardPage.objects.get(slug="double")
    assert alias.live and (alias.title, alias.summary) == (page.title, OLD)
    people["moderator"].client.post(reverse("wagtailadmin_pages:convert_alias", args=[alias.pk]))
    alias = StandardPage.objects.get(pk=alias.pk)
    edit(people["moderator"], alias, text="Own words.", action="action-publish")
    assert public(alias) == OLD


def test_moving_a_page_with_a_draft_publishes_no_word_of_it(page, people):
    edit(people["moderator"], page)
    under = factories.pages(StandardPage, factories.homes(), "Ailleurs")["fr"]
    people["moderator"].client.post(reverse("wagtailadmin_pages:move_confirm", args=[page.pk, under.pk]))
    assert Page.objects.get(pk=page.pk).get_parent().pk == under.pk
    assert public(page) == OLD


def test_a_translation_begins_as_a_draft_that_its_translator_does_not_publish(people):
    source = factories.pages(StandardPage, {"fr": factories.homes()["fr"]}, "À traduire", summary=OLD)["fr"]
    english = Locale.objects.get(language_code="en")
    address = reverse("simple_translation:submit_page_translation", args=[source.pk])
    people["moderator"].client.post(address, {"locales": [english.pk]})
    translated = source.get_translation(english)
    assert not translated.live
    edit(people["moderator"], translated, action="action-publish")
    assert not Page.objects.get(pk=translated.pk).live


def test_a_workflow_of_another_kind_publishes_no_own_words_either(page, people):
    workflow = Workflow.objects.create(name="Autre")
    task = GroupApprovalTask.objects.create(name="Ancienne étape")
    task.groups.set([Group.objects.get(name=bootstrapping.MODERATORS)])
    WorkflowTask.objects.create(workflow=workflow, task=task)
    WorkflowPage.objects.create(page=page, workflow=workflow)
    submit(people["moderator"], page)
    act(people["moderator"], page)
    assert public(page) == OLD
    act(people["colleague"], page)
    assert public(page) == NEW


def test_a_workflow_whose_steps_all_pass_publishes_nothing_by_itself(page, people):
    workflow = Workflow.objects.create(name="Rien que la validation")
    WorkflowTask.objects.create(workflow=workflow, task=MedicalValidationTask.objects.create(name="Validation"))
    WorkflowPage.objects.create(page=page, workflow=workflow)
    submit(people["writer"], page)
    assert public(page) == OLD


def test_a_superuser_too_gives_a_reason_for_approving_what_they_wrote(page, people):
    writer = people["writer"]
    writer.is_superuser = True
    writer.save()
    submit(writer, page)
    act(writer, page)
    assert public(page) == OLD
    with pytest.raises(four_eyes.NotReviewed):
        waiting(page).approve(user=writer)
    assert public(page) == OLD


def test_publishing_by_code_as_a_writer_is_refused_and_as_nobody_is_the_portals_own_act(page, people):
    revision = page.save_revision(user=people["moderator"])
    page.summary = NEW
    revision = page.save_revision(user=people["moderator"])
    with pytest.raises(four_eyes.PermissionDenied):
        revision.publish(user=people["moderator"])
    with pytest.raises(CopyPagePermissionError):
        CopyPageAction(page, to=page.get_parent(), keep_live=True, user=people["writer"]).execute()
    revision.publish()
    assert public(page) == NEW


def test_a_draft_whose_revision_was_tidied_away_is_remembered(page, people):
    edit(people["moderator"], page)
    mine = Page.objects.get(pk=page.pk).latest_revision_id
    edit(people["writer"], page, text="Changed after it.")
    Revision.objects.get(pk=mine).delete()
    assert four_eyes.contributors(page) == {people["moderator"].pk, people["writer"].pk}


# --- An administrator waives it --------------------------------------------------------------------


def test_an_administrator_publishes_alone_with_a_reason_that_the_history_keeps(page, people):
    administrator = people["administrator"]
    address = reverse("publish_alone", args=[page.pk])
    answer = edit(administrator, page, action="action-publish", follow=True)
    assert answer.redirect_chain[-1][0] == address
    assert public(page) == OLD
    administrator.client.post(address, {"reason": "  "})
    assert public(page) == OLD
    answer = administrator.client.post(address, {"reason": "Nobody else is there at night."}, follow=True)
    assert public(page) == NEW
    entry = PageLogEntry.objects.get(page=page.pk, action=four_eyes.WAIVED)
    assert (entry.user, entry.comment) == (administrator, "Nobody else is there at night.")
    history = administrator.client.get(reverse("wagtailadmin_pages:history", args=[page.pk])).content.decode()
    assert "did without a second reader" in history and "Nobody else is there at night." in history


def test_an_administrator_approves_alone_with_a_reason(page, people):
    submit(people["administrator"], page)
    act(people["administrator"], page)
    act(people["administrator"], page, "waive", comment="")
    assert public(page) == OLD
    act(people["administrator"], page, "waive", comment="A colleague read it by telephone.")
    assert public(page) == NEW
    assert PageLogEntry.objects.filter(page=page.pk, action=four_eyes.WAIVED).count() == 1


def test_nobody_else_waives(page, people):
    edit(people["moderator"], page)
    for name in ("writer", "moderator", "colleague", "doctor"):
        people[name].client.post(reverse("publish_alone", args=[page.pk]), {"reason": "Because."})
    assert public(page) == OLD
    edit(people["moderator"], page, text=None, action="action-publish-alone")
    assert public(page) == OLD


# --- Medical content -------------------------------------------------------------------------------


def test_a_page_with_medical_content_is_read_by_a_medical_reviewer_too(page, people):
    submit(people["writer"], page, is_medical="on")
    edit(people["moderator"], page, text=None, action="action-publish")
    assert public(page) == OLD
    act(people["moderator"], page)
    assert public(page) == OLD
    assert isinstance(waiting(page).task.specific, MedicalValidationTask)
    edit(people["colleague"], page, text=None, action="action-publish")
    act(people["colleague"], page)
    assert public(page) == OLD
    assert page.title in people["doctor"].client.get(reverse("wagtailadmin_home")).content.decode()
    act(people["doctor"], page)
    assert public(page) == NEW


def test_a_medical_reviewer_who_changes_the_text_sends_it_through_both_steps_again(page, people):
    submit(people["writer"], page, is_medical="on")
    act(people["moderator"], page)
    edit(people["doctor"], page, text="Changed by the doctor.", is_medical="on")
    act(people["doctor"], page)
    assert public(page) == OLD
    act(people["moderator"], page)
    act(people["moderator"], page)
    act(people["doctor"], page)
    assert public(page) == OLD and isinstance(waiting(page).task.specific, MedicalValidationTask)


def test_only_who_publishes_takes_the_mark_of_medical_content_off(page, people):
    plain = Page.objects.get(pk=page.pk).latest_revision
    edit(people["writer"], page, is_medical="on")
    edit(people["writer"], page, text="Unmarked?", is_medical=None)
    sent = fields(page, summary="Unmarked by an older draft?")
    sent.pop("is_medical")
    people["writer"].client.post(reverse("wagtailadmin_pages:edit", args=[page.pk]), sent)
    address = reverse("wagtailadmin_pages:revisions_revert", args=[page.pk, plain.pk])
    people["writer"].client.post(address, sent)
    assert four_eyes.is_medical(Page.objects.get(pk=page.pk))
    people["moderator"].client.post(reverse("wagtailadmin_pages:edit", args=[page.pk]), sent)
    assert not four_eyes.is_medical(Page.objects.get(pk=page.pk))


def test_an_administrator_waives_the_medical_validation_with_a_reason_alone(page, people):
    submit(people["writer"], page, is_medical="on")
    act(people["administrator"], page)
    act(people["administrator"], page)
    assert public(page) == OLD
    act(people["administrator"], page, "waive", comment="Read by the head of the ward, on paper.")
    assert public(page) == NEW


# --- Setting up ------------------------------------------------------------------------------------


def test_a_portal_whose_staff_changed_the_approval_keeps_what_they_made(db):
    workflow = Workflow.objects.get(name="Modération")
    workflow.workflow_tasks.all().delete()
    other = FourEyesTask.objects.create(name="Notre étape")
    WorkflowTask.objects.create(workflow=workflow, task=other)
    told = []
    bootstrapping._make_review(told.append)
    assert [task.pk for task in workflow.tasks] == [other.pk] and told


def test_pages_that_wait_at_the_old_step_wait_at_the_new_one(page, people):
    workflow = Workflow.objects.get(name="Modération")
    workflow.workflow_tasks.all().delete()
    old = GroupApprovalTask.objects.create(name="Modération")
    old.groups.set([Group.objects.get(name=bootstrapping.MODERATORS)])
    WorkflowTask.objects.create(workflow=workflow, task=old)
    submit(people["writer"], page)
    bootstrapping._make_review(lambda line: None)
    assert isinstance(waiting(page).task.specific, FourEyesTask)
    act(people["moderator"], page)
    assert public(page) == NEW


# --- Whatever one person tries ---------------------------------------------------------------------

MINE = "Words of one person alone"


def tries(me, page, random) -> dict:
    """What a moderator can try, each with the page as it stands."""

    def draft():
        edit(me, page, text=f"{MINE} {random.random()}", is_medical=random.choice(["on", None]))

    def autosave():
        latest = Page.objects.get(pk=page.pk).latest_revision
        sent = fields(page, summary=f"{MINE} {random.random()}")
        if latest:
            sent |= {"overwrite_revision_id": str(latest.pk)}
        me.client.post(reverse("wagtailadmin_pages:edit", args=[page.pk]), sent, HTTP_ACCEPT="application/json")

    def revert():
        old = random.choice(list(Revision.objects.for_instance(page)))
        sent = fields(page, summary=old.content["summary"]) | {random.choice(["action-publish", "x"]): "1"}
        me.client.post(reverse("wagtailadmin_pages:revisions_revert", args=[page.pk, old.pk]), sent)

    def approve():
        if waiting(page):
            act(me, page, random.choice(["approve", "waive"]), comment="Mine.")

    def approve_with_words():
        sent = {"action-workflow-action": "true", "workflow-action-name": random.choice(["approve", "reject"])}
        edit(me, page, text=f"{MINE} {random.random()}", **sent)

    def bulk():
        address = reverse("wagtail_bulk_action", args=["wagtailcore", "page", "publish"])
        me.client.post(f"{address}?id={page.pk}", {"include_descendants": "on"})

    def unpublish():
        me.client.post(reverse("wagtailadmin_pages:unpublish", args=[page.pk]))

    def copy():
        slug = f"copie-{random.randrange(10**9)}"
        sent = {"new_title": MINE, "new_slug": slug, "new_parent_page": page.get_parent().pk}
        sent[random.choice(["publish_copies", "alias"])] = "on"
        me.client.post(reverse("wagtailadmin_pages:copy", args=[page.pk]), sent)

    def bundle():
        sent = {"name": "Mine", "parts-TOTAL_FORMS": "1", "parts-INITIAL_FORMS": "0", "parts-0-page": str(page.pk)}
        me.client.post(reverse("bundle:add"), sent)

    def move_bundle():
        for one in Bundle.objects.exclude(state=Bundle.State.PUBLISHED):
            for step in random.sample(["submit", "approve", "publish", "send-back"], 4):
                sent = {"seen": bundles.digest(one), "reason": "Mine."}
                me.client.post(reverse("bundle_move", args=[one.pk, step]), sent)

    def button(name: str, **more):
        return lambda: edit(me, page, text=random.choice([None, f"{MINE} {random.random()}"]), action=name, **more)

    soon = (timezone.localtime() - timedelta(minutes=1)).strftime("%Y-%m-%d %H:%M")
    return {
        "draft": draft,
        "autosave": autosave,
        "publish": button("action-publish"),
        "plan": button("action-publish", go_live_at=soon),
        "submit": button("action-submit"),
        "restart": button("action-restart-workflow"),
        "cancel": button("action-cancel-workflow"),
        "alone": button("action-publish-alone"),
        "revert": revert,
        "approve": approve,
        "approve with words": approve_with_words,
        "bulk": bulk,
        "unpublish": unpublish,
        "copy": copy,
        "bundle": bundle,
        "move bundle": move_bundle,
        "clock": scheduled.run,
        "waiver": lambda: me.client.post(reverse("publish_alone", args=[page.pk]), {"reason": "Mine."}),
    }


@pytest.mark.parametrize("seed", range(3))
def test_no_sequence_of_one_moderators_acts_brings_their_own_words_before_the_public(page, people, seed):
    random = Random(seed)
    edit(people["writer"], page)
    me = people["moderator"]
    done = []
    for _step in range(15):
        name, attempt = random.choice(list(tries(me, page, random).items()))
        done.append(name)
        attempt()
        spoken = StandardPage.objects.live().filter(Q(summary__contains=MINE) | Q(title__contains=MINE))
        assert not spoken.exists(), done


# --- What Wagtail brings, for our pages and roles ---------------------------------------------------


def test_comments_locks_comparison_and_undo_work_on_pages_with_blocks(page, people):
    writer, moderator = people["writer"], people["moderator"]
    old = Page.objects.get(pk=page.pk).latest_revision
    block = {"type": "section", "value": {"heading": "Nouvelle partie", "text": "<p>Un alinéa.</p>"}, "id": "b1"}
    page.body = StandardPage._meta.get_field("body").to_python([block])
    page.save_revision(user=writer, log_action=True)
    for who in (writer, moderator):
        compared = who.client.get(reverse("wagtailadmin_pages:revisions_compare", args=[page.pk, "live", "latest"]))
        assert "Nouvelle partie" in compared.content.decode()
        editor = who.client.get(reverse("wagtailadmin_pages:edit", args=[page.pk]))
        assert "comments" in editor.context["form"].formsets  # on every field, and on blocks by their ids
    remark = Comment(page=page, user=moderator, text="Which part?", contentpath="body.b1.heading")
    assert remark.has_valid_contentpath(page)
    # A lock holds the writers off, and any moderator or administrator opens it.
    moderator.client.post(reverse("wagtailadmin_pages:lock", args=[page.pk]))
    edit(writer, page, text="Behind the lock.")
    assert Page.objects.get(pk=page.pk).latest_revision.content["summary"] == OLD
    writer.client.post(reverse("wagtailadmin_pages:unlock", args=[page.pk]))
    assert Page.objects.get(pk=page.pk).locked
    people["administrator"].client.post(reverse("wagtailadmin_pages:unlock", args=[page.pk]))
    assert not Page.objects.get(pk=page.pk).locked
    # An older version comes back as a draft.
    address = reverse("wagtailadmin_pages:revisions_revert", args=[page.pk, old.pk])
    assert writer.client.get(address).status_code == 200
    writer.client.post(address, fields(page, summary=OLD))
    assert json.loads(Page.objects.get(pk=page.pk).latest_revision.content["body"]) == []
