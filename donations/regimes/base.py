"""What every tax regime answers: which form holds on a day, what it asks of donor and issuer, what the paper says.

A regime is data - forms with the day from which each holds - and one class that words the paper. Amounts are integers
in minor units. Everything said here of a law comes from secondary sources: finance compares it with the official
form before going live (docs/features/receipts.md).
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import formats, numberformat, translation
from django_countries import countries

from donations.models import Donor, DonorKind, Issuer
from donations.money import EXPONENTS

Words = dict[str, Any]
"""The words of a receipt as donations/paper/receipt.typ prints them: texts, lists and dictionaries of texts."""


@dataclass(frozen=True)
class Form:
    """A model of receipt, from the day on that it holds. Fields are those of Donor and of Issuer."""

    number: str
    donor_kind: str
    valid_from: date
    title: str
    articles: tuple[str, ...]  # of the tax code, that it may certify
    donor_fields: tuple[str, ...]  # without which none is issued
    issuer_fields: tuple[str, ...]
    source: str
    is_for_each_gift: bool = False  # several gifts never stand on one


@dataclass(frozen=True)
class Declaration:
    """What a donor must declare beyond name and address: kept under `name` in Donor.declared."""

    name: str
    label: dict[str, str]
    wording: dict[str, str]  # with {issuer}


@dataclass(frozen=True)
class Gift:
    """One payment that a receipt certifies: the day on which it came, in the issuer's time zone."""

    paid_on: date
    method: str
    amount_minor: int


class TaxRegime(ABC):
    """One country's rules."""

    code: str
    language: str  # of the paper, whatever the donor reads: it is for that country's tax office
    region: str
    currency: str
    forms: tuple[Form, ...]
    declarations: tuple[Declaration, ...] = ()
    yearly_starts: tuple[int, int] = (1, 1)  # month and day on which a tax year begins

    def form(self, donor_kind: str, on: date) -> Form | None:
        """The form in force on a day for a kind of donor; None: they get no receipt."""
        held = [form for form in self.forms if form.donor_kind == donor_kind and form.valid_from <= on]
        return max(held, key=lambda form: form.valid_from, default=None)

    def year_of(self, day: date) -> int:
        """The tax year that a day belongs to: the calendar year in which it begins."""
        return day.year if (day.month, day.day) >= self.yearly_starts else day.year - 1

    def period(self, year: int) -> tuple[date, date]:
        """The first and the last day of a tax year."""
        month, day = self.yearly_starts
        return date(year, month, day), date.fromordinal(date(year + 1, month, day).toordinal() - 1)

    def donor_lacks(self, donor: Donor, form: Form) -> list[str]:
        """The fields and declarations that `form` asks for and `donor` has not given."""
        names = [*form.donor_fields, *self._also_asked(donor)]
        lacking = [name for name in names if not str(getattr(donor, name)).strip()]
        return lacking + [one.name for one in self.declarations if not donor.declared.get(one.name)]

    def issuer_lacks(self, issuer: Issuer, form: Form) -> list[str]:
        """The fields that `form` asks for and `issuer` has not filled in."""
        lacking = []
        for name in form.issuer_fields:
            value = getattr(issuer, name)
            text = value.localize(self.language) if hasattr(value, "localize") else value
            if not (text.strip() if isinstance(text, str) else text):
                lacking.append(name)
        if form.articles and not self.articles(issuer, form) and "articles" not in lacking:
            lacking.append("articles")
        return lacking

    def articles(self, issuer: Issuer, form: Form) -> list[str]:
        """The articles that `issuer` may certify on `form`."""
        return [article for article in form.articles if article in issuer.articles]

    def _also_asked(self, donor: Donor) -> list[str]:
        """Fields that depend on other answers."""
        return []

    @abstractmethod
    def words(
        self,
        form: Form,
        issuer: Issuer,
        donor: dict[str, str],
        gifts: Sequence[Gift],
        *,
        number: str,
        issued_on: date,
        period_year: int | None = None,
        replaced: tuple[str, date] | None = None,
        is_live: bool = True,
    ) -> Words:
        """What the paper says; `replaced` are number and day of the receipt whose place it takes."""

    @abstractmethod
    def marked_as_copy(self, words: Words) -> Words:
        """The words of every copy after the original."""

    # --- Small things that all papers have --------------------------------------------------------

    def day(self, day: date) -> str:
        with translation.override(self.language):
            return formats.date_format(day, "j F Y")

    def figures(self, amount_minor: int, currency: str) -> str:
        """An amount with all its decimals."""
        exponent = EXPONENTS[currency]
        return numberformat.format(
            Decimal(amount_minor).scaleb(-exponent),
            decimal_pos=exponent,
            grouping=3,
            force_grouping=True,
            decimal_sep=formats.get_format("DECIMAL_SEPARATOR", self.language),
            thousand_sep=formats.get_format("THOUSAND_SEPARATOR", self.language),
        )

    def wording(self, value: Any) -> str:
        """A wording of the issuer, in the paper's language."""
        return str(value.localize(self.language))

    def address_of(self, donor: dict[str, str]) -> list[str]:
        with translation.override(self.language):
            country = countries.name(donor["country"]) or donor["country"]
        town = f"{donor['postal_code']} {donor['city']}".strip()
        return [*donor["street"].splitlines(), town, country]

    @staticmethod
    def address_lines(issuer: Issuer) -> list[str]:
        """The issuer's address without its name, which stands above."""
        return [line for line in issuer.address.splitlines() if line.strip() and line.strip() != issuer.name] or [""]


def fact(label: str, *lines: str) -> dict[str, Any]:
    """A label and what holds of it, line by line."""
    return {"kind": "fact", "label": label, "lines": [line for line in lines if line] or ["–"]}


def text(words: str) -> dict[str, Any]:
    return {"kind": "text", "text": words}


def ticked(words: str) -> dict[str, Any]:
    """A box of the form that applies; those that do not apply need not be printed."""
    return {"kind": "ticked", "text": words}


def person_name(donor: dict[str, str]) -> str:
    return donor["company"] if donor["kind"] == DonorKind.COMPANY else f"{donor['first_name']} {donor['last_name']}"
