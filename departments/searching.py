"""Search in the patient's words: what a query asks for, which departments match it, and which stands first."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain

from django.contrib.postgres.search import SearchRank

from departments import vocabulary
from departments.models.contacts import ContactLine, Purpose
from departments.models.search import Lexemes, SearchEntry, SearchEntryQuerySet
from departments.models.words import Synonym
from departments.numbers_in_queries import split_extension, split_number
from portal.folding import fold, query_words
from portal.remembering import remembered

MOST_CANDIDATES = 500
"""How many departments are ranked at most; who finds more than that adds a word."""

_BY_NAME = 300  # of these, how many are looked for among the names alone, before all other words

# Words that are part of speech, or that fit every department: left aside where other words are there.
_STOP_WORDS = {
    "fr": "a ai ainsi au aux avec avoir c ce ces cet cette chez d dans de des du elle en est et il j je l la le les "
    "leur m ma mais mes mon n ne nos notre nous on ou par pas pour pres qu que quel quelle qui s sa ses son sont sur t "
    "tel telephone un une vers vos votre vous y appeler joindre contacter contact numero numeros service services "
    "departement departements rdv rendez prendre faire annuler deplacer",
    "en": "a an and any at be by can do for from how i in is it me my near of on or our s t the to us we what where "
    "which who with you your call calling contact number numbers phone telephone department departments dept "
    "make get book see appointment appointments",
}
STOP_WORDS = {language: frozenset(words.split()) for language, words in _STOP_WORDS.items()}

# A field, who practises it and what belongs to it: urologie, urologue, urologique; pédiatre, pediatrics.
_FIELD = re.compile(r"(?:(?<=olog)|(?<=iatr))(?:e|ies?|iques?|ues?|istes?|y|ics?|ical|ists?|icians?)$")
_PLURAL = re.compile(r"(?<=[a-z]{4})[sx]$")

# Weights of D, C, B, A: prose, place, specialty, name.
_WEIGHTS = [0.05, 0.2, 0.5, 1.0]


@dataclass(frozen=True)
class Asked:
    """What a query asks for: folded words, and the digits of a number or an extension alone."""

    words: tuple[str, ...] = ()
    digits: str = ""
    extension: str = ""

    def __bool__(self) -> bool:
        return bool(self.words or self.digits or self.extension)

    @classmethod
    def by(cls, query: str, language: str) -> "Asked":
        rest, extension = split_extension(query)
        text, digits = split_number(rest)
        # Beside a number its extension says no more: whoever answers there puts callers through.
        return cls(tuple(_telling(query_words(text), language)), digits, "" if digits else extension)

    @property
    def is_public_emergency(self) -> bool:
        """Whether the numbers for emergencies are asked for and nothing else: no department has them."""
        said = [*self.words, *([self.digits] if self.digits else [])]
        return bool(said) and not self.extension and all(word in _EMERGENCY_NUMBERS for word in said)

    @property
    def is_emergency(self) -> bool:
        return self.is_public_emergency or any(stem(word) in _EMERGENCY_WORDS for word in self.words)

    def is_met_by(self, line: ContactLine, besides: str = "") -> bool:
        """Whether this asks for `line`: for its number, or in words for its purpose.

        Words that stand in the folded `besides`, the name of a department, are about that and not about the line.
        """
        if self.digits:
            return self.digits in line.number
        if self.extension:
            return self.extension == line.extension
        named = words_of(line)
        return any(holds(named, word) and not holds(besides, word) for word in self.words)


_EMERGENCY_NUMBERS = frozenset(["15", "17", "18", "112", "114", "samu"])
_EMERGENCY_WORDS = frozenset(["urgence", "urgent", "urgente", "emergency", "emergencie", "samu", "smur", "ambulance"])


def words_of(line: ContactLine) -> str:
    """The folded words for what `line` is for, in the current language."""
    return fold(f"{Purpose(line.purpose).label} {line.label}")


def holds(folded: str, word: str) -> bool:
    """Whether a word of `folded` begins as `word` does; very short ones are whole words."""
    begun = stem(word)
    return f" {begun}" in f" {folded}" if len(word) > 2 else f" {word} " in f" {folded} "


@dataclass
class Found:
    """The pages of departments that a query finds, the best first. `is_cut`: there are more than were ranked."""

    pks: list[int] = field(default_factory=list)
    is_cut: bool = False
    is_corrected: bool = False  # nothing was found for the words as written, these for words that resemble them


def search(entries: SearchEntryQuerySet, query: str, language: str, audience: str) -> Found:
    """Those of `entries` that `query` finds: by the words as written, else by words that resemble them."""
    asked = Asked.by(query, language)
    if not asked or asked.is_public_emergency:
        return Found()
    if asked.extension:
        entries = entries.filter(numbers=Lexemes(f"'x{asked.extension}'")).with_line(
            audience, extension=asked.extension
        )
    if asked.digits:
        entries = entries.filter(numbers=Lexemes(f"'{asked.digits}':*")).with_line(audience, asked.digits)
    if not asked.words:
        rows = entries.values_list("folded_title", "page_id")[: MOST_CANDIDATES + 1]
        return _ranked(list(rows))
    found = _find(entries, [asked.words], language)
    if not found.pks:
        near = vocabulary.resembling(asked.words, language, synonym_words(language))
        if near:
            found = _find(entries, near, language)
            found.is_corrected = bool(found.pks)
    return found


def _find(entries: SearchEntryQuerySet, written: list[tuple[str, ...]], language: str) -> Found:
    known = synonyms(language)
    alternatives = list(dict.fromkeys(chain(*(_alternatives(words, known) for words in written))))[:_MOST_ALTERNATIVES]
    by_name = " | ".join(_all_of(words, "A") for words in alternatives)
    anywhere = " | ".join(_all_of(words) for words in alternatives)
    # Not more than a few hundred are ever ranked, those with the words in their names among them in any case.
    pks = list(entries.found_under(by_name).values_list("pk", flat=True)[:_BY_NAME])
    pks = dict.fromkeys(chain(pks, entries.found_under(anywhere).values_list("pk", flat=True)[: MOST_CANDIDATES + 1]))
    if not pks:
        return Found()
    any_word = Lexemes(" | ".join(_one(word) for word in dict.fromkeys(chain(*alternatives))))
    rows = SearchEntry.objects.filter(pk__in=list(pks)).annotate(rank=SearchRank("words", any_word, weights=_WEIGHTS))
    return _ranked(
        [
            (*_order(title, rank, written, alternatives), page)
            for page, title, rank in rows.values_list("page_id", "folded_title", "rank")
        ]
    )


def _ranked(rows: list[tuple]) -> Found:
    rows.sort()
    return Found([row[-1] for row in rows[:MOST_CANDIDATES]], is_cut=len(rows) > MOST_CANDIDATES)


def _order(title: str, rank: float, written: list[tuple[str, ...]], alternatives: list[tuple[str, ...]]) -> tuple:
    """Names as written first, then names that hold what was written, then what editors say is meant, then all else.

    Among the first the shortest name is the nearest; among all else the weight of the words decides.
    """
    said = [" ".join(words) for words in written]
    meant = [" ".join(words) for words in alternatives]

    def holds(sequences: list[tuple[str, ...]]) -> bool:
        return any(all(f" {stem(word)}" in f" {title}" for word in words) for words in sequences)

    place = next(
        place
        for place, fits in enumerate(
            (
                title in said,
                title.startswith(tuple(said)),
                holds(written),
                title in meant,
                holds(alternatives),
                True,
            )
        )
        if fits
    )
    near, far = len(title), -round(rank, 4)
    return (place, far, near, title) if place == _ELSEWHERE else (place, near, far, title)


_ELSEWHERE = 5  # the words are not what the name begins with, nor all in it


# --- What may stand for the words that were written -----------------------------------------------------------------


def _alternatives(words: tuple[str, ...], known: dict[str, list[str]]) -> list[tuple[str, ...]]:
    """The words as written, with two of them written as one, and with what editors say is meant by some of them."""
    found = [words]
    found += [(*words[:n], words[n] + words[n + 1], *words[n + 2 :]) for n in range(len(words) - 1)]
    found += _meant(words, known)
    return list(dict.fromkeys(found))


_MOST_ALTERNATIVES = 24  # each costs the database a condition


def _meant(words: tuple[str, ...], known: dict[str, list[str]]) -> Iterator[tuple[str, ...]]:
    """The words with what is meant by some of them, then with what is meant by two such: peau mélanome."""
    twice = []
    for start in range(len(words)):
        for end in range(len(words), start, -1):
            for meaning in known.get(_stems(words[start:end]), ()):
                begun = (*words[:start], *meaning.split())
                yield (*begun, *words[end:])
                for second in range(end, len(words)):
                    for last in range(len(words), second, -1):
                        for other in known.get(_stems(words[second:last]), ()):
                            twice.append((*begun, *words[end:second], *other.split(), *words[last:]))
    # Both may mean the same.
    yield from (tuple(dict.fromkeys(found)) for found in twice)


def _all_of(words: tuple[str, ...], weight: str = "") -> str:
    return "(" + " & ".join(_one(word, weight) for word in words) + ")"


def _one(word: str, weight: str = "") -> str:
    """A word as the beginning of those in the table; a single letter or digit stands for itself alone.

    In prose a short word is itself alone too: a gift ("don") is not meant by "donnez".
    """
    begun = stem(word)
    if len(word) == 1:
        return f"'{word}'" + (f":{weight}" if weight else "")
    if weight or len(begun) >= _LONG:
        return f"'{begun}':*{weight}"
    return f"('{begun}':*ABC | '{word}')"


_LONG = 5  # letters


def stem(word: str) -> str:
    """What the forms of a word begin with."""
    return _FIELD.sub("", _PLURAL.sub("", word))


def _stems(words: Iterable[str]) -> str:
    return " ".join(map(stem, words))


def synonyms(language: str) -> dict[str, list[str]]:
    """What editors say is meant: for the stems of words as written, the folded words to look for."""
    return remembered(("synonyms", language), lambda: _read_synonyms(language))


def _read_synonyms(language: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for synonym in Synonym.objects.filter(language=language):
        written = _telling(synonym.folded.split(), language)
        for meaning in (_telling(words.split(), language) for words in synonym.meanings):
            found.setdefault(_stems(written), []).append(" ".join(meaning))
            if synonym.both_ways:
                found.setdefault(_stems(meaning), []).append(" ".join(written))
    return found


def _telling(words: list[str], language: str) -> list[str]:
    """`words` without those that say nothing, unless all are such."""
    return [word for word in words if word not in STOP_WORDS.get(language, frozenset())] or words


def synonym_words(language: str) -> frozenset[str]:
    """The words that synonyms are made of: one may mistype them too."""
    return remembered(("synonym words", language), lambda: _read_synonym_words(language))


def _read_synonym_words(language: str) -> frozenset[str]:
    return frozenset(chain(*(synonym.folded.split() for synonym in Synonym.objects.filter(language=language))))
