"""Reading a bank's list of movements: which column is what is guessed, and what cannot be understood is said."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import BinaryIO

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from donations.models import BankLine, Issuer
from donations.money import NotAnAmount, parse_amount
from portal import tables
from portal.folding import fold

LARGEST = 1_500_000  # bytes: some 15,000 movements
MOST_MINOR = 2_000_000_000  # what the column holds: twenty million euros
_HEADER_WITHIN = 30  # rows: banks write the account's number and balance above the header

_DATES = ("date", "jour", "booked", "booking date", "buchungstag")
_AMOUNTS = ("credit", "montant", "amount", "somme", "betrag", "eur", "euros")
_TEXTS = (
    "libelle",
    "label",
    "text",
    "description",
    "communication",
    "reference",
    "detail",
    "motif",
    "information",
    "nom",
    "name",
    "emetteur",
    "donneur",
    "payer",
    "type",
    "nature",
)
_DATE_FIRST = ("operation", "comptable", "booking", "booked")  # rather than the value date


@dataclass(frozen=True)
class Columns:
    """Which column of a file is what, counted from nought. `texts` are joined."""

    date: int
    amount: int
    texts: tuple[int, ...]


@dataclass
class Movement:
    """One credit of the file. `row` is its number in the file; `problem` says why it cannot be kept."""

    row: int
    booked_on: date | None = None
    amount_minor: int = 0
    text: str = ""
    problem: str | Promise = ""


@dataclass
class BankFile:
    """A file as it was read: its columns, a guess of what they are, and its rows below the header."""

    header: list[str]
    rows: list[tuple[int, list[str]]]
    guess: Columns | None = None
    debits: int = field(default=0, init=False)

    def movements(self, columns: Columns, currency: str) -> Iterator[Movement]:
        """The credits. Debits and empty amounts are counted in `debits`: gifts are none."""
        self.debits = 0
        day_first = _is_day_first(cells[columns.date] for _row, cells in self.rows if columns.date < len(cells))
        width = max(columns.date, columns.amount, *columns.texts) + 1
        for row, cells in self.rows:
            if len(cells) < width:
                if any(cells):
                    yield Movement(row, problem=_("This row has too few columns."))
                continue
            movement = Movement(row, text=" ".join(" ".join(cells[at] for at in columns.texts).split())[:500])
            try:
                movement.amount_minor = _credit(cells[columns.amount], currency)
            except NotAnAmount:
                movement.problem = _("This amount cannot be read.")
            if not movement.problem and movement.amount_minor <= 0:
                self.debits += 1
                continue
            movement.booked_on = _date(cells[columns.date], day_first=day_first)
            if movement.booked_on is None:
                movement.problem = _("This date cannot be read.")
            yield movement


def read(file: BinaryIO) -> BankFile:
    """The rows of a CSV or XLSX file. Raises tables.TableError, which says why and what to do."""
    table = tables.read(file)
    rows = [(1, table.header)]
    rows += [(record.number, list(record.cells)) for record in table.records if record.cells]
    for at, (_row, cells) in enumerate(rows[:_HEADER_WITHIN]):
        if guess := _by_names(cells):
            return BankFile(cells, rows[at + 1 :], guess)
    # No header at all: the first row that looks like a movement shows what is what.
    for at, (_row, cells) in enumerate(rows[:_HEADER_WITHIN]):
        if guess := _by_values(cells):
            return BankFile(cells, rows[at:], guess)
    return BankFile(rows[0][1], rows[1:])


def _by_names(cells: Sequence[str]) -> Columns | None:
    names = [" ".join(re.findall(r"[a-z]+", fold(cell))) for cell in cells]

    def those_with(words: Sequence[str]) -> list[int]:
        return [at for at, name in enumerate(names) if any(word in name.split() for word in words)]

    dates = [at for at in those_with(_DATES) if not _is_value(cells[at])]
    dates.sort(key=lambda at: not any(word in names[at] for word in _DATE_FIRST))
    amounts = [at for word in _AMOUNTS for at in those_with([word]) if at not in dates]
    texts = [at for at in those_with([*_TEXTS, *(f"{word}s" for word in _TEXTS)]) if at not in (*dates, *amounts)]
    if not (dates and amounts and texts):
        return None
    return Columns(dates[0], amounts[0], tuple(texts))


def _by_values(cells: Sequence[str]) -> Columns | None:
    dates = [at for at, cell in enumerate(cells) if _date(cell)]
    amounts = [at for at, cell in enumerate(cells) if at not in dates and _is_amount(cell)]
    texts = [at for at, cell in enumerate(cells) if at not in (*dates, *amounts) and re.search("[A-Za-z]{3}", cell)]
    return Columns(dates[0], amounts[0], tuple(texts)) if dates and amounts and texts else None


def _is_value(cell: str) -> bool:
    return bool(_date(cell)) or _is_amount(cell)


def _is_amount(cell: str) -> bool:
    if not re.search(r"\d[.,]\d\d\b", cell):
        return False
    try:
        return _credit(cell, "EUR") != 0
    except NotAnAmount:
        return False


def _credit(cell: str, currency: str) -> int:
    """The amount in minor units, below nought for a debit; 0 for an empty cell."""
    text = cell.strip().replace("\u2212", "-")
    if not text:
        return 0
    is_debit = text.startswith(("-", "(")) or text.endswith("-")
    try:
        amount = parse_amount(text.strip("+-() \u00a0\u202f"), currency, MOST_MINOR)
    except NotAnAmount as error:
        if error.reason == "zero":
            return 0
        raise
    return -amount if is_debit else amount


_NUMBERS = re.compile(r"(\d{1,4})[./\- ](\d{1,2})[./\- ](\d{1,4})(?:[T ].*)?")


def _is_day_first(cells: Iterator[str]) -> bool:
    """Whether days stand before months: unless a month would be above twelve, and no day is."""
    second, first = False, False
    for cell in cells:
        if (found := _NUMBERS.fullmatch(cell.strip())) and len(found[1]) <= 2:
            first, second = first or int(found[1]) > 12, second or int(found[2]) > 12
    return first or not second


def _date(cell: str, *, day_first: bool = True) -> date | None:
    text = cell.strip()
    if re.fullmatch(r"20\d{6}", text):
        text = f"{text[:4]}-{text[4:6]}-{text[6:]}"
    found = _NUMBERS.fullmatch(text)
    if not found:
        return None
    a, b, c = found[1], found[2], found[3]
    if len(a) == 4:
        year, month, day = int(a), int(b), int(c)
    else:
        day, month = (int(a), int(b)) if day_first else (int(b), int(a))
        year = int(c) + (2000 if len(c) == 2 else 0)
    try:
        found_day = date(year, month, day)
    except ValueError:
        return None
    return found_day if 2000 <= found_day.year <= 2100 else None


@dataclass(frozen=True)
class Kept:
    """What came of a file: how many lines are new, how many were known."""

    new: int
    known: int


def keep(issuer: Issuer, currency: str, movements: Sequence[Movement]) -> Kept:
    """Keep the movements as lines of the issuer's account: a second time adds nothing."""
    turns: Counter[tuple[date, int, str]] = Counter()
    lines = []
    for movement in movements:
        if movement.problem or movement.booked_on is None:
            continue
        what = (movement.booked_on, movement.amount_minor, fold(movement.text))
        turns[what] += 1
        lines.append(
            BankLine(
                issuer=issuer,
                booked_on=movement.booked_on,
                amount_minor=movement.amount_minor,
                currency=currency,
                text=movement.text,
                identity=identity(currency, *what, turns[what]),
            )
        )
    before = BankLine.objects.filter(issuer=issuer).count()
    BankLine.objects.bulk_create(lines, ignore_conflicts=True)
    new = BankLine.objects.filter(issuer=issuer).count() - before
    return Kept(new, len(lines) - new)


def identity(currency: str, booked_on: date, amount_minor: int, text: str, turn: int = 1) -> str:
    """What makes a line the same line in another file: its words, and its turn among equal ones of a day."""
    return hashlib.sha256(
        "\n".join([currency, booked_on.isoformat(), str(amount_minor), text, str(turn)]).encode()
    ).hexdigest()


def keep_cheque(issuer: Issuer, currency: str, booked_on: date, amount_minor: int, text: str) -> BankLine | None:
    """Keep a cheque that was paid in; None when the same one is there already."""
    name = BankLine.CHEQUE + identity(currency, booked_on, amount_minor, fold(text))[: 64 - len(BankLine.CHEQUE)]
    line, is_new = BankLine.objects.get_or_create(
        issuer=issuer,
        identity=name,
        defaults={"booked_on": booked_on, "amount_minor": amount_minor, "currency": currency, "text": text},
    )
    return line if is_new else None
