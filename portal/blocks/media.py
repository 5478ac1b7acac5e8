"""Pictures and films."""

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.blocks.struct_block import StructBlockValidationError
from wagtail.documents.blocks import DocumentChooserBlock
from wagtail.images.blocks import ImageBlock

from portal.video import UnknownPlayer, embedded_player


class FigureBlock(blocks.StructBlock):
    """A picture with its caption. The description for those who cannot see it is asked for by the image itself."""

    image = ImageBlock(label=_("Picture"))
    caption = blocks.CharBlock(label=_("Caption"), required=False, max_length=250)

    class Meta:
        icon = "image"
        label = _("Picture")
        template = "portal/blocks/figure.html"


class VideoBlock(blocks.StructBlock):
    """A film. Nothing is loaded from elsewhere until the visitor asks for it.

    The film is a file of the portal, an address at a known player, or - where neither is at hand yet - its
    title alone, which then says where to see it.
    """

    heading = blocks.CharBlock(label=_("Heading"), max_length=120)
    title = blocks.CharBlock(label=_("Title of the film"), max_length=200)
    image = ImageBlock(label=_("Still picture"), required=False)
    file = DocumentChooserBlock(label=_("Film kept in the portal"), required=False)
    url = blocks.URLBlock(
        label=_("or its address at YouTube or Vimeo"),
        required=False,
        help_text=_("Shown by the player's cookie-free address, after the visitor has asked for it."),
    )
    captions = DocumentChooserBlock(
        label=_("Captions of the portal’s film"),
        required=False,
        help_text=_("A file of the kind WebVTT (.vtt), in the language of this page."),
    )
    transcript = blocks.RichTextBlock(
        label=_("What is said and shown"),
        required=False,
        help_text=_("For those who cannot hear or see the film. Required with a film or an address."),
    )

    class Meta:
        icon = "media"
        label = _("Film")
        template = "portal/blocks/video.html"
        heading_level = 2

    def clean(self, value: Any) -> Any:
        value = super().clean(value)
        errors = {}
        if value.get("file") and value.get("url"):
            errors["url"] = ValidationError(_("Choose either the portal's own file or an address, not both."))
        captions = value.get("captions")
        if captions and captions.file_extension.lower() != "vtt":
            errors["captions"] = ValidationError(_("Captions are a file of the kind WebVTT, whose name ends in .vtt."))
        elif captions and not value.get("file"):
            errors["captions"] = ValidationError(_("Captions need a film kept in the portal; a player brings its own."))
        if value.get("url"):
            try:
                embedded_player(value["url"])
            except UnknownPlayer as error:
                errors["url"] = ValidationError(str(error))
        if (value.get("file") or value.get("url")) and not value.get("transcript"):
            errors["transcript"] = ValidationError(
                _("Write down what is said and shown: some visitors cannot hear or see the film.")
            )
        if errors:
            raise StructBlockValidationError(block_errors=errors)
        return value

    def get_context(self, value: Any, parent_context: Any = None) -> dict[str, Any]:
        context = super().get_context(value, parent_context)
        context["player"] = embedded_player(value["url"]) if value.get("url") else None
        return context
