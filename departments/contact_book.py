"""The contact book: all numbers for patients as a folder of plain files, to be served when everything else is down.

The folder asks nobody for anything: no script, no font, no link elsewhere. It is written beside its place and then put
there in one step: DIR is a symbolic link to the newest edition, so whoever reads always finds a whole book.
"""

import errno
import fcntl
import json
import os
import re
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain, count, groupby
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from wagtail.models import Site

from departments.entries import Entry, Place, entries_for, hospital_entry
from departments.models import ContactLine, DepartmentPage, HospitalPage
from departments.remarks import current_lines, remarks
from departments.schedules import attach_schedules
from institutes.listing import institute_in
from portal.folding import fold
from portal.models import PortalSettings
from portal.untranslated import listed_in

Advance = Callable[[], None]
"""Called for each department that has been written."""

_INDEX, _ALPHABET, _ELSEWHERE = "index", "a-z", "elsewhere"  # names of pages that no hospital may take
_AT_ONCE = 200  # departments looked up together: memory stays the same however many there are


class BookError(Exception):
    """Why no book can be put in a place, in words for the administrator."""


# --- The folder ------------------------------------------------------------------------------------------------------


@contextmanager
def new_edition(place: Path) -> Iterator[Path]:
    """An empty folder to write the book into. It takes the place of the last edition if nothing goes wrong."""
    place = Path(os.path.abspath(place))
    if not place.parent.is_dir():
        raise BookError(_("There is no folder %(folder)s: make it first.") % {"folder": place.parent})
    with _alone(place):
        last = _last_edition(place)
        for forgotten in place.parent.glob(f".{place.name}-edition-*"):
            if forgotten != last:
                shutil.rmtree(forgotten) if forgotten.is_dir() and not forgotten.is_symlink() else forgotten.unlink()
        edition = place.parent / f".{place.name}-edition-{secrets.token_hex(6)}"
        edition.mkdir()
        try:
            yield edition
            _put(edition, place)
        except BaseException:
            shutil.rmtree(edition, ignore_errors=True)
            raise
        if last:
            shutil.rmtree(last, ignore_errors=True)


@contextmanager
def _alone(place: Path) -> Iterator[None]:
    """Two runs at once would take each other's unfinished folder for a forgotten one."""
    path = place.parent / f".{place.name}.lock"
    try:
        # Whoever else may write in this folder must not choose which file the run opens.
        opened = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError as error:
        if error.errno != errno.ELOOP:
            raise
        raise BookError(_("%(file)s is a link. Remove it and run the command again.") % {"file": path}) from None
    with os.fdopen(opened, "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BookError(_("Another run is writing this book. Wait for it to end.")) from None
        yield


def _last_edition(place: Path) -> Path | None:
    """The folder that `place` shows now. BookError when something stands there that is no book."""
    if place.is_symlink():
        target = place.parent / place.readlink()
        if target.parent == place.parent and target.name.startswith(f".{place.name}-edition-"):
            return target if target.exists() else None
    elif not place.exists() or (place.is_dir() and not any(place.iterdir())):
        return None
    raise BookError(
        _("%(folder)s was not made by this command. Name another folder, or move this one away.") % {"folder": place}
    )


def _put(edition: Path, place: Path) -> None:
    link = place.parent / f".{place.name}-edition-link-{secrets.token_hex(6)}"
    link.symlink_to(edition.name)
    if place.is_dir() and not place.is_symlink():
        place.rmdir()  # an empty folder that somebody made for the book
    link.replace(place)


# --- What stands in it -----------------------------------------------------------------------------------------------


@dataclass
class _Sheet:
    """One hospital's page of the book; without a hospital, the page of departments whose place is not stated."""

    name: str
    file: str
    page: HospitalPage | None = None
    switchboard: ContactLine | None = None
    departments: list[str] = field(default_factory=list)  # as HTML


@dataclass(frozen=True)
class _Mention:
    """One place of the alphabetical list."""

    page: DepartmentPage
    sheet: _Sheet
    anchor: str
    line: ContactLine | None


def write_book(folder: Path, now: datetime, advance: Advance = lambda: None) -> int:
    """Write the whole book into `folder`; gives the number of lines in it."""
    records: dict[tuple[UUID, UUID | None], dict[str, Any]] = {}
    shutil.copyfile(settings.BASE_DIR / "templates" / "departments" / "book" / "book.css", folder / "book.css")
    site = Site.objects.filter(is_default_site=True).first()
    portal = {"address": site.root_url if site else "", "settings": PortalSettings.for_site(site) if site else None}
    languages = [{"code": code, "name": name} for code, name in settings.LANGUAGES]
    for language in languages:
        with translation.override(language["code"]):
            _Edition(folder, language["code"], now, portal, languages, records, advance).write()
    with translation.override(settings.LANGUAGE_CODE):
        context = {"languages": languages, "now": now, "name": _name(portal)}
        _save(folder / f"{_INDEX}.html", render_to_string("departments/book/index.html", context))
    book = {
        "as_of": now.isoformat(timespec="minutes"),
        "portal": portal["address"],
        "emergency": ["15", "112", "114"],
        "hospitals": [record for record in records.values() if "hospital" not in record],
        "departments": [record for record in records.values() if "hospital" in record],
    }
    _save(folder / "numbers.json", json.dumps(book, ensure_ascii=False, separators=(",", ":")))
    return len({line["id"] for record in records.values() for line in record["lines"]})


def departments_to_write() -> int:
    """How many departments a book has, over all languages."""
    return sum(listed_in(code, DepartmentPage.objects.all()).count() for code, _name in settings.LANGUAGES)


class _Edition:
    """The book in one language."""

    def __init__(
        self,
        folder: Path,
        language: str,
        now: datetime,
        portal: dict[str, Any],
        languages: list[dict[str, str]],
        records: dict[tuple[UUID, UUID | None], dict[str, Any]],
        advance: Advance,
    ) -> None:
        self.folder = folder / language
        self.language, self.records, self.advance = language, records, advance
        self.today = timezone.localtime(now).date()
        self.sheets: dict[UUID | None, _Sheet] = {}
        self.mentions: list[_Mention] = []
        self.context = {
            "language": language,
            "now": now,
            "name": _name(portal),
            "address": portal["address"],
            "others": [other for other in languages if other["code"] != language],
        }

    def write(self) -> None:
        self.folder.mkdir()
        hospitals = listed_in(self.language, HospitalPage.objects.all()).order_by("folded_title")
        for hospital in hospitals.iterator(_AT_ONCE):
            self._add_hospital(hospital)
        departments = listed_in(self.language, DepartmentPage.objects.all()).by_name()
        keys = list(departments.values_list("pk", flat=True))
        for start in range(0, len(keys), _AT_ONCE):
            chunk = DepartmentPage.objects.filter(pk__in=keys[start : start + _AT_ONCE]).select_related("locale")
            for entry in entries_for(chunk.by_name().defer_streamfields(), self.language):
                self._add_department(entry)
                self.advance()
        self._save_pages()

    def _add_hospital(self, hospital: HospitalPage) -> None:
        institute = institute_in(self.language, hospital)
        sheet = _Sheet(hospital.title, self._file(hospital), hospital)
        self.sheets[hospital.translation_key] = sheet
        lines = current_lines(hospital_entry(hospital, self.language).lines, self.today)
        attach_schedules([line for line in lines if line.schedule is None])
        sheet.switchboard = next((line for line in lines if line.purpose == "switchboard"), next(iter(lines), None))
        record = self._record(hospital, None)
        record["institute"] = institute.name if institute else ""
        self._add(sheet, record, hospital, "", lines, None)

    def _add_department(self, entry: Entry) -> None:
        boards = {board.hospital.translation_key: board.line for board in entry.switchboards}
        for place in entry.places or [Place(None)]:
            key = place.hospital.translation_key if place.hospital else None
            if key not in self.sheets:
                file = self._file(place.hospital) if place.hospital else f"{_ELSEWHERE}.html"
                name = place.hospital.title if place.hospital else _("Elsewhere")
                self.sheets[key] = _Sheet(name, file, place.hospital)
            lines = current_lines(place.lines, self.today)
            attach_schedules([line for line in lines if line.schedule is None])
            where = str(place.location.place) if place.location else ""
            record = self._record(entry.page, key)
            record["hospital"] = str(key) if key else None
            self._add(self.sheets[key], record, entry.page, where, lines, boards.get(key))

    def _record(self, page: DepartmentPage | HospitalPage, hospital: UUID | None) -> dict[str, Any]:
        """What the file for programs says of a department at one hospital, with its name in the page's language."""
        key = page.translation_key
        record = self.records.setdefault((key, hospital), {"id": str(key), "name": {}, "lines": []})
        record["name"][page.language] = page.title
        return record

    def _add(
        self,
        sheet: _Sheet,
        record: dict[str, Any],
        page: DepartmentPage | HospitalPage,
        where: str,
        lines: list[ContactLine],
        switchboard: ContactLine | None,
    ) -> None:
        anchor = f"d{len(sheet.departments)}"
        noted = [(line, remarks(line, self.today)) for line in lines]
        context = {"page": page, "where": where, "anchor": anchor, "lines": noted, "switchboard": switchboard}
        written = render_to_string("departments/book/department.html", context)
        sheet.departments.append(mark_safe(_packed(written)))  # noqa: S308 - our own template wrote and escaped it
        if "hospital" in record:
            self.mentions.append(_Mention(page, sheet, anchor, lines[0] if lines else switchboard))
        if not record["lines"]:
            record["lines"] = [_line_record(line) for line in lines]

    def _file(self, hospital: HospitalPage) -> str:
        name = re.sub(r"[^a-z0-9]+", "-", fold(hospital.slug)).strip("-") or "hospital"
        taken = {f"{name}.html" for name in (_INDEX, _ALPHABET, _ELSEWHERE)} | {
            sheet.file for sheet in self.sheets.values()
        }
        numbered = (f"{name}-{number}.html" for number in count(2))
        return next(file for file in chain([f"{name}.html"], numbered) if file not in taken)

    def _save_pages(self) -> None:
        sheets = [sheet for key, sheet in self.sheets.items() if key] + [
            sheet for key, sheet in self.sheets.items() if not key
        ]
        self._save(f"{_INDEX}.html", "departments/book/language.html", sheets=sheets)
        letters = groupby(self.mentions, key=lambda mention: _initial(mention.page.title))
        alphabet = [(letter, list(found)) for letter, found in letters]
        self._save(f"{_ALPHABET}.html", "departments/book/a_to_z.html", letters=alphabet)
        for sheet in sheets:
            self._save(sheet.file, "departments/book/hospital.html", sheet=sheet)

    def _save(self, file: str, template: str, **context: Any) -> None:
        _save(self.folder / file, render_to_string(template, self.context | context))


def _name(portal: dict[str, Any]) -> str:
    return str(portal["settings"].name) if portal["settings"] and portal["settings"].name else _("Hospital portal")


def _initial(name: str) -> str:
    first = fold(name)[:1].upper()
    return first if first.isalpha() else "0–9"


def _line_record(line: ContactLine) -> dict[str, Any]:
    """A line as the file for programs has it; what is empty is left out."""
    found = {
        "id": str(line.uuid),
        "purpose": line.purpose,
        "label": line.label.data if line.label else None,
        "kind": line.kind if line.kind != "voice" else None,
        "number": line.number,
        "extension": line.extension,
        "keys": line.keys,
        "instruction": line.instruction.data if line.instruction else None,
        "hours": str(line.schedule.week) if line.schedule.week else None,
        "valid_until": line.valid_until.isoformat() if line.valid_until else None,
        "verified": line.verified_day.isoformat() if line.verified_day else None,
    }
    return {name: value for name, value in found.items() if value}


def _packed(html: str) -> str:
    """Without the templates' indentation: a book must come through where little else does.

    The style sheet keeps numbers on one line, so that their no-break spaces, of two octets each, can be plain ones.
    """
    html = re.sub(r"[ \t]*\n\s*", "\n", html).strip()
    return re.sub(r">[+0-9()\u00a0]+</a>", lambda number: number[0].replace("\u00a0", " "), html)


def _save(path: Path, text: str) -> None:
    path.write_text(_packed(text) + "\n" if path.suffix == ".html" else text, "utf-8")
