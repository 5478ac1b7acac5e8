"""Links: an internal one names a page, so that it follows when the page moves; an external one says where it goes."""

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.blocks.struct_block import StructBlockValidationError


class LinkBlock(blocks.StructBlock):
    """A call to action: a page of the portal or an address elsewhere."""

    heading = blocks.CharBlock(
        label=_("Words of the link"),
        required=False,
        max_length=120,
        help_text=_("Say where it leads. May stay empty for a page: then its title is used."),
    )
    page = blocks.PageChooserBlock(label=_("Page of the portal"), required=False)
    url = blocks.URLBlock(label=_("or address elsewhere"), required=False)

    class Meta:
        icon = "link"
        label = _("Link")
        template = "portal/blocks/link.html"

    def clean(self, value: Any) -> Any:
        value = super().clean(value)
        errors = {}
        if bool(value.get("page")) == bool(value.get("url")):
            errors["page"] = ValidationError(_("Choose either a page of the portal or an address elsewhere."))
        if value.get("url") and not value.get("heading"):
            errors["heading"] = ValidationError(
                _("A link to another site needs words: a visitor must know where it leads.")
            )
        if errors:
            raise StructBlockValidationError(block_errors=errors)
        return value
