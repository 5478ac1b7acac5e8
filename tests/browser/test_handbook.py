"""The handbook is walked as it is written: the five main tasks in French; every chapter when its pictures are taken."""

import os

import pytest

from tests.browser.conftest import HANDBOOK_LANGUAGE, PASSWORD
from tests.handbook.guide import Guide
from tests.handbook.journeys import JOURNEYS

TAKES_PICTURES = "HANDBOOK_PICTURES" in os.environ  # make handbook
MAIN = ["telephone-number", "text", "picture", "translation", "call-list"]


@pytest.fixture
def guide(log_in) -> Guide:
    return Guide(HANDBOOK_LANGUAGE, log_in, PASSWORD, takes_pictures=TAKES_PICTURES)


@pytest.mark.parametrize("chapter", JOURNEYS if TAKES_PICTURES else MAIN)
def test_a_chapter_of_the_handbook_says_what_the_screens_say(guide, visitor, chapter):
    with guide.walking(chapter):
        JOURNEYS[chapter](guide, visitor)
