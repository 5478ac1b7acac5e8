"""Amounts as receipts spell them out: "cent cinquante euros", "one hundred and fifty euros"."""

import re

from donations.money import EXPONENTS

MOST = 10**12  # major units; far above any gift

# one, several of the whole unit; one, several of the hundredth
_UNITS = {
    "fr": {
        "EUR": ("euro", "euros", "centime", "centimes"),
        "GBP": ("livre sterling", "livres sterling", "penny", "pence"),
        "CHF": ("franc suisse", "francs suisses", "centime", "centimes"),
        "USD": ("dollar américain", "dollars américains", "cent", "cents"),
    },
    "en": {
        "EUR": ("euro", "euros", "cent", "cents"),
        "GBP": ("pound sterling", "pounds sterling", "penny", "pence"),
        "CHF": ("Swiss franc", "Swiss francs", "centime", "centimes"),
        "USD": ("US dollar", "US dollars", "cent", "cents"),
    },
}
_FEMININE = {"livre sterling"}  # "une livre", "vingt et une livres"


def in_words(amount_minor: int, currency: str, language: str) -> str:
    """`amount_minor` in words: 15050 EUR is "cent cinquante euros et cinquante centimes".

    Raises KeyError for a currency or a language that is not known, ValueError for an amount below 0 or above MOST.
    """
    one, several, one_hundredth, hundredths = _UNITS[language][currency]
    whole, rest = divmod(amount_minor, 10 ** EXPONENTS[currency])
    if amount_minor < 0 or whole >= MOST:
        raise ValueError(amount_minor)
    parts = []
    if whole or not rest:
        parts.append(_counted(whole, one, several, language))
    if rest:
        parts.append(_counted(rest, one_hundredth, hundredths, language))
    return (" et " if language == "fr" else " and ").join(parts)


def _counted(number: int, one: str, several: str, language: str) -> str:
    if language == "en":
        return f"{english(number)} {one if number == 1 else several}"
    words = french(number)
    if one in _FEMININE and words.endswith("un"):
        words += "e"
    unit = one if number < 2 else several  # French counts nothing and one alike
    if number >= 1_000_000 and number % 1_000_000 == 0:  # a million is a noun: "un million d’euros"
        return f"{words} d’{unit}" if unit[0] in "aeiou" else f"{words} de {unit}"
    return f"{words} {unit}"


# --- French ---------------------------------------------------------------------------------------

_FRENCH = re.findall(
    r"\S+",
    "zéro un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize "
    "dix-sept dix-huit dix-neuf",
)
_FRENCH_TENS = {2: "vingt", 3: "trente", 4: "quarante", 5: "cinquante", 6: "soixante", 8: "quatre-vingt"}


def french(number: int) -> str:
    """A whole number in French words, in the traditional spelling (hyphens below a hundred alone)."""
    if number < 1000:
        return _french_below_thousand(number)
    for size, name in ((10**9, "milliard"), (10**6, "million")):
        if number >= size:
            count, rest = divmod(number, size)
            words = f"{french(count)} {name}{'s' if count > 1 else ''}"
            return f"{words} {french(rest)}" if rest else words
    count, rest = divmod(number, 1000)
    # "mille" never varies, and before it "cent" and "vingt" do not either.
    words = "mille" if count == 1 else f"{_french_below_thousand(count, is_last=False)} mille"
    return f"{words} {french(rest)}" if rest else words


def _french_below_thousand(number: int, is_last: bool = True) -> str:
    if number < 100:
        return _french_below_hundred(number, is_last)
    count, rest = divmod(number, 100)
    words = "cent" if count == 1 else f"{_FRENCH[count]} cent"
    if rest:
        return f"{words} {_french_below_hundred(rest, is_last)}"
    return f"{words}s" if count > 1 and is_last else words


def _french_below_hundred(number: int, is_last: bool) -> str:
    if number < 20:
        return _FRENCH[number]
    tens, rest = divmod(number, 10)
    if tens in (7, 9):  # soixante-dix, quatre-vingt-dix
        tens, rest = tens - 1, rest + 10
    name = _FRENCH_TENS[tens]
    if not rest:
        return f"{name}s" if tens == 8 and is_last else name
    joint = " et " if rest in (1, 11) and tens != 8 else "-"
    return f"{name}{joint}{_FRENCH[rest]}"


# --- English --------------------------------------------------------------------------------------

_ENGLISH = re.findall(
    r"\S+",
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen",
)
_ENGLISH_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]


def english(number: int) -> str:
    """A whole number in British English words: "one thousand and five"."""
    if number < 20:
        return _ENGLISH[number]
    if number < 100:
        tens, rest = divmod(number, 10)
        name = _ENGLISH_TENS[tens - 2]
        return f"{name}-{_ENGLISH[rest]}" if rest else name
    for size, name in ((10**9, "billion"), (10**6, "million"), (1000, "thousand"), (100, "hundred")):
        if number >= size:
            count, rest = divmod(number, size)
            words = f"{english(count)} {name}"
            if not rest:
                return words
            return f"{words}{' and' if rest < 100 else ''} {english(rest)}"
    raise AssertionError(number)
