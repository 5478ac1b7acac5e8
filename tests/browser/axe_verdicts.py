"""What axe-core cannot decide by itself, and what a person decided after looking.

The key is the rule and the kind of page (a pattern as of fnmatch); the value says why it is all right there.
"""

from fnmatch import fnmatchcase

VERDICTS = {
    ("video-caption", "institute"): (
        "The demonstration's film is silent, so there is nothing to caption; what it shows is written below it."
    ),
}


def verdict(rule: str, kind: str) -> str | None:
    """Why an undecided result of `rule` on a page of this kind is all right; None when nobody has looked yet."""
    return next((why for (known, kinds), why in VERDICTS.items() if known == rule and fnmatchcase(kind, kinds)), None)
