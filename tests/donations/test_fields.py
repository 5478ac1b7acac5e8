"""An amount as editors type it and as the database keeps it."""

from decimal import Decimal

import pytest
from django import forms
from django.core.exceptions import ValidationError
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from donations.fields import AmountField, AmountFormField


@pytest.mark.parametrize(
    ("language", "typed", "kept"),
    [
        ("fr", "75", 7500),
        ("fr", "75,50", 7550),
        ("en", "75.50", 7550),
        ("en", "0.01", 1),
        ("en", " 20 ", 2000),
        ("en", "1234567.89", 123456789),
        ("en", "0.29", 29),
        ("en", "19.99", 1999),
    ],
)
def test_an_amount_is_typed_in_euros_and_kept_in_cents(language, typed, kept):
    with translation.override(language):
        assert AmountFormField().clean(typed) == kept


@pytest.mark.parametrize("typed", ["", "0", "-5", "0.001", "75.505", "many", "NaN", "Infinity", "1e400", "99999999"])
def test_what_is_no_amount_is_refused(typed):
    with translation.override("en"), pytest.raises(ValidationError):
        AmountFormField().clean(typed)


def test_an_amount_that_is_not_required_may_be_left_out():
    assert AmountFormField(required=False).clean("") is None


@given(st.integers(min_value=1, max_value=999_999_999))
def test_what_is_shown_in_the_form_is_read_back_as_the_same_amount(amount):
    field = AmountFormField()
    with translation.override("en"):
        assert field.clean(str(field.prepare_value(amount))) == amount


def test_the_form_shows_the_kept_amount_in_euros():
    assert AmountFormField().prepare_value(7550) == Decimal("75.50")


def test_an_amount_has_changed_only_when_another_was_typed():
    with translation.override("en"):
        assert not AmountFormField().has_changed(7500, "75")
        assert not AmountFormField().has_changed(7500, "75.00")
        assert AmountFormField().has_changed(7500, "76")


def test_the_model_field_asks_for_the_amount_with_this_form_field():
    field = AmountField().formfield()
    assert isinstance(field, AmountFormField)
    assert isinstance(field, forms.DecimalField)
