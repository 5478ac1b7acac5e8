"""What a donation page offers at this moment, and the act of beginning a gift."""

import uuid
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q, Sum
from django.utils import formats, timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from donations import lifecycle, tax
from donations.gateway import can, is_sandbox
from donations.models import (
    Consent,
    Donation,
    DonationPage,
    DonationPreset,
    Donor,
    DonorKind,
    FamilyPage,
    Frequency,
    Fund,
    LedgerEntry,
    Pause,
    Pledge,
    TaxRate,
    Tribute,
    UsedToken,
)
from donations.money import display
from donations.providers.base import Capability
from donations.references import new_reference
from donations.states import BEFORE_MONEY, WITHOUT_MONEY, DonationState
from portal.form_guard import FormGuard

FAMILY_PAGE_LASTS = timedelta(days=365)

_OVER = {DonationState.EXPIRED, DonationState.CANCELLED}
_CHANGEABLE = (BEFORE_MONEY | WITHOUT_MONEY) - {DonationState.PROCESSING}


class GiftGuard(FormGuard):
    """The token of a donation page's form. That it serves for one gift is kept by `UsedToken`."""

    OLDEST = 2 * 3600  # seconds

    def __init__(self, page: DonationPage) -> None:
        super().__init__(f"donations.gift.{page.pk}")


class AlreadyGiven(Exception):
    """The form that was sent has brought a gift already, on which nothing can be changed any more."""

    def __init__(self, donation: Donation) -> None:
        self.donation = donation
        super().__init__(donation.reference)


# --- What a page offers ---------------------------------------------------------------------------


class Offer:
    """What can be given on a donation page now. Each part is found when it is asked for, once."""

    def __init__(self, page: DonationPage) -> None:
        self.page = page
        self.source: DonationPage = page.source
        self.currency: str = self.source.currency

    @cached_property
    def funds(self) -> list[Fund]:
        """The open funds whose issuers can be given to in some way."""
        funds = self.source.funds.select_related("issuer").filter(is_open=True)
        return [fund for fund in funds if self.by_hand(fund) or can(fund.issuer, Capability.ONLINE)]

    @cached_property
    def is_paused(self) -> bool:
        return is_paused(self.page)

    @property
    def is_early(self) -> bool:
        return bool(self.source.opens_at and timezone.now() < self.source.opens_at)

    @property
    def is_over(self) -> bool:
        return bool(self.source.closes_at and timezone.now() >= self.source.closes_at)

    @property
    def is_open(self) -> bool:
        """Whether the page takes gifts at all, in whatever way."""
        return bool(self.funds) and not self.is_early and not self.is_over

    def online(self, fund: Fund) -> bool:
        return not self.is_paused and can(fund.issuer, Capability.ONLINE)

    def monthly(self, fund: Fund) -> bool:
        return self.source.takes_monthly and self.online(fund) and can(fund.issuer, Capability.MONTHLY)

    @staticmethod
    def by_hand(fund: Fund) -> bool:
        """By cheque or transfer."""
        return bool(fund.issuer.iban or fund.issuer.address)

    @cached_property
    def has_online(self) -> bool:
        return any(self.online(fund) for fund in self.funds)

    @cached_property
    def has_monthly(self) -> bool:
        return any(self.monthly(fund) for fund in self.funds)

    @cached_property
    def has_receipts(self) -> bool:
        return any(fund.issuer.regime for fund in self.funds)

    @property
    def is_sandbox(self) -> bool:
        return is_sandbox()

    @cached_property
    def presets(self) -> dict[str, list[DonationPreset]]:
        """Suggested amounts by frequency."""
        found: dict[str, list[DonationPreset]] = {frequency: [] for frequency in Frequency.values}
        for preset in self.source.presets.all():
            found[preset.frequency].append(preset)
        return found

    @cached_property
    def rates(self) -> dict[tuple[str, str], TaxRate]:
        """What comes back of a gift today, by tax regime and kind of donor."""
        regimes = {fund.issuer.regime for fund in self.funds} - {""}
        found = {
            (regime, kind): tax.rate_on(kind, regime, timezone.localdate()) for regime in regimes for kind in DonorKind
        }
        return {of: rate for of, rate in found.items() if rate}

    def rate(self, fund: Fund | None, donor_kind: str) -> TaxRate | None:
        """What comes back of a gift to `fund`."""
        return self.rates.get((fund.issuer.regime, donor_kind)) if fund else None

    @cached_property
    def raised_minor(self) -> int:
        """What the ledger holds of gifts through this page, in all its languages."""
        entries = LedgerEntry.objects.filter(
            donation__page__translation_key=self.source.translation_key, currency=self.currency
        )
        return max(0, entries.aggregate(sum=Sum("amount_minor"))["sum"] or 0)

    @cached_property
    def reached_minor(self) -> int:
        """As far as a bar can show it."""
        return min(self.raised_minor, self.source.goal_minor or 0)


def is_paused(page: DonationPage | None) -> bool:
    """Whether staff have stopped giving online, on `page` (in any language) or everywhere."""
    pages = Q(page=None)
    if page:
        pages |= Q(page__translation_key=page.translation_key)
    return Pause.objects.filter(pages, ended_at=None).exists()


@dataclass(frozen=True)
class Restated:
    """A gift in words, as the donor is to read it before it is made."""

    amount: str
    gift: str
    cost: str = ""
    caveat: str = ""


def restate(amount_minor: int, currency: str, frequency: str, rate: TaxRate | None, language: str) -> Restated:
    """What a donor gives, how often, and what it costs after tax."""
    amount = display(amount_minor, currency, language)
    if frequency == Frequency.MONTHLY:
        year = display(12 * amount_minor, currency, language)
        gift = _("You give %(amount)s every month: %(year)s in a year.") % {"amount": amount, "year": year}
    else:
        gift = _("You give %(amount)s, once.") % {"amount": amount}
    if rate is None:
        return Restated(amount, gift)
    cost = display(tax.cost_at(amount_minor, rate), currency, language)
    return Restated(amount, gift, cost_sentence(frequency).format(cost=cost, percent=percent(rate)), caveat())


def cost_sentence(frequency: str) -> str:
    """With {cost} and {percent} left to fill in, here or in the browser."""
    if frequency == Frequency.MONTHLY:
        return _("After tax it costs you {cost} a month: {percent} of it comes back.")
    return _("After tax it costs you {cost}: {percent} of it comes back.")


def percent(rate: TaxRate) -> str:
    return _("%(number)s%%") % {"number": formats.number_format(rate.percent.normalize())}


def caveat() -> str:
    return _("If you pay tax in France, and within the limits that the law sets. Your receipt is the proof.")


# --- A gift ---------------------------------------------------------------------------------------


@dataclass
class Gift:
    """A gift as a donor has described it, checked."""

    amount_minor: int
    fund: Fund
    is_monthly: bool
    provider: str
    receipt_wish: str
    donor: dict[str, str]
    tribute: dict[str, Any] | None = None
    wants_letter: bool = False
    family: FamilyPage | None = None
    consents: dict[str, str] = field(default_factory=dict)  # the exact words by kind

    @property
    def account(self) -> str:
        return "" if self.provider == "manual" else self.fund.issuer.account

    def is_same_as(self, donation: Donation) -> bool:
        """Whether `donation` is what this describes: then a form sent twice is one gift."""
        donor, tribute = donation.donor, getattr(donation.donor, "tribute", None)
        return (
            donation.amount_minor == self.amount_minor
            and donation.fund_id == self.fund.pk
            and (donation.pledge_id is not None) == self.is_monthly
            and donation.provider == self.provider
            and donation.receipt_wish == self.receipt_wish
            and all(getattr(donor, name) == value for name, value in self.donor.items())
            and (tribute is not None) == (self.tribute is not None)
            and (tribute is None or all(getattr(tribute, name) == value for name, value in self.tribute.items()))
        )


def begin(page: DonationPage, gift: Gift, key: uuid.UUID) -> Donation:
    """The gift that the form with the single-use `key` describes: made now, or when the form was sent before.

    A donor who comes back, changes something and sends the form again has changed their mind: the gift begun before
    is given up. Raises AlreadyGiven when money has come, or is on its way.
    """
    UsedToken.objects.get_or_create(token=key)
    with transaction.atomic():
        used = UsedToken.objects.select_for_update(of=("self",)).get(token=key)
        before = used.donation
        if before and before.state not in _OVER and gift.is_same_as(before):
            return before
        if before and before.state not in _CHANGEABLE:
            raise AlreadyGiven(before)
        if before:
            lifecycle.given_up(before, "donor")
        used.donation = _make(page, gift)
        used.save(update_fields=["donation"])
        return used.donation


def _make(page: DonationPage, gift: Gift) -> Donation:
    now = timezone.now()
    donor = Donor.objects.create(**gift.donor, language=page.language)
    Consent.objects.bulk_create(
        Consent(donor=donor, kind=kind, wording=wording, language=page.language, given_at=now)
        for kind, wording in gift.consents.items()
    )
    if gift.tribute:
        family = gift.family
        if family is None and gift.wants_letter:
            family = FamilyPage.objects.create(
                person=gift.tribute["person"],
                fund=gift.fund,
                language=page.language,
                closes_on=timezone.localdate() + FAMILY_PAGE_LASTS,
            )
        Tribute.objects.create(donor=donor, family=family, **gift.tribute)
    shared = {
        "donor": donor,
        "fund": gift.fund,
        "issuer_id": gift.fund.issuer_id,
        "amount_minor": gift.amount_minor,
        "currency": page.source.currency,
        "receipt_wish": gift.receipt_wish,
        "provider": gift.provider,
        "account": gift.account,
    }
    return Donation.objects.create(
        **shared,
        pledge=Pledge.objects.create(**shared) if gift.is_monthly else None,
        reference=new_reference(),
        page=page,
        language=page.language,
    )
