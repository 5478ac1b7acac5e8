"""The editor of texts: what nobody wrote is not stored."""

import json

import pytest
from django.core.exceptions import ValidationError
from wagtail.admin.rich_text import get_rich_text_editor_widget
from wagtail.blocks import RichTextBlock

from portal.rich_text import RichTextArea


def stored(*texts: str, kind: str = "unstyled") -> str:
    """What is stored of paragraphs that a browser sends."""
    blocks = [
        {"key": f"k{number}", "text": text, "type": kind, "depth": 0, "inlineStyleRanges": [], "entityRanges": []}
        for number, text in enumerate(texts)
    ]
    state = json.dumps({"blocks": blocks, "entityMap": {}})
    return get_rich_text_editor_widget().value_from_datadict({"text": state}, {}, "text")


def test_a_text_without_a_word_is_none():
    widget = get_rich_text_editor_widget()
    assert isinstance(widget, RichTextArea)
    untouched = widget.format_value("")  # as the form sends it before any script has run
    assert "blocks" in untouched
    assert widget.value_from_datadict({"text": untouched}, {}, "text") == ""
    assert stored("", "  ", "\u00a0") == stored("", kind="header-three") == ""
    assert not widget.value_from_datadict({"text": "null"}, {}, "text")
    assert widget.value_from_datadict({}, {}, "text") is None


def test_words_are_stored_with_the_empty_lines_between_them():
    html = stored("Un", "", "Deux")
    assert html.count("<p") == 3 and "Un" in html and "Deux" in html


def test_a_block_that_asks_for_a_text_is_not_content_with_an_empty_one():
    block = RichTextBlock()
    untouched = block.value_from_datadict({"text": get_rich_text_editor_widget().format_value("")}, {}, "text")
    with pytest.raises(ValidationError):
        block.clean(untouched)
