"""The facts that patients rely on: where a department is, and the lines under which it is reached."""

from collections.abc import Iterable
from datetime import date, timedelta
from functools import reduce
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, FieldRowPanel, MultiFieldPanel
from wagtail.permission_policies.pages import PagePermissionPolicy

from departments.fields import WeekField
from departments.hours import Schedule
from departments.models.keeping import Duty, kept_form
from departments.phones import LONGEST_TEXT, PhoneNumber, PhoneNumberError, parse
from departments.uses import uses_of
from portal.fields import ChoicesField, WordingField, WordingTextField, says_in_every_language
from portal.models import Fact, FactQuerySet, Use
from portal.visibility import on_visible_page


class Location(Fact):
    """A place where a department is found; `page` is the department."""

    hospital = models.ForeignKey(
        "departments.HospitalPage",
        verbose_name=_("hospital"),
        on_delete=models.RESTRICT,
        related_name="locations",
        help_text=_("Choose the page in the source language."),
    )
    place = WordingField(
        _("building, floor, entrance"), blank=True, help_text=_("As the signs on site say it."), max_length=200
    )

    panels = [FieldPanel("hospital"), FieldPanel("place"), FieldPanel("sort_order")]

    class Meta(Fact.Meta):
        verbose_name = _("location")
        verbose_name_plural = _("locations")
        constraints = [
            models.UniqueConstraint(
                fields=["page", "hospital"],
                condition=Q(archived_at=None),
                name="one_location_per_hospital",
                violation_error_message=_("This hospital is in the list already."),
            )
        ]

    def __str__(self) -> str:
        return " - ".join(filter(None, [self.hospital.title, str(self.place)]))

    def clean(self) -> None:
        if self.hospital_id:
            self.hospital = self.hospital.source


class Purpose(models.TextChoices):
    """What one calls a line for: a closed list, so that every line is said in the reader's language."""

    SWITCHBOARD = "switchboard", _("Switchboard")
    APPOINTMENTS = "appointments", _("Appointments")
    NEW_PATIENT = "new_patient", _("First appointment")
    FOLLOW_UP = "follow_up", _("Follow-up appointment")
    CHANGE_APPOINTMENT = "change_appointment", _("Cancel or move an appointment")
    SECRETARIAT = "secretariat", _("Medical secretariat")
    NURSE_LINE = "nurse_line", _("Nurse line")
    EMERGENCY_UNDER_TREATMENT = "emergency_under_treatment", _("Emergency during treatment")
    EMERGENCY = "emergency", _("Emergency")
    ADMISSIONS = "admissions", _("Admissions")
    RECORDS = "records", _("Medical records")
    IMAGING = "imaging", _("Imaging")
    SOCIAL_SERVICE = "social_service", _("Social service")
    INTERNATIONAL = "international", _("International patients")
    REFERRING_DOCTORS = "referring_doctors", _("Referring doctors")
    PRESS = "press", _("Press")
    DONORS = "donors", _("Donors")
    DEPARTMENT = "department", _("Call the department")
    OTHER = "other", _("Other")

    @property
    def is_emergency(self) -> bool:
        return self in (Purpose.EMERGENCY, Purpose.EMERGENCY_UNDER_TREATMENT)

    @property
    def own_audience(self) -> "Audience | None":
        """Whom lines of this purpose are for, whatever is chosen; None where the line says it."""
        return _OWN_AUDIENCES.get(self)


class Audience(models.TextChoices):
    """Whom a line is for. Lines for others than patients never stand where patients look."""

    PATIENTS = "patients", _("Patients and families")
    PROFESSIONALS = "professionals", _("Health professionals")
    PRESS = "press", _("Press")
    DONORS = "donors", _("Donors")


_OWN_AUDIENCES = {
    Purpose.REFERRING_DOCTORS: Audience.PROFESSIONALS,
    Purpose.PRESS: Audience.PRESS,
    Purpose.DONORS: Audience.DONORS,
}


class LineKind(models.TextChoices):
    """What answers at the other end. What sort of number it is (mobile, freephone) the number itself tells."""

    VOICE = "voice", _("Telephone")
    FAX = "fax", _("Fax")
    TEXT_RELAY = "text_relay", _("Text messages, for people who cannot hear or speak")


class HoursAre(models.TextChoices):
    """Where a line's hours are written."""

    NOT_STATED = "not_stated", _("Not stated")
    OWN = "own", _("Its own, below")
    HOSPITAL = "hospital", _("Those of the hospital")


class VerifiedHow(models.TextChoices):
    """How somebody made sure that a number is right."""

    CALL = "call", _("By calling it")
    DEPARTMENT = "department", _("The department confirmed it")
    SITE = "site", _("Read on site")


_EMERGENCIES = [purpose for purpose in Purpose if purpose.is_emergency]

_LANGUAGE_NAMES = {
    "fr": _("French"),
    "en": _("English"),
    "ar": _("Arabic"),
    "de": _("German"),
    "es": _("Spanish"),
    "fsl": _("French sign language"),
    "it": _("Italian"),
    "nl": _("Dutch"),
    "pl": _("Polish"),
    "pt": _("Portuguese"),
    "ro": _("Romanian"),
    "ru": _("Russian"),
    "tr": _("Turkish"),
    "uk": _("Ukrainian"),
    "vi": _("Vietnamese"),
    "zh": _("Chinese"),
}
"""By ISO 639 code, the languages that a line may be answered in."""


class ContactLineQuerySet(FactQuerySet):
    def valid(self) -> "ContactLineQuerySet":
        """Lines to be shown today, in the hospital's time zone: `ContactLine.is_valid_on` asked of the database."""
        today = timezone.localdate()
        return self.kept().filter(
            Q(valid_from=None) | Q(valid_from__lte=today), Q(valid_until=None) | Q(valid_until__gte=today)
        )

    def on_visible_pages(self, language: str | None = None) -> "ContactLineQuerySet":
        """Lines whose page visitors may see, in any language or in `language`."""
        return self.filter(on_visible_page("page", language))

    def for_audience(self, audience: str) -> "ContactLineQuerySet":
        """Lines to be shown today to those whom they are for, and to nobody else."""
        return self.valid().filter(audience=audience)

    def for_patients(self) -> "ContactLineQuerySet":
        return self.for_audience(Audience.PATIENTS)

    def switchboards(self) -> "ContactLineQuerySet":
        return self.for_patients().filter(purpose=Purpose.SWITCHBOARD)

    def due(self, today: date) -> "ContactLineQuerySet":
        """Lines that are shown and that somebody must make sure of: never checked, or too long ago."""
        usual = today - timedelta(days=settings.CHECK_LINES_EVERY)
        urgent = today - timedelta(days=settings.CHECK_EMERGENCY_LINES_EVERY)
        return self.valid().filter(
            Q(checked_on=None) | Q(checked_on__lte=usual) | Q(checked_on__lte=urgent, purpose__in=_EMERGENCIES)
        )

    def emergencies(self) -> "ContactLineQuerySet":
        return self.filter(purpose__in=_EMERGENCIES)

    def by_need_of_checking(self) -> "ContactLineQuerySet":
        """Never checked first, then those whose check is the longest ago."""
        return self.order_by(models.F("checked_on").asc(nulls_first=True), "pk")

    def standing_on(self, number: str) -> "ContactLineQuerySet":
        """The lines that have a number, in its kept form without extension."""
        return self.kept().filter(number=number)

    def changeable_by(self, user: Any) -> "ContactLineQuerySet":
        """The lines that `user` may change: of the pages that they may edit, and of the institutes of their duties."""
        if not user.is_active:
            return self.none()
        if user.is_superuser:
            return self
        pages = PagePermissionPolicy().instances_user_has_permission_for(user, "change")
        mine = Q(page__in=pages.values("pk"))
        for path in Duty.objects.of_user(user).values_list("institute__path", flat=True):
            mine |= Q(page__path__startswith=path)
        return self.filter(mine)

    def uses(self) -> list[Use]:
        return uses_of(list(self))


class ContactLine(Fact):
    """One telephone line of a department or of a hospital (`page`), stored once for all languages."""

    hospital = models.ForeignKey(
        "departments.HospitalPage",
        verbose_name=_("at which hospital"),
        null=True,
        blank=True,
        on_delete=models.RESTRICT,
        related_name="department_lines",
        help_text=_("Where a department has several places, the one that this line reaches."),
    )
    purpose = models.CharField(_("what it is for"), max_length=30, choices=Purpose, default=Purpose.DEPARTMENT)
    label = WordingField(
        _("own words for it"),
        blank=True,
        help_text=_("Only where the list has no fitting purpose; required for “Other”."),
    )
    number = models.CharField(
        _("telephone number"),
        max_length=LONGEST_TEXT,  # as typed; what is stored is far shorter (see the constraint)
        help_text=_(
            "Any usual notation, for example 01 99 00 12 34 or +33 1 99 00 12 34, with “poste 1234” for an extension; "
            "one number per line."
        ),
    )
    extension = models.CharField(_("extension"), max_length=10, blank=True)  # read from what is typed as the number
    kind = models.CharField(_("kind"), max_length=20, choices=LineKind, default=LineKind.VOICE)
    keys = models.CharField(
        _("keys to press"),
        max_length=40,
        blank=True,
        validators=[RegexValidator(r"^[0-9*#]+(?: [0-9*#]+)*$", _("Write only the keys, in their order: 2 5"))],
        help_text=_("What a recorded voice asks for, key by key: 2 5"),
    )
    audience = models.CharField(_("whom it is for"), max_length=20, choices=Audience, default=Audience.PATIENTS)
    languages = ChoicesField(
        models.CharField(max_length=3, choices=list(_LANGUAGE_NAMES.items())),
        verbose_name=_("languages spoken"),
        blank=True,
        default=list,
    )
    relay_url = models.URLField(
        _("relay for deaf callers"),
        blank=True,
        help_text=_("The address of the service that relays calls of deaf and hard-of-hearing people to this line."),
    )
    instruction = WordingTextField(
        _("instruction"),
        blank=True,
        help_text=_(
            "What the caller must know or do, in one or two sentences. Required, in every language, for an emergency."
        ),
    )
    hours_are = models.CharField(_("hours"), max_length=20, choices=HoursAre, default=HoursAre.NOT_STATED)
    hours = WeekField(
        _("its own hours"),
        max_length=400,
        blank=True,
        help_text=_("For example 9:00-12:30, 13:30-17:00. Empty: closed on this day. Day and night: 00:00-24:00"),
    )
    closed_on_holidays = models.BooleanField(_("closed on public holidays"), default=True)
    by_appointment = models.BooleanField(
        _("by appointment only"), default=False, help_text=_("Callers are received at an agreed time.")
    )
    out_of_hours = models.ForeignKey(
        "self",
        verbose_name=_("line to call out of hours"),
        null=True,
        blank=True,
        on_delete=models.RESTRICT,
        related_name="stands_in_for",
    )
    valid_from = models.DateField(_("valid from"), null=True, blank=True)
    valid_until = models.DateField(_("valid until"), null=True, blank=True, help_text=_("The last day."))
    replaced_by = models.ForeignKey(
        "self",
        verbose_name=_("replaced by"),
        null=True,
        blank=True,
        on_delete=models.RESTRICT,
        related_name="replaces",
        help_text=_("The new line. From its first day on, this one is shown with a notice that leads to it."),
    )
    source = models.CharField(
        _("source"), max_length=100, blank=True, help_text=_("Where the number comes from: a file, a service.")
    )
    internal_note = models.TextField(_("note for staff"), blank=True, help_text=_("Never shown to visitors."))
    # --- set by verifying alone (departments/verifying.py); they hold for this very number and no other
    verified_number = models.CharField(max_length=30, blank=True, editable=False)
    verified_on = models.DateField(null=True, editable=False)
    verified_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, editable=False, on_delete=models.SET_NULL, related_name="+"
    )
    verified_how = models.CharField(max_length=20, choices=VerifiedHow, blank=True, editable=False)
    unanswered_on = models.DateField(null=True, editable=False)
    # `verified_day`, worked out by the database so that lines can be found and ordered by it.
    checked_on = models.GeneratedField(
        expression=models.Case(
            models.When(verified_number=kept_form("number", "extension"), then=models.F("verified_on"))
        ),
        output_field=models.DateField(null=True),
        db_persist=True,
    )

    objects = ContactLineQuerySet.as_manager()

    schedule: Schedule | None = None  # put in by `schedules.attach_schedules`, for many lines at once
    led_to: "dict[int, ContactLine | None] | None" = None  # put in by `attach_leads`, for many lines at once

    panels = [
        FieldPanel("purpose"),
        FieldPanel("number"),
        FieldPanel("hospital"),
        FieldPanel("instruction"),
        MultiFieldPanel(
            [
                FieldPanel("hours_are"),
                FieldPanel("hours"),
                FieldRowPanel([FieldPanel("closed_on_holidays"), FieldPanel("by_appointment")]),
                FieldPanel("out_of_hours"),
            ],
            _("When it is answered"),
        ),
        MultiFieldPanel(
            [
                FieldRowPanel([FieldPanel("valid_from"), FieldPanel("valid_until")]),
                FieldPanel("replaced_by"),
            ],
            _("Dated changes"),
            classname="collapsed",
        ),
        MultiFieldPanel(
            [
                FieldPanel("label"),
                FieldPanel("audience"),
                FieldPanel("kind"),
                FieldPanel("keys"),
                FieldPanel("languages"),
                FieldPanel("relay_url"),
                FieldPanel("sort_order"),
                FieldPanel("source"),
                FieldPanel("internal_note"),
            ],
            _("Only if you need it"),
            classname="collapsed",
        ),
    ]

    class Meta(Fact.Meta):
        verbose_name = _("contact line")
        verbose_name_plural = _("contact lines")
        constraints = [
            models.CheckConstraint(
                condition=Q(number__regex=r"^(\+[1-9][0-9]{5,14}|[0-9]{2,10})$"),
                name="contact_line_number_is_e164_or_short",
            ),
            models.CheckConstraint(
                condition=Q(valid_from=None) | Q(valid_until=None) | Q(valid_until__gte=models.F("valid_from")),
                name="contact_line_ends_after_it_starts",
            ),
            models.CheckConstraint(
                condition=~Q(out_of_hours=models.F("pk")) & ~Q(replaced_by=models.F("pk")),
                name="contact_line_does_not_lead_to_itself",
                violation_error_message=_("A line cannot lead to itself."),
            ),
            *(
                models.CheckConstraint(
                    condition=~Q(purpose=purpose) | Q(audience=audience),
                    name=f"contact_line_for_{purpose}_has_its_audience",
                )
                for purpose, audience in _OWN_AUDIENCES.items()
            ),
        ]
        indexes = [
            models.Index(fields=["number"], name="contact_line_number"),
            models.Index(
                models.F("checked_on").asc(nulls_first=True),
                "id",
                condition=Q(archived_at=None),
                name="contact_line_to_check",
            ),
            models.Index(
                models.F("checked_on").asc(nulls_first=True),
                "id",
                condition=Q(archived_at=None, purpose__in=_EMERGENCIES),
                name="contact_line_to_check_first",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} – {self.number_as_read}"

    @property
    def number_as_read(self) -> str:
        """The number as readers of the current language write it; what was typed, while that is no number."""
        try:
            shown = self.phone.display(translation.get_language() or settings.LANGUAGE_CODE)
        except ValueError:
            return self.number
        if not self.extension:
            return shown
        # In words that `phones.parse` reads back: the forms show and take this.
        return f"{shown} {gettext('extension %(extension)s') % {'extension': self.extension}}"

    @property
    def name(self) -> str:
        """What the line is for, in the reader's language."""
        return str(self.label) or str(Purpose(self.purpose).label)

    @property
    def is_general(self) -> bool:
        """Whether it is for nothing in particular: its name, “Call the department”, says nothing inside a sentence."""
        return self.purpose == Purpose.DEPARTMENT and not self.label

    @cached_property
    def phone(self) -> PhoneNumber:
        return PhoneNumber(self.number, self.extension)

    @property
    def is_emergency(self) -> bool:
        return Purpose(self.purpose).is_emergency

    @property
    def verified_day(self) -> date | None:
        """The day on which somebody made sure of this very number; a changed number is unverified."""
        return self.verified_on if self.verified_number == str(self.phone) else None

    @property
    def remark(self) -> str:
        day = self.verified_day
        if not day:
            return gettext("not checked yet")
        return gettext("checked in %(month)s") % {"month": date_format(day, "F Y")}

    def may_be_changed_by(self, user: Any) -> bool:
        """Who may change the page, and who is in charge of the numbers of its institute."""
        return super().may_be_changed_by(user) or Duty.objects.of_user(user).covering(self.page).exists()

    def way_back(self, user: Any) -> str:
        """The page for those who may open it, the list of lines for the switchboard."""
        return super().way_back(user) if super().may_be_changed_by(user) else reverse("contact_lines")

    def take_over(self, stored: "ContactLine") -> None:
        for name in ("verified_number", "verified_on", "verified_by_id", "verified_how", "unanswered_on"):
            setattr(self, name, getattr(stored, name))

    @property
    def language_names(self) -> list[str]:
        """The languages spoken, in the reader's language."""
        return [str(_LANGUAGE_NAMES[code]) for code in self.languages]

    @property
    def keys_in_words(self) -> str:
        """ "2 5" as the caller does it: "2, then 5"."""
        return reduce(
            lambda keys, key: gettext("%(keys)s, then %(key)s") % {"keys": keys, "key": key}, self.keys.split()
        )

    def is_valid_on(self, day: date) -> bool:
        """Whether the line is to be shown on `day`."""
        return (
            not self.archived_at
            and (not self.valid_from or self.valid_from <= day)
            and (not self.valid_until or self.valid_until >= day)
        )

    @property
    def stand_in(self) -> "ContactLine | None":
        """The line to call out of hours, where it may be shown beside this one today."""
        return self._lead(self.out_of_hours_id, timezone.localdate())

    @property
    def successor(self) -> "ContactLine | None":
        """The line that has replaced this one, for the same callers; None until its first day."""
        return self.successor_on(timezone.localdate())

    def successor_on(self, day: date) -> "ContactLine | None":
        return self._lead(self.replaced_by_id, day)

    def _lead(self, pk: int | None, day: date) -> "ContactLine | None":
        """The line `pk` where it may be named beside this one: valid, of a visible page, for the same or for all."""
        if pk is None:
            return None
        if self.led_to is None or pk not in self.led_to:
            attach_leads([self])
        line = self.led_to[pk]
        return line if line and line.is_valid_on(day) and line.audience in (Audience.PATIENTS, self.audience) else None

    def form_initial(self) -> dict[str, Any]:
        return {"number": self.number_as_read} if self.number else {}

    def fit_form(self, form: Any) -> None:
        """A line leads to another of the same department, or of the hospitals where that is found."""
        near = Q(page=self.page_id) | Q(
            page__in=Location.objects.kept().filter(page=self.page_id).values("hospital"), audience=Audience.PATIENTS
        )
        lines = ContactLine.objects.kept().filter(near).exclude(pk=self.pk).select_related("page")
        for name in ("out_of_hours", "replaced_by"):
            if name in form.fields:
                form.fields[name].queryset = lines

    def clean_fields(self, exclude: Any = None) -> None:
        """Read the number in whatever notation it was typed. ValidationError says why it is none."""
        if "number" not in (exclude or ()):
            self.__dict__.pop("phone", None)
            try:
                phone = parse(f"{self.number} ext. {self.extension}" if self.extension else self.number)
            except PhoneNumberError as error:
                raise ValidationError({"number": error.message}) from None
            self.number, self.extension = phone.number, phone.extension
        super().clean_fields(exclude)

    def begin_edit(self) -> None:
        self.extension = ""
        self.hours = "?"  # stays where the form cannot read what was typed, which is not the same as nothing

    def clean(self) -> None:
        if self.hospital_id:
            self.hospital = self.hospital.source
        self.audience = Purpose(self.purpose).own_audience or self.audience
        errors = {}
        if self.purpose == Purpose.OTHER and not self.label:
            errors["label"] = _("Say in every language what this line is for.")
        if Purpose(self.purpose).is_emergency and not says_in_every_language(self.instruction):
            errors["instruction"] = _(
                "An emergency line needs its instruction in every language: what should the caller do first?"
            )
        if self.valid_from and self.valid_until and self.valid_until < self.valid_from:
            errors["valid_until"] = _("The last day must not come before the first.")
        if self.hours_are == HoursAre.OWN and not self.hours:
            errors["hours"] = _("Write when this line is answered, or choose above that this is not stated.")
        if self.hours_are == HoursAre.HOSPITAL and not self._has_one_hospital():
            errors["hours_are"] = _(
                "Which hospital’s hours? Choose the hospital of this line, or write the hours of its own."
            )
        if errors:
            raise ValidationError(errors)

    def _has_one_hospital(self) -> bool:
        if self.hospital_id:
            return True
        hospitals = Location._meta.get_field("hospital").related_model.objects
        return hospitals.filter(pk=self.page_id).exists() or Location.objects.of(self.page).count() == 1


def attach_leads(lines: Iterable[ContactLine]) -> None:
    """Tell each of `lines` the lines that it leads to, as far as visitors may see their pages.

    It costs a query for each step of the longest chain (a successor's successor), however many lines there are.
    """
    lines = list(lines)
    known: dict[int, ContactLine | None] = {}
    found = lines
    while wanted := {pk for line in found for pk in (line.out_of_hours_id, line.replaced_by_id) if pk} - known.keys():
        visible_ones = ContactLine.objects.kept().on_visible_pages().select_related("page", "hospital").in_bulk(wanted)
        known |= dict.fromkeys(wanted) | visible_ones
        found = list(visible_ones.values())
    for line in (*lines, *filter(None, known.values())):
        line.led_to = known
