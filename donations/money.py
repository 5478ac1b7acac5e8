"""Amounts of money: whole minor units and a currency, never a float."""

import re
import unicodedata
from decimal import Decimal

from django.utils import formats, numberformat

# ISO 4217: how many decimals a currency has. Only those that a page may be set to.
EXPONENTS = {"EUR": 2, "GBP": 2, "CHF": 2, "USD": 2}
_SYMBOLS = {"EUR": "€", "GBP": "£", "USD": "$"}
MOST_MINOR = 100_000_00  # a gift above 100,000 is talked about, not typed

_SPACES = re.compile(r"[\s\u00a0\u202f\u2009'’_]")
_PLAIN = re.compile(r"(\d{1,15})(?:[.,](\d+))?")
# Thousands in groups of three behind the same sign; a decimal sign is another one. "0.500" has no thousands.
_GROUPED = re.compile(r"([1-9]\d{0,2}(?:([ .,])\d{3})(?:\2\d{3})*)(?:(?!\2)[.,](\d+))?")


class NotAnAmount(ValueError):
    """What was typed is no amount; `reason` says why: "empty", "unreadable", "decimals", "zero" or "huge"."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


def parse_amount(text: str, currency: str, most: int = MOST_MINOR) -> int:
    """What a donor typed, in minor units: "75", "75,00", "75.00", "1 000", "1.000,50", "١٢", "€ 75".

    A comma and a point are both decimal signs; before exactly three digits one of them alone separates thousands,
    because nobody gives tenths of a cent. "50 00", "0,500", another currency's sign: raises NotAnAmount rather than
    guess.
    """
    exponent = EXPONENTS[currency]
    if any(unicodedata.category(character) == "No" for character in text):
        raise NotAnAmount("unreadable")  # "5²" is not 52
    text = unicodedata.normalize("NFKC", text).replace("٫", ",").replace("٬", " ")
    for sign in (currency, _SYMBOLS.get(currency, currency)):
        text = text.strip()
        if text[: len(sign)].upper() == sign:
            text = text[len(sign) :]
        elif text[-len(sign) :].upper() == sign:
            text = text[: -len(sign)]
    text = _SPACES.sub(" ", text.strip())
    text = "".join(str(unicodedata.digit(character)) if character.isdigit() else character for character in text)
    if not text:
        raise NotAnAmount("empty")
    if found := _GROUPED.fullmatch(text):
        whole, decimals = re.sub("[ .,]", "", found[1]), found[3] or ""
    elif found := _PLAIN.fullmatch(text):
        whole, decimals = found[1], found[2] or ""
    else:
        raise NotAnAmount("unreadable")
    if len(decimals) > exponent:
        raise NotAnAmount("decimals")
    amount = int(whole) * 10**exponent + int(decimals.ljust(exponent, "0") or 0)
    if amount == 0:
        raise NotAnAmount("zero")
    if amount > most:
        raise NotAnAmount("huge")
    return amount


def display(amount_minor: int, currency: str, language: str, *, exact: bool = False) -> str:
    """`amount_minor` for a reader of `language`: 7500 EUR is "75 €" in French and "€75" in English.

    Decimals are left out of round amounts, unless the amount is to be `exact`. Raises KeyError for a currency that the
    portal does not know.
    """
    exponent = EXPONENTS[currency]
    decimals = 0 if amount_minor % 10**exponent == 0 and not exact else exponent
    value = Decimal(amount_minor).scaleb(-exponent)
    separators = {
        "decimal_sep": formats.get_format("DECIMAL_SEPARATOR", language),
        "thousand_sep": formats.get_format("THOUSAND_SEPARATOR", language),
    }
    number = numberformat.format(value, decimal_pos=decimals, grouping=3, force_grouping=True, **separators)
    symbol = _SYMBOLS.get(currency, currency)
    if language == "en":
        return f"{symbol}{number}" if len(symbol) == 1 else f"{symbol}\u00a0{number}"
    return f"{number}\u00a0{symbol}"


def plain(amount_minor: int, currency: str) -> str:
    """An amount, not negative, for a table: "150.00", from integers alone."""
    whole, rest = divmod(amount_minor, 10 ** EXPONENTS[currency])
    return f"{whole}.{rest:0{EXPONENTS[currency]}d}"
