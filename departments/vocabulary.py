"""The words of the directory, and which of them a mistyped word resembles. Asked only when a word finds nothing."""

import re
from bisect import bisect_left
from itertools import islice, product

from django.db import connection
from rapidfuzz import process
from rapidfuzz.distance import OSA
from wagtail.models import Locale

from portal.remembering import remembered

MOST_NEAR = 4  # words that may stand for one mistyped word
MOST_RESEMBLING = 12  # combinations of such words
SHORTEST = 4  # letters of a word that is corrected: shorter ones resemble too much
LONGEST_BATCH = 60_000  # words remembered; a directory of fifty thousand departments has a few thousand

_SOUNDS = [
    (re.compile(pattern), sound)
    for pattern, sound in (
        (r"ph", "f"),
        (r"rh|rr", "r"),
        (r"th", "t"),
        (r"ch(?=[rlnmo])|qu|k|q|c(?![eiyh])", "k"),
        (r"sc(?=[eiy])|c(?=[eiy])|ss|z", "s"),
        (r"oe|ae|ai|ei", "e"),
        (r"eau|au", "o"),
        (r"y", "i"),
        (r"h", ""),
        (r"g(?=[eiy])", "j"),
        (r"an|am|en|em", "a"),
        (r"(.)\1+", r"\1"),
        (r"(?<=.{3})(?:es|e|s|t|x)$", ""),
    )
]


def sound_of(word: str) -> str:
    """How a folded word sounds to a French ear, roughly: "nefrologie" and "nephrologie" sound alike."""
    for pattern, sound in _SOUNDS:
        word = pattern.sub(sound, word)
    return word


class Vocabulary:
    """The words that departments of one language are found under."""

    def __init__(self, words: list[str]) -> None:
        self.words = sorted(words)
        self.by_sound: dict[str, list[str]] = {}
        for word in self.words:
            self.by_sound.setdefault(sound_of(word), []).append(word)

    def with_words(self, more: frozenset[str]) -> "Vocabulary":
        return Vocabulary(list({*self.words, *more}))

    def knows(self, word: str) -> bool:
        """Whether some word begins so."""
        place = bisect_left(self.words, word)
        return place < len(self.words) and self.words[place].startswith(word)

    def near(self, word: str) -> list[str]:
        """The words that `word` may have been meant to be, the nearest first."""
        if len(word) < SHORTEST or word.isdigit():
            return []
        alike = self.by_sound.get(sound_of(word), [])
        slips = 1 if len(word) < 6 else 2 if len(word) < 10 else 3
        close = process.extract(word, self.words, scorer=OSA.distance, score_cutoff=slips, limit=40)
        # Of words equally near, those that begin alike: few people mistype the first letter.
        close.sort(key=lambda row: (row[1], row[0][0] != word[0], len(row[0]), row[0]))
        nearest = [row[0] for row in close if row[1] <= close[0][1] + (len(word) >= 8)]
        if not nearest and not alike:
            nearest = self._begun(word)
        return list(dict.fromkeys([*alike, *nearest]))[:MOST_NEAR]

    def _begun(self, word: str) -> list[str]:
        """Words whose beginning `word` resembles: it was mistyped and not finished."""
        slips = 1 if len(word) < 8 else 2
        beginnings = sorted({known[: len(word)] for known in self.words if len(known) > len(word)})
        close = process.extract(word, beginnings, scorer=OSA.distance, score_cutoff=slips, limit=MOST_NEAR)
        return [row[0] for row in sorted(close, key=lambda row: (row[1], row[0][0] != word[0], row[0]))]


def vocabulary(language: str) -> Vocabulary:
    """The words of the search table, remembered until the table changes."""
    return remembered(("vocabulary", language), lambda: Vocabulary(_read(language)))


def _read(language: str) -> list[str]:
    locale = Locale.objects.filter(language_code=language).values_list("pk", flat=True).first() or 0
    # Prose is left out (weight D): its words are many, and few look for them.
    statement = "SELECT word FROM ts_stat(%s, 'abc') ORDER BY ndoc DESC LIMIT %s"
    entries = f"SELECT words FROM departments_searchentry WHERE locale_id = {int(locale)}"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(statement, [entries, LONGEST_BATCH])
        return [row[0] for row in cursor.fetchall()]


def resembling(words: tuple[str, ...], language: str, more: frozenset[str]) -> list[tuple[str, ...]]:
    """What `words` may have been meant to be, the likeliest first; empty when nothing resembles them.

    `more` are words that are known besides those of the table.
    """
    known = remembered(("vocabulary with", language), lambda: vocabulary(language).with_words(more))
    choices = [[word] if known.knows(word) else [word, *known.near(word)] for word in words]
    found = list(islice(product(*choices), MOST_RESEMBLING))
    for place in range(len(words) - 1):
        joined = words[place] + words[place + 1]
        found += [(*words[:place], word, *words[place + 2 :]) for word in known.near(joined)]
    return list(dict.fromkeys(found[1:]))
