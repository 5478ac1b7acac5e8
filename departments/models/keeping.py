"""What keeps the directory right: who is in charge of whose numbers, reports of wrong ones, what staff were told."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel
from wagtail.models import Page

from departments.phones import PhoneNumber, parse
from portal.models import Told


class DutyQuerySet(models.QuerySet["Duty"]):
    def of_user(self, user: Any) -> "DutyQuerySet":
        """The duties that `user` has through a group; none for an account that was closed."""
        return self.filter(group__user=user) if user.is_active and user.pk else self.none()

    def covering(self, page: Page) -> "DutyQuerySet":
        """The duties for the institute that `page`, in the source language, belongs to."""
        return self.alias(here=models.Value(page.path)).filter(here__startswith=F("institute__path"))


class Duty(models.Model):
    """A group that changes and checks the lines of an institute - its departments' and hospitals' - and no page."""

    group = models.ForeignKey(
        "auth.Group", verbose_name=_("group"), on_delete=models.CASCADE, related_name="directory_duties"
    )
    institute = models.ForeignKey(
        "institutes.InstitutePage", verbose_name=_("institute"), on_delete=models.CASCADE, related_name="duties"
    )

    objects = DutyQuerySet.as_manager()

    panels = [FieldPanel("group"), FieldPanel("institute")]

    class Meta:
        verbose_name = _("duty of a switchboard")
        verbose_name_plural = _("duties of switchboards")
        ordering = ["group__name", "institute__path"]
        constraints = [
            models.UniqueConstraint(
                fields=["group", "institute"],
                name="one_duty_per_group_and_institute",
                violation_error_message=_("This group has this duty already."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.group} – {self.institute.title}"

    def clean(self) -> None:
        if self.institute_id:
            self.institute = self.institute.source  # lines hang on the pages of the source language


class LineClaim(models.Model):
    """A line that somebody has before them in the call list: nobody else is given it until `until`."""

    line = models.OneToOneField("departments.ContactLine", on_delete=models.CASCADE, related_name="claim")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    until = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.line_id}: {self.user_id} – {self.until:%H:%M}"


class Outcome(models.TextChoices):
    """How a report of a wrong number ended."""

    CHANGED = "changed", _("The number was changed")
    RIGHT = "right", _("The number is right")
    OTHER = "other", _("Something else")


class NumberReportQuerySet(models.QuerySet["NumberReport"]):
    def still_open(self) -> "NumberReportQuerySet":
        """Reports to be answered: those of a number that still stands."""
        return self.filter(closed_at=None, line__archived_at=None, number=_number_now("line__"))

    def outdated(self) -> "NumberReportQuerySet":
        """Open reports of a number that no longer stands."""
        return self.filter(closed_at=None).exclude(line__archived_at=None, number=_number_now("line__"))


def _number_now(line: str) -> models.Case:
    """A line's number in its kept form, in SQL; `line` is the way to it, "line__"."""
    return kept_form(f"{line}number", f"{line}extension")


def kept_form(number: str, extension: str) -> models.Case:
    """The kept form of a number (`str(PhoneNumber)`), in SQL, from the fields of those names."""
    return models.Case(
        models.When(**{extension: ""}, then=F(number)),
        default=models.functions.Concat(F(number), models.Value(" #"), F(extension)),
        output_field=models.CharField(),
    )


class NumberReport(models.Model):
    """What visitors say with *Wrong number?*: this number, that often. Nothing about who said it."""

    line = models.ForeignKey("departments.ContactLine", on_delete=models.CASCADE, related_name="number_reports")
    number = models.CharField(_("number"), max_length=30, editable=False)  # in its kept form, as it stood
    first_reported_on = models.DateField(_("first reported"), editable=False)
    last_reported_on = models.DateField(_("last reported"), editable=False)
    count = models.PositiveIntegerField(_("how often"), default=1, editable=False)
    closed_at = models.DateTimeField(null=True, editable=False)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, editable=False, on_delete=models.SET_NULL, related_name="+"
    )
    outcome = models.CharField(_("what came of it"), max_length=20, choices=Outcome, blank=True)
    reason = models.CharField(_("reason"), max_length=300, blank=True)

    objects = NumberReportQuerySet.as_manager()

    class Meta:
        verbose_name = _("reported number")
        verbose_name_plural = _("reported numbers")
        ordering = ["first_reported_on", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["line", "number"], condition=Q(closed_at=None), name="one_open_report_per_line_and_number"
            ),
            models.CheckConstraint(
                condition=Q(closed_at=None, outcome="") | Q(closed_at__isnull=False) & ~Q(outcome=""),
                name="number_report_closes_with_an_outcome",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} × {self.count}"

    @cached_property
    def phone(self) -> PhoneNumber:
        return parse(self.number)


class Announcement(Told):
    """What somebody was told by e-mail about one line or one role.

    `occasion` is what makes it news: for a line when it was last checked, for a role the day on which it ends.
    """

    line = models.ForeignKey("departments.ContactLine", null=True, on_delete=models.CASCADE, related_name="+")
    role = models.ForeignKey("institutes.Role", null=True, on_delete=models.CASCADE, related_name="+")
    occasion = models.CharField(max_length=10)

    key_fields = ("line_id", "role_id", "occasion")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(line=None, role__isnull=False) | Q(line__isnull=False, role=None),
                name="announcement_is_about_a_line_or_a_role",
            ),
            models.UniqueConstraint(
                fields=["user", "line", "occasion"],
                condition=Q(line__isnull=False),
                name="a_due_line_is_announced_once",
            ),
            models.UniqueConstraint(
                fields=["user", "role", "occasion"],
                condition=Q(role__isnull=False),
                name="the_end_of_a_role_is_announced_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.line_id or self.role_id} {self.occasion}"
