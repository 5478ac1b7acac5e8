"""The chapters as they are written: their steps, what each step quotes of the screen, their pictures.

In bold stands what a screen says, word by word; in italics what is typed or what the demonstration calls something, and
within a label in bold what differs from case to case.
Steps are numbered through the whole chapter.
"""

import functools
import re
from dataclasses import dataclass
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

FOLDER = Path(__file__).parents[2] / "docs" / "editors"
PICTURES = FOLDER / "pictures"
LANGUAGES = ("fr", "en")
PUT_IN = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}")


@dataclass(frozen=True)
class Chapter:
    name: str
    file: Path
    text: str
    labels: tuple[str, ...]  # everything in bold
    steps: tuple[tuple[str, ...], ...]  # what is in bold, by step
    numbers: tuple[int, ...]  # the numbers that readers see before the steps
    pictures: tuple[str, ...]  # the names of the pictures, in their order
    links: tuple[str, ...]


@functools.cache
def chapters(language: str) -> dict[str, Chapter]:
    """The chapters of a language by name, in their order."""
    return {file.stem.split("-", 1)[1]: _read(file) for file in sorted((FOLDER / language).glob("[0-9][0-9]-*.md"))}


def plain(label: str) -> str:
    """A label as it is compared: whatever its spaces, apostrophes, first letter, last dots and what is put in."""
    label = PUT_IN.sub("{}", label)
    label = re.sub(r"\s+", " ", label).strip().replace("’", "'").removesuffix("…").removesuffix("...").strip()
    return label[:1].lower() + label[1:]


def _read(file: Path) -> Chapter:
    text = file.read_text("utf-8")
    tree = SyntaxTreeNode(MarkdownIt("commonmark").parse(text))
    steps, numbers = [], []
    for node in tree.children:
        if node.type == "ordered_list":
            first = int(node.attrs.get("start", 1))
            for place, item in enumerate(node.children):
                steps.append(_bold(item))
                numbers.append(first + place)
    everything = list(tree.walk())
    return Chapter(
        name=file.stem.split("-", 1)[1],
        file=file,
        text=text,
        labels=_bold(tree),
        steps=tuple(steps),
        numbers=tuple(numbers),
        pictures=tuple(Path(str(node.attrs["src"])).stem for node in everything if node.type == "image"),
        links=tuple(str(node.attrs["href"]) for node in everything if node.type == "link"),
    )


def _bold(tree: SyntaxTreeNode) -> tuple[str, ...]:
    return tuple(_words(node) for node in tree.walk() if node.type == "strong")


def _words(node: SyntaxTreeNode) -> str:
    if node.type == "em":
        return "{}"
    return node.content if node.type == "text" else "".join(map(_words, node.children))
