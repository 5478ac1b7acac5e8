"""sitemap.xml: every public page with its counterparts in the other languages; in parts where there are very many."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from functools import cached_property
from uuid import UUID

from django.core.paginator import EmptyPage, PageNotAnInteger, Paginator
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from wagtail.models import Page, Site
from wagtail.query import PageQuerySet

from portal.models import HomePage
from portal.views import is_open_to_search_engines
from portal.visibility import unlisted_paths, visible

PER_PART = 5_000  # pages; sitemaps.org allows 50,000 addresses, but a crawler waits for each part


class SiteMap:
    """All live public pages below the site's homes that search engines may list, each with its translations.

    Only what the map says is read, part by part: the portal may have a hundred thousand pages.
    """

    def __init__(self, request: HttpRequest) -> None:
        self.request = request

    @cached_property
    def pages(self) -> PageQuerySet:
        below, unlisted = Q(pk=None), Q(pk=None)
        for home in self._homes:
            below |= Q(path__startswith=home.path)
        for path in unlisted_paths():
            unlisted |= Q(path__startswith=path)
        return visible(Page.objects.filter(below).exclude(unlisted)).order_by("path")

    @cached_property
    def _homes(self) -> list[HomePage]:
        site = Site.find_for_request(self.request)
        key = site.root_page.translation_key
        return list(HomePage.objects.filter(translation_key=key).select_related("locale"))

    @cached_property
    def _addresses(self) -> dict[int, tuple[str, str]]:
        """For each language: what the place in the tree begins with, and the address that stands for it."""
        return {home.locale_id: (home.url_path, home.get_full_url(self.request)) for home in self._homes}

    def _address(self, url_path: str, locale_id: int) -> str:
        begins, address = self._addresses[locale_id]
        return address + url_path.removeprefix(begins)

    def entries(self, part: list[tuple]) -> Iterator[dict]:
        codes = {home.locale_id: home.locale.language_code for home in self._homes}
        keys = {row[1] for row in part}
        others: dict[UUID, list[dict]] = defaultdict(list)
        rows = self.pages.filter(translation_key__in=keys).values_list("translation_key", "url_path", "locale_id")
        for key, url_path, locale_id in rows:
            others[key].append({"lang_code": codes[locale_id], "location": self._address(url_path, locale_id)})
        changed: datetime | None
        for url_path, key, locale_id, changed in part:
            yield {
                "location": self._address(url_path, locale_id),
                "lastmod": changed,
                "alternates": others[key] if len(others[key]) > 1 else [],
            }


def index(request: HttpRequest) -> HttpResponse:
    """The site map, or the list of its parts; empty while the portal is closed to search engines."""
    if not is_open_to_search_engines(request):
        return _answer(request, "sitemap.xml", {"urlset": []})
    site_map = SiteMap(request)
    parts = Paginator(
        site_map.pages.values_list("url_path", "translation_key", "locale_id", "last_published_at"), PER_PART
    )
    number = request.GET.get("p")
    if number is None and parts.num_pages > 1:
        address = request.build_absolute_uri(request.path)
        sitemaps = [{"location": f"{address}?p={number}"} for number in parts.page_range]
        return _answer(request, "sitemap_index.xml", {"sitemaps": sitemaps})
    try:
        part = list(parts.page(number or 1))
    except (EmptyPage, PageNotAnInteger):
        raise Http404 from None
    return _answer(request, "sitemap.xml", {"urlset": list(site_map.entries(part))})


def _answer(request: HttpRequest, template: str, context: dict) -> HttpResponse:
    """Django's own templates of site maps."""
    return TemplateResponse(
        request, template, context, content_type="application/xml", headers={"X-Robots-Tag": "noindex"}
    )
