"""vCard 4.0 (RFC 6350): numbers as an address book takes them. Pure: it only writes what it is given."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

from departments.phones import PhoneNumber

MEDIA_TYPE = "text/vcard; charset=utf-8"
_LONGEST_LINE = 75  # octets without the line break (RFC 6350, section 3.2)


@dataclass(frozen=True)
class Telephone:
    """One number of a card. `label` says what it is for; `kind` is a TYPE of RFC 6350: voice, fax or text."""

    phone: PhoneNumber
    label: str
    kind: str = "voice"


@dataclass(frozen=True)
class Address:
    """A postal address; `country` in the words or letters that a letter would bear."""

    street: str
    postal_code: str
    city: str
    country: str


@dataclass(frozen=True)
class Card:
    """What a card says. `organisation` goes from the whole to its part; `revised_at` is an aware moment."""

    uuid: UUID
    name: str
    organisation: tuple[str, ...]
    telephones: tuple[Telephone, ...]
    spoken: tuple[str, ...] = ()  # ISO 639 codes
    address: Address | None = None
    position: tuple[Decimal, Decimal] | None = None  # latitude and longitude in degrees (WGS 84)
    note: str = ""
    url: str = ""
    source: str = ""
    revised_at: datetime | None = None

    def write(self) -> str:
        """The card as text, its lines folded and ended as the standard wants."""
        lines = [
            "BEGIN:VCARD",
            "VERSION:4.0",
            "KIND:org",
            f"UID:urn:uuid:{self.uuid}",
            f"FN:{escaped(self.name)}",
        ]
        if self.organisation:
            lines.append("ORG:" + ";".join(escaped(part) for part in self.organisation))
        for place, telephone in enumerate(self.telephones, start=1):
            lines += _telephone(telephone, f"line{place}", is_preferred=place == 1)
        lines += [f"LANG:{code}" for code in self.spoken]
        if self.address:
            parts = (
                "",
                "",
                self.address.street,
                self.address.city,
                "",
                self.address.postal_code,
                self.address.country,
            )
            lines.append("ADR:" + ";".join(escaped(part) for part in parts))
        if self.position:
            lines.append(f"GEO:geo:{self.position[0]},{self.position[1]}")
        if self.note:
            lines.append(f"NOTE:{escaped(self.note)}")
        if self.url:
            lines.append(f"URL:{self.url}")
        if self.source:
            lines.append(f"SOURCE:{self.source}")
        if self.revised_at:
            lines.append(f"REV:{self.revised_at.astimezone(UTC):%Y%m%dT%H%M%SZ}")
        lines.append("END:VCARD")
        return "".join(f"{folded(line)}\r\n" for line in lines)


def escaped(text: str) -> str:
    """`text` as a value: commas, semicolons, backslashes and line breaks lose their meaning, controls go."""
    text = re.sub(r"\r\n?|[\x85\u2028\u2029]", "\n", text)
    text = re.sub(r"[\x00-\x09\x0b-\x1f\x7f]", " ", text)
    return re.sub(r"[\\,;]", r"\\\g<0>", text).replace("\n", r"\n")


def folded(line: str) -> str:
    """`line` in pieces of at most 75 octets, each after the first behind a space; no character is cut."""
    pieces, piece, room = [], "", _LONGEST_LINE
    for character in line:
        size = len(character.encode())
        if size > room:
            pieces.append(piece)
            piece, room = "", _LONGEST_LINE - 1
        piece += character
        room -= size
    return "\r\n ".join([*pieces, piece])


def _telephone(telephone: Telephone, group: str, *, is_preferred: bool) -> Iterable[str]:
    """The number with its label, which address books read from the extension that Apple's began.

    Numbers without an E.164 form (15, 0 800 …) are no global `tel:` URI: they are written as text, as dialled.
    """
    phone = telephone.phone
    preferred = ";PREF=1" if is_preferred else ""
    if phone.number.startswith("+"):
        extension = f";ext={phone.extension}" if phone.extension else ""
        yield f'{group}.TEL;VALUE=uri;TYPE="{telephone.kind},work"{preferred}:tel:{phone.number}{extension}'
    else:
        yield f'{group}.TEL;VALUE=text;TYPE="{telephone.kind},work"{preferred}:{phone.number}'
    if telephone.label:
        yield f"{group}.X-ABLABEL:{escaped(telephone.label)}"
