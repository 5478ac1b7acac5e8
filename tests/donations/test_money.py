"""Amounts of money as readers write them."""

import pytest

from donations.money import EXPONENTS, display


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
