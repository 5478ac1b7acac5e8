"""Numbers away from the portal - on paper, in an address book: which ones, and what must stand beside them."""

from collections.abc import Iterable
from datetime import date

from django.utils.formats import date_format
from django.utils.translation import gettext

from departments.hours_in_words import coming_exceptions, week_in_words
from departments.models.contacts import Audience, ContactLine, attach_leads


def is_for_patients(line: ContactLine, today: date) -> bool:
    """Whether `line` is shown to patients today: what `ContactLineQuerySet.for_patients` asks of the database."""
    return line.audience == Audience.PATIENTS and line.is_valid_on(today)


def current(line: ContactLine, today: date) -> ContactLine:
    """The line that has taken the place of `line`, or of its successor, for patients today; else `line` itself."""
    seen = {line.pk}
    while (new := line.successor_on(today)) and new.pk not in seen and new.kind == line.kind:
        seen.add(new.pk)
        line = new
    return line


def current_lines(lines: Iterable[ContactLine], today: date) -> list[ContactLine]:
    """`lines` as one notes them down today: each once, the successor where one was replaced."""
    lines = list(lines)
    attach_leads(line for line in lines if line.led_to is None)
    return list({line.pk: line for line in (current(line, today) for line in lines)}.values())


def special_days(line: ContactLine) -> list[str]:
    """The days of the next weeks on which everything is different, with the reason, as sentences."""
    schedule = getattr(line, "schedule", None)
    return [
        gettext("%(days)s: %(hours)s (%(reason)s).") % {"days": row.days, "hours": row.hours, "reason": reason}
        for row, reason in (coming_exceptions(schedule) if schedule else ())
    ]


def remarks(line: ContactLine, today: date, *, with_special_days: bool = True) -> list[str]:
    """What the caller must know beside the number, in the reader's language, as sentences."""
    said = [str(line.instruction)] if line.instruction else []
    if line.keys:
        said.append(gettext("When a recorded voice answers, press %(keys)s.") % {"keys": line.keys_in_words})
    schedule = getattr(line, "schedule", None)
    if schedule and schedule.week:
        said.append(f"{week_in_words(schedule.week)}.")
        if schedule.closed_on_holidays:
            said.append(gettext("Closed on public holidays") + ".")
    said += special_days(line) if with_special_days else []
    if line.by_appointment:
        said.append(gettext("Visits by appointment only – call to make one") + ".")
    if stand_in := line.stand_in:
        said.append(gettext("Out of hours, call:") + f" {stand_in.number_as_read}.")
    if line.valid_until:
        said.append(gettext("Until %(day)s.") % {"day": date_format(line.valid_until, "DATE_FORMAT")})
    if line.languages:
        said.append(gettext("Languages spoken: %(languages)s") % {"languages": ", ".join(line.language_names)} + ".")
    if line.phone.cost_note:
        said.append(str(line.phone.cost_note).capitalize() + ".")
    return said
