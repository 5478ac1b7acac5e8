"""How tests read what a visitor gets."""

import json
from typing import Any

from bs4 import BeautifulSoup
from django.http import HttpResponse


def soup(response: HttpResponse) -> BeautifulSoup:
    return BeautifulSoup(response.content, "html5lib", from_encoding="utf-8")


def text(response: HttpResponse) -> str:
    """The words of the page's main part, with every kind of space as a plain one."""
    return " ".join(soup(response).find("main").get_text(" ").split())


def json_ld(response: HttpResponse) -> list[dict[str, Any]]:
    """The schema.org nodes of the page, over all of its blocks."""
    blocks = soup(response).find_all("script", type="application/ld+json")
    return [node for block in blocks for node in json.loads(block.string)["@graph"]]


def nodes(response: HttpResponse, kind: str) -> list[dict[str, Any]]:
    return [node for node in json_ld(response) if node["@type"] == kind]
