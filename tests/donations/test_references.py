"""The references that donors copy by hand: one slip is always seen."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from stdnum import iso11649
from stdnum.exceptions import ValidationError

from donations import references

_BODY = st.text(references._ALPHABET, min_size=10, max_size=10)


def made(body):
    return f"RF{references._check_digits(body)}{body}"


@given(_BODY)
def test_every_reference_is_one_of_iso_11649(body):
    assert iso11649.validate(references.in_groups(made(body))) == made(body)


@given(_BODY, st.integers(2, 13), st.sampled_from("0123456789" + references._ALPHABET))
def test_a_wrong_character_shows(body, place, other):
    """A letter for a letter, a digit for a digit: the standard promises no more."""
    right = made(body)
    assume(right[place].isdigit() == other.isdigit())
    wrong = right[:place] + other + right[place + 1 :]
    assert wrong == right or not iso11649.is_valid(wrong)


@given(_BODY, st.integers(4, 12))
def test_two_characters_in_each_other_s_place_show(body, place):
    right = made(body)
    wrong = right[:place] + right[place + 1] + right[place] + right[place + 2 :]
    assert wrong == right or not iso11649.is_valid(wrong)


@pytest.mark.django_db
def test_no_letter_is_taken_for_a_digit_and_no_two_references_are_the_same():
    new = {references.new_reference() for _number in range(50)}
    assert len(new) == 50
    assert not any(set(reference[4:]) & set("0125OILSZ") for reference in new)
    with pytest.raises(ValidationError):
        iso11649.validate("RF00" + "A" * 10)
