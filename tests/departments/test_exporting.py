"""Exporting the directory, and reading the export again."""

import io
from datetime import date

import pytest
from django.core.management import CommandError, call_command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from departments import importing
from departments.exporting import export
from departments.importing import Options, Plan
from departments.models import ContactLine, DepartmentPage, Location
from departments.models.contacts import LineKind, Purpose, VerifiedHow
from portal import tables

pytestmark = pytest.mark.django_db


def exported(form="csv", scope="", language="fr"):
    file = io.BytesIO()
    export(file, form, scope, language)
    return file


def rows_of(file):
    table = tables.read(file)
    return [dict(zip(table.header, record.cells, strict=True)) for record in table.records]


def outcomes(file):
    """What importing the file would do, but for rows that change nothing."""
    plan = Plan(file, Options(importing.propose_mapping(file).columns)).prepare()
    return [
        (step.outcome, step.name, step.reasons, step.differences)
        for steps in plan.steps()
        for step in steps
        if step.outcome != importing.UNCHANGED
    ], plan.counts


@pytest.fixture
def department(page_at):
    return DepartmentPage.objects.child_of(page_at("fr", "hopital-de-demonstration")).first()


@pytest.mark.parametrize("form", ["csv", "xlsx"])
@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_whole_directory_that_is_exported_is_imported_without_a_change(form, language):
    changes, counts = outcomes(exported(form, language=language))
    assert changes == []
    assert counts == {"unchanged": ContactLine.objects.kept().count()}


WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=12).map(tables.clean)
RISKY = st.sampled_from(["=1+1", "+33", "-", "@x", "'=x", "''", '"', ";", "a\r\nb", " two  words ", "“é”"])
TEXTS = st.just("") | WORDS.filter(lambda text: text and not text.startswith("#")) | RISKY


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(
    number=st.sampled_from(["+33199001010", "0800123456", "3115", "+442079460958", "+590590290000"]),
    extension=st.sampled_from(["", "0012"]),
    purpose=st.sampled_from(Purpose.values),
    kind=st.sampled_from(LineKind.values),
    labels=st.fixed_dictionaries({}, optional={"fr": TEXTS, "en": TEXTS}),
    note=TEXTS,
    source=TEXTS,
    hours=TEXTS,
    hours_are=st.sampled_from(["not_stated", "own", "hospital"]),
    keys=st.sampled_from(["", "2 5", "*", "#1"]),
    spoken=st.sampled_from([[], ["fr"], ["fr", "fsl", "zh"]]),
    flags=st.tuples(st.booleans(), st.booleans()),
    days=st.sampled_from([(None, None), (date(2026, 5, 1), None), (date(2026, 5, 1), date(2027, 1, 31))]),
    order=st.integers(0, 99),
    form=st.sampled_from(["csv", "xlsx"]),
)
def test_any_line_that_is_exported_is_imported_without_a_change(department, **drawn):
    form = drawn.pop("form")
    if drawn["number"] == "3115":
        drawn["extension"] = ""
    names = {"labels": "label", "note": "internal_note", "spoken": "languages", "order": "sort_order"}
    values = {names.get(name, name): value for name, value in drawn.items() if name not in ("flags", "days")}
    values["closed_on_holidays"], values["by_appointment"] = drawn["flags"]
    values["valid_from"], values["valid_until"] = drawn["days"]
    own = Purpose(drawn["purpose"]).own_audience
    line = ContactLine(page=department, audience=own or "patients", **values)
    line.save()
    try:
        changes, _counts = outcomes(exported(form, scope=f"institute:{department.get_parent().slug}"))
        assert changes == []
    finally:
        line.delete()


def test_a_row_says_of_a_line_what_staff_need_and_its_verification(department, make_user):
    line = ContactLine.objects.of(department).first()
    ContactLine.objects.filter(pk=line.pk).update(
        number="+33199001010",
        extension="12",
        verified_number="+33199001010 #12",
        verified_on="2026-03-01",
        verified_how=VerifiedHow.CALL,
        verified_by=make_user("Moderators"),
        internal_note="=HYPERLINK(1)",
    )
    file = exported(language="en")
    row = next(row for row in rows_of(file) if row["id"] == str(line.uuid))
    assert row["number"] == "01 99 00 10 10 #12"
    assert row["department"] == department.title
    assert row["page key"] == str(department.translation_key)
    assert (row["verified on"], row["verified by"]) == ("2026-03-01", "moderators")
    assert row["internal note"] == "=HYPERLINK(1)"
    assert b";=HYPERLINK" not in file.getvalue()
    ContactLine.objects.filter(pk=line.pk).update(number="+33199001011")
    row = next(row for row in rows_of(exported(language="en")) if row["id"] == str(line.uuid))
    assert (row["verified on"], row["verified by"], row["verified how"]) == ("", "", "")


def test_archived_lines_are_left_out_and_scopes_narrow(department):
    line = ContactLine.objects.of(department).first()
    ContactLine.objects.filter(pk=line.pk).update(archived_at="2026-01-01T00:00Z")
    other = ContactLine.objects.kept().exclude(page__path__startswith=department.get_parent().path).first()
    ContactLine.objects.filter(pk=other.pk).update(source="Standard")
    everywhere = {row["identifiant"] for row in rows_of(exported())}
    assert str(line.uuid) not in everywhere and str(other.uuid) in everywhere
    assert {row["institut"] for row in rows_of(exported(scope="institute:hopital-de-demonstration"))} == {
        department.get_parent().title
    }
    assert [row["identifiant"] for row in rows_of(exported(scope="source:Standard"))] == [str(other.uuid)]
    hospital = Location.objects.of(department).first().hospital
    lines = ContactLine.objects.kept().filter(page=hospital) | ContactLine.objects.kept().filter(hospital=hospital)
    found = rows_of(exported(scope=f"hospital:{hospital.slug}"))
    assert {row["identifiant"] for row in found} == {str(line.uuid) for line in lines}


def test_the_command_writes_a_whole_file_or_none(tmp_path):
    file = tmp_path / "directory.xlsx"
    call_command("export_directory", str(file), stdout=io.StringIO())
    assert len(rows_of(io.BytesIO(file.read_bytes()))) == ContactLine.objects.kept().count()
    for arguments in (["directory.pdf"], [str(tmp_path / "x.csv"), "--scope", "planet:mars"], ["/nowhere/at/all.csv"]):
        with pytest.raises(CommandError):
            call_command("export_directory", *arguments, stdout=io.StringIO())
    assert [path.name for path in tmp_path.iterdir()] == ["directory.xlsx"]


def test_the_number_of_queries_of_an_export_does_not_grow_with_the_lines(department, django_assert_max_num_queries):
    for last in range(40):
        ContactLine.objects.create(page=department, number=f"+3319900{last:04}")
    with django_assert_max_num_queries(12):
        exported()
