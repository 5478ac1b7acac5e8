"""Searches that found nothing: counted without anything personal, explained by a synonym in two clicks, forgotten."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from departments import missing
from departments.models import MissedQuery, Synonym
from tests.reading import soup

pytestmark = pytest.mark.django_db


def counted():
    return dict(MissedQuery.objects.values_list("words", "times"))


def test_what_found_nothing_is_counted_per_language_and_day_and_nothing_else_is_kept(client):
    for words in ("Xylophonie", "xylophonie", "l’xylophonie"):
        client.get("/fr/annuaire/", {"q": words})
    client.get("/en/directory/", {"q": "xylophonie"})
    assert set(MissedQuery.objects.values_list("language", "words", "times")) == {
        ("fr", "xylophonie", 3),
        ("en", "xylophonie", 1),
    }
    assert {field.name for field in MissedQuery._meta.fields} == {"id", "language", "words", "day", "times"}


def test_what_is_found_or_was_narrowed_down_or_is_a_number_is_not_counted(client):
    client.get("/fr/annuaire/", {"q": "pneumologie"})
    client.get("/fr/annuaire/", {"q": "pneumologie", "institute": "gustave-roussy"})
    client.get("/fr/annuaire/", {"q": "01 99 99 99 98"})
    client.head("/fr/annuaire/", {"q": "xylophonie"})
    assert counted() == {}


@pytest.mark.parametrize(
    "query",
    [
        "xyloph@example.org",
        "xylophone 12051961",
        "docteur Xylander",
        "Dr. Xylander",
        "Mme Xylander",
        "madame xylander",
        "Professor Xylander",
        "xylander née xylophone",
        "xylo phone xylo phone2 xylo3 phone4 xylo5",
        "x" * 61,
        "xy",
    ],
)
def test_what_looks_personal_is_not_counted(query):
    missing.count(query, "fr")
    assert counted() == {}


def test_a_flood_of_made_up_words_fills_no_table(monkeypatch):
    monkeypatch.setattr(missing, "MOST_PER_DAY", 3)
    for number in range(9):
        missing.count(f"xylo{'abcdefghi'[number]}", "fr")
    missing.count("xyloa", "fr")
    assert counted() == {"xyloa": 2, "xylob": 1, "xyloc": 1}


def test_old_ones_are_forgotten_and_a_dry_run_forgets_nothing(capsys):
    today = timezone.localdate()
    for days in (0, 180, 181):
        MissedQuery.objects.create(language="fr", words="xylo", day=today - timedelta(days=days))
    call_command("forget_missed_queries", "--dry-run")
    assert MissedQuery.objects.count() == 3
    call_command("forget_missed_queries")
    assert MissedQuery.objects.count() == 2
    assert capsys.readouterr().out == "1 row(s) would be forgotten.\n1 row(s) forgotten.\n"


def test_an_editor_makes_a_synonym_of_one_with_two_clicks_and_it_leaves_the_list(client, editor):
    for _time in range(2):
        missing.count("xylothérapie", "fr")
    missing.count("zzz", "fr")
    report = soup(editor.get("/admin/reports/missed-queries/"))
    cells = [cell.b.get_text(strip=True) for cell in report.find_all("td") if cell.b]
    assert cells[:2] == ["xylotherapie", "zzz"]
    form = soup(editor.get(report.find("a", href=lambda href: href and "written=xylotherapie" in href)["href"]))
    assert form.find("input", {"name": "written"})["value"] == "xylotherapie"
    assert form.find("option", selected=True)["value"] == "fr"
    saved = editor.post(
        form.find("form", method="POST", action=lambda action: action and "synonym" in action)["action"],
        {"language": "fr", "written": "xylotherapie", "meant": "pneumologie"},
    )
    assert saved["Location"] == "/admin/reports/missed-queries/"
    assert Synonym.objects.get(folded="xylotherapie").meanings == ["pneumologie"]
    assert "xylotherapie" not in editor.get("/admin/reports/missed-queries/results/").content.decode()
    assert "Pneumologie" in client.get("/fr/annuaire/", {"q": "xylothérapie"}).content.decode()


def test_a_synonym_that_leads_nowhere_is_saved_with_a_warning_and_one_that_finds_without(editor):
    address = "/admin/snippets/departments/synonym/add/"
    for meant, levels in (("pneumologie", ["success"]), ("qwrtzpsdfg", ["success", "warning"])):
        saved = editor.post(
            address, {"language": "fr", "written": f"xylo {meant}", "meant": meant}, follow=True
        ).context["messages"]
        assert [message.level_tag for message in saved] == levels, meant


def test_the_searches_are_narrowed_to_a_language_dismissed_and_exported_without_formulas(editor, client_of):
    missing.count("xylotherapie", "fr")
    missing.count("xylotherapy", "en")
    MissedQuery.objects.create(language="en", words="=xylo()")
    address = "/admin/reports/missed-queries/"
    shown = editor.get(address, {"language": "en"}).content.decode()
    assert "xylotherapy" in shown and "xylotherapie" not in shown
    assert "'=xylo()" in b"".join(editor.get(address, {"export": "csv"}).streaming_content).decode()
    row = soup(editor.get(address)).find("input", {"name": "words", "value": "xylotherapy"}).find_parent("form")
    values = {field["name"]: field["value"] for field in row.find_all("input")}
    assert editor.get(row["action"]).status_code == 405
    client_of("Fundraisers").post(row["action"], values)
    assert "xylotherapy" in counted()
    editor.post(row["action"], values)
    assert set(counted()) == {"xylotherapie", "=xylo()"}


@pytest.mark.parametrize("days", ["0", "-3"])
def test_no_days_at_all_are_refused_before_anything_is_deleted(days):
    missing.count("xylotherapie", "fr")
    with pytest.raises(CommandError, match="1 or more"):
        call_command("forget_missed_queries", "--days", days)
    assert counted()


def test_a_synonym_that_is_there_already_or_says_nothing_is_refused_with_a_reason(editor):
    Synonym.objects.create(language="fr", written="Xylo", meant="pneumologie")
    address = "/admin/snippets/departments/synonym/add/"
    for words, meant, name in (("xylo", "urologie", "written"), ("xyla", ",", "meant"), ("xyla", "Xyla", "meant")):
        response = editor.post(address, {"language": "fr", "written": words, "meant": meant})
        assert response.status_code == 200
        assert response.context["form"].errors[name]
        assert words.encode() in response.content


def test_only_those_who_keep_synonyms_see_the_searches(client_of):
    assert client_of("Fundraisers").get("/admin/reports/missed-queries/").status_code == 302
