"""A telephone number as a value: read in every form that people write, kept in one, shown and dialled.

What is kept, one form per number:

* `+33142160643` (E.164) for whatever can be dialled from abroad;
* `0800123456` for French service numbers (08 …): the ten national digits, not reachable from abroad;
* `15`, `3115`, `116117` for French short numbers.

The French plan gives a ten-digit national number one meaning everywhere in France, so `0590 29 00 00` is
`+590590290000`. A country code that contradicts the plan (`+33 590 29 00 00`) is refused and the right
number offered.
"""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

import phonenumbers
from django.utils.translation import gettext_lazy as _
from phonenumbers import NumberParseException, PhoneNumberFormat, PhoneNumberType, ValidationResult
from phonenumbers.shortnumberinfo import (
    ShortNumberCost,
    expected_cost_for_region,
    is_valid_short_number_for_region,
)

NO_BREAK_SPACE = "\u00a0"
EMERGENCY_NUMBERS = frozenset({"15", "17", "18", "112", "114"})
LONGEST_TEXT = 150  # characters; two numbers with extensions fit well

# The order matters: the library knows the 09 numbers of French Guiana only roughly, so it is asked last.
_OVERSEAS_CODES = ("590", "596", "262", "508", "594")
_TRUNK_ZERO_CODES = ("33", "590", "596", "262", "594")  # at home begun with 0; Saint-Pierre (+508) is not
_FRENCH_REGIONS = frozenset({"FR", "GP", "BL", "MF", "MQ", "GF", "RE", "YT", "PM"})
_FICTIONAL_MOBILE = "063998"  # set aside by the French plan for films and examples; unknown to the library


class Kind(StrEnum):
    """What sort of line a number is, as far as the number itself tells."""

    EMERGENCY = "emergency"
    SHORT = "short"
    FREEPHONE = "freephone"
    ORDINARY_RATE = "ordinary_rate"
    SHARED_COST = "shared_cost"
    PREMIUM_RATE = "premium_rate"
    MOBILE = "mobile"
    LANDLINE = "landline"
    OTHER = "other"


_KINDS = {
    PhoneNumberType.FIXED_LINE: Kind.LANDLINE,
    PhoneNumberType.VOIP: Kind.LANDLINE,
    PhoneNumberType.MOBILE: Kind.MOBILE,
    PhoneNumberType.TOLL_FREE: Kind.FREEPHONE,
    PhoneNumberType.UAN: Kind.ORDINARY_RATE,
    PhoneNumberType.SHARED_COST: Kind.SHARED_COST,
    PhoneNumberType.PREMIUM_RATE: Kind.PREMIUM_RATE,
}
_COST_NOTES = {
    Kind.FREEPHONE: _("free call"),
    Kind.ORDINARY_RATE: _("price of an ordinary call"),
    Kind.SHARED_COST: _("shared-cost call"),
    Kind.PREMIUM_RATE: _("premium-rate call"),
}


class Reason(StrEnum):
    """Why a text is not one telephone number."""

    EMPTY = "empty"
    EMAIL = "email"
    INSTRUCTIONS = "instructions"
    EXTENSION = "extension"
    LETTERS = "letters"
    SYMBOLS = "symbols"
    SEVERAL = "several"
    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    INVALID = "invalid"


_MESSAGES = {
    Reason.EMPTY: _("There is no number here. Write one, for example 01 99 00 12 34, +33 1 99 00 12 34 or 15."),
    Reason.EMAIL: _("This is an e-mail address. Write a telephone number, for example 01 99 00 12 34."),
    Reason.INSTRUCTIONS: _(
        "This contains instructions for the caller. Write the number alone, for example 01 99 00 12 34, "
        "and put the instructions in their own field."
    ),
    Reason.EXTENSION: _(
        "This extension has no full number before it. Write both, for example 01 99 00 12 34 ext. 1234."
    ),
    Reason.LETTERS: _(
        "This contains words or letters. Write the number alone, with an extension if need be, "
        "for example 01 99 00 12 34 or 01 99 00 12 34 ext. 1234."
    ),
    Reason.SYMBOLS: _(
        "This contains a character that does not belong in a telephone number. Write digits, spaces, dots "
        "or hyphens, with + before a country code, for example 01 99 00 12 34 or +33 1 99 00 12 34."
    ),
    Reason.SEVERAL: _("There are several numbers here. Write each on its own line, in full."),
    Reason.TOO_SHORT: _(
        "This number has too few digits. A French number has ten, as in 01 99 00 12 34; "
        "only existing short numbers such as 15, 112 or 3115 have fewer."
    ),
    Reason.TOO_LONG: _(
        "This number is too long. A French number has ten digits, as in 01 99 00 12 34; "
        "a foreign one begins with + and its country code."
    ),
    Reason.INVALID: _(
        "No such number can exist. Check its digits; a foreign number begins with + and its country code, "
        "such as +32 or +44."
    ),
}


class PhoneNumberError(ValueError):
    """A text that is not one telephone number.

    `reason` is a code, `message` (translated when shown) says what is wrong and what is accepted, and each
    of `proposals` is a text that would be read as a number: guesses for a person to choose from.
    """

    def __init__(self, reason: Reason, proposals: tuple[str, ...] = ()) -> None:
        super().__init__(reason, proposals)
        self.reason = reason
        self.message = _MESSAGES[reason]
        self.proposals = proposals

    def __str__(self) -> str:
        return str(self.message)


@dataclass(frozen=True, order=True)
class PhoneNumber:
    """One number in its kept form, and the extension to ask for behind it ("" for none).

    Raises ValueError when given anything but digits, with a plus in front or not.
    """

    number: str
    extension: str = ""

    def __post_init__(self) -> None:
        if not re.fullmatch(r"\+?[0-9]{2,15}#[0-9]{0,8}", f"{self.number}#{self.extension}"):
            raise ValueError("not a telephone number in its kept form")

    def __str__(self) -> str:
        """The kept form with its extension; `parse` reads it back."""
        return f"{self.number} #{self.extension}" if self.extension else self.number

    @property
    def is_short(self) -> bool:
        return not self.number.startswith(("+", "0"))

    @property
    def is_service(self) -> bool:
        """A French 08 number."""
        return self.number.startswith("0")

    @property
    def is_emergency(self) -> bool:
        return self.number in EMERGENCY_NUMBERS

    @property
    def kind(self) -> Kind:
        if self.is_emergency:
            return Kind.EMERGENCY
        if self.is_short:
            return Kind.SHORT
        if self._has_trunk_zero and self._parsed.national_number // 10**8 in (6, 7):
            return Kind.MOBILE
        return _KINDS.get(phonenumbers.number_type(self._parsed), Kind.OTHER)

    @property
    def cost_note(self) -> str:
        """What a call to a French service number costs, in a few translated words; "" if unknown.

        Of the short numbers only those known to be free get a note: the others do not tell their price.
        """
        if self.is_service:
            return _COST_NOTES.get(self.kind, "")
        if self.is_short and not self.is_emergency:
            cost = expected_cost_for_region(_library_number("+33" + self.number), "FR")
            return _COST_NOTES[Kind.FREEPHONE] if cost == ShortNumberCost.TOLL_FREE else ""
        return ""

    @property
    def reachable_from_abroad(self) -> bool:
        return self.number.startswith("+") and phonenumbers.can_be_internationally_dialled(self._parsed)

    @property
    def href(self) -> str:
        """The address of a link that dials: the number alone, as an extension breaks mobile dialling."""
        return f"tel:{self.number}"

    def display(self, language: str) -> str:
        """The number as readers of `language` ("fr", "en-gb") write it, never breaking across lines.

        Short numbers from 32 00 to 39 99 and those of six digits are grouped, the others (15, 3115) written
        solid, as their owners write them.
        """
        if self.is_short:
            if len(self.number) == 6:
                return f"{self.number[:3]}{NO_BREAK_SPACE}{self.number[3:]}"
            if re.fullmatch("3[2-9][0-9]{2}", self.number):
                return f"{self.number[:2]}{NO_BREAK_SPACE}{self.number[2:]}"
            return self.number
        reads_french = language.lower().replace("_", "-").split("-")[0] == "fr"
        if self.is_service or (self._has_trunk_zero and reads_french):
            return _without_breaks(phonenumbers.format_number(self._parsed, PhoneNumberFormat.NATIONAL))
        shown = _without_breaks(phonenumbers.format_number(self._parsed, PhoneNumberFormat.INTERNATIONAL))
        return shown.replace(NO_BREAK_SPACE, f"{NO_BREAK_SPACE}(0)", 1) if self._has_trunk_zero else shown

    @property
    def digits(self) -> str:
        """The digits to dial within the number's own country, without separators."""
        if not self.number.startswith("+"):
            return self.number
        if re.fullmatch(r"\+508[0-9]{6}", self.number):
            return "0" + self.number[1:]
        return re.sub(r"\D", "", phonenumbers.format_number(self._parsed, PhoneNumberFormat.NATIONAL))

    def search_forms(self) -> frozenset[str]:
        """The digit strings that a person who looks for this number may type, whole or in part."""
        if self.is_short:
            return frozenset({self.number})
        code = str(self._parsed.country_code)
        subscriber = phonenumbers.national_significant_number(self._parsed)
        international = {code + subscriber, code + self.digits}
        return frozenset({self.digits} | international | {"00" + form for form in international})

    @property
    def _parsed(self) -> phonenumbers.PhoneNumber:
        return _library_number("+33" + self.number[1:] if self.is_service else self.number)

    @property
    def _has_trunk_zero(self) -> bool:
        """Whether this is a number of the French plan that callers at home begin with 0."""
        return self.number.startswith("+") and str(self._parsed.country_code) in _TRUNK_ZERO_CODES


def parse(text: str, region: str = "FR") -> PhoneNumber:
    """The one number that `text` holds; numbers without a country code are those of `region`.

    Raises PhoneNumberError for every other text. Short and service numbers are known for France alone.
    """
    if len(text) > LONGEST_TEXT:
        raise PhoneNumberError(Reason.TOO_LONG)
    text = _clean(text)
    if re.search(r"\S@\S", text):
        raise PhoneNumberError(Reason.EMAIL)
    if _INSTRUCTIONS.search(text):
        raise PhoneNumberError(Reason.INSTRUCTIONS, _numbers_among_words(text, region))
    if len(numbers := _joined_numbers(text, _JOINTS, region)) > 1:
        raise PhoneNumberError(Reason.SEVERAL, numbers)
    try:
        return _read(text, region)
    except PhoneNumberError as error:
        if error.reason in (Reason.LETTERS, Reason.SYMBOLS):
            raise PhoneNumberError(error.reason, _numbers_among_words(text, region)) from None
        # Hyphens and spaces mostly stand within a number; only where that fails may they stand between two.
        numbers = _joined_numbers(text, _HYPHENS, region)
        if len(numbers) < 2 and re.fullmatch(r"(?:0[1-9]\d{8}){2,}", digits := re.sub(r"\D", "", text)):
            numbers = _joined_numbers(" / ".join(re.findall(r"\d{10}", digits)), _JOINTS, region)
        if len(numbers) > 1:
            raise PhoneNumberError(Reason.SEVERAL, numbers) from None
        raise


# "poste 1234", "(p. 1234)", ", ext: 1234", "x1234", "#1234", ";ext=1234"; no letter may precede the word.
_EXTENSION_WORD = r"(?:(?<![^\W\d_])(?:postes?|p|extension|extn|ext|interne|int|x)|\#)[\s.:=]*\d"
_EXTENSION = re.compile(rf"[\s,;(]*(?={_EXTENSION_WORD})[^\d]+(\d{{1,8}})[\s)]*$", re.IGNORECASE)
_JOINTS = re.compile(
    r"[/,;|&]|\s-\s|(?<![^\W\d_])(?:ou|or|et|and)(?![^\W\d_])|(?<=\d)\s*(?=\(?\+)",
    re.IGNORECASE,
)
_HYPHENS = re.compile("-")
_INSTRUCTIONS = re.compile(
    r"(?<![^\W\d_])(?:press|dial|push|select|choose|option|then|"
    r"puis|tape[rz]|appuye[rz]|compose[rz]|faites|touche|choix)(?![^\W\d_])",
    re.IGNORECASE,
)
_NUMBER_LIKE = re.compile(r"\(?\+?\(?\d[\d ().,/-]*\d")


def _clean(text: str) -> str:
    """Plain digits, spaces and hyphens for their many Unicode variants; no invisible marks, no "Tél. :"."""
    plain = []
    for character in unicodedata.normalize("NFKC", text):
        category = unicodedata.category(character)
        if category == "Nd":
            plain.append(str(unicodedata.decimal(character)))
        elif category == "Pd" or character == "\N{MINUS SIGN}":
            plain.append("-")
        elif category.startswith("Z") or category == "Cc":
            plain.append(" ")
        elif category != "Cf":
            plain.append(character)
    return re.sub(r"^t[eé]l[\s.:]+", "", "".join(plain).strip(), flags=re.IGNORECASE)


def _read(text: str, region: str) -> PhoneNumber:
    """The number that a cleaned text is as a whole."""
    extension = ""
    if found := _EXTENSION.search(text):
        text, extension = text[: found.start()], found[1]
    if not any(character.isalnum() for character in text):
        raise PhoneNumberError(Reason.EXTENSION if extension else Reason.EMPTY)
    if any(character.isalpha() for character in text):
        raise PhoneNumberError(Reason.LETTERS)
    if not re.fullmatch(r"[\s(]*\+?[0-9\s().,;:/·_-]*", text):
        raise PhoneNumberError(Reason.SYMBOLS)
    digits = re.sub(r"\D", "", text)
    if "+" in text:
        number = _international(digits)
    elif region not in _FRENCH_REGIONS:
        number = _elsewhere(digits, region)
    elif re.fullmatch(r"\d{2,6}(?:[ .-]\d{2,3})*", text.strip()) and _is_short(digits):
        if extension:
            raise PhoneNumberError(Reason.EXTENSION, (digits,))
        number = digits
    elif digits.startswith("00"):
        number = _international(digits[2:])
    elif digits.startswith("0"):
        number = _french(digits)
    else:
        # A spreadsheet that took the number for a quantity ate its 0 or its +.
        guesses = ["0" + digits, "+" + digits] if digits.startswith("33") else ["0" + digits]
        proposals = tuple(_plain(_read(guess, region)) for guess in guesses if _is_number(guess, region))
        raise PhoneNumberError(Reason.TOO_SHORT if len(digits) < 10 else Reason.TOO_LONG, proposals)
    return PhoneNumber(number, extension)


def _is_short(digits: str) -> bool:
    # The library also lists text-message codes and operators' own; nobody calls those.
    return bool(re.fullmatch(r"1\d{1,5}|3\d{3}", digits)) and is_valid_short_number_for_region(
        _library_number("+33" + digits), "FR"
    )


def _french(national: str) -> str:
    """The kept form of a national number of the French plan, given with its 0."""
    if len(national) != 10:
        raise PhoneNumberError(Reason.TOO_SHORT if len(national) < 10 else Reason.TOO_LONG)
    at_home = f"+33{national[1:]}"
    if national.startswith("08"):
        if _is_valid(at_home):
            return national
        raise PhoneNumberError(Reason.INVALID)
    overseas = [f"+{code}{national[1:]}" for code in _OVERSEAS_CODES]
    if national.startswith("0508"):
        overseas.insert(0, f"+{national[1:]}")
    for number in (*overseas, at_home):
        if _is_valid(number):
            return number
    if national.startswith(_FICTIONAL_MOBILE):
        return at_home
    raise PhoneNumberError(Reason.INVALID)


def _international(digits: str) -> str:
    """The kept form of a number given with its country code, "+" or "00" taken off."""
    for code in _TRUNK_ZERO_CODES:
        if digits.startswith(code):
            number = _french("0" + digits.removeprefix(code).removeprefix("0"))
            if number.startswith(("0", f"+{code}")):
                return number
            raise PhoneNumberError(Reason.INVALID, (_plain(PhoneNumber(number)),))
    return _elsewhere("+" + digits, None)


def _elsewhere(number: str, region: str | None) -> str:
    """The kept form of a number that the library must judge."""
    try:
        parsed = phonenumbers.parse(number, region)
    except NumberParseException as error:
        too_long = error.error_type == NumberParseException.TOO_LONG
        too_short = error.error_type in (
            NumberParseException.TOO_SHORT_NSN,
            NumberParseException.TOO_SHORT_AFTER_IDD,
            NumberParseException.NOT_A_NUMBER,
        )
        reason = Reason.TOO_LONG if too_long else Reason.TOO_SHORT if too_short else Reason.INVALID
        raise PhoneNumberError(reason) from None
    e164 = phonenumbers.format_number(parsed, PhoneNumberFormat.E164)
    if region and str(parsed.country_code) in _TRUNK_ZERO_CODES:
        return _international(e164[1:])
    if phonenumbers.is_valid_number(parsed):
        return e164
    reasons = {
        ValidationResult.TOO_SHORT: Reason.TOO_SHORT,
        ValidationResult.IS_POSSIBLE_LOCAL_ONLY: Reason.TOO_SHORT,
        ValidationResult.TOO_LONG: Reason.TOO_LONG,
    }
    raise PhoneNumberError(reasons.get(phonenumbers.is_possible_number_with_reason(parsed), Reason.INVALID))


@lru_cache(maxsize=2048)
def _library_number(number: str) -> phonenumbers.PhoneNumber:
    """The library's own object for "+…"; never to be changed, as it is shared."""
    try:
        return phonenumbers.parse(number, None)
    except NumberParseException:
        # A kept number whose country code the library no longer knows is still shown and dialled.
        return phonenumbers.PhoneNumber(country_code=0, national_number=0, raw_input=number)


def _is_valid(number: str) -> bool:
    return phonenumbers.is_valid_number(_library_number(number))


def _is_number(text: str, region: str) -> bool:
    try:
        _read(text, region)
    except PhoneNumberError:
        return False
    return True


def _plain(number: PhoneNumber) -> str:
    return number.display("fr").replace(NO_BREAK_SPACE, " ")


def _without_breaks(formatted: str) -> str:
    return re.sub(r"[^0-9+]+", NO_BREAK_SPACE, formatted).strip(NO_BREAK_SPACE)


def _joined_numbers(text: str, joints: re.Pattern[str], region: str) -> tuple[str, ...]:
    """The texts of the numbers that `joints` separate, in full: "… 50 / 51" gives "… 50" and "… 51".

    A joint inside a number ("01/42/…") differs from one between two in that no number stands before it.
    An end that is also a short number ("… 71 14 / 15") gives both readings.
    """
    numbers: list[str] = []
    pending = ""
    for part in filter(None, (part.strip() for part in joints.split(text))):
        pending = f"{pending} {part}".strip()
        readings = [pending]
        if numbers and pending.replace(" ", "").isdecimal():
            readings.insert(0, _with_ending(numbers[-1], pending))
        if valid := [reading for reading in readings if _is_number(reading, region)]:
            numbers += valid
            pending = ""
    return tuple(dict.fromkeys(numbers))


def _with_ending(number: str, ending: str) -> str:
    """`number` with its last digits replaced by those of `ending`; "" where these are too many."""
    replacing = list(re.sub(r"\D", "", ending))
    if len(replacing) >= len(re.sub(r"\D", "", number)):
        return ""
    characters = list(number)
    for index in reversed(range(len(characters))):
        if replacing and characters[index].isdecimal():
            characters[index] = replacing.pop()
    return "".join(characters)


def _numbers_among_words(text: str, region: str) -> tuple[str, ...]:
    """The numbers of four digits or more that stand somewhere in a text."""
    candidates = [found for found in _NUMBER_LIKE.findall(text) if len(re.sub(r"\D", "", found)) >= 4]
    numbers = (number for found in candidates for number in _joined_numbers(found, _JOINTS, region))
    return tuple(dict.fromkeys(numbers))
