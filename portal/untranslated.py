"""Pages asked for in a language that they have no translation in: the source's text within that language's furniture.

Their address is that of the nearest page above that is translated, followed by the source's own: `/en/institutes/
demonstration/equipes/`. Nothing leads search engines there: the canonical address is the source's.
"""

from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponseRedirect
from wagtail.models import Page
from wagtail.url_routing import RouteResult

from portal.models import BasePage
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


def address(page: BasePage, language: str, request: HttpRequest) -> str:
    """Where `page`, a source without a translation in `language`, is read in that furniture; "" if nowhere."""
    if not page.is_source or not page.is_readable_untranslated:
        return ""
    slugs = [page.slug]
    for above in page.get_ancestors().filter(depth__gt=1).order_by("-depth"):
        found = _in_language(above, language)
        if found:
            return found.get_url(request) + "".join(f"{slug}/" for slug in reversed(slugs))
        slugs.append(above.slug)
    return ""


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
