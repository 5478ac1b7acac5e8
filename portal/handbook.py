"""The editors' handbook (docs/editors/) in the admin: the same chapters, in the reader's language, with pictures."""

import functools
import re
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from markdown_it import MarkdownIt
from markdown_it.token import Token
from wagtail import hooks
from wagtail.admin.menu import MenuItem

FOLDER = settings.BASE_DIR / "docs" / "editors"

# Screens, by the name of their address, and the chapter that tells what is done there.
CHAPTER_OF_SCREEN = {
    "fact_add": "telephone-number",
    "fact_change": "telephone-number",
    "fact_history": "telephone-number",
    "contact_lines": "telephone-number",
    "fact_plan": "together",
    "bundle:index": "together",
    "bundle:add": "together",
    "bundle:edit": "together",
    "bundle:inspect": "together",
    "wagtailadmin_pages:add": "new-page",
    "wagtailadmin_pages:add_subpage": "new-page",
    "wagtailadmin_pages:move": "new-page",
    "departments:index": "new-page",
    "people:index": "new-page",
    "wagtailadmin_pages:edit": "text",
    "wagtailadmin_pages:history": "text",
    "publish_alone": "text",
    "wagtailimages:index": "picture",
    "wagtailimages:add": "picture",
    "wagtailimages:edit": "picture",
    "side_by_side": "translation",
    "translations": "translation",
    "wagtailadmin_home": "keep-true",
    "page_care": "keep-true",
    "pages_to_review": "keep-true",
    "orphaned_pages": "keep-true",
    "content_report": "keep-true",
    "link_report": "keep-true",
    "call_list": "call-list",
    "reported_numbers": "call-list",
    "reported_number": "call-list",
}


@dataclass(frozen=True)
class Chapter:
    """One task. `name` is its address, the same in every language; `number` its place, from 1."""

    number: int
    name: str
    title: str
    language: str
    html: SafeString

    @property
    def url(self) -> str:
        return reverse("handbook_chapter", args=[self.name])


def language_of_the_reader() -> str:
    """The reader's language if the handbook speaks it, else the portal's own, else English."""
    wanted = [get_language() or "", settings.LANGUAGE_CODE]
    return next((code for code in wanted if (FOLDER / code).is_dir()), "en")


@functools.cache
def chapters(language: str) -> dict[str, Chapter]:
    """The chapters by name, in their order. They change with a new version of the portal alone."""
    found = {}
    for file in sorted((FOLDER / language).glob("[0-9][0-9]-*.md")):
        number, name = file.stem.split("-", 1)
        title, html = _rendered(file.read_text("utf-8"), language)
        found[name] = Chapter(int(number), name, title, language, html)
    return found


@functools.cache
def _pictures() -> set[str]:
    """The names of the pictures, as `fr/text-1.png`; nothing else is ever read for an address."""
    return {str(file.relative_to(FOLDER / "pictures")) for file in (FOLDER / "pictures").glob("*/*.png")}


def _rendered(text: str, language: str) -> tuple[str, SafeString]:
    """The title (the first heading) and the rest as HTML, with the addresses that links and pictures have here.

    The files are our own, and HTML in them stays text.
    """
    markdown = MarkdownIt("commonmark", {"html": False})
    tokens = markdown.parse(text)
    title = tokens[1].content
    body = tokens[3:]
    for token in body:
        for child in token.children or ():
            _lead_to_the_screen(child, language)
    return title, mark_safe(markdown.renderer.render(body, markdown.options, {}))  # noqa: S308


def _lead_to_the_screen(token: Token, language: str) -> None:
    if token.type == "image":
        name = str(token.attrs["src"]).removeprefix("../pictures/")
        token.attrSet("src", reverse("handbook_picture", args=name.split("/", 1)))
        token.attrSet("loading", "lazy")
    elif token.type == "link_open":
        chapter = re.fullmatch(r"\d\d-([a-z-]+)\.md", str(token.attrs["href"]))
        if chapter:
            token.attrSet("href", reverse("handbook_chapter", args=[chapter[1]]))


def index(request: HttpRequest) -> HttpResponse:
    """All chapters."""
    language = language_of_the_reader()
    context = {
        "page_title": _("Handbook"),
        "header_icon": "help",
        "language": language,
        "chapters": chapters(language).values(),
    }
    return TemplateResponse(request, "portal/admin/handbook.html", context)


def chapter(request: HttpRequest, name: str) -> HttpResponse:
    """One chapter, and the way to its neighbours."""
    language = language_of_the_reader()
    all_chapters = chapters(language)
    if name not in all_chapters:
        raise Http404
    shown = all_chapters[name]
    ordered = list(all_chapters.values())
    place = ordered.index(shown)
    context = {
        "page_title": shown.title,
        "header_icon": "help",
        "language": language,
        "chapter": shown,
        "before": ordered[place - 1] if place else None,
        "after": ordered[place + 1] if place + 1 < len(ordered) else None,
    }
    return TemplateResponse(request, "portal/admin/handbook_chapter.html", context)


def picture(request: HttpRequest, language: str, name: str) -> FileResponse:
    """A picture of the handbook, known by its name."""
    wanted = f"{language}/{name}"
    if wanted not in _pictures():
        raise Http404
    return FileResponse((FOLDER / "pictures" / wanted).open("rb"), content_type="image/png")


@hooks.register("register_admin_urls")
def urls() -> list[Any]:
    return [
        path("handbook/", index, name="handbook"),
        path("handbook/<slug:name>/", chapter, name="handbook_chapter"),
        path("handbook/pictures/<str:language>/<str:name>", picture, name="handbook_picture"),
    ]


@hooks.register("register_help_menu_item")
def handbook_in_the_menu() -> MenuItem:
    return MenuItem(gettext_lazy("Handbook"), reverse("handbook"), name="handbook", icon_name="help", order=100)


@hooks.register("construct_help_menu")
def help_for_this_portal(request: HttpRequest, items: list[MenuItem]) -> None:
    """Wagtail's release notes and guide, on other sites, make way for the chapter of this screen."""
    items[:] = [item for item in items if not item.name.startswith(("whats-new-in-wagtail", "editor-guide"))]
    screen = request.resolver_match.view_name if request.resolver_match else ""
    found = chapters(language_of_the_reader()).get(CHAPTER_OF_SCREEN.get(screen, ""))
    if found:
        items.append(MenuItem(_("Help with this screen"), found.url, name="handbook-here", icon_name="help", order=50))
