"""The contact book: whole, small, self-contained, and never half written."""

import json
import re
from datetime import timedelta
from io import StringIO
from pathlib import Path

import html5lib
import pytest
from bs4 import BeautifulSoup
from django.core.management import CommandError, call_command
from django.utils import timezone, translation
from wagtail.models import Page, PageViewRestriction

from departments import contact_book
from departments.models import ContactLine, DepartmentPage, Location
from tests import factories

pytestmark = pytest.mark.django_db

PURPOSES = ("appointments", "secretariat", "nurse_line")


def write(folder: Path) -> str:
    said = StringIO()
    call_command("contact_book", folder, stdout=said)
    return said.getvalue()


def files(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text("utf-8") for path in folder.rglob("*") if path.is_file()}


def many_lines(institute, hospital, departments: int) -> None:
    """Departments in both languages with three lines each, without the cost of publishing."""
    made = []
    for number in range(departments):
        key = None
        for language, parent in institute.items():
            page = DepartmentPage(
                title=f"Service des essais cliniques {number}", slug=f"essais-{number}", locale=parent.locale
            )
            page.translation_key = key = key or page.translation_key
            Page.objects.get(pk=parent.pk).add_child(instance=page)
            if language == "fr":
                made.append(page)
    Location.objects.bulk_create(Location(page=page, hospital=hospital["fr"]) for page in made)
    instruction = {"fr": "Ayez votre carte Vitale.", "en": "Have your card at hand."}
    ContactLine.objects.bulk_create(
        ContactLine(
            page=page,
            number=f"+331990{number:03}{place}1",
            purpose=purpose,
            sort_order=place,
            hours_are="own" if place == 0 else "not_stated",
            hours="mo-fr 09:00-12:30,13:30-17:00" if place == 0 else "",
            instruction=instruction if number % 10 == 0 else {},
        )
        for number, page in enumerate(made)
        for place, purpose in enumerate(PURPOSES)
    )


def test_a_book_of_500_lines_is_small_valid_and_asks_nobody_for_anything(tmp_path):
    institute = factories.institute()
    hospital = factories.hospital(institute, switchboard="01 99 00 00 01")
    Page.objects.filter(depth=4).exclude(translation_key=hospital["fr"].translation_key).update(live=False)
    many_lines(institute, hospital, 167)
    assert "502 line(s)" in write(tmp_path / "book")
    book = files(tmp_path / "book")
    assert sum(len(content.encode()) for content in book.values()) < 300_000
    anchors = {name: set(re.findall(r'id="([^"]+)"', content)) for name, content in book.items()}
    for name, content in book.items():
        if not name.endswith(".html"):
            continue
        parser = html5lib.HTMLParser()
        parser.parse(content)
        assert [(place, code) for place, code, _details in parser.errors] == [], name
        assert not re.search(r"""(src|href|action)=["']?(https?:|//)|url\(|@import|<script|<style|style=""", content)
        page = BeautifulSoup(content, "html5lib")
        dialled = [link["href"] for link in page.select("a[href^=tel], a[href^=sms]")]
        assert dialled[:3] == ["tel:15", "tel:112", "sms:114"]
        for link in page.select("a[href], link[href]"):
            if link["href"].startswith(("tel:", "sms:")):
                continue
            target, _hash, anchor = link["href"].partition("#")
            wanted = str((Path("/") / name).parent.joinpath(target)).lstrip("/")
            wanted = str(Path("/", wanted).resolve()).lstrip("/")
            assert wanted in book, (name, link["href"])
            assert not anchor or anchor in anchors[wanted]
        assert f"{timezone.localdate():%Y}" in content
    for language, shown in (("fr", ">01 99 00 00 01<"), ("en", ">+33 (0)1 99 00 00 01<")):
        sheet = book[f"{language}/hopital-du-lac.html"]
        assert shown in sheet
        assert sheet.count("<section") == 168
        assert book[f"{language}/a-z.html"].count("Service des essais cliniques") == 167
    programs = json.loads(book["numbers.json"])
    assert [len(hospital["lines"]) for hospital in programs["hospitals"]] == [1]
    assert sum(len(department["lines"]) for department in programs["departments"]) == 501
    assert {department["hospital"] for department in programs["departments"]} == {programs["hospitals"][0]["id"]}
    assert programs["emergency"] == ["15", "112", "114"]


def test_a_book_has_what_patients_may_call_today_and_nothing_that_only_comes(tmp_path):
    institute = factories.institute()
    hospital = factories.hospital(institute, switchboard="01 99 00 00 01")
    department = factories.department(institute, "Urologie <b>", at=hospital)
    factories.department(institute, "Sans numéro", at=hospital)
    factories.department(institute, "Nulle part", number="01 99 00 00 19")
    hidden = factories.department(institute, "Cachée", at=hospital, number="01 99 00 00 18")
    PageViewRestriction.objects.create(page=hidden["fr"], restriction_type="login")
    PageViewRestriction.objects.create(page=hidden["en"], restriction_type="login")
    today = timezone.localdate()
    new = factories.line(department, "01 99 00 00 12", valid_from=today + timedelta(days=3))
    factories.line(department, "01 99 00 00 11", replaced_by=new, valid_until=today + timedelta(days=9))
    factories.line(department, "01 99 00 00 13", audience="professionals")
    factories.line(department, "01 99 00 00 14", valid_until=today - timedelta(days=1))
    factories.line(department, "01 99 00 00 15", kind="fax", internal_note="porter")
    write(tmp_path / "book")
    book = files(tmp_path / "book")
    sheet = book["fr/hopital-du-lac.html"]
    assert "Urologie &lt;b&gt;" in sheet
    assert "tel:+33199000011" in sheet
    assert "01\xa099\xa000\xa000\xa015" in sheet
    assert "tel:+33199000015" not in sheet  # nobody talks to a fax
    everything = "".join(book.values()).replace("\xa0", "")
    for number in ("199000012", "199000013", "199000014", "199000018", "Cach", "porter"):
        assert number not in everything
    assert sheet.count("tel:+33199000001") == 2  # its own, and for the department without a number
    assert "tel:+33199000019" in book["en/elsewhere.html"]
    assert "tel:+33199000019" in book["en/a-z.html"]


def test_the_numbers_of_a_hospital_stand_with_their_hours(tmp_path):
    hospital = factories.hospital(factories.institute(), switchboard="01 99 00 00 01")
    factories.line(hospital, "01 99 00 00 02", purpose="admissions", hours_are="own", hours="Mo-Fr 9:00-17:00")
    write(tmp_path / "book")
    book = files(tmp_path / "book")
    assert "Monday to Friday 9:00–17:00" in book["en/hopital-du-lac.html"]
    lines = [line for record in json.loads(book["numbers.json"])["hospitals"] for line in record["lines"]]
    assert {"+33199000002": "Mo-Fr 09:00-17:00"}.items() <= {
        line["number"]: line.get("hours") for line in lines
    }.items()


def test_an_interrupted_run_leaves_the_old_book(tmp_path, monkeypatch):
    book = tmp_path / "book"
    book.mkdir()  # an empty folder may wait for it
    write(book)
    before = files(book)

    def fail(*args, **kwargs):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(contact_book._Edition, "_save_pages", fail)
        with pytest.raises(KeyboardInterrupt):
            write(book)
    assert files(book) == before
    killed = tmp_path / ".book-edition-of-a-killed-run"
    killed.mkdir()
    (killed / "half.html").write_text("half")
    write(book)
    assert files(book).keys() == before.keys()
    assert [path.name for path in tmp_path.iterdir() if path.is_dir() and not path.is_symlink()] == [
        str(book.readlink())
    ]
    # Whoever asks in the meantime sees one whole book after the other: the place is never empty.
    assert book.is_symlink()


@translation.override("en")
def test_what_is_no_book_is_never_overwritten(tmp_path):
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "cat.jpg").write_text("cat")
    (tmp_path / "link").symlink_to("photos")
    for place in (tmp_path / "photos", tmp_path / "link", tmp_path / "photos" / "cat.jpg"):
        with pytest.raises(CommandError, match="was not made by this command"):
            write(place)
    with pytest.raises(CommandError, match="make it first"):
        write(tmp_path / "nowhere" / "book")
    assert (tmp_path / "photos" / "cat.jpg").read_text() == "cat"
    with contact_book.new_edition(tmp_path / "book"), pytest.raises(CommandError, match="Another run"):
        write(tmp_path / "book")


def test_a_link_in_the_place_of_the_lock_is_not_followed(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("kept")
    (tmp_path / ".book.lock").symlink_to(secret)
    with pytest.raises(CommandError, match="link"), translation.override("en"):
        write(tmp_path / "book")
    assert secret.read_text() == "kept"
    assert not (tmp_path / "book").exists()
