"""Search over all pages that a language lists, in folded words: accents and capitals make no difference."""

from django.core.paginator import EmptyPage, PageNotAnInteger, Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from wagtail.models import Page

from portal.folding import query_words
from portal.untranslated import listed_in, prepare
from portal.visibility import visible

PER_PAGE = 20


def find(query: str, language: str) -> Paginator:
    """Visible pages in which every word of `query`, or its beginning, occurs; the best first.

    Those in `language`, and sources that have no translation in it.
    """
    words = " ".join(query_words(query))
    # Wagtail's search takes no condition about other rows, but keys from a query that has one.
    pages = Page.objects.filter(pk__in=listed_in(language, Page.objects.filter(depth__gt=1)).order_by().values("pk"))
    return Paginator(pages.autocomplete(words, operator="and") if words else pages.none(), PER_PAGE)


def search(request: HttpRequest) -> HttpResponse:
    """The search page: a form, and what was found for `?q=`."""
    query, language = request.GET.get("q", "").strip(), translation.get_language()
    try:
        results = find(query, language).page(request.GET.get("page", 1))
    except (EmptyPage, PageNotAnInteger):
        raise Http404 from None
    found = visible(Page.objects.filter(pk__in=[page.pk for page in results])).specific()
    pages = {page.pk: page for page in found}
    prepare(pages.values(), language)
    return render(
        request,
        "portal/search.html",
        {"query": query, "results": results, "pages": [pages[page.pk] for page in results if page.pk in pages]},
    )
