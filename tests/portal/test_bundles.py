"""Bundles: all of it becomes public at one instant, or nothing."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db import connection, connections
from django.db.models.signals import pre_save
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation
from wagtail.models import ModelLogEntry, Page, PageLogEntry, TaskState

from departments.models import ContactLine
from portal import bootstrapping, bundles, fact_log, four_eyes, scheduled
from portal.models import Bundle, BundleChange, BundlePage, StandardPage, User
from tests import databases, factories

OLD, NEW = "What the page said before.", "What the bundle says."
OLD_NUMBER, NEW_NUMBER = "+33199001010", "+33199002020"


@pytest.fixture(scope="module", autouse=True)
def elsewhere(django_db_setup, django_db_blocker):
    """A database of its own for these tests, in which every commit stays until the last of them."""
    with django_db_blocker.unblock(), databases.elsewhere("bundles"):
        yield


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


_made = iter(range(10_000))


def user(group: str) -> User:
    made = User.objects.create_user(f"{group}-{next(_made)}", email="staff@example.org", password="a-long-password")
    made.groups.add(Group.objects.get(name=group))
    made.client = Client()
    made.client.force_login(made)
    factories.speaking_english(made.client)
    return made


@pytest.fixture
def writer():
    return user(bootstrapping.EDITORS)


@pytest.fixture
def moderator():
    return user(bootstrapping.MODERATORS)


def page(writer=None) -> StandardPage:
    """A public page, with a draft of `writer`."""
    made = factories.pages(StandardPage, {"fr": factories.homes()["fr"]}, f"Page {next(_made)}", summary=OLD)["fr"]
    made.save_revision().publish()
    made = StandardPage.objects.get(pk=made.pk)
    if writer:
        made.summary = NEW
        made.save_revision(user=writer, log_action=True)
    return StandardPage.objects.get(pk=made.pk)


def line() -> ContactLine:
    institute = factories.institute(f"Maison {next(_made)}")
    return factories.line(factories.department(institute, f"Service {next(_made)}"), "01 99 00 10 10")


def bundle_of(writer, *pages, change_of=None, **fields) -> Bundle:
    """A draft with the pages and, for a line, the change of its number."""
    made = Bundle.objects.create(name="Déménagement", owner=writer, **fields)
    for one in pages:
        made.parts.create(page=one)
        made.save()
    if change_of:
        before = change_of.snapshot()
        change_of.number = NEW_NUMBER
        bundles.plan(made, change_of, before, writer)
    return Bundle.objects.get(pk=made.pk)


def approved(writer, moderator, *pages, **more) -> Bundle:
    made = bundle_of(writer, *pages, **more)
    bundles.submit(made, writer)
    bundles.approve(made, moderator, bundles.digest(made))
    return Bundle.objects.get(pk=made.pk)


def said(*pages) -> list[str]:
    return [StandardPage.objects.get(pk=one.pk).summary for one in pages]


def state(bundle) -> str:
    return Bundle.objects.get(pk=bundle.pk).state


def number(line) -> str:
    return ContactLine.objects.get(pk=line.pk).number


# --- All or nothing --------------------------------------------------------------------------------


def test_pages_and_numbers_become_public_together(writer, moderator):
    first, second, fact = page(writer), page(writer), line()
    bundle = approved(writer, moderator, first, second, change_of=fact)
    assert said(first, second) == [OLD, OLD] and number(fact) == OLD_NUMBER
    bundles.publish(bundle, moderator)
    assert said(first, second) == [NEW, NEW] and number(fact) == NEW_NUMBER
    numbers_alone = bundle_of(writer, change_of=line())
    assert {bundle.pk, numbers_alone.pk} <= set(bundles.bundles_of(moderator).values_list("pk", flat=True))
    assert state(bundle) == Bundle.State.PUBLISHED
    assert fact_log.entries(fact).first().user == moderator
    acts = ModelLogEntry.objects.for_instance(bundle).values_list("action", flat=True)
    assert {bundles.SUBMITTED, bundles.APPROVED, bundles.PUBLISHED, bundles.PLANNED} <= set(acts)


def test_a_page_that_cannot_be_published_publishes_nothing_and_is_named(writer, moderator, monkeypatch):
    good, bad, fact = page(writer), page(writer), line()
    bundle = approved(writer, moderator, good, bad, change_of=fact)
    whole = StandardPage.full_clean

    def refuse(self, *args, **kwargs):
        if self.pk == bad.pk:
            raise ValidationError("A picture has no description.")
        return whole(self, *args, **kwargs)

    monkeypatch.setattr(StandardPage, "full_clean", refuse)
    with pytest.raises(bundles.Refused, match="A picture has no description") as refused:
        bundles.publish(bundle, moderator)
    assert bad.title in str(refused.value)
    assert said(good, bad) == [OLD, OLD] and number(fact) == OLD_NUMBER
    assert state(bundle) == Bundle.State.APPROVED
    assert not PageLogEntry.objects.filter(page=good.pk, action="wagtail.publish", user=moderator).exists()
    monkeypatch.undo()
    bundles.publish(bundle, moderator)
    assert said(good, bad) == [NEW, NEW]


def test_a_number_that_was_changed_meanwhile_publishes_nothing(writer, moderator):
    one, fact = page(writer), line()
    bundle = approved(writer, moderator, one, change_of=fact)
    now = ContactLine.objects.get(pk=fact.pk)
    now.number = "+33199003030"
    fact_log.change(now, moderator)
    with pytest.raises(bundles.Refused, match="changed meanwhile"):
        bundles.publish(bundle, moderator)
    assert said(one) == [OLD] and number(fact) == "+33199003030"


def test_a_change_of_another_value_meanwhile_is_kept(writer, moderator):
    fact = line()
    bundle = approved(writer, moderator, change_of=fact)
    now = ContactLine.objects.get(pk=fact.pk)
    now.sort_order = 7
    fact_log.change(now, moderator)
    bundles.publish(bundle, moderator)
    stored = ContactLine.objects.get(pk=fact.pk)
    assert (stored.number, stored.sort_order) == (NEW_NUMBER, 7)


def test_a_page_changed_after_the_approval_publishes_nothing(writer, moderator):
    first, second = page(writer), page(writer)
    bundle = approved(writer, moderator, first, second)
    changed = StandardPage.objects.get(pk=second.pk)
    changed.summary = "Slipped in."
    changed.save_revision(user=writer)
    with pytest.raises(bundles.Refused, match="changed after it was approved"):
        bundles.publish(bundle, moderator)
    assert said(first, second) == [OLD, OLD]
    assert "changed since it was approved" in screen(moderator, bundle)


def at_once(*acts):
    """Do all of it at the same moment, each on a connection of its own; the answers or exceptions in order."""
    start = threading.Barrier(len(acts))

    def run(act):
        try:
            connection.ensure_connection()
            start.wait(timeout=20)
            return act()
        except Exception as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(acts)) as threads:
        return list(threads.map(run, acts))


def test_two_who_publish_at_once_publish_once(writer, moderator):
    one, fact = page(writer), line()
    bundle = approved(writer, moderator, one, change_of=fact)
    other = user(bootstrapping.MODERATORS)
    answers = at_once(lambda: bundles.publish(bundle, moderator), lambda: bundles.publish(bundle, other))
    assert [type(answer) for answer in answers if answer is not None] == [bundles.Refused]
    assert said(one) == [NEW]
    assert PageLogEntry.objects.filter(page=one.pk, action="wagtail.publish", user__isnull=False).count() == 1
    assert fact_log.entries(fact).filter(action=fact_log.CHANGED).count() == 1


def test_publishing_and_sending_back_at_once_leave_one_of_them_true(writer, moderator):
    one = page(writer)
    bundle = approved(writer, moderator, one)
    at_once(lambda: bundles.publish(bundle, moderator), lambda: bundles.send_back(bundle, moderator))
    assert (state(bundle), said(one)) in [(Bundle.State.PUBLISHED, [NEW]), (Bundle.State.DRAFT, [OLD])]


def test_somebody_who_saves_while_it_is_published_waits_or_stops_it(writer, moderator):
    one = page(writer)
    bundle = approved(writer, moderator, one)

    def save():
        changed = StandardPage.objects.get(pk=one.pk)
        changed.summary = "At the same moment."
        changed.save_revision(user=writer)

    at_once(lambda: bundles.publish(bundle, moderator), save)
    assert said(one) in ([NEW], [OLD])


# --- Who approves ----------------------------------------------------------------------------------


def test_nobody_approves_a_bundle_in_which_they_have_a_part(writer, moderator):
    colleague = user(bootstrapping.MODERATORS)
    wrote, planned, submitted = bundle_of(writer, page(moderator)), bundle_of(writer), bundle_of(writer, page(writer))
    fact = line()
    before = fact.snapshot()
    fact.number = NEW_NUMBER
    bundles.plan(planned, fact, before, moderator)
    for bundle, by in ((wrote, writer), (planned, writer), (submitted, moderator)):
        bundles.submit(bundle, by)
        with pytest.raises(bundles.Refused, match="colleague"):
            bundles.approve(bundle, moderator, bundles.digest(bundle))
        bundles.approve(bundle, colleague, bundles.digest(bundle))
        assert state(bundle) == Bundle.State.APPROVED


def test_an_administrator_approves_the_own_with_a_reason_in_every_pages_history():
    administrator = user(bootstrapping.ADMINISTRATORS)
    one = page(administrator)
    bundle = bundle_of(administrator, one)
    bundles.submit(bundle, administrator)
    with pytest.raises(bundles.Refused, match="why"):
        bundles.approve(bundle, administrator, bundles.digest(bundle))
    bundles.approve(bundle, administrator, bundles.digest(bundle), "Nobody else is there.")
    assert PageLogEntry.objects.filter(page=one.pk, action=four_eyes.WAIVED).count() == 1


def test_what_changed_while_the_reader_looked_is_not_approved(writer, moderator):
    one = page(writer)
    bundle = bundle_of(writer, one)
    bundles.submit(bundle, writer)
    seen = bundles.digest(bundle)
    changed = StandardPage.objects.get(pk=one.pk)
    changed.summary = "Slipped in."
    changed.save_revision(user=writer)
    with pytest.raises(bundles.Refused, match="Look at it once more"):
        bundles.approve(bundle, moderator, seen)


def test_a_writer_neither_approves_nor_publishes_nor_sends_back_for_others(writer, moderator):
    other = user(bootstrapping.EDITORS)
    bundle = bundle_of(writer, page(writer))
    post(writer, bundle, "submit")
    post(other, bundle, "approve", seen=bundles.digest(bundle))
    post(other, bundle, "send-back")
    assert state(bundle) == Bundle.State.IN_REVIEW
    post(moderator, bundle, "approve", seen=bundles.digest(bundle))
    post(writer, bundle, "publish")
    assert state(bundle) == Bundle.State.APPROVED
    post(moderator, bundle, "publish")
    assert state(bundle) == Bundle.State.PUBLISHED


def test_medical_content_waits_for_its_medical_reviewer(writer, moderator):
    doctor = user(bootstrapping.MEDICAL_REVIEWERS)
    one = page(writer)
    one.summary, one.is_medical = NEW, True
    one.save_revision(user=writer, log_action=True)
    bundle = bundle_of(writer, one)
    bundles.submit(bundle, writer)
    with pytest.raises(bundles.Refused, match="medical reviewer"):
        bundles.approve(bundle, moderator, bundles.digest(bundle))
    stored = Page.objects.get(pk=one.pk).specific
    stored.get_workflow().start(stored, writer)
    for reader in (moderator, doctor):
        waiting = Page.objects.get(pk=one.pk).current_workflow_task_state
        waiting.task.specific.on_action(waiting, reader, "approve")
    # The review is done, and the page waits for its bundle.
    assert TaskState.objects.filter(finished_by=doctor).exists() and said(one) == [OLD]
    bundles.approve(bundle, moderator, bundles.digest(bundle))
    bundles.publish(bundle, moderator)
    assert said(one) == [NEW]


# --- A page in a bundle ----------------------------------------------------------------------------


def screen(who, bundle) -> str:
    shown = who.client.get(reverse("bundle:inspect", args=[bundle.pk])).content.decode()
    return " ".join(shown.split())


def post(who, bundle, step, **sent):
    return who.client.post(reverse("bundle_move", args=[bundle.pk, step]), sent, follow=True)


def test_a_page_in_a_bundle_is_not_published_by_itself(writer, moderator):
    one = page(writer)
    bundle_of(writer, one)
    assert not one.permissions_for_user(moderator).can_publish()
    address = reverse("wagtail_bulk_action", args=["wagtailcore", "page", "publish"])
    moderator.client.post(f"{address}?id={one.pk}", {"include_descendants": "on"})
    administrator = user(bootstrapping.ADMINISTRATORS)
    administrator.client.post(reverse("publish_alone", args=[one.pk]), {"reason": "Because."})
    assert said(one) == [OLD]


def test_the_page_of_an_approved_bundle_is_locked_and_says_why(writer, moderator):
    one = page(writer)
    bundle = approved(writer, moderator, one)
    answer = writer.client.get(reverse("wagtailadmin_pages:edit", args=[one.pk])).content.decode()
    assert reverse("bundle:inspect", args=[bundle.pk]) in answer and "Send the bundle back" in answer
    refused = moderator.client.post(reverse("wagtailadmin_pages:delete", args=[one.pk]), follow=True)
    assert "send the bundle back first" in refused.content.decode()
    assert Page.objects.filter(pk=one.pk).exists()
    bundles.send_back(bundle, moderator, "One more sentence, please.")
    assert StandardPage.objects.get(pk=one.pk).get_lock() is None
    assert (
        "One more sentence, please." in writer.client.get(reverse("bundle:history", args=[bundle.pk])).content.decode()
    )


def form_of(bundle_name: str, *pages, **more) -> dict[str, str]:
    sent = {"name": bundle_name, "parts-TOTAL_FORMS": str(len(pages)), "parts-INITIAL_FORMS": "0"}
    for index, one in enumerate(pages):
        sent |= {f"parts-{index}-page": str(one.pk), f"parts-{index}-id": "", f"parts-{index}-DELETE": ""}
    return sent | more


def test_a_bundle_is_prepared_submitted_approved_and_published_on_its_screens(writer, moderator):
    one, fact = page(writer), line()
    answer = writer.client.post(reverse("bundle:add"), form_of("Nouvelle entrée", one), follow=True)
    bundle = Bundle.objects.get(name="Nouvelle entrée")
    assert answer.redirect_chain[-1][0] == reverse("bundle:inspect", args=[bundle.pk])
    assert bundle.owner == writer
    address = reverse("fact_plan", args=["departments", "contactline", fact.pk])
    assert (
        address
        in writer.client.get(reverse("fact_change", args=["departments", "contactline", fact.pk])).content.decode()
    )
    form = writer.client.get(address).context["form"]
    sent = {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}
    sent = {name: value for name, value in sent.items() if isinstance(value, str | int) and value is not False}
    writer.client.post(address, sent | {"number": "01 99 00 20 20", "bundle": str(bundle.pk)})
    change = BundleChange.objects.get(bundle=bundle)
    assert (change.before["number"], change.after["number"]) == (OLD_NUMBER, NEW_NUMBER)
    assert number(fact) == OLD_NUMBER
    shown = screen(writer, bundle)
    assert OLD_NUMBER in shown and NEW_NUMBER in shown and one.title in shown
    assert reverse("wagtailadmin_pages:revisions_view", args=[one.pk, one.latest_revision_id]) in shown
    assert bundle.name in writer.client.get(reverse("bundle:index")).content.decode()
    post(writer, bundle, "submit")
    assert "Approve all of it" in screen(moderator, bundle) and "Approve all of it" not in screen(writer, bundle)
    post(moderator, bundle, "approve", seen=bundles.digest(bundle))
    post(moderator, bundle, "publish")
    assert said(one) == [NEW] and number(fact) == NEW_NUMBER


def test_a_page_is_in_one_open_bundle_at_most(writer, moderator):
    one = page(writer)
    bundle = approved(writer, moderator, one)
    answer = writer.client.post(reverse("bundle:add"), form_of("Encore", one))
    assert "already" in answer.content.decode() and not Bundle.objects.filter(name="Encore").exists()
    bundles.publish(bundle, moderator)
    writer.client.post(reverse("bundle:add"), form_of("Encore", one))
    assert Bundle.objects.filter(name="Encore").exists()


def test_who_is_overtaken_while_saving_is_told_and_keeps_what_they_typed(writer):
    one = page(writer)

    def somebody_is_faster(sender, instance, **kwargs):
        pre_save.disconnect(somebody_is_faster, Bundle)
        Bundle.objects.create(name="L’autre", parts=[BundlePage(page=one)])

    pre_save.connect(somebody_is_faster, Bundle)
    answer = writer.client.post(reverse("bundle:add"), form_of("Le mien", one))
    assert answer.status_code == 200
    shown = answer.content.decode()
    assert "just put one of these pages into another bundle" in shown and 'value="Le mien"' in shown
    assert not Bundle.objects.filter(name="Le mien").exists()


def test_a_bundle_is_changed_and_deleted_as_a_draft_alone(writer, moderator):
    one = page(writer)
    bundle = bundle_of(writer, one)
    bundles.submit(bundle, writer)
    for name in ("edit", "delete"):
        assert writer.client.post(reverse(f"bundle:{name}", args=[bundle.pk]), form_of("X"), follow=True)
    assert Bundle.objects.get(pk=bundle.pk).name == "Déménagement"
    bundles.send_back(bundle, writer)
    writer.client.post(reverse("bundle:delete", args=[bundle.pk]))
    assert not Bundle.objects.filter(pk=bundle.pk).exists()


def test_who_edits_none_of_its_pages_sees_no_bundle(writer):
    bundle = bundle_of(writer, page(writer))
    for group in (bootstrapping.SWITCHBOARD, bootstrapping.FINANCE):
        stranger = user(group)
        assert stranger.client.get(reverse("bundle:index")).status_code == 302
        for name in ("inspect", "edit", "history"):
            assert stranger.client.get(reverse(f"bundle:{name}", args=[bundle.pk])).status_code in (302, 404)
        assert stranger.client.post(reverse("bundle_move", args=[bundle.pk, "submit"])).status_code == 404
    assert state(bundle) == Bundle.State.DRAFT


# --- By the clock ----------------------------------------------------------------------------------


def test_a_bundle_goes_live_at_its_instant_and_no_sooner(writer, moderator, monkeypatch):
    one = page(writer)
    instant = timezone.now() + timedelta(hours=1)
    bundle = approved(writer, moderator, one, go_live_at=instant)
    assert not bundles.due().filter(pk=bundle.pk).exists()
    monkeypatch.setattr(timezone, "now", lambda: instant)
    assert bundles.due().filter(pk=bundle.pk).exists()
    scheduled.run()
    assert said(one) == [NEW] and state(bundle) == Bundle.State.PUBLISHED


def test_a_bundle_that_fails_by_the_clock_says_so_once_and_stops_no_other(writer, moderator, mailoutbox):
    bad, good = page(writer), page(writer)
    failing = approved(writer, moderator, bad, go_live_at=timezone.now() - timedelta(minutes=2))
    working = approved(writer, moderator, good, go_live_at=timezone.now() - timedelta(minutes=1))
    changed = StandardPage.objects.get(pk=bad.pk)
    changed.summary = "Slipped in."
    changed.save_revision(user=writer)
    for _run in range(2):
        assert [failure.thing for failure in scheduled.run()] == [failing]
    assert said(bad, good) == [OLD, NEW] and state(working) == Bundle.State.PUBLISHED
    assert len(mailoutbox) == 2  # who prepared it and who approved it, once each
    assert "changed after it was approved" in screen(moderator, failing)
    bundles.send_back(failing, moderator)


def test_a_bundle_whose_approver_has_left_waits_for_another_approval(writer, moderator):
    one = page(writer)
    bundle = approved(writer, moderator, one, go_live_at=timezone.now())
    User.objects.filter(pk=moderator.pk).update(is_active=False)
    [failure] = scheduled.run()
    assert "may no longer publish" in failure.reason and said(one) == [OLD]
    bundles.send_back(bundle, writer)
