"""Addresses that pages had before they were moved or renamed. Wagtail writes them down; here they lead on.

Wagtail's own middleware drops the question behind an address, leads to pages that are not public, and in a circle
where a page that has gone back to an earlier address is then unpublished.
"""

from collections.abc import Callable, Iterable

from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect, HttpResponseRedirect
from wagtail.contrib.redirects.middleware import get_redirect
from wagtail.contrib.redirects.models import Redirect
from wagtail.models import Page

GetResponse = Callable[[HttpRequest], HttpResponse]


def moved_pages(get_response: GetResponse) -> GetResponse:
    """Where nothing is found, leads on to where the page is today, with whatever was asked of it."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        return (_where_it_is_now(request) or response) if response.status_code == 404 else response

    return middleware


def _where_it_is_now(request: HttpRequest) -> HttpResponse | None:
    path = Redirect.normalise_path(request.path, decode_unicode=False)
    asked = request.META.get("QUERY_STRING", "")
    redirect = None
    if asked:
        whole = Redirect.normalise_path(request.get_full_path(), decode_unicode=False)
        redirect = get_redirect(request, whole)
    if redirect is None:
        redirect = get_redirect(request, path)
    else:
        asked = ""  # the redirect was made for this very question
    if redirect is None or (redirect.redirect_page and not redirect.redirect_page.live):
        return None
    link = redirect.link
    if not link or Redirect.normalise_path(link.partition("?")[0]) == Redirect.normalise_path(request.path):
        return None
    if asked and redirect.redirect_page:
        link += ("&" if "?" in link else "?") + asked
    kind = HttpResponsePermanentRedirect if redirect.is_permanent else HttpResponseRedirect
    return kind(link)


def formerly(slug: str, pages: Iterable[Page]) -> Page | None:
    """The one of `pages` that had `slug` in its address before it was renamed; None where none or several had."""
    by_key = {page.pk: page for page in pages}
    old = Redirect.objects.filter(automatically_created=True, redirect_page__in=by_key, old_path__endswith=f"/{slug}")
    found = set(old.values_list("redirect_page", flat=True))
    return by_key[found.pop()] if len(found) == 1 else None
