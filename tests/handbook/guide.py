"""Walks a chapter of the handbook in a browser.

What is pressed on the way is named by the English words of the interface and looked up in the reader's language; the
step that is being walked must quote it. At the end every step was walked and every picture met.
"""

import functools
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.utils.translation import gettext, override
from django.utils.translation.trans_real import DjangoTranslation
from playwright.sync_api import Locator, Page

from tests.handbook import album
from tests.handbook.chapters import Chapter, chapters, plain


@functools.cache
def _scripts(language: str) -> DjangoTranslation:
    return DjangoTranslation(language, domain="djangojs")


class Guide:
    """`enter(username)` gives a browser page of the admin; pictures are kept if `takes_pictures`."""

    chapter: Chapter

    def __init__(self, language: str, enter: Callable[[str], Page], password: str, *, takes_pictures: bool) -> None:
        self.language = language
        self.enter = enter
        self.password = password  # everybody's
        self.takes_pictures = takes_pictures
        self._step = 0
        self._met: list[str] = []

    @contextmanager
    def walking(self, name: str) -> Iterator[None]:
        self.chapter = chapters(self.language)[name]
        self._step, self._met = 0, []
        yield
        assert self._step == len(self.chapter.steps), "the chapter has steps that nobody walked"
        assert sorted(self._met) == sorted(self.chapter.pictures), "the chapter shows other pictures"

    def step(self, number: int) -> None:
        """What follows is what this step says."""
        assert number == self._step + 1 <= len(self.chapter.steps), number
        self._step = number

    def next_step(self) -> None:
        self.step(self._step + 1)

    def say(self, english: str, **values: str) -> str:
        """Words of the interface in the reader's language."""
        with override(self.language):
            words = gettext(english)
        if words == english:  # or it is said by a script
            words = _scripts(self.language).gettext(english)
        return words % values if values else words

    def label(self, english: str, **values: str) -> str:
        """Words of the interface in the reader's language, which this step must quote."""
        words = self.say(english)
        quoted = [plain(label) for label in self.chapter.steps[self._step - 1]]
        assert plain(words) in quoted, f"{self.chapter.file.name}, step {self._step} does not quote “{words}”"
        words = self.say(english, **values)
        return words[:1].upper() + words[1:]

    def starting(self, english: str, **values: str) -> re.Pattern[str]:
        """As `label`, for a thing whose name begins with these words."""
        return re.compile("^" + re.escape(self.label(english, **values)))

    def picture(
        self,
        page: Page,
        *around: Locator,
        press: Locator | tuple[Locator, ...] = (),
        hide: tuple[Locator, ...] = (),
        height: int | None = None,
        window: int | None = None,
    ) -> None:
        """The next picture of the chapter: the part of the screen that holds `around`, with a frame round `press`.

        `hide` covers what no picture may show. In pixels: `height` keeps so much of the top, or of the bottom if it is
        below zero; `window` makes the window so high meanwhile.
        """
        name = f"{self.chapter.name}-{len(self._met) + 1}"
        self._met.append(name)
        if self.takes_pictures:
            pressed = (press,) if isinstance(press, Locator) else press
            album.take(self.language, name, page, around, press=pressed, hide=hide, height=height, window=window)
