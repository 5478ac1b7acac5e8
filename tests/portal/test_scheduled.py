"""The clock: what goes live and what ends, on the minute, and one bad page stops no other."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.utils import timezone
from wagtail.models import Page, PageLogEntry, Revision

from portal import bootstrapping, scheduled
from portal.models import StandardPage
from tests import factories

OLD, NEW = "What the page said before.", "What it says from then on."


def planned(title: str, go_live_at=None, expire_at=None, owner=None) -> StandardPage:
    """A public page with a draft that is approved for `go_live_at`."""
    page = factories.pages(StandardPage, {"fr": factories.homes()["fr"]}, title, summary=OLD)["fr"]
    page.save_revision().publish()
    page = StandardPage.objects.get(pk=page.pk)
    page.owner, page.summary, page.go_live_at, page.expire_at = owner, NEW, go_live_at, expire_at
    page.save(update_fields=["owner"])
    page.save_revision().publish()
    return page


def stored(page) -> StandardPage:
    return StandardPage.objects.get(pk=page.pk)


# The night in which the clocks in Paris go from 3:00 back to 2:00, and that in which they go from 2:00 to 3:00.
@pytest.mark.parametrize(
    ("planned_for", "before", "after"),
    [
        ("2026-10-25T00:30:00", "2026-10-25T00:29:59", "2026-10-25T00:30:00"),  # 2:30, the first time
        ("2026-10-25T01:30:00", "2026-10-25T01:29:59", "2026-10-25T01:30:00"),  # 2:30, the second time
        ("2027-03-28T01:00:00", "2027-03-28T00:59:59", "2027-03-28T01:00:00"),  # 3:00, a second after 1:59:59
    ],
)
def test_a_page_goes_live_and_ends_at_its_instant_over_the_changes_of_the_clock(db, planned_for, before, after):
    instant = datetime.fromisoformat(planned_for).replace(tzinfo=UTC)
    with time_machine.travel(instant - timedelta(days=2), tick=False):
        page = planned("Page de nuit", go_live_at=instant, expire_at=instant + timedelta(hours=1))
    with time_machine.travel(before + "+00:00", tick=False):
        assert scheduled.run() == [] and stored(page).summary == OLD
    with time_machine.travel(after + "+00:00", tick=False):
        assert scheduled.run() == []
        assert stored(page).summary == NEW and stored(page).live
        assert stored(page).last_published_at == instant
    with time_machine.travel(instant + timedelta(minutes=59, seconds=59), tick=False):
        scheduled.run()
        assert stored(page).live
    with time_machine.travel(instant + timedelta(hours=1), tick=False):
        scheduled.run()
        assert not stored(page).live and stored(page).expired


def test_one_bad_page_stops_no_other_and_its_owner_is_told_once(db, make_user, mailoutbox, monkeypatch, capsys):
    owner = make_user(bootstrapping.EDITORS)
    instant = timezone.now() + timedelta(hours=1)
    bad = planned("Mauvaise page", instant, owner=owner)
    worse = planned("Pire page", instant + timedelta(minutes=1))
    good = planned("Bonne page", instant + timedelta(minutes=2))
    moderators = [make_user(bootstrapping.MODERATORS, name) for name in ("one", "two")]
    whole = StandardPage.full_clean

    def refuse(self, *args, **kwargs):
        if self.pk == bad.pk:
            raise ValidationError("A picture has no description.")
        if self.pk == worse.pk:
            raise RuntimeError("broken")
        return whole(self, *args, **kwargs)

    monkeypatch.setattr(StandardPage, "full_clean", refuse)
    with time_machine.travel(instant + timedelta(minutes=5), tick=False):
        for _run in range(2):
            with pytest.raises(CommandError, match="2 could not be done"):
                call_command("publish_scheduled")
        assert "A picture has no description" in capsys.readouterr().err
        assert [stored(page).summary for page in (bad, worse, good)] == [OLD, OLD, NEW]
        told = [address for mail in mailoutbox for address in mail.to]
        assert len(mailoutbox) == 1 + len(moderators), told
        letter = next(mail for mail in mailoutbox if "Mauvaise page" in mail.body)
        assert "A picture has no description." in letter.body and f"/pages/{bad.pk}/edit/" in letter.body
        assert PageLogEntry.objects.filter(page=bad.pk, action=scheduled.FAILED).count() == 1
        # Its page is no longer locked, so that somebody can mend it. Mended, it goes live with the next run.
        assert stored(bad).get_lock() is None
        monkeypatch.undo()
        call_command("publish_scheduled")
        assert [stored(page).summary for page in (bad, worse)] == [NEW, NEW]


def test_a_dry_run_says_what_is_due_and_does_nothing(db, capsys):
    instant = timezone.now() + timedelta(hours=1)
    page = planned("Page à venir", instant)
    with time_machine.travel(instant + timedelta(minutes=1), tick=False):
        call_command("publish_scheduled", "--dry-run")
    assert "would be published: Page à venir" in capsys.readouterr().out
    assert stored(page).summary == OLD


def test_a_date_passes_through_the_approval(db, make_user):
    page = factories.pages(StandardPage, {"fr": factories.homes()["fr"]}, "Datée", summary=OLD)["fr"]
    page.save_revision().publish()
    page = stored(page)
    instant = timezone.now() + timedelta(hours=1)
    instant = instant.replace(microsecond=0)
    page.summary, page.go_live_at = NEW, instant
    writer, moderator = make_user(bootstrapping.EDITORS), make_user(bootstrapping.MODERATORS)
    page.save_revision(user=writer)
    page.get_workflow().start(stored(page), writer)
    state = Page.objects.get(pk=page.pk).current_workflow_task_state
    state.task.specific.on_action(state, moderator, "approve")
    assert stored(page).summary == OLD
    assert Revision.objects.for_instance(page).get(approved_go_live_at=instant)
    # Nobody edits what is planned.
    assert stored(page).permissions_for_user(moderator).page_locked()
    with time_machine.travel(instant, tick=False):
        scheduled.run()
    assert stored(page).summary == NEW
