"""Bodies outside the portal's own pages: federations, universities, research bodies, hospital groups."""

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from stdnum.exceptions import ValidationError as StdnumError
from stdnum.fr import siren
from wagtail.admin.panels import FieldPanel, FieldRowPanel
from wagtail.search import index

from portal.models import Named

is_finess = RegexValidator(
    r"^[0-9][0-9AB][0-9]{7}$", _("A FINESS number has nine characters, for example 750100125 or 2A0000014.")
)


class Organisation(index.Indexed, Named):
    """A body that institutes belong to or that people hold a role in; its name is stored once per language."""

    class Kind(models.TextChoices):
        FEDERATION = "federation", _("Federation")
        UNIVERSITY = "university", _("University")
        RESEARCH_BODY = "research_body", _("Research body")
        HOSPITAL_GROUP = "hospital_group", _("Hospital group")
        EDUCATION = "education", _("Education")
        INSTITUTE = "institute", _("Institute")

    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    acronym = models.CharField(_("acronym"), max_length=30, blank=True)
    city = models.CharField(
        _("city"), max_length=100, blank=True, help_text=_("Tells apart bodies that share an acronym.")
    )
    url = models.URLField(_("web site"), blank=True)
    finess = models.CharField(
        _("FINESS of the legal entity"),
        max_length=9,
        blank=True,
        validators=[is_finess],
        help_text=_("Nine characters."),
    )
    siren = models.CharField(_("SIREN"), max_length=14, blank=True, help_text=_("Nine digits."))

    panels = [
        FieldPanel("name"),
        FieldPanel("kind"),
        FieldRowPanel([FieldPanel("acronym"), FieldPanel("city")]),
        FieldPanel("url"),
        FieldRowPanel([FieldPanel("finess"), FieldPanel("siren")]),
    ]
    search_fields = [index.SearchField("folded_name"), index.AutocompleteField("folded_name")]

    class Meta(Named.Meta):
        verbose_name = _("organisation")
        verbose_name_plural = _("organisations")

    def clean(self) -> None:
        super().clean()
        if self.siren:
            try:
                self.siren = siren.validate(self.siren)
            except StdnumError:
                raise ValidationError(
                    {"siren": _("This is no valid SIREN: it has nine digits, the last of which checks the others.")}
                ) from None
