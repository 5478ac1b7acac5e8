"""The one definition of a directory row: its columns, a contact line as a row, a row as values or as reasons.

An import and an export share it, so that what is written is read again as the same. Headers and choices are
recognised in every language of the portal, whatever their accents and capitals.
"""

import re
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from rapidfuzz import fuzz, process

from departments.models.contacts import Audience, ContactLine, HoursAre, LineKind, Purpose, VerifiedHow
from departments.phones import NO_BREAK_SPACE, PhoneNumber, PhoneNumberError, Reason, parse
from portal.folding import fold
from portal.tables import clean

LIKELY = 84  # of 100: from here on a header is proposed for a column that it resembles

_SPREADSHEET_ERRORS = re.compile(r"#(?:N/A|REF!|VALUE!|NAME\?|DIV/0!|NUM!|NULL!)|#{3,}", re.IGNORECASE)
_SCIENTIFIC = re.compile(r"\s*[+-]?\d+[.,]\d+\s*E\s*[+-]?\s*\d+\s*", re.IGNORECASE)

Reading = str | Promise
"""A sentence for people, translated when it is shown."""


@dataclass(frozen=True)
class Column:
    """One column. `headings` are what an export calls it by language; `also` are other names that files use."""

    name: str
    headings: Mapping[str, str]
    also: tuple[str, ...] = ()
    read_only: bool = False  # exported, never imported

    def heading(self, language: str) -> str:
        return self.headings.get(language) or self.headings[settings.LANGUAGE_CODE]


def _in_each_language(name: str, french: str, english: str, also: dict[str, tuple[str, ...]]) -> list[Column]:
    """One column per language of the portal: "label_fr", "libellé (fr)", "label (fr)"."""
    return [
        Column(
            f"{name}_{code}",
            {"fr": f"{french} ({code})", "en": f"{english} ({code})"},
            also.get(code, ()),
        )
        for code, _name in settings.LANGUAGES
    ]


COLUMNS = [
    Column("id", {"fr": "identifiant", "en": "id"}, ("uuid", "identifiant de la ligne", "line id")),
    Column("institute", {"fr": "institut", "en": "institute"}, ("établissement", "organisation", "organization")),
    Column("hospital", {"fr": "hôpital", "en": "hospital"}, ("site", "hopital", "site hospitalier", "lieu")),
    Column(
        "department",
        {"fr": "service", "en": "department"},
        ("nom du service", "département", "unité", "unit", "department name", "nom", "name", "libellé du service"),
    ),
    Column("page_key", {"fr": "clé de la page", "en": "page key"}, ("clé", "key", "clé du service")),
    Column("purpose", {"fr": "objet", "en": "purpose"}, ("motif", "usage", "type de ligne", "à quoi elle sert")),
    *_in_each_language(
        "label",
        "libellé",
        "label",
        {"fr": ("libellé", "libellé français", "intitulé"), "en": ("label", "libellé anglais", "english label")},
    ),
    Column(
        "number",
        {"fr": "numéro", "en": "number"},
        (
            "téléphone",
            "tél",
            "tel",
            "numéro de téléphone",
            "n° de téléphone",
            "n° tél",
            "phone",
            "phone number",
            "telephone number",
        ),
    ),
    Column("kind", {"fr": "genre", "en": "kind"}, ("type", "téléphone ou fax", "phone or fax")),
    Column("audience", {"fr": "public", "en": "audience"}, ("pour qui", "whom it is for")),
    Column("keys", {"fr": "touches", "en": "keys"}, ("touches à taper", "keys to press")),
    Column("languages", {"fr": "langues", "en": "languages"}, ("langues parlées", "languages spoken")),
    Column("relay_url", {"fr": "relais", "en": "relay"}, ("relais pour sourds", "relay for deaf callers")),
    *_in_each_language(
        "instruction",
        "consigne",
        "instruction",
        {"fr": ("consigne", "consignes", "instructions françaises"), "en": ("instruction", "instructions")},
    ),
    Column("hours_are", {"fr": "horaires : lesquels", "en": "hours: which"}, ("hours are", "nature des horaires")),
    Column("hours", {"fr": "horaires", "en": "hours"}, ("heures", "heures d'ouverture", "opening hours")),
    Column(
        "closed_on_holidays",
        {"fr": "fermé les jours fériés", "en": "closed on public holidays"},
        ("jours fériés", "closed on holidays"),
    ),
    Column("by_appointment", {"fr": "sur rendez-vous", "en": "by appointment"}, ("by appointment only",)),
    Column("out_of_hours", {"fr": "hors horaires", "en": "out of hours"}, ("ligne hors horaires", "out of hours line")),
    Column("valid_from", {"fr": "valable du", "en": "valid from"}, ("à partir du", "date de début")),
    Column("valid_until", {"fr": "valable jusqu'au", "en": "valid until"}, ("jusqu'au", "date de fin")),
    Column("replaced_by", {"fr": "remplacée par", "en": "replaced by"}, ("remplacé par",)),
    Column("source", {"fr": "source", "en": "source"}, ("origine", "origin")),
    Column("internal_note", {"fr": "note interne", "en": "internal note"}, ("remarque", "commentaire", "comment")),
    *_in_each_language(
        "place", "emplacement", "place", {"fr": ("emplacement", "bâtiment"), "en": ("place", "building")}
    ),
    Column("sort_order", {"fr": "ordre", "en": "order"}, ("rang", "sort order")),
    Column("verified_on", {"fr": "vérifié le", "en": "verified on"}, read_only=True),
    Column("verified_by", {"fr": "vérifié par", "en": "verified by"}, read_only=True),
    Column("verified_how", {"fr": "vérifié comment", "en": "verified how"}, read_only=True),
]
BY_NAME = {column.name: column for column in COLUMNS}
WRITABLE = [column.name for column in COLUMNS if not column.read_only]
_CHOICES = {"purpose": Purpose, "kind": LineKind, "audience": Audience, "hours_are": HoursAre}
_DATES = ("valid_from", "valid_until")
_BOOLEANS = ("closed_on_holidays", "by_appointment")
_YES_NO = {"fr": ("oui", "non")}
_KEPT_WHEN_EMPTY = {*_CHOICES, *_BOOLEANS, "sort_order"}
"""Where an empty cell says nothing: these always have a value. Elsewhere an empty cell empties."""


# --- Headers --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Guess:
    """Which column a header means, "" for none; `sure` when it is one of that column's names."""

    column: str
    sure: bool


@cache
def _names() -> dict[str, str]:
    names: dict[str, str] = {}
    for column in COLUMNS:
        for name in (column.name, *column.headings.values(), *column.also):
            names.setdefault(fold(name), column.name)
    return names


def propose(header: Iterable[str]) -> list[Guess]:
    """For each header the column that it means or resembles; no column twice, the surest first."""
    header = list(header)
    found = [Guess("", False)] * len(header)
    taken = set()
    for place, text in enumerate(header):
        name = _names().get(fold(text))
        if name and name not in taken:
            found[place] = Guess(name, True)
            taken.add(name)
    resembling = []
    for place, text in enumerate(header):
        if found[place].column or fold(text) in _names() or not fold(text):
            continue
        for alias, score, _index in process.extract(fold(text), list(_names()), scorer=fuzz.WRatio, limit=3):
            if score >= LIKELY and len(alias) > 2:
                resembling.append((score, place, _names()[alias]))
    for _score, place, name in sorted(resembling, key=lambda found: (-found[0], found[1])):
        if not found[place].column and name not in taken and not BY_NAME[name].read_only:
            found[place] = Guess(name, False)
            taken.add(name)
    return found


# --- A line as a row ------------------------------------------------------------------------------


def written_number(phone: PhoneNumber) -> str:
    """A number as a French reader writes it, with its extension; what it is kept as where that reads otherwise."""
    shown = phone.display("fr").replace(NO_BREAK_SPACE, " ")
    text = f"{shown} #{phone.extension}" if phone.extension else shown
    try:
        return text if parse(text) == phone else str(phone)
    except PhoneNumberError:
        return str(phone)


def texts(line: ContactLine, names: Mapping[str, str], language: str, place: Mapping[str, str]) -> dict[str, str]:
    """A line as a row: a text for each column.

    `names` are those of its institute, hospital and department and the key of its page; `place` is the wording
    of the department's location at the line's hospital. Choices are written in `language`.
    """
    row = dict.fromkeys(BY_NAME, "")
    row |= names
    row["id"] = str(line.uuid)
    row["number"] = written_number(line.phone)
    with translation.override(language):
        for name, choices in _CHOICES.items():
            row[name] = str(choices(getattr(line, name)).label)
        row["verified_how"] = str(VerifiedHow(line.verified_how).label) if line.verified_how else ""
    yes, no = _YES_NO.get(language, ("yes", "no"))
    for name in _BOOLEANS:
        row[name] = yes if getattr(line, name) else no
    for name in ("keys", "relay_url", "hours", "source", "internal_note"):
        row[name] = clean(getattr(line, name))
    for code, _name in settings.LANGUAGES:
        row[f"label_{code}"] = clean(wording(line.label).get(code, ""))
        row[f"instruction_{code}"] = clean(wording(line.instruction).get(code, ""))
        row[f"place_{code}"] = clean(place.get(code, ""))
    row["languages"] = " ".join(line.languages)
    for name in (*_DATES, "verified_on"):
        row[name] = getattr(line, name).isoformat() if getattr(line, name) else ""
    for name in ("out_of_hours", "replaced_by"):
        other = getattr(line, name)
        row[name] = str(other.uuid) if other else ""
    row["sort_order"] = str(line.sort_order)
    if line.verified_day is None:
        row["verified_on"] = row["verified_how"] = ""
    elif line.verified_by_id:
        row["verified_by"] = line.verified_by.get_username()
    return row


def wording(value: Any) -> dict[str, str]:
    """The texts of a wording by language, whatever form it has in memory."""
    data = getattr(value, "data", value)
    if isinstance(data, dict):
        return {code: text for code, text in data.items() if text}
    return {settings.LANGUAGE_CODE: str(data)} if data else {}


# --- A row as values ------------------------------------------------------------------------------


@dataclass(slots=True)
class Row:
    """What a row of a file says. `values` has its columns by name; `reasons` say why it cannot be taken."""

    number: int
    cells: list[str]
    values: dict[str, Any]
    reasons: list[Reading]
    phone: PhoneNumber | None = None


class Unreadable(ValueError):
    """A cell that says nothing that its column can hold."""

    def __init__(self, message: Reading) -> None:
        super().__init__(message)
        self.message = message


def read(number: int, cells: list[str], columns: list[str], region: str = "FR") -> Row:
    """The row of which cell by cell `columns` (names, "" for what is left out) say the meaning."""
    row = Row(number, cells, {}, [])
    for name, text in zip(columns, cells, strict=True):
        if not name:
            continue
        try:
            if _SPREADSHEET_ERRORS.fullmatch(text):
                raise Unreadable(_("the spreadsheet could not work this cell out"))
            if name == "number":
                row.phone = _phone(text, region)
            elif (value := _value(name, text)) is not None:
                row.values[name] = value
        except Unreadable as error:
            row.reasons.append(said(name, text, error.message))
    return row


def said(name: str, text: str, why: Reading) -> Reading:
    """Why the text of a column is refused, with both."""
    heading = BY_NAME[name].heading(translation.get_language() or settings.LANGUAGE_CODE)
    shown = text if len(text) < 80 else f"{text[:78]}…"
    return format_lazy(_("{heading} “{text}”: {why}"), heading=heading, text=shown, why=why)


def _phone(text: str, region: str) -> PhoneNumber:
    if _SCIENTIFIC.fullmatch(text):
        raise Unreadable(
            _(
                "a spreadsheet took this number for a quantity and lost its digits; format the column as text "
                "and type it again"
            )
        )
    try:
        return parse(text, region)
    except PhoneNumberError as error:
        if not error.proposals:
            raise Unreadable(error.message) from None
        offer = {"why": error.message, "offer": _("Did you mean:"), "proposals": " | ".join(error.proposals)}
        raise Unreadable(format_lazy("{why} {offer} {proposals}", **offer)) from None


_SEPARATORS = re.compile(
    r"[/,;|&\n]|\s-\s|(?<![^\W\d_])(?:ou|or|et|and)(?![^\W\d_])|(?<=\d)\s*(?=\(?\+)", re.IGNORECASE
)


def numbers_in(text: str, region: str) -> tuple[str, ...]:
    """The numbers, in full, that one cell holds several of; none where it holds one, or where they can be read in
    more than one way."""
    try:
        parse(text, region)
    except PhoneNumberError as error:
        parts = [part for part in _SEPARATORS.split(text) if any(character.isdigit() for character in part)]
        if error.reason == Reason.SEVERAL and len(error.proposals) == len(parts):
            return error.proposals
    return ()


def with_lost_zero(text: str, region: str) -> str:
    """The number to which a spreadsheet ate the zero in front; "" where it did not."""
    if not re.fullmatch(r"[1-9]\d{8}", text):
        return ""
    try:
        parse(text, region)
    except PhoneNumberError as error:
        return error.proposals[0] if len(error.proposals) == 1 else ""
    return ""


def _value(name: str, text: str) -> Any:
    """What a cell says; None where it says nothing. Unreadable when its column cannot hold it."""
    if not text:
        return None if name in _KEPT_WHEN_EMPTY else [] if name == "languages" else ""
    reader = _READERS.get(name)
    if reader:
        return reader(text)
    if name in _CHOICES:
        return _choice(name, text)
    longest = _LONGEST.get(name)
    if longest and len(text) > longest:
        raise Unreadable(format_lazy(_("at most {most} characters"), most=longest))
    return text


def _choice(name: str, text: str) -> str:
    known = _choice_names(name)
    if found := known.get(fold(text)):
        return found
    allowed = ", ".join(str(label) for _value, label in _CHOICES[name].choices)
    raise Unreadable(format_lazy(_("not in the list. Allowed: {allowed}"), allowed=allowed))


@cache
def _choice_names(name: str) -> dict[str, str]:
    return _folded_names(_CHOICES[name].choices)


@cache
def _language_names() -> dict[str, str]:
    return _folded_names(ContactLine._meta.get_field("languages").base_field.choices)


def _folded_names(choices: Iterable[tuple[str, Any]]) -> dict[str, str]:
    """Codes and labels in every language, folded; a label that two choices share means neither."""
    found: dict[str, set[str]] = {}
    for value, label in choices:
        for code, _name in settings.LANGUAGES:
            with translation.override(code):
                found.setdefault(fold(str(label)), set()).add(value)
    names = {name: next(iter(values)) for name, values in found.items() if len(values) == 1}
    return names | {fold(value): value for value, _label in choices}


def _boolean(text: str) -> bool:
    word = fold(text)
    if word in ("oui", "yes", "true", "vrai", "1", "x", "o", "y"):
        return True
    if word in ("non", "no", "false", "faux", "0", "n"):
        return False
    raise Unreadable(_("write yes or no"))


def _date(text: str) -> str:
    """An ISO date. Days come before months, as French files write them."""
    for form in ("%Y-%m-%d", "%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y", "%d/%m/%y", "%Y-%m-%d %H:%M"):
        try:
            day = datetime.strptime(text, form).date()  # noqa: DTZ007 (a day, at no place)
        except ValueError:
            continue
        if date(1900, 1, 1) <= day <= date(2199, 12, 31):
            return day.isoformat()
    raise Unreadable(_("write a date as 2026-12-31 or 31/12/2026"))


def _order(text: str) -> int:
    if not re.fullmatch(r"\d{1,6}", text):
        raise Unreadable(_("write a whole number, 0 or more"))
    return int(text)


def _uuid(text: str) -> str:
    try:
        return str(uuid.UUID(text))
    except ValueError:
        raise Unreadable(_("not an id as the export writes it; leave the cell empty for a new line")) from None


def _spoken(text: str) -> list[str]:
    known = _language_names()
    parts = [part for part in re.split(r"[,;/|\n]", text) if part.strip()]
    if not all(fold(part) in known for part in parts):
        parts = text.split()
    if unknown := [part for part in parts if fold(part) not in known]:
        raise Unreadable(format_lazy(_("unknown language: {names}"), names=", ".join(unknown)))
    spoken = {known[fold(part)] for part in parts}
    return [code for code, _label in ContactLine._meta.get_field("languages").base_field.choices if code in spoken]


_READERS: dict[str, Callable[[str], Any]] = {
    "id": _uuid,
    "languages": _spoken,
    "sort_order": _order,
    **dict.fromkeys(_BOOLEANS, _boolean),
    **dict.fromkeys(_DATES, _date),
}
_LONGEST = {name: ContactLine._meta.get_field(name).max_length for name in ("keys", "relay_url", "hours", "source")}
_LONGEST |= {f"place_{code}": 200 for code, _name in settings.LANGUAGES}


def put(line: ContactLine, row: Row) -> None:
    """Give `line` what the row says; what the row does not speak of stays. References are the importer's."""
    if row.phone:
        line.number, line.extension = row.phone.number, row.phone.extension
        line.__dict__.pop("phone", None)
    values = row.values
    for name in (*_CHOICES, *_BOOLEANS, "sort_order"):
        if name in values:
            setattr(line, name, values[name])
    if "languages" in values and set(line.languages) != set(values["languages"]):
        line.languages = values["languages"]
    for name in ("keys", "relay_url", "hours", "source", "internal_note"):
        if name in values and clean(getattr(line, name)) != values[name]:
            setattr(line, name, values[name])
    for name in _DATES:
        if name in values:
            setattr(line, name, date.fromisoformat(values[name]) if values[name] else None)
    for name in ("label", "instruction"):
        before = getattr(line, name)
        after = merged(before, said_in(values, name))
        if after != wording(before):
            setattr(line, name, line._meta.get_field(name).to_python(after))
    if values.get("hours") and "hours_are" not in values and line.hours_are == HoursAre.NOT_STATED:
        line.hours_are = HoursAre.OWN


def said_in(values: Mapping[str, Any], name: str) -> dict[str, str]:
    """The texts by language that a row has for a wording, the empty ones too."""
    return {code: values[f"{name}_{code}"] for code, _name in settings.LANGUAGES if f"{name}_{code}" in values}


def merged(before: Any, said: Mapping[str, str]) -> dict[str, str]:
    """A wording with the texts that a row says, the others as before."""
    texts_before = wording(before)
    result = dict(texts_before)
    for code, text in said.items():
        if clean(texts_before.get(code, "")) != text:
            result[code] = text
    return {code: text for code, text in result.items() if text}
