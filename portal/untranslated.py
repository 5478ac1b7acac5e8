"""Pages asked for in a language that they have no translation in: the source's text within that language's furniture.

Their address is that of the nearest page above that is translated, followed by the source's own: `/en/institutes/
demonstration/equipes/`. Nothing leads search engines there: the canonical address is the source's.

Lists and search name such pages too (`listed_in`), with a link to there (`url_in`).
"""

from collections.abc import Iterable
from urllib.parse import urlencode

from django.conf import settings
from django.db.models import Exists, OuterRef, Q
from django.http import HttpRequest, HttpResponseRedirect
from django.utils import translation
from django.utils.translation import gettext
from wagtail.models import Locale, Page
from wagtail.query import PageQuerySet
from wagtail.url_routing import RouteResult

from portal.models import BasePage
from portal.remembering import remembered
from portal.visibility import visible


def route(request: HttpRequest, home: Page, parts: list[str]) -> RouteResult | HttpResponseRedirect | None:
    """What to answer to an address below `home` at which there is no page; None: nothing.

    A page whose address was asked for in the source's words, although it is translated, sends on to the translation;
    so does a page whose form or list speaks one language only, to itself.
    """
    language = home.language
    if language == settings.LANGUAGE_CODE:
        return None
    page, left = _deepest(home, parts)
    start = _in_language(page, settings.LANGUAGE_CODE)
    if not left or start is None:
        return None
    source, left = _deepest(start, left)
    if left:
        return None
    source = source.specific
    if not isinstance(source, BasePage):
        return None
    translation = _in_language(source, language)
    if translation or not source.is_readable_untranslated:
        url = (translation or source).get_url(request)
        return HttpResponseRedirect(f"{url}?{urlencode(request.GET, doseq=True)}" if request.GET else url)
    request.is_untranslated = True
    return RouteResult(source)


# --- Lists ----------------------------------------------------------------------------------------------------------


def listed_in(language: str, pages: PageQuerySet) -> PageQuerySet:
    """The visible ones of `pages` that lists in `language` name: those in it, and sources without translation.

    A translation that is a draft, or that visitors may not see, is none.
    """
    own, source = locale_of(language), locale_of(settings.LANGUAGE_CODE)
    if own == source:
        return visible(pages.filter(locale_id=own))
    translated = visible(Page.objects.filter(locale_id=own, translation_key=OuterRef("translation_key"))).order_by()
    return visible(pages.filter(Q(locale_id=own) | Q(Q(locale_id=source), ~Exists(translated))))


def locale_of(language: str) -> int | None:
    """The key of the locale of a language."""
    locales = remembered("languages", lambda: dict(Locale.objects.values_list("pk", "language_code")))
    return next((pk for pk, code in locales.items() if code == language), None)


def reading_language(page: BasePage) -> str:
    """The language of what stands round `page`: its own, or the reader's, who may read a source untranslated."""
    asked = translation.get_language()
    return asked if page.is_source and asked and locale_of(asked) else page.language


def written_in(page: Page) -> str:
    """ "in French", in the reader's language, where the words of `page` are not in that language; else nothing."""
    language = page.language if isinstance(page, BasePage) else translation.get_language()
    if language == translation.get_language():
        return ""
    return gettext("in %(language)s") % {"language": translation.get_language_info(language)["name_translated"]}


def url_in(page: Page, language: str, request: HttpRequest | None) -> str:
    """Where a reader of `language` reads `page`, which lists in that language name."""
    return _untranslated_url(page, language, request) or page.get_url(request)


def full_url_in(page: Page, language: str, request: HttpRequest | None) -> str:
    """The same, with the name of the host."""
    return _untranslated_url(page, language, request, is_full=True) or page.get_full_url(request)


def _untranslated_url(page: Page, language: str, request: HttpRequest | None, *, is_full: bool = False) -> str:
    return address(page, language, request, is_full=is_full) if isinstance(page, BasePage) else ""


def address(page: BasePage, language: str, request: HttpRequest | None, *, is_full: bool = False) -> str:
    """Where `page`, a source without a translation in `language`, is read in that furniture; "" if nowhere."""
    if page.language == language:
        return ""
    prepare([page], language)
    place = page.untranslated_places[language]
    if place is None:
        return ""
    above, below = place
    return (above.get_full_url(request) if is_full else above.get_url(request)) + below


def prepare(pages: Iterable[Page], language: str) -> None:
    """Find at once where those of `pages` that are in another language than `language` are read: in one query."""
    places: dict[BasePage, tuple[Page, str] | None] = {}
    for page in pages:
        if not isinstance(page, BasePage) or page.language == language:
            continue
        if not hasattr(page, "untranslated_places"):
            page.untranslated_places = {}
        if language not in page.untranslated_places:
            is_read = page.live and page.is_source and page.is_readable_untranslated
            above = _translated_above(page.path[: -Page.steplen], language) if is_read else None
            places[page] = page.untranslated_places[language] = above and (above[0], f"{above[1]}{page.slug}/")
    wanted = {f"{place[0].url_path}{place[1]}" for place in places.values() if place}
    # A page of that language at the same address is what stands there, also where it is private.
    taken = set(Page.objects.live().filter(url_path__in=wanted).values_list("url_path", flat=True)) if wanted else ()
    for page, place in places.items():
        if place and f"{place[0].url_path}{place[1]}" in taken:
            page.untranslated_places[language] = None


def _translated_above(path: str, language: str) -> tuple[Page, str] | None:
    """The nearest translated page of the place `path` in the tree and those above, and the slugs from there down.

    None where a page on the way is hidden: then nothing leads there (see `route`).
    """
    return remembered(("translated above", path, language), lambda: _find_translated_above(path, language))


def _find_translated_above(path: str, language: str) -> tuple[Page, str] | None:
    slugs = ""
    while len(path) > Page.steplen:  # the root has no address
        source = visible(Page.objects.filter(path=path)).first()
        if source is None:
            return None
        found = _in_language(source, language)
        if found:
            return found, slugs
        slugs = f"{source.slug}/{slugs}"
        path = path[: -Page.steplen]
    return None


# --- Addresses of which the pages are asked for ---------------------------------------------------------------------


def _deepest(page: Page, parts: list[str]) -> tuple[Page, list[str]]:
    """The visible page that is reached from `page` by the first of `parts`, and those that lead nowhere."""
    for number, slug in enumerate(parts):
        below = visible(Page.objects.child_of(page).filter(slug=slug)).first()
        if below is None:
            return page, parts[number:]
        page = below
    return page, []


def _in_language(page: Page, language: str) -> Page | None:
    same = Page.objects.filter(translation_key=page.translation_key, locale__language_code=language)
    return visible(same).first()
