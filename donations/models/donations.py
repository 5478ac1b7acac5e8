"""The gift itself and what moves it: pledge, donation, payment, refund, dispute.

Only `donations.lifecycle` writes these rows once they exist. Nothing of them is ever deleted.
"""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from donations.money import EXPONENTS
from donations.states import (
    BEFORE_MONEY,
    CERTIFIABLE,
    WITH_MONEY,
    DisputeStatus,
    DonationState,
    PaymentStatus,
    PledgeState,
    RefundStatus,
)

CURRENCIES = [(code, code) for code in EXPONENTS]


class Frequency(models.TextChoices):
    ONCE = "once", _("once")
    MONTHLY = "monthly", _("every month")


class ReceiptWish(models.TextChoices):
    """What a donor wants for the tax office."""

    NONE = "none", _("no receipt")
    EACH = "each", _("a receipt for each gift")
    YEARLY = "yearly", _("one receipt for the year")


class Pledge(models.Model):
    """A promise of a gift every month, kept by the provider; each instalment is a donation."""

    token = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    donor = models.ForeignKey("donations.Donor", on_delete=models.PROTECT, related_name="pledges")
    fund = models.ForeignKey("donations.Fund", verbose_name=_("fund"), on_delete=models.PROTECT, related_name="pledges")
    issuer = models.ForeignKey("donations.Issuer", on_delete=models.PROTECT, related_name="pledges")
    amount_minor = models.PositiveIntegerField(_("amount"))
    currency = models.CharField(_("currency"), max_length=3, choices=CURRENCIES)
    state = models.CharField(_("state"), max_length=20, choices=PledgeState, default=PledgeState.PENDING)
    receipt_wish = models.CharField(_("receipt"), max_length=10, choices=ReceiptWish, default=ReceiptWish.YEARLY)
    provider = models.CharField(_("provider"), max_length=20)
    account = models.CharField(_("provider’s account"), max_length=80, blank=True)
    provider_ref = models.CharField(max_length=200, blank=True)  # the subscription
    customer_ref = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(_("begun"), auto_now_add=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    next_on = models.DateField(_("next gift"), null=True, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("monthly gift")
        verbose_name_plural = _("monthly gifts")
        default_permissions = ("view", "change")
        constraints = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="pledge_of_more_than_nothing"),
            models.UniqueConstraint(
                fields=["provider", "account", "provider_ref"],
                condition=~Q(provider_ref=""),
                name="one_pledge_per_subscription",
            ),
        ]
        indexes = [models.Index(fields=["state", "checked_at"])]

    def __str__(self) -> str:
        return f"#{self.pk}"


class DonationQuerySet(models.QuerySet["Donation"]):
    """Finds gifts by where they stand."""

    def with_money(self) -> "DonationQuerySet":
        return self.filter(state__in=WITH_MONEY)

    def certifiable(self) -> "DonationQuerySet":
        return self.filter(state__in=CERTIFIABLE)

    def unsettled(self) -> "DonationQuerySet":
        return self.filter(state__in=BEFORE_MONEY)


class Donation(models.Model):
    """One gift: a one-off, or one instalment of a pledge."""

    token = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    # What a donor writes on a cheque or a transfer: an ISO 11649 creditor reference, "RF71 2348 2317 …".
    reference = models.CharField(_("reference"), max_length=25, unique=True)
    page = models.ForeignKey(
        "donations.DonationPage", verbose_name=_("page"), null=True, on_delete=models.SET_NULL, related_name="donations"
    )
    donor = models.ForeignKey("donations.Donor", on_delete=models.PROTECT, related_name="donations")
    fund = models.ForeignKey(
        "donations.Fund", verbose_name=_("fund"), on_delete=models.PROTECT, related_name="donations"
    )
    issuer = models.ForeignKey(
        "donations.Issuer", verbose_name=_("issuer"), on_delete=models.PROTECT, related_name="donations"
    )
    pledge = models.ForeignKey(Pledge, null=True, blank=True, on_delete=models.PROTECT, related_name="donations")
    amount_minor = models.PositiveIntegerField(_("amount"))
    currency = models.CharField(_("currency"), max_length=3, choices=CURRENCIES)
    language = models.CharField(_("language"), max_length=10, choices=settings.LANGUAGES)
    state = models.CharField(_("state"), max_length=20, choices=DonationState, default=DonationState.CREATED)
    receipt_wish = models.CharField(_("receipt"), max_length=10, choices=ReceiptWish, default=ReceiptWish.NONE)
    provider = models.CharField(_("provider"), max_length=20)
    account = models.CharField(_("provider’s account"), max_length=80, blank=True)
    session_ref = models.CharField(max_length=200, blank=True)  # the payment page opened for it
    session_url = models.URLField(max_length=1000, blank=True)
    session_expires_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(_("begun"), auto_now_add=True, db_index=True)
    paid_at = models.DateTimeField(_("received"), null=True, blank=True, db_index=True)
    checked_at = models.DateTimeField(null=True, blank=True)

    objects = DonationQuerySet.as_manager()

    class Meta:
        verbose_name = _("gift")
        verbose_name_plural = _("gifts")
        default_permissions = ("view",)
        permissions = [
            ("see_totals", _("Can see the totals of gifts")),
            ("export_donation", _("Can export gifts")),
            ("match_transfer", _("Can match transfers and cheques with gifts")),
            ("pause_giving", _("Can pause donation pages")),
        ]
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="donation_of_more_than_nothing"),
            models.UniqueConstraint(
                fields=["provider", "account", "session_ref"],
                condition=~Q(session_ref=""),
                name="one_donation_per_session",
            ),
        ]
        indexes = [
            models.Index(fields=["state", "checked_at"]),
            models.Index(fields=["fund", "paid_at"]),
        ]

    def __str__(self) -> str:
        return self.reference


class Call(models.Model):
    """One thing asked of a provider: its idempotency key is stored before it is asked, and asked again under it.

    A provider keeps a key for a day. `answered_at` empty after a time-out means: unknown, to be asked again or
    looked up, never to be asked anew.
    """

    donation = models.ForeignKey(Donation, null=True, blank=True, on_delete=models.PROTECT, related_name="calls")
    pledge = models.ForeignKey(Pledge, null=True, blank=True, on_delete=models.PROTECT, related_name="calls")
    key = models.CharField(max_length=120, unique=True)
    act = models.CharField(max_length=30)
    made_at = models.DateTimeField(auto_now_add=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=300, blank=True)  # never anything personal

    class Meta:
        verbose_name = _("request to a provider")
        verbose_name_plural = _("requests to providers")
        default_permissions = ()

    def __str__(self) -> str:
        return self.key


class Payment(models.Model):
    """One movement at a provider, settled or attempted. A donation has at most one that brought money."""

    donation = models.ForeignKey(Donation, on_delete=models.PROTECT, related_name="payments")
    provider = models.CharField(_("provider"), max_length=20)
    account = models.CharField(_("provider’s account"), max_length=80, blank=True)
    provider_ref = models.CharField(_("number at the provider"), max_length=200)
    invoice_ref = models.CharField(max_length=200, blank=True)
    status = models.CharField(_("state"), max_length=20, choices=PaymentStatus)
    amount_minor = models.PositiveIntegerField(_("amount"))
    currency = models.CharField(_("currency"), max_length=3, choices=CURRENCIES)
    method = models.CharField(_("by"), max_length=30, blank=True)
    fee_minor = models.IntegerField(_("fee"), default=0)
    paid_at = models.DateTimeField(_("on"), null=True, blank=True)
    failure = models.CharField(_("why it failed"), max_length=100, blank=True)  # the provider's code, for staff alone
    warned_at = models.DateTimeField(_("fraud warning"), null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        default_permissions = ("view",)
        constraints = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="payment_of_more_than_nothing"),
            models.UniqueConstraint(fields=["provider", "account", "provider_ref"], name="one_payment_per_reference"),
            models.UniqueConstraint(
                fields=["provider", "account", "invoice_ref"],
                condition=~Q(invoice_ref=""),
                name="one_payment_per_invoice",
            ),
            models.UniqueConstraint(
                fields=["donation"],
                condition=Q(status=PaymentStatus.SUCCEEDED),
                name="one_payment_with_money_per_donation",
            ),
        ]

    def __str__(self) -> str:
        return self.provider_ref

    @property
    def refunded_minor(self) -> int:
        """What has gone back, of the refunds that are loaded."""
        return sum(refund.amount_minor for refund in self.refunds.all() if refund.status == RefundStatus.SUCCEEDED)


class Refund(models.Model):
    """Money on its way back to the donor, whoever set it off: staff here, or somebody in the provider's dashboard."""

    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="refunds")
    amount_minor = models.PositiveIntegerField(_("amount"))
    status = models.CharField(_("state"), max_length=20, choices=RefundStatus)
    provider_ref = models.CharField(max_length=200, blank=True)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(_("on"), auto_now_add=True)
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("refund")
        verbose_name_plural = _("refunds")
        default_permissions = ("view",)
        permissions = [
            ("request_refund", _("Can refund gifts")),
            ("approve_refund", _("Can approve the refunds that colleagues ask for")),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="refund_of_more_than_nothing"),
            models.UniqueConstraint(
                fields=["payment", "provider_ref"], condition=~Q(provider_ref=""), name="one_refund_per_reference"
            ),
        ]

    def __str__(self) -> str:
        return self.provider_ref or f"#{self.pk}"


class Dispute(models.Model):
    """A payment that the donor's bank takes back, or tries to."""

    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="disputes")
    provider_ref = models.CharField(max_length=200)
    amount_minor = models.PositiveIntegerField(_("amount"))
    status = models.CharField(_("state"), max_length=20, choices=DisputeStatus)
    reason = models.CharField(_("reason"), max_length=100, blank=True)
    is_withdrawn = models.BooleanField(_("money taken back"), default=False)
    created_at = models.DateTimeField(_("on"), auto_now_add=True)

    class Meta:
        verbose_name = _("dispute")
        verbose_name_plural = _("disputes")
        default_permissions = ("view",)
        constraints = [models.UniqueConstraint(fields=["payment", "provider_ref"], name="one_dispute_per_reference")]

    def __str__(self) -> str:
        return self.provider_ref
