"""What stands round every page: name, menus, languages, breadcrumb, notices, footer links. Found once per page."""

from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest
from django.urls import translate_url
from django.utils import translation
from django.utils.functional import cached_property
from django.utils.translation import gettext
from wagtail.models import Page, Site

from portal import untranslated
from portal.models import BasePage, ContactPage, HomePage, Notice, PortalSettings
from portal.remembering import remembered
from portal.visibility import unlisted_paths, visible


@dataclass
class Link:
    """A link of a menu. `is_current` on the page itself and on the section that it belongs to."""

    title: str
    url: str
    is_current: bool = False
    language: str = ""  # of the title, where it may be another than the page's


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
        self.is_untranslated = bool(self.page) and getattr(request, "is_untranslated", False)
        asked = translation.get_language()
        self.language = self.page.language if self.page and not self.is_untranslated else asked

    @cached_property
    def site(self) -> Site | None:
        return Site.find_for_request(self.request)

    @cached_property
    def settings(self) -> PortalSettings:
        """The portal's settings; where there is no site yet, empty ones."""
        site = self.site
        if site is None:
            return PortalSettings()
        return remembered(("settings", site.pk), lambda: PortalSettings.for_site(site))

    @cached_property
    def name(self) -> str:
        return str(self.settings.name) or gettext("Hospital portal")

    @cached_property
    def home(self) -> HomePage | None:
        if isinstance(self.page, HomePage) and not self.is_untranslated:
            return self.page
        return home_in(self.language)

    @cached_property
    def home_url(self) -> str:
        return self.home.get_url(self.request) if self.home else "/"

    @cached_property
    def notices(self) -> list[Notice]:
        """The notices of this moment, each with `page`: the page that says more, in the reader's language."""
        notices = list(Notice.objects.current().select_related("link"))
        keys = {notice.link.translation_key for notice in notices if notice.link}
        pages = visible(Page.objects.filter(translation_key__in=keys, locale__language_code=self.language))
        by_key = {page.translation_key: page for page in pages} if keys else {}
        for notice in notices:
            notice.page = by_key.get(notice.link.translation_key) if notice.link else None
        return notices

    @cached_property
    def ancestors(self) -> list[Page]:
        """The pages above this one, from home down."""
        if not self.page or isinstance(self.page, HomePage):
            return []
        path, step = self.page.path, Page.steplen
        above = [path[:end] for end in range(2 * step, len(path), step)]  # the root is nobody's ancestor to see
        pages = [page for page in map(_page_at, above) if page]
        if not self.is_untranslated:
            return pages
        keys = [page.translation_key for page in pages]
        same = visible(Page.objects.filter(translation_key__in=keys, locale__language_code=self.language)).specific()
        translated = {page.translation_key: page for page in same}
        return [translated.get(page.translation_key, page) for page in pages]

    @cached_property
    def breadcrumb(self) -> list[Link]:
        return [Link(_label(page), self._url_of(page), language=page.language) for page in self.ancestors]

    def _url_of(self, page: Page) -> str:
        """The address of a page in the language of the furniture, where it has been translated and where it has not."""
        is_foreign = self.is_untranslated and isinstance(page, BasePage) and page.language != self.language
        return (untranslated.address(page, self.language, self.request) if is_foreign else "") or page.get_url(
            self.request
        )

    @cached_property
    def menu(self) -> list[Link]:
        """The pages below home that editors show in menus, in the order of the page tree."""
        if not self.home:
            return []
        here = {page.pk for page in self.ancestors} | {self.page.pk if self.page else None}
        home = self.home
        pages = remembered(
            ("menu", home.pk), lambda: list(visible(Page.objects.child_of(home).in_menu().order_by("path")).specific())
        )
        return [Link(_label(page), page.get_url(self.request), page.pk in here) for page in pages]

    @cached_property
    def footer_links(self) -> list[Link]:
        """The pages chosen in the portal's settings, each in the reader's language where it exists."""
        pages = remembered(("footer", self.settings.pk, self.language), self._find_footer_pages)
        return [Link(page.title, page.get_url(self.request)) for page in pages]

    def _find_footer_pages(self) -> list[Page]:
        order = [block.value.translation_key for block in self.settings.footer_links if block.value]
        pages = Page.objects.filter(translation_key__in=order, locale__language_code=self.language)
        return sorted(visible(pages), key=lambda page: order.index(page.translation_key))

    @cached_property
    def counterparts(self) -> list[Counterpart]:
        """This page in each language that it exists in, its own included, in the order of the settings."""
        names = dict(settings.LANGUAGES)
        if self.page:
            pages = sorted(
                [self.page, *self.page.live_translations],
                key=lambda page: list(names).index(page.language),
            )
            return [
                Counterpart(
                    page.language,
                    names[page.language],
                    page.get_url(self.request) + self.page.query_string_in(page, self.request),
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
            found.get(code) or self._elsewhere(code, name) for code, name in settings.LANGUAGES if code != self.language
        ]

    def _elsewhere(self, code: str, name: str) -> Counterpart:
        """In a language without this page: the source's text where there is one, else the home page."""
        url = untranslated.address(self.page.source, code, self.request) if self.page else ""
        url = url or f"/{code}/"
        return Counterpart(code, name, url, self.request.build_absolute_uri(url))

    @cached_property
    def asked_language(self) -> str:
        """The name of the furniture's language, in that language."""
        return _name_of(self.language)

    @cached_property
    def written_language(self) -> str:
        """The name of the text's language, in the language of the furniture."""
        return _name_of(self.page.language) if self.page else ""

    @cached_property
    def is_listed(self) -> bool:
        """Whether search engines may list this page."""
        if self.page is None or not self.settings.open_to_search_engines:
            return False
        return not self.page.path.startswith(unlisted_paths())

    @cached_property
    def canonical_url(self) -> str:
        return self.page.get_full_url(self.request) if self.page else ""


def _name_of(code: str) -> str:
    return translation.get_language_info(code)["name_translated"]


def _page_at(path: str) -> Page | None:
    """The page at a place in the tree, as its own type."""
    return remembered(
        ("page", path), lambda: Page.objects.filter(path=path).select_related("locale").specific().first()
    )


def home_in(language: str) -> HomePage | None:
    """The visible home page in a language."""
    return remembered(
        ("home", language), lambda: visible(HomePage.objects.filter(locale__language_code=language)).first()
    )


def contact_pages_in(language: str) -> list[ContactPage]:
    """The visible contact pages in a language, the portal's own first."""
    return remembered(
        ("contact pages", language),
        lambda: list(visible(ContactPage.objects.filter(locale__language_code=language)).order_by("depth", "path")),
    )


def contact_page_near(page: Page | None, language: str) -> ContactPage | None:
    """Where to write about `page`: the contact page beside or below it, else the portal's own."""
    pages = contact_pages_in(language)
    near = [found for found in pages if page and page.path.startswith(found.path[: -Page.steplen])]
    return max(near, key=lambda found: found.depth) if near else next(iter(pages), None)


def _label(page: Page) -> str:
    return page.menu_label if isinstance(page, BasePage) else page.title
