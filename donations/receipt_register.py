"""What the tax office is told of receipts: the yearly declaration and the register of all numbers."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Q, Sum
from django.utils import timezone

from donations.models import Issuer, Receipt, ReceiptLine
from donations.money import plain
from donations.regimes.base import person_name
from portal.days import midnight

HEADER = [
    "number",
    "issuer",
    "issued_on",
    "form",
    "state",
    "donor",
    "street",
    "postal_code",
    "city",
    "country",
    "siren",
    "amount",
    "currency",
    "received_on",
    "paid_by",
    "references",
    "void_since",
    "void_reason",
    "replaces",
    "replaced_by",
    "sha256",
]


@dataclass(frozen=True)
class Declared:
    """One issuer's figures for CGI article 222 bis."""

    issuer: Issuer
    currency: str
    amount_minor: int  # gifts received in the period that stand on valid receipts, whenever these were issued
    number: int  # documents issued in the period, of those that are valid
    voided: int  # issued in the period and void since: kept out of both figures


def declared(year: int, first_month: int = 1) -> list[Declared]:
    """The figures of a calendar year, or of the financial year that begins in `first_month` of `year`."""
    begins = midnight(date(year, first_month, 1))
    ends = midnight(date(year + 1, first_month, 1))
    within = Q(issued_at__gte=begins, issued_at__lt=ends)
    figures: dict[tuple[int, str], dict[str, int]] = {}
    lines = ReceiptLine.objects.filter(is_valid=True, payment__paid_at__gte=begins, payment__paid_at__lt=ends)
    for row in lines.order_by().values("receipt__issuer", "receipt__currency").annotate(sum=Sum("amount_minor")):
        figures.setdefault((row["receipt__issuer"], row["receipt__currency"]), {})["amount"] = row["sum"]
    issued = Receipt.objects.filter(within).order_by().values("issuer", "currency")
    for row in issued.annotate(
        valid=Count("pk", filter=Q(voided_at=None)), void=Count("pk", filter=Q(voided_at__isnull=False))
    ):
        figures.setdefault((row["issuer"], row["currency"]), {}).update(number=row["valid"], voided=row["void"])
    issuers = Issuer.objects.in_bulk(issuer for issuer, _currency in figures)
    return sorted(
        (
            Declared(issuers[issuer], currency, one.get("amount", 0), one.get("number", 0), one.get("voided", 0))
            for (issuer, currency), one in figures.items()
        ),
        key=lambda one: (one.issuer.name, one.currency),
    )


def rows(year: int) -> Iterator[list[str]]:
    """The register of the numbers of `year`, void ones among them, in the order of each issuer's series."""
    receipts = (
        Receipt.objects.filter(year=year)
        .select_related("issuer", "replaces__issuer", "replaced_by__issuer")
        .defer("pdf", "copy_pdf", "replaces__pdf", "replaces__copy_pdf", "replaced_by__pdf", "replaced_by__copy_pdf")
        .prefetch_related("lines__payment__donation")
        .order_by("issuer__name", "issuer", "number")
    )
    for receipt in receipts.iterator(chunk_size=500):
        yield _row(receipt)


def _row(receipt: Receipt) -> list[str]:
    donor: dict[str, Any] = receipt.snapshot.get("donor") or {}
    lines = sorted(receipt.lines.all(), key=lambda line: line.pk)
    replacement = getattr(receipt, "replaced_by", None)
    return [
        receipt.full_number,
        receipt.issuer.name,
        _day(receipt.issued_at),
        receipt.form,
        "void" if receipt.voided_at else "valid",
        person_name(donor) if donor else "",
        *(donor.get(name, "") for name in ("street", "postal_code", "city", "country", "siren")),
        plain(receipt.amount_minor, receipt.currency),
        receipt.currency,
        ", ".join(_day(line.payment.paid_at) for line in lines),
        ", ".join(dict.fromkeys(line.payment.method for line in lines)),
        ", ".join(line.payment.donation.reference for line in lines),
        _day(receipt.voided_at),
        receipt.void_reason,
        receipt.replaces.full_number if receipt.replaces else "",
        replacement.full_number if replacement else "",
        receipt.sha256,
    ]


def _day(moment: datetime | None) -> str:
    return timezone.localdate(moment).isoformat() if moment else ""
