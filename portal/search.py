"""Search over all pages of one language, in folded words: accents and capitals make no difference."""

from django.core.paginator import EmptyPage, PageNotAnInteger, Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from wagtail.models import Page

from portal.folding import fold

PER_PAGE = 20


def find(query: str, language: str) -> Paginator:
    """Live public pages in `language` in which every word of `query`, or its beginning, occurs."""
    words = fold(query)
    pages = Page.objects.live().public().filter(locale__language_code=language, depth__gt=1)
    found = pages.autocomplete(words, operator="and") if words else pages.none()
    return Paginator(found, PER_PAGE)


def search(request: HttpRequest) -> HttpResponse:
    """The search page: a form, and what was found for `?q=`."""
    query = request.GET.get("q", "").strip()
    paginator = find(query, translation.get_language())
    try:
        results = paginator.page(request.GET.get("page", 1))
    except (EmptyPage, PageNotAnInteger):
        raise Http404 from None
    pages = Page.objects.specific().select_related("locale").in_bulk([page.pk for page in results])
    return render(
        request,
        "portal/search.html",
        {"query": query, "results": results, "pages": [pages[page.pk] for page in results]},
    )
