"""The ground floor's rules: pictures, links, documents, headings, sections, films."""

import re
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail import blocks, hooks
from wagtail.fields import RichTextField

from portal.blocks import VideoBlock
from portal.content import Content, Link, Picture, read_markup
from portal.folding import fold
from portal.publishing import Flaw, Known, Place, Rule, Severity

_FILE_NAME = re.compile(
    r"\.(?:avif|bmp|csv|docx?|gif|heic|jpe?g|mp4|odp|ods|odt|pdf|png|pptx?|svg|tiff?|webm|webp|xlsx?|zip)$"
    r"|^(?:img|image|dsc[nf]?|pict?|photo|scan|screenshot|capture)[-_ ]?[0-9]{2,}$"
    r"|^\S*_\S*$",
    re.IGNORECASE,
)
# What a link must not be called, since it says nothing when it is read on its own; folded (portal/folding.py).
_NO_WORDS = frozenset(
    {
        *(
            "ici",
            "cliquez ici",
            "cliquer ici",
            "clic ici",
            "lien",
            "ce lien",
            "suivre ce lien",
            "lire la suite",
            "suite",
        ),
        *("en savoir plus", "plus d informations", "plus", "voir", "page", "cette page", "telecharger", "document"),
        *("here", "click here", "link", "this link", "read more", "more", "learn more", "see", "this page", "download"),
    }
)


def looks_like_a_file_name(words: str) -> bool:
    """Whether `words` were left as a camera or a file system made them."""
    return bool(_FILE_NAME.search(words.strip()))


def _place(thing: Link | Picture, url: str = "") -> Place:
    return Place(thing.label, thing.path, url)


# --- Pictures -------------------------------------------------------------------------------------


def descriptions(contents: Sequence[Content], known: Known) -> Iterator[Flaw]:
    """Pictures that say nothing to those who cannot see them."""
    for content in contents:
        for picture in content.pictures:
            image = known.images.get(picture.image)
            if image is None:
                message = _("The picture has been deleted. Choose another one, or take it out.")
                yield Flaw(content, Severity.ERROR, message, _place(picture))
            elif not picture.is_decorative:
                yield from _description(content, picture, image)


def _description(content: Content, picture: Picture, image: Any) -> Iterator[Flaw]:
    written = image.alt_text.data if isinstance(image.alt_text.data, dict) else {}
    language = content.page.language
    words = picture.alt or (written.get(language) or "").strip()
    names = {"picture": image.title}
    if not words and any((text or "").strip() for text in written.values()):
        message = _(
            "“%(picture)s” is described in another language only. Describe what it shows in the language of this page."
        )
        yield Flaw(content, Severity.WARNING, message % names, _place(picture))
    elif not words:
        message = _(
            "“%(picture)s” has no description for those who cannot see it. Say in one sentence what it shows, or mark "
            "it as decorative."
        )
        yield Flaw(content, Severity.ERROR, message % names, _place(picture))
    elif looks_like_a_file_name(words):
        message = _("“%(words)s” is a file’s name, no description. Say in one sentence what the picture shows.")
        yield Flaw(content, Severity.ERROR, message % {"words": words}, _place(picture))
    elif words in {(text or "").strip() for text in written.values()} - {(written.get(language) or "").strip()}:
        # As it came with the picture, for a colleague whose admin speaks another language, or with the page's source.
        message = _(
            "“%(words)s” describes a picture in another language. Say what it shows in the language of this page."
        )
        yield Flaw(content, Severity.WARNING, message % {"words": words}, _place(picture))


# --- Links ----------------------------------------------------------------------------------------


def empty_links(contents: Sequence[Content], known: Known) -> Iterator[Flaw]:
    """Links without words, without a target, or with words that say nothing."""
    for content in contents:
        for link in content.links:
            if link.words == "":
                message = _("A link has no words: nobody sees it, and a screen reader says only “link”. Take it out.")
                yield Flaw(content, Severity.ERROR, message, _place(link))
            elif link.page is None and link.document is None and link.url.strip() in ("", "#"):
                message = _("“%(words)s” is a link that leads nowhere. Choose where it leads, or take the link off.")
                yield Flaw(content, Severity.ERROR, message % {"words": link.words}, _place(link))
            elif link.words and fold(link.words) in _NO_WORDS:
                message = _(
                    "A link is called “%(words)s”. Say where it leads: many readers hear links without the text."
                )
                yield Flaw(content, Severity.WARNING, message % {"words": link.words}, _place(link))


def broken_links(contents: Sequence[Content], known: Known) -> Iterator[Flaw]:
    """Links to pages that are gone, not public, or in another language; and the portal's own addresses, typed."""
    for content in contents:
        for link in content.links:
            if link.page is not None:
                yield from _link_to_page(content, link, known)
            elif link.url and _is_our_own(link.url, known.hosts):
                message = _(
                    "“%(address)s” is an address of this portal, typed. Choose the page instead: the link then follows "
                    "when the page moves."
                )
                yield Flaw(content, Severity.WARNING, message % {"address": link.url}, _place(link))


def _link_to_page(content: Content, link: Link, known: Known) -> Iterator[Flaw]:
    target = known.pages.get(link.page)
    if target is None:
        words = {"words": link.words or link.label}
        message = _("The page to which “%(words)s” leads has been deleted. Choose another one, or take the link off.")
        yield Flaw(content, Severity.ERROR, message % words, _place(link))
        return
    if not target.live:
        message = _("“%(page)s” is not published: readers who follow the link find nothing. Publish it first.")
        yield Flaw(content, Severity.WARNING, message % {"page": target.title}, _place(link))
    if target.locale_id != content.page.locale_id:
        message = _("“%(page)s” is in another language (%(language)s). Choose its translation if there is one.")
        words = {"page": target.title, "language": target.locale.get_display_name()}
        yield Flaw(content, Severity.WARNING, message % words, _place(link))


def _is_our_own(address: str, hosts: set[str]) -> bool:
    try:
        parts = urlsplit(address.strip())
    except ValueError:
        return False
    if parts.scheme in ("http", "https"):
        return (parts.hostname or "").lower() in hosts
    return not parts.scheme and address.startswith("/")


# --- Documents ------------------------------------------------------------------------------------


def documents(contents: Sequence[Content], known: Known) -> Iterator[Flaw]:
    """Documents that are gone, or whose title tells nobody what they are."""
    for content in contents:
        for link in content.links:
            if link.document is None:
                continue
            document = known.documents.get(link.document)
            if document is None:
                words = {"words": link.words or link.label}
                message = _("The document to which “%(words)s” leads has been deleted. Choose another one.")
                yield Flaw(content, Severity.ERROR, message % words, _place(link))
                continue
            where = _place(link, reverse("wagtaildocs:edit", args=[document.pk]))
            if not document.title.strip():
                message = _("The document “%(file)s” has no title. Give it one that says what it is.")
                yield Flaw(content, Severity.ERROR, message % {"file": document.filename}, where)
            elif looks_like_a_file_name(document.title):
                message = _("The document is called “%(title)s”, like a file. Give it a title that says what it is.")
                yield Flaw(content, Severity.ERROR, message % {"title": document.title}, where)


# --- Headings, sections, films --------------------------------------------------------------------


def headings(contents: Sequence[Content], known: Known) -> Iterator[Flaw]:
    """Headings that skip a level or say nothing. The page's first and second levels come from its template."""
    for content in contents:
        texts = {text.path: text for text in content.texts if text.is_rich}
        level = 1
        for piece in content.pieces:
            if len(piece.path) == 1 and isinstance(piece.kind, RichTextField | blocks.StreamBlock):
                level = 2 if piece.path[0] in content.page.under_heading else 1
            if isinstance(piece.kind, blocks.StructBlock) and isinstance(piece.value, dict):
                own = getattr(piece.kind.meta, "heading_level", None)
                level = own if own and (piece.value.get("heading") or "").strip() else level
            if piece.path not in texts:
                continue
            for found, words in texts[piece.path].markup.headings:
                where = Place(piece.label, piece.path)
                if not words:
                    message = _("A heading is empty. Write it, or take it out.")
                    yield Flaw(content, Severity.ERROR, message, where)
                elif found == 1 or (found == 2 and level > 1):
                    message = _("“%(words)s” is as large a heading as those of the page itself. Make it a smaller one.")
                    yield Flaw(content, Severity.ERROR, message % {"words": words}, where)
                elif found > level + 1:
                    message = _(
                        "The heading “%(words)s” skips a level. Put its text into a section, whose own heading comes "
                        "before it, or make it plain text."
                    )
                    yield Flaw(content, Severity.ERROR, message % {"words": words}, where)
                level = max(found, 2)


def empty_sections(contents: Sequence[Content], known: Known) -> Iterator[Flaw]:
    """Blocks whose heading promises a text that is not there."""
    for content in contents:
        for piece in content.pieces:
            if not isinstance(piece.kind, blocks.StructBlock) or not isinstance(piece.value, dict):
                continue
            text = piece.kind.child_blocks.get("text")
            if not isinstance(text, blocks.RichTextBlock) or not text.required:
                continue
            if not read_markup(piece.value.get("text") or "").words.strip():
                message = _("Nothing stands under this heading. Write the text, or delete the block.")
                yield Flaw(content, Severity.ERROR, message, Place(piece.label, (*piece.path, "text")))


def films(contents: Sequence[Content], known: Known) -> Iterator[Flaw]:
    """Films of which nothing can be read."""
    for content in contents:
        for piece in content.pieces:
            if not isinstance(piece.kind, VideoBlock) or not isinstance(piece.value, dict):
                continue
            film = piece.value
            if (film.get("file") or film.get("url")) and not read_markup(film.get("transcript") or "").words.strip():
                message = _(
                    "The film has no transcript. Write down what is said and shown: some cannot hear or see it."
                )
                yield Flaw(content, Severity.ERROR, message, Place(piece.label, (*piece.path, "transcript")))


@hooks.register("publishing_rules")
def rules() -> list[Rule]:
    return [
        Rule("description", gettext_lazy("Pictures without description"), descriptions),
        Rule("empty-link", gettext_lazy("Links without words or target"), empty_links),
        Rule("broken-link", gettext_lazy("Links within the portal"), broken_links),
        Rule("document", gettext_lazy("Documents that are gone or without title"), documents),
        Rule("heading", gettext_lazy("Headings out of order"), headings),
        Rule("empty-section", gettext_lazy("Sections without text"), empty_sections),
        Rule("film", gettext_lazy("Films without transcript"), films),
    ]
