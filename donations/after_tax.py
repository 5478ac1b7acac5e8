"""What a gift costs the donor after tax: from dated rates, for one sentence, never for a receipt."""

from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from donations.models import TaxRate


def rates_on(day: date, regimes: set[str]) -> dict[tuple[str, str], TaxRate]:
    """The rates that hold on `day`, by regime and kind of donor."""
    found = TaxRate.objects.filter(regime__in=regimes, valid_from__lte=day).order_by("valid_from")
    return {(rate.regime, rate.donor_kind): rate for rate in found}  # the latest wins


def cost_minor(amount_minor: int, percent: Decimal) -> int:
    """What is left to pay of `amount_minor` when `percent` of it comes back, rounded half up to a minor unit."""
    back = (amount_minor * percent / 100).quantize(Decimal(1), ROUND_HALF_UP)
    return amount_minor - int(back)
