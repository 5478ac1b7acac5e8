"""The page that asks for gifts: its words, its funds, its suggested amounts, and how to give."""

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.forms import CheckboxSelectMultiple
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey, ParentalManyToManyField
from wagtail.admin.panels import FieldPanel, FieldRowPanel, InlinePanel
from wagtail.fields import RichTextField
from wagtail.images.blocks import ImageBlock
from wagtail.models import Orderable

from donations.fields import AmountField
from donations.models.donations import Frequency
from donations.money import EXPONENTS, display
from portal.blocks import BodyBlock
from portal.fields import StreamField, WordingField
from portal.models import BasePage
from portal.models.base import tabs
from portal.panels import SourcePanel


class DonationPage(BasePage):
    """Asks for gifts to one or several funds, and tells how to give by cheque or transfer."""

    parent_page_types = ["institutes.InstitutePage"]
    subpage_types: list[str] = []

    picture = StreamField(
        [("picture", ImageBlock(label=_("Picture")))], verbose_name=_("picture"), blank=True, max_num=1
    )
    introduction = RichTextField(_("introduction"), blank=True)
    body = StreamField(BodyBlock(), verbose_name=_("more"), blank=True)
    thanks = RichTextField(_("words of thanks"), blank=True, help_text=_("Shown and e-mailed when a gift has arrived."))
    # --- once for all languages
    funds = ParentalManyToManyField(
        "donations.Fund",
        verbose_name=_("funds"),
        blank=True,
        related_name="pages",
        help_text=_("What a donor may give to from this page."),
    )
    takes_monthly = models.BooleanField(_("offers monthly gifts"), default=True)
    minimum_minor = AmountField(_("smallest gift"), default=500, validators=[MinValueValidator(1)])
    goal_minor = AmountField(
        _("goal"), null=True, blank=True, help_text=_("Shown with what has come together so far. Empty: no goal.")
    )
    opens_at = models.DateTimeField(_("opens"), null=True, blank=True)
    closes_at = models.DateTimeField(_("closes"), null=True, blank=True)
    currency = models.CharField(
        _("currency"), max_length=3, choices=[(code, code) for code in EXPONENTS], default="EUR"
    )

    is_readable_untranslated = False
    source_only = [
        "funds",
        "currency",
        "presets",
        "takes_monthly",
        "minimum_minor",
        "goal_minor",
        "opens_at",
        "closes_at",
    ]
    searched_fields = ["introduction", "body"]
    edit_handler = tabs(
        [
            *BasePage.content_panels,
            FieldPanel("introduction"),
            FieldPanel("picture"),
            FieldPanel("body"),
            FieldPanel("thanks"),
        ],
        [
            SourcePanel([FieldPanel("funds", widget=CheckboxSelectMultiple)], _("Funds")),
            SourcePanel([InlinePanel("presets", label=_("Suggested amount"))], _("Suggested amounts")),
            SourcePanel(
                [
                    FieldPanel("takes_monthly"),
                    FieldPanel("minimum_minor"),
                    FieldPanel("goal_minor"),
                    FieldRowPanel([FieldPanel("opens_at"), FieldPanel("closes_at")]),
                ],
                _("Frequency, goal, dates"),
            ),
            SourcePanel([FieldPanel("currency")], _("For experts"), classname="collapsed"),
        ],
    )

    class Meta:
        verbose_name = _("donation page")
        verbose_name_plural = _("donation pages")

    def serve(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """A page with a form is kept by nobody: its token works once. The form goes to `donations.views.begin`."""
        response = super().serve(request, *args, **kwargs)
        if self.source.funds.filter(is_open=True).exists():
            response["Cache-Control"] = "no-store"
            response._csp_update = {"form-action": settings.PAYMENT_HOSTS}
        return response

    def query_string_in(self, page: Any, request: Any) -> str:
        """What a deep link presets is preset in the other language too."""
        asked = {name: request.GET[name] for name in ("amount", "fund", "frequency", "family") if name in request.GET}
        return f"?{urlencode(asked)}" if asked else ""

    def get_context(self, request: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context(request, *args, **kwargs)
        funds = self.source.funds.select_related("issuer", "cause").filter(is_open=True)
        return context | {
            "funds": funds,
            "issuers": list(dict.fromkeys(fund.issuer for fund in funds)),
            "presets": self.source.presets.all(),
        }

    def structured_data(self, request: Any) -> list[dict[str, Any]]:
        institute = self.get_parent()
        return [
            {
                "@type": "DonateAction",
                "name": self.title,
                "target": self.get_full_url(request),
                "recipient": {
                    "@type": "MedicalOrganization",
                    "name": institute.title,
                    "url": institute.get_full_url(request),
                },
            }
        ]


class DonationPreset(Orderable):
    """A suggested amount and what it makes possible."""

    page = ParentalKey(DonationPage, on_delete=models.CASCADE, related_name="presets")
    amount_minor = AmountField(_("amount"), validators=[MinValueValidator(1)])
    frequency = models.CharField(_("given"), max_length=10, choices=Frequency, default=Frequency.ONCE)
    meaning = WordingField(_("what it makes possible"), blank=True)

    panels = [FieldPanel("amount_minor"), FieldPanel("frequency"), FieldPanel("meaning")]

    class Meta(Orderable.Meta):
        verbose_name = _("suggested amount")
        verbose_name_plural = _("suggested amounts")

    def __str__(self) -> str:
        return display(self.amount_minor, self.page.currency, "en")
