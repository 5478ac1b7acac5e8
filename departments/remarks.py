"""Numbers away from the portal - on paper, in an address book: which ones, and what must stand beside them."""

from collections.abc import Iterable
from datetime import date

from django.utils.formats import date_format
from django.utils.translation import gettext

from departments.hours_in_words import week_in_words
from departments.models.contacts import Audience, ContactLine


def is_for_patients(line: ContactLine, today: date) -> bool:
    """Whether `line` is shown to patients today: what `ContactLineQuerySet.for_patients` asks of the database."""
    return (
        line.audience == Audience.PATIENTS
        and line.archived_at is None
        and (line.valid_from is None or line.valid_from <= today)
        and (line.valid_until is None or line.valid_until >= today)
    )


def current(line: ContactLine, today: date) -> ContactLine:
    """The line that has taken the place of `line`, or of its successor, for patients today; else `line` itself."""
    seen = {line.pk}
    while (new := line.replaced_by) and new.pk not in seen and new.kind == line.kind and is_for_patients(new, today):
        seen.add(new.pk)
        line = new
    return line


def current_lines(lines: Iterable[ContactLine], today: date) -> list[ContactLine]:
    """`lines` as one notes them down today: each once, the successor where one was replaced."""
    return list({line.pk: line for line in (current(line, today) for line in lines)}.values())


def remarks(line: ContactLine, today: date) -> list[str]:
    """What the caller must know beside the number, in the reader's language, as sentences."""
    said = [str(line.instruction)] if line.instruction else []
    if line.keys:
        said.append(gettext("When a recorded voice answers, press %(keys)s.") % {"keys": line.keys_in_words})
    schedule = getattr(line, "schedule", None)
    if schedule and schedule.week:
        said.append(f"{week_in_words(schedule.week)}.")
    if line.by_appointment:
        said.append(gettext("By appointment only") + ".")
    if stand_in := line.stand_in:
        said.append(gettext("Out of hours, call:") + f" {stand_in.number_as_read}.")
    if line.valid_until:
        said.append(gettext("Until %(day)s.") % {"day": date_format(line.valid_until, "DATE_FORMAT")})
    new = line.replaced_by
    if new and new.valid_from and new.valid_from > today and is_for_patients(new, new.valid_from):
        day = date_format(new.valid_from, "DATE_FORMAT")
        said.append(gettext("From %(day)s: %(number)s.") % {"day": day, "number": new.number_as_read})
    if line.languages:
        said.append(gettext("Languages spoken: %(languages)s") % {"languages": ", ".join(line.language_names)} + ".")
    if line.phone.cost_note:
        said.append(str(line.phone.cost_note).capitalize() + ".")
    return said
