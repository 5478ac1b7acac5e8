"""Who gives: the only tables with personal data, apart from the receipts' own legal snapshot.

What a tribute says may reveal somebody's illness: it stands in a table of its own, under a permission of its own.
"""

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_countries import countries


class DonorKind(models.TextChoices):
    """Which tax rules a donor falls under."""

    PERSON = "person", _("an individual")
    COMPANY = "company", _("a company")


class Donor(models.Model):
    """A donor as they named themselves for one gift, or for all gifts of one pledge.

    Nobody is recognised across gifts by an e-mail address: two people may share one, and a mistyped one is another's.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(_("kind"), max_length=10, choices=DonorKind, default=DonorKind.PERSON)
    first_name = models.CharField(_("first name"), max_length=100, blank=True)
    last_name = models.CharField(_("last name"), max_length=100, blank=True)
    company = models.CharField(_("company"), max_length=200, blank=True)
    legal_form = models.CharField(_("legal form"), max_length=80, blank=True)
    siren = models.CharField(_("SIREN"), max_length=9, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    street = models.CharField(_("address"), max_length=300, blank=True)
    postal_code = models.CharField(_("postal code"), max_length=20, blank=True)
    city = models.CharField(_("city"), max_length=100, blank=True)
    country = models.CharField(_("country"), max_length=2, blank=True)
    language = models.CharField(_("language"), max_length=10, choices=settings.LANGUAGES)
    # What a tax regime asks for beyond a name and an address, by the names that the regime gives.
    declared = models.JSONField(_("declarations"), default=dict, blank=True)
    created_at = models.DateTimeField(_("known since"), auto_now_add=True)
    erased_at = models.DateTimeField(_("erased on"), null=True, blank=True)

    class Meta:
        verbose_name = _("donor")
        verbose_name_plural = _("donors")
        default_permissions = ("view", "change")
        permissions = [
            ("export_donor", _("Can export donors and their gifts")),
            ("erase_donor", _("Can erase donors")),
        ]
        indexes = [models.Index(fields=["email"]), models.Index(fields=["last_name", "first_name"])]

    PERSONAL = (
        "first_name",
        "last_name",
        "company",
        "legal_form",
        "siren",
        "email",
        "street",
        "postal_code",
        "city",
        "country",
    )

    def __str__(self) -> str:
        return self.name or f"#{self.pk}"

    @property
    def name(self) -> str:
        """As a letter addresses them."""
        if self.kind == DonorKind.COMPANY:
            return self.company
        return f"{self.first_name} {self.last_name}".strip()

    @property
    def has_address(self) -> bool:
        return bool(self.street and self.city and self.country)

    @property
    def country_name(self) -> str:
        """In the current language."""
        return countries.name(self.country) or self.country

    def erase(self, at: Any) -> None:
        """Forget everything that says who this was; the gifts stay, the receipts have their own snapshot."""
        for name in self.PERSONAL:
            setattr(self, name, "")
        self.declared, self.erased_at = {}, at


class TributeKind(models.TextChoices):
    MEMORY = "memory", _("in memory of")
    HONOUR = "honour", _("in honour of")


class Tribute(models.Model):
    """In whose memory or honour a donor gives, and whom a letter tells of it - never of the amount."""

    donor = models.OneToOneField(Donor, on_delete=models.CASCADE, related_name="tribute")
    kind = models.CharField(_("kind"), max_length=10, choices=TributeKind)
    person = models.CharField(_("for whom"), max_length=200)
    ward = models.CharField(_("department or ward"), max_length=200, blank=True)
    message = models.TextField(_("message"), max_length=1000, blank=True)
    family_name = models.CharField(_("whom we write to"), max_length=200, blank=True)
    family_email = models.EmailField(_("their e-mail"), blank=True)
    family_address = models.TextField(_("their postal address"), max_length=500, blank=True)
    # The page for the family lists who gave: only those who agreed to be named.
    names_donor = models.BooleanField(_("the family may be told my name"), default=False)
    family = models.ForeignKey(
        "donations.FamilyPage", null=True, blank=True, on_delete=models.SET_NULL, related_name="tributes"
    )
    letter_sent_at = models.DateTimeField(_("letter sent on"), null=True, blank=True)

    class Meta:
        verbose_name = _("tribute")
        verbose_name_plural = _("tributes")
        default_permissions = ("view", "change")

    def __str__(self) -> str:
        return f"#{self.pk}"


class FamilyPage(models.Model):
    """A page that a family opens by its secret address: who gave in memory of the same person, never how much."""

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    person = models.CharField(_("in memory or honour of"), max_length=200)
    fund = models.ForeignKey("donations.Fund", verbose_name=_("fund"), on_delete=models.PROTECT, related_name="+")
    language = models.CharField(_("language"), max_length=10, choices=settings.LANGUAGES)
    created_at = models.DateTimeField(auto_now_add=True)
    closes_on = models.DateField(_("shown until"))

    class Meta:
        verbose_name = _("page for a family")
        verbose_name_plural = _("pages for families")
        default_permissions = ("view", "change")

    def __str__(self) -> str:
        return f"#{self.pk}"


class ConsentKind(models.TextChoices):
    """What a donor may agree to; each apart, none needed for giving."""

    NEWS = "news", _("news by e-mail")
    POST = "post", _("news by post")


class Consent(models.Model):
    """That a donor agreed, to which exact words, in which language, when - and until when."""

    donor = models.ForeignKey(Donor, on_delete=models.CASCADE, related_name="consents")
    kind = models.CharField(_("kind"), max_length=20, choices=ConsentKind)
    wording = models.TextField(_("the words agreed to"))
    language = models.CharField(_("language"), max_length=10, choices=settings.LANGUAGES)
    given_at = models.DateTimeField(_("given on"))
    withdrawn_at = models.DateTimeField(_("withdrawn on"), null=True, blank=True)

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(
                fields=["donor", "kind"], condition=Q(withdrawn_at=None), name="one_standing_consent_of_a_kind"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} #{self.donor_id}"


class DonorAccess(models.Model):
    """That somebody of the staff looked at a donor, or took donors away in a file."""

    class Act(models.TextChoices):
        LOOKED = "looked", _("looked at")
        LOOKED_AT_TRIBUTE = "tribute", _("looked at the tribute of")
        LISTED = "listed", _("listed")
        EXPORTED = "exported", _("exported")
        ERASED = "erased", _("erased")

    at = models.DateTimeField(_("on"), auto_now_add=True, db_index=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("who"), null=True, on_delete=models.SET_NULL, related_name="+"
    )
    act = models.CharField(_("what"), max_length=10, choices=Act)
    donor = models.ForeignKey(Donor, null=True, blank=True, on_delete=models.SET_NULL, related_name="accesses")
    what = models.CharField(
        _("of what"), max_length=300, blank=True, help_text=_("The filters of a list, never a name.")
    )
    number = models.PositiveIntegerField(_("how many"), default=1)

    class Meta:
        verbose_name = _("look at donors")
        verbose_name_plural = _("looks at donors")
        default_permissions = ("view",)
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.act}"
