"""Telephone numbers in search words."""

import pytest

from departments.numbers_in_queries import digits_of, split_extension, split_number


@pytest.mark.parametrize(
    ("query", "digits"),
    [
        ("01 42 16 06 43", "142160643"),
        ("01.42.16.06.43", "142160643"),
        ("0142160643", "142160643"),
        ("01-42-16-06-43", "142160643"),
        ("01/42/16/06/43", "142160643"),
        ("01\u202f42\u00a016 06 43", "142160643"),
        ("+33 (0)1 42 16 06 43", "33142160643"),
        ("+33142160643", "33142160643"),
        ("0033 1 42 16 06 43", "33142160643"),
        ("06 43", "643"),
        ("1606", "1606"),
        ("3115", "3115"),
    ],
)
def test_any_notation_of_a_number_gives_the_digits_to_look_for(query, digits):
    assert digits_of(query) == digits


@pytest.mark.parametrize("query", ["", " ", "42", "+", "()", "onco", "étage 3", "B12 345", "015x", "01 42 ou 43"])
def test_words_and_a_digit_or_two_are_no_number(query):
    assert digits_of(query) == ""


@pytest.mark.parametrize("kept", ["+33142160643", "0800123456", "15"])
def test_what_is_looked_for_is_part_of_the_number_as_it_is_kept(kept):
    assert digits_of(kept) in kept


@pytest.mark.parametrize(
    ("query", "words", "digits"),
    [
        ("tel:+33142160643", "", "33142160643"),
        ("Tél. : 01 42 16 06 43", "", "142160643"),
        ("tel:urologie", "urologie", ""),
        ("telescope", "telescope", ""),
    ],
)
def test_a_number_copied_from_a_link_or_a_letterhead_is_a_number(query, words, digits):
    assert split_number(query) == (words, digits)


@pytest.mark.parametrize(
    ("query", "extension"),
    [("poste 1234", "1234"), ("Poste1234", "1234"), ("ext. 345", "345"), ("#345", "345"), ("poste de soins", "")],
)
def test_an_extension_is_told_from_words(query, extension):
    assert split_extension(query)[1] == extension
