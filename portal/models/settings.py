"""What staff set for the whole portal."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, MultiFieldPanel
from wagtail.blocks import PageChooserBlock
from wagtail.contrib.settings.models import BaseSiteSetting, register_setting

from portal.fields import StreamField, WordingField


@register_setting(icon="site")
class PortalSettings(BaseSiteSetting):
    """One row per site: its name, the links of its footer, whether search engines may list it."""

    name = WordingField(
        _("name of the portal"),
        blank=True,
        help_text=_("Shown in the header of every page, after page titles and in e-mails."),
    )
    open_to_search_engines = models.BooleanField(
        _("open to search engines"),
        default=False,
        help_text=_(
            "While this is off, every page asks search engines not to list it. Turn it on when the content is the "
            "hospital's own and checked."
        ),
    )
    footer_links = StreamField(
        [("page", PageChooserBlock())],
        verbose_name=_("links in the footer"),
        blank=True,
        help_text=_("Choose each page in one language; visitors get it in theirs."),
    )

    panels = [
        FieldPanel("name"),
        FieldPanel("footer_links"),
        MultiFieldPanel([FieldPanel("open_to_search_engines", permission="portal.open_portal")], _("Search engines")),
    ]

    class Meta:
        verbose_name = _("portal settings")
        permissions = [("open_portal", _("May open the portal to search engines"))]
