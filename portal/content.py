"""What a page says, taken apart: texts, links, pictures and documents, wherever they stand.

Read from the object in hand, the live page or a draft of it: plain fields, rich text, blocks within blocks, rows.
"""

import copy
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from html.parser import HTMLParser
from typing import Any

from django.conf import settings
from django.db import models
from django.utils.text import capfirst
from modelcluster.models import get_all_child_relations
from wagtail import blocks
from wagtail.documents import get_document_model
from wagtail.documents.blocks import DocumentChooserBlock
from wagtail.fields import RichTextField, StreamField
from wagtail.images import get_image_model
from wagtail.images.blocks import ImageBlock, ImageChooserBlock
from wagtail.models import Page

Path = tuple[str, ...]
"""Where a piece stands: the field, then the ids of blocks and the names of their parts; rows: relation, key, field."""

_NOT_WORDS = frozenset({"slug", "url_path", "draft_title", "path", "country", "postal_code", "to_address"})
_NEVER_SHOWN = frozenset({"share_image"})  # pictures that other sites show, without a description
_PLAIN_BLOCKS = (blocks.CharBlock, blocks.TextBlock, blocks.RawHTMLBlock)


@dataclass(frozen=True)
class Piece:
    """A field of the page, a part of a block, or a whole block, as it is stored."""

    path: Path
    label: str
    kind: models.Field | blocks.Block
    value: Any


@dataclass(frozen=True)
class Text:
    """One text of a page as it is stored; `features` are those of the rich text's editor, None: the usual ones."""

    path: Path
    label: str
    value: str
    is_rich: bool = False
    features: list[str] | None = None

    def takes(self, feature: str) -> bool:
        """Whether an editor may put `feature` into this text."""
        usual = settings.WAGTAILADMIN_RICH_TEXT_EDITORS["default"]["OPTIONS"]["features"]
        return self.is_rich and feature in (usual if self.features is None else self.features)

    @cached_property
    def markup(self) -> "Markup":
        return read_markup(self.value) if self.is_rich else _NO_MARKUP


@dataclass(frozen=True)
class Link:
    """A link: to a page or a document by its key, or to an address. `words` are None where the target names itself."""

    path: Path
    label: str
    words: str | None
    page: int | None = None
    document: int | None = None
    url: str = ""


@dataclass(frozen=True)
class Picture:
    """A picture in use; `alt` is what was written for this place."""

    path: Path
    label: str
    image: int
    alt: str = ""
    is_decorative: bool = False


class Content:
    """A page and what it says, taken apart once for all who look at it."""

    def __init__(self, page: Page) -> None:
        self.page = page

    @cached_property
    def pieces(self) -> list[Piece]:
        return list(pieces_of(self.page))

    @cached_property
    def texts(self) -> list[Text]:
        return [text for piece in self.pieces if (text := _as_text(piece))]

    @cached_property
    def links(self) -> list[Link]:
        found = [link for text in self.texts for link in _links_in(text)]
        return found + [link for piece in self.pieces if (link := _as_link(piece))]

    @cached_property
    def pictures(self) -> list[Picture]:
        found = [picture for piece in self.pieces if (picture := _as_picture(piece))]
        embedded = [(text, one) for text in self.texts for one in text.markup.images]
        return found + [
            Picture(text.path, text.label, _key(one.get("id")) or 0, one.get("alt") or "") for text, one in embedded
        ]


# --- Taking a page apart --------------------------------------------------------------------------


def pieces_of(page: Page) -> Iterator[Piece]:
    """Every piece of `page` that says or shows something, in the order of its fields; a block before its parts."""
    for one in page._meta.concrete_fields:
        if isinstance(one, StreamField):
            raw = list(one.value_from_object(page).raw_data)
            yield from _in_block(one.stream_block, raw, (one.name,), _label(one))
        elif isinstance(one, RichTextField | models.URLField) or _holds_words(one):
            yield Piece((one.name,), _label(one), one, one.value_from_object(page) or "")
        elif _shows(one):
            yield Piece((one.name,), _label(one), one, one.value_from_object(page))
    for relation, fields in _rows_with_words(type(page)):
        for row in getattr(page, relation).all():
            for one in fields:
                path = (relation, str(row.pk), one.name)
                yield Piece(path, _label(one), one, one.value_from_object(row) or "")


def texts_of(page: Page) -> list[Text]:
    """Every text of `page`."""
    return Content(page).texts


def rows_with_words(model: type[Page]) -> list[str]:
    """The names of the relations whose rows hold texts of a page: to be fetched at once for many pages."""
    return [name for name, _fields in _rows_with_words(model)]


def _rows_with_words(model: type[Page]) -> Iterator[tuple[str, list[models.Field]]]:
    for relation in get_all_child_relations(model):
        if relation.related_model._meta.app_label == "wagtailcore":
            continue  # comments of colleagues are no content
        fields = [one for one in relation.related_model._meta.concrete_fields if _holds_words(one)]
        if fields:
            yield relation.get_accessor_name(), fields


def put(page: Page, path: Path, value: str) -> None:
    """Give the rich text at `path` of `page` another value, and leave everything else as it is stored."""
    one = page._meta.get_field(path[0])
    if not isinstance(one, StreamField):
        setattr(page, one.name, value)
        return
    raw = copy.deepcopy(list(one.value_from_object(page).raw_data))
    setattr(page, one.name, one.to_python(_with(one.stream_block, raw, path[1:], value)))


def _holds_words(one: models.Field) -> bool:
    return type(one) in (models.CharField, models.TextField) and (
        one.editable and not one.choices and one.name not in _NOT_WORDS
    )


def _shows(one: models.Field) -> bool:
    """Whether a field names a page, a picture or a document that visitors meet."""
    if not isinstance(one, models.ForeignKey) or not one.editable or one.name in _NEVER_SHOWN:
        return False
    is_parent = one.remote_field.parent_link
    return not is_parent and issubclass(one.related_model, (Page, get_image_model(), get_document_model()))


def _label(one: models.Field) -> str:
    return str(capfirst(one.verbose_name))


def _in_block(block: blocks.Block, raw: Any, path: Path, label: str) -> Iterator[Piece]:
    yield Piece(path, label, block, raw)
    for step, name, child, inner in parts_of(block, raw):
        yield from _in_block(child, inner, (*path, step), f"{label} → {name}" if name else label)


def parts_of(block: blocks.Block, raw: Any) -> Iterator[tuple[str, str, blocks.Block, Any]]:
    """The parts of a compound block: the step that leads there, its name, its definition, what is stored."""
    if isinstance(block, blocks.StreamBlock):
        for number, item in enumerate(raw or []):
            if item["type"] in block.child_blocks:
                child = block.child_blocks[item["type"]]
                yield item.get("id") or str(number), f"{number + 1}. {_name(child)}", child, item["value"]
    elif isinstance(block, ImageBlock):
        if isinstance(raw, dict):  # a number alone, where it was stored before pictures had words of their own
            child = block.child_blocks["alt_text"]
            yield "alt_text", _name(child), child, raw.get("alt_text") or ""
    elif isinstance(block, blocks.StructBlock) and isinstance(raw, dict):
        for name, child in block.child_blocks.items():
            if name in raw:
                yield name, _name(child), child, raw[name]
    elif isinstance(block, blocks.ListBlock):
        for number, item in enumerate(raw or []):
            is_wrapped = isinstance(item, dict) and item.get("type") == "item"
            step = (item.get("id") if is_wrapped else "") or str(number)
            name = f"{number + 1}. {_name(block.child_block)}"
            yield step, name, block.child_block, item["value"] if is_wrapped else item


def _name(block: blocks.Block) -> str:
    return str(capfirst(str(block.label))) if block.label else ""


def _with(block: blocks.Block, raw: Any, path: Path, value: str) -> Any:
    """What is stored, with `value` at `path`. LookupError when there is no such place (any more)."""
    if not path:
        return value
    for place, (step, _name, child, inner) in enumerate(parts_of(block, raw)):
        if step == path[0]:
            new = _with(child, inner, path[1:], value)
            if isinstance(raw, dict):
                return raw | {step: new}
            item = raw[place]
            is_wrapped = isinstance(item, dict) and "value" in item and "type" in item
            return [*raw[:place], item | {"value": new} if is_wrapped else new, *raw[place + 1 :]]
    raise LookupError(path[0])


# --- What a piece is ------------------------------------------------------------------------------


def _as_text(piece: Piece) -> Text | None:
    if isinstance(piece.kind, RichTextField | blocks.RichTextBlock):
        return Text(piece.path, piece.label, piece.value or "", True, piece.kind.features)
    if isinstance(piece.kind, _PLAIN_BLOCKS) or (isinstance(piece.kind, models.Field) and _holds_words(piece.kind)):
        return Text(piece.path, piece.label, piece.value or "")
    return None


def _links_in(text: Text) -> Iterator[Link]:
    for attributes, words in text.markup.links:
        kind, key = attributes.get("linktype"), _key(attributes.get("id"))
        yield Link(
            text.path,
            text.label,
            words,
            page=key or 0 if kind == "page" else None,
            document=key or 0 if kind == "document" else None,
            url=attributes.get("href") or "",
        )


def _as_link(piece: Piece) -> Link | None:
    if not piece.value:
        return None
    kind = piece.kind
    if isinstance(kind, models.URLField | blocks.URLBlock):
        return Link(piece.path, piece.label, None, url=piece.value)
    is_field = isinstance(kind, models.ForeignKey)
    if isinstance(kind, blocks.PageChooserBlock) or (is_field and issubclass(kind.related_model, Page)):
        return Link(piece.path, piece.label, None, page=piece.value)
    if isinstance(kind, DocumentChooserBlock) or (is_field and issubclass(kind.related_model, get_document_model())):
        return Link(piece.path, piece.label, None, document=piece.value)
    return None


def _as_picture(piece: Piece) -> Picture | None:
    kind, raw = piece.kind, piece.value
    if isinstance(kind, ImageBlock):
        raw = raw if isinstance(raw, dict) else {"image": raw}
        if raw.get("image"):
            alt = (raw.get("alt_text") or "").strip()
            return Picture(piece.path, piece.label, raw["image"], alt, bool(raw.get("decorative")))
    is_field = isinstance(kind, models.ForeignKey) and issubclass(kind.related_model, get_image_model())
    if raw and (is_field or isinstance(kind, ImageChooserBlock)):
        return Picture(piece.path, piece.label, raw)
    return None


def _key(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() else None


# --- Rich text ------------------------------------------------------------------------------------


@dataclass
class Markup:
    """What a rich text is made of: its words, its links with their words, its headings with their levels, pictures."""

    words: str = ""
    links: list[tuple[dict[str, str | None], str]] = field(default_factory=list)
    headings: list[tuple[int, str]] = field(default_factory=list)
    images: list[dict[str, str | None]] = field(default_factory=list)


_NO_MARKUP = Markup()


def read_markup(html: str) -> Markup:
    """Rich text as Wagtail stores it, read once."""
    if "<" not in html:
        return Markup(words=html)
    reader = _Reader()
    reader.feed(html)
    reader.close()
    reader.end("a")
    reader.read.words = "".join(reader.words)
    return reader.read


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.read = Markup()
        self.words: list[str] = []
        self.link: tuple[dict[str, str | None], int] | None = None
        self.heading: tuple[int, int] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        if tag == "a":
            self.end("a")
            self.link = (attributes, len(self.words))
        elif tag in ("h1", "h2", "h3", "h4", "h5", "h6"):
            self.heading = (int(tag[1]), len(self.words))
        elif tag == "embed" and attributes.get("embedtype") == "image":
            self.read.images.append(attributes)
            self.words.append(attributes.get("alt") or "")
        elif tag == "embed":
            self.words.append("\ufffc")  # something is shown here: it stands for words

    def handle_endtag(self, tag: str) -> None:
        self.end("heading" if tag[0] == "h" else tag)

    def end(self, what: str) -> None:
        if what == "a" and self.link:
            attributes, first = self.link
            self.read.links.append((attributes, "".join(self.words[first:]).strip()))
            self.link = None
        elif what == "heading" and self.heading:
            level, first = self.heading
            self.read.headings.append((level, "".join(self.words[first:]).strip()))
            self.heading = None

    def handle_data(self, data: str) -> None:
        self.words.append(data)
