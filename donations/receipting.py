"""Issuing receipts: numbered without a gap, each payment on one valid receipt at most, corrected by replacement alone.

Locks are taken in one order: the gifts by their number, then the receipt, then the series. The number is given last
but the paper is made under its lock, since the number stands on it: whatever fails takes the number back with it.
"""

import hashlib
import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from donations import lifecycle
from donations.models import (
    Donation,
    Donor,
    DonorKind,
    Issuer,
    LedgerEntry,
    Payment,
    Receipt,
    ReceiptCopy,
    ReceiptLine,
    ReceiptSeries,
    ReceiptWish,
    Refund,
)
from donations.receipt_paper import print_both
from donations.regimes import REGIMES, Form, Gift, TaxRegime
from donations.states import CERTIFIABLE, PaymentStatus, RefundStatus
from donations.work import never
from portal.days import midnight

logger = logging.getLogger(__name__)

DEBITS = ("sepa_debit",)
"""Means of payment that the donor's bank takes back for weeks without a reason."""

ORIGINAL_FOR = frozenset({"donor", "mail", "post"})
"""Hands into which a receipt is given: the first of them gets the original. Staff who look at it get a copy."""

_FROZEN = ("kind", "first_name", "last_name", "company", "legal_form", "siren", "street", "postal_code", "city")
_signer = signing.Signer(salt="donations.receipt")


class CannotIssue(Exception):
    """No receipt for these gifts; `reasons` are sentences for staff, translated when shown."""

    def __init__(self, reasons: Sequence[Any]) -> None:
        self.reasons = list(reasons)
        super().__init__(len(self.reasons))


class SomeFailed(Exception):
    """Some receipts of a run could not be made; they are tried again at the next."""


class Damaged(Exception):
    """The stored bytes of a receipt are not those that were issued."""


@dataclass
class Tally:
    """What a run has done."""

    issued: int = 0
    replaced: int = 0
    voided: int = 0
    failed: int = 0
    refused: int = 0


# --- What may be certified ------------------------------------------------------------------------


def _held() -> Coalesce:
    """What the ledger holds of the gift called "donation_ref" in the outer query, in minor units."""
    entries = LedgerEntry.objects.order_by().filter(donation=OuterRef("donation_ref"))
    return Coalesce(Subquery(entries.values("donation").annotate(sum=Sum("amount_minor")).values("sum")), 0)


def without_receipt() -> QuerySet[Donation]:
    """The gifts that may be certified and stand on no valid receipt."""
    lines = ReceiptLine.objects.filter(payment__donation=OuterRef("pk"), is_valid=True)
    return Donation.objects.certifiable().filter(~Exists(lines))


def due() -> QuerySet[Donation]:
    """The gifts for which a receipt of their own is wanted: by those who asked for it, and by every company.

    Not those by direct debit for which their issuer waits. Staff may issue these by hand.
    """
    fresh = Payment.objects.filter(
        donation=OuterRef("pk"),
        status=PaymentStatus.SUCCEEDED,
        method__in=DEBITS,
        paid_at__gt=timezone.now() - OuterRef("issuer__debit_receipts_wait") * Value(timedelta(days=1)),
    )
    return without_receipt().filter(
        Q(receipt_wish=ReceiptWish.EACH) | Q(receipt_wish=ReceiptWish.YEARLY, donor__kind=DonorKind.COMPANY),
        ~Exists(fresh),
    )


def waits_until(donation: Donation) -> datetime | None:
    """Until when the receipt of a gift by direct debit waits, as its issuer has it; None when it does not."""
    if not donation.issuer.debit_receipts_wait:  # lists ask it of each row
        return None
    payment = donation.payments.filter(status=PaymentStatus.SUCCEEDED, method__in=DEBITS).first()
    if payment is None or payment.paid_at is None:
        return None
    until = payment.paid_at + timedelta(days=donation.issuer.debit_receipts_wait)
    return until if until > timezone.now() else None


def due_for_year(regime: TaxRegime, year: int) -> QuerySet[Donation]:
    """The gifts of a tax year that their donors want on one receipt."""
    first, last = regime.period(year)
    begins, ends = midnight(first), midnight(last + timedelta(days=1))
    paid = Payment.objects.filter(
        donation=OuterRef("pk"), status=PaymentStatus.SUCCEEDED, paid_at__gte=begins, paid_at__lt=ends
    )
    return (
        without_receipt()
        .filter(Exists(paid), issuer__regime=regime.code, receipt_wish=ReceiptWish.YEARLY)
        .exclude(donor__kind=DonorKind.COMPANY)
    )


def why_not(donation: Donation) -> list[Any]:
    """Why `donation` gets no receipt, as sentences for staff; empty when it may have one."""
    return _why_not(donation, _standings([donation.pk])[donation.pk])


def _why_not(donation: Donation, standing: "_Standing", *, is_donor_known: bool = False) -> list[Any]:
    """The same; with `is_donor_known` the donor's details are not asked for: an earlier receipt has them."""
    regime, form, reasons = _form_of(donation.issuer, donation.donor)
    reasons = list(reasons)
    if not standing.has_money:
        reasons.append(_("The issuer does not hold the money of this gift."))
    if standing.is_returning:
        reasons.append(_("A refund is under way. The receipt waits for it."))
    if standing.is_certified:
        reasons.append(_("This gift stands on a receipt already."))
    if regime and donation.currency != regime.currency:
        reasons.append(_("Gifts in this currency are not certified."))
    if regime and form and not is_donor_known:
        if donation.donor.erased_at:
            reasons.append(_("The donor has been erased."))
        else:
            reasons += _donor_lacks(regime, form, donation.donor)
    return reasons


def _form_of(issuer: Issuer, donor: Donor) -> tuple[TaxRegime | None, Form | None, list[Any]]:
    """The rules and the form for an issuer's receipts to a donor today, and what the issuer lacks for them."""
    regime = REGIMES.get(issuer.regime)
    if regime is None:
        return None, None, [format_lazy(_("{issuer} issues no receipts."), issuer=issuer.name)]
    form = regime.form(donor.kind, timezone.localdate())
    if form is None:
        return regime, None, [_("The tax rules know no receipt for this kind of donor.")]
    fields = [Issuer._meta.get_field(name).verbose_name for name in regime.issuer_lacks(issuer, form)]
    return regime, form, [format_lazy(_("The issuer’s details lack: {field}."), field=field) for field in fields]


def _donor_lacks(regime: TaxRegime, form: Form, donor: Donor) -> list[Any]:
    labels = {one.name: one.label for one in regime.declarations}
    reasons = []
    for name in regime.donor_lacks(donor, form):
        label = labels.get(name)
        field = (
            label.get(translation.get_language(), label["en"]) if label else Donor._meta.get_field(name).verbose_name
        )
        reasons.append(format_lazy(_("The donor has not given: {field}."), field=field))
    return reasons


@dataclass(frozen=True)
class _Standing:
    """What decides whether a gift may stand on a receipt."""

    state: str
    held_minor: int  # what the ledger holds of it
    is_returning: bool  # a refund is under way
    is_certified: bool  # it stands on a valid receipt

    @property
    def has_money(self) -> bool:
        return self.state in CERTIFIABLE and self.held_minor > 0

    @property
    def may_stay(self) -> bool:
        return self.has_money and not self.is_returning


def _standings(pks: Iterable[int]) -> dict[int, _Standing]:
    refunds = Refund.objects.filter(
        payment__donation=OuterRef("pk"), status__in=(RefundStatus.REQUESTED, RefundStatus.PENDING)
    )
    lines = ReceiptLine.objects.filter(payment__donation=OuterRef("pk"), is_valid=True)
    gifts = Donation.objects.order_by().filter(pk__in=list(pks)).annotate(donation_ref=F("pk"))
    rows = gifts.values_list("pk", "state", _held(), Exists(refunds), Exists(lines))
    return {pk: _Standing(*row) for pk, *row in rows}


# --- Issuing --------------------------------------------------------------------------------------


@transaction.atomic
def issue(
    pks: Iterable[int],
    cause: str,
    *,
    user: Any = None,
    period_year: int | None = None,
    replaces: Receipt | None = None,
) -> Receipt:
    """Issue one receipt for the gifts `pks` of one donor to one issuer.

    Raises CannotIssue when one of them may not be certified or anything that the form asks for is missing, and
    whatever the making of the paper raises; no number is used up then.
    """
    donations = _locked(pks)
    if not donations or len({(gift.donor_id, gift.issuer_id) for gift in donations}) > 1:
        raise CannotIssue([_("A receipt is for gifts of one donor to one issuer.")])
    issuer, donor = donations[0].issuer, donations[0].donor
    # Of a donor who has been erased since, the receipt that is replaced still knows what the law asks for.
    known = replaces.snapshot["donor"] if replaces and donor.erased_at else None
    standings = _standings(gift.pk for gift in donations)
    reasons = [
        reason for gift in donations for reason in _why_not(gift, standings[gift.pk], is_donor_known=known is not None)
    ]
    regime, form, _reasons = _form_of(issuer, donor)
    if form and form.is_for_each_gift and len(donations) > 1:
        reasons.append(_("The form for companies is for one gift."))
    if reasons or regime is None or form is None:
        raise CannotIssue(list(dict.fromkeys(map(str, reasons))))
    now = timezone.now()
    held = {pk: standing.held_minor for pk, standing in standings.items()}
    payments = {
        payment.donation_id: payment
        for payment in Payment.objects.filter(donation__in=donations, status=PaymentStatus.SUCCEEDED)
    }
    paid = sorted((payments[gift.pk] for gift in donations), key=lambda payment: (payment.paid_at, payment.pk))
    gifts = [Gift(timezone.localdate(one.paid_at), one.method, held[one.donation_id]) for one in paid]
    receipt = Receipt(
        issuer=issuer,
        year=timezone.localdate(now).year,
        donor=donor,
        regime=regime.code,
        form=form.number,
        period_year=period_year,
        amount_minor=sum(gift.amount_minor for gift in gifts),
        currency=regime.currency,
        language=regime.language,
        issued_at=now,
        replaces=replaces,
    )
    receipt.number = _next_number(issuer, receipt.year)
    _freeze(receipt, regime, form, known or _donor_data(donor), gifts)
    receipt.save(force_insert=True)
    ReceiptLine.objects.bulk_create(
        ReceiptLine(receipt=receipt, payment=one, amount_minor=held[one.donation_id]) for one in paid
    )
    for gift in donations:
        lifecycle.note(gift, "receipt", cause, user=user, number=receipt.full_number)
    if donor.email and not donor.erased_at:
        lifecycle.enqueue("receipt", str(receipt.pk), donations[0], pledge=donations[0].pledge)
    return receipt


def _locked(pks: Iterable[int]) -> list[Donation]:
    gifts = Donation.objects.select_for_update(of=("self",), no_key=True).select_related("donor", "issuer")
    return list(gifts.filter(pk__in=list(pks)).order_by("pk"))


def _next_number(issuer: Issuer, year: int) -> int:
    """The next number of the issuer's year; others wait for it until this transaction ends."""
    series = ReceiptSeries.objects.filter(issuer=issuer, year=year)
    while not series.update(last_number=F("last_number") + 1):
        ReceiptSeries.objects.bulk_create([ReceiptSeries(issuer=issuer, year=year)], ignore_conflicts=True)
    return series.values_list("last_number", flat=True).get()


def _donor_data(donor: Donor) -> dict[str, str]:
    return {name: getattr(donor, name) for name in (*_FROZEN, "country")}


def _freeze(receipt: Receipt, regime: TaxRegime, form: Form, donor: dict[str, str], gifts: list[Gift]) -> None:
    """Put into `receipt` what it says for good, and both papers that are ever handed out."""
    replaced = receipt.replaces
    words = regime.words(
        form,
        receipt.issuer,
        donor,
        gifts,
        number=receipt.full_number,
        issued_on=timezone.localdate(receipt.issued_at),
        period_year=receipt.period_year,
        replaced=(replaced.full_number, timezone.localdate(replaced.issued_at)) if replaced else None,
        is_live=settings.DONATIONS_LIVE,
    )
    receipt.snapshot = {
        "donor": donor,
        "issuer": {"name": receipt.issuer.name, "siren": receipt.issuer.siren, "rna": receipt.issuer.rna},
        "gifts": [
            {"paid_on": gift.paid_on.isoformat(), "method": gift.method, "amount_minor": gift.amount_minor}
            for gift in gifts
        ],
        "words": words,
    }
    receipt.pdf, receipt.copy_pdf = papers(receipt)
    receipt.sha256, receipt.copy_sha256 = (
        hashlib.sha256(paper).hexdigest() for paper in (receipt.pdf, receipt.copy_pdf)
    )


def papers(receipt: Receipt) -> tuple[bytes, bytes]:
    """The original and the copy, from the receipt's frozen words: always the same bytes (with the same typst)."""
    words = receipt.snapshot["words"]
    return print_both(words, REGIMES[receipt.regime].marked_as_copy(words), int(receipt.issued_at.timestamp()))


# --- Voiding and replacing ------------------------------------------------------------------------


@transaction.atomic
def void_and_replace(pk: int, reason: str, cause: str, *, user: Any = None) -> tuple[Receipt, Receipt | None]:
    """Void a receipt and issue another for what its gifts still hold; None where nothing can be certified any more.

    Raises CannotIssue when it is void already. `reason` is a word, never anything personal.
    """
    lines = ReceiptLine.objects.filter(receipt=pk)
    donations = _locked(lines.values_list("payment__donation", flat=True))
    receipt = Receipt.objects.select_for_update(of=("self",), no_key=True).select_related("issuer").get(pk=pk)
    if receipt.voided_at:
        raise CannotIssue([_("This receipt is void already.")])
    receipt.voided_at, receipt.void_reason = timezone.now(), reason[:40]
    receipt.save(update_fields=["voided_at", "void_reason"])
    lines.update(is_valid=False)
    for gift in donations:
        lifecycle.note(gift, "receipt void", cause, user=user, number=receipt.full_number, reason=reason[:40])
    left = [pk for pk, one in sorted(_standings(gift.pk for gift in donations).items()) if one.may_stay]
    if not left:
        return receipt, None
    try:
        return receipt, issue(left, cause, user=user, period_year=receipt.period_year, replaces=receipt)
    except CannotIssue:
        return receipt, None  # the gifts come back to the list of those without a receipt


def untrue() -> list[int]:
    """The valid receipts that certify other than what their gifts hold now, after a refund or a dispute."""
    lines = ReceiptLine.objects.filter(is_valid=True).annotate(donation_ref=F("payment__donation"))
    wrong = lines.annotate(held=_held()).exclude(held=F("amount_minor"))
    return sorted(set(wrong.values_list("receipt", flat=True)))


def settle_receipts(cause: str = "timer", stop: Callable[[], bool] = never) -> Tally:
    """What a timer does: void and replace what is no longer true, then issue what is due. May be run again at any time.

    One receipt that fails stops no other; it is tried again at the next run.
    """
    tally = Tally()
    for pk in untrue():
        if stop():
            return tally
        with _counted(tally):
            _void, new = void_and_replace(pk, "money_changed", cause)
            tally.voided += 1
            tally.replaced += new is not None
    for pk in due().order_by("paid_at", "pk").values_list("pk", flat=True):
        if stop():
            return tally
        with _counted(tally):
            issue([pk], cause)
            tally.issued += 1
    return tally


class _counted:
    """Counts what cannot be issued and what fails, so that the next one has its turn."""

    def __init__(self, tally: Tally) -> None:
        self.tally = tally

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: Any) -> bool:
        if isinstance(error, CannotIssue):
            self.tally.refused += 1
            return True
        if isinstance(error, Exception):
            # The class alone: the text of an error may quote what is personal.
            logger.error("A receipt could not be made: %s", type(error).__name__)
            self.tally.failed += 1
            return True
        return False


# --- A year's receipts ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Yearly:
    """One donor's gifts of a year to one issuer."""

    regime: TaxRegime
    year: int
    pks: tuple[int, ...]
    amount_minor: int
    reasons: tuple[Any, ...]


def yearly_receipts(year: int) -> Iterator[Yearly]:
    """The receipts to be issued for a tax year, those that cannot be among them (with reasons).

    A gift that is being paid back waits; it does not keep the others of the year waiting. A direct debit that its
    issuer waits for does: there would be two receipts for one year.
    """
    for regime in REGIMES.values():
        groups: dict[tuple[int, int], list[Donation]] = defaultdict(list)
        for gift in due_for_year(regime, year).select_related("donor", "issuer").order_by("issuer", "donor", "pk"):
            groups[gift.issuer_id, gift.donor_id].append(gift)
        for gifts in groups.values():
            standings = _standings(gift.pk for gift in gifts)
            why = {gift.pk: _why_not(gift, standings[gift.pk]) for gift in gifts}
            ready = [gift for gift in gifts if not why[gift.pk]]
            reasons = () if ready else tuple(dict.fromkeys(reason for some in why.values() for reason in some))
            if any(map(waits_until, ready)):
                reasons = (_("A direct debit may still be returned: the issuer’s receipts wait for that."),)
            pks = tuple(gift.pk for gift in ready or gifts)
            yield Yearly(regime, year, pks, sum(standings[pk].held_minor for pk in pks), reasons)


def issue_yearly(yearly: Yearly, tally: Tally, cause: str = "issue_receipts") -> None:
    """Issue one of them, and count it."""
    with _counted(tally):
        issue(yearly.pks, cause, period_year=yearly.year)
        tally.issued += 1


# --- Handing over ---------------------------------------------------------------------------------


@transaction.atomic
def hand_over(pk: int, to: str, *, user: Any = None, sending: int | None = None) -> bytes:
    """The stored bytes of a receipt for "donor", "mail", "post", "staff" or "data", and the note that they went there.

    "data" is a donor's copy of everything that is kept (donations/privacy.py): a duplicate, like what staff look at.

    The first that goes into the donor's hands is the original; all others are marked as copies. An e-mail that is
    sent again after a failure says so by the same `sending`: it is one hand-over, however many attempts it takes.
    Raises Damaged when the bytes are not those that were issued.
    """
    receipt = Receipt.objects.select_for_update(of=("self",), no_key=True).get(pk=pk)
    name = to if sending is None else f"{to} {sending}"
    first = handed_over(receipt).order_by("pk").first()
    is_again = sending is not None and receipt.copies.filter(to=name).exists()
    is_original = to in ORIGINAL_FOR and (first is None or (is_again and first.to == name))
    paper = bytes(receipt.pdf if is_original else receipt.copy_pdf)
    if hashlib.sha256(paper).hexdigest() != (receipt.sha256 if is_original else receipt.copy_sha256):
        raise Damaged(receipt.full_number)
    if not is_again:
        ReceiptCopy.objects.create(receipt=receipt, to=name, user=user)
    return paper


def handed_over(receipt: Receipt) -> QuerySet[ReceiptCopy]:
    """The times that a receipt went into the donor's hands; what staff looked at is not among them."""
    return receipt.copies.filter(Q(to__in=ORIGINAL_FOR) | Q(to__startswith="mail "))


def link(receipt: Receipt, language: str) -> str:
    """The secret address at which the donor finds a receipt: it is signed, so that no other can be guessed from it."""
    with translation.override(language):
        return reverse("receipt", args=[_signer.sign(receipt.pk)])


def of_link(key: str) -> Receipt | None:
    """The receipt of a secret address; None for an address that we have not given, or of a donor who was erased."""
    try:
        pk = int(_signer.unsign(key))
    except (signing.BadSignature, ValueError):
        return None
    receipts = Receipt.objects.select_related("issuer", "donor").defer("pdf", "copy_pdf", "snapshot")
    receipt = receipts.filter(pk=pk).first()
    if receipt is None or receipt.donor is None or receipt.donor.erased_at:
        return None
    return receipt
