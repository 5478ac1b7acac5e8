"""What a gift costs a donor after tax, from the dated rates (`TaxRate`): for that one sentence, never for a receipt."""

from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from donations.models import TaxRate


def rate_on(donor_kind: str, regime: str, on: date) -> TaxRate | None:
    """The rate that holds on a day; None where nothing is known."""
    rates = TaxRate.objects.filter(regime=regime, donor_kind=donor_kind, valid_from__lte=on)
    return rates.order_by("-valid_from").first()


def cost_after_tax(amount_minor: int, donor_kind: str, regime: str, on: date) -> int | None:
    """What `amount_minor` costs after tax, in minor units, the half upwards: 7500 at 66 % is 2550.

    None where no rate is known: then nothing is promised. What the law caps (a part of the income or of the turnover)
    is not known here: whoever shows the figure says so beside it.
    """
    rate = rate_on(donor_kind, regime, on)
    if rate is None:
        return None
    return int((Decimal(amount_minor) * (100 - rate.percent) / 100).quantize(Decimal(1), ROUND_HALF_UP))
