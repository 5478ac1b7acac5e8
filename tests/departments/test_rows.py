"""A directory row: headers in both languages, cells as values or as reasons, a line as a row."""

import pytest
from django.conf import settings
from django.utils import translation
from hypothesis import example, given
from hypothesis import strategies as st

from departments import rows
from departments.models import ContactLine
from departments.models.contacts import Audience, LineKind, Purpose
from departments.phones import PhoneNumber, PhoneNumberError, parse


def proposed(*header):
    return [guess.column for guess in rows.propose(header)]


def read(region="FR", **cells):
    return rows.read(2, list(cells.values()), list(cells), region)


def reasons(**cells):
    with translation.override("en"):
        return " ".join(str(reason) for reason in read(**cells).reasons)


@pytest.mark.parametrize("language", [code for code, _name in settings.LANGUAGES])
def test_every_heading_of_an_export_is_recognised_for_sure(language):
    guesses = rows.propose(column.heading(language) for column in rows.COLUMNS)
    assert guesses == [rows.Guess(column.name, True) for column in rows.COLUMNS]


def test_every_name_of_a_column_means_that_column_alone():
    names = {}
    for column in rows.COLUMNS:
        for name in {rows.fold(name) for name in (column.name, *column.headings.values(), *column.also)}:
            names.setdefault(name, set()).add(column.name)
    assert {name: columns for name, columns in names.items() if len(columns) > 1} == {}


def test_headers_of_real_files_are_recognised_whatever_their_accents_and_capitals():
    assert proposed("SERVICE", "Telephone", "N° Tél", "Hopital", "horaires", "Jours fériés") == [
        "department",
        "number",
        "",
        "hospital",
        "hours",
        "closed_on_holidays",
    ]


def test_a_header_that_resembles_one_is_proposed_as_a_guess():
    guesses = rows.propose(["Services", "Numero telephone", "Zzzz", ""])
    assert guesses == [
        rows.Guess("department", False),
        rows.Guess("number", False),
        rows.Guess("", False),
        rows.Guess("", False),
    ]


@given(header=st.lists(st.text(max_size=20), max_size=10))
def test_no_column_is_ever_proposed_twice(header):
    names = [name for name in proposed(*header) if name]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("purpose", "Rendez-vous", "appointments"),
        ("purpose", "APPOINTMENTS", "appointments"),
        ("purpose", "Medical secretariat", "secretariat"),
        ("audience", "health professionals", "professionals"),
        ("kind", "fax", "fax"),
        ("languages", "fr en", ["fr", "en"]),
        ("languages", "Anglais, français", ["fr", "en"]),
        ("languages", "French sign language; French", ["fr", "fsl"]),
        ("languages", "", []),
        ("closed_on_holidays", "Oui", True),
        ("by_appointment", "faux", False),
        ("valid_from", "31/12/2026", "2026-12-31"),
        ("valid_from", "1.5.2026", "2026-05-01"),
        ("valid_until", "2026-12-31", "2026-12-31"),
        ("valid_until", "", ""),
        ("sort_order", "12", 12),
        ("hours", "lun-ven 8h-18h", "lun-ven 8h-18h"),
        ("id", "7330D3A5-68DC-4CF0-BC5C-CFEFE8A061B9", "7330d3a5-68dc-4cf0-bc5c-cfefe8a061b9"),
    ],
)
def test_a_cell_is_read_as_a_value(name, text, value):
    assert read(**{name: text}).values == {name: value}


@pytest.mark.parametrize("name", ["purpose", "kind", "audience", "hours_are", "by_appointment", "sort_order"])
def test_an_empty_cell_of_a_column_that_always_has_a_value_says_nothing(name):
    row = read(**{name: ""})
    assert (row.values, row.reasons) == ({}, [])


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("purpose", "Coiffure", "Allowed: Switchboard"),
        ("languages", "fr klingon", "klingon"),
        ("closed_on_holidays", "peut-être", "yes or no"),
        ("valid_from", "31/02/2026", "write a date"),
        ("valid_from", "46143", "write a date"),
        ("sort_order", "-1", "whole number"),
        ("id", "12", "id"),
        ("hours", "x" * 401, "400 characters"),
        ("internal_note", "#REF!", "could not work"),
        ("number", "", "no number"),
        ("number", "1,42161E+08", "lost its digits"),
        ("number", "1.42160643E8", "lost its digits"),
        ("number", "contact@example.org", "e-mail"),
        ("number", "142160643", "Did you mean: 01 42 16 06 43"),
        ("number", "01 99 00 10 10 / 11", "Did you mean: 01 99 00 10 10 | 01 99 00 10 11"),
    ],
)
def test_a_cell_that_cannot_be_taken_is_refused_with_what_to_do(name, text, why):
    assert why in reasons(**{name: text})


def test_a_number_keeps_its_extension_and_those_of_the_file_s_country_need_no_code():
    assert read(number="01 99 00 10 10 extn 234").phone == PhoneNumber("+33199001010", "234")
    assert read("BE", number="02 555 12 12").phone == parse("+32 2 555 12 12")


@given(text=st.text(max_size=30) | st.from_regex(r"[0-9+/ .()-]{2,25}", fullmatch=True))
@example("01 99 00 10 10 ou 06 39 98 10 10")
@example("15 / 112")
def test_what_is_accepted_as_a_number_is_what_the_parser_says_and_else_there_is_a_reason(text):
    row = read(number=text)
    try:
        expected = parse(text)
    except PhoneNumberError:
        assert row.phone is None
        assert row.reasons
    else:
        assert (row.phone, row.reasons) == (expected, [])


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("01 99 00 10 10 / 11", ("01 99 00 10 10", "01 99 00 10 11")),
        ("01 99 00 10 10\n06 39 98 10 10", ("0199001010", "0639981010")),
        ("01 99 00 10 10; 06 39 98 10 10", ("01 99 00 10 10", "06 39 98 10 10")),
        ("01 99 00 10 10 ou 06 39 98 10 11 ou 0800123456", ("01 99 00 10 10", "06 39 98 10 11", "0800123456")),
        ("01 99 00 71 14 / 15", ()),  # either 15 or … 71 15: nobody but a person knows
        ("01 99 00 10 10", ()),
        ("appelez le 01 99 00 10 10", ()),
    ],
)
def test_a_cell_is_split_only_where_its_numbers_can_be_read_in_one_way(text, numbers):
    assert rows.numbers_in(text, "FR") == numbers


def test_the_zero_that_a_spreadsheet_ate_is_given_back_to_nine_digits_alone():
    assert rows.with_lost_zero("199001010", "FR") == "01 99 00 10 10"
    assert rows.with_lost_zero("19900101", "FR") == ""
    assert rows.with_lost_zero("01 99 00 10 10", "FR") == ""


NUMBERS = ["+33199001010", "+33639981010", "0800123456", "15", "3115", "+590590290000", "+508412345", "+442079460958"]


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("extension", ["", "0012"])
def test_a_written_number_is_read_as_itself(number, extension):
    if extension and len(number) < 6:
        return
    phone = PhoneNumber(number, extension)
    assert parse(rows.written_number(phone)) == phone


LABELS = st.text(st.characters(codec="utf-8", exclude_categories=["C"]), max_size=20).map(rows.clean)


@given(
    number=st.sampled_from(NUMBERS),
    purpose=st.sampled_from(Purpose.values),
    kind=st.sampled_from(LineKind.values),
    audience=st.sampled_from(Audience.values),
    language=st.sampled_from(["fr", "en"]),
    label=LABELS,
    note=LABELS,
    languages=st.sets(st.sampled_from(["fr", "en", "fsl", "vi"])),
    flag=st.booleans(),
    day=st.none() | st.dates(),
)
def test_a_line_that_is_written_as_a_row_is_read_as_the_same(
    number, purpose, kind, audience, language, label, note, languages, flag, day
):
    order = [code for code, _label in ContactLine._meta.get_field("languages").base_field.choices]
    line = ContactLine(
        number=number,
        purpose=purpose,
        kind=kind,
        audience=audience,
        label={"en": label} if label else {},
        internal_note=note,
        languages=sorted(languages, key=order.index),
        by_appointment=flag,
        valid_from=day if day and 1900 <= day.year < 2200 else None,
    )
    texts = rows.texts(line, {}, language, {})
    finding = ("id", "institute", "hospital", "department", "page_key")
    names = [name for name in rows.WRITABLE if name not in (*finding, "out_of_hours", "replaced_by")]
    row = rows.read(2, [texts[name] for name in names], names)
    if note[:1] == "#" and row.reasons:
        return  # "#N/A" in a note is a spreadsheet's word
    assert row.reasons == []
    again = ContactLine()
    rows.put(again, row)
    assert again.snapshot() == line.snapshot()
