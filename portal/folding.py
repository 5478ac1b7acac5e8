"""Folding: the one form in which names are compared, sorted and searched, whatever their accents."""

import re
import unicodedata

from anyascii import anyascii

# French elisions ("l'urgence", "d’oncologie", "qu'un") hide the word that follows.
_ELISION = re.compile(r"\b(?:l|d|j|m|n|s|t|c|qu|jusqu|lorsqu|puisqu)['’](?=\w)", re.IGNORECASE)
_NOT_WORD = re.compile(r"[^a-z0-9]+")

MOST_WORDS = 12  # of a query: each costs the database a condition, and nobody types more


def fold(text: str) -> str:
    """`text` in lower-case ASCII words separated by single spaces: "Néphrologie – l’accueil" → "nephrologie accueil".

    The same on every database and machine, since no server's collation takes part.
    """
    return _NOT_WORD.sub(" ", anyascii(_ELISION.sub("", unicodedata.normalize("NFC", text))).lower()).strip()


def query_words(query: str) -> list[str]:
    """The folded words to look for, each once; what stands behind the first `MOST_WORDS` is left aside."""
    return list(dict.fromkeys(fold(query).split()))[:MOST_WORDS]
