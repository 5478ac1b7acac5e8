"""Working off what is kept: claimed by one worker, tried again later and later, then parked."""

import logging
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import TypeVar

from django.db import Error, connection, transaction
from django.utils import timezone

from donations.models import Beat
from donations.models.events import Work

logger = logging.getLogger(__name__)

LEASE = timedelta(minutes=5)  # a worker that died leaves its row to others after this
FIRST_WAIT = timedelta(minutes=1)

Row = TypeVar("Row", bound=Work)


class Hopeless(Exception):
    """Trying again changes nothing: the row is parked at once, for a person to look at."""


def never() -> bool:
    """Nobody asks this piece of work to stop."""
    return False


def claim(model: type[Row]) -> Row | None:
    """The next row that is due, for LEASE; None when there is none. A killed worker's row comes back by itself."""
    with transaction.atomic():
        due = model.objects.select_for_update(skip_locked=True).filter(next_at__lte=timezone.now())
        row = due.order_by("next_at", "pk").first()
        if row:
            row.next_at = timezone.now() + LEASE
            row.attempts += 1
            row.save(update_fields=["next_at", "attempts"])
        return row


def work_off(model: type[Row], do: Callable[[Row], None], most: int = 1000, stop: Callable[[], bool] = never) -> int:
    """Do what is due, row by row; how many were done. What fails waits, twice as long each time, and never others.

    `stop` is asked before each row.
    """
    done = 0
    for _number in range(most):
        row = None if stop() else claim(model)
        if row is None:
            break
        try:
            do(row)
        except Exception as error:
            _put_off(row, error)
        else:
            model.objects.filter(pk=row.pk).update(done_at=timezone.now(), next_at=None, error="")
            done += 1
    return done


def _put_off(row: Work, error: Exception) -> None:
    # The class and the place alone: the text of an error may quote what is personal, an address for example.
    places = traceback.extract_tb(error.__traceback__)[-4:]
    where = " < ".join(f"{place.filename.rpartition('/')[2]}:{place.lineno}" for place in reversed(places))
    name = type(error).__name__
    logger.error("%s %s failed for the %s. time: %s at %s", type(row).__name__, row.pk, row.attempts, name, where)
    now, waits = timezone.now(), FIRST_WAIT * 2 ** min(row.attempts - 1, 12)
    is_over = row.attempts >= row.MOST_ATTEMPTS or isinstance(error, Hopeless)
    type(row).objects.filter(pk=row.pk).update(
        next_at=None if is_over else now + waits, parked_at=now if is_over else None, error=type(error).__name__
    )


def try_again(row: Work) -> None:
    """Put a parked row back, as staff ask for it."""
    type(row).objects.filter(pk=row.pk, done_at=None).update(
        next_at=timezone.now(), parked_at=None, attempts=0, error=""
    )


@contextmanager
def beat(name: str) -> Iterator[Beat | None]:
    """Note that a piece of work began and ended; gives None when another process is at it just now."""
    with _alone(name) as is_alone:
        if not is_alone:
            yield None
            return
        row, _made = Beat.objects.update_or_create(name=name, defaults={"began_at": timezone.now()})
        try:
            yield row
        except Exception as error:
            Beat.objects.filter(pk=name).update(failed_at=timezone.now(), error=type(error).__name__)
            raise
        Beat.objects.filter(pk=name).update(ended_at=timezone.now(), cursor=row.cursor, error="")


@contextmanager
def taking_turns(name: str) -> Iterator[None]:
    """Wait until no other process is at what `name` names; then be the one. It outlives no lost connection."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [f"donations {name}"])
    try:
        yield
    finally:
        with suppress(Error), connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [f"donations {name}"])


@contextmanager
def _alone(name: str) -> Iterator[bool]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [f"donations {name}"])
        (is_alone,) = cursor.fetchone()
    try:
        yield is_alone
    finally:
        if is_alone:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [f"donations {name}"])
