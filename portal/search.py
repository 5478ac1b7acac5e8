"""Search over all pages of one language, in folded words: accents and capitals make no difference."""

from django.core.paginator import EmptyPage, PageNotAnInteger, Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from wagtail.models import Locale, Page

from portal.folding import query_words
from portal.visibility import visible

PER_PAGE = 20


def find(query: str, language: str) -> Paginator:
    """Visible pages in `language` in which every word of `query`, or its beginning, occurs; the best first."""
    words = " ".join(query_words(query))
    pages = Page.objects.live().filter(locale=Locale.objects.get(language_code=language)).public()
    return Paginator(pages.autocomplete(words, operator="and") if words else pages.none(), PER_PAGE)


def search(request: HttpRequest) -> HttpResponse:
    """The search page: a form, and what was found for `?q=`."""
    query = request.GET.get("q", "").strip()
    try:
        results = find(query, translation.get_language()).page(request.GET.get("page", 1))
    except (EmptyPage, PageNotAnInteger):
        raise Http404 from None
    found = visible(Page.objects.filter(pk__in=[page.pk for page in results])).specific()
    pages = {page.pk: page for page in found}
    return render(
        request,
        "portal/search.html",
        {"query": query, "results": results, "pages": [pages[page.pk] for page in results if page.pk in pages]},
    )
