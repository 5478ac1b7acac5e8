"""Issuers - the legal bodies that receive and certify gifts - and the funds that they keep."""

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from stdnum import bic, iban
from stdnum.exceptions import ValidationError as NotANumber
from stdnum.fr import siren
from wagtail.admin.panels import FieldPanel, FieldRowPanel, MultiFieldPanel

from donations.states import PledgeState
from portal.fields import WordingField, WordingTextField
from portal.models import Named


class LegalQuality(models.TextChoices):
    """What the French form of a receipt calls the quality of the body."""

    PUBLIC_UTILITY = "public_utility", _("foundation or association recognised as being of public utility")
    GENERAL_INTEREST = "general_interest", _("body of general interest")
    ENDOWMENT_FUND = "endowment_fund", _("endowment fund")
    ESTABLISHMENT = "establishment", _("public or private establishment of higher education, research or care")
    EUROPEAN = "european", _("body of another state of the European Economic Area")
    OTHER = "other", _("other")


class Issuer(models.Model):
    """A legal body: the name on a cheque, the account of a transfer, the signature under a receipt."""

    name = models.CharField(_("legal name"), max_length=200, unique=True)
    quality = WordingField(
        _("legal status"), blank=True, help_text=_("For example: foundation recognised as being of public utility.")
    )
    siren = models.CharField(_("SIREN"), max_length=9, blank=True, help_text=_("Nine digits."))
    address = models.TextField(_("postal address"), blank=True, help_text=_("Where cheques are sent, line by line."))
    rna = models.CharField(_("RNA"), max_length=10, blank=True, help_text=_("W and nine digits, of an association."))
    legal_quality = models.CharField(_("quality on receipts"), max_length=20, choices=LegalQuality, blank=True)
    decree = models.CharField(
        _("decree"),
        max_length=200,
        blank=True,
        help_text=_("Of recognition: its date and that of the Journal officiel."),
    )
    purpose = WordingTextField(
        _("purpose"),
        blank=True,
        help_text=_("What the body is for, as receipts state it: it must show why gifts count."),
    )
    articles = ArrayField(
        models.CharField(max_length=10),
        verbose_name=_("articles of the tax code"),
        default=list,
        blank=True,
        help_text=_("Under which gifts count, separated by commas: 200, 238 bis, 978."),
    )
    regime = models.CharField(
        _("tax regime"), max_length=10, blank=True, help_text=_("Empty: this body issues no receipts.")
    )
    receipt_prefix = models.CharField(
        _("receipt numbers begin with"), max_length=10, blank=True, help_text=_("For example: FDV-")
    )
    signatory = models.CharField(_("who signs"), max_length=200, blank=True)
    signatory_quality = WordingField(_("in which capacity"), blank=True)
    debit_receipts_wait = models.PositiveSmallIntegerField(
        _("receipts of direct debits wait, in days"),
        default=0,
        validators=[MaxValueValidator(400)],
        help_text=_(
            "A bank returns a direct debit without a reason for 56 days. 0: the receipt goes out when the money has "
            "arrived, and is made void if it goes back."
        ),
    )
    email = models.EmailField(_("e-mail of the donor service"), blank=True)
    provider = models.CharField(
        _("payment provider"), max_length=20, blank=True, help_text=_("Empty: gifts by cheque and transfer alone.")
    )
    account = models.CharField(
        _("account at the provider"), max_length=80, blank=True, help_text=_("As the settings of the server name it.")
    )
    iban = models.CharField(_("IBAN"), max_length=34, blank=True)
    bic = models.CharField(_("BIC"), max_length=11, blank=True)

    panels = [
        FieldPanel("name"),
        FieldPanel("quality"),
        FieldPanel("siren"),
        MultiFieldPanel(
            [FieldPanel("address"), FieldRowPanel([FieldPanel("iban"), FieldPanel("bic")])],
            _("How gifts arrive: by cheque, by transfer"),
        ),
        MultiFieldPanel(
            [
                FieldPanel("regime"),
                FieldPanel("rna"),
                FieldPanel("legal_quality"),
                FieldPanel("decree"),
                FieldPanel("purpose"),
                FieldPanel("articles"),
                FieldPanel("receipt_prefix"),
                FieldRowPanel([FieldPanel("signatory"), FieldPanel("signatory_quality")]),
                FieldPanel("debit_receipts_wait"),
                FieldPanel("email"),
            ],
            _("Receipts"),
        ),
        MultiFieldPanel([FieldPanel("provider"), FieldPanel("account")], _("Payments online"), classname="collapsed"),
    ]

    class Meta:
        verbose_name = _("issuer")
        verbose_name_plural = _("issuers")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def iban_in_groups(self) -> str:
        """The IBAN as it is printed, in groups of four."""
        return iban.format(self.iban, separator=" ")

    def clean(self) -> None:
        errors = {}
        for name, standard, message in (
            ("iban", iban, _("This is no valid IBAN: compare it with the bank's document, letter by letter.")),
            ("bic", bic, _("This is no valid BIC: it has 8 or 11 letters and digits.")),
            ("siren", siren, _("This is no valid SIREN: it has nine digits, the last of which checks the others.")),
        ):
            value = getattr(self, name)
            if value:
                try:
                    setattr(self, name, standard.validate(value))
                except NotANumber:
                    errors[name] = message
        before = Issuer.objects.filter(pk=self.pk).first() if self.pk else None
        if before and before.receipt_prefix != self.receipt_prefix and self.receipts.exists():
            errors["receipt_prefix"] = _("Receipts were issued under the old beginning: their numbers never change.")
        if errors:
            raise ValidationError(errors)


class Fund(Named):
    """What gifts are for. A fund belongs to one issuer and may name its cause, any page of the portal."""

    issuer = models.ForeignKey(Issuer, verbose_name=_("issuer"), on_delete=models.PROTECT, related_name="funds")
    description = WordingTextField(_("what it makes possible"), blank=True)
    cause = models.ForeignKey(
        "wagtailcore.Page",
        verbose_name=_("cause"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text=_("A page that tells more, for example a department."),
    )
    is_open = models.BooleanField(_("accepts gifts"), default=True)
    successor = models.ForeignKey(
        "self",
        verbose_name=_("successor"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="predecessors",
        help_text=_("The fund that takes over the monthly gifts of a closed one."),
    )

    def clean(self) -> None:
        """A fund with gifts stays its issuer's, and one with monthly gifts is closed with a successor alone."""
        super().clean()
        errors, before = {}, Fund.objects.filter(pk=self.pk).first() if self.pk else None
        if before and before.issuer_id != self.issuer_id and self.donations.exists():
            errors["issuer"] = _("Gifts were made to this fund of that issuer. Make a new fund for the other one.")
        if before and before.is_open and not self.is_open and self.pledges.exclude(state=PledgeState.ENDED).exists():
            errors["is_open"] = _("Monthly gifts go on. Close the fund from the list of funds, with a successor.")
        if errors:
            raise ValidationError(errors)

    panels = [
        FieldPanel("issuer"),
        FieldPanel("name"),
        FieldPanel("description"),
        FieldPanel("cause"),
        FieldPanel("is_open"),
    ]

    class Meta(Named.Meta):
        verbose_name = _("fund")
        verbose_name_plural = _("funds")
