"""The one form in which names are compared, sorted and searched."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.folding import MOST_WORDS, fold, query_words

french = st.text("abcdefghijklmnopqrstuvwxyzàâäçéèêëîïôöùûüÿœæABCÉÈŒ ’'-.,")


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Néphrologie", "nephrologie"),
        ("Onco-neurology", "onco neurology"),
        ("l’accueil de l'urgence", "accueil de urgence"),
        ("Jusqu’à aujourd’hui", "a aujourd hui"),
        ("Cœur & œsophage", "coeur oesophage"),
        ("  AP-HP.  Sorbonne  ", "ap hp sorbonne"),
        ("50/51", "50 51"),
        ("…", ""),
        ("", ""),
    ],
)
def test_accents_capitals_elisions_and_signs_make_no_difference(text, folded):
    assert fold(text) == folded


@given(st.text())
def test_whatever_is_folded_is_lower_case_ascii_words_with_single_spaces(text):
    folded = fold(text)
    assert all(word.isascii() and word.isalnum() and word == word.lower() for word in folded.split(" ") if folded)


@given(st.text())
def test_folding_again_changes_nothing(text):
    assert fold(fold(text)) == fold(text)


@given(french)
def test_a_french_name_folds_the_same_in_capitals(text):
    assert fold(text.upper()) == fold(text)


@given(french)
def test_a_french_name_folds_the_same_however_its_accents_are_encoded(text):
    assert fold(unicodedata.normalize("NFD", text)) == fold(unicodedata.normalize("NFC", text))


def test_a_query_asks_for_each_word_once():
    assert query_words("Onco-neurology, de l’oncologie ONCO") == ["onco", "neurology", "de", "oncologie"]
    assert query_words(" … ") == []


def test_a_query_without_end_is_cut_off():
    assert len(query_words(" ".join(f"word{number}" for number in range(300)))) == MOST_WORDS
