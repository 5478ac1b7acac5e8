"""Blocks from which editors compose pages. Other apps import from here."""

from .body import BodyBlock
from .links import LinkBlock
from .media import FigureBlock, VideoBlock
from .text import CalloutBlock, QuestionBlock, QuoteBlock, SectionBlock, TopicBlock

__all__ = [
    "BodyBlock",
    "CalloutBlock",
    "FigureBlock",
    "LinkBlock",
    "QuestionBlock",
    "QuoteBlock",
    "SectionBlock",
    "TopicBlock",
    "VideoBlock",
]
