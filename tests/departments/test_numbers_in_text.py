"""Numbers typed into texts: found in every notation and place, nothing else taken for one, replaced alone."""

import json
import re
import time
import uuid
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from wagtail.models import GroupPagePermission, Page

from departments.models import ContactLine, DepartmentPage
from departments.numbers_in_text import Obstacle, in_plain_text, in_rich_text, with_reference
from departments.numbers_on_pages import findings, findings_of
from departments.uses import embed
from portal import bootstrapping
from portal.content import put, texts_of
from portal.models import Notice, StandardPage
from tests import factories
from tests.reading import soup

NAME = uuid.UUID("5c0f6f0e-0199-4000-8000-000000000001")


def numbers(text):
    return [str(found.phone) for found in in_plain_text(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Appelez le 01 99 00 10 10.", ["+33199001010"]),
        ("01.99.00.10.10", ["+33199001010"]),
        ("01/99/00/10/10", ["+33199001010"]),
        ("01-99-00-10-10", ["+33199001010"]),
        ("0199001010", ["+33199001010"]),
        ("01\u00a099\u202f00\u00a010\u00a010", ["+33199001010"]),
        ("+33 (0)1 99 00 10 10", ["+33199001010"]),
        ("+330199001010", ["+33199001010"]),
        ("0033 1 99 00 10 10", ["+33199001010"]),
        ("(0)1 99 00 10 10", ["+33199001010"]),
        ("(01 99 00 10 10)", ["+33199001010"]),
        ("tél.01 99 00 10 10", ["+33199001010"]),
        ("service 12 : 01 99 00 10 10", ["+33199001010"]),
        ("01 99 00 10 10, 24 h/24", ["+33199001010"]),
        ("01 99 00 10 10 24 h sur 24", ["+33199001010"]),
        ("7 j/7 au 01 99 00 10 10", ["+33199001010"]),
        ("01 99 00 10 10 poste 1234", ["+33199001010 #1234"]),
        ("01 99 00 10 10, ext. 1234", ["+33199001010 #1234"]),
        ("01 99 00 10 10 (poste 1234)", ["+33199001010 #1234"]),
        ("01 99 00 10 10 ou 02 61 91 20 20", ["+33199001010", "+33261912020"]),
        ("01 99 00 10 10 - 01 99 00 20 20", ["+33199001010", "+33199002020"]),
        ("06 39 98 12 34", ["+33639981234"]),
        ("0 800 12 34 56", ["0800123456"]),
        ("0590 29 00 00", ["+590590290000"]),
        ("+44 20 7946 0958", ["+442079460958"]),
        ("Appelez le 3115", ["3115"]),
        ("composez le 39 89", ["3989"]),
        # --- what may stand in a text, and what is no number to call
        ("le 15, le 17, le 18, le 112 ou le 114", []),
        ("Appelez le 15 ou composez le 112", []),
        ("le 12/11/2024 de 14 h à 18 h", []),
        ("du 05 04 2023 10 h au 06.04.2023", []),
        ("en 2024 2025", []),
        ("75013 Paris", []),
        ("1 500 000 euros, 3 000 patients, 3000 lits", []),
        ("ISBN 0-306-40615-2", []),
        ("SIRET 267 500 452 00011, FINESS 010000000", []),
        ("IBAN FR76 3000 6000 0112 3456 7890 189", []),
        ("doi:10.1016/0123456789", []),
        ("https://example.org/0199001010", []),
        ("01 99 00 10 1", []),
        ("", []),
    ],
)
def test_a_number_is_found_in_every_notation_and_nothing_else_is_taken_for_one(text, expected):
    assert numbers(text) == expected


@pytest.mark.parametrize(
    ("html", "after"),
    [
        ("<p>Call 01 99 00 10 10, now</p>", "<p>Call {}, now</p>"),
        ("<p>Call 01&nbsp;99&#160;00&#xa0;10 10</p>", "<p>Call {}</p>"),
        ("<p>a &lt; b <b>01 99 00 10 10</b> é</p>", "<p>a &lt; b <b>{}</b> é</p>"),
        ('<p><a href="tel:+33199001010">01 99 00 10 10</a>.</p>', "<p>{}.</p>"),
        ('<p><a href="tel:0199001010">Call <i>01 99 00 10 10</i> now</a>.</p>', "<p>Call <i>{}</i> now.</p>"),
        ('<p><a href="tel:+33199001010">Call us</a>.</p>', "<p>Call us {}.</p>"),
        ("<ul><li>01 99 00 10 10</li><li>1234</li></ul>", "<ul><li>{}</li><li>1234</li></ul>"),
    ],
)
def test_only_the_number_gives_way_to_the_reference(html, after):
    (found,) = in_rich_text(html)
    assert str(found.phone) == "+33199001010"
    assert with_reference(html, found, NAME) == after.format(embed(NAME))


@pytest.mark.parametrize(
    ("html", "why"),
    [
        ('<p><a linktype="page" id="3">01 99 00 10 10</a></p>', Obstacle.IN_LINK),
        ('<p><a href="https://example.org/">01 99 00 10 10</a></p>', Obstacle.IN_LINK),
        ('<p><a href="tel:+33199001011">01 99 00 10 10</a></p>', Obstacle.LINK_DIFFERS),
        ("<p>01 <b>99</b> 00 10 10</p>", Obstacle.FORMATTED),
        ("<p>01 99 00 10 10 / 11</p>", Obstacle.HALF),
        ("<p>01 99 00 10 10 ou 11</p>", Obstacle.HALF),
    ],
)
def test_a_number_that_needs_a_decision_is_found_and_left_alone(html, why):
    found = in_rich_text(html)[0]
    assert found.obstacle == why
    with pytest.raises(ValueError, match=r"\w"):
        with_reference(html, found, NAME)


def test_a_reference_is_no_number_and_an_emergency_link_is_left():
    assert in_rich_text(f"<p>{embed(NAME)} or {embed(uuid.UUID('01990010-1001-4990-8010-010199001010'))}</p>") == []
    assert in_rich_text('<p><a href="tel:15">the SAMU</a></p>') == []


words = st.text(alphabet="abé àç,.;:!?()’«»\u00a0\u202f\t", max_size=30)
markup = st.sampled_from(["", "<b>", "</b>", "<br/>", "&amp;", "&nbsp;", "<i>x</i>", '<a href="/x">y</a>', "é", "<"])
notations = st.sampled_from(
    ["01 99 00 10 10", "01.99.00.10.10", "0199001010", "+33 1 99 00 10 10", "01&nbsp;99&nbsp;00&nbsp;10&nbsp;10"]
)


@given(st.lists(st.tuples(words, markup), max_size=4), notations, st.lists(st.tuples(markup, words), max_size=4))
def test_whatever_surrounds_the_number_stays_byte_for_byte(before, number, after):
    left = "<p>" + "".join(f"{text} {tag} " for text, tag in before)
    right = "".join(f" {tag} {text}" for tag, text in after) + "</p>"
    html = left + number + right
    found = [one for one in in_rich_text(html) if not one.obstacle]
    for one in found:
        assert with_reference(html, one, NAME) == left + embed(NAME) + right
    assert len(in_rich_text(html)) == 1


@given(st.text(max_size=200))
def test_no_text_makes_the_search_fail(text):
    for found in in_rich_text(text) + in_plain_text(text):
        assert 0 <= found.start <= found.end <= len(text)


# --- On pages -------------------------------------------------------------------------------------


@pytest.fixture
def department(db):
    return factories.department(factories.institute(), "Service des essais", number="01 99 00 10 10")


@pytest.fixture
def line(department):
    return ContactLine.objects.of(department["fr"]).get()


STREAM = [
    {"type": "section", "id": str(uuid.uuid4()), "value": {"heading": "0199001010", "text": "<p>A 01 99 00 10 10</p>"}},
    {
        "type": "callout",
        "id": str(uuid.uuid4()),
        "value": {"kind": "important", "heading": "", "text": '<p>B <a href="tel:+33199001010">call</a></p>'},
    },
    {"type": "quote", "id": str(uuid.uuid4()), "value": {"text": "“01 99 00 10 10”", "attribution": ""}},
]


@pytest.fixture
def pages(line):
    return factories.pages(
        StandardPage,
        factories.homes(),
        "Texte des essais",
        summary="Téléphone 01 99 00 10 10",
        introduction="<p>Call <b>01 99 00 10 10</b> or 01 99 00 88 88.</p>",
        body=json.dumps(STREAM),
    )


def report_of(pages):
    return findings(Page.objects.filter(pk__in=[page.pk for page in pages.values()]))


def test_every_text_of_a_page_is_looked_through_in_every_language(pages, line):
    found = report_of(pages)
    assert len(found) == 14 and {one.language for one in found} == {"fr", "en"}
    french = [one for one in found if one.language == "fr"]
    assert [one.can_be_replaced for one in french] == [False, True, False, False, True, True, False]
    assert french[1].lines == [line] and french[1].where == "Introduction"
    assert not french[2].is_known and "01 99 00 88 88" in french[2].excerpt


def test_instructions_of_lines_and_notices_are_looked_through(department):
    factories.line(department, "01 99 00 20 20", instruction={"fr": "Sinon le 01 99 00 10 10.", "en": "Or 0199001010"})
    Notice.objects.create(
        text={"fr": "Appelez le 01 99 00 10 10", "en": "Closed"},
        starts_at="2026-01-01T00:00Z",
        ends_at="2199-01-01T00:00Z",
    )
    found = [one for one in findings() if str(one.number.phone) == "+33199001010"]
    assert sorted(one.language for one in found) == ["en", "fr", "fr"]
    assert all(one.edit_url and not one.can_be_replaced for one in found)


def test_the_demonstration_has_no_number_in_its_texts(db):
    assert [f"{one.title}: {one.excerpt}" for one in findings()] == []


def test_the_command_lists_the_numbers_and_fails_only_when_told_to(pages):
    out = StringIO()
    call_command("numbers_in_texts", stdout=out)
    assert "Texte des essais" in out.getvalue() and "+33199008888" in out.getvalue()
    with pytest.raises(CommandError):
        call_command("numbers_in_texts", "--fail", stdout=out)


# --- Replacing ------------------------------------------------------------------------------------


def stored(page):
    page = StandardPage.objects.get(pk=page.pk)
    return {text.path: text.value for text in texts_of(page)}


def replaceable(page):
    return [
        one for one in findings_of(StandardPage.objects.select_related("locale").get(pk=page.pk)) if one.can_be_replaced
    ]


def send(client, found, line):
    return client.post(
        reverse("replace_numbers_in_texts"),
        {"f": [one.key for one in found]} | {f"line|{one.key}": str(line.uuid) for one in found},
        follow=True,
    )


def words_of(response):
    return re.sub(r"\s+", " ", soup(response).get_text())


def test_who_may_publish_replaces_all_at_once_and_every_other_word_stays(pages, line, moderator):
    before, found = stored(pages["fr"]), replaceable(pages["fr"])
    preview = words_of(moderator.get(reverse("replace_numbers_in_texts"), {"f": [one.key for one in found]}))
    assert "Service des essais" in preview and stored(pages["fr"]) == before
    send(moderator, found, line)
    after = stored(pages["fr"])
    assert after[("introduction",)] == f"<p>Call <b>{embed(line.uuid)}</b> or 01 99 00 88 88.</p>"
    section, callout, _quote = (item["id"] for item in STREAM)
    assert after[("body", section, "text")] == f"<p>A {embed(line.uuid)}</p>"
    assert after[("body", callout, "text")] == f"<p>B call {embed(line.uuid)}</p>"
    changed = {("introduction",), ("body", section, "text"), ("body", callout, "text")}
    assert {path: value for path, value in after.items() if path not in changed} == {
        path: value for path, value in before.items() if path not in changed
    }
    page = StandardPage.objects.get(pk=pages["fr"].pk)
    assert not page.has_unpublished_changes and page.latest_revision.user.username == "moderators"
    assert stored(pages["en"]) == before
    line.number = "+33199002020"
    line.save()
    assert "01 99 00 20 20" in words_of(Client().get(page.url))


def test_who_may_not_publish_and_a_page_with_a_draft_get_a_draft(pages, line, editor, moderator):
    before = stored(pages["fr"])
    answer = send(editor, replaceable(pages["fr"])[:1], line)
    page = StandardPage.objects.get(pk=pages["fr"].pk)
    assert page.has_unpublished_changes and stored(page) == before
    assert embed(line.uuid) in page.get_latest_revision_as_object().introduction
    assert "brouillon" in words_of(answer) or "draft" in words_of(answer)
    # The draft has one number less; what is left in it is replaced in it, and nothing of it is published.
    rest = replaceable(page)
    assert len(rest) == 2
    send(moderator, rest, line)
    page.refresh_from_db()
    assert page.has_unpublished_changes and stored(page) == before
    assert sum(text.value.count("<embed") for text in texts_of(page.get_latest_revision_as_object())) == 3


def test_a_text_that_changed_meanwhile_is_not_touched(pages, line, moderator):
    found = replaceable(pages["fr"])[:1]
    page = StandardPage.objects.get(pk=pages["fr"].pk)
    page.introduction = "<p>Please do call <b>01 99 00 10 10</b>.</p>"
    page.save_revision().publish()
    send(moderator, found, line)
    assert stored(page)[("introduction",)] == "<p>Please do call <b>01 99 00 10 10</b>.</p>"


def test_nobody_replaces_on_pages_that_they_may_not_edit_nor_names_another_line(pages, line, department, client_of):
    other = factories.line(department, "01 99 00 99 99")
    found, before = replaceable(pages["fr"]), stored(pages["fr"])
    send(client_of(bootstrapping.MODERATORS), found, other)
    assert stored(pages["fr"]) == before
    GroupPagePermission.objects.filter(group__name=bootstrapping.EDITORS).update(page=department["fr"])
    editor = client_of(bootstrapping.EDITORS)
    send(editor, found, line)
    page = StandardPage.objects.get(pk=pages["fr"].pk)
    assert stored(page) == before and not page.has_unpublished_changes
    assert "Texte des essais" not in words_of(editor.get(reverse("numbers_in_texts")))


def test_the_report_is_filtered_and_exported(pages, editor):
    address = reverse("numbers_in_texts")
    shown = soup(editor.get(address))
    assert len(shown.select("main tbody tr")) == 14
    assert len(soup(editor.get(address, {"language": "en"})).select("main tbody tr")) == 7
    assert len(soup(editor.get(address, {"known": "no"})).select("main tbody tr")) == 2
    institute = DepartmentPage.objects.get(slug="service-des-essais", locale__language_code="fr").get_parent()
    assert soup(editor.get(address, {"institute": institute.pk})).select("main tbody tr") == []
    export = b"".join(editor.get(address, {"export": "csv"}).streaming_content).decode()
    assert export.count("Texte des essais") == 14 and "+33199008888" in export
    assert editor.get(address, {"export": "xlsx"}).status_code == 200


def test_the_report_is_for_those_who_write_pages_and_names_notices_to_those_who_change_them(
    pages, line, editor, moderator, client_of
):
    words = {"fr": "=HYPERLINK Appelez le 01 99 00 10 10.", "en": "Call 01 99 00 10 10."}
    Notice.objects.create(text=words, starts_at=timezone.now(), ends_at=timezone.now() + timedelta(days=1))
    address = reverse("numbers_in_texts")
    assert "HYPERLINK" in words_of(moderator.get(address))
    assert "HYPERLINK" not in words_of(editor.get(address))
    export = b"".join(moderator.get(address, {"export": "csv"}).streaming_content).decode()
    assert "'=HYPERLINK" in export and ",=HYPERLINK" not in export and '"=HYPERLINK' not in export
    GroupPagePermission.objects.filter(group__name=bootstrapping.FUNDRAISERS).delete()  # of donation pages
    for group in (bootstrapping.FUNDRAISERS, bootstrapping.SWITCHBOARD):
        client = client_of(group)
        for name in ("numbers_in_texts", "numbers_in_texts_results", "replace_numbers_in_texts"):
            assert client.get(reverse(name))["Location"] == reverse("wagtailadmin_home")


def test_a_line_for_professionals_is_never_offered(pages, line, editor):
    ContactLine.objects.filter(pk=line.pk).update(audience="professionals")
    assert replaceable(pages["fr"]) == []
    shown = soup(editor.get(reverse("numbers_in_texts")))
    assert len(shown.select("main tbody tr")) == 14 and shown.select("main tbody .button") == []


def test_putting_a_text_into_a_list_keeps_its_neighbours(pages):
    page = StandardPage.objects.get(pk=pages["fr"].pk)
    path = ("body", STREAM[0]["id"], "text")
    put(page, path, "<p>new</p>")
    assert json.loads(page.body.stream_block.get_prep_value(page.body) and json.dumps(list(page.body.raw_data))) == [
        STREAM[0] | {"value": STREAM[0]["value"] | {"text": "<p>new</p>"}},
        *STREAM[1:],
    ]
    with pytest.raises(LookupError):
        put(page, ("body", "nowhere", "text"), "x")


def test_markup_that_never_ends_is_read_in_time_that_grows_with_its_length():
    """Read backwards and forwards, this takes minutes."""
    endless = "<" + "a" * 200_000
    began = time.process_time()
    assert [str(found.phone) for found in in_rich_text(f"<p>01 99 00 10 10</p>{endless}")] == ["+33199001010"]
    assert time.process_time() - began < 5
