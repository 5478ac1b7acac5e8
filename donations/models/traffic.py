"""What keeps robots from trying stolen cards: who asked how often lately, and which form tokens have been used."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Bucket(models.Model):
    """How many tries somebody has left. `key` is a keyed hash: nobody can be read from it."""

    key = models.CharField(max_length=80, primary_key=True)
    level = models.FloatField()  # tries used; drains with time - no money
    updated_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        verbose_name = _("limit")
        verbose_name_plural = _("limits")
        default_permissions = ()

    def __str__(self) -> str:
        return self.key


class Pause(models.Model):
    """Giving online is stopped, on one page or everywhere, until somebody ends the pause. Live at once, no draft."""

    page = models.ForeignKey(
        "donations.DonationPage", null=True, blank=True, on_delete=models.CASCADE, related_name="pauses"
    )
    began_at = models.DateTimeField(_("since"), auto_now_add=True)
    began_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    ended_at = models.DateTimeField(_("until"), null=True, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        verbose_name = _("pause")
        verbose_name_plural = _("pauses")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.page_id or '*'} {self.began_at}"


class UsedToken(models.Model):
    """A form token that has served."""

    token = models.UUIDField(primary_key=True)
    donation = models.OneToOneField(
        "donations.Donation", null=True, blank=True, on_delete=models.CASCADE, related_name="form_token"
    )
    used_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        verbose_name = _("used form")
        verbose_name_plural = _("used forms")
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.token)
