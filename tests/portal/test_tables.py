"""Tables in every dress in which people send them."""

import datetime
import io
import tracemalloc
import zipfile

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from portal import tables
from portal.tables import TableError


@pytest.fixture(autouse=True)
def _in_english():
    with translation.override("en"):
        yield


HEADER = ["Service", "Téléphone", "Remarque"]
ROWS = [["Hématologie", "01 99 00 10 10", "près du lac"], ["ORL", "15", ""]]


def read(data, **options):
    table = tables.read(io.BytesIO(data), **options)
    return table.header, list(table.records)


def cells(data, **options):
    return [record.cells for record in read(data, **options)[1]]


def problems(data):
    return {record.number: str(record.problem) for record in read(data)[1] if record.problem}


def joined(delimiter, rows=(HEADER, *ROWS), end="\r\n"):
    return end.join(delimiter.join(row) for row in rows) + end


def workbook(*rows, formats=None):
    book = Workbook()
    for row in rows:
        book.active.append(row)
    for place, form in (formats or {}).items():
        book.active[place].number_format = form
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


@pytest.mark.parametrize("delimiter", list(";,\t|~¬^§¦#\x1f"))
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "utf-16-be"])
def test_every_delimiter_and_encoding_is_found_out(delimiter, encoding):
    assert read(joined(delimiter).encode(encoding)) == (
        HEADER,
        [tables.Record(2, ROWS[0]), tables.Record(3, ROWS[1])],
    )


def test_windows_quotes_and_the_euro_sign_survive():
    assert cells("a;b\n« l’œil »;10 €\n".encode("cp1252")) == [["« l’œil »", "10 €"]]


def test_quotes_hold_delimiters_line_ends_and_doubled_quotes():
    data = b'a;b\r\n"x;y";"one\r\ntwo ""three"""\r\n5;6\r\n'
    assert read(data)[1] == [tables.Record(2, ["x;y", 'one\ntwo "three"']), tables.Record(3, ["5", "6"])]


def test_the_delimiter_that_a_spreadsheet_states_is_believed_and_rows_keep_its_count():
    assert read(b"sep=,\r\na,b;c\r\n1,2;3\r\n") == (["a", "b;c"], [tables.Record(3, ["1", "2;3"])])


def test_a_given_delimiter_is_taken():
    assert cells(b"a-b\n1-2\n", delimiter="-") == [["1", "2"]]


def test_commas_in_texts_do_not_pass_for_the_delimiter():
    data = joined(";", [["Nom, prénom", "Tél"], ["A, b, c", "1"], ["D", "2"]]).encode()
    assert cells(data) == [["A, b, c", "1"], ["D", "2"]]


def test_one_column_alone_is_a_table():
    assert read(b"number\n15\n\n112\n") == (["number"], [tables.Record(2, ["15"]), tables.Record(4, ["112"])])


def test_rows_of_another_width_are_told_and_the_others_read():
    data = b"a;b;c\n1;2;3\n1;2\n1;2;3;4\n1;2;3;;\n;;\n"
    assert list(problems(data)) == [3, 4]
    assert "2 cells, the header 3" in problems(data)[3]
    assert [record.cells for record in read(data)[1] if not record.problem] == [["1", "2", "3"], ["1", "2", "3"]]


def test_a_stray_quotation_mark_costs_its_own_row_alone():
    data = b'a;b\n"x"y;2\n3;4\n'
    assert list(problems(data)) == [2]
    assert cells(data)[1] == ["3", "4"]


def test_a_quotation_mark_that_is_never_closed_swallows_nothing_in_silence():
    with pytest.raises(TableError, match="line 3"):
        read(b'a;b\n1;2\n3;"4\n5;6\n7;8\n')


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "empty"),
        (b"\n\n", "first row"),
        (b";;;\n1;2;3\n", "first row"),
        (b"a;b\n\x81\x8d;\xff\n", "UTF-8"),
        (b"a;b\n1;\x00\n", "no table"),
        (b"PK\x03\x04 this is no archive", "damaged"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1old workbook", "XLS"),
        (workbook(["a"], [1])[:-200], "damaged"),
    ],
)
def test_broken_files_are_refused_with_what_to_do(data, why):
    with pytest.raises(TableError, match=why):
        read(data)


def test_a_workbook_that_unpacks_to_more_than_memory_is_refused_unread(monkeypatch):
    file = io.BytesIO(workbook(["a"], ["b"]))
    with zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED) as archive, archive.open("xl/bomb.xml", "w") as part:
        for _megabyte in range(tables.LARGEST_PART // 1_000_000 + 1):
            part.write(b" " * 1_000_000)
    assert len(file.getvalue()) < 100_000
    with pytest.raises(TableError, match="Unpacked"):
        read(file.getvalue())


def packed(content, name="xl/worksheets/sheet1.xml", said="", original=None):
    """A workbook of which one part is replaced, or added, with what its content types say of it."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(original or workbook(["a"], ["b"]))) as archive:
        parts = {part: archive.read(part) for part in archive.namelist()}
    parts[name] = content
    if said:
        override = f'<Override PartName="/{name}" ContentType="{said}"/></Types>'
        parts["[Content_Types].xml"] = parts["[Content_Types].xml"].replace(b"</Types>", override.encode())
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for part, text in parts.items():
            archive.writestr(part, text)
    return file.getvalue()


MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("prefix", ["", "x:"])
def test_a_row_of_very_many_cells_is_refused_before_any_of_them_is_kept(encoding, prefix):
    xmlns = f"xmlns{':x' if prefix else ''}='{MAIN}'"
    sheet = f"<{prefix}worksheet {xmlns}><{prefix}sheetData><{prefix}row>" + f"<{prefix}c/>" * 400_000
    data = packed(sheet.encode(encoding))
    tracemalloc.start()
    with pytest.raises(TableError, match="more than 200 cells"):
        read(data)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 2_000_000


def test_a_row_of_other_elements_and_a_declared_document_type_are_refused(monkeypatch):
    monkeypatch.setattr(tables, "MOST_ELEMENTS", 1000)
    with pytest.raises(TableError, match="Unpacked"):
        read(packed(f"<worksheet xmlns='{MAIN}'><sheetData><row>{'<x/>' * 2000}".encode()))
    with pytest.raises(TableError, match="damaged"):
        read(packed(f"<!DOCTYPE x [<!ENTITY a 'b'>]><worksheet xmlns='{MAIN}'/>".encode()))


def test_a_part_has_the_limit_of_what_its_type_says_and_not_of_its_name(monkeypatch):
    monkeypatch.setattr(tables, "LARGEST_PART", 20_000)
    monkeypatch.setattr(tables, "PACKED_WELL", 10_000_000)
    sheet = f"<worksheet xmlns='{MAIN}'><sheetData/>{'<x/>' * 10_000}</worksheet>".encode()
    for name in ("xl/worksheets/sheet9.xml", "xl/other/sharedstrings.xml", "xl/picture.png"):
        with pytest.raises(TableError, match="Unpacked"):
            read(packed(sheet, name))
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"
    assert cells(packed(sheet, "xl/any-name.xml", said=kind)) == [["b"]]


def test_all_parts_together_and_how_well_they_are_packed_have_limits(monkeypatch):
    monkeypatch.setattr(tables, "PACKED_WELL", 100_000)
    with pytest.raises(TableError, match="Unpacked"):
        read(packed(b" " * 3_000_000, "xl/bomb.xml"))
    monkeypatch.setattr(tables, "PACKED_WELL", 10_000_000)
    assert cells(packed(b" " * 3_000_000, "xl/bomb.xml")) == [["b"]]
    monkeypatch.setattr(tables, "LARGEST_WORKBOOK", 1_000_000)
    with pytest.raises(TableError, match="Unpacked"):
        read(packed(b" " * 3_000_000, "xl/bomb.xml"))


def test_a_header_of_many_signs_is_not_tried_with_each(monkeypatch):
    tried = []
    reader = tables.csv.reader
    monkeypatch.setattr(tables.csv, "reader", lambda *args, **kwargs: tried.append(kwargs) or reader(*args, **kwargs))
    signs = "".join(chr(0x2190 + number) for number in range(500))
    read(f"a{signs};b\n1;2\n".encode())
    assert len(tried) < 20


@pytest.mark.parametrize("first", ['sep="', "sep=", '"sep="'])
def test_a_stated_delimiter_that_is_none_is_found_out_instead(first):
    assert read(f"{first}\r\na;b\r\n1;2\r\n".encode()) == (["a", "b"], [tables.Record(3, ["1", "2"])])


def test_a_text_that_is_named_as_a_workbook_is_refused():
    file = io.BytesIO(b"a;b\n1;2\n")
    file.name = "Liste.XLSX"
    with pytest.raises(TableError, match="named as a workbook"):
        tables.read(file)


def test_a_file_with_too_many_rows_or_bytes_is_refused(monkeypatch):
    monkeypatch.setattr(tables, "MOST_ROWS", 2)
    with pytest.raises(TableError, match="too many rows"):
        read(b"a\n1\n2\n3\n")
    monkeypatch.setattr(tables, "LARGEST_FILE", 5)
    with pytest.raises(TableError, match="too large"):
        read(b"a\n1\n2\n3\n")


MOMENT = datetime.datetime(2026, 5, 1, 8, 30)  # noqa: DTZ001 (a workbook knows no time zones)


def test_cells_of_a_workbook_are_read_as_they_were_typed():
    data = workbook(
        ["number", "date", "latitude", "yes", "text", "sum", "moment"],
        [142160643, datetime.date(2026, 5, 1), 4.885e-05, True, " a\r\nb ", 1.0, MOMENT],
        [33142160643, None, 48.8566, False, None, 1e15, datetime.time(8, 30)],
    )
    assert cells(data) == [
        ["142160643", "2026-05-01", "0.00004885", "1", "a\nb", "1", "2026-05-01 08:30"],
        ["33142160643", "", "48.8566", "0", "", "1000000000000000", "08:30:00"],
    ]


def test_the_zero_that_the_format_of_a_cell_shows_is_read():
    data = workbook(["a", "b"], [142160643, 75013], formats={"A2": '0#" "##" "##" "##" "##', "B2": "00000"})
    assert cells(data) == [["0142160643", "75013"]]


def test_rows_of_a_workbook_that_end_early_are_as_wide_as_its_header():
    assert cells(workbook(["a", "b", "c"], [1], [None, None, None], [1, 2, 3])) == [["1", "", ""], ["1", "2", "3"]]


RISKY = ["=1+1", "+33 1", "-2", "@SUM(A1)", "'=x", "''+1", "＝1", "'", "it's", "plain", "", 'a\nb;c"d']


def test_nothing_that_is_written_as_csv_begins_like_a_formula():
    file = io.BytesIO()
    assert tables.write_csv(file, ["a"], [[text] for text in RISKY]) == len(RISKY)
    lines = file.getvalue().decode("utf-8-sig").splitlines()
    assert not [line for line in lines if line.strip('"').startswith(("=", "+", "-", "@", "＝"))]


@pytest.mark.parametrize("bom", [True, False])
def test_what_is_written_as_csv_is_read_the_same(bom):
    file = io.BytesIO()
    tables.write_csv(file, ["a", "b"], [[text, "x"] for text in RISKY], bom=bom)
    assert cells(file.getvalue()) == [[text, "x"] for text in RISKY]
    assert file.getvalue().startswith(b"\xef\xbb\xbf") is bom


def test_what_is_written_as_xlsx_is_text_and_read_the_same():
    file = io.BytesIO()
    tables.write_xlsx(file, ["a", "b"], [[text, "x"] for text in RISKY])
    assert cells(file.getvalue()) == [[text, "x"] for text in RISKY]
    with zipfile.ZipFile(file) as archive:
        assert b"<f>" not in archive.read("xl/worksheets/sheet1.xml")


TEXTS = st.text(max_size=30).map(tables.clean)


@given(rows=st.lists(st.lists(TEXTS, min_size=2, max_size=2), max_size=8), form=st.sampled_from(["csv", "xlsx"]))
def test_any_texts_survive_writing_and_reading(rows, form):
    file = io.BytesIO()
    write = tables.write_csv if form == "csv" else tables.write_xlsx
    write(file, ["one", "two"], rows)
    assert cells(file.getvalue()) == [row for row in rows if any(row)]


@given(data=st.binary(max_size=400) | st.text(max_size=300).map(str.encode))
def test_no_file_whatever_crashes_the_reader(data):
    try:
        header, records = read(data)
    except TableError as error:
        assert str(error)
    else:
        assert header
        assert all(record.problem or len(record.cells) == len(header) for record in records)
