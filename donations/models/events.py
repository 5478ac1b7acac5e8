"""What comes in from providers and what goes out by e-mail: kept first, worked off afterwards, once."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Work(models.Model):
    """Something to be done by whoever comes first: claimed for a while, tried again later and later, then parked."""

    MOST_ATTEMPTS = 12  # with waits that double from a minute, some three days

    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_at = models.DateTimeField(_("next attempt"), null=True, blank=True, default=timezone.now)
    done_at = models.DateTimeField(_("done"), null=True, blank=True)
    parked_at = models.DateTimeField(_("given up"), null=True, blank=True)
    error = models.CharField(_("what went wrong"), max_length=300, blank=True)

    class Meta:
        abstract = True


class ProviderEvent(Work):
    """A message from a provider. It is a hint that something changed: what did, is fetched from the provider."""

    provider = models.CharField(_("provider"), max_length=20)
    account = models.CharField(_("account"), max_length=80, blank=True)
    event_id = models.CharField(_("number"), max_length=200)
    kind = models.CharField(_("kind"), max_length=80)
    object_kind = models.CharField(max_length=40, blank=True)
    object_ref = models.CharField(max_length=200, blank=True)
    made_at = models.DateTimeField(_("made"), null=True, blank=True)
    received_at = models.DateTimeField(_("received"), auto_now_add=True, db_index=True)

    class Meta:
        verbose_name = _("message from a provider")
        verbose_name_plural = _("messages from providers")
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(fields=["provider", "account", "event_id"], name="each_event_is_kept_once")
        ]
        indexes = [models.Index(fields=["next_at"], name="events_to_do", condition=models.Q(next_at__isnull=False))]

    def __str__(self) -> str:
        return f"{self.kind} {self.event_id}"


class Mail(Work):
    """An e-mail to be sent, once per kind and object. Its words are made when it is sent, from what holds then."""

    kind = models.CharField(_("kind"), max_length=30)
    object_key = models.CharField(max_length=100)
    donation = models.ForeignKey(
        "donations.Donation", null=True, blank=True, on_delete=models.PROTECT, related_name="mails"
    )
    pledge = models.ForeignKey(
        "donations.Pledge", null=True, blank=True, on_delete=models.PROTECT, related_name="mails"
    )
    made_at = models.DateTimeField(_("made"), auto_now_add=True)

    class Meta:
        verbose_name = _("e-mail")
        verbose_name_plural = _("e-mails")
        default_permissions = ("view",)
        constraints = [models.UniqueConstraint(fields=["kind", "object_key"], name="one_mail_per_kind_and_object")]
        indexes = [models.Index(fields=["next_at"], name="mails_to_do", condition=models.Q(next_at__isnull=False))]

    def __str__(self) -> str:
        return f"{self.kind} {self.object_key}"


class Quarantined(models.Model):
    """Something from a provider that does not fit what we know: kept for a person to look at, applied to nothing."""

    provider = models.CharField(_("provider"), max_length=20)
    account = models.CharField(_("account"), max_length=80, blank=True)
    object_kind = models.CharField(max_length=40)
    object_ref = models.CharField(_("number at the provider"), max_length=200)
    why = models.CharField(_("why"), max_length=40)
    detail = models.JSONField(default=dict, blank=True)
    found_at = models.DateTimeField(_("found"), auto_now_add=True)
    last_seen_at = models.DateTimeField(default=timezone.now)
    resolved_at = models.DateTimeField(_("settled"), null=True, blank=True)
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    resolution = models.CharField(_("how it was settled"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("case for a person")
        verbose_name_plural = _("cases for a person")
        default_permissions = ("view", "change")
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "account", "object_kind", "object_ref", "why"],
                condition=models.Q(resolved_at=None),
                name="one_open_case_per_object",
            )
        ]

    def __str__(self) -> str:
        return f"{self.why} {self.object_ref}"


class Beat(models.Model):
    """When a piece of work that is to run by itself last ran: a timer that is dead shows."""

    name = models.CharField(max_length=40, primary_key=True)
    began_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    failed_at = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=300, blank=True)
    cursor = models.CharField(max_length=200, blank=True)  # up to where a provider's list was read

    class Meta:
        verbose_name = _("timer")
        verbose_name_plural = _("timers")
        default_permissions = ()

    def __str__(self) -> str:
        return self.name
