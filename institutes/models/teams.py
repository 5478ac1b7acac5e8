"""Who works for an institute, and what it has beyond its pages."""

from typing import Any

from django.contrib.auth.models import Group
from django.db import models
from django.db.models import F
from django.utils.translation import gettext_lazy as _
from wagtail.models import Page

from portal.roles import OF_AN_INSTITUTE, StaffRole


class TeamQuerySet(models.QuerySet["Team"]):
    def of_user(self, user: Any) -> "TeamQuerySet":
        """The teams that `user` is in; none for an account that was closed."""
        return self.filter(group__user=user) if user.is_active and user.pk else self.none()

    def covering(self, page: Page) -> "TeamQuerySet":
        """The teams of the institute that `page`, in the source language, is or stands below."""
        return self.alias(here=models.Value(page.path)).filter(here__startswith=F("institute__path"))


class Team(models.Model):
    """The members of an institute's staff who share a role. Who is in it, and what it may do, its group says."""

    institute = models.ForeignKey(
        "institutes.InstitutePage",
        verbose_name=_("institute"),
        on_delete=models.CASCADE,
        related_name="teams",
        help_text=_("By its page in the source language."),
    )
    role = models.CharField(_("role"), max_length=20, choices=[(role.value, role.label) for role in OF_AN_INSTITUTE])
    group = models.OneToOneField(Group, verbose_name=_("group"), on_delete=models.CASCADE, related_name="team")

    objects = TeamQuerySet.as_manager()

    class Meta:
        verbose_name = _("team")
        verbose_name_plural = _("teams")
        ordering = ["institute__path", "role"]
        default_permissions = ()
        permissions = [("set_up_institute", _("Can set up institutes with their teams"))]
        constraints = [
            models.UniqueConstraint(fields=["institute", "role"], name="one_team_per_institute_and_role"),
            models.CheckConstraint(
                condition=models.Q(role__in=[role.value for role in OF_AN_INSTITUTE]), name="team_has_a_role_of_its_own"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.institute.name} – {StaffRole(self.role).label}"


class Belongings(models.Model):
    """What an institute has beyond its pages: the collection of its files, the workflow that its pages go through."""

    institute = models.OneToOneField(
        "institutes.InstitutePage", verbose_name=_("institute"), on_delete=models.CASCADE, related_name="belongings"
    )
    collection = models.ForeignKey(
        "wagtailcore.Collection",
        verbose_name=_("collection"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    workflow = models.ForeignKey(
        "wagtailcore.Workflow",
        verbose_name=_("workflow"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )

    class Meta:
        verbose_name = verbose_name_plural = _("belongings of an institute")
        default_permissions = ()

    def __str__(self) -> str:
        return self.institute.name
