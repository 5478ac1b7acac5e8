"""The free part of a page: everything that an editor may put between the fixed parts."""

from django.utils.translation import gettext_lazy as _
from wagtail import blocks

from .links import LinkBlock
from .media import FigureBlock, VideoBlock
from .text import CalloutBlock, QuestionBlock, QuoteBlock, SectionBlock


class BodyBlock(blocks.StreamBlock):
    """What most pages offer."""

    section = SectionBlock()
    figure = FigureBlock()
    callout = CalloutBlock()
    question = QuestionBlock()
    quote = QuoteBlock()
    video = VideoBlock()
    link = LinkBlock()

    class Meta:
        label = _("Content")
