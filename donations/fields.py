"""An amount as editors type it and as the database keeps it."""

from decimal import Decimal
from typing import Any

from django import forms
from django.db import models

DECIMALS = 2  # of every currency in donations.money.EXPONENTS


class AmountFormField(forms.DecimalField):
    """Typed in the currency's main unit ("75" or "75,50"), handed on in minor units (7500, 7550)."""

    def __init__(self, *, min_value: int | None = None, max_value: int | None = None, **kwargs: Any) -> None:
        super().__init__(min_value=Decimal("0.01"), max_digits=9, decimal_places=DECIMALS, localize=True, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return Decimal(value).scaleb(-DECIMALS) if isinstance(value, int) else value

    def clean(self, value: Any) -> int | None:
        amount = super().clean(value)
        return None if amount is None else int(amount.scaleb(DECIMALS))

    def has_changed(self, initial: Any, data: Any) -> bool:
        return super().has_changed(self.prepare_value(initial), data)


class AmountField(models.PositiveIntegerField):
    """A positive amount in minor units."""

    def formfield(self, **kwargs: Any) -> forms.Field:
        return super().formfield(**{"form_class": AmountFormField} | kwargs)
