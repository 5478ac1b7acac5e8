"""Import and export in the admin: who may, what is shown, and that nothing happens twice."""

import io

import pytest
from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import translation
from wagtail.models import GroupPagePermission

from departments import import_runs, import_views, importing
from departments.models import ContactLine, DepartmentPage, ImportMapping, ImportRun
from institutes.models import InstitutePage
from portal import bootstrapping, fact_log, tables

pytestmark = pytest.mark.django_db

INDEX = reverse("directory_imports")


@pytest.fixture
def department(page_at):
    return DepartmentPage.objects.child_of(page_at("fr", "hopital-de-demonstration")).first()


def file_of(department, *numbers):
    rows = ["Clé de la page;Objet;Numero de tel."] + [
        f"{department.translation_key};imaging;{text}" for text in numbers
    ]
    return SimpleUploadedFile("lignes.csv", "\n".join(rows).encode())


def upload(client, file, **chosen):
    response = client.post(INDEX, {"file": file, "country": "FR"} | chosen)
    assert response.status_code == 302, response.context["form"].errors
    return ImportRun.objects.latest("pk")


def confirm(client, run, **chosen):
    address = reverse("directory_import_columns", args=[run.pk])
    return client.post(address, {"column_0": "page_key", "column_1": "purpose", "column_2": "number"} | chosen)


def planned(client, department, *numbers, **chosen):
    run = upload(client, file_of(department, *numbers), **chosen)
    assert confirm(client, run).status_code == 302
    run.refresh_from_db()
    return run


def post(client, name, run):
    return client.post(reverse(f"directory_import_{name}", args=[run.pk]), follow=True)


def shown(client, run, outcome=""):
    response = client.get(reverse("directory_import_run", args=[run.pk]), {"show": outcome})
    assert response.status_code == 200
    return response.content.decode()


def test_a_file_goes_from_upload_to_plan_to_the_directory_and_back(editor, department):
    run = upload(editor, file_of(department, "01 99 00 66 01", "appelez"))
    proposal = editor.get(reverse("directory_import_columns", args=[run.pk]))
    assert [field["field"].initial for field in proposal.context["fields"]] == ["page_key", "purpose", "number"]
    confirm(editor, run, name="standard")
    assert ImportMapping.objects.get().columns["numero de tel"] == "number"
    lines = ContactLine.objects.kept().filter(number="+33199006601")
    assert not lines.exists()
    assert "01\xa099\xa000\xa066\xa001" in shown(editor, run, "new")
    assert "appelez" in shown(editor, run, "refused")
    post(editor, "apply", run)
    assert lines.count() == 1
    post(editor, "apply", run)  # a second click
    assert lines.count() == 1
    run.refresh_from_db()
    assert (run.state, run.file, run.user.username) == ("applied", None, "communications-editors")
    post(editor, "undo", run)
    assert not lines.exists()


def test_refused_rows_are_downloaded_as_they_stood_with_the_reasons(editor, department):
    run = planned(editor, department, "01 99 00 66 01 / 02")
    response = editor.get(reverse("directory_import_refused", args=[run.pk]))
    table = tables.read(io.BytesIO(b"".join(response.streaming_content)))
    (record,) = table.records
    assert record.cells[2:4] == ["01 99 00 66 01 / 02", "2"]
    assert "01 99 00 66 01 | 01 99 00 66 02" in record.cells[4]


def test_a_plan_that_no_longer_holds_is_shown_anew_instead_of_being_applied(editor, department):
    run = planned(editor, department, "01 99 00 66 01")
    ContactLine.objects.create(page=department, number="+33199006601", purpose="imaging")
    post(editor, "apply", run)
    run.refresh_from_db()
    assert (run.state, run.counts) == ("planned", {"unchanged": 1})


def test_an_undo_that_would_lose_an_edit_lists_the_row(editor, department, make_user):
    run = planned(editor, department, "01 99 00 66 01")
    post(editor, "apply", run)
    line = ContactLine.objects.get(number="+33199006601")
    line.keys = "2"
    fact_log.change(line, make_user(bootstrapping.MODERATORS))
    response = post(editor, "undo", run)
    assert "01\xa099\xa000\xa066\xa001" in " ".join(response.context["refusals"])
    assert ContactLine.objects.get(pk=line.pk).archived_at is None


def test_a_plan_can_be_dropped_with_its_file_and_columns_that_say_nothing_are_refused(editor, department):
    run = upload(editor, file_of(department, "01 99 00 66 01"))
    response = confirm(editor, run, column_2="")
    assert response.status_code == 200 and response.context["form"].non_field_errors()
    post(editor, "discard", run)
    assert not ImportRun.objects.exists()


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 broken", b"\xd0\xcf\x11\xe0 old"])
def test_a_file_that_cannot_be_read_is_refused_at_its_field(editor, content):
    response = editor.post(INDEX, {"file": SimpleUploadedFile("x.xlsx", content), "country": "FR"})
    assert set(response.context["form"].errors) == {"file"}
    assert not ImportRun.objects.exists()


def test_a_file_with_too_many_rows_for_a_request_is_refused(editor, department, monkeypatch):
    monkeypatch.setattr(import_views, "MOST_ROWS", 1)
    run = upload(editor, file_of(department, "01 99 00 66 01", "01 99 00 66 02"))
    assert confirm(editor, run).context["form"].non_field_errors()


def test_lines_that_the_file_leaves_out_are_taken_off_only_with_a_box_on_the_plan(editor, department):
    scope = f"institute:{InstitutePage.objects.get(pk=department.get_parent().pk).translation_key}"
    run = planned(editor, department, "01 99 00 66 01", scope=scope, split="on")
    page = shown(editor, run)
    assert 'name="removals"' in page and str(run.counts["removed"]) in page
    assert department.get_parent().title in page and str(import_views.UploadForm.base_fields["split"].label) in page
    run.refresh_from_db()
    assert run.refusals == [] and run.remarks
    before = ContactLine.objects.kept().count()
    post(editor, "apply", run)
    assert ContactLine.objects.kept().count() == before
    editor.post(reverse("directory_import_apply", args=[run.pk]), {"removals": "yes"})
    assert ContactLine.objects.kept().count() == before + 1 - run.counts["removed"]


def test_a_plan_says_numbers_and_hours_as_readers_write_them_and_what_is_put_back(editor, department):
    line = ContactLine.objects.create(page=department, number="+33199006601", purpose="imaging")
    fact_log.archive(line, None)
    rows = ["id;numéro;horaires", f"{line.uuid};01 99 00 66 02;Mo-Fr 09:00-17:00", f"{line.uuid};zéro;"]
    run = upload(editor, SimpleUploadedFile("lignes.csv", "\n".join(rows).encode()))
    address = reverse("directory_import_columns", args=[run.pk])
    assert editor.post(address, {"column_0": "id", "column_1": "number", "column_2": "hours"}).status_code == 302
    with translation.override("fr"):
        found = {
            name: (before, after) for name, before, after in import_views._readable(run.rows.get(outcome="changed"))
        }
    assert ("01\xa099\xa000\xa066\xa001", "01\xa099\xa000\xa066\xa002") in found.values()
    assert not any("Mo-Fr" in after or "+33" in after for _before, after in found.values())
    assert len(found) == 4  # number, hours, whose hours, and that it is put back
    assert str(line.uuid) not in shown(editor, run, "refused")


def test_a_run_that_was_deleted_meanwhile_is_told_and_an_outdated_plan_that_fails_too(editor, department, monkeypatch):
    run = planned(editor, department, "01 99 00 66 01")
    real = import_runs.apply

    def deleted_first(*args, **kwargs):
        ImportRun.objects.filter(pk=run.pk).delete()
        return real(*args, **kwargs)

    monkeypatch.setattr(import_runs, "apply", deleted_first)
    response = post(editor, "apply", run)
    assert response.redirect_chain == [(INDEX, 302)]
    monkeypatch.setattr(import_runs, "apply", real)
    run = planned(editor, department, "01 99 00 66 01")
    ContactLine.objects.create(page=department, number="+33199006601", purpose="imaging")

    def refuse(*args):
        raise importing.ImportRefused(["no longer"])

    monkeypatch.setattr(import_runs, "make_plan", refuse)
    assert post(editor, "apply", run).status_code == 200


def test_a_mapping_of_somebody_else_is_not_overwritten_and_the_name_stays_in_the_form(editor, department):
    other = ImportMapping.objects.create(name="standard", columns={"objet": "purpose"})
    run = upload(editor, file_of(department, "01 99 00 66 01"))
    response = confirm(editor, run, name="standard")
    assert set(response.context["form"].errors) == {"name"} and 'value="standard"' in response.content.decode()
    assert ImportMapping.objects.get().columns == {"objet": "purpose"}
    run = upload(editor, file_of(department, "01 99 00 66 01"), mapping=other.pk)
    assert confirm(editor, run, name="standard").status_code == 302
    assert ImportMapping.objects.get().columns["numero de tel"] == "number"


def test_institutes_and_hospitals_stand_in_groups_and_a_column_has_its_own_name(editor, department):
    page = editor.get(INDEX).content.decode()
    assert page.count("<optgroup") >= 4  # two in each list
    with translation.override("fr"):
        assert any("numéro" in reason for reason in importing.wrong_columns(["number", "number", "id"]))


def test_who_may_change_no_department_sees_and_does_nothing(client_of, editor, department):
    run = planned(editor, department, "01 99 00 66 01")
    for client in (client_of(bootstrapping.FUNDRAISERS), Client()):
        addresses = [reverse(f"directory_import_{name}", args=[run.pk]) for name in ("run", "columns", "refused")]
        addresses += [INDEX, reverse("directory_export")]
        for address in addresses:
            assert client.get(address).status_code == 302
        for name in ("apply", "discard", "undo"):
            assert client.post(reverse(f"directory_import_{name}", args=[run.pk])).status_code == 302
    run.refresh_from_db()
    assert run.state == "planned"


def test_rights_end_at_the_institute(make_user, editor, department):
    """Who may change one institute alone imports into that one, and sees no other's runs or lines."""
    group = Group.objects.create(name="One institute")
    group.permissions.set(Group.objects.get(name=bootstrapping.EDITORS).permissions.all())
    other = InstitutePage.objects.sibling_of(department.get_parent(), inclusive=False).first()
    permissions = GroupPagePermission.objects.filter(group__name=bootstrapping.EDITORS)
    for permission in permissions:
        GroupPagePermission.objects.create(group=group, page=other, permission=permission.permission)
    user = make_user("One institute")
    client = Client()
    client.force_login(user)
    run = planned(client, department, "01 99 00 66 01")
    assert run.counts == {"refused": 1}
    theirs = planned(editor, department, "01 99 00 66 01")
    assert client.get(reverse("directory_import_run", args=[theirs.pk])).status_code == 302
    assert client.post(reverse("directory_import_apply", args=[theirs.pk])).status_code == 302
    theirs.refresh_from_db()
    assert theirs.state == "planned"
    response = client.get(reverse("directory_export"), {"format": "csv"})
    table = tables.read(io.BytesIO(b"".join(response.streaming_content)))
    place = table.header.index("institut" if "institut" in table.header else "institute")
    assert {record.cells[place] for record in table.records} <= {other.title}


def test_the_directory_is_downloaded_in_both_forms_and_an_unknown_form_is_told(editor):
    for form in ("csv", "xlsx"):
        response = editor.get(reverse("directory_export"), {"format": form})
        assert f".{form}" in response["Content-Disposition"]
        assert list(tables.read(io.BytesIO(b"".join(response.streaming_content))).records)
    assert editor.get(reverse("directory_export"), {"format": "pdf"}).status_code == 302
