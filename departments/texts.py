"""Every text of a page, wherever it stands: plain fields, rich text, blocks within blocks, rows of the page."""

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import models
from django.utils.text import capfirst
from modelcluster.models import get_all_child_relations
from wagtail import blocks
from wagtail.fields import RichTextField, StreamField
from wagtail.models import Page

from departments.references import FEATURE

Path = tuple[str, ...]
"""Where a text stands: the field, then the ids of blocks and the names of their parts."""

_NOT_WORDS = frozenset({"slug", "url_path", "draft_title", "path", "country", "postal_code", "to_address"})
_PLAIN_BLOCKS = (blocks.CharBlock, blocks.TextBlock, blocks.RawHTMLBlock)


@dataclass(frozen=True)
class Text:
    """One text of a page as it is stored."""

    path: Path
    label: str
    value: str
    is_rich: bool = False
    takes_references: bool = False


def texts_of(page: Page) -> Iterator[Text]:
    """Every text of `page`, from the object in hand: the live page or a draft of it."""
    for field in page._meta.concrete_fields:
        if isinstance(field, RichTextField):
            yield Text((field.name,), _label(field), field.value_from_object(page), True, _takes(field.features))
        elif isinstance(field, StreamField):
            raw = list(field.value_from_object(page).raw_data)
            yield from _in_block(field.stream_block, raw, (field.name,), _label(field))
        elif _holds_words(field):
            yield Text((field.name,), _label(field), field.value_from_object(page) or "")
    for relation in get_all_child_relations(type(page)):
        if relation.related_model._meta.app_label == "wagtailcore":
            continue  # comments of colleagues are no content
        name = relation.get_accessor_name()
        fields = [field for field in relation.related_model._meta.concrete_fields if _holds_words(field)]
        for row in getattr(page, name).all() if fields else ():
            for field in fields:
                yield Text((name, str(row.pk), field.name), _label(field), field.value_from_object(row) or "")


def put(page: Page, path: Path, value: str) -> None:
    """Give the rich text at `path` of `page` another value, and leave everything else as it is stored."""
    field = page._meta.get_field(path[0])
    if not isinstance(field, StreamField):
        setattr(page, field.name, value)
        return
    raw = copy.deepcopy(list(field.value_from_object(page).raw_data))
    setattr(page, field.name, field.to_python(_with(field.stream_block, raw, path[1:], value)))


def _holds_words(field: models.Field) -> bool:
    return type(field) in (models.CharField, models.TextField) and (
        field.editable and not field.choices and field.name not in _NOT_WORDS
    )


def _label(field: models.Field) -> str:
    return str(capfirst(field.verbose_name))


def _takes(features: list[str] | None) -> bool:
    if features is None:
        features = settings.WAGTAILADMIN_RICH_TEXT_EDITORS["default"]["OPTIONS"]["features"]
    return FEATURE in features


def _in_block(block: blocks.Block, raw: Any, path: Path, label: str) -> Iterator[Text]:
    if isinstance(block, blocks.RichTextBlock):
        yield Text(path, label, raw or "", True, _takes(block.features))
    elif isinstance(block, _PLAIN_BLOCKS):
        yield Text(path, label, raw or "")
    else:
        for step, child, inner in _children(block, raw):
            name = f"{label} → {capfirst(str(child.label))}" if child.label else label
            yield from _in_block(child, inner, (*path, step), name)


def _children(block: blocks.Block, raw: Any) -> Iterator[tuple[str, blocks.Block, Any]]:
    """The parts of a compound block: the step that leads there, its definition, what is stored."""
    if isinstance(block, blocks.StreamBlock):
        for number, item in enumerate(raw or []):
            if item["type"] in block.child_blocks:
                yield item.get("id") or str(number), block.child_blocks[item["type"]], item["value"]
    elif isinstance(block, blocks.StructBlock) and isinstance(raw, dict):
        for name, child in block.child_blocks.items():
            if name in raw:
                yield name, child, raw[name]
    elif isinstance(block, blocks.ListBlock):
        for number, item in enumerate(raw or []):
            if isinstance(item, dict) and item.get("type") == "item":
                yield item.get("id") or str(number), block.child_block, item["value"]
            else:
                yield str(number), block.child_block, item


def _with(block: blocks.Block, raw: Any, path: Path, value: str) -> Any:
    """What is stored, with `value` at `path`. LookupError when there is no such place (any more)."""
    if not path:
        return value
    for place, (step, child, inner) in enumerate(_children(block, raw)):
        if step == path[0]:
            new = _with(child, inner, path[1:], value)
            if isinstance(raw, dict):
                return raw | {step: new}
            item = raw[place]
            is_wrapped = isinstance(item, dict) and "value" in item and "type" in item
            return [*raw[:place], item | {"value": new} if is_wrapped else new, *raw[place + 1 :]]
    raise LookupError(path[0])
