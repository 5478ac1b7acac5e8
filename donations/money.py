"""Amounts of money: whole minor units and a currency, never a float."""

from decimal import Decimal

from django.utils import formats, numberformat

# ISO 4217: how many decimals a currency has. Only those that a page may be set to.
EXPONENTS = {"EUR": 2, "GBP": 2, "CHF": 2, "USD": 2}
_SYMBOLS = {"EUR": "€", "GBP": "£", "USD": "$"}


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
