"""Tables as people keep them: CSV in any usual dress and XLSX, read as texts row by row, and written safely.

A spreadsheet runs what looks like a formula. XLSX cells are written as texts, which are never run; in CSV a text
that begins like a formula gets an apostrophe in front, which reading takes away again, so that a file that is
written and read says the same.
"""

import codecs
import csv
import io
import itertools
import re
import unicodedata
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from typing import IO, Any, BinaryIO
from xml.parsers import expat

from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from openpyxl import Workbook, load_workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

LARGEST_FILE = 60_000_000  # bytes
LARGEST_SHEET = 120_000_000  # bytes of XML, read as a stream: 50,000 rows of a directory make about half of it
LARGEST_TEXTS = 60_000_000  # bytes of XML of all texts of a workbook, which are held in memory
LARGEST_PART = 10_000_000  # bytes of anything else in a workbook
LARGEST_WORKBOOK = 150_000_000  # bytes of all parts together
MOST_TEXTS = 4_000_000  # elements in the part of all texts
MOST_ELEMENTS = 500_000  # elements in a row, or in any other part: each costs about a hundred bytes of memory
PACKED_WELL = 10_000_000  # bytes; what unpacks to more may not
MOST_PACKED = 100  # times as large as the file (tables of a directory unpack to 5 to 30 times)
MOST_ROWS = 200_000
MOST_COLUMNS = 200

_USUAL_DELIMITERS = ";,\t|~¬"
_MOST_OTHER_DELIMITERS = 10  # signs of the header that are tried beside the usual ones
_SAMPLE = 60  # records by which a delimiter is judged
# What spreadsheets take for the beginning of a formula, in ASCII and in full width.
_FORMULA = "=+\\-@\t\r＝＋－＠"
_RISKY = re.compile(f"'*[{_FORMULA}]")
_GUARDED = re.compile(f"'+[{_FORMULA}]")


class TableError(ValueError):
    """A file that cannot be read as a table; `message` (translated when shown) says why and what to do."""

    def __init__(self, message: str | Promise) -> None:
        super().__init__(message)
        self.message = message

    def __str__(self) -> str:
        return str(self.message)


@dataclass(frozen=True, slots=True)
class Record:
    """One row. `number` is what a spreadsheet calls it (the header is 1); `problem` says why it has no cells."""

    number: int
    cells: list[str]
    problem: str | Promise = ""


@dataclass
class Table:
    """A header and the rows below it, which are read as one goes; rows without any text are left out."""

    header: list[str]
    records: Iterator[Record] = field(repr=False)


def read(file: BinaryIO, delimiter: str = "") -> Table:
    """The table in a file that can be sought in: XLSX (its first sheet) or CSV, as its content says.

    A file that is named .xlsx must be one, for what is left of a broken workbook may pass for a text.
    `delimiter` is found out where it is not given. Raises TableError, also while the records are read.
    """
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    if not size:
        raise TableError(_("The file is empty."))
    if size > LARGEST_FILE:
        raise TableError(_("The file is too large. Divide it into several."))
    start = file.read(8)
    file.seek(0)
    if start.startswith(b"PK"):
        rows: Iterator[Record] = _xlsx(file)
    elif start.startswith(b"\xd0\xcf\x11\xe0"):
        raise TableError(_("This is a workbook of the old XLS kind, or one with a password. Save it as XLSX or CSV."))
    elif str(getattr(file, "name", "")).lower().endswith((".xlsx", ".xlsm")):
        raise TableError(
            _("This file is named as a workbook but is none. Save it as XLSX once more; if it is CSV, name it .csv.")
        )
    else:
        rows = _csv(file, delimiter)
    head = next(rows, None)
    if head is None:
        raise TableError(_("The file is empty."))
    if head.problem:
        raise TableError(head.problem)
    header = [" ".join(cell.split()) for cell in head.cells]
    while header and not header[-1]:
        header.pop()
    if not header:
        raise TableError(_("The first row is empty. It must name the columns."))
    if len(header) > MOST_COLUMNS:
        raise TableError(_("The file has too many columns."))
    return Table(header, _fitted(rows, len(header)))


def _fitted(rows: Iterator[Record], width: int) -> Iterator[Record]:
    """The records as wide as the header; a row with more or fewer cells has a problem instead of a meaning."""
    for record in rows:
        if record.number > MOST_ROWS + 1:
            raise TableError(_("The file has too many rows. Divide it into several."))
        cells = record.cells
        if record.problem:
            yield record
            continue
        if not any(cells):
            continue
        if len(cells) > width and not any(cells[width:]):
            cells = cells[:width]
        if len(cells) != width:
            problem = _("This row has {here} cells, the header {there}: is a delimiter in a text, or one missing?")
            yield Record(record.number, cells, format_lazy(problem, here=len(cells), there=width))
        else:
            yield Record(record.number, cells)


# --- CSV ------------------------------------------------------------------------------------------


def _encoding(file: BinaryIO) -> str:
    """The file's encoding: what its mark says, UTF-8 if it is that throughout, else Windows-1252."""
    start = file.read(4096)
    file.seek(0)
    if start.startswith(codecs.BOM_UTF8):
        candidates = ["utf-8-sig"]
    elif start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        candidates = ["utf-16"]
    elif start[1::2].count(0) > len(start) / 8:
        candidates = ["utf-16-le"]
    elif start[::2].count(0) > len(start) / 8:
        candidates = ["utf-16-be"]
    else:
        candidates = ["utf-8", "cp1252"]
    for candidate in candidates:
        decoder = codecs.getincrementaldecoder(candidate)()
        file.seek(0)
        try:
            while chunk := file.read(1 << 20):
                if "\0" in decoder.decode(chunk):
                    raise TableError(_("This is no table: it is neither XLSX nor text."))
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            continue
        file.seek(0)
        return candidate
    raise TableError(_("The characters of this file are unknown. Save it as CSV in UTF-8."))


def _csv(file: BinaryIO, delimiter: str) -> Iterator[Record]:
    text = io.TextIOWrapper(_Kept(file), _encoding(file), newline="")
    stated = re.fullmatch(r'"?sep=([^"\r\n]?)"?[\r\n]*', text.readline(1000))
    skipped = 1 if stated else 0  # a row for the spreadsheet alone
    if stated:
        delimiter = delimiter or stated[1]
    text.seek(0)
    if not delimiter:
        if skipped:
            text.readline()
        delimiter = _delimiter(text.read(200_000))
        text.seek(0)
    if skipped:
        text.readline()
    # Strict, for a quotation mark that is never closed would otherwise swallow the rows behind it in silence.
    reader = csv.reader(text, delimiter=delimiter, strict=True)
    for number in itertools.count(1 + skipped):
        begun = reader.line_num + skipped + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            if "expected after" in str(error):
                problem = _("A quotation mark stands within a text here: double it, or take it away.")
                yield Record(number, [], problem)
                continue
            if "field larger" in str(error) or "end of data" in str(error):
                problem = _("The quotation mark that opens a text in line {line} of the file is never closed.")
            else:
                problem = _("Line {line} of the file cannot be read.")
            raise TableError(format_lazy(problem, line=begun)) from None
        yield Record(number, [_unguarded(clean(cell)) for cell in cells])


class _Kept(io.BufferedIOBase):
    """A file for a text reader, left open when that one goes."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def read(self, size: int | None = -1, /) -> bytes:
        return self._file.read(-1 if size is None else size)

    def read1(self, size: int = -1, /) -> bytes:
        return self._file.read(size)

    def seek(self, offset: int, whence: int = 0, /) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()


def _delimiter(sample: str) -> str:
    """What separates the columns: the sign that divides the header and the rows below it into equally many."""
    header = sample.splitlines()[0] if sample.strip() else ""
    found = Counter(header)
    others = [sign for sign, _count in found.most_common() if sign not in _USUAL_DELIMITERS and _may_divide(sign)]
    signs = [sign for sign in _USUAL_DELIMITERS if sign in found] + others[:_MOST_OTHER_DELIMITERS]
    best, best_score = ",", (0.0, False, 0)
    for sign in signs:
        widths = []
        reader = csv.reader(io.StringIO(sample, newline=""), delimiter=sign)
        try:
            for cells in itertools.islice(reader, _SAMPLE):
                if any(cells):
                    widths.append(len(cells))
        except csv.Error:
            pass
        if not widths or widths[0] < 2:
            continue
        agreeing = sum(width == widths[0] for width in widths) / len(widths)
        score = (round(agreeing, 1), sign in _USUAL_DELIMITERS, widths[0])
        if score > best_score:
            best, best_score = sign, score
    return best


def _may_divide(sign: str) -> bool:
    is_of_texts = sign.isalnum() or sign in "\"'\r\n ._-/()°’"
    return not is_of_texts and not unicodedata.category(sign).startswith("M")


def clean(text: str) -> str:
    """A cell's text without what nobody sees: control characters, other line ends, spaces at its ends."""
    if text.isascii() and text.isprintable():
        return text.strip()
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    text = "".join(
        character
        for character in text
        if character in "\n\t" or unicodedata.category(character) not in ("Cc", "Cs", "Cn", "Co")
    )
    return text.strip().strip("\ufeff\u200b")


def _unguarded(text: str) -> str:
    return text[1:] if _GUARDED.match(text) else text


def guarded(text: str) -> str:
    """`text` as a CSV file may hold it; what looks like a formula, or like something guarded, gets an apostrophe."""
    return f"'{text}" if _RISKY.match(text) else text


def write_csv(
    file: BinaryIO, header: Sequence[str], rows: Iterable[Sequence[str]], delimiter: str = ";", bom: bool = True
) -> int:
    """Write a table as UTF-8; gives the number of rows. With `bom`, spreadsheets of Windows know that it is UTF-8."""
    text = io.TextIOWrapper(file, "utf-8-sig" if bom else "utf-8", newline="", write_through=True)
    writer = csv.writer(text, delimiter=delimiter)
    count = -1
    for row in itertools.chain([header], rows):
        writer.writerow([guarded(cell) for cell in row])
        count += 1
    text.detach()
    return count


# --- XLSX -----------------------------------------------------------------------------------------


def _xlsx(file: BinaryIO) -> Iterator[Record]:
    _refuse_bombs(file)
    try:
        book = load_workbook(file, read_only=True, data_only=True, keep_links=False)
    except Exception as error:  # the library raises whatever the broken part of a file leads it to
        raise TableError(_DAMAGED) from error
    try:
        if not book.worksheets:
            raise TableError(_("This workbook has no sheet."))
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # what a file says of its size need not be true
        rows = sheet.iter_rows(max_row=MOST_ROWS + 2, max_col=MOST_COLUMNS + 1)
        for number in itertools.count(1):
            try:
                row = next(rows)
                cells = [_text(cell) for cell in row]
            except StopIteration:
                return
            except Exception as error:
                raise TableError(
                    format_lazy(_("This workbook is damaged in or behind row {row}."), row=number)
                ) from error
            while cells and not cells[-1]:
                cells.pop()
            if number == 1:
                width = len(cells)
            elif cells:
                cells += [""] * (width - len(cells))  # empty cells at the end are not stored
            yield Record(number, cells)
    finally:
        book.close()


_DAMAGED = _("This workbook is damaged, or no XLSX file. Save it once more as XLSX or CSV.")
_TOO_LARGE = _("Unpacked, this workbook is too large. Save the sheet alone, or as CSV.")
_SHEET, _TEXTS = (f".spreadsheetml.{name}+xml" for name in ("worksheet", "sharedStrings"))


def _refuse_bombs(file: BinaryIO) -> None:
    """Refuse a workbook that would fill the memory when it is read: each part is gone through, none is kept.

    What a part is, its content type says; a part whose type is not stated gets the small limit, whatever its name.
    """
    size = file.seek(0, io.SEEK_END)
    try:
        with zipfile.ZipFile(file) as archive:
            parts = archive.infolist()
            if len(parts) > 2000:
                raise TableError(_("This workbook has too many parts."))
            kinds = _content_types(archive)
            limits = {_SHEET: LARGEST_SHEET, _TEXTS: LARGEST_TEXTS}
            for part in parts:
                if part.file_size > limits.get(kinds.get(part.filename.lower(), ""), LARGEST_PART):
                    raise TableError(_TOO_LARGE)
            unpacked = sum(part.file_size for part in parts)
            if unpacked > LARGEST_WORKBOOK or unpacked > max(PACKED_WELL, MOST_PACKED * size):
                raise TableError(_TOO_LARGE)
            for part in parts:
                most = MOST_TEXTS if kinds.get(part.filename.lower()) == _TEXTS else MOST_ELEMENTS
                with archive.open(part) as source:
                    _go_through(source, _counting(most))
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError) as error:
        if isinstance(error, TableError):
            raise
        raise TableError(_DAMAGED) from error
    file.seek(0)


def _content_types(archive: zipfile.ZipFile) -> dict[str, str]:
    """Of the sheets and of the part with all texts, by name: which of the two it is."""
    found = {}

    def begin(name: str, attributes: dict[str, str]) -> None:
        count(name, attributes)
        for kind in (_SHEET, _TEXTS):
            if attributes.get("ContentType", "").endswith(kind):
                found[attributes.get("PartName", "").lower().lstrip("/")] = kind

    count = _counting(MOST_ELEMENTS)
    name = "[Content_Types].xml"
    if name in archive.namelist() and archive.getinfo(name).file_size <= LARGEST_PART:
        with archive.open(name) as source:
            _go_through(source, begin)
    return found


def _counting(most: int) -> Callable[[str, dict[str, str]], None]:
    """What is told of each element as it begins; TableError where a row has too many cells, or more than `most`."""
    rows = cells = elements = 0

    def begin(name: str, attributes: dict[str, str]) -> None:
        nonlocal rows, cells, elements
        elements += 1
        name = name.rpartition(":")[2]
        if name == "row":
            rows += 1
            cells = elements = 0
            if rows > MOST_ROWS + 2:
                raise TableError(_("The file has too many rows. Divide it into several."))
        elif name == "c" and rows:
            cells += 1
            if cells > MOST_COLUMNS:
                problem = _("A row of this workbook has more than {most} cells. Save the table alone, or as CSV.")
                raise TableError(format_lazy(problem, most=MOST_COLUMNS))
        if elements > most:
            raise TableError(_TOO_LARGE)

    return begin


def _go_through(source: IO[bytes], begin: Callable[[str, dict[str, str]], None]) -> None:
    """Tell `begin` of the elements of a part, in whatever encoding; nothing of a part that is no XML."""

    def refuse(*_declared: object) -> None:
        raise TableError(_DAMAGED)  # no workbook declares a document type; it could multiply its texts

    parser = expat.ParserCreate()
    parser.StartElementHandler = begin
    parser.StartDoctypeDeclHandler = refuse
    try:
        while chunk := source.read(1 << 16):
            parser.Parse(chunk)
        parser.Parse(b"", True)
    except expat.ExpatError:
        return  # a picture, or XML that openpyxl reads no further either


def _text(cell: Any) -> str:
    """A cell as it was typed: the digits of a number, an ISO date, a text."""
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, int | float | Decimal):
        return _digits(value, cell.number_format or "")
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ", "minutes")
    if isinstance(value, date | time):
        return value.isoformat()
    return clean(str(value))


def _digits(value: float | Decimal, number_format: str) -> str:
    """A number without an exponent, and with the zeros in front that its format shows ("0#" "##" "##" …)."""
    try:
        exact = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    except ArithmeticError:
        return str(value)
    if not exact.is_finite():
        return str(value)
    if exact != exact.to_integral_value():
        return format(exact, "f")
    digits = format(exact.to_integral_value(), "f")
    plain = re.sub(r'"[\s.\-]*"|\\.|[\s.\-]', "", number_format)
    if re.fullmatch("[0#]+", plain) and "0" in plain and not digits.startswith("-"):
        return digits.zfill(len(plain) - plain.index("0"))
    return digits


def write_xlsx(file: BinaryIO, header: Sequence[str], rows: Iterable[Sequence[str]], title: str = "Table") -> int:
    """Write a table as a workbook with one sheet of texts; gives the number of rows."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(title)
    sheet.freeze_panes = "A2"
    count = -1
    for row in itertools.chain([header], rows):
        sheet.append([_cell(sheet, text) if text else None for text in row])
        count += 1
    book.save(file)
    return count


def _cell(sheet: Any, text: str) -> Any:
    text = ILLEGAL_CHARACTERS_RE.sub(" ", text)
    cell = WriteOnlyCell(sheet, text)
    cell.data_type = "s"  # whatever it begins with
    if _RISKY.match(text):
        cell.quotePrefix = True  # remains a text when somebody edits the cell
    return cell
