"""Telephone numbers in search words: any notation, any part."""

import re

_NUMBER_QUERY = re.compile(r"[\d\s().+/\-]+")
# Within other words only what cannot be a date, a floor or a room: two digits and more, at least six in all.
_NUMBER_AMONG_WORDS = re.compile(r"(?<![\w])\+?\(?\d[\d\s().+/\-]{5,}\d(?!\w)")
# "tel:+33…" as copied from a link, "Tél. 01 …" as copied from a letterhead.
_TELEPHONE = re.compile(r"^\s*(?:t[ée]l(?:[ée]phone)?|phone)\s*[.:][\s.:]*", re.IGNORECASE)
_EXTENSION = re.compile(r"(?:\b(?:poste|extension|ext)\.?|#)\s*(\d{2,6})(?!\w)", re.IGNORECASE)
_TRUNK_PREFIX = re.compile(r"^(?:00|0)")


def digits_of(query: str) -> str:
    """The digits to look for when `query` is (part of) a telephone number, else "".

    The notation does not matter: 0142160643, 01.42.16.06.43, +33 (0)1 42 16 06 43 and 1606 43 find the same line.
    At least three digits are asked for, since fewer match almost every number.
    """
    if not _NUMBER_QUERY.fullmatch(query):
        return ""
    digits = "".join(re.findall(r"[0-9]", query.replace("(0)", "")))
    return _TRUNK_PREFIX.sub("", digits) if len(digits) >= 3 else ""


def split_extension(query: str) -> tuple[str, str]:
    """The rest of `query` and the extension in it: "poste 1234", "ext. 1234" or "#1234"; "" without one."""
    found = _EXTENSION.search(query)
    return (query[: found.start()] + " " + query[found.end() :], found[1]) if found else (query, "")


def split_number(query: str) -> tuple[str, str]:
    """The words of `query` and the digits of the number among them: "urologie 01 42 17 71 50" holds both."""
    query = _TELEPHONE.sub("", query)
    digits = digits_of(query.strip())
    if digits:
        return "", digits
    among = _NUMBER_AMONG_WORDS.search(query)
    if among and len(re.findall(r"\d", among[0])) >= 6:
        return query[: among.start()] + " " + query[among.end() :], digits_of(among[0])
    return query, ""
