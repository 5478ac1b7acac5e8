"""What templates of every app need: the furniture of a page, numbers of things, JSON-LD."""

import itertools
import json
from typing import Any

from django import template
from django.db.models import Count
from django.utils import formats
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, get_language_info
from wagtail.models import Page

from portal import translation_notes, untranslated
from portal.furniture import Furniture, contact_page_near
from portal.models import ContactPage
from portal.ribbon import PATTERNS
from portal.structured_data import graph
from portal.visibility import visible

register = template.Library()

MOST_LISTED = 500  # pages on the page that is the site map

_ESCAPES = {ord("<"): "\\u003C", ord(">"): "\\u003E", ord("&"): "\\u0026"}


@register.simple_tag(takes_context=True)
def furniture(context: template.Context) -> Furniture:
    """`{% furniture as furniture %}`: what stands round the page. Found once, whoever asks first."""
    request = context["request"]
    if not hasattr(request, "_furniture"):
        request._furniture = Furniture(request, context.get("page"))
    return request._furniture


@register.filter
def direction_of(language: str) -> str:
    """ "rtl" for languages that are written from right to left, else "ltr"."""
    return "rtl" if get_language_info(language)["bidi"] else "ltr"


@register.simple_tag
def translation_note(panel: Any) -> dict[str, Any]:
    """`{% translation_note self as note %}`: what the note on an edit screen says of the page's languages."""
    return translation_notes.note_on(panel.instance, panel.request)


@register.filter
def spoken(page: Any) -> str:
    """` lang="fr" dir="ltr"` where the words of `page` stand on a page of another language, else nothing."""
    language = getattr(page, "language", None)
    if not language or language == get_language():
        return ""
    return format_html(' lang="{}" dir="{}"', language, direction_of(language))


@register.filter
def written_in(page: Any) -> str:
    """A note, "in French", where the words of `page` stand on a page of another language, else nothing."""
    said = untranslated.written_in(page)
    return format_html(' <span class="written-in">{}</span>', said) if said else ""


@register.simple_tag(takes_context=True)
def url_here(context: template.Context, page: Page) -> str:
    """`{% url_here page %}`: where `page` is read in the language of this page, translated or not."""
    return untranslated.url_in(page, get_language(), context.get("request"))


@register.filter
def grouped(value: int) -> str:
    """30000 as readers of the language write it: "30 000", "30,000"."""
    return formats.number_format(value, use_l10n=True, force_grouping=True)


@register.simple_tag(takes_context=True)
def structured_data(context: template.Context) -> SafeString:
    """The page as schema.org describes it, in one JSON-LD block. No script: browsers do not run it."""
    nodes = graph(furniture(context))
    text = json.dumps({"@context": "https://schema.org", "@graph": nodes}, ensure_ascii=False).translate(_ESCAPES)
    return format_html('<script type="application/ld+json">{}</script>', mark_safe(text))  # noqa: S308


@register.filter
def ribbon_class(palette: str, pattern: int | None) -> str:
    """The class of the ribbon that an institute's palette and pattern (any number) choose: "frise-thin--moss-2"."""
    return f"frise-thin--{palette}-{(pattern or 0) % PATTERNS}"


@register.simple_tag
def contact_page_of(institute: Page | None, language: str) -> ContactPage | None:
    """`{% contact_page_of institute LANGUAGE_CODE as contact %}`: the institute's own, else the portal's."""
    return contact_page_near(institute, language)


@register.simple_tag
def site_tree(language: str) -> dict[str, Any]:
    """`{% site_tree LANGUAGE_CODE as tree %}`: the visible pages with their levels, 0 below home, in tree order.

    A portal may have a hundred thousand pages: the deepest levels are left out (`is_cut`) until the rest is readable.
    """
    pages = visible(Page.objects.filter(locale__language_code=language, depth__gt=2))
    levels = list(pages.order_by("depth").values_list("depth").annotate(Count("pk")))
    totals = itertools.accumulate(number for _depth, number in levels)
    shown = [depth for (depth, _number), total in zip(levels, totals, strict=True) if total <= MOST_LISTED]
    entries = [{"page": page, "level": page.depth - 3} for page in pages.filter(depth__in=shown).order_by("path")]
    return {"entries": entries, "is_cut": len(shown) < len(levels)}
