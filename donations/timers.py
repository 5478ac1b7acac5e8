"""What of giving runs by itself, how often, and whether it does: messages, e-mails, the reconciler, payouts.

`manage.py work_gifts` calls `tick` every few seconds, or a timer of the system does with `--once`.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from donations import inbox, outbox, receipting, reconciling
from donations.models import Beat, Donation, Mail, ProviderEvent
from donations.work import beat, never

NIGHTLY_AT = 3  # o'clock, in the portal's time zone
RETRY_NIGHTLY_AFTER = timedelta(hours=1)


@dataclass(frozen=True)
class Timer:
    """A piece of work. `every` is the least time between two beginnings; None: once a night."""

    name: str
    label: str | Promise
    do: Callable[[Callable[[], bool]], "Counter[str]"]
    every: timedelta | None
    late_after: timedelta

    def is_due(self, row: Beat | None, now: datetime) -> bool:
        if row is None or row.began_at is None:
            return True
        if self.every is not None:
            return now - row.began_at >= self.every
        failed = row.failed_at and (row.ended_at is None or row.failed_at > row.ended_at)
        if failed or row.ended_at is None:
            return now - row.began_at >= RETRY_NIGHTLY_AFTER
        return row.ended_at < last_night(now)

    def is_late(self, row: Beat | None, now: datetime) -> bool:
        """Whether it should have come to an end since."""
        return row is None or row.ended_at is None or now - row.ended_at > self.late_after


def last_night(now: datetime) -> datetime:
    """The latest NIGHTLY_AT that is over."""
    local = timezone.localtime(now)
    night = local.replace(hour=NIGHTLY_AT, minute=0, second=0, microsecond=0)
    return night if night <= local else night - timedelta(days=1)


def _events(stop: Callable[[], bool]) -> Counter[str]:
    return +Counter({"messages of providers": inbox.process_events(stop=stop)})


def _mails(stop: Callable[[], bool]) -> Counter[str]:
    return +Counter({"e-mails": outbox.send_mails(stop=stop)})


def _receipts(stop: Callable[[], bool]) -> Counter[str]:
    tally = receipting.settle_receipts(stop=stop)
    if tally.failed:
        raise receipting.SomeFailed  # counted as a run that failed: the pulse shows it
    return +Counter({"receipts issued": tally.issued, "receipts void": tally.voided})


TIMERS = (
    Timer("events", _("messages of providers"), _events, timedelta(0), timedelta(minutes=15)),
    Timer("reconciler", _("reconciler"), reconciling.reconcile, timedelta(minutes=10), timedelta(minutes=30)),
    Timer("payouts", _("payouts, every night"), reconciling.read_payouts, None, timedelta(hours=27)),
    Timer("receipts", _("receipts"), _receipts, timedelta(minutes=10), timedelta(minutes=30)),
    Timer("mails", _("e-mails"), _mails, timedelta(0), timedelta(minutes=15)),
)


def tick(stop: Callable[[], bool] = never) -> Counter[str]:
    """Do what is due; how much of what was done. What fails is noted in its beat, and stops nothing else."""
    done: Counter[str] = Counter()
    for timer in TIMERS:
        if stop():
            break
        if not timer.is_due(Beat.objects.filter(pk=timer.name).first(), timezone.now()):
            continue
        try:
            with beat(timer.name) as row:
                if row is not None:
                    done += timer.do(stop)
        except Exception as error:
            # The class alone: the text of an error may quote what is personal. The beat keeps it too.
            done[f"{timer.name}: {type(error).__name__}"] += 1
    return done


@dataclass(frozen=True)
class Pulse:
    """How a timer stands."""

    timer: Timer
    row: Beat | None
    is_late: bool

    @property
    def is_failing(self) -> bool:
        """Whether its last run failed."""
        row = self.row
        return bool(row and row.failed_at and (row.ended_at is None or row.failed_at > row.ended_at))


def pulses() -> list[Pulse]:
    """How every timer stands."""
    rows, now = Beat.objects.in_bulk([timer.name for timer in TIMERS]), timezone.now()
    return [Pulse(timer, rows.get(timer.name), timer.is_late(rows.get(timer.name), now)) for timer in TIMERS]


def parked() -> dict[str, int]:
    """What was given up and waits for a person: how many e-mails and messages."""
    return {
        "mails": Mail.objects.filter(parked_at__isnull=False).count(),
        "events": ProviderEvent.objects.filter(parked_at__isnull=False).count(),
    }


def alarms() -> Iterator[str]:
    """What is wrong, for `/readyz`. A portal that has never had a gift needs no worker."""
    if not Donation.objects.exists():
        return
    for pulse in pulses():
        if pulse.is_late:
            since = pulse.row.ended_at if pulse.row else None
            yield f"gifts: {pulse.timer.name} has not run " + (f"since {since:%Y-%m-%dT%H:%MZ}" if since else "yet")
        elif pulse.is_failing:
            yield f"gifts: {pulse.timer.name} fails ({pulse.row.error})"
    for what, number in parked().items():
        if number:
            yield f"gifts: {number} {what} were given up"
