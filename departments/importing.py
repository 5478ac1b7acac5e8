"""Importing a file into the directory: read, check, plan. `import_runs` applies a plan, and undoes it.

A plan says for every row what applying would do, and writes nothing. Applying makes the same plan once more and
writes it in one transaction, so that a run that is stopped at any moment leaves the directory as it was. Rows are
gone through in batches: the memory needed grows with the file's own texts and with little else.
"""

import hashlib
import itertools
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any, BinaryIO

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import connection
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.functional import Promise
from django.utils.text import capfirst, format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.models import Page
from wagtail.permission_policies.pages import PagePermissionPolicy

from departments import rows
from departments.models import (
    ContactLine,
    DepartmentPage,
    Duty,
    HospitalPage,
    ImportMapping,
    ImportRow,
    Location,
)
from departments.models.contacts import Audience, Purpose
from departments.phones import PhoneNumberError, parse
from departments.places import Found, Places
from departments.rows import Row, Unreadable
from institutes.models import InstitutePage
from portal import four_eyes
from portal.folding import fold
from portal.models import Fact, User
from portal.tables import TableError, read

BATCH = 500
MOST_REMOVED = 0.1  # of the lines within the scope, unless removals are allowed by name
_REFERENCES = ("out_of_hours", "replaced_by")
_NOT_ASKED = [field.name for field in ContactLine._meta.concrete_fields if field.is_relation] + ["id", "uuid"]

Outcome = ImportRow.Outcome
UNCHANGED = "unchanged"
Progress = Callable[[int, int], None]
"""Told how many rows of how many are done."""


class ImportRefused(Exception):
    """A run that writes nothing; `reasons` say why, in sentences for the one who started it."""

    def __init__(self, reasons: Iterable[str]) -> None:
        self.reasons = list(reasons)
        super().__init__("\n".join(self.reasons))


class PlanChanged(ImportRefused):
    """The directory has changed since the plan was shown."""


class RunGone(Exception):
    """Somebody has deleted the run meanwhile; the text says so."""

    def __init__(self) -> None:
        super().__init__(_("This import was deleted meanwhile; nothing was written."))


@dataclass(frozen=True)
class Options:
    """How a file is taken. `columns` names for each column of the file one of ours, or "" to leave it out."""

    columns: tuple[str, ...]
    country: str = "FR"
    scope: str = ""
    strict: bool = False
    allow_removals: bool = False
    split: bool = False
    restore_zero: bool = False
    create_departments: bool = False
    delimiter: str = ""
    most_rows: int = 0  # 0: as many as a table may have
    mapping: str = ""  # the saved mapping that was chosen, which alone may be overwritten

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"columns": list(self.columns)}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Options":
        return cls(**(data | {"columns": tuple(data["columns"])}))


@dataclass(frozen=True)
class Mapping:
    """The columns proposed for a file: by header, whether it is a guess, and a few cells to judge by."""

    header: list[str]
    guesses: list[rows.Guess]
    samples: list[list[str]]

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(guess.column for guess in self.guesses)

    @property
    def unsure(self) -> list[tuple[str, str]]:
        pairs = zip(self.header, self.guesses, strict=True)
        return [(text, guess.column) for text, guess in pairs if guess.column and not guess.sure]


def propose_mapping(file: BinaryIO, saved: ImportMapping | None = None, delimiter: str = "") -> Mapping:
    """What the file's columns mean, as `saved` says and else as their headers do. Raises TableError."""
    table = read(file, delimiter)
    samples: list[list[str]] = [[] for _column in table.header]
    first = list(itertools.islice(table.records, 20))
    _refuse_without_rows(first)
    for record in first:
        for cells, text in zip(samples, record.cells, strict=False):
            if text and text not in cells and len(cells) < 3:
                cells.append(text)
    guesses = rows.propose(table.header)
    if saved:
        kept = {fold(text): name for text, name in saved.columns.items()}
        known = {name for text in table.header if (name := kept.get(fold(text)))}
        guesses = [
            rows.Guess(kept[fold(text)], True)
            if fold(text) in kept
            else (guess if guess.column not in known else rows.Guess("", False))
            for text, guess in zip(table.header, guesses, strict=True)
        ]
    return Mapping(table.header, guesses, samples)


def _refuse_without_rows(found: list[Any]) -> None:
    if not found:
        raise TableError(_("The file has a header and no row below it: there is nothing to import."))


def save_mapping(name: str, header: Iterable[str], columns: Iterable[str]) -> ImportMapping:
    """Keep what the columns mean under a name."""
    said = {fold(text): column for text, column in zip(header, columns, strict=True) if fold(text)}
    mapping, _created = ImportMapping.objects.update_or_create(name=name, defaults={"columns": said})
    return mapping


def wrong_columns(columns: Iterable[str]) -> list[str]:
    """Why a choice of columns cannot be imported."""
    chosen = [name for name in columns if name]
    reasons = []
    if unknown := [name for name in chosen if name not in rows.BY_NAME]:
        reasons.append(_("No such column: %(names)s.") % {"names": ", ".join(unknown)})
    if twice := [name for name, count in Counter(chosen).items() if count > 1]:
        language = translation.get_language() or settings.LANGUAGE_CODE
        names = ", ".join(rows.BY_NAME[name].heading(language) if name in rows.BY_NAME else name for name in twice)
        reasons.append(_("Two columns of the file are to be: %(names)s.") % {"names": names})
    if "number" not in chosen:
        reasons.append(_("No column holds the telephone numbers."))
    if not {"id", "page_key", "department", "hospital"} & set(chosen):
        reasons.append(_("No column says which department or hospital a row is about."))
    return reasons


def hash_of(file: BinaryIO) -> str:
    file.seek(0)
    digest = hashlib.file_digest(file, "sha256").hexdigest()
    file.seek(0)
    return digest


# --- The plan -------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Known:
    """What must be at hand of a stored line to find it again."""

    pk: int
    uuid: str
    page: int
    hospital: int | None
    purpose: str
    kind: str
    number: str
    extension: str
    source: str
    audience: str
    labels: tuple[str, ...]
    is_kept: bool

    def __str__(self) -> str:
        """As staff know it, then its id, which a row may give."""
        line = ContactLine(purpose=self.purpose, number=self.number, extension=self.extension)
        return f"{line} ({self.uuid})"


@dataclass(slots=True, eq=False)
class _Item:
    """One row on its way: its page (or the department to be made), its hospital, its line."""

    row: Row
    page: Found | None = None
    new_department: "tuple[int, str] | None" = None  # pk of the institute, folded title
    hospital: Found | None = None
    pk: int | None = None  # of its line; of a new line only when written
    is_new: bool = False

    @property
    def target(self) -> Any:
        return self.page.pk if self.page else self.new_department


@dataclass(slots=True)
class Step:
    """What is done, or would be, for one row: to a fact, or not for the reasons given."""

    outcome: str
    number: int | None = None
    fact: Fact | None = None
    before: dict[str, Any] | None = None
    page: int | None = None
    reasons: list[str] = field(default_factory=list)
    cells: list[str] = field(default_factory=list)
    note: str = ""

    @property
    def name(self) -> str:
        return " – ".join(filter(None, [self.note, str(self.fact) if self.fact else ""]))

    @property
    def after(self) -> dict[str, Any] | None:
        return self.fact.snapshot() if self.fact else None

    @property
    def differences(self) -> list[tuple[str, Any, Any]]:
        return ImportRow(before=self.before, after=self.after).differences


class Plan:
    """What a file does to the directory, row by row. `writing` when it is applied at once, in the caller's transaction.

    With `check_rights`, `user` must have the right to change every line concerned.
    """

    def __init__(
        self,
        file: BinaryIO,
        options: Options,
        user: User | None = None,
        check_rights: bool = False,
        writing: bool = False,
        progress: Progress = lambda done, total: None,
    ) -> None:
        if reasons := wrong_columns(options.columns):
            raise ImportRefused(reasons)
        self.file, self.options, self.user, self.check_rights = file, options, user, check_rights
        self.writing, self.progress = writing, progress
        self.counts: Counter[str] = Counter()
        self.refusals: list[str] = []
        self.remarks: list[str] = []
        self.made_pages: list[list[int]] = []
        self.places = Places()
        self._known: dict[int, _Known] = {}
        self._by_uuid: dict[str, _Known] = {}
        self._digest = hashlib.sha256()
        self._scope_kind, self._scope_name, self._scope = self._read_scope()

    @property
    def digest(self) -> str:
        """Tells two plans apart, when all steps have been gone through."""
        return self._digest.hexdigest()

    # --- the scope

    def _read_scope(self) -> tuple[str, str, Found | None]:
        if not self.options.scope:
            return "", "", None
        kind, _colon, name = self.options.scope.partition(":")
        try:
            if kind == "institute" and name:
                return kind, name, self.places.institute(name)
            if kind == "hospital" and name:
                return kind, name, self.places.hospital(name, None)
            if kind == "source" and name:
                return kind, name, None
        except Unreadable as error:
            raise ImportRefused([str(error.message)]) from None
        raise ImportRefused([_("A scope is written institute:slug, hospital:slug or source:name.")])

    def _pages_of_scope(self) -> set[int]:
        return {found.pk for found in self.places.by_pk.values() if found.institute is self._scope}

    def _in_scope(self, known: _Known) -> bool:
        if not known.is_kept:
            return False
        if self._scope_kind == "institute":
            page = self.places.by_pk.get(known.page)
            return bool(page) and page.institute is self._scope
        if self._scope_kind == "hospital":
            return self._scope.pk in (known.page, known.hospital)
        return self._scope_kind == "source" and known.source == self._scope_name

    # --- reading

    def prepare(self) -> "Plan":
        """Read the file, find the page and the line of each row. Raises TableError."""
        table = read(self.file, self.options.delimiter)
        if len(table.header) != len(self.options.columns):
            raise ImportRefused([_("The columns of the file are not those that were confirmed.")])
        self.header = table.header
        most = self.options.most_rows
        self._items = list(itertools.islice(self._read(table.records), most + 1 if most else None))
        _refuse_without_rows(self._items)
        if len(self._items) > most > 0:
            raise ImportRefused(
                [
                    _("More than %(most)d rows take too long here. Divide the file, or ask an administrator.")
                    % {"most": most}
                ]
            )
        self._load(uuids=self._uuids())
        for item in self._items:
            self._attempt(item, self._locate)
        self._check_rights()
        if self.writing:
            self._make_departments()
        self._load(pages=self._pages_concerned(), scope=True)
        self._match()
        return self

    def _read(self, records: Iterable[Any]) -> Iterator[_Item]:
        columns, options = list(self.options.columns), self.options
        place = columns.index("number")
        for record in records:
            if record.problem:
                yield _Item(Row(record.number, record.cells, {}, [record.problem]))
                continue
            cells, text = record.cells, record.cells[place]
            numbers = rows.numbers_in(text, options.country) if options.split else ()
            lost = rows.with_lost_zero(text, options.country) if options.restore_zero else ""
            for number in numbers or [lost or text]:
                said = cells if number == text else [*cells[:place], number, *cells[place + 1 :]]
                row = rows.read(record.number, said, columns, options.country)
                if numbers and row.values.get("id"):
                    row.reasons.append(gettext_lazy("one id cannot stand for several numbers: which is it?"))
                if self._scope_kind == "source":
                    row.values.setdefault("source", self._scope_name)
                yield _Item(row)

    def _uuids(self) -> set[str]:
        found = set()
        for item in self._items:
            for name in ("id", *_REFERENCES):
                text = item.row.values.get(name, "")
                if len(text) == 36:
                    found.add(text.lower())
        return found

    def _load(self, uuids: Iterable[str] = (), pages: Iterable[int] = (), scope: bool = False) -> None:
        """Bring what must be known of stored lines to hand: those with these ids, on these pages, in the scope."""
        if uuids:
            valid = [text for text in uuids if is_uuid(text)]
            self._take_in(ContactLine.objects.filter(uuid__in=valid))
        if pages:
            self._take_in(ContactLine.objects.kept().filter(page__in=list(pages)))
        if scope and self._scope_kind == "institute":
            self._take_in(ContactLine.objects.kept().filter(page__in=list(self._pages_of_scope())))
        elif scope and self._scope_kind == "hospital":
            at = ContactLine.objects.kept()
            self._take_in(at.filter(page=self._scope.pk) | at.filter(hospital=self._scope.pk))
        elif scope and self._scope_kind == "source":
            self._take_in(ContactLine.objects.kept().filter(source=self._scope_name))

    def _take_in(self, lines: Any) -> None:
        languages = [code for code, _name in settings.LANGUAGES]
        none = ("",) * len(languages)
        names = ("pk", "uuid", "page_id", "hospital_id", "purpose", "kind", "number", "extension", "source", "audience")
        values = lines.order_by("pk").values_list(*names, "label", "archived_at")
        for pk, uuid, *found, label, archived_at in values.iterator(2000):
            if pk in self._known:
                continue
            texts = rows.wording(label)
            labels = tuple(fold(texts.get(code, "")) for code in languages) if texts else none
            known = _Known(pk, str(uuid), *found, labels, archived_at is None)
            self._known[pk] = self._by_uuid[known.uuid] = known

    @staticmethod
    def _attempt(item: _Item, act: Callable[[_Item], None]) -> None:
        try:
            act(item)
        except Unreadable as error:
            item.row.reasons.append(error.message)

    # --- finding pages

    def _locate(self, item: _Item) -> None:
        said = item.row.values
        if not said and item.row.reasons:
            return
        known = None
        if said.get("id"):
            known = self._by_uuid.get(said["id"])
            if known is None:
                raise Unreadable(gettext_lazy("no line has this id; leave the cell empty for a new line"))
        institute = self._institute(said)
        if known:
            item.pk, item.page = known.pk, self.places.by_pk.get(known.page)
            if item.page is None:
                raise Unreadable(gettext_lazy("the page of this line is no department and no hospital"))
            self._refuse_another_page(item, institute)
        elif said.get("page_key"):
            item.page = self._by_key(said["page_key"])
        elif said.get("department"):
            item.page = self.places.department(said["department"], institute, said.get("hospital", ""))
            if item.page is None:
                self._plan_department(item, institute)
        elif said.get("hospital"):
            item.page = self.places.hospital(said["hospital"], institute)
        else:
            raise Unreadable(gettext_lazy("the row names no department and no hospital"))
        is_department = item.page is None or item.page.pk in self.places.is_department
        if is_department and self._scope_kind == "hospital" and "hospital" not in said:
            said["hospital"] = self._scope_name
        if is_department and said.get("hospital"):
            near = item.page
            item.hospital = self.places.hospital(said["hospital"], institute, near)
        self._refuse_outside(item)

    def _institute(self, said: dict[str, Any]) -> Found | None:
        if said.get("institute"):
            return self.places.institute(said["institute"])
        return self._scope if self._scope_kind == "institute" else None

    def _by_key(self, key: str) -> Found:
        for page in self.places.departments.find(key) if is_uuid(key) else ():
            return page
        for page in self.places.hospitals.find(key) if is_uuid(key) else ():
            return page
        raise Unreadable(format_lazy(gettext_lazy("no department and no hospital has the key “{key}”"), key=key))

    def _refuse_another_page(self, item: _Item, institute: Found | None) -> None:
        """A line stays with its page: a row that gives the id of one and the name of another is a mistake."""
        name = item.row.values.get("department")
        if not name:
            return
        try:
            named = self.places.department(name, institute, item.row.values.get("hospital", ""))
        except Unreadable:
            return  # several of that name: the id tells which
        if named and named is not item.page:
            raise Unreadable(
                format_lazy(gettext_lazy("the line with this id belongs to “{title}”"), title=item.page.title)
            )

    def _plan_department(self, item: _Item, institute: Found | None) -> None:
        said = item.row.values
        name = said["department"]
        if not self.options.create_departments:
            resembling = self.places.resembling(name)
            if resembling:
                reason = gettext_lazy("no department is called “{name}”; did you mean “{resembling}”?")
                raise Unreadable(format_lazy(reason, name=name, resembling=resembling))
            raise Unreadable(format_lazy(gettext_lazy("no department is called “{name}”"), name=name))
        if institute is None and said.get("hospital"):
            institute = self.places.hospital(said["hospital"], None).institute
        if institute is None:
            raise Unreadable(gettext_lazy("a new department needs its institute or its hospital"))
        if len(name) > 255 or not fold(name):
            raise Unreadable(gettext_lazy("this is no name of a department"))
        item.new_department = (institute.pk, fold(name))

    def _refuse_outside(self, item: _Item) -> None:
        outside = False
        if self._scope_kind == "institute":
            institute = item.page.institute.pk if item.page and item.page.institute else None
            outside = (institute or (item.new_department or (None,))[0]) != self._scope.pk
        elif self._scope_kind == "hospital":
            outside = self._scope not in (item.page, item.hospital)
            if outside and item.pk and "hospital" not in item.row.values:
                outside = self._known[item.pk].hospital != self._scope.pk
        if outside:
            raise Unreadable(gettext_lazy("the row lies outside the scope of this import"))

    def _pages_concerned(self) -> set[int]:
        pages = {item.page.pk for item in self._items if item.page}
        return pages | {item.hospital.pk for item in self._items if item.hospital}

    def _check_rights(self) -> None:
        self._may_place: set[int] | None = None  # the pages of which the user may change the places; None: all
        if not self.check_rights:
            return
        pages = {item.page.pk for item in self._items if item.page}
        allowed = pages_that_may_change(self.user, pages)
        self._may_place = pages_that_may_change(self.user, pages, Location)
        institutes = {item.new_department[0] for item in self._items if item.new_department}
        may_make = _where_may_make(self.user, institutes)
        for item in self._items:
            if item.page and item.page.pk not in allowed:
                item.row.reasons.append(gettext_lazy("you may not change the lines of this page"))
            if item.new_department and item.new_department[0] not in may_make:
                item.row.reasons.append(gettext_lazy("you may not publish a department there in every language"))

    # --- new departments

    def _make_departments(self) -> None:
        waiting = defaultdict(list)
        for item in self._items:
            if item.new_department and not item.row.reasons:
                waiting[item.new_department].append(item)
        for done, ((institute, _folded), items) in enumerate(waiting.items(), start=1):
            found = self._make_department(institute, items[0].row.values["department"])
            if self._may_place is not None:
                self._may_place.add(found.pk)
            for item in items:
                item.page = found
            self.progress(done, len(waiting))

    def _make_department(self, institute: int, title: str) -> Found:
        """A page in every language of the institute, through Wagtail's own publishing.

        The name of a department is a text like others: who imports on a screen and may not waive four eyes
        submits the pages for review. Lines and places can hang on them meanwhile.
        """
        source = InstitutePage.objects.get(pk=institute)
        key = None
        made: list[DepartmentPage] = []
        parents = [source, *InstitutePage.objects.filter(translation_key=source.translation_key).exclude(pk=institute)]
        for parent in parents:
            page = DepartmentPage(title=title, locale_id=parent.locale_id, owner=self.user, live=False)
            if key:
                page.translation_key = key
            parent.refresh_from_db()
            parent.add_child(instance=page)
            page.full_clean()
            revision = page.save_revision(user=self.user)
            if not self.check_rights or four_eyes.may_waive(self.user):
                if self.check_rights:
                    four_eyes.waive(page, revision, self.user, _("Made by an import of the directory."))
                revision.publish(user=self.user, skip_permission_checks=True)
            elif workflow := page.get_workflow():
                workflow.start(page, self.user)
            key = page.translation_key
            made.append(page)
            self.made_pages.append([page.pk, revision.pk])
        found = Found(made[0].pk, key, title, made[0].slug)
        found.institute = next(one for one in self.places.institutes.all if one.pk == institute)
        self.places.by_pk[found.pk] = self.places.by_key[key] = found
        self.places.is_department.add(found.pk)
        return found

    # --- finding lines

    def _match(self) -> None:
        self._taken: set[int] = set()
        self._spared_pages: set[int] = set()
        self._unplaced = 0
        self._new: dict[tuple[Any, str, str], list[_Item]] = defaultdict(list)
        self._by_number: dict[tuple[int, str], list[_Known]] = defaultdict(list)
        for known in self._known.values():
            if known.is_kept:
                self._by_number[known.page, known.number].append(known)
        seen: dict[Any, int] = {}
        for item in self._items:
            if item.pk:
                if item.pk in self._taken:
                    item.row.reasons.append(gettext_lazy("an earlier row has the same id"))
                self._taken.add(item.pk)
        for item in sorted(self._items, key=lambda item: item.pk is None):
            if item.row.phone and item.target:
                key = self._identity(item)
                if item.pk is None and key in seen and not item.row.reasons:
                    reason = format_lazy(gettext_lazy("says the same as row {number}"), number=seen[key])
                    item.row.reasons.append(reason)
                seen.setdefault(key, item.row.number)
        open_items = [item for item in self._items if item.pk is None and item.page and not item.row.reasons]
        left = [item for item in open_items if not self._match_number(item)]
        self._match_changed_numbers([item for item in left if not item.row.reasons])
        for item in self._items:
            if item.row.reasons:
                self._spare(item)
            elif item.pk is None:
                item.is_new = True
                self._new[item.target, item.row.phone.number, item.row.phone.extension].append(item)
        if self.writing:
            self._number_new_lines()
        self._item_of = {item.pk: item for item in self._items if item.pk and not item.is_new and not item.row.reasons}

    def _identity(self, item: _Item) -> Any:
        said = item.row.values
        labels = tuple(fold(said.get(f"label_{code}", "")) for code, _name in settings.LANGUAGES)
        hospital = item.hospital.pk if item.hospital else None
        return (item.target, hospital, said.get("purpose"), said.get("kind"), labels, item.row.phone)

    def _fits(self, item: _Item, known: _Known, strictly: bool) -> bool:
        """Whether `known` may be the row's line, as far as the row speaks of it."""
        said = item.row.values
        if known.pk in self._taken or known.page != item.page.pk:
            return False
        for name in ("purpose", "kind"):
            if name in said and said[name] != getattr(known, name):
                return False
        for (code, _name), label in zip(settings.LANGUAGES, known.labels, strict=True):
            if fold(said.get(f"label_{code}", label)) != label:
                return False
        if item.hospital and known.hospital:
            return item.hospital.pk == known.hospital
        if item.hospital:  # the line states none, which a department with several places should
            return not strictly or len(self.places.hospitals_of.get(known.page, {})) < 2
        return not (strictly and "hospital" in said and known.hospital)

    def _match_number(self, item: _Item) -> bool:
        phone = item.row.phone
        fitting = [
            known
            for known in self._by_number.get((item.page.pk, phone.number), ())
            if known.extension == phone.extension and self._fits(item, known, strictly=False)
        ]
        if len(fitting) > 1:
            there = item.hospital.pk if item.hospital else None
            fitting = [known for known in fitting if known.hospital == there] or fitting
        if len(fitting) > 1:
            ids = "; ".join(map(str, fitting[:6]))
            item.row.reasons.append(
                format_lazy(gettext_lazy("several lines fit; give the id of one of them: {ids}"), ids=ids)
            )
        elif fitting:
            item.pk = fitting[0].pk
            self._taken.add(item.pk)
        return bool(fitting)

    def _match_changed_numbers(self, items: list[_Item]) -> None:
        """A row and a line that agree in all but the number, each the only one left: a new number."""
        free = defaultdict(list)
        pages = {item.page.pk for item in items}
        for known in self._known.values():
            if known.is_kept and known.page in pages and known.pk not in self._taken:
                free[known.page].append(known)
        wanted: dict[int, list[_Item]] = defaultdict(list)
        for item in items:
            fitting = [known for known in free[item.page.pk] if self._fits(item, known, strictly=True)]
            for known in fitting:
                wanted[known.pk].append(item)
            item.pk = fitting[0].pk if len(fitting) == 1 else None
        for item in items:
            if item.pk and len(wanted[item.pk]) > 1:
                item.pk = None
            elif item.pk:
                self._taken.add(item.pk)

    def _spare(self, item: _Item) -> None:
        """A line may be meant by a row that was refused: it is not taken for one that the file leaves out."""
        if item.page:
            self._spared_pages.add(item.page.pk)
        elif item.new_department is None:
            self._unplaced += 1

    def _number_new_lines(self) -> None:
        new = [item for item in self._items if item.is_new]
        for item, pk in zip(new, _next_keys(ContactLine, len(new)), strict=True):
            item.pk = pk

    # --- what is done

    def steps(self) -> Iterator[list[Step]]:
        """What is done, batch by batch; `counts`, `refusals`, `remarks` and `digest` hold when all are through."""
        self._hospitals = HospitalPage.objects.select_related("locale").defer_streamfields().in_bulk()
        self._places_said: dict[tuple[Any, int], dict[str, str]] = {}
        self._done: set[int] = set()  # ids of the items of new lines that others may lead to
        total, waiting = len(self._items), []
        for start in range(0, total, BATCH):
            batch = self._items[start : start + BATCH]
            yield self._told(self._steps_of(batch, waiting))
            self.progress(min(start + BATCH, total), total)
        while waiting:
            items, waiting = waiting, []
            yield self._told(self._steps_of(items, waiting))
            if len(waiting) == len(items):
                for item in waiting:
                    item.row.reasons.append(gettext_lazy("the line of this file to which it leads was refused"))
                    self._spare(item)
                yield self._told(self._steps_of(waiting, []))
                break
        yield from self._removals()

    def _told(self, steps: list[Step]) -> list[Step]:
        for step in steps:
            self.counts[step.outcome] += 1
            if step.outcome != UNCHANGED:
                said = {
                    name: value
                    for name, value in (step.after or {}).items()
                    if name not in ("id", "archived_at", *_REFERENCES)
                }
                existing = step.fact.pk if step.fact and step.outcome != Outcome.NEW else None
                self._digest.update(json.dumps([step.number, step.outcome, existing, said], sort_keys=True).encode())
        return steps

    def _steps_of(self, items: list[_Item], waiting: list[_Item]) -> list[Step]:
        pks = [item.pk for item in items if item.pk and not item.is_new and not item.row.reasons]
        stored = self._stored(ContactLine, pks)
        keys = [self._location_key(item) for item in items]
        locations = self._stored(Location, [pk for pk in map(self._location_pk, keys) if pk])
        steps: list[Step] = []
        for item, key in zip(items, keys, strict=True):
            if item.row.reasons:
                steps.append(self._refused(item))
                continue
            try:
                references = self._references(item)
            except Unreadable as error:
                item.row.reasons.append(error.message)
                steps.append(self._refused(item))
                continue
            if any(isinstance(to, _Item) and id(to) not in self._done for to in references.values()):
                waiting.append(item)
                continue
            line = _new_line(item.page) if item.is_new else stored.get(item.pk)
            step = self._step(item, line, references)
            steps.append(step)
            if step.outcome == Outcome.REFUSED:
                self._spare(item)
            elif said := {code: text for code, text in rows.said_in(item.row.values, "place").items() if text}:
                steps += self._place(item, key, said, locations)
        return steps

    def _stored(self, model: type[Fact], pks: list[int]) -> dict[int, Any]:
        if not pks:
            return {}
        found = model.objects.select_for_update() if self.writing else model.objects
        return found.order_by("pk").in_bulk(pks)

    def _step(self, item: _Item, line: ContactLine | None, references: dict[str, Any]) -> Step:
        row = item.row
        if line is None:
            row.reasons.append(gettext_lazy("the line was deleted meanwhile"))
            return self._refused(item)
        before = None if item.is_new else line.snapshot()
        if item.is_new and self.writing:
            line.pk = item.pk
        line.archived_at = None
        rows.put(line, row)
        if item.hospital:
            line.hospital_id = item.hospital.pk
        elif "hospital" in row.values and line.page_id in self.places.is_department:
            line.hospital_id = None
        line.hospital = self._hospitals.get(line.hospital_id)
        for name, to in references.items():
            setattr(line, f"{name}_id", to.pk if isinstance(to, _Item) else to)
        if before is not None and line.snapshot() == before:
            return Step(UNCHANGED, row.number, line)
        errors = _errors(line)
        stored = before or {}
        for name, to in references.items():
            if to is not None and stored.get(name) != to and (why := self._why_not_to(to, line)):
                errors.append(rows.said(name, row.values[name], why))
        if errors:
            row.reasons += errors
            return self._refused(item)
        if before is not None and line.snapshot() == before:
            return Step(UNCHANGED, row.number, line)
        if item.is_new:
            self._done.add(id(item))
        note = "" if item.page else format_lazy(_("in the new department “{name}”"), name=row.values["department"])
        return Step(
            Outcome.NEW if item.is_new else Outcome.CHANGED,
            row.number,
            line,
            before or {},
            line.page_id,
            note=str(note),
        )

    @staticmethod
    def _refused(item: _Item) -> Step:
        reasons = [capfirst(str(reason)) for reason in item.row.reasons]
        page = item.page.pk if item.page else None
        return Step(Outcome.REFUSED, item.row.number, page=page, reasons=reasons, cells=item.row.cells)

    def _references(self, item: _Item) -> dict[str, "int | _Item | None"]:
        """The lines to which the row's line leads, as keys, or as rows of this file that become new lines."""
        return {
            name: self._reference(item, name, item.row.values[name]) for name in _REFERENCES if name in item.row.values
        }

    def _reference(self, item: _Item, name: str, text: str) -> "int | _Item | None":
        if not text:
            return None
        near = {item.target, item.hospital.pk if item.hospital else None}
        if item.page:
            near |= self.places.hospitals_of[item.page.pk].keys()
        if is_uuid(text):
            found: list[Any] = [known for known in [self._by_uuid.get(text.lower())] if known]
        else:
            try:
                phone = parse(text, self.options.country)
            except PhoneNumberError:
                why = gettext_lazy("neither an id nor a number")
                raise Unreadable(rows.said(name, text, why)) from None
            found = [
                known
                for page in near
                for known in self._by_number.get((page, phone.number), ())
                if known.extension == phone.extension
            ]
            found += [new for new in self._new.get((item.target, phone.number, phone.extension), ()) if new is not item]
        found = [one for one in found if not isinstance(one, _Known) or one.pk != item.pk]
        if len(found) != 1:
            why = gettext_lazy("several lines have it") if found else gettext_lazy("no other line there has it")
            raise Unreadable(rows.said(name, text, why))
        if isinstance(found[0], _Known):
            if found[0].page not in near:
                why = gettext_lazy("that line belongs to another department")
                raise Unreadable(rows.said(name, text, why))
            return found[0].pk
        return found[0]

    def _why_not_to(self, to: "int | _Item", line: ContactLine) -> str | Promise:
        """Why `line` may not lead to another line, as this file leaves that; "" where it may."""
        known = self._known.get(to) if isinstance(to, int) else None
        item = self._item_of.get(to) if known else to
        if known and item is None and not known.is_kept:
            return gettext_lazy("that line was taken off its page")
        said = item.row.values if item else {}
        purpose = said.get("purpose") or (known.purpose if known else Purpose.DEPARTMENT)
        audience = said.get("audience") or (known.audience if known else Audience.PATIENTS)
        if (Purpose(purpose).own_audience or audience) not in (Audience.PATIENTS, line.audience):
            return gettext_lazy("that line is for others than those whom this one is for")
        return ""

    def _location_key(self, item: _Item) -> tuple[Any, int] | None:
        """The department and the hospital of which the row says the place."""
        if item.row.reasons or not any(rows.said_in(item.row.values, "place").values()):
            return None
        hospitals = self.places.hospitals_of.get(item.page.pk, {}) if item.page else {}
        if item.hospital:
            return (item.target, item.hospital.pk)
        if item.page and item.page.pk in self.places.is_department and len(hospitals) == 1:
            return (item.target, next(iter(hospitals)))
        item.row.reasons.append(gettext_lazy("a place needs a department and a hospital"))
        self._spare(item)
        return None

    def _location_pk(self, key: tuple[Any, int] | None) -> int | None:
        return self.places.hospitals_of.get(key[0], {}).get(key[1]) if key else None

    def _place(
        self, item: _Item, key: tuple[Any, int] | None, said: dict[str, str], locations: dict[int, Location]
    ) -> list[Step]:
        """The step for the place that a row says: once for each department and hospital."""
        if key is None:
            return []
        earlier = self._places_said.setdefault(key, said)
        if earlier is not said:
            if earlier == said:
                return []
            reason = _("An earlier row says another place for this department at this hospital; that one was taken.")
            page = item.page.pk if item.page else None
            return [Step(Outcome.REFUSED, item.row.number, page=page, reasons=[reason], cells=item.row.cells)]
        pk = self._location_pk(key)
        location = locations.get(pk) if pk else None
        hospital = self._hospitals.get(key[1])
        if location is None:
            location = Location(page_id=item.page.pk if item.page else None, hospital=hospital)
            before: dict[str, Any] | None = {}
        else:
            location.hospital = hospital
            before = location.snapshot()
        wording = rows.merged(location.place, said)
        if wording == rows.wording(location.place):
            return []
        if self._may_place is not None and item.page and item.page.pk not in self._may_place:
            reason = _("You may not change where this department is; its place was left as it is.")
            return [Step(Outcome.REFUSED, item.row.number, page=item.page.pk, reasons=[reason], cells=item.row.cells)]
        location.place = Location._meta.get_field("place").to_python(wording)
        if before == {}:
            if self.writing:
                location.pk = _next_keys(Location, 1)[0]
            return [Step(Outcome.NEW, item.row.number, location, {}, location.page_id)]
        return [Step(Outcome.CHANGED, item.row.number, location, before, location.page_id)]

    # --- what the file leaves out

    def _removals(self) -> Iterator[list[Step]]:
        if not self._scope_kind:
            return
        scope = [known for known in self._known.values() if self._in_scope(known)]
        absent = [known for known in scope if known.pk not in self._taken and known.page not in self._spared_pages]
        if absent and self._unplaced:
            self.remarks.append(
                _("Nothing was removed: %(count)d refused row(s) may mean any line of the scope.")
                % {"count": self._unplaced}
            )
            return
        if len(absent) > MOST_REMOVED * len(scope):
            counts = {"absent": len(absent), "all": len(scope)}
            if self.options.allow_removals:
                self.remarks.append(
                    _("%(absent)d of the %(all)d lines in scope are not in the file, more than one in ten.") % counts
                )
            else:
                self.refusals.append(
                    _(
                        "%(absent)d of the %(all)d lines in scope are not in the file. More than one in ten is removed "
                        "only when removals are allowed."
                    )
                    % counts
                )
        if self.check_rights:
            pages = {known.page for known in absent}
            if pages - pages_that_may_change(self.user, pages):
                self.refusals.append(_("The scope holds lines that you may not change."))
        now = timezone.now()
        used = self._still_used({known.pk for known in absent})
        for start in range(0, len(absent), BATCH):
            stored = self._stored(ContactLine, [known.pk for known in absent[start : start + BATCH]])
            steps = []
            for line in stored.values():
                if line.pk in used:
                    reasons = [_("It is still used; change these first:"), *used[line.pk]]
                    steps.append(Step(Outcome.REFUSED, None, page=line.page_id, reasons=reasons, cells=[str(line)]))
                    continue
                before = line.snapshot()
                line.archived_at = now
                steps.append(Step(Outcome.REMOVED, None, line, before, line.page_id))
            yield self._told(steps)

    @staticmethod
    def _still_used(going: set[int]) -> dict[int, list[str]]:
        """Where those of the lines that others rely on are used; a use by a line that goes, too, is none."""
        uses = ContactLine.objects.filter(pk__in=going).uses()
        used: dict[int, list[str]] = {}
        while True:
            urls = {_url(pk) for pk in going - used.keys()}
            staying = {use.fact_id for use in uses if use.url not in urls} - used.keys()
            if not staying:
                return used
            for pk in staying:
                used[pk] = [use.description for use in uses if use.fact_id == pk]

    def verdict(self) -> list[str]:
        """Why the whole is not applied, when all steps have been gone through."""
        if self.options.strict and self.counts[Outcome.REFUSED]:
            return [*self.refusals, _("A strict import takes all rows or none, and some were refused.")]
        return self.refusals


def _errors(line: ContactLine) -> list[str | Promise]:
    """What the model says against a line, without asking the database.

    What it would ask there is settled: relations are those found above, ids are new; the constraints repeat what
    `clean` says, and hold when the row is written.
    """
    errors: list[str | Promise] = []
    for check in (lambda: line.clean_fields(exclude=_NOT_ASKED), line.clean):
        try:
            check()
        except ValidationError as error:
            if hasattr(error, "error_dict"):
                for name, texts in error.message_dict.items():
                    label = "" if name == "__all__" else f"{line._meta.get_field(name).verbose_name}: "
                    errors += [f"{label}{text}" for text in texts]
            else:
                errors += error.messages
    return errors


def _url(line: int) -> str:
    return reverse("fact_change", args=["departments", "contactline", line])


def _new_line(page: Found | None) -> ContactLine:
    line = ContactLine(page_id=page.pk if page else None)
    for name in ("label", "instruction"):  # empty wordings as a form makes them
        setattr(line, name, line._meta.get_field(name).to_python({}))
    return line


def is_uuid(text: str) -> bool:
    try:
        rows._uuid(text)
    except Unreadable:
        return False
    return True


def _next_keys(model: type[Fact], count: int) -> list[int]:
    """Keys for rows that are about to be stored, so that they can lead to each other."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
            [model._meta.db_table, count],
        )
        return [key for (key,) in cursor.fetchall()]


def pages_that_may_change(user: User, pages: set[int], kind: type[Fact] = ContactLine) -> set[int]:
    """Those of `pages` whose facts of a kind `user` may change, as `ContactLineQuerySet.changeable_by` finds lines.

    Who is in charge of an institute's numbers changes its lines, and nothing else of its pages.
    """
    if not user.is_active:
        return set()
    if user.is_superuser:
        return set(pages)
    changeable = PagePermissionPolicy().instances_user_has_permission_for(user, "change")
    mine = Q(pk__in=changeable.values("pk"))
    if kind is ContactLine:
        for path in Duty.objects.of_user(user).values_list("institute__path", flat=True):
            mine |= Q(path__startswith=path)
    return set(Page.objects.filter(mine, pk__in=pages).values_list("pk", flat=True))


def _where_may_make(user: User, institutes: set[int]) -> set[int]:
    """Those of the institutes below which `user` may publish a department in every language."""
    keys = dict(InstitutePage.objects.filter(pk__in=institutes).values_list("pk", "translation_key"))
    pages = InstitutePage.objects.filter(translation_key__in=set(keys.values()))
    barred = {page.translation_key for page in pages if not _may_make(user, page)}
    return {pk for pk, key in keys.items() if key not in barred}


def _may_make(user: User, institute: Page) -> bool:
    rights = institute.permissions_for_user(user)
    return rights.can_add_subpage() and rights.can_publish_subpage()


# --- Acts -----------------------------------------------------------------------------------------
