"""What happened, kept for good: the ledger of money, and the story of each gift. Rows are added, never changed."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from donations.models.donations import CURRENCIES, Donation


class EntryKind(models.TextChoices):
    """Why the money that an issuer holds grew or shrank."""

    PAYMENT = "payment", _("gift received")
    PAYMENT_FAILED = "payment_failed", _("gift returned by the bank")
    UNMATCHED = "unmatched", _("match taken back")
    REFUND = "refund", _("refund")
    REFUND_FAILED = "refund_failed", _("refund that failed")
    DISPUTE = "dispute", _("taken back in a dispute")
    DISPUTE_WON = "dispute_won", _("given back after a dispute")


class LedgerEntry(models.Model):
    """One movement of money in minor units, + towards the issuer. Every total is a sum of these.

    A trigger of the database refuses to change or delete one (migration 0003).
    """

    donation = models.ForeignKey(Donation, on_delete=models.PROTECT, related_name="ledger")
    issuer = models.ForeignKey("donations.Issuer", on_delete=models.PROTECT, related_name="+")
    fund = models.ForeignKey("donations.Fund", on_delete=models.PROTECT, related_name="ledger")
    kind = models.CharField(_("what"), max_length=20, choices=EntryKind)
    source = models.CharField(max_length=200)  # the provider's number of the payment, refund or dispute
    turn = models.PositiveSmallIntegerField(default=1)  # a dispute may be lost, won and lost again
    amount_minor = models.IntegerField(_("amount"))
    currency = models.CharField(_("currency"), max_length=3, choices=CURRENCIES)
    happened_at = models.DateTimeField(_("on"), default=timezone.now, db_index=True)
    written_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("ledger entry")
        verbose_name_plural = _("ledger")
        default_permissions = ("view",)
        ordering = ["happened_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["donation", "kind", "source", "turn"], name="one_entry_per_movement"),
            models.CheckConstraint(condition=~models.Q(amount_minor=0), name="entry_of_more_than_nothing"),
        ]
        indexes = [models.Index(fields=["fund", "happened_at"]), models.Index(fields=["issuer", "happened_at"])]

    def __str__(self) -> str:
        return f"{self.kind} {self.amount_minor} {self.currency}"


class JournalEntry(models.Model):
    """One step in the story of a gift or a pledge, as staff read it. Never anything personal."""

    donation = models.ForeignKey(Donation, null=True, blank=True, on_delete=models.PROTECT, related_name="journal")
    pledge = models.ForeignKey(
        "donations.Pledge", null=True, blank=True, on_delete=models.PROTECT, related_name="journal"
    )
    at = models.DateTimeField(_("on"), default=timezone.now)
    what = models.CharField(_("what"), max_length=40)  # the name of a step: see donations.lifecycle
    detail = models.JSONField(default=dict, blank=True)
    cause = models.CharField(_("through"), max_length=80, blank=True)  # an event, the reconciler, the donor, staff
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        verbose_name = _("step")
        verbose_name_plural = _("journal")
        default_permissions = ()
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return self.what
