"""How gifts reach the issuer's bank account: the provider's payouts, and the bank's own lines."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from donations.models.donations import CURRENCIES


class Payout(models.Model):
    """A sum that a provider transfers, made up of gifts, fees, refunds and disputes - closed when it adds up."""

    provider = models.CharField(_("provider"), max_length=20)
    account = models.CharField(_("account"), max_length=80, blank=True)
    provider_ref = models.CharField(_("number at the provider"), max_length=200)
    status = models.CharField(_("state"), max_length=20)  # paid, failed, pending
    amount_minor = models.IntegerField(_("amount"))
    currency = models.CharField(_("currency"), max_length=3, choices=CURRENCIES)
    arrives_on = models.DateField(_("at the bank"))
    fetched_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        verbose_name = _("payout")
        verbose_name_plural = _("payouts")
        default_permissions = ("view",)
        permissions = [("close_payout", _("Can close payouts"))]
        ordering = ["-arrives_on", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["provider", "account", "provider_ref"], name="one_payout_per_reference")
        ]

    def __str__(self) -> str:
        return self.provider_ref


class PayoutLine(models.Model):
    """One movement within a payout. `amount_minor` is what it adds, `fee_minor` what the provider kept of it."""

    class Kind(models.TextChoices):
        PAYMENT = "payment", _("gift")
        REFUND = "refund", _("refund")
        REFUND_FAILED = "refund_failed", _("refund that failed")
        DISPUTE = "dispute", _("dispute")
        DISPUTE_WON = "dispute_won", _("dispute won")
        FEE = "fee", _("fee")
        OTHER = "other", _("other")

    payout = models.ForeignKey(Payout, on_delete=models.PROTECT, related_name="lines")
    provider_ref = models.CharField(max_length=200)
    kind = models.CharField(_("what"), max_length=20, choices=Kind)
    amount_minor = models.IntegerField(_("amount"))
    fee_minor = models.IntegerField(_("fee"), default=0)
    source_ref = models.CharField(max_length=200, blank=True)  # the payment, refund or dispute
    payment = models.ForeignKey(
        "donations.Payment", null=True, blank=True, on_delete=models.PROTECT, related_name="payout_lines"
    )
    happened_at = models.DateTimeField(_("on"))

    class Meta:
        verbose_name = _("line of a payout")
        verbose_name_plural = _("lines of payouts")
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["payout", "provider_ref"], name="one_line_per_movement")]

    def __str__(self) -> str:
        return self.provider_ref


class BankLine(models.Model):
    """A credit on the issuer's own account, from the bank's file: matched with an announced gift, or put aside.

    Cheques, which a bank books as one sum, are written down one by one; their identity begins with CHEQUE.
    """

    CHEQUE = "cheque-"

    issuer = models.ForeignKey("donations.Issuer", on_delete=models.PROTECT, related_name="bank_lines")
    booked_on = models.DateField(_("booked on"))
    amount_minor = models.PositiveIntegerField(_("amount"))
    currency = models.CharField(_("currency"), max_length=3, choices=CURRENCIES)
    text = models.CharField(_("the bank’s words"), max_length=500)
    # What makes a line of a file the same line in the next file: a hash of its words and its turn among equal ones.
    identity = models.CharField(max_length=64)
    donation = models.OneToOneField(
        "donations.Donation", null=True, blank=True, on_delete=models.PROTECT, related_name="bank_line"
    )
    matched_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    matched_at = models.DateTimeField(_("matched"), null=True, blank=True)
    # Each match is a payment of its own: one that was taken back stays what it was.
    times_taken_back = models.PositiveSmallIntegerField(default=0)
    put_aside_at = models.DateTimeField(_("put aside"), null=True, blank=True)
    read_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("line of the bank")
        verbose_name_plural = _("lines of the bank")
        default_permissions = ("view",)
        ordering = ["-booked_on", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["issuer", "identity"], name="each_bank_line_is_kept_once"),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="bank_line_is_a_credit"),
        ]

    def __str__(self) -> str:
        return f"{self.booked_on} {self.amount_minor}"

    @property
    def is_cheque(self) -> bool:
        return self.identity.startswith(self.CHEQUE)


class PledgeMove(models.Model):
    """That the monthly gifts of a closing fund were moved to its successor: who, when, how many."""

    source = models.ForeignKey("donations.Fund", on_delete=models.PROTECT, related_name="moves_away")
    target = models.ForeignKey("donations.Fund", on_delete=models.PROTECT, related_name="moves_here")
    number = models.PositiveIntegerField(_("monthly gifts"))
    at = models.DateTimeField(_("on"), auto_now_add=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        verbose_name = _("move of monthly gifts")
        verbose_name_plural = _("moves of monthly gifts")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.source_id} → {self.target_id}"
