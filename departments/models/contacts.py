"""The facts that patients rely on: where a department is, and the lines under which it is reached."""

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone, translation
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, FieldRowPanel, MultiFieldPanel

from departments.phones import LONGEST_TEXT, PhoneNumber, PhoneNumberError, parse
from portal.fields import WordingField, WordingTextField, says_in_every_language
from portal.models import Fact, FactQuerySet


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


class Audience(models.TextChoices):
    """Whom a line is for. Lines for others than patients never stand where patients look."""

    PATIENTS = "patients", _("Patients and families")
    PROFESSIONALS = "professionals", _("Health professionals")
    PRESS = "press", _("Press")
    DONORS = "donors", _("Donors")


class ContactLineQuerySet(FactQuerySet):
    def valid(self) -> "ContactLineQuerySet":
        """Lines to be shown today, in the hospital's time zone."""
        today = timezone.localdate()
        return self.kept().filter(
            Q(valid_from=None) | Q(valid_from__lte=today), Q(valid_until=None) | Q(valid_until__gte=today)
        )

    def for_patients(self) -> "ContactLineQuerySet":
        return self.valid().filter(audience=Audience.PATIENTS)

    def switchboards(self) -> "ContactLineQuerySet":
        return self.for_patients().filter(purpose=Purpose.SWITCHBOARD)


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
    audience = models.CharField(_("whom it is for"), max_length=20, choices=Audience, default=Audience.PATIENTS)
    instruction = WordingTextField(
        _("instruction"),
        blank=True,
        help_text=_(
            "What the caller must know or do, in one or two sentences. Required, in every language, for an emergency."
        ),
    )
    valid_from = models.DateField(_("valid from"), null=True, blank=True)
    valid_until = models.DateField(_("valid until"), null=True, blank=True, help_text=_("The last day."))
    internal_note = models.TextField(_("note for staff"), blank=True, help_text=_("Never shown to visitors."))

    objects = ContactLineQuerySet.as_manager()

    panels = [
        FieldPanel("purpose"),
        FieldPanel("number"),
        FieldPanel("hospital"),
        FieldPanel("instruction"),
        MultiFieldPanel(
            [
                FieldPanel("label"),
                FieldPanel("audience"),
                FieldRowPanel([FieldPanel("valid_from"), FieldPanel("valid_until")]),
                FieldPanel("sort_order"),
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
        return f"{shown} #{self.extension}" if self.extension else shown

    @property
    def name(self) -> str:
        """What the line is for, in the reader's language."""
        return str(self.label) or str(Purpose(self.purpose).label)

    @cached_property
    def phone(self) -> PhoneNumber:
        return PhoneNumber(self.number, self.extension)

    @property
    def is_emergency(self) -> bool:
        return Purpose(self.purpose).is_emergency

    def form_initial(self) -> dict[str, Any]:
        return {"number": self.number_as_read} if self.number else {}

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

    def clean(self) -> None:
        if self.hospital_id:
            self.hospital = self.hospital.source
        errors = {}
        if self.purpose == Purpose.OTHER and not self.label:
            errors["label"] = _("Say in every language what this line is for.")
        if Purpose(self.purpose).is_emergency and not says_in_every_language(self.instruction):
            errors["instruction"] = _(
                "An emergency line needs its instruction in every language: what should the caller do first?"
            )
        if self.valid_from and self.valid_until and self.valid_until < self.valid_from:
            errors["valid_until"] = _("The last day must not come before the first.")
        if errors:
            raise ValidationError(errors)
