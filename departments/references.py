"""References to contact lines in rich text: the number is stored once, and every text that names the line reads it.

Rich text keeps `<embed embedtype="contact-line" uuid="…"/>`. The public page shows the number of today: that of the
successor once a line has been replaced, the switchboard where the line answers no more, a sentence where there is
none - never a dead number, never a gap. Lines for others than patients are never shown.
"""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from asgiref.local import Local
from django.core.signals import request_finished, request_started
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.html import escape
from django.utils.translation import gettext
from draftjs_exporter.dom import DOM
from wagtail.admin.compare import RichTextFieldComparison, diff_text, register_comparison_class
from wagtail.admin.rich_text.converters.html_to_contentstate import KEEP_WHITESPACE, InlineEntityElementHandler
from wagtail.fields import RichTextField, StreamField
from wagtail.models import Page
from wagtail.rich_text import EmbedHandler
from wagtail.utils.text import text_from_html

from departments.models import ContactLine, Location
from departments.models.contacts import attach_leads
from departments.uses import EMBED_TYPE, referenced_in, replace_references

FEATURE = "contact-line"
ENTITY = "CONTACT_LINE"


@dataclass(frozen=True)
class Shown:
    """What readers get for a reference: the line to call, None where there is none to offer."""

    line: ContactLine | None
    is_switchboard: bool = False


NOTHING = Shown(None)

_serving = Local()


def begin_serving(page: Page) -> None:
    """`page` is about to be shown: at its first reference all of them are found, however many texts it has."""
    _forget()
    _serving.page = page


def _forget(**kwargs: Any) -> None:
    for name in ("page", "known"):
        if hasattr(_serving, name):
            delattr(_serving, name)


for _signal in (request_started, request_finished):
    _signal.connect(_forget)


def shown(names: Iterable[uuid.UUID]) -> dict[uuid.UUID, Shown]:
    """What readers get for the lines called `names`, by name."""
    names = set(names)
    page = getattr(_serving, "page", None)
    if page is None:
        return _found(names)
    known = getattr(_serving, "known", None)
    if known is None:
        known = _serving.known = _found(names | named_on(page))
    if unknown := names - known.keys():
        known |= _found(unknown)
    return known


def named_on(page: Page) -> set[uuid.UUID]:
    """The lines that the texts of `page` name, read from the page in hand."""
    names: set[uuid.UUID] = set()
    for field in page._meta.concrete_fields:
        if isinstance(field, RichTextField):
            names.update(referenced_in(field.value_from_object(page) or ""))
        elif isinstance(field, StreamField):
            for text in _texts(list(field.value_from_object(page).raw_data)):
                names.update(referenced_in(text))
    return names


def _texts(raw: Any) -> Iterable[str]:
    if isinstance(raw, str):
        yield raw
    elif isinstance(raw, dict):
        for value in raw.values():
            yield from _texts(value)
    elif isinstance(raw, list | tuple):
        for value in raw:
            yield from _texts(value)


def _found(names: set[uuid.UUID]) -> dict[uuid.UUID, Shown]:
    lines = list(ContactLine.objects.filter(uuid__in=names).select_related("page")) if names else []
    if not lines:
        return dict.fromkeys(names, NOTHING)
    attach_leads(lines)
    chains = {line.uuid: _successors(line) for line in lines}
    named = {one.pk for chain in chains.values() for one in chain}
    answering = set(
        ContactLine.objects.for_patients().on_visible_pages().filter(pk__in=named).values_list("pk", flat=True)
    )
    found = dict.fromkeys(names, NOTHING)
    dead = []
    for line in lines:
        # The newest that answers: a successor that has gone, or is for others, is passed over.
        current = next((one for one in reversed(chains[line.uuid]) if one.pk in answering), None)
        if current:
            found[line.uuid] = Shown(current)
        else:
            dead.append(line)
    if dead:
        found |= _switchboards_for(dead)
    return found


def _successors(line: ContactLine) -> list[ContactLine]:
    """`line` and those that have replaced it, one after the other, up to today."""
    chain = [line]
    while (new := chain[-1].successor) and new not in chain:
        chain.append(new)
    return chain


def _switchboards_for(lines: list[ContactLine]) -> dict[uuid.UUID, Shown]:
    """For each line the switchboard of its page, of its hospital, or of a hospital where its department is found."""
    pages = {line.page_id for line in lines}
    hospitals: dict[int, list[int]] = {}
    for page, hospital in Location.objects.kept().filter(page__in=pages).values_list("page_id", "hospital_id"):
        hospitals.setdefault(page, []).append(hospital)
    nearby = {line.pk: [line.page_id, line.hospital_id, *hospitals.get(line.page_id, [])] for line in lines}
    wanted = {page for pages in nearby.values() for page in pages if page}
    switchboards: dict[int, ContactLine] = {}
    for switchboard in ContactLine.objects.switchboards().on_visible_pages().filter(page__in=wanted):
        switchboards.setdefault(switchboard.page_id, switchboard)
    found = {}
    for line in lines:
        there = next((switchboards[page] for page in nearby[line.pk] if page in switchboards), None)
        found[line.uuid] = Shown(there, is_switchboard=True) if there else NOTHING
    return found


def _name(attrs: dict[str, Any]) -> uuid.UUID | None:
    try:
        return uuid.UUID(attrs.get("uuid") or "")
    except ValueError:
        return None


class LineReferenceHandler(EmbedHandler):
    """What Wagtail asks about a reference when it shows, copies or indexes rich text."""

    identifier = EMBED_TYPE

    @staticmethod
    def get_model() -> type[ContactLine]:
        return ContactLine

    @classmethod
    def get_instance(cls, attrs: dict[str, Any]) -> ContactLine:
        return ContactLine.objects.get(uuid=_name(attrs))

    @classmethod
    def get_many(cls, attrs_list: list[dict[str, Any]]) -> list[ContactLine | None]:
        names = [_name(attrs) for attrs in attrs_list]
        lines = {line.uuid: line for line in ContactLine.objects.filter(uuid__in=filter(None, names))}
        return [lines.get(name) for name in names]

    @classmethod
    def expand_db_attributes(cls, attrs: dict[str, Any]) -> str:
        return cls.expand_db_attributes_many([attrs])[0]

    @classmethod
    def expand_db_attributes_many(cls, attrs_list: list[dict[str, Any]]) -> list[str]:
        names = [_name(attrs) for attrs in attrs_list]
        found = shown(filter(None, names))
        return [_rendered(found.get(name, NOTHING)) for name in names]

    @classmethod
    def extract_references(cls, attrs: dict[str, Any]) -> Iterable[tuple[type[ContactLine], str, str, str]]:
        for pk in ContactLine.objects.filter(uuid=_name(attrs)).values_list("pk", flat=True):
            yield ContactLine, str(pk), "", ""


def _rendered(reference: Shown) -> str:
    # Stripped: a template ends in a line break, and a text goes on right behind the number ("… 34, then").
    context = {
        "line": reference.line,
        "is_switchboard": reference.is_switchboard,
        "LANGUAGE_CODE": translation.get_language(),
    }
    return render_to_string("departments/line_reference.html", context).strip()


# --- In the editor --------------------------------------------------------------------------------


def label(line: ContactLine) -> str:
    """What the editor shows for a reference: the number and whose it is."""
    return f"{line.number_as_read} ({line.page.title})"


class LineReferenceElementHandler(InlineEntityElementHandler):
    """From what is stored to what the editor holds."""

    mutability = "IMMUTABLE"

    def handle_starttag(self, name: str, attrs: Any, state: Any, contentstate: Any) -> None:
        super().handle_starttag(name, attrs, state, contentstate)
        entity = contentstate.entity_map[state.current_entity_ranges[-1].key]
        state.current_block.text += entity.data["label"]
        state.leading_whitespace = KEEP_WHITESPACE

    def get_attribute_data(self, attrs: dict[str, Any]) -> dict[str, Any]:
        name = _name(attrs)
        line = ContactLine.objects.select_related("page").filter(uuid=name).first() if name else None
        answers = line is not None and ContactLine.objects.for_patients().filter(pk=line.pk).exists()
        return {
            "uuid": str(name or ""),
            "label": label(line) if line else gettext("line that no longer exists"),
            "answers": answers,
        }


def _stored(props: dict[str, Any]) -> Any:
    return DOM.create_element("embed", {"embedtype": EMBED_TYPE, "uuid": props.get("uuid", "")})


class RichTextComparison(RichTextFieldComparison):
    """Two versions of a text side by side, the references in words: Wagtail's own would leave them out."""

    def htmldiff(self) -> Any:
        return diff_text(text_from_html(_in_words(self.val_a)), text_from_html(_in_words(self.val_b))).to_html()


def _in_words(html: str) -> str:
    names = set(referenced_in(html or ""))
    labels = {line.uuid: label(line) for line in ContactLine.objects.filter(uuid__in=names).select_related("page")}
    return replace_references(html or "", lambda name: escape(labels.get(name, str(name))))


register_comparison_class(RichTextField, comparison_class=RichTextComparison)

CONTENTSTATE_RULE = {
    "from_database_format": {f'embed[embedtype="{EMBED_TYPE}"]': LineReferenceElementHandler(ENTITY)},
    "to_database_format": {"entity_decorators": {ENTITY: _stored}},
}
