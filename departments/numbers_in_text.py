"""Telephone numbers that somebody typed into a text: where they stand, and what a reference would take the place of.

Pure: texts in, places out. `departments/numbers_on_pages.py` says which texts there are.
"""

import re
import unicodedata
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from html import unescape
from urllib.parse import unquote

from django.utils.translation import gettext_lazy as _
from phonenumbers import Leniency, PhoneNumberMatcher

from departments.phones import PhoneNumber, PhoneNumberError, parse
from departments.uses import embed


class Obstacle(StrEnum):
    """Why a reference cannot take a number's place by itself."""

    PLAIN = "plain"
    IN_LINK = "in_link"
    LINK_DIFFERS = "link_differs"
    FORMATTED = "formatted"
    HALF = "half"


OBSTACLES = {
    Obstacle.PLAIN: _("This field holds plain words and takes no reference: take the number out by hand."),
    Obstacle.IN_LINK: _("The number stands inside a link that leads elsewhere: take the link off first."),
    Obstacle.LINK_DIFFERS: _("The link dials another number than it shows. Find out which is right, then correct it."),
    Obstacle.FORMATTED: _("Part of the number is formatted: take its bold or italics off first."),
    Obstacle.HALF: _("The end of another number follows: write both in full first."),
}


_AROUND = 60  # characters shown before and after a number


@dataclass(frozen=True)
class Link:
    """Where a link that dials stands in the stored text: its opening tag and its closing tag."""

    opens: tuple[int, int]
    closes: tuple[int, int]


@dataclass(frozen=True)
class Written:
    """A number as it stands in a stored text, from `start` to `end`; both are the same where only a link dials it."""

    phone: PhoneNumber
    start: int
    end: int
    before: str
    written: str
    after: str
    obstacle: Obstacle | None = None
    link: Link | None = None


def in_plain_text(text: str) -> list[Written]:
    """The numbers in words without markup."""
    return [
        _written(text, start, end, phone, (start, end), Obstacle.PLAIN)
        for start, end, phone, _is_half in _candidates(_plain(text))
    ]


def in_rich_text(html: str) -> list[Written]:
    """The numbers in rich text as Wagtail stores it, those that only a link dials included."""
    if not _DIGITS.search(html):
        return []
    words = _Words(html)
    found = []
    dialled: set[int] = set()
    for start, end, phone, is_half in _candidates(words.text):
        link = next((link for link in words.links if link.first <= start and end <= link.last), None)
        crosses = any(start < cut < end for cut in words.cuts)
        obstacle = Obstacle.HALF if is_half else Obstacle.FORMATTED if crosses else None
        if link and link.phone is None:
            obstacle = Obstacle.IN_LINK
        elif link:
            dialled.add(id(link))
            if link.phone.number != phone.number:
                obstacle = Obstacle.LINK_DIFFERS
        raw = (words.places[start][0], words.places[end - 1][1])
        found.append(_written(words.text, start, end, phone, raw, obstacle, link.tags if link else None))
    for link in words.links:
        if link.phone and id(link) not in dialled and not link.phone.is_emergency:
            place = link.tags.closes[0]
            found.append(_written(words.text, link.last, link.last, link.phone, (place, place), None, link.tags))
    return sorted(found, key=lambda one: one.start)


def with_reference(html: str, number: Written, line: uuid.UUID) -> str:
    """Rich text with a reference to `line` in the place of `number`; everything else stays byte by byte.

    A link that dialled the number goes, its other words stay: the reference dials by itself.
    """
    if number.obstacle:
        raise ValueError(OBSTACLES[number.obstacle])
    gap = " " if number.start == number.end else ""
    if not number.link:
        return html[: number.start] + embed(line) + html[number.end :]
    opens, closes = number.link.opens, number.link.closes
    inside = html[opens[1] : number.start] + gap + embed(line) + html[number.end : closes[0]]
    return html[: opens[0]] + inside + html[closes[1] :]


def _written(
    text: str,
    start: int,
    end: int,
    phone: PhoneNumber,
    raw: tuple[int, int],
    obstacle: Obstacle | None,
    link: Link | None = None,
) -> Written:
    before, after = text[max(0, start - _AROUND) : start], text[end : end + _AROUND]
    return Written(
        phone,
        raw[0],
        raw[1],
        ("…" if start > _AROUND else "") + before.replace("\n", " "),
        text[start:end] or f"[{phone}]",
        after.replace("\n", " ") + ("…" if len(text) > end + _AROUND else ""),
        obstacle,
        link,
    )


# --- Words of rich text ---------------------------------------------------------------------------

# Possessive: what no ">" follows is read once, however long it is.
_TOKEN = re.compile(
    r"<(/?)([a-zA-Z][a-zA-Z0-9]*+)([^<>]*+)>|&(?:#[0-9]+|#[xX][0-9a-fA-F]+|[a-zA-Z]+[0-9]*);|[^<&]+|[<&]"
)
_HREF = re.compile(r'\bhref="([^"]*)"')
_INLINE = frozenset({"a", "b", "strong", "i", "em", "span", "sup", "sub", "code", "s", "u", "mark", "small"})


@dataclass
class _LinkInText:
    """A link, the number that it dials, and its words: from `first` to `last`."""

    tags: Link
    phone: PhoneNumber | None
    first: int
    last: int


class _Words:
    """The words of a rich text as read, one character for each place in what is stored.

    `places` says for each character from where to where it stands in the stored text, `cuts` before which
    characters inline markup stands.
    """

    def __init__(self, html: str) -> None:
        self.places: list[tuple[int, int]] = []
        self.cuts: set[int] = set()
        self.links: list[_LinkInText] = []
        characters: list[str] = []
        opened: tuple[tuple[int, int], PhoneNumber | None, int] | None = None
        for token in _TOKEN.finditer(html):
            start, end = token.span()
            name = (token[2] or "").lower()
            if token[0].startswith("<") and name in _INLINE:
                self.cuts.add(len(characters))
                if name == "a" and not token[1]:
                    opened = ((start, end), _dialled(token[3]), len(characters))
                elif name == "a" and opened:
                    tag, phone, first = opened
                    self.links.append(_LinkInText(Link(tag, (start, end)), phone, first, len(characters)))
                    opened = None
            elif token[0].startswith("<") and len(token[0]) > 1:
                characters.append("\n" if name != "embed" else "\ufffc")
                self.places.append((start, end))
            elif token[0].startswith("&") and len(token[0]) > 1:
                for character in unescape(token[0]):
                    characters.append(character)
                    self.places.append((start, end))
            else:
                characters += token[0]
                self.places += [(place, place + 1) for place in range(start, end)]
        self.text = _plain("".join(characters))


def _dialled(attributes: str) -> PhoneNumber | None:
    """The number that a link dials; None for every other link."""
    href = _HREF.search(attributes)
    address = unescape(href[1]) if href else ""
    return _read(unquote(address[4:]).replace(";ext=", " ext. ")) if address.lower().startswith("tel:") else None


# --- Numbers among words --------------------------------------------------------------------------

_FRENCH = re.compile(
    r"(?<![0-9+])(?:(?:\+|00)33[ .-]?(?:\(0\)[ .-]?|0)?|\(0\)[ ]?|0)[ .]?[1-9](?:[ ./-]?[0-9]{2}){4}(?![0-9])"
)
_DIGITS = re.compile("[0-9]")
_MANY_DIGITS = re.compile(r"[0-9](?:[^0-9a-zA-Z\n]{0,4}[0-9]){5}")
_EXTENSION = re.compile(
    r"\s{0,2}[,(]?\s?(?:poste|p\.|extension|ext\b\.?|int\.|#)\s?:?\s?([0-9]{1,6})(?![0-9])\)?", re.IGNORECASE
)
_OTHER_END = re.compile(
    r"\s?(?:/|,|&|-|ou|or|et|and|à)\s?[0-9]{1,4}(?![0-9 .]*[0-9]|\s?(?:h|j|€|%|/)|\w)", re.IGNORECASE
)
_DATE = re.compile(r"[0-9]{1,2}([ ./-])[0-9]{1,2}\1(?:19|20)[0-9]{2}(?![0-9])")
_NO_TELEPHONE = re.compile(
    r"(?:ISBN|ISSN|SIRET|SIREN|FINESS|IBAN|BIC|RPPS|ADELI|PMID|NCT|DOI|RCS|TVA)\W{0,3}(?:n[°o]\W?)?[0-9 .-]*$",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"://|www\.|@|10\.[0-9]{4,}/")
_SHORT = re.compile(r"(?<![\w.,/+-])(?<![0-9] )(?:3[0-9]{3}|3[0-9] [0-9]{2}|116 ?[0-9]{3})(?![\w]|[ .,][0-9])")
_CALLING = re.compile(
    r"(?:appel|compos|t[ée]l[ée]?|num[ée]ro|joign|call|dial|phone|number|ring)\w*\W{1,3}(?:\w+\W{1,2}){0,2}$",
    re.IGNORECASE,
)


def _candidates(text: str) -> Iterator[tuple[int, int, PhoneNumber, bool]]:
    """Each number in `text` (as `_plain` gives it): from, to, which, and whether the end of another one follows."""
    if not _DIGITS.search(text):
        return
    taken: list[tuple[int, int]] = []
    found = []
    places = [match.span() for match in _FRENCH.finditer(text)]
    places += [
        (match.start + len(match.raw_string) - len(match.raw_string.lstrip("(")), match.end)
        if match.raw_string.count("(") > match.raw_string.count(")")
        else (match.start, match.end)
        for match in (PhoneNumberMatcher(text, "FR", Leniency.POSSIBLE) if _MANY_DIGITS.search(text) else ())
    ]
    for start, end in places:
        if any(start < last and first < end for first, last in taken) or _is_something_else(text, start, end):
            continue
        if extension := _EXTENSION.match(text, end):
            number = _read(f"{text[start:end]} ext. {extension[1]}")
            stop = extension.end()
        else:
            number, stop = _read(text[start:end]), end
        if number is None or number.is_short:
            continue
        taken.append((start, stop))
        found.append((start, stop, number, bool(_OTHER_END.match(text, stop))))
    for match in _SHORT.finditer(text):
        number = _read(match[0])
        if number and number.is_short and not number.is_emergency and _CALLING.search(text[: match.start()][-40:]):
            found.append((*match.span(), number, False))
    yield from sorted(found, key=lambda one: one[0])


def _is_something_else(text: str, start: int, end: int) -> bool:
    """A date, a number of a register, part of an address."""
    before = text[max(0, start - 60) : start]
    word = re.search(r"\S*$", before)[0]
    return bool(_DATE.match(text[start:end]) or _NO_TELEPHONE.search(before) or _ADDRESS.search(word))


def _read(text: str) -> PhoneNumber | None:
    try:
        return parse(text)
    except PhoneNumberError:
        return None


def _plain(text: str) -> str:
    """`text` with plain digits, spaces and hyphens, character by character: every place stays where it was."""
    if text.isascii():
        return text
    return "".join(map(_plain_character, text))


def _plain_character(character: str) -> str:
    if character.isascii():
        return character
    category = unicodedata.category(character)
    if category == "Nd":
        return str(unicodedata.decimal(character))
    if category == "Pd" or character == "\N{MINUS SIGN}":
        return "-"
    if category.startswith("Z") or category == "Cf":
        return " "
    return character
