"""Counts the searches that found nothing, for editors to learn visitors' words from - never who asked, nor what hour.

Search words on a hospital's site may be health data, or a name. What looks personal is not counted at all, the words
are folded, the day is all that is kept of the time, and `forget_missed_queries` deletes them after a while.
"""

import re
from datetime import timedelta

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from departments.models.words import MissedQuery
from portal.folding import fold

LONGEST = 60  # characters
MOST_WORDS = 5
MOST_DIGITS = 3  # more is a date of birth, a file number, a telephone number
MOST_PER_DAY = 500  # different queries of one language: what robots make up must not fill the table
KEPT_DAYS = 180

_ADDRESSED = re.compile(
    r"\b(?:dr|docteure?s?|doctor|pr|prof|professeure?|professor|m|mr|mme|mlle|mrs|ms|miss|monsieur|madame|"
    r"mademoiselle|me|maitre|sir|patiente?|nee?)\b"
)
"""Words before or beside which a name stands; also where the name was left out."""


def is_personal(query: str) -> bool:
    """Whether `query` might say something about a person."""
    folded = fold(query)
    return (
        "@" in query
        or sum(character.isdigit() for character in query) > MOST_DIGITS
        or len(query) > LONGEST
        or len(folded.split()) > MOST_WORDS
        or bool(_ADDRESSED.search(folded))
    )


def count(query: str, language: str) -> None:
    """Count a query that found nothing, unless it looks personal or the day is full."""
    words = fold(query)[:LONGEST]
    if len(words) < 3 or is_personal(query):
        return
    today = timezone.localdate()
    with transaction.atomic(), connection.cursor() as cursor:
        # One statement: two visitors at a time count twice, and the bound holds but for a handful.
        cursor.execute(
            """
            INSERT INTO departments_missedquery (language, words, day, times)
            SELECT %(language)s, %(words)s, %(day)s, 1
            WHERE (SELECT count(*) FROM departments_missedquery
                   WHERE day = %(day)s AND language = %(language)s) < %(most)s
               OR EXISTS (SELECT 1 FROM departments_missedquery
                          WHERE day = %(day)s AND language = %(language)s AND words = %(words)s)
            ON CONFLICT (day, language, words) DO UPDATE SET times = departments_missedquery.times + 1
            """,
            {"language": language, "words": words, "day": today, "most": MOST_PER_DAY},
        )


def outdated(days: int = KEPT_DAYS) -> QuerySet[MissedQuery]:
    """What was counted more than so many days ago."""
    return MissedQuery.objects.filter(day__lt=timezone.localdate() - timedelta(days=days))
