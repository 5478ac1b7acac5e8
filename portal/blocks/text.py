"""Blocks of words. They share one vocabulary: heading, text, url, image, items."""

from django.utils.translation import gettext_lazy as _
from wagtail import blocks


class SectionBlock(blocks.StructBlock):
    """A heading of the page's second level and what stands under it."""

    heading = blocks.CharBlock(label=_("Heading"), max_length=120)
    text = blocks.RichTextBlock(label=_("Text"))

    class Meta:
        icon = "title"
        label = _("Section")
        description = _("A heading with text: the usual way to add something to a page.")
        template = "portal/blocks/section.html"
        heading_level = 2
        preview_value = {
            "heading": _("How a day of treatment goes"),
            "text": "<p>…</p>",
        }


class TopicBlock(blocks.StructBlock):
    """One item of a list that the page makes much of: a commitment, a principle, a research axis."""

    heading = blocks.CharBlock(label=_("Title"), max_length=120)
    text = blocks.TextBlock(label=_("In one or two sentences"), required=False, rows=2)

    class Meta:
        icon = "list-ul"
        label = _("Item")
        template = "portal/blocks/topic.html"


class QuoteBlock(blocks.StructBlock):
    """Somebody's words."""

    text = blocks.TextBlock(label=_("Quotation"), rows=3)
    attribution = blocks.CharBlock(label=_("Who said it"), required=False, max_length=120)

    class Meta:
        icon = "openquote"
        label = _("Quotation")
        template = "portal/blocks/quote.html"


class CalloutBlock(blocks.StructBlock):
    """Something that must not be missed."""

    kind = blocks.ChoiceBlock(
        label=_("Kind"),
        choices=[
            ("information", _("Good to know")),
            ("important", _("Important")),
            ("emergency", _("Emergency")),
        ],
        default="information",
    )
    heading = blocks.CharBlock(label=_("Heading"), required=False, max_length=120)
    text = blocks.RichTextBlock(label=_("Text"), features=["bold", "link", "ul", "contact-line"])

    class Meta:
        icon = "warning"
        label = _("Call-out")
        template = "portal/blocks/callout.html"
        heading_level = 2


class QuestionBlock(blocks.StructBlock):
    """A question with its answer, folded until the visitor opens it."""

    heading = blocks.CharBlock(label=_("Question"), max_length=160)
    text = blocks.RichTextBlock(label=_("Answer"))

    class Meta:
        icon = "help"
        label = _("Question and answer")
        template = "portal/blocks/question.html"
