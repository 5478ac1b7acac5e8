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
_PLAIN = re.compile(r"\d+(?:[.,]\d+)?")
_GROUPED = re.compile(r"\d{1,3}(?:([.,])\d{3})(?:\1\d{3})*(?:(?!\1)[.,]\d{1,2})?")


class NotAnAmount(ValueError):
    """What was typed is no amount; `reason` says why: "empty", "unreadable", "decimals", "zero" or "huge"."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


def parse_amount(text: str, currency: str) -> int:
    """What a donor typed, in minor units: "75", "75,00", "75.00", "1 000", "1.000,50", "١٢", "€ 75".

    A comma and a point are both decimal signs; before exactly three digits one of them alone separates thousands,
    because nobody gives tenths of a cent. Raises NotAnAmount rather than guess.
    """
    exponent = EXPONENTS[currency]
    text = unicodedata.normalize("NFKC", text).strip().replace("٫", ",").replace("٬", " ")
    text = _SPACES.sub("", text.removeprefix(currency).removesuffix(currency))
    text = text.strip("".join(_SYMBOLS.values()))
    text = "".join(str(unicodedata.digit(character)) if character.isdigit() else character for character in text)
    if not text:
        raise NotAnAmount("empty")
    if grouped := _GROUPED.fullmatch(text):
        whole, _sign, decimals = text, "", ""
        if len(text) > 3 and text[-3] in ".," and text[-3] != grouped[1]:
            whole, decimals = text[:-3], text[-2:]
        elif len(text) > 2 and text[-2] in ".,":
            whole, decimals = text[:-2], text[-1:]
        whole = re.sub("[.,]", "", whole)
    elif _PLAIN.fullmatch(text):
        whole, _sign, decimals = text.replace(",", ".").partition(".")
    else:
        raise NotAnAmount("unreadable")
    if len(decimals) > exponent:
        raise NotAnAmount("decimals")
    amount = int(whole) * 10**exponent + int(decimals.ljust(exponent, "0") or 0)
    if amount == 0:
        raise NotAnAmount("zero")
    if amount > MOST_MINOR:
        raise NotAnAmount("huge")
    return amount


def display(amount_minor: int, currency: str, language: str) -> str:
    """`amount_minor` for a reader of `language`: 7500 EUR is "75 €" in French and "€75" in English.

    Decimals are left out of round amounts. Raises KeyError for a currency that the portal does not know.
    """
    exponent = EXPONENTS[currency]
    decimals = 0 if amount_minor % 10**exponent == 0 else exponent
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
