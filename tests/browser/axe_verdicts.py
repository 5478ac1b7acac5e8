"""What axe-core cannot decide by itself, and what a person decided after looking.

The key is the rule and the kind of page (a pattern as of fnmatch); the value says why it is all right there.
"""

from fnmatch import fnmatchcase

VERDICTS = {
    ("th-has-data-cells", "print sheet"): (
        "A department's name heads the rows below it (scope=rowgroup) and fills its own row; axe looks there alone."
    ),
    ("video-caption", "institute"): (
        "The demonstration's film is silent, so there is nothing to caption; what it shows is written below it."
    ),
    ("color-contrast", "text with a film"): (
        "The words of the button stand on its own opaque ground; the drawing that axe sees lies behind the button."
    ),
    ("color-contrast", "directory with suggestions"): (
        "The list is an opaque sheet above the form; axe measures its words against the fields that lie below it."
    ),
    ("color-contrast", "menu"): (
        "The open menu is an opaque sheet in the browser's top layer; axe measures its words against the page below."
    ),
}


def verdict(rule: str, kind: str) -> str | None:
    """Why an undecided result of `rule` on a page of this kind is all right; None when nobody has looked yet."""
    return next((why for (known, kinds), why in VERDICTS.items() if known == rule and fnmatchcase(kind, kinds)), None)
