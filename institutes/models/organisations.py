"""Bodies outside the portal's own pages: federations, universities, research bodies, hospital groups."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, FieldRowPanel
from wagtail.search import index

from portal.models import Named


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

    panels = [
        FieldPanel("name"),
        FieldPanel("kind"),
        FieldRowPanel([FieldPanel("acronym"), FieldPanel("city")]),
        FieldPanel("url"),
    ]
    search_fields = [index.SearchField("folded_name"), index.AutocompleteField("folded_name")]

    class Meta(Named.Meta):
        verbose_name = _("organisation")
        verbose_name_plural = _("organisations")
