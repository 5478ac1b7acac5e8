"""An amount as editors type it and as the database keeps it."""

from decimal import Decimal
from typing import Any

from django import forms
from django.db import models
from django.utils import translation
from django.utils.translation import gettext as _

from donations.money import NotAnAmount, display, parse_amount

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


class AmountTextField(forms.CharField):
    """An amount as a donor types it, in minor units; `set` names the currency and the least that is taken."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=40, required=False, **kwargs)
        self.widget.attrs["inputmode"] = "decimal"
        self.currency, self.least = "EUR", 1

    def set(self, currency: str, least: int) -> None:
        self.currency, self.least = currency, least

    def clean(self, value: Any) -> int:
        try:
            amount = parse_amount(super().clean(value), self.currency)
        except NotAnAmount as error:
            raise forms.ValidationError(why_no_amount(error.reason)) from None
        if amount < self.least:
            smallest = display(self.least, self.currency, translation.get_language() or "fr")
            raise forms.ValidationError(_("The smallest gift here is %(amount)s.") % {"amount": smallest})
        return amount


def why_no_amount(reason: str) -> str:
    """What a donor is told of an amount that cannot be read, for a reason of NotAnAmount."""
    return {
        "empty": _("Choose an amount, or write one."),
        "unreadable": _("We cannot read this amount. Write it in figures, for example 75 or 75,50."),
        "decimals": _("An amount has two decimals at most: 75,50."),
        "zero": _("Write an amount above zero."),
        "huge": _("Thank you. For a gift of that size, please speak with us first."),
    }[reason]
