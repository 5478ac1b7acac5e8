"""sitemap.xml: every public page with its counterparts in the other languages."""

from collections import defaultdict

from django.contrib.sitemaps import Sitemap
from django.contrib.sitemaps.views import sitemap
from django.http import HttpRequest, HttpResponse
from wagtail.models import Page, Site

from portal.views import is_open_to_search_engines
from portal.visibility import unlisted_paths, visible


class PageSitemap(Sitemap):
    """All live public pages below the site's homes that search engines may list, each with its translations."""

    limit = 10_000

    def __init__(self, request: HttpRequest) -> None:
        self.request = request

    def items(self) -> list[Page]:
        site = Site.find_for_request(self.request)
        homes = site.root_page.get_translations(inclusive=True)
        below = "^(" + "|".join(home.path for home in homes) + ")"
        unlisted = unlisted_paths()
        everything = visible(Page.objects.filter(path__regex=below)).order_by("path")
        pages = [page for page in everything if not page.path.startswith(unlisted)]
        self._translations = defaultdict(list)
        for page in pages:
            self._translations[page.translation_key].append(page)
        return pages

    def location(self, page: Page) -> str:
        return page.get_full_url(self.request)

    def lastmod(self, page: Page):
        return page.last_published_at

    def get_latest_lastmod(self):
        return None

    def get_urls(self, page: int = 1, site=None, protocol=None) -> list[dict]:
        urls = []
        for item in self.paginator.page(page).object_list:
            alternates = [
                {"lang_code": other.locale.language_code, "location": self.location(other)}
                for other in self._translations[item.translation_key]
            ]
            urls.append(
                {
                    "item": item,
                    "location": self.location(item),
                    "lastmod": self.lastmod(item),
                    "changefreq": None,
                    "priority": "",
                    "alternates": alternates if len(alternates) > 1 else [],
                }
            )
        return urls


def index(request: HttpRequest) -> HttpResponse:
    """The site map, empty while the portal is closed to search engines."""
    sitemaps = {"pages": PageSitemap(request)} if is_open_to_search_engines(request) else {}
    return sitemap(request, sitemaps)
