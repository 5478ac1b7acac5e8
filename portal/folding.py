"""Folding: the one form in which names are compared, sorted and searched, whatever their accents."""

import re
import unicodedata

from anyascii import anyascii

# French elisions ("l'urgence", "d’oncologie", "qu'un") hide the word that follows.
_ELISION = re.compile(r"\b(?:l|d|j|m|n|s|t|c|qu|jusqu|lorsqu|puisqu)['’](?=\w)", re.IGNORECASE)
_NOT_WORD = re.compile(r"[^a-z0-9]+")


def fold(text: str) -> str:
    """`text` in lower-case ASCII words separated by single spaces: "Néphrologie – l’accueil" → "nephrologie accueil".

    The same on every database and machine, since no server's collation takes part.
    """
    return _NOT_WORD.sub(" ", anyascii(_ELISION.sub("", unicodedata.normalize("NFC", text))).lower()).strip()
