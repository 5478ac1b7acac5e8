"""What visitors may see."""

from django.db.models import CharField, Exists, ExpressionWrapper, F, OuterRef
from wagtail import hooks
from wagtail.models import Page, PageViewRestriction
from wagtail.query import PageQuerySet


def visible(pages: PageQuerySet) -> PageQuerySet:
    """Those of `pages` that are live and that no view restriction hides, with their locales.

    Says the same as `live().public()`, but asks within the one query: a page lists pages of many kinds, and
    each `public()` would first fetch the restrictions.
    """
    path = ExpressionWrapper(OuterRef("path"), output_field=CharField())
    above = PageViewRestriction.objects.alias(path_of_page=path).filter(path_of_page__startswith=F("page__path"))
    return pages.live().filter(~Exists(above)).select_related("locale")


def on_visible_page(fact_page: str, language: str | None = None) -> Exists:
    """Whether visitors may see the page, in any language or in `language`, on which a fact hangs.

    `fact_page` is the name of the fact's foreign key to that page.
    """
    pages = Page.objects.filter(translation_key=OuterRef(f"{fact_page}__translation_key"))
    if language:
        pages = pages.filter(locale__language_code=language)
    return Exists(visible(pages).order_by())


def unlisted_paths() -> tuple[str, ...]:
    """The places in the tree at and below which search engines never list anything.

    Other apps name theirs through the hook `unlisted_pages`, whose functions give pages.
    """
    return tuple(page.path for find in hooks.get_hooks("unlisted_pages") for page in find())
