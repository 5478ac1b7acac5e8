"""Receipts for the tax office: numbered without a gap, kept as the bytes that were sent, never changed or deleted."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from donations.models.donations import CURRENCIES
from donations.models.donors import DonorKind


class TaxRate(models.Model):
    """What part of a gift a donor gets back, from a day on: for the sentence “costs you after tax”, nowhere else."""

    regime = models.CharField(_("tax regime"), max_length=10)
    donor_kind = models.CharField(_("who gives"), max_length=10, choices=DonorKind)
    valid_from = models.DateField(_("from"))
    percent = models.DecimalField(_("part that comes back, in per cent"), max_digits=5, decimal_places=2)
    condition = models.CharField(_("up to"), max_length=20, blank=True)
    source = models.CharField(_("source"), max_length=300, help_text=_("The law or the administration’s page."))

    class Meta:
        verbose_name = _("tax rate")
        verbose_name_plural = _("tax rates")
        ordering = ["regime", "donor_kind", "-valid_from"]
        constraints = [
            models.UniqueConstraint(fields=["regime", "donor_kind", "valid_from"], name="one_tax_rate_per_day")
        ]

    def __str__(self) -> str:
        return f"{self.regime} {self.donor_kind} {self.valid_from}: {self.percent} %"


class ReceiptSeries(models.Model):
    """The last number given in a series. The row is locked while a number is given: no gap, no duplicate.

    A database sequence would leave a gap at every rollback.
    """

    issuer = models.ForeignKey("donations.Issuer", on_delete=models.PROTECT, related_name="series")
    year = models.PositiveSmallIntegerField()
    last_number = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("series of receipts")
        verbose_name_plural = _("series of receipts")
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["issuer", "year"], name="one_series_per_issuer_and_year")]

    def __str__(self) -> str:
        return f"{self.issuer_id} {self.year}"


class Receipt(models.Model):
    """A certificate that was issued. The snapshot says what it says; the bytes are what everybody is served."""

    issuer = models.ForeignKey("donations.Issuer", on_delete=models.PROTECT, related_name="receipts")
    year = models.PositiveSmallIntegerField(_("year"))
    number = models.PositiveIntegerField(_("number"))
    donor = models.ForeignKey(
        "donations.Donor", null=True, blank=True, on_delete=models.SET_NULL, related_name="receipts"
    )
    regime = models.CharField(_("tax regime"), max_length=10)
    form = models.CharField(_("form"), max_length=30)  # the model that it follows: "11580*05"
    period_year = models.PositiveSmallIntegerField(_("for the gifts of"), null=True, blank=True)  # of a yearly one
    amount_minor = models.PositiveIntegerField(_("amount"))
    currency = models.CharField(_("currency"), max_length=3, choices=CURRENCIES)
    language = models.CharField(_("language"), max_length=10)
    snapshot = models.JSONField()
    pdf = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    # The same paper marked as a copy, made in the same moment: no receipt is ever made again later.
    copy_pdf = models.BinaryField()
    copy_sha256 = models.CharField(max_length=64)
    issued_at = models.DateTimeField(_("issued"), db_index=True)
    voided_at = models.DateTimeField(_("void since"), null=True, blank=True)
    void_reason = models.CharField(_("why it is void"), max_length=40, blank=True)
    replaces = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="replaced_by", verbose_name=_("replaces")
    )

    class Meta:
        verbose_name = _("receipt")
        verbose_name_plural = _("receipts")
        default_permissions = ("view",)
        permissions = [("issue_receipt", _("Can issue and void receipts"))]
        ordering = ["-issued_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["issuer", "year", "number"], name="one_receipt_per_number"),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="receipt_of_more_than_nothing"),
        ]

    def __str__(self) -> str:
        return self.full_number

    @property
    def full_number(self) -> str:
        """The "numéro d'ordre" as it is printed: series, year, number."""
        return f"{self.issuer.receipt_prefix}{self.year}-{self.number:06d}"


class ReceiptLine(models.Model):
    """A payment that a receipt certifies. A payment stands on one valid receipt at most."""

    receipt = models.ForeignKey(Receipt, on_delete=models.PROTECT, related_name="lines")
    payment = models.ForeignKey("donations.Payment", on_delete=models.PROTECT, related_name="receipt_lines")
    amount_minor = models.PositiveIntegerField()
    is_valid = models.BooleanField(default=True)  # false as soon as the receipt is void

    class Meta:
        verbose_name = _("line of a receipt")
        verbose_name_plural = _("lines of receipts")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["payment"], condition=Q(is_valid=True), name="one_valid_receipt_per_payment"
            )
        ]

    def __str__(self) -> str:
        return f"{self.receipt_id}: {self.payment_id}"


class ReceiptCopy(models.Model):
    """That a receipt was handed out again: every time after the first it is a duplicate, and marked as one."""

    receipt = models.ForeignKey(Receipt, on_delete=models.PROTECT, related_name="copies")
    at = models.DateTimeField(auto_now_add=True)
    to = models.CharField(max_length=20)  # see receipting.hand_over
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        verbose_name = _("copy of a receipt")
        verbose_name_plural = _("copies of receipts")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.receipt_id} {self.at}"
