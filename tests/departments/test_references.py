"""A text that names a line shows the line's number of today, in every language, and the line knows the text."""

import json
import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation
from wagtail.admin.rich_text.converters.contentstate import ContentstateConverter
from wagtail.models import GroupPagePermission, PageViewRestriction, ReferenceIndex

from departments import references
from departments.models import ContactLine, DepartmentPage, Duty, HoursException, Location
from departments.uses import embed
from portal import bootstrapping, fact_log
from portal.models import StandardPage
from tests import factories
from tests.reading import soup, text

pytestmark = pytest.mark.django_db

OLD, NEW, DESK = "01 99 00 10 10", "01 99 00 20 20", "01 99 00 30 30"


@pytest.fixture
def institute():
    return factories.institute()


@pytest.fixture
def hospital(institute):
    return factories.hospital(institute, switchboard=DESK)


@pytest.fixture
def department(institute, hospital):
    return factories.department(institute, "Service des essais", at=hospital, number=OLD)


@pytest.fixture
def line(department):
    return ContactLine.objects.of(department["fr"]).get()


def naming(line, **fields):
    """A page of text, in both languages, that names the line in a field, in a section and in a call-out."""
    stream = [
        {"type": "section", "value": {"heading": "H", "text": f"<p>Section: {embed(line.uuid)}.</p>"}},
        {"type": "callout", "value": {"kind": "important", "heading": "", "text": f"<p>Box: {embed(line.uuid)}.</p>"}},
    ]
    words = {"introduction": f"<p>Call {embed(line.uuid)}, then wait.</p>", "body": json.dumps(stream)} | fields
    return factories.pages(StandardPage, factories.homes(), "Texte des essais", **words)


def words(response):
    """All words of an answer, without the spaces that `text` puts between a number and its comma."""
    return re.sub(r"\s+", " ", soup(response).get_text())


def read(pages, language="fr"):
    return words(Client().get(pages[language].url))


def test_every_text_shows_the_number_as_its_readers_write_it_and_dials_the_number_alone(line):
    line.extension = "1234"
    line.save()
    pages = naming(line)
    assert "Call 01 99 00 10 10 poste 1234, then" in read(pages)
    assert "Section: 01 99 00 10 10 poste 1234." in read(pages)
    assert "Box: 01 99 00 10 10 poste 1234." in read(pages)
    assert "Call +33 (0)1 99 00 10 10 extension 1234, then" in read(pages, "en")
    html = Client().get(pages["fr"].url).content.decode()
    links = re.findall(r'<a class="number" href="tel:\+33199001010">(.*?)</a>', html)
    assert len(links) == 3 and all("1234" not in link for link in links)
    assert "<embed" not in html and "Call  " not in html


def test_one_edit_of_the_line_changes_every_place(line, make_user):
    pages = naming(line)
    line.number = NEW
    line.full_clean()
    fact_log.change(line, make_user(bootstrapping.EDITORS))
    for language, number in (("fr", "01 99 00 20 20"), ("en", "+33 (0)1 99 00 20 20")):
        assert read(pages, language).count(number) == 3
        assert "10 10" not in read(pages, language)


def test_the_number_follows_the_replacement_from_its_first_day_and_passes_over_what_answers_no_more(department, line):
    pages = naming(line)
    today = timezone.localdate()
    new = factories.line(department, NEW, valid_from=today + timedelta(days=1))
    ContactLine.objects.filter(pk=line.pk).update(replaced_by=new)
    assert "Call 01 99 00 10 10, then" in read(pages)
    ContactLine.objects.filter(pk=new.pk).update(valid_from=today)
    assert "Call 01 99 00 20 20, then" in read(pages)
    newest = factories.line(department, "01 99 00 40 40")
    ContactLine.objects.filter(pk=new.pk).update(replaced_by=newest, archived_at=timezone.now())
    ContactLine.objects.filter(pk=line.pk).update(valid_until=today - timedelta(days=1))
    assert "Call 01 99 00 30 30 (Standard), then" in read(pages), "an archived successor leads nowhere"
    ContactLine.objects.filter(pk=new.pk).update(archived_at=None)
    assert "Call 01 99 00 40 40, then" in read(pages)
    ContactLine.objects.filter(pk=newest.pk).update(audience="professionals")
    assert "Call 01 99 00 20 20, then" in read(pages)


def test_a_line_of_a_page_that_nobody_may_see_gives_way_to_the_switchboard(institute, hospital, department, line):
    pages = naming(line)
    hidden = factories.department(institute, "Cachée", number=NEW)
    ContactLine.objects.filter(pk=line.pk).update(replaced_by=ContactLine.objects.of(hidden["fr"]).get())
    assert "Call 01 99 00 20 20, then" in read(pages)
    for page in hidden.values():
        PageViewRestriction.objects.create(page=page, restriction_type="login")
    assert "Call 01 99 00 10 10, then" in read(pages)
    department["fr"].unpublish()
    assert "Call 01 99 00 10 10, then" in read(pages), "the English page shows it still"
    department["en"].unpublish()
    assert "Call 01 99 00 30 30 (Standard), then" in read(pages)
    for page in hospital.values():
        PageViewRestriction.objects.create(page=page, restriction_type="login")
    assert "Call (number no longer in use: see the directory), then" in read(pages, "en")
    assert "30 30" not in read(pages)


@pytest.mark.parametrize(
    "change",
    [
        {"archived_at": "2026-01-01T00:00Z"},
        {"valid_until": "2026-01-01"},
        {"valid_from": "2199-01-01"},
        {"audience": "professionals"},
    ],
)
def test_a_line_that_does_not_answer_patients_gives_way_to_the_switchboard_or_to_a_sentence(line, change):
    pages = naming(line)
    ContactLine.objects.filter(pk=line.pk).update(**change)
    assert "Call 01 99 00 30 30 (Standard), then" in read(pages)
    assert "Call +33 (0)1 99 00 30 30 (Switchboard), then" in read(pages, "en")
    assert "10 10" not in read(pages)
    Location.objects.filter(page=line.page).update(archived_at=timezone.now())
    assert "Call (number no longer in use: see the directory), then" in read(pages, "en")
    assert "10 10" not in read(pages)


def test_a_reference_to_nothing_leaves_a_sentence(line):
    unknown = '<embed embedtype="contact-line" uuid="11111111-1111-4111-8111-111111111111"/>'
    pages = naming(line, introduction=f'<p>A {unknown}. B <embed embedtype="contact-line" uuid="x"/>.</p>')
    assert "A (number no longer in use: see the directory). B (number no longer in use" in read(pages, "en")


def test_many_references_cost_no_more_queries_than_one(department, line):
    lines = [factories.line(department, f"01 99 00 50 {number}") for number in range(10, 30)]
    few = naming(line, body="[]")
    stream = [
        {"type": "section", "value": {"heading": "H", "text": f"<p>{embed(one.uuid)} {embed(lines[0].uuid)}</p>"}}
        for one in lines
    ]
    many = factories.pages(StandardPage, factories.homes(), "Beaucoup", body=json.dumps(stream))

    def queries(pages):
        with CaptureQueriesContext(connection) as found:
            assert Client().get(pages["fr"].url).status_code == 200
        return [query["sql"][:150] for query in found]

    queries(few), queries(many)
    assert len(queries(many)) == len(queries(few)), queries(many)


def test_the_editor_gives_back_what_is_stored(line):
    converter = ContentstateConverter(["bold", "link", "ul", references.FEATURE])
    html = (
        f'<p data-block-key="a">Call {embed(line.uuid)}, or <b>not</b>.</p>'
        f'<ul><li data-block-key="b">{embed(line.uuid)}</li><li data-block-key="c">x {embed(line.uuid)} y</li></ul>'
    )
    stored = json.loads(converter.from_database_format(html))
    assert stored["blocks"][0]["text"] == "Call 01 99 00 10 10 (Service des essais), or not.".replace(
        "01 99 00 10 10", line.number_as_read
    )
    entity = next(iter(stored["entityMap"].values()))
    assert (entity["type"], entity["mutability"]) == ("CONTACT_LINE", "IMMUTABLE")
    assert entity["data"]["answers"] is True
    assert converter.to_database_format(json.dumps(stored)) == html


def test_a_text_without_the_feature_is_not_offered_it_and_the_default_editor_has_it(editor, department):
    page = editor.get(reverse("wagtailadmin_pages:edit", args=[department["fr"].pk])).content.decode()
    assert "line-reference.js" in page and "CONTACT_LINE" in page


# --- Where a line is used -------------------------------------------------------------------------


def test_the_reference_index_knows_the_texts(line):
    pages = naming(line)
    found = ReferenceIndex.get_references_to(line)
    assert {int(reference.object_id) for reference in found} == {pages["fr"].pk, pages["en"].pk}
    assert {reference.describe_source_field() for reference in found} >= {"Introduction"}
    page = StandardPage.objects.get(pk=pages["fr"].pk)
    page.introduction, page.body = "", "[]"
    page.save_revision().publish()
    assert {int(reference.object_id) for reference in ReferenceIndex.get_references_to(line)} == {pages["en"].pk}


def test_a_line_says_where_it_is_used_in_lines_hours_texts_and_drafts(department, line, editor):
    assert line.used_by() == []
    factories.line(department, NEW, out_of_hours=line)
    old = factories.line(department, "01 99 00 60 60", replaced_by=line)
    HoursException.objects.create(
        page=department["fr"],
        line=line,
        first_day="2026-12-24",
        last_day="2026-12-24",
        reason={"fr": "Veille de Noël", "en": "Christmas Eve"},
    )
    naming(line)
    draft = DepartmentPage.objects.get(pk=department["en"].pk)
    draft.treats = f"<p>{embed(line.uuid)}</p>"
    draft.save_revision()
    with translation.override("en"), CaptureQueriesContext(connection) as queries:
        uses = [use.description for use in line.used_by()]
    assert len(queries) <= 9
    for part in (
        "Called out of hours",
        "Replaces",
        "Christmas Eve",
        "Text of “Texte des essais” (Français)",
        "(English)",
    ):
        assert any(part in use for use in uses), part
    assert "Draft of “Service des essais” (English)" in uses
    assert len(uses) == 6
    shown = text(editor.get(reverse("fact_change", args=["departments", "contactline", line.pk])))
    assert shown.count("Texte des essais") == 2 and "Veille de Noël" in shown
    old.archived_at = timezone.now()
    old.save()
    assert not any("Replaces" in use.description or "Remplace" in use.description for use in line.used_by())


def test_what_is_used_is_not_taken_off_the_page_and_the_screen_says_where_it_is_used(line, moderator):
    pages = naming(line)
    address = reverse("fact_change", args=["departments", "contactline", line.pk])
    answer = moderator.post(address, {"archive": "1"}, follow=True)
    line.refresh_from_db()
    assert line.archived_at is None
    assert "Texte des essais" in text(answer)
    for page in pages.values():
        page.introduction, page.body = "", "[]"
        page.save_revision()
    assert line.used_by(), "what visitors still read counts, whatever the draft says"
    for page in pages.values():
        page.get_latest_revision().publish()
    moderator.post(address, {"archive": "1"})
    line.refresh_from_db()
    assert line.archived_at is not None


def test_before_a_line_is_taken_off_its_page_a_question_says_what_stands_in_the_way(line, moderator):
    address = reverse("fact_take_off", args=["departments", "contactline", line.pk])
    form_address = reverse("fact_change", args=["departments", "contactline", line.pk])
    assert address in moderator.get(form_address).content.decode()
    assert 'name="archive"' not in moderator.get(form_address).content.decode()
    question = moderator.get(address).content.decode()
    assert 'name="archive"' in question and form_address in question
    naming(line)
    refusal = moderator.get(address)
    assert "Texte des essais" in text(refusal) and 'name="archive"' not in refusal.content.decode()
    line.refresh_from_db()
    assert line.archived_at is None


def test_who_may_not_edit_the_texts_reads_where_a_line_is_used_without_links_that_refuse(
    institute, department, line, client_of
):
    naming(line)
    Duty.objects.create(group=Group.objects.get(name=bootstrapping.SWITCHBOARD), institute=institute["fr"])
    factories.line(department, "01 99 00 10 12", out_of_hours=line)
    caller = client_of(bootstrapping.SWITCHBOARD)
    shown = caller.get(reverse("fact_change", args=["departments", "contactline", line.pk]))
    used = shown.content.decode().partition('id="used-by"')[2].partition("</section>")[0]
    assert "Texte des essais" in used and "/admin/pages/" not in used
    assert used.count("<a ") == 1, "the line that it may change is a link"
    assert "Back to the list" in factories.speaking_english(caller).get(shown.request["PATH_INFO"]).content.decode()


def test_undoing_the_addition_of_a_line_that_is_used_is_refused(department, make_user):
    user = make_user(bootstrapping.MODERATORS)
    line = ContactLine(page=department["fr"], number=NEW)
    line.full_clean()
    fact_log.add(line, user)
    naming(line)
    entry = fact_log.entries(line).first()
    with pytest.raises(fact_log.StillUsed) as refused:
        fact_log.undo(line, entry.pk, user)
    assert isinstance(refused.value, ValidationError) and "Texte des essais" in str(refused.value)
    line.refresh_from_db()
    assert line.archived_at is None and fact_log.entries(line).count() == 1


def test_a_department_whose_line_is_named_elsewhere_is_not_deleted_and_not_unpublished_unasked(
    department, line, client_of
):
    naming(line)
    admin = client_of(bootstrapping.ADMINISTRATORS)
    admin.post(reverse("wagtailadmin_pages:delete", args=[department["en"].pk]))
    answer = admin.post(reverse("wagtailadmin_pages:delete", args=[department["fr"].pk]), follow=True)
    assert DepartmentPage.objects.filter(pk=department["fr"].pk).exists()
    assert "Texte des essais" in text(answer)
    address = reverse("wagtailadmin_pages:unpublish", args=[department["fr"].pk])
    answer = admin.post(address)
    assert "Texte des essais" in text(answer)
    assert DepartmentPage.objects.get(pk=department["fr"].pk).live
    admin.post(address, {"unpublish_anyway": "1"})
    assert not DepartmentPage.objects.get(pk=department["fr"].pk).live


def test_a_page_that_names_its_own_lines_is_deleted_freely(institute, line, department, client_of):
    page = DepartmentPage.objects.get(pk=department["fr"].pk)
    page.treats = f"<p>{embed(line.uuid)}</p>"
    page.save_revision().publish()
    admin = client_of(bootstrapping.ADMINISTRATORS)
    admin.post(reverse("wagtailadmin_pages:delete", args=[department["en"].pk]))
    admin.post(reverse("wagtailadmin_pages:delete", args=[department["fr"].pk]))
    assert not DepartmentPage.objects.filter(pk=department["fr"].pk).exists()


# --- The chooser ----------------------------------------------------------------------------------


def test_lines_are_chosen_by_department_hospital_or_number_and_only_those_for_patients(department, line, editor):
    hidden = factories.line(department, "01 99 00 70 70", audience="professionals")
    address = reverse("line_chooser:choose_results")
    for query in ("essais", "0199001010", "+33 1 99 00 10 10", "00 10 10"):
        shown = words(editor.get(address, {"q": query}))
        assert "01 99 00 10 10" in shown, query
        assert "70 70" not in shown
    assert "01 99 00 30 30" in words(editor.get(address, {"q": "hopital du lac"}))
    assert "01 99" not in words(editor.get(address, {"q": "zzz"}))
    chosen = editor.get(reverse("line_chooser:chosen", args=[line.pk])).json()["result"]
    assert chosen["uuid"] == str(line.uuid) and "Service des essais" in chosen["label"]
    assert editor.get(reverse("line_chooser:chosen", args=[hidden.pk])).status_code == 404


def test_the_chooser_is_for_those_who_write_pages_and_offers_nothing_of_a_page_that_is_not_live(
    department, line, editor, client_of
):
    names = [("line_chooser:choose", []), ("line_chooser:choose_results", []), ("line_chooser:chosen", [line.pk])]
    GroupPagePermission.objects.filter(group__name=bootstrapping.FUNDRAISERS).delete()  # of donation pages
    for group in (bootstrapping.FUNDRAISERS, bootstrapping.SWITCHBOARD):
        client = client_of(group)
        for name, args in names:
            assert client.get(reverse(name, args=args)).status_code in (302, 403), (group, name)
    assert "01 99 00 10 10" in words(editor.get(reverse("line_chooser:choose_results"), {"q": "0199001010"}))
    DepartmentPage.objects.filter(pk=department["fr"].pk).update(live=False)
    assert "01 99 00 10 10" not in words(editor.get(reverse("line_chooser:choose_results"), {"q": "0199001010"}))
    assert editor.get(reverse("line_chooser:chosen", args=[line.pk])).status_code == 404


def test_the_comparison_of_two_versions_shows_the_reference(line, editor):
    page = naming(line)["fr"]
    first = page.save_revision()
    page.introduction = "<p>Call the desk, then wait.</p>"
    second = page.save_revision()
    address = reverse("wagtailadmin_pages:revisions_compare", args=[page.pk, first.pk, second.pk])
    assert "01 99 00 10 10 (Service des essais)" in words(editor.get(address))


def test_the_demonstration_names_its_lines(db, page_at):
    line = ContactLine.objects.get(number="+33199001902")
    uses = [use.page_id for use in line.used_by()]
    pages = {
        language: page_at(language, slug)
        for language, slug in (("fr", "oncologie-medicale"), ("en", "medical-oncology"))
    }
    assert sorted(uses) == sorted(page.pk for page in pages.values())
    assert "appelez le 01 99 00 19 02 dès" in read(pages)
    assert "call +33 (0)1 99 00 19 02 as soon" in read(pages, "en")
