"""Who receives gifts, for what, and the pages that ask for them."""

from .funds import Fund, Issuer
from .pages import DonationPage, DonationPreset

__all__ = ["DonationPage", "DonationPreset", "Fund", "Issuer"]
