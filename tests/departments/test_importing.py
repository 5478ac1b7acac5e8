"""Importing files into the directory: what is planned, written, refused, undone - and what a killed run leaves."""

import csv as standard_csv
import hashlib
import io
import os
import random
import subprocess
import sys
import uuid
from pathlib import Path

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from i18nfield.strings import LazyI18nString
from openpyxl import Workbook
from wagtail.models import GroupPagePermission, Page

from departments import import_runs, importing
from departments.importing import ImportRefused, Options, Plan
from departments.models import (
    ContactLine,
    DepartmentPage,
    Duty,
    HospitalPage,
    HoursException,
    ImportMapping,
    ImportRow,
    ImportRun,
    Location,
)
from departments.phones import PhoneNumberError, parse
from portal import bootstrapping, fact_log
from portal.tables import TableError
from tests import databases, factories
from tests.reading import text

pytestmark = pytest.mark.django_db


@pytest.fixture
def house(page_at):
    """An institute with a hospital and two departments: Alpha with two lines, Beta with one.

    Pages of the demonstration under other names, for publishing new ones takes seconds.
    """
    institute = page_at("fr", "hopital-de-demonstration")
    ContactLine.objects.filter(page__path__startswith=institute.path).update(out_of_hours=None, replaced_by=None)
    for model in (HoursException, ContactLine, Location):
        model.objects.filter(page__path__startswith=institute.path).delete()
    alpha, beta = DepartmentPage.objects.child_of(institute)[:2]
    hospital = HospitalPage.objects.child_of(institute).first()
    named = {"institute": institute, "hospital": hospital, "alpha": alpha, "beta": beta}
    titles = {
        "institute": "Maison des essais",
        "hospital": "Hôpital du Lac",
        "alpha": "Service Alpha",
        "beta": "Service Bêta",
    }
    found = {}
    for name, page in named.items():
        Page.objects.filter(translation_key=page.translation_key).update(title=titles[name])
        pages = type(page).objects.filter(translation_key=page.translation_key)
        found[name] = {one.locale.language_code: one for one in pages}
    for department in (found["alpha"], found["beta"]):
        Location.objects.create(page=department["fr"], hospital=found["hospital"]["fr"])
    factories.line(found["hospital"], "01 99 00 00 00", purpose="switchboard")
    factories.line(found["alpha"], "01 99 00 10 10", purpose="appointments")
    factories.line(found["alpha"], "01 99 00 10 11", purpose="secretariat", source="Standard")
    factories.line(found["beta"], "01 99 00 20 20")
    return found


def csv(*rows, delimiter=";"):
    return io.BytesIO("\r\n".join(delimiter.join(row) for row in rows).encode())


def table(header, *rows):
    """A file, as CSV: "a|b" are two cells."""
    return csv(*(row.split("|") for row in (header, *rows)))


def options(file, **chosen):
    return Options(importing.propose_mapping(file).columns, **chosen)


def planned(file, **chosen):
    """What would be done: by outcome the texts of the rows, or the reasons against them."""
    plan = Plan(file, options(file, **chosen)).prepare()
    found = {}
    for steps in plan.steps():
        for step in steps:
            found.setdefault(str(step.outcome), []).append("; ".join(step.reasons) or (step.number, step.name))
    return found


def refusals(file, **chosen):
    found = planned(file, **chosen)
    assert set(found) == {"refused"}, found
    return found["refused"]


def applied(file, user=None, **chosen):
    return import_runs.apply(file, options(file, **chosen), user, "file.csv")


def numbers(pages):
    lines = ContactLine.objects.of(pages["fr"]).order_by("number", "extension")
    return [str(line.phone) for line in lines]


def everything():
    """All that the directory says of lines and places."""
    return {
        (model.__name__, fact.pk): fact.snapshot() | {"page": fact.page_id, "uuid": fact.uuid}
        for model in (ContactLine, Location)
        for fact in model.objects.all()
    }


def kept():
    """What visitors can be told: lines and places that are not archived."""
    return {key: values for key, values in everything().items() if not values["archived_at"]}


# --- The plan and its writing ---------------------------------------------------------------------

HEADER = "Service|Objet|Téléphone"


@translation.override("en")
def test_new_changed_unchanged_and_refused_rows_are_told_apart_and_nothing_is_written(house):
    before = everything()
    file = table(
        HEADER,
        "Service Alpha|Rendez-vous|01.99.00.10.10",
        "service alpha|Secretariat|01 99 00 99 11",
        "SERVICE BETA|Appeler le service|01 99 00 20 20",
        "Service Bêta|Imagerie|+33 1 99 00 20 21 poste 12",
        "Service Bêta|Imagerie|01 99",
    )
    found = planned(file)
    assert found.pop("refused")[0].startswith("Number “01 99”")
    assert found == {
        "unchanged": [(2, "Appointments – +33\xa0(0)1\xa099\xa000\xa010\xa010"), (4, found["unchanged"][1][1])],
        "changed": [(3, found["changed"][0][1])],
        "new": [(5, found["new"][0][1])],
    }
    assert found["new"][0][1].startswith("Imaging – +33\xa0(0)1\xa099\xa000\xa020\xa021")
    assert everything() == before
    assert not ImportRun.objects.exists()


def test_applying_writes_the_rows_and_visitors_of_both_languages_read_them_at_once(house):
    verified = ContactLine.objects.of(house["alpha"]["fr"]).get(purpose="secretariat")
    ContactLine.objects.filter(pk=verified.pk).update(verified_number=verified.number, verified_on="2026-03-01")
    file = table(
        HEADER, "Service Alpha|Secrétariat médical|01 99 00 99 11", "Service Bêta|Imagerie|01 99 00 20 21 extn 234"
    )
    run = applied(file)
    assert (run.counts, run.state, run.file) == ({"changed": 1, "new": 1}, "applied", None)
    assert numbers(house["alpha"]) == ["+33199001010", "+33199009911"]
    assert numbers(house["beta"]) == ["+33199002020", "+33199002021 #234"]
    assert "+33 (0)1 99 00 99 11" in text(Client().get(house["alpha"]["en"].url))
    assert house["alpha"]["fr"].url in Client().get("/fr/annuaire/", {"q": "0199009911"}).content.decode()
    changed = ContactLine.objects.get(pk=verified.pk)
    assert changed.verified_on and changed.verified_day is None  # a changed number is unverified by construction


def test_the_same_file_once_more_changes_nothing(house):
    file = table(
        HEADER + "|consigne (fr)|emplacement|langues|valable du",
        "Service Bêta|Imagerie|01 99 00 20 21|Sonnez.|Porte B|fr en|01/02/2026",
    )
    applied(file)
    before = everything()
    assert applied(file).counts == {"unchanged": 1}
    assert everything() == before


def test_what_is_logged_is_what_single_changes_would_log(house, make_user):
    user = make_user(bootstrapping.EDITORS)
    secretariat = ContactLine.objects.of(house["alpha"]["fr"]).get(purpose="secretariat")
    applied(table(HEADER, "Service Alpha|Secretariat|01 99 00 99 11", "Service Bêta|Imagerie|01 99 00 20 21"), user)

    def logged(fact):
        entry = fact_log.entries(fact).first()
        values = {name: getattr(entry, name) for name in ("action", "label", "user_id", "content_type_id", "object_id")}
        del entry.data["after"]["id"]
        return values | {"data": entry.data}

    imported = logged(secretariat), logged(ContactLine.objects.get(number="+33199002021"))
    other = ContactLine.objects.get(pk=secretariat.pk)
    other.restore(imported[0]["data"]["before"])
    other.save()
    other.number = "+33199009911"
    fact_log.change(other, user)
    new = factories.line(house["beta"], "+33199002021", purpose="imaging", label=LazyI18nString({}))
    new = ContactLine(page=new.page, number=new.number, purpose="imaging", label=new.label, instruction=new.label)
    fact_log.add(new, user)
    assert imported[0] == logged(other)
    assert imported[1] | {"object_id": str(new.pk)} == logged(new)


def test_a_page_lists_the_import_in_the_history_of_its_line_and_undoes_it_there(house, editor):
    applied(table(HEADER, "Service Alpha|Secretariat|01 99 00 99 11"))
    line = ContactLine.objects.get(number="+33199009911")
    address = reverse("fact_undo", args=["departments", "contactline", line.pk])
    editor.post(address, {"entry": fact_log.entries(line).first().pk})
    assert numbers(house["alpha"]) == ["+33199001010", "+33199001011"]


def test_a_row_with_an_id_changes_that_line_whatever_else_it_says(house):
    line = ContactLine.objects.of(house["alpha"]["fr"]).get(purpose="secretariat")
    applied(table("id|objet|numéro", f"{line.uuid}|Imagerie|01 99 00 77 77"))
    line = ContactLine.objects.get(pk=line.pk)
    assert (line.purpose, line.number, line.source) == ("imaging", "+33199007777", "Standard")


def test_an_id_brings_back_a_line_that_was_taken_off(house):
    line = ContactLine.objects.of(house["alpha"]["fr"]).get(purpose="secretariat")
    fact_log.archive(line, None)
    applied(table("id|numéro", f"{line.uuid}|01 99 00 10 11"))
    assert numbers(house["alpha"]) == ["+33199001010", "+33199001011"]


def test_an_empty_cell_empties_and_a_column_that_is_not_there_leaves_as_it_is(house):
    ContactLine.objects.filter(number="+33199001011").update(internal_note="Deuxième étage")
    applied(table(HEADER + "|source", "Service Alpha|Secrétariat médical|01 99 00 10 11|"))
    line = ContactLine.objects.get(number="+33199001011")
    assert (line.source, line.internal_note) == ("", "Deuxième étage")


def test_lines_lead_to_others_by_id_and_by_number_even_to_new_ones(house):
    switchboard = ContactLine.objects.of(house["hospital"]["fr"]).get()
    file = table(
        HEADER + "|hors horaires|remplacée par",
        "Service Bêta|Imagerie|01 99 00 30 01|01 99 00 00 00|01 99 00 30 02",
        "Service Bêta|Admissions|01 99 00 30 02||",
        f"Service Bêta|Service social|01 99 00 30 03|{switchboard.uuid}|",
    )
    assert applied(file).counts == {"new": 3}
    imaging, admissions, social = (ContactLine.objects.get(number=f"+3319900300{last}") for last in (1, 2, 3))
    assert (imaging.out_of_hours, imaging.replaced_by, social.out_of_hours) == (switchboard, admissions, switchboard)
    assert applied(file).counts == {"unchanged": 3}


def test_a_row_that_leads_to_a_refused_row_or_another_department_is_refused(house):
    stranger = ContactLine.objects.of(house["alpha"]["fr"]).first()
    file = table(
        HEADER + "|remplacée par",
        "Service Bêta|Urgence|01 99 00 30 02|",
        "Service Bêta|Imagerie|01 99 00 30 01|01 99 00 30 02",
        "Service Bêta|Admissions|01 99 00 30 04|01 99 00 88 88",
        f"Service Bêta|Service social|01 99 00 30 05|{stranger.uuid}",
        "Service Bêta|Standard|01 99 00 30 06|01 99 00 30 06",
    )
    assert len(refusals(file)) == 5


@translation.override("en")
def test_places_are_written_once_for_a_department_and_its_hospital(house):
    file = table(
        HEADER + "|emplacement (fr)|emplacement (en)",
        "Service Alpha|Rendez-vous|01 99 00 10 10|Bâtiment A|Building A",
        "Service Alpha|Secretariat|01 99 00 10 11|Bâtiment A|Building A",
    )
    assert applied(file).counts == {"unchanged": 2, "changed": 1}
    assert Location.objects.of(house["alpha"]["fr"]).get().place.localize("fr") == "Bâtiment A"
    other = table(
        HEADER + "|emplacement (fr)",
        "Service Alpha|Rendez-vous|01 99 00 10 10|Sud",
        "Service Alpha|Secretariat|01 99 00 10 11|Nord",
    )
    found = planned(other)
    assert len(found["changed"]) == 1 and "another place" in found["refused"][0]


@translation.override("en")
def test_a_line_leads_to_no_line_that_was_taken_off_or_is_for_others(house):
    gone = factories.line(house["beta"], "01 99 00 20 21")
    fact_log.archive(gone, None)
    factories.line(house["beta"], "01 99 00 20 22", purpose="press", audience="press")
    header = HEADER + "|id|public|remplacée par"
    file = table(
        header,
        f"Service Bêta|Imagerie|01 99 00 30 01|||{gone.uuid}",
        "Service Bêta|Admissions|01 99 00 30 02|||01 99 00 20 22",
        "Service Bêta|Presse|01 99 00 30 03|||01 99 00 20 22",
        "Service Bêta|Presse|01 99 00 30 04|||01 99 00 20 20",
        "Service Bêta|Service social|01 99 00 30 05|||01 99 00 30 06",
        "Service Bêta|Secretariat|01 99 00 30 06||press|",
    )
    found = planned(file)
    assert {number for number, _name in found["new"]} == {4, 5, 7}
    assert sum("taken off" in reason for reason in found["refused"]) == 1
    assert sum("for others" in reason for reason in found["refused"]) == 2
    back = table(
        header,
        f"Service Bêta|Imagerie|01 99 00 30 01|||{gone.uuid}",
        f"Service Bêta||01 99 00 20 21|{gone.uuid}||",
    )
    assert set(planned(back)) == {"new", "changed"}  # the file itself puts the line back


# --- Rights ---------------------------------------------------------------------------------------


def with_rights(file, user, **chosen):
    return import_runs.apply(file, options(file, **chosen), user, "file.csv", check_rights=True)


@pytest.fixture
def caller(house, make_user):
    user = make_user(bootstrapping.SWITCHBOARD)
    Duty.objects.all().delete()
    Duty.objects.create(group=user.groups.get(), institute=house["institute"]["fr"])
    return user


def test_who_is_in_charge_of_numbers_alone_imports_lines_and_no_places(house, caller):
    file = table(HEADER + "|emplacement (fr)", "Service Alpha|Secretariat|01 99 00 99 11|Porte B")
    run = with_rights(file, caller)
    assert run.counts == {"changed": 1, "refused": 1}
    assert not str(Location.objects.of(house["alpha"]["fr"]).get().place)
    import_runs.undo(run, caller, check_rights=True)
    run = applied(file)
    with pytest.raises(ImportRefused):
        import_runs.undo(run, caller, check_rights=True)
    assert importing.pages_that_may_change(caller, {house["alpha"]["fr"].pk}) == {house["alpha"]["fr"].pk}
    caller.is_active = False
    assert not importing.pages_that_may_change(caller, {house["alpha"]["fr"].pk})


def test_rights_for_many_pages_are_asked_in_few_queries(caller):
    pages = set(DepartmentPage.objects.values_list("pk", flat=True))
    with CaptureQueriesContext(connection) as caught:
        importing.pages_that_may_change(caller, pages)
    assert len(pages) > 10 and len(caught) < 6


def test_departments_are_made_and_taken_offline_only_by_those_who_may_in_every_language(house, make_user):
    moderator = make_user(bootstrapping.MODERATORS)
    group = Group.objects.create(name="French only")
    group.permissions.set(moderator.groups.get().permissions.all())
    for name in ("add_page", "change_page", "publish_page"):
        permission = Permission.objects.get(codename=name, content_type__app_label="wagtailcore")
        GroupPagePermission.objects.create(group=group, page=house["institute"]["fr"], permission=permission)
    user = make_user("French only")
    file = table("Institut|" + HEADER, "Maison des essais|Service Gamma|Rendez-vous|01 99 00 50 50")
    assert with_rights(file, user, create_departments=True).counts == {"refused": 1}
    run = with_rights(file, make_user(bootstrapping.ADMINISTRATORS), create_departments=True)
    assert run.counts == {"new": 1}
    with pytest.raises(ImportRefused, match="Service Gamma"):
        import_runs.undo(run, user, check_rights=True)
    assert DepartmentPage.objects.filter(title="Service Gamma", live=True).count() == 2
    # Of who may not waive the second reader, the new page waits for one.
    file = table("Institut|" + HEADER, "Maison des essais|Service Epsilon|Rendez-vous|01 99 00 50 51")
    assert with_rights(file, moderator, create_departments=True).counts == {"new": 1}
    for page in DepartmentPage.objects.filter(title="Service Epsilon"):
        assert not page.live and page.workflow_in_progress


def test_reading_stops_where_more_rows_come_than_are_taken(house, monkeypatch):
    read, taken = importing.rows.read, []
    monkeypatch.setattr(importing.rows, "read", lambda number, *rest: taken.append(number) or read(number, *rest))
    file = table(HEADER, *(f"Service Bêta|Imagerie|01 99 00 30 {n:02}" for n in range(50)))
    with pytest.raises(ImportRefused):
        planned(file, most_rows=5)
    assert len(taken) == 6


def test_a_file_of_a_header_alone_removes_nothing_and_is_refused(house):
    file = table(HEADER)
    with pytest.raises(TableError):
        importing.propose_mapping(file)
    columns = ("department", "purpose", "number")
    with pytest.raises(TableError):
        Plan(file, Options(columns, scope="institute:maison-des-essais", allow_removals=True)).prepare()


# --- Real files -----------------------------------------------------------------------------------


def test_a_department_whose_name_is_not_unique_is_refused_with_its_candidates(house):
    other = factories.institute("Maison voisine")
    factories.department(other, "Service Alpha", number="01 99 00 40 40")
    (reason,) = refusals(table(HEADER, "Service Alpha|Imagerie|01 99 00 30 01"))
    assert "Maison des essais, Hôpital du Lac" in reason and "Maison voisine" in reason
    named = table("Institut|" + HEADER, "Maison voisine|Service Alpha|Imagerie|01 99 00 30 01")
    assert applied(named).counts == {"new": 1}
    placed = table("Hôpital|" + HEADER, "Hôpital du Lac|Service Alpha|Rendez-vous|01 99 00 10 10")
    assert list(planned(placed)) == ["changed"]  # its hospital was not stated so far
    by_key = table("clé de la page|numéro", f"{house['alpha']['fr'].translation_key}|01 99 00 10 11")
    assert list(planned(by_key)) == ["unchanged"]


def test_an_unknown_department_is_refused_with_the_nearest_name(house):
    (reason,) = refusals(table(HEADER, "Servce Alpha|Imagerie|01 99 00 30 01"))
    assert "Service Alpha" in reason


def test_an_unknown_department_is_published_in_every_language_of_its_institute_when_asked(house, make_user):
    user = make_user(bootstrapping.MODERATORS)
    file = table(
        "Institut|Hôpital|" + HEADER,
        "Maison des essais||Service Gamma|Rendez-vous|01 99 00 50 50",
        "|Hôpital du Lac|service gamma|Secretariat|01 99 00 50 51",
        "||Service Delta|Imagerie|01 99 00 50 52",
    )
    found = planned(file, create_departments=True)
    assert [number for number, _name in found["new"]] == [2, 3] and "institut" in found["refused"][0].lower()
    assert "Service Gamma" in found["new"][0][1]
    run = applied(file, user, create_departments=True)
    pages = DepartmentPage.objects.filter(title="Service Gamma")
    assert {page.locale.language_code: page.live for page in pages} == {"fr": True, "en": True}
    assert len({page.translation_key for page in pages}) == 1
    assert "+33 (0)1 99 00 50 50" in text(Client().get(pages.get(locale__language_code="en").url))
    import_runs.undo(run, user)
    assert not DepartmentPage.objects.filter(title="Service Gamma", live=True).exists()


@pytest.mark.parametrize("delimiter", ["~", "¬", "|", "\t", ","])
def test_foreign_delimiters_in_windows_1252_are_imported_right(house, delimiter):
    rows = ["Service", "Libellé", "Objet", "Téléphone"], ["Service Bêta", "Accueil – été", "Autre", "01 99 00 30 01"]
    applied(io.BytesIO("\n".join(delimiter.join(row) for row in rows).encode("cp1252")))
    line = ContactLine.objects.get(number="+33199003001")
    assert (line.page_id, line.label.data) == (house["beta"]["fr"].pk, {"fr": "Accueil – été"})


def test_several_numbers_in_one_cell_are_refused_with_the_split_offered_or_split_when_asked(house):
    file = table(HEADER, "Service Bêta|Imagerie|01 99 00 30 01 / 02")
    assert "01 99 00 30 01 | 01 99 00 30 02" in refusals(file)[0]
    assert applied(file, split=True).counts == {"new": 2}
    assert numbers(house["beta"]) == ["+33199002020", "+33199003001", "+33199003002"]
    assert applied(file, split=True).counts == {"unchanged": 2}


def test_numbers_of_the_file_s_country_are_read_as_such(house):
    applied(table(HEADER, "Service Bêta|Imagerie|02 555 12 12"), country="BE")
    assert str(parse("+32 2 555 12 12")) in numbers(house["beta"])


def test_a_workbook_gives_its_numbers_as_digits_and_the_lost_zero_back_only_when_asked(house):
    book = Workbook()
    for row in (["Service", "Objet", "Téléphone", "Latitude"], ["Service Bêta", "Imagerie", 199003001, 4.885e-05]):
        book.active.append(row)
    file = io.BytesIO()
    book.save(file)
    assert "01 99 00 30 01" in refusals(file)[0]
    assert applied(file, restore_zero=True).counts == {"new": 1}
    assert numbers(house["beta"]) == ["+33199002020", "+33199003001"]


def test_a_label_like_a_formula_is_a_text_and_a_row_that_repeats_another_is_refused(house):
    file = table(
        HEADER + "|libellé",
        "Service Bêta|Autre|01 99 00 30 01|=1+1",
        "Service Bêta|Autre|01 99 00 30 01|=1+1",
        "Service Bêta|Autre|01 99 00 30 01|@SUM(A1)",
    )
    found = planned(file)
    assert len(found["new"]) == 2 and "2" in found["refused"][0]


def test_what_the_model_refuses_is_refused_by_row(house):
    file = table(
        HEADER + "|valable du|valable jusqu'au",
        "Service Bêta|Urgence|01 99 00 30 01||",
        "Service Bêta|Autre|01 99 00 30 02||",
        "Service Bêta|Imagerie|01 99 00 30 03|2026-05-02|2026-05-01",
    )
    assert len(refusals(file)) == 3


@pytest.mark.parametrize("header", ["Service;Objet;Note", "Téléphone;Objet;Note", "Téléphone;Téléphone;Objet"])
def test_a_file_without_the_needed_columns_is_refused_as_a_whole(header):
    file = io.BytesIO(f"{header}\n1;2;3\n".encode())
    with pytest.raises(ImportRefused):
        Plan(file, options(file))


def test_good_rows_are_taken_beside_bad_ones_and_strict_takes_none(house):
    file = table(HEADER, "Service Bêta|Imagerie|01 99 00 30 01", "Service Bêta|Imagerie|zéro")
    before = everything()
    with pytest.raises(ImportRefused):
        applied(file, strict=True)
    assert everything() == before and not ImportRun.objects.exists()
    run = applied(file)
    assert run.counts == {"new": 1, "refused": 1}
    assert run.rows.get(outcome="refused").cells == ["Service Bêta", "Imagerie", "zéro"]


# --- Removals -------------------------------------------------------------------------------------


def test_without_a_scope_nothing_is_removed_and_within_it_only_so_many(house):
    file = table(HEADER, "Service Alpha|Rendez-vous|01 99 00 10 10")
    before = kept()
    applied(file)
    assert kept() == before
    with pytest.raises(ImportRefused, match="3"):
        applied(file, scope="institute:maison-des-essais")
    assert kept() == before
    run = applied(file, scope="institute:maison-des-essais", allow_removals=True)
    assert run.counts == {"unchanged": 1, "removed": 3}
    assert [numbers(house[name]) for name in ("alpha", "beta", "hospital")] == [["+33199001010"], [], []]
    import_runs.undo(run, None)
    assert kept() == before


def test_a_tenth_may_go_without_being_asked(house):
    for last in range(10, 16):
        factories.line(house["beta"], f"01 99 00 60 {last}", purpose="imaging")
    rows = [f"Service Bêta|Imagerie|01 99 00 60 {last}" for last in range(10, 16)]
    rows += [
        "Service Bêta|Appeler le service|01 99 00 20 20",
        "Service Alpha|Rendez-vous|01 99 00 10 10",
        "Service Alpha|Secretariat|01 99 00 10 11",
    ]
    run = applied(table(HEADER, *rows), scope="institute:maison-des-essais")
    assert run.counts == {"unchanged": 9, "removed": 1}  # one of ten: the switchboard


def test_a_scope_by_source_or_hospital_touches_nothing_else(house):
    run = applied(table(HEADER, "Service Bêta|Imagerie|01 99 00 30 01"), scope="source:Standard", allow_removals=True)
    assert run.counts == {"new": 1, "removed": 1}
    assert ContactLine.objects.get(number="+33199003001").source == "Standard"
    assert numbers(house["alpha"]) == ["+33199001010"]
    run = applied(table("Hôpital|numéro", "Hôpital du Lac|01 99 00 00 01"), scope="hospital:hopital-du-lac")
    assert numbers(house["hospital"]) == ["+33199000001"]
    with pytest.raises(ImportRefused):
        applied(table(HEADER, "Service Bêta||15"), scope="hospital:nowhere")


def test_a_line_that_a_refused_row_may_mean_is_not_removed(house):
    file = table(
        HEADER,
        "Service Alpha|Rendez-vous|01 99 00 10",
        "Service Bêta|Appeler le service|01 99 00 20 20",
    )
    found = planned(file, scope="institute:maison-des-essais", allow_removals=True)
    assert len(found["removed"]) == 1  # the hospital's; those of Alpha are spared
    unknown = table(HEADER, "Servce Alpha|Rendez-vous|01 99 00 10 10")
    assert set(planned(unknown, scope="institute:maison-des-essais", allow_removals=True)) == {"refused"}


def test_a_line_that_another_leads_to_stays_unless_both_go(house):
    used, user = ContactLine.objects.get(number="+33199001011"), ContactLine.objects.get(number="+33199001010")
    ContactLine.objects.filter(pk=user.pk).update(out_of_hours=used)
    rest = ["Hôpital du Lac||Standard|01 99 00 00 00", "|Service Bêta|Appeler le service|01 99 00 20 20"]
    file = table("Hôpital|" + HEADER, *rest, "|Service Alpha|Rendez-vous|01 99 00 10 10")
    chosen = {"scope": "institute:maison-des-essais", "allow_removals": True}
    found = planned(file, **chosen)
    assert set(found) == {"unchanged", "refused"} and "99\xa000\xa010\xa010" in found["refused"][0]
    assert applied(table("Hôpital|" + HEADER, *rest), **chosen).counts == {"unchanged": 2, "removed": 2}


# --- Undo -----------------------------------------------------------------------------------------


def test_undo_restores_exactly_what_was_there(house):
    before = kept()
    file = table(
        HEADER + "|emplacement|consigne (fr)",
        "Service Alpha|Secrétariat médical|01 99 00 99 11|Nord|Patientez.",
        "Service Bêta|Imagerie|01 99 00 30 01||",
    )
    run = applied(file, scope="institute:maison-des-essais", allow_removals=True)
    assert kept() != before
    import_runs.undo(run, None)
    assert kept() == before
    with pytest.raises(ImportRefused):
        import_runs.undo(run, None)


def test_undo_refuses_while_others_rely_on_a_new_line(house):
    run = applied(table(HEADER, "Service Bêta|Imagerie|01 99 00 30 01"))
    ContactLine.objects.filter(number="+33199002020").update(replaced_by=ContactLine.objects.get(number="+33199003001"))
    with pytest.raises(ImportRefused, match="Service Bêta"):
        import_runs.undo(run, None)
    assert "+33199003001" in numbers(house["beta"])


def test_undo_refuses_and_lists_rows_that_were_edited_since(house, make_user):
    run = applied(table(HEADER, "Service Alpha|Secretariat|01 99 00 99 11", "Service Bêta|Imagerie|01 99 00 30 01"))
    line = ContactLine.objects.get(number="+33199003001")
    line.number = "+33199003002"
    fact_log.change(line, make_user(bootstrapping.EDITORS))
    before = everything()
    with pytest.raises(ImportRefused) as refusal:
        import_runs.undo(run, None)
    assert len(refusal.value.reasons) == 2 and str(refusal.value.reasons[1]).split(":")[0].strip().endswith("3")
    assert everything() == before
    assert ImportRun.objects.get().state == "applied"


# --- The command ----------------------------------------------------------------------------------


def command(*arguments, **chosen):
    output = io.StringIO()
    call_command("import_directory", *map(str, arguments), stdout=output, stderr=io.StringIO(), **chosen)
    return output.getvalue()


def test_the_command_plans_applies_lists_and_undoes(house, tmp_path):
    file = tmp_path / "file.csv"
    file.write_bytes(table(HEADER, "Service Bêta|Imagerie|01 99 00 30 01", "Service Bêta|Imagerie|zéro").getvalue())
    before = kept()
    plan = command(file)
    assert "Nothing was written" in plan and "row 2" in plan and "row 3" in plan
    assert kept() == before
    assert "Applied as run" in command(file, "--apply")
    run = ImportRun.objects.get()
    assert "file.csv" in command("--list") and run.file_hash == hashlib.sha256(file.read_bytes()).hexdigest()
    command("--undo", run.pk)
    assert kept() == before


def test_the_command_applies_no_guess_that_nobody_confirmed(house, tmp_path):
    file = tmp_path / "file.csv"
    file.write_bytes(table("Services|Objet|Téléphone", "Service Bêta|Imagerie|01 99 00 30 01").getvalue())
    with pytest.raises(CommandError, match="guess"):
        command(file, "--apply")
    assert "a guess" in command(file, "--mapping", "standard")
    assert ImportMapping.objects.get().columns == {"services": "department", "objet": "purpose", "telephone": "number"}
    assert "Applied" in command(file, "--mapping", "standard", "--apply")
    assert "Applied" in command(file, "--map", "Services=department", "--apply")


@pytest.mark.parametrize(
    "arguments",
    [["missing.csv"], [], ["--undo", "99999"], ["{file}", "--country", "XX"], ["{file}", "--scope", "planet:mars"],
     ["{file}", "--map", "Nix=number"], ["{file}", "--user", "nobody"], ["{file}", "--delimiter", "ab"],
     ["{file}", "--delimiter", '"']],
)  # fmt: skip
def test_the_command_says_what_is_wrong(tmp_path, arguments):
    file = tmp_path / "file.csv"
    file.write_bytes(table(HEADER, "Nirgendwo||15").getvalue())
    if "--user" in arguments:
        arguments = [*arguments, "--apply"]
    with pytest.raises(CommandError):
        command(*(argument.format(file=file) for argument in arguments))


# --- Robustness -----------------------------------------------------------------------------------


def test_the_number_of_queries_does_not_grow_with_the_rows(house):
    def queries(count, start):
        several = range(start, start + count)
        rows = [f"Service Alpha|Autre|01 99 00 7{n // 100} {n % 100:02}|Guichet {n}" for n in several]
        file = table(HEADER + "|libellé", *rows)
        chosen = options(file)
        with CaptureQueriesContext(connection) as caught:
            import_runs.apply(file, chosen, None, "file.csv")
        return len(caught)

    queries(2, 0)  # what is found once per process
    assert queries(200, 100) == queries(3, 10)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(
    rows=st.lists(
        st.tuples(
            st.sampled_from(["Service Alpha", "Service Bêta", "", "Nulle part"]) | st.text(max_size=8),
            st.sampled_from(["", "Imagerie", "autre"]) | st.text(max_size=8),
            st.sampled_from(["01 99 00 10 10", "01 99 00 10 10 / 11", "15", "199001010", "1,9E+08"])
            | st.text(max_size=15),
            st.text(max_size=10),
        ),
        max_size=6,
    ),
    split=st.booleans(),
)
def test_whatever_a_file_holds_each_row_is_told_of_and_what_is_taken_is_what_the_parser_says(house, rows, split):
    file = io.BytesIO()
    wrapper = io.TextIOWrapper(file, "utf-8", newline="", errors="replace", write_through=True)
    standard_csv.writer(wrapper, delimiter=";").writerows([["Service", "Objet", "Téléphone", "Libellé"], *rows])
    wrapper.detach()
    columns = ("department", "purpose", "number", "label_fr")
    try:
        plan = Plan(file, Options(columns, split=split, delimiter=";")).prepare()
        steps = [step for batch in plan.steps() for step in batch]
    except TableError:
        return
    told = {step.number for step in steps}
    records = list(importing.read(io.BytesIO(file.getvalue()), ";").records)
    assert told == {record.number for record in records}
    by_number = {record.number: record.cells for record in records}
    for step in steps:
        if step.outcome == ImportRow.Outcome.REFUSED:
            assert step.reasons
            continue
        cell = by_number[step.number][2]
        try:
            assert parse(cell) == step.fact.phone
        except PhoneNumberError as error:
            assert split and step.fact.phone in [parse(proposal) for proposal in error.proposals]


# --- Killed ---------------------------------------------------------------------------------------

_KILLED = """
import io, os, signal, sys
import django; django.setup()
from django.db import connections
from departments import import_runs, importing
from departments.models import ContactLine, DepartmentPage, ImportRow, ImportRun, Location
from portal.fact_log import ModelLogEntry

def state():
    models = (ContactLine, Location, ImportRun, ImportRow, ModelLogEntry)
    return [sorted(map(str, model.objects.values_list())) for model in models]

title = DepartmentPage.objects.filter(locale__language_code="fr").first()
rows = [f"{title.translation_key};Guichet {n};other;01 99 00 {n // 100:02} {n % 100:02}" for n in range(600)]
file = io.BytesIO("\\n".join(["clé de la page;libellé;objet;numéro", *rows]).encode())
options = importing.Options(importing.propose_mapping(file).columns)
before = state()
connections.close_all()
for place in map(int, sys.argv[1:]):
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        statements = 0
        def count(execute, sql, params, many, context):
            global statements
            statements += 1
            if statements == place:
                os.write(write_end, b"x")
                signal.pause()  # killed here, in the midst of its work
            return execute(sql, params, many, context)
        with connections["default"].execute_wrapper(count):
            import_runs.apply(file, options, None, "file.csv")
        os.write(write_end, b"d")
        os._exit(0)
    os.close(write_end)
    said = os.read(read_end, 1)
    if said == b"x":
        os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    same = state() == before
    connections.close_all()
    print(place, {b"x": "killed", b"d": "done", b"": "failed"}[said], "same" if same else "changed", flush=True)
"""


def test_killed_at_any_moment_an_import_leaves_the_directory_as_it_was_and_then_succeeds():
    name = f"killed_{uuid.uuid4().hex[:12]}"
    databases.copy(databases.filled_database(), name)
    places = sorted(random.sample(range(5, 30), 3))
    try:
        result = subprocess.run(
            [sys.executable, "-c", _KILLED, *map(str, places), "100000"],
            cwd=Path(__file__).parents[2],
            env=os.environ | {"DJANGO_SETTINGS_MODULE": "portal.settings.test", "SERVED_DATABASE": name},
            capture_output=True,
            text=True,
            timeout=120,
        )
    finally:
        databases.drop(name)
    expected = [f"{place} killed same" for place in places] + ["100000 done changed"]
    assert result.stdout.splitlines() == expected, (places, result.stderr[-2000:])
