"""The editor of texts with headings, lists and links."""

import json
from collections.abc import Mapping
from typing import Any

from wagtail.admin.rich_text import DraftailRichTextArea


class RichTextArea(DraftailRichTextArea):
    """Wagtail's, but a text without a word is stored as none.

    Until its script has looked at a field, Wagtail's form sends one empty paragraph for an empty text: a page that is
    saved by then would show headings with nothing below, and an empty introduction instead of its summary.
    """

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> str | None:
        if _says_nothing(data.get(name)):
            return ""
        return super().value_from_datadict(data, files, name)


def _says_nothing(state: str | None) -> bool:
    """Whether an editor's content state, as JSON, has neither words nor anything that stands between them."""
    content = json.loads(state) if state else None
    if not content:
        return False
    return not any(block["text"].strip() or block["type"] == "atomic" for block in content["blocks"])
