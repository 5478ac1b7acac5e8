"""Addresses elsewhere that the portal's pages lead to, and whether something answers there."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class LinkState(models.TextChoices):
    """What is known of an address."""

    NEW = "new", _("not asked yet")
    FINE = "fine", _("answers")
    FAILING = "failing", _("did not answer; it is asked again")
    BROKEN = "broken", _("broken")
    UNCLEAR = "unclear", _("does not answer to programs")
    REFUSED = "refused", _("not to be reached by visitors")


class ExternalLink(models.Model):
    """One address elsewhere, however many pages lead to it. Kept by `portal.link_checking` alone."""

    url = models.URLField(_("address"), max_length=2000, unique=True)
    host = models.CharField(_("site"), max_length=255, db_index=True)
    state = models.CharField(_("state"), max_length=10, choices=LinkState, default=LinkState.NEW, db_index=True)
    problem = models.CharField(_("what went wrong"), max_length=40, blank=True)
    status_code = models.PositiveSmallIntegerField(_("answer"), null=True)
    moved_to = models.CharField(_("moved for good to"), max_length=2000, blank=True)
    found_at = models.DateTimeField(_("found"), auto_now_add=True)
    checked_at = models.DateTimeField(_("last asked"), null=True)
    failing_since = models.DateTimeField(_("fails since"), null=True)
    failures = models.PositiveIntegerField(_("failures in a row"), default=0)
    next_check_at = models.DateTimeField(_("asked again"), db_index=True)
    told_at = models.DateTimeField(_("owner told"), null=True)

    class Meta:
        verbose_name = _("external link")
        verbose_name_plural = _("external links")
        constraints = [
            models.CheckConstraint(
                condition=Q(failing_since=None) | Q(failures__gt=0), name="a_failing_link_has_failed_at_least_once"
            )
        ]

    def __str__(self) -> str:
        return self.url


class LinkUse(models.Model):
    """A place on a page from which visitors follow an external link. `path` is where, as the editor names it."""

    link = models.ForeignKey(ExternalLink, on_delete=models.CASCADE, related_name="uses")
    page = models.ForeignKey("wagtailcore.Page", on_delete=models.CASCADE, related_name="+")
    path = models.CharField(max_length=500)
    label = models.CharField(max_length=500)

    class Meta:
        verbose_name = _("use of an external link")
        verbose_name_plural = _("uses of external links")
        constraints = [models.UniqueConstraint(fields=["link", "page", "path"], name="one_use_per_place")]

    def __str__(self) -> str:
        return f"{self.page_id}: {self.label}"
