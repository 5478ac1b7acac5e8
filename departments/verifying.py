"""Making sure that numbers are right: confirmed, changed, unanswered - each logged, and true of one number alone.

That a line was verified is no change of it: it is logged beside the changes, and no undo takes it back. It holds for
the number that was verified; with another number the line is unverified, until that number is put back.
"""

from datetime import timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Count, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail.log_actions import log

from departments.models import ContactLine, LineClaim, Location, NumberReport, Outcome
from departments.models.contacts import ContactLineQuerySet, VerifiedHow
from portal import fact_log

VERIFIED, UNANSWERED = "line.verify", "line.unanswered"
CLAIM = timedelta(minutes=15)  # for how long a line is kept for who has it before them


class Outdated(ValidationError):
    """Somebody else changed the line after it was shown; nothing was done."""

    def __init__(self) -> None:
        super().__init__(_("Somebody changed this line while you had it before you. Here it is as it is now."))


def seen(line: ContactLine) -> str:
    """What tells one state of the line from the next: its last change in the log, and its number."""
    latest = fact_log.entries(line).values_list("pk", flat=True).first()
    return f"{latest or 0}/{line.phone}"


@transaction.atomic
def confirm(line: ContactLine, user: Any, as_seen: str, how: str = VerifiedHow.CALL) -> ContactLine:
    """Somebody made sure of the number that they saw. Raises Outdated when another stands there now."""
    line = _locked(line, as_seen)
    _verify(line, user, how)
    return line


@transaction.atomic
def change(line: ContactLine, text: str, user: Any, as_seen: str, how: str = "") -> ContactLine:
    """Give the line the number in `text`, live at once; with `how` it is verified too.

    Raises Outdated, or ValidationError with what is wrong with the number.
    """
    line = _locked(line, as_seen)
    line.number, line.extension = text, ""
    line.full_clean()
    if not fact_log.change(line, user) and not how:
        raise ValidationError({"number": _("This is the number that stands there already.")})
    if how:
        _verify(line, user, how)
    close_outdated_reports(line, user)
    return line


@transaction.atomic
def no_answer(line: ContactLine, user: Any, as_seen: str) -> ContactLine:
    """Nobody answered: the line goes to the end of today's list."""
    line = _locked(line, as_seen)
    line.unanswered_on = timezone.localdate()
    line.save(update_fields=["unanswered_on"])
    log(line, UNANSWERED, user=user, data={"number": str(line.phone)})
    LineClaim.objects.filter(line=line).delete()
    return line


def _locked(line: ContactLine, as_seen: str) -> ContactLine:
    line = ContactLine.objects.select_for_update(of=("self",)).select_related("page").get(pk=line.pk)
    if line.archived_at or seen(line) != as_seen:
        raise Outdated
    return line


def _verify(line: ContactLine, user: Any, how: str) -> None:
    line.verified_number = str(line.phone)
    line.verified_on = timezone.localdate()
    line.verified_by = user
    line.verified_how = VerifiedHow(how)
    line.unanswered_on = None
    line.save(update_fields=["verified_number", "verified_on", "verified_by", "verified_how", "unanswered_on"])
    log(line, VERIFIED, user=user, data={"number": line.verified_number, "how": line.verified_how})
    LineClaim.objects.filter(line=line).delete()


def close_outdated_reports(line: ContactLine, user: Any) -> int:
    """Close the reports of numbers that the line had before; how many that were."""
    return (
        NumberReport.objects.outdated()
        .filter(line=line)
        .update(closed_at=timezone.now(), closed_by=user, outcome=Outcome.CHANGED)
    )


# --- The call list --------------------------------------------------------------------------------


def lines_to_call(user: Any) -> ContactLineQuerySet:
    """The lines that are due, of those that `user` may change."""
    return ContactLine.objects.changeable_by(user).due(timezone.localdate())


def at_hospital(lines: ContactLineQuerySet, hospital_id: int) -> ContactLineQuerySet:
    """Those of `lines` that reach a hospital: its own, those said to be there, those of departments found there."""
    there = Location.objects.kept().filter(hospital=hospital_id).values("page")
    return lines.filter(Q(page=hospital_id) | Q(hospital=hospital_id) | Q(hospital=None, page__in=there))


def progress(lines: ContactLineQuerySet, due: ContactLineQuerySet) -> dict[str, int]:
    """How many of `lines` were dealt with today, and how many there are with those still `due`."""
    today = timezone.localdate()
    checked = lines.valid().filter(checked_on=today).count()
    left = due.aggregate(all=Count("pk"), unanswered=Count("pk", filter=Q(unanswered_on=today)))
    return {"done": checked + left["unanswered"], "total": checked + left["all"], "left": left["all"]}


def take_next(due: ContactLineQuerySet, user: Any, skipped: list[int]) -> ContactLine | None:
    """The line of `due` to call now, kept for `user` for a while: emergencies first, then never verified, then oldest.

    Lines that nobody answered today come last. What another has before them is left out, and what was `skipped`.
    """
    now = timezone.now()
    free = Q(claim=None) | Q(claim__until__lte=now) | Q(claim__user=user)
    for _attempt in range(20):  # each lost to somebody who was quicker by a moment
        line = _first(due.filter(free).exclude(pk__in=skipped))
        if line is None or _claim(line, user):
            return line
    return None


def _not_unanswered() -> Q:
    return Q(unanswered_on=None) | Q(unanswered_on__lt=timezone.localdate())


def _first(due: ContactLineQuerySet) -> ContactLine | None:
    """The first in the order of calling. Asked for kind by kind, so that each question has its index."""
    fresh = due.filter(_not_unanswered())
    for part in (fresh.emergencies(), fresh, due.emergencies(), due):
        ordered: QuerySet = part.by_need_of_checking().select_related("page")
        if line := ordered.first():
            return line
    return None


def _claim(line: ContactLine, user: Any) -> bool:
    """Keep `line`, and no other, for `user`; False when somebody else has it."""
    LineClaim.objects.filter(user=user).exclude(line=line).delete()
    until = timezone.now() + CLAIM
    free = LineClaim.objects.filter(line=line).filter(Q(user=user) | Q(until__lte=timezone.now()))
    if free.update(user=user, until=until):
        return True
    try:
        with transaction.atomic():
            LineClaim.objects.create(line=line, user=user, until=until)
    except IntegrityError:
        return False
    return True


def release(line: ContactLine, user: Any) -> None:
    LineClaim.objects.filter(line=line, user=user).delete()
