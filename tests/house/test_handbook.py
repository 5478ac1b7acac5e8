"""The handbook quotes what screens say, shows pictures that exist, and is the same book in both languages."""

import functools
import re
from pathlib import Path

import allauth
import django
import polib
import pytest
import wagtail
from django.conf import settings
from PIL import Image

from tests.handbook.chapters import FOLDER, LANGUAGES, PICTURES, chapters, plain
from tests.handbook.journeys import JOURNEYS
from tests.house.test_translations import faults_of_typography

MOST_WORDS = 450
MOST_BYTES = 3_000_000
WIDEST = 1280  # pixels


@functools.cache
def said(language: str) -> set[str]:
    """Every label of the admin in a language, as `plain` makes it."""
    folders = [Path(module.__path__[0]) for module in (wagtail, allauth, django)]
    files = [
        settings.LOCALE_PATHS[0] / "fr" / "LC_MESSAGES" / "django.mo",
        *(file for folder in folders for file in folder.rglob("locale/fr/LC_MESSAGES/*.mo")),
    ]
    labels = set()
    for file in files:
        for entry in polib.mofile(str(file)):
            if language == "fr":
                labels |= {entry.msgstr, *entry.msgstr_plural.values()}
            else:
                labels |= {entry.msgid, entry.msgid_plural}
    return {plain(label) for label in labels} - {"", "{}"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_stands_in_bold_is_said_by_a_screen(language):
    unknown = {
        chapter.file.name: strange
        for chapter in chapters(language).values()
        if (strange := [label for label in chapter.labels if plain(label) not in said(language)])
    }
    assert unknown == {}


def test_a_label_that_no_screen_says_is_seen():
    assert plain("Enregistrer et montrer aux visiteurs") in said("fr")
    assert plain("Save and show to visitors") in said("en")
    assert plain("Enregistrer et oublier") not in said("fr")
    assert plain("Save and forget") not in said("en")


def test_both_languages_have_the_same_chapters_steps_and_pictures():
    books = [
        [(chapter.file.name, len(chapter.steps), chapter.pictures) for chapter in chapters(language).values()]
        for language in LANGUAGES
    ]
    assert books[0] == books[1]
    assert list(chapters("fr")) == list(JOURNEYS)


@pytest.mark.parametrize("language", LANGUAGES)
def test_steps_are_numbered_through_and_a_chapter_is_short(language):
    for chapter in chapters(language).values():
        assert chapter.numbers == tuple(range(1, len(chapter.steps) + 1)), chapter.file
        assert len(re.findall(r"\w+", re.sub(r"!?\[.*?\]\(.*?\)", "", chapter.text))) <= MOST_WORDS, chapter.file


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_picture_is_there_and_shown_and_small(language):
    shown = {f"{name}.png" for chapter in chapters(language).values() for name in chapter.pictures}
    assert shown == {file.name for file in (PICTURES / language).iterdir()}, "run: make handbook"
    for file in (PICTURES / language).iterdir():
        with Image.open(file) as picture:
            assert picture.width <= WIDEST
    assert sum(file.stat().st_size for file in PICTURES.rglob("*.png")) < MOST_BYTES


@pytest.mark.parametrize("language", LANGUAGES)
def test_links_lead_to_chapters(language):
    for chapter in chapters(language).values():
        assert all((chapter.file.parent / link).is_file() for link in chapter.links), chapter.file
    contents = (FOLDER / language / "README.md").read_text("utf-8")
    assert re.findall(r"\]\(([^)]+)\)", contents) == [chapter.file.name for chapter in chapters(language).values()]


def test_the_french_is_set_as_french_is_set():
    wrong = {}
    for file in [FOLDER / "fr" / "README.md", *(chapter.file for chapter in chapters("fr").values())]:
        for number, line in enumerate(file.read_text("utf-8").splitlines(), start=1):
            words = re.sub(r"\]\([^)]+\)|!\[|^[ #-]+", "", line).strip()
            if faults := [fault for fault in faults_of_typography(words) if not fault.startswith("a telephone")]:
                wrong[f"{file.name}:{number}"] = faults
    assert wrong == {}
