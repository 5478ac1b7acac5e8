"""Which number do I call? From a reason, a department and hospitals to the one line that answers, or what else helps.

Pure: it looks at lines that somebody else has fetched.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from departments.models.contacts import ContactLine, LineKind, Purpose
from departments.remarks import current, current_lines, is_for_patients
from portal.models import ContactPage

if TYPE_CHECKING:
    from departments.models.pages import DepartmentPage, HospitalPage


class Reason(models.TextChoices):
    """Why somebody calls, in their words: a patient has a reason, not a department. The values stand in addresses."""

    EMERGENCY = "emergency", _("It is an emergency")
    SYMPTOM = "symptom", _("A symptom worries me during my treatment")
    FIRST_APPOINTMENT = "first-appointment", _("I would like a first appointment")
    FOLLOW_UP = "follow-up", _("I need a follow-up appointment")
    CHANGE_APPOINTMENT = "change-appointment", _("I want to cancel or move an appointment")
    QUESTION = "question", _("I have a question for my care team")
    RESULTS = "results", _("I am asking for results or medical records")
    STAY = "stay", _("I am preparing a hospital stay")
    IMAGING = "imaging", _("I need a scan or an X-ray")
    SOCIAL = "social", _("I need help with work, money or daily life")
    ABROAD = "abroad", _("I am coming from another country")
    OTHER = "other", _("Something else")

    @property
    def is_urgent(self) -> bool:
        """Whether 15 and 112 stand before anything else, and nobody is told to write."""
        return self in (Reason.EMERGENCY, Reason.SYMPTOM)

    @property
    def is_for_the_whole_hospital(self) -> bool:
        """Whether the line of one department answers this for all the others of its hospital too."""
        return self in (Reason.RESULTS, Reason.STAY, Reason.IMAGING, Reason.SOCIAL, Reason.ABROAD)


@dataclass(frozen=True)
class _Purposes:
    """What lines answer a reason: `fitting` are made for it, `helping` know how to pass the caller on; best first."""

    fitting: tuple[Purpose, ...]
    helping: tuple[Purpose, ...] = ()


_DESKS = (Purpose.SECRETARIAT, Purpose.DEPARTMENT)
PURPOSES = {
    Reason.EMERGENCY: _Purposes((Purpose.EMERGENCY, Purpose.EMERGENCY_UNDER_TREATMENT)),
    Reason.SYMPTOM: _Purposes((Purpose.EMERGENCY_UNDER_TREATMENT, Purpose.NURSE_LINE), (*_DESKS, Purpose.EMERGENCY)),
    Reason.FIRST_APPOINTMENT: _Purposes((Purpose.NEW_PATIENT, Purpose.APPOINTMENTS), _DESKS),
    Reason.FOLLOW_UP: _Purposes((Purpose.FOLLOW_UP, Purpose.APPOINTMENTS), _DESKS),
    Reason.CHANGE_APPOINTMENT: _Purposes(
        (Purpose.CHANGE_APPOINTMENT, Purpose.APPOINTMENTS), (Purpose.FOLLOW_UP, Purpose.NEW_PATIENT, *_DESKS)
    ),
    Reason.QUESTION: _Purposes((Purpose.NURSE_LINE,), (*_DESKS, Purpose.FOLLOW_UP, Purpose.APPOINTMENTS)),
    Reason.RESULTS: _Purposes((Purpose.RECORDS,), _DESKS),
    Reason.STAY: _Purposes((Purpose.ADMISSIONS,), _DESKS),
    Reason.IMAGING: _Purposes((Purpose.IMAGING,), (Purpose.APPOINTMENTS, *_DESKS)),
    Reason.SOCIAL: _Purposes((Purpose.SOCIAL_SERVICE,), _DESKS),
    Reason.ABROAD: _Purposes((Purpose.INTERNATIONAL,), (Purpose.NEW_PATIENT, Purpose.APPOINTMENTS, *_DESKS)),
    Reason.OTHER: _Purposes((Purpose.DEPARTMENT, Purpose.SECRETARIAT), (Purpose.APPOINTMENTS,)),
}


class Found(StrEnum):
    """What an answer is."""

    FITTING = "fitting"  # a line for exactly this
    HELPING = "helping"  # a line for something else, whose people pass the caller on
    SWITCHBOARD = "switchboard"
    FORM = "form"
    EMERGENCY_NUMBERS = "emergency numbers"  # nothing but 15 and 112
    NOTHING = "nothing"  # neither a line nor a form is known: the whole directory is left


@dataclass(frozen=True)
class Answer:
    """The one answer: `line` where there is one, else `contact_page` where there is one."""

    found: Found
    reason: Reason
    line: ContactLine | None = None
    contact_page: ContactPage | None = None
    department: "DepartmentPage | None" = None
    hospital: "HospitalPage | None" = None  # that the line reaches, where that is known
    is_of_department: bool = False
    among: "tuple[DepartmentPage, ...]" = ()  # each has a line for exactly this; the caller's own is the one to call

    @property
    def explanation(self) -> str:
        """In plain words what the answer is, where it is not simply the line for this; "" where it is."""
        names = {
            "department": self.department.title if self.department else "",
            "hospital": self.hospital.title if self.hospital else "",
            "line": self.line.name if self.line else "",
        }
        return self._explanation() % names

    def _explanation(self) -> str:
        if self.among:
            said = gettext("Several departments of %(hospital)s have a line for this. Choose yours.")
            return " ".join([said, gettext("If you do not know which one, call:")]) if self.line else said
        match self.found:
            case Found.FITTING if self.is_of_department or not self.department:
                return ""
            case Found.FITTING:
                return gettext("%(department)s has no line of its own for this. %(hospital)s has one:")
            case Found.HELPING if self.is_of_department and self.line.is_general:
                return gettext("%(department)s has no line just for this. Call the department: they will help you.")
            case Found.HELPING if self.is_of_department:
                return gettext("%(department)s has no line just for this. Call “%(line)s”: they will help you.")
            case Found.HELPING if self.line.is_general:
                return gettext("%(hospital)s has no line just for this. Call this number: they will help you.")
            case Found.HELPING:
                return gettext("%(hospital)s has no line just for this. Call “%(line)s”: they will help you.")
            case Found.SWITCHBOARD if self.reason == Reason.EMERGENCY:
                return gettext("%(hospital)s has no emergency line of its own. Call 15 or 112 before its switchboard.")
            case Found.SWITCHBOARD if self.department:
                return gettext(
                    "There is no direct line for this. "
                    "Call the switchboard of %(hospital)s and ask for: %(department)s."
                )
            case Found.SWITCHBOARD:
                return gettext(
                    "There is no direct line for this. Call the switchboard of %(hospital)s and say why you call."
                )
            case Found.FORM:
                return gettext("No telephone line is known for this. Write: your message is passed on.")
            case Found.EMERGENCY_NUMBERS:
                return gettext("No other line is known for this. At 15, a doctor answers questions too, day and night.")
            case _:
                return gettext("No line is known for this. All numbers stand in the directory.")


def find_answer(
    reason: Reason,
    department: "DepartmentPage | None",
    hospitals: "list[HospitalPage]",
    lines: Iterable[ContactLine],
    contact_page: ContactPage | None,
    today: date,
    around: "Iterable[tuple[DepartmentPage, ContactLine]]" = (),
) -> Answer:
    """The one answer to `reason`. `lines` are those of `department` and of `hospitals`.

    `hospitals` is the chosen one; without a choice, those where the department is, the first before the others.
    What fits is sought at the department, then at the hospital; then what helps; then the switchboard; then a form.
    `around` are lines of the hospital's departments, where none of these is chosen: one that fits and is the only one
    comes before what only helps; of several, nobody but the caller knows which.
    """
    ours = [line for line in lines if answers_patients(line, today)]
    keys = [hospital.translation_key for hospital in hospitals]
    scopes: list[tuple[HospitalPage | None, bool, list[ContactLine]]] = []
    if department:
        own = [line for line in ours if line.page.translation_key == department.translation_key]
        for hospital, key in zip(hospitals, keys, strict=True):
            scopes.append((hospital, True, [line for line in own if _reached_at(line) == key]))
        scopes.append((None, True, [line for line in own if _reached_at(line) is None]))
        if not hospitals:
            scopes.append((None, True, own))
    for hospital, key in zip(hospitals, keys, strict=True):
        scopes.append((hospital, False, [line for line in ours if line.page.translation_key == key]))

    purposes = PURPOSES[reason]
    attempts = [(Found.FITTING, purposes.fitting, scopes), (Found.HELPING, purposes.helping, scopes)]
    attempts.append((Found.SWITCHBOARD, (Purpose.SWITCHBOARD,), [scope for scope in scopes if not scope[1]]))
    only = hospitals[0] if len(hospitals) == 1 else None
    among: tuple[DepartmentPage, ...] = ()
    for found, wanted, places in attempts:
        for hospital, is_of_department, candidates in places:
            if line := next(_for_purposes(candidates, wanted), None):
                line = current(line, today)
                return Answer(found, reason, line, None, department, hospital, is_of_department, among)
        if found is Found.FITTING and not department:
            fitting = [
                (page, line) for page, line in around if line.purpose in wanted and answers_patients(line, today)
            ]
            among = tuple({page.pk: page for page, _line in fitting}.values())
            numbers = {line.phone for line in current_lines((line for _page, line in fitting), today)}
            if among and (len(among) == 1 or len(numbers) == 1):
                page, line = fitting[0]
                return Answer(found, reason, current(line, today), None, page, only, is_of_department=True)
    if reason.is_urgent:
        return Answer(Found.EMERGENCY_NUMBERS, reason, department=department, hospital=only)
    if contact_page:
        return Answer(Found.FORM, reason, None, contact_page, department, only, among=among)
    return Answer(Found.NOTHING, reason, department=department, hospital=only, among=among)


def answers_patients(line: ContactLine, today: date) -> bool:
    """Whether a patient who calls this line today speaks to somebody. Faxes and text relays do not answer a voice."""
    return line.kind == LineKind.VOICE and is_for_patients(line, today)


def _for_purposes(lines: list[ContactLine], purposes: tuple[Purpose, ...]) -> Iterator[ContactLine]:
    return (line for purpose in purposes for line in lines if line.purpose == purpose)


def _reached_at(line: ContactLine) -> object:
    return line.hospital.translation_key if line.hospital else None
