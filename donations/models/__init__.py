"""Who receives gifts, for what; who gives; what moves the money; what is certified."""

from .donations import (
    Call,
    Dispute,
    Donation,
    Frequency,
    Payment,
    Pledge,
    ReceiptWish,
    Refund,
)
from .donors import Consent, ConsentKind, Donor, DonorAccess, DonorKind, FamilyPage, Tribute, TributeKind
from .events import Beat, Mail, ProviderEvent, Quarantined
from .funds import Fund, Issuer, LegalQuality
from .journal import EntryKind, JournalEntry, LedgerEntry
from .pages import DonationPage, DonationPreset
from .receipts import Receipt, ReceiptCopy, ReceiptLine, ReceiptSeries, TaxRate
from .sandbox import SandboxObject
from .settlements import BankLine, Payout, PayoutLine, PledgeMove
from .traffic import Bucket, Pause, UsedToken

__all__ = [
    "BankLine",
    "Beat",
    "Bucket",
    "Call",
    "Consent",
    "ConsentKind",
    "Dispute",
    "Donation",
    "DonationPage",
    "DonationPreset",
    "Donor",
    "DonorAccess",
    "DonorKind",
    "EntryKind",
    "FamilyPage",
    "Frequency",
    "Fund",
    "Issuer",
    "JournalEntry",
    "LedgerEntry",
    "LegalQuality",
    "Mail",
    "Pause",
    "Payment",
    "Payout",
    "PayoutLine",
    "Pledge",
    "PledgeMove",
    "ProviderEvent",
    "Quarantined",
    "Receipt",
    "ReceiptCopy",
    "ReceiptLine",
    "ReceiptSeries",
    "ReceiptWish",
    "Refund",
    "SandboxObject",
    "TaxRate",
    "Tribute",
    "TributeKind",
    "UsedToken",
]
