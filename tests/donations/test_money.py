"""Amounts of money as readers write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from donations.money import EXPONENTS, MOST_MINOR, NotAnAmount, display, parse_amount


@pytest.mark.parametrize(
    ("amount", "currency", "french", "english"),
    [
        (7500, "EUR", "75\u00a0€", "€75"),
        (7550, "EUR", "75,50\u00a0€", "€75.50"),
        (7505, "EUR", "75,05\u00a0€", "€75.05"),
        (1, "EUR", "0,01\u00a0€", "€0.01"),
        (0, "EUR", "0\u00a0€", "€0"),
        (123456789, "EUR", "1\u202f234\u202f567,89\u00a0€", "€1,234,567.89"),
        (100000, "GBP", "1\u202f000\u00a0£", "£1,000"),
        (5000, "CHF", "50\u00a0CHF", "CHF\u00a050"),
    ],
)
def test_an_amount_reads_as_its_language_writes_it(amount, currency, french, english):
    assert display(amount, currency, "fr") == french
    assert display(amount, currency, "en") == english


def test_an_unknown_currency_is_an_error_rather_than_a_guess():
    with pytest.raises(KeyError):
        display(100, "ABC", "fr")


def test_every_currency_that_a_page_may_have_has_the_decimals_of_the_form():
    assert set(EXPONENTS.values()) == {2}


@pytest.mark.parametrize(
    ("typed", "minor"),
    [
        ("75", 7_500),
        ("75,00", 7_500),
        ("75.00", 7_500),
        ("75,5", 7_550),
        ("  75 € ", 7_500),
        ("€75", 7_500),
        ("75 eur", 7_500),
        ("075", 7_500),
        ("1 000", 100_000),
        ("1\u202f000,50", 100_050),
        ("1\u00a0000", 100_000),
        ("1’000", 100_000),
        ("1.000,50", 100_050),
        ("1,000.50", 100_050),
        ("1000,50", 100_050),
        ("75.000", 7_500_000),  # a page restates it in words of money before anybody pays
        ("12,345", 1_234_500),
        ("100 000", 10_000_000),
        ("١٢", 1_200),
        ("١٬٠٠٠٫٥٠", 100_050),
        ("７５", 7_500),
        ("0,01", 1),
    ],
)
def test_what_a_donor_types_is_read_as_it_is_meant(typed, minor):
    assert parse_amount(typed, "EUR") == minor


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("", "empty"),
        (" ", "empty"),
        ("€", "empty"),
        ("0", "zero"),
        ("0,00", "zero"),
        ("0.001", "decimals"),
        ("0,500", "decimals"),
        ("1000.500", "decimals"),
        ("1 000.005", "decimals"),
        ("-5", "unreadable"),
        ("−5", "unreadable"),
        ("+5", "unreadable"),
        ("1e9", "unreadable"),
        ("12,34,56", "unreadable"),
        ("1.000.50", "unreadable"),
        ("50 00", "unreadable"),
        ("7 5", "unreadable"),
        ("5²", "unreadable"),
        ("½", "unreadable"),
        ("$75", "unreadable"),
        ("£75", "unreadable"),
        ("75.", "unreadable"),
        ("abc", "unreadable"),
        ("1000000000", "huge"),
        ("100000,01", "huge"),
        ("1.000.000", "huge"),
        ("9" * 5_000, "unreadable"),
        ("0," + "9" * 5_000, "decimals"),
    ],
)
def test_what_is_no_clear_amount_is_refused_rather_than_guessed(typed, reason):
    with pytest.raises(NotAnAmount) as refused:
        parse_amount(typed, "EUR")
    assert refused.value.reason == reason


@given(st.integers(1, MOST_MINOR), st.sampled_from(sorted(EXPONENTS)), st.sampled_from(["fr", "en"]))
def test_an_amount_that_is_displayed_is_read_back_as_itself(minor, currency, language):
    assert parse_amount(display(minor, currency, language), currency) == minor


@given(st.text(max_size=40))
def test_no_text_whatever_is_an_accident(text):
    try:
        assert 0 < parse_amount(text, "EUR") <= MOST_MINOR
    except NotAnAmount as refused:
        assert refused.reason in {"empty", "unreadable", "decimals", "zero", "huge"}


@given(st.text("0123456789.,  ", min_size=1, max_size=12))
def test_no_digit_is_lost_or_made_up(text):
    """Whatever the signs between them, the digits of the amount are those that were typed, in their order."""
    try:
        minor = parse_amount(text, "EUR")
    except NotAnAmount:
        return
    typed = "".join(character for character in text if character.isdigit()).lstrip("0")
    assert str(minor).rstrip("0") == typed.rstrip("0")


@pytest.mark.parametrize("currency", ["JPY", "KWD"])
def test_a_currency_with_other_decimals_is_refused_by_name(currency):
    with pytest.raises(KeyError):
        parse_amount("75", currency)


@pytest.mark.parametrize(("exponent", "typed", "minor"), [(0, "75", 75), (0, "1 000", 1_000), (3, "75,5", 75_500)])
def test_the_decimals_of_a_currency_decide_what_a_minor_unit_is(monkeypatch, exponent, typed, minor):
    monkeypatch.setitem(EXPONENTS, "XTS", exponent)
    assert parse_amount(typed, "XTS") == minor


def test_decimals_of_a_currency_without_any_are_refused(monkeypatch):
    monkeypatch.setitem(EXPONENTS, "XTS", 0)
    with pytest.raises(NotAnAmount):
        parse_amount("75,5", "XTS")
