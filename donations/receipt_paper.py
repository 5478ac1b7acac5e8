"""The paper of a receipt: a PDF that is PDF/UA-1 and PDF/A-3a at once, the same bytes for the same words.

Typst refuses to write a document that breaks either standard; a character without a glyph is such a breach. Names
come in every script: what the shipped fonts cannot draw is transcribed into Latin letters, visibly.
"""

import json
import re
import struct
import threading
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

import typst
from anyascii import anyascii

STANDARDS = ["ua-1", "a-3a"]
_FOLDER = Path(__file__).parent / "paper"
_TEMPLATE = _FOLDER / "receipt.typ"
_FONTS = _FOLDER / "fonts"
_UNKNOWN = "□"
_TRANSCRIBED = "⟨{}⟩"
_own = threading.local()


def print_receipt(document: dict[str, Any], issued_at: int) -> bytes:
    """The PDF of a receipt's words (see donations.regimes.base); `issued_at` in seconds since 1970.

    Raises typst.TypstError when no paper can be made.
    """
    return _compile(_map_texts(document, printable), issued_at)


def print_both(original: dict[str, Any], copy: dict[str, Any], issued_at: int) -> tuple[bytes, bytes]:
    """Two papers at once, where there is a second processor: typst lets other threads work while it does."""
    other = _beside().submit(print_receipt, copy, issued_at)
    return print_receipt(original, issued_at), other.result()


@cache
def _beside() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(1, "receipt-copy")


def _compile(document: dict[str, Any], issued_at: int) -> bytes:
    compiler = getattr(_own, "compiler", None)
    if compiler is None:  # one per thread: a compiler that is at work cannot be borrowed
        compiler = _own.compiler = typst.Compiler(str(_TEMPLATE), root=str(_FOLDER), font_paths=_fonts())
    return compiler.compile(
        format="pdf",
        pdf_standards=STANDARDS,
        timestamp=issued_at,
        sys_inputs={"receipt": json.dumps(document, ensure_ascii=False, sort_keys=True)},
    )


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(_FONTS)])


def _map_texts(value: Any, change: Any) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, list):
        return [_map_texts(one, change) for one in value]
    if isinstance(value, dict):
        return {key: _map_texts(one, change) for key, one in value.items()}
    return value


def printable(text: str) -> str:
    """`text` with what the fonts cannot draw in Latin letters between ⟨ ⟩, or as □ where there are none."""
    if _plain().issuperset(text):
        return text
    text = re.sub(
        r"[\s\x1c-\x1f]", lambda found: " " if found[0] < " " else found[0], unicodedata.normalize("NFC", text)
    )
    text = "".join(character for character in text if _is_visible(character))
    if all(ord(character) in _drawn() for character in text):
        return text
    result, run = [], []
    for character in [*text, ""]:
        if character and ord(character) not in _drawn():
            run.append(character)
            continue
        if run:
            latin = anyascii("".join(run)).strip()
            is_name = unicodedata.category(run[0])[0] == "L" and latin
            result.append(_TRANSCRIBED.format(latin) if is_name else _UNKNOWN * len(run))
            run = []
        result.append(character)
    return "".join(result)


def _is_visible(character: str) -> bool:
    # Control and format characters have no glyph; a joiner or a selector of variants changes nothing that we draw.
    return unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp") and not (
        0xFE00 <= ord(character) <= 0xFE0F
    )


@cache
def _plain() -> frozenset[str]:
    """The characters of most texts, which stay what they are in any company: nothing composes with them."""
    latin_and_punctuation = map(chr, [*range(0x20, 0x300), *range(0x2000, 0x2070)])
    return frozenset(
        character
        for character in latin_and_punctuation
        if ord(character) in _drawn() and _is_visible(character) and unicodedata.is_normalized("NFC", character)
    )


@cache
def _drawn() -> frozenset[int]:
    """The characters that the shipped fonts draw."""
    return frozenset().union(*(_character_map(path.read_bytes()) for path in sorted(_FONTS.glob("*.ttf"))))


def _character_map(font: bytes) -> set[int]:
    """The characters of a TrueType font, from its "cmap" (formats 4 and 12, as OpenType describes them)."""
    (number,) = struct.unpack_from(">H", font, 4)
    tables = {font[at : at + 4]: struct.unpack_from(">I", font, at + 8)[0] for at in range(12, 12 + 16 * number, 16)}
    base, found = tables[b"cmap"], set()
    (subtables,) = struct.unpack_from(">H", font, base + 2)
    for number in range(subtables):
        at = base + struct.unpack_from(">HHI", font, base + 4 + 8 * number)[2]
        (form,) = struct.unpack_from(">H", font, at)
        if form == 12:
            (groups,) = struct.unpack_from(">I", font, at + 12)
            for group in range(groups):
                first, last, glyph = struct.unpack_from(">III", font, at + 16 + 12 * group)
                found.update(range(first + (glyph == 0), last + 1))
        elif form == 4:
            found |= _segments(font, at)
    return found


def _segments(font: bytes, at: int) -> set[int]:
    found = set()
    count = struct.unpack_from(">H", font, at + 6)[0] // 2
    ends, starts = at + 14, at + 16 + 2 * count
    deltas, offsets = starts + 2 * count, starts + 4 * count
    for number in range(count):
        last, first, delta, offset = (
            struct.unpack_from(">H", font, place + 2 * number)[0] for place in (ends, starts, deltas, offsets)
        )
        for character in range(first, last + 1):
            glyph = character
            if offset:
                place = offsets + 2 * number + offset + 2 * (character - first)
                (glyph,) = struct.unpack_from(">H", font, place)
                if not glyph:
                    continue
            if (glyph + delta) % 65536 and character != 0xFFFF:
                found.add(character)
    return found
