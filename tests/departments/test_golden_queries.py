"""The golden list: what patients write, and what must stand first. Add a row whenever a query fails."""

import csv
from pathlib import Path

import pytest
from wagtail.models import Page

from departments.finding import Finding, where_is
from departments.models import DirectoryPage

LIST = Path(__file__).parents[1] / "data" / "golden_queries.csv"

pytestmark = pytest.mark.django_db


def rows() -> list[dict[str, str]]:
    with LIST.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def first(directory: Page, query: str) -> tuple[str, str]:
    entries = Finding(directory, {"q": query}).entries
    return (entries[0].page.title, where_is(entries[0])) if entries else ("", "")


def test_every_query_finds_first_what_it_is_expected_to():
    directories = {language: DirectoryPage.by_audience(language)["patients"] for language in ("fr", "en")}
    wrong = []
    for row in rows():
        title, where = first(directories[row["language"]], row["query"])
        if title != row["first"] or row["where"] not in where:
            wrong.append(
                f"{row['language']} {row['query']!r}: {title!r} ({where}), not {row['first']!r} {row['where']}"
            )
    assert not wrong, "\n".join(wrong)


def test_the_list_is_long_enough_and_says_why():
    found = rows()
    assert len(found) >= 60
    assert {row["language"] for row in found} == {"fr", "en"}
    assert all(row["why"] for row in found)
    assert len({(row["language"], row["query"]) for row in found}) == len(found)
