"""What keeps a page from being published, who is asked, and that nobody gets past it."""

import uuid
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone, translation
from wagtail.models import Page

from portal.models import BasePage, PortalDocument, PortalImage, StandardPage
from portal.publishing import NotPublishable, judge, judge_all
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def pages():
    return factories.pages(StandardPage, factories.homes(), "Page des contrôles")


def stream(*blocks):
    return StandardPage._meta.get_field("body").to_python(
        [{"type": kind, "value": value, "id": str(uuid.uuid4())} for kind, value in blocks]
    )


def found(page, **changes):
    """The rules that a page with these changes, unsaved, breaks: with their severity."""
    for name, value in changes.items():
        setattr(page, name, value)
    with translation.override("en"):
        return [(finding.rule, finding.severity.value) for finding in judge(page)]


def section(text, heading="Heading"):
    return ("section", {"heading": heading, "text": text})


def test_the_demonstration_has_no_error():
    pages = [page for page in Page.objects.filter(depth__gt=1).specific() if isinstance(page, BasePage)]
    wrong = [
        f"{page.url_path}: {one}"
        for page, findings in zip(pages, judge_all(pages), strict=True)
        for one in findings
        if one.is_error
    ]
    assert wrong == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<p>Plain words.</p>", []),
        ('<p>Text <a href="https://example.org/"> </a></p>', [("empty-link", "error")]),
        ('<p><a href="">The plan</a></p>', [("empty-link", "error")]),
        ("<p><a>The plan</a></p>", [("empty-link", "error")]),
        ('<p><a href="https://example.org/">Cliquez ici</a></p>', [("empty-link", "warning")]),
        ('<p><a href="https://example.org/">click here!</a></p>', [("empty-link", "warning")]),
        ('<p><a href="https://example.org/">Here is the plan</a></p>', []),
        ('<p><a linktype="page" id="999999">The plan</a></p>', [("broken-link", "error")]),
        ('<p><a linktype="page">The plan</a></p>', [("broken-link", "error")]),
        ('<p><a href="/fr/annuaire/">Directory</a></p>', [("broken-link", "warning")]),
        ('<p><a linktype="document" id="999999">The plan</a></p>', [("document", "error")]),
        ("<h3>Under the section</h3><p>Text</p><h3>Next</h3>", []),
        ("<h4>Too deep</h4>", [("heading", "error")]),
        ("<h2>As large as the section</h2>", [("heading", "error")]),
        ("<h3> </h3><p>Text</p>", [("heading", "error")]),
        ("<p> </p>", [("empty-section", "error")]),
        ("<p>Call 01 99 00 10 10.</p>", [("typed-number", "warning")]),
    ],
)
def test_what_stands_in_a_text_is_judged(pages, text, expected):
    assert found(pages["fr"], body=stream(section(text))) == expected


def test_a_heading_needs_one_above_it(pages):
    assert found(pages["fr"], introduction="<h3>First</h3>") == [("heading", "error")]
    question = ("question", {"heading": "Why?", "text": "<h3>Because</h3>"})
    assert found(pages["fr"], introduction="", body=stream(question)) == [("heading", "error")]
    assert found(pages["fr"], body=stream(section("<p>Text</p>"), question)) == []


def test_links_to_pages_follow_what_visitors_would_find(pages):
    french, english = pages["fr"], pages["en"]
    to = '<p><a linktype="page" id="{}">Other</a></p>'
    assert found(french, introduction=to.format(english.pk)) == [("broken-link", "warning")]
    other = factories.pages(StandardPage, factories.homes(), "Autre page")["fr"]
    assert found(french, introduction=to.format(other.pk)) == []
    other.unpublish()
    assert found(french, introduction=to.format(other.pk)) == [("broken-link", "warning")]
    link = ("link", {"heading": "", "page": other.pk, "url": ""})
    assert found(french, introduction="", body=stream(link)) == [("broken-link", "warning")]
    other.delete()
    assert found(french, body=stream(link)) == [("broken-link", "error")]


def test_pictures_are_described_in_the_language_of_the_page(pages):
    image = PortalImage.objects.first()

    def figure(alt="", is_decorative=False, pk=image.pk):
        value = {"image": pk, "decorative": is_decorative, "alt_text": alt}
        return found(pages["en"], body=stream(("figure", {"image": value, "caption": ""})))

    def described(**texts):
        PortalImage.objects.filter(pk=image.pk).update(alt_text=texts)

    described(fr="Des collines", en="Hills")
    assert figure() == []
    assert figure(alt="Des collines") == [("description", "warning")]
    assert figure(alt="Hills") == []
    described(fr="Taxi", en="Taxi")
    assert figure(alt="Taxi") == []
    described(fr="Des collines")
    assert figure() == figure(alt="Des collines") == [("description", "warning")]
    assert figure(alt="Hills") == []
    described()
    assert figure() == [("description", "error")]
    assert figure(is_decorative=True) == []
    assert figure(alt="DSC_0042.JPG") == figure(alt="IMG 20240312") == [("description", "error")]
    assert figure(pk=999_999) == [("description", "error")]


def test_a_document_has_a_title_that_is_no_file_name(pages):
    document = PortalDocument.objects.first()
    text = f'<p><a linktype="document" id="{document.pk}">The plan of the site</a></p>'
    for title, expected in (("Plan of the site", []), ("plan_v2-final.pdf", ["error"]), (" ", ["error"])):
        PortalDocument.objects.filter(pk=document.pk).update(title=title)
        assert found(pages["fr"], introduction=text) == [("document", severity) for severity in expected]


def test_a_film_without_transcript_is_an_error_though_it_came_past_the_form(pages):
    film = {"heading": "Film", "title": "Hills", "url": "https://www.youtube.com/watch?v=paperhills01"}
    assert found(pages["fr"], body=stream(("video", film | {"transcript": "<p></p>"}))) == [("film", "error")]
    assert found(pages["fr"], body=stream(("video", film | {"transcript": "<p>Hills.</p>"}))) == []


def test_findings_say_where_and_what_to_do_errors_first(pages):
    page = pages["fr"]
    page.introduction = "<p>Appelez le 01 99 00 10 10.</p>"
    page.body = stream(section("<p>Text</p>"), section('<p><a href="#">plan</a></p>'))
    with translation.override("en"):
        first, second = judge(page)
    assert first.where.label == "Content → 2. Section → Text" and "leads nowhere" in first.message
    assert first.where.path == ("body", page.body.raw_data[1]["id"], "text")
    assert second.where.label == "Introduction" and "Number of a line" in second.message


def test_an_emergency_line_says_what_to_do_in_every_language_in_which_its_page_is_read():
    department = factories.department(factories.institute(), "Service des contrôles")
    words = {"fr": "Appelez d’abord le 15.", "en": "Call 15 first."}
    line = factories.line(department, "01 99 00 33 33", purpose="emergency", instruction=words)
    assert found(department["fr"]) == found(department["en"]) == []
    type(line).objects.filter(pk=line.pk).update(instruction={"fr": "Appelez d’abord le 15."})
    assert found(department["fr"]) == found(department["en"]) == [("emergency-instruction", "error")]
    assert judge(department["fr"])[0].where.url.endswith(f"/contactline/{line.pk}/")
    department["en"].unpublish()
    assert found(department["fr"]) == []
    type(line).objects.filter(pk=line.pk).update(valid_until="2020-01-01", instruction={})
    assert found(department["fr"]) == []


def test_many_pages_cost_as_many_queries_as_one(pages, django_assert_num_queries):
    """Three of Known, one for the lines, one for the portal's names - and none for words alone."""
    text = f'<p><a linktype="page" id="{pages["en"].pk}">a</a> <a linktype="document" id="1">b</a></p>'
    many = [StandardPage(title=str(n), locale=pages["fr"].locale, introduction=text) for n in range(20)]
    judge(pages["fr"])
    with django_assert_num_queries(3):
        judge_all(many)


# --- The gate -------------------------------------------------------------------------------------


BROKEN = '<p><a linktype="page" id="999999">Gone</a></p>'


def test_nothing_with_an_error_is_published_or_scheduled_by_whatever_way(pages):
    page = pages["fr"]
    page.introduction = BROKEN
    revision = page.save_revision()
    with pytest.raises(NotPublishable) as refused:
        revision.publish()
    assert isinstance(refused.value, ValidationError)
    assert [finding.rule for finding in refused.value.findings] == ["broken-link"]
    assert "Page des contrôles" in refused.value.messages[0] and len(refused.value.messages) == 2
    page.go_live_at = timezone.now() + timedelta(days=1)
    with pytest.raises(NotPublishable):
        page.save_revision().publish()
    stored = StandardPage.objects.get(pk=page.pk)
    assert stored.introduction == "" and not stored.approved_schedule and stored.has_unpublished_changes


def test_a_warning_keeps_nobody_from_publishing(pages):
    pages["fr"].introduction = "<p>Appelez le 01 99 00 10 10.</p>"
    pages["fr"].save_revision().publish()
    assert "01 99" in StandardPage.objects.get(pk=pages["fr"].pk).introduction
