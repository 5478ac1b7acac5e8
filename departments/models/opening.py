"""When a place answers: the hours of a hospital, and the days on which everything is different."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, FieldRowPanel

from departments.fields import DayHoursField, WeekField
from departments.models.contacts import ContactLine
from portal.fields import WordingField
from portal.models import Fact


class OpeningHours(Fact):
    """The hours of a hospital (`page`), which lines may take over instead of stating their own."""

    hours = WeekField(
        _("hours"),
        max_length=400,
        help_text=_("For example 9:00-12:30, 13:30-17:00. Empty: closed on this day. Day and night: 00:00-24:00"),
    )
    closed_on_holidays = models.BooleanField(_("closed on public holidays"), default=True)

    panels = [FieldPanel("hours"), FieldPanel("closed_on_holidays")]

    class Meta(Fact.Meta):
        verbose_name = _("opening hours")
        verbose_name_plural = _("opening hours")
        constraints = [
            models.UniqueConstraint(
                fields=["page"],
                condition=Q(archived_at=None),
                name="one_opening_hours_per_page",
                violation_error_message=_("This hospital has its hours already: change those."),
            )
        ]

    def __str__(self) -> str:
        return self._meta.get_field("hours").in_words(self.hours)


class HoursException(Fact):
    """Days on which `page`, a hospital or a department, keeps other hours, or none.

    On a hospital it holds for every line that takes over the hospital's hours, on a department for all its lines.
    """

    line = models.ForeignKey(
        "departments.ContactLine",
        verbose_name=_("only for this line"),
        null=True,
        blank=True,
        on_delete=models.RESTRICT,
        related_name="hours_exceptions",
        help_text=_("Empty: for all lines."),
    )
    first_day = models.DateField(_("first day"))
    last_day = models.DateField(_("last day"))
    hours = DayHoursField(
        _("hours on these days"),
        max_length=100,
        blank=True,
        help_text=_("For example 9:00-12:30, 13:30-17:00. Empty: closed."),
    )
    reason = WordingField(_("reason"), help_text=_("As visitors read it: “Summer closure”."))

    panels = [
        FieldRowPanel([FieldPanel("first_day"), FieldPanel("last_day")]),
        FieldPanel("hours"),
        FieldPanel("reason"),
        FieldPanel("line"),
    ]

    class Meta(Fact.Meta):
        verbose_name = _("exception to the hours")
        verbose_name_plural = _("exceptions to the hours")
        ordering = ["first_day", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(last_day__gte=models.F("first_day")), name="hours_exception_ends_after_it_starts"
            )
        ]

    def __str__(self) -> str:
        return f"{self.first_day:%Y-%m-%d} – {self.last_day:%Y-%m-%d} {self.reason}"

    def fit_form(self, form: Any) -> None:
        form.fields["line"].queryset = ContactLine.objects.kept().filter(page=self.page_id)

    def clean(self) -> None:
        if self.first_day and self.last_day and self.last_day < self.first_day:
            raise ValidationError({"last_day": _("The last day must not come before the first.")})
