"""The log of facts: who changed what, what stood before, and taking the last change back."""

from collections.abc import Sequence
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db import transaction
from django.dispatch import Signal
from django.utils import timezone
from django.utils.translation import gettext as _
from wagtail.log_actions import get_active_log_context, log, registry
from wagtail.models import ModelLogEntry

from portal.models import Fact, Use, User

ADDED, CHANGED, ARCHIVED, UNDONE = "fact.add", "fact.change", "fact.archive", "fact.undo"
BATCH = 500

many_changed = Signal()
"""Sent after facts of one kind were stored past the signals of their model; gives `facts`. For derived rows alone."""


class StillUsed(ValidationError):
    """A fact that others rely on and that therefore stays; `uses` says where."""

    def __init__(self, uses: list[Use]) -> None:
        self.uses = uses
        super().__init__(
            [_("It is still used; change these first:"), *(use.description for use in uses)], code="still_used"
        )


@transaction.atomic
def add(fact: Fact, user: User) -> None:
    """Store a new fact."""
    fact.save()
    _log(fact, ADDED, user, before={})


@transaction.atomic
def change(fact: Fact, user: User) -> bool:
    """Store the changed values of `fact`; False, and no log entry, when nothing differs from what is stored."""
    stored = _stored(fact)
    before = stored.snapshot()
    if before == fact.snapshot():
        return False
    fact.take_over(stored)
    fact.save()
    _log(fact, CHANGED, user, before)
    return True


@transaction.atomic
def archive(fact: Fact, user: User) -> None:
    """Take `fact` off its page without losing it. StillUsed when others rely on it."""
    fact = _stored(fact)
    _refuse_while_used(fact)
    before = fact.snapshot()
    fact.archived_at = timezone.now()
    fact.save(update_fields=["archived_at"])
    _log(fact, ARCHIVED, user, before)


@transaction.atomic
def undo(fact: Fact, entry_id: int, user: User) -> bool:
    """Put back what stood before log entry `entry_id`. False when that is no longer the last change.

    A fact that was added is archived; ValidationError when the old values are no longer allowed, StillUsed when
    the fact would go from its page while others rely on it.
    """
    fact = _stored(fact)
    entry = entries(fact).first()
    if entry is None or entry.pk != entry_id:
        return False
    now = fact.snapshot()
    if entry.data["before"]:
        fact.restore(entry.data["before"])
    else:
        fact.archived_at = timezone.now()
    if fact.archived_at and not now["archived_at"]:
        _refuse_while_used(fact)
    fact.full_clean()
    fact.save()
    _log(fact, UNDONE, user, before=now)
    return True


@transaction.atomic
def add_many(facts: Sequence[Fact], user: User | None) -> None:
    """Store new facts of one kind as `add` would each, in a few queries."""
    if facts:
        type(facts[0]).objects.bulk_create(facts, BATCH)
        _tell_many(facts, [(fact, {}) for fact in facts], ADDED, user)


@transaction.atomic
def change_many(changes: Sequence[tuple[Fact, dict[str, Any]]], user: User | None, action: str = CHANGED) -> None:
    """Store changed facts of one kind, each with the snapshot before, as `change` would each, in a few queries.

    The rows must be locked by the caller, who has compared them; values that no snapshot holds stay as they are.
    """
    if not changes:
        return
    facts = [fact for fact, _before in changes]
    model = type(facts[0])
    names = {name for fact, before in changes for name, value in fact.snapshot().items() if before.get(name) != value}
    if names:
        model.objects.bulk_update(facts, sorted(names), BATCH)
        _tell_many(facts, changes, action, user)


def _tell_many(
    facts: Sequence[Fact], changes: Sequence[tuple[Fact, dict[str, Any]]], action: str, user: User | None
) -> None:
    model = type(facts[0])
    log_model = registry.get_log_model_for_model(model)
    manager, context, now = log_model.objects, get_active_log_context(), timezone.now()
    content_type = ContentType.objects.get_for_model(model, for_concrete_model=False)
    manager.bulk_create(
        (
            log_model(
                content_type=content_type,
                object_id=str(fact.pk),
                label=manager.get_instance_title(fact),
                action=action,
                timestamp=now,
                uuid=context.uuid,
                user=user or context.user,
                data=_data(fact, before),
            )
            for fact, before in changes
        ),
        BATCH,
    )
    many_changed.send(model, facts=facts)


def entries(fact: Fact) -> Any:
    """The log of `fact`, the newest entry first."""
    return registry.get_logs_for_instance(fact).filter(action__startswith="fact.").select_related("user")


def story(fact: Fact) -> Any:
    """All that was logged about `fact`, the newest entry first: its changes, and what was found out about it."""
    return registry.get_logs_for_instance(fact).select_related("user")


def differences(entry: ModelLogEntry) -> tuple[dict[str, Any], dict[str, Any]]:
    """The values that an entry changed, before and after; none where it tells of something else."""
    before, after = entry.data.get("before", {}), entry.data.get("after", {})
    names = [name for name in after if before.get(name) != after[name]]
    return {name: before.get(name) for name in names if name in before}, {name: after[name] for name in names}


def _stored(fact: Fact) -> Fact:
    """The row as it stands now, locked until the transaction ends."""
    return type(fact).objects.select_for_update().get(pk=fact.pk)


def _refuse_while_used(fact: Fact) -> None:
    # The row is locked, and a new foreign key to it waits for the lock: no fact can begin to use it meanwhile.
    if uses := fact.used_by():
        raise StillUsed(uses)


def _log(fact: Fact, action: str, user: User, before: dict[str, Any]) -> None:
    log(fact, action, user=user, data=_data(fact, before))


def _data(fact: Fact, before: dict[str, Any]) -> dict[str, Any]:
    return {"before": before, "after": fact.snapshot(), "page": fact.page_id}
