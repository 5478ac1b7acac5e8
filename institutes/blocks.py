"""Blocks that only an institute's page uses."""

from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.images.blocks import ImageBlock


class FriseBlock(blocks.StreamBlock):
    """The frise: one wide band of several pictures, in the editor's order, each cropped round its focal point."""

    picture = ImageBlock(label=_("Picture"))

    class Meta:
        label = _("Frise")
        max_num = 9
