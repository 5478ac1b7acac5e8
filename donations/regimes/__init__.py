"""The tax rules under which gifts are certified, by the code that an issuer names (`Issuer.regime`)."""

from donations.regimes.base import Declaration, Form, Gift, TaxRegime, Words
from donations.regimes.france import France
from donations.regimes.united_kingdom import UnitedKingdom

REGIMES: dict[str, TaxRegime] = {regime.code: regime for regime in (France(), UnitedKingdom())}

__all__ = ["REGIMES", "Declaration", "Form", "Gift", "TaxRegime", "Words"]
