"""What stands round every page: name, menus, languages, breadcrumb, notices, footer links. Found once per page."""

from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest
from django.urls import translate_url
from django.utils import translation
from django.utils.functional import cached_property
from django.utils.translation import gettext
from wagtail.models import Page, Site

from portal.models import BasePage, HomePage, Notice, PortalSettings


@dataclass
class Link:
    """A link of a menu. `is_current` on the page itself and on the section that it belongs to."""

    title: str
    url: str
    is_current: bool = False


@dataclass
class Counterpart:
    """This page in another language."""

    code: str
    name: str
    url: str
    full_url: str


class Furniture:
    """The furniture of `page` (None on search and other views) as `request` sees it. Each part is found when asked."""

    def __init__(self, request: HttpRequest, page: BasePage | None) -> None:
        self.request = request
        self.page = page if isinstance(page, BasePage) and page.pk else None
        self.language = page.locale.language_code if self.page else translation.get_language()

    @cached_property
    def site(self) -> Site | None:
        return Site.find_for_request(self.request)

    @cached_property
    def settings(self) -> PortalSettings:
        return PortalSettings.for_request(self.request)

    @cached_property
    def name(self) -> str:
        return str(self.settings.name) or gettext("Hospital portal")

    @cached_property
    def home(self) -> HomePage | None:
        if isinstance(self.page, HomePage):
            return self.page
        return HomePage.objects.live().filter(locale__language_code=self.language).select_related("locale").first()

    @cached_property
    def home_url(self) -> str:
        return self.home.get_url(self.request) if self.home else "/"

    @cached_property
    def notices(self) -> list[Notice]:
        return list(Notice.objects.current().select_related("link"))

    @cached_property
    def ancestors(self) -> list[Page]:
        """The pages above this one, from home down."""
        if not self.page or isinstance(self.page, HomePage):
            return []
        pages = self.page.get_ancestors().filter(depth__gt=1).specific().select_related("locale")
        return [self.home if isinstance(page, HomePage) and self.home else page for page in pages]

    @cached_property
    def breadcrumb(self) -> list[Link]:
        return [Link(_label(page), page.get_url(self.request)) for page in self.ancestors]

    @cached_property
    def menu(self) -> list[Link]:
        """The pages below home that editors show in menus, in the order of the page tree."""
        if not self.home:
            return []
        here = {page.pk for page in self.ancestors} | {self.page.pk if self.page else None}
        pages = self.home.get_children().live().public().in_menu().specific().select_related("locale")
        return [Link(_label(page), page.get_url(self.request), page.pk in here) for page in pages]

    @cached_property
    def footer_links(self) -> list[Link]:
        """The pages chosen in the portal's settings, each in the reader's language where it exists."""
        chosen = [block.value for block in self.settings.footer_links if block.value]
        if not chosen:
            return []
        order = [page.translation_key for page in chosen]
        pages = (
            Page.objects.live()
            .public()
            .filter(translation_key__in=order, locale__language_code=self.language)
            .select_related("locale")
        )
        return [
            Link(page.title, page.get_url(self.request))
            for page in sorted(pages, key=lambda page: order.index(page.translation_key))
        ]

    @cached_property
    def counterparts(self) -> list[Counterpart]:
        """This page in each language that it exists in, its own included, in the order of the settings."""
        names = dict(settings.LANGUAGES)
        if self.page:
            pages = sorted(
                [self.page, *self.page.live_translations],
                key=lambda page: list(names).index(page.locale.language_code),
            )
            return [
                Counterpart(
                    page.locale.language_code,
                    names[page.locale.language_code],
                    page.get_url(self.request),
                    page.get_full_url(self.request),
                )
                for page in pages
            ]
        here = self.request.get_full_path()
        urls = {code: translate_url(here, code) for code in names}
        return [Counterpart(code, names[code], url, self.request.build_absolute_uri(url)) for code, url in urls.items()]

    @cached_property
    def translations(self) -> list[Counterpart]:
        """The other languages; where this page has no counterpart, their home pages."""
        found = {item.code: item for item in self.counterparts}
        return [
            found.get(code) or Counterpart(code, name, f"/{code}/", self.request.build_absolute_uri(f"/{code}/"))
            for code, name in settings.LANGUAGES
            if code != self.language
        ]

    @cached_property
    def is_listed(self) -> bool:
        """Whether search engines may list this page."""
        return self.page is not None and self.settings.open_to_search_engines and not self._is_fictional

    @cached_property
    def _is_fictional(self) -> bool:
        return any(getattr(page, "is_fictional", False) for page in [self.page, *self.ancestors] if page)

    @cached_property
    def canonical_url(self) -> str:
        return self.page.get_full_url(self.request) if self.page else ""


def _label(page: Page) -> str:
    return page.menu_label if isinstance(page, BasePage) else page.title
