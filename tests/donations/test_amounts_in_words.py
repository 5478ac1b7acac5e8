"""Amounts in words, as receipts spell them out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from donations.amounts_in_words import MOST, english, french, in_words


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, "zéro"),
        (1, "un"),
        (17, "dix-sept"),
        (21, "vingt et un"),
        (22, "vingt-deux"),
        (61, "soixante et un"),
        (70, "soixante-dix"),
        (71, "soixante et onze"),
        (77, "soixante-dix-sept"),
        (80, "quatre-vingts"),
        (81, "quatre-vingt-un"),
        (91, "quatre-vingt-onze"),
        (99, "quatre-vingt-dix-neuf"),
        (100, "cent"),
        (101, "cent un"),
        (180, "cent quatre-vingts"),
        (200, "deux cents"),
        (201, "deux cent un"),
        (1000, "mille"),
        (1100, "mille cent"),
        (2000, "deux mille"),
        (80_000, "quatre-vingt mille"),
        (200_000, "deux cent mille"),
        (280_380, "deux cent quatre-vingt mille trois cent quatre-vingts"),
        (1_000_000, "un million"),
        (80_000_000, "quatre-vingts millions"),
        (200_000_001, "deux cents millions un"),
        (1_000_000_000, "un milliard"),
    ],
)
def test_whole_numbers_in_french(number, words):
    assert french(number) == words


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, "zero"),
        (13, "thirteen"),
        (40, "forty"),
        (42, "forty-two"),
        (100, "one hundred"),
        (105, "one hundred and five"),
        (1_000, "one thousand"),
        (1_005, "one thousand and five"),
        (1_250, "one thousand two hundred and fifty"),
        (100_000, "one hundred thousand"),
        (1_000_001, "one million and one"),
    ],
)
def test_whole_numbers_in_english(number, words):
    assert english(number) == words


@pytest.mark.parametrize(
    ("amount", "currency", "language", "words"),
    [
        (15_000, "EUR", "fr", "cent cinquante euros"),
        (100, "EUR", "fr", "un euro"),
        (101, "EUR", "fr", "un euro et un centime"),
        (50, "EUR", "fr", "cinquante centimes"),
        (0, "EUR", "fr", "zéro euro"),
        (15_050, "EUR", "fr", "cent cinquante euros et cinquante centimes"),
        (100_000_000, "EUR", "fr", "un million d’euros"),
        (200_000_000, "GBP", "fr", "deux millions de livres sterling"),
        (2_100, "GBP", "fr", "vingt et une livres sterling"),
        (100_000_100, "EUR", "fr", "un million un euros"),
        (15_050, "GBP", "en", "one hundred and fifty pounds sterling and fifty pence"),
        (101, "EUR", "en", "one euro and one cent"),
    ],
)
def test_amounts_with_their_currency(amount, currency, language, words):
    assert in_words(amount, currency, language) == words


def test_an_amount_below_nothing_or_beyond_all_gifts_is_refused():
    for amount in (-1, MOST * 100):
        with pytest.raises(ValueError):
            in_words(amount, "EUR", "fr")


@given(st.integers(0, MOST - 1), st.integers(0, MOST - 1))
def test_different_numbers_never_read_alike(one, other):
    assert (french(one) == french(other)) == (one == other)
    assert (english(one) == english(other)) == (one == other)
