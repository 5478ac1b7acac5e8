"""The institutes of the portal: few, on every page, found once per process."""

from wagtail.models import Page

from institutes.models import InstitutePage
from portal.furniture import contact_page_near
from portal.models import ContactPage
from portal.remembering import remembered
from portal.visibility import visible


def all_institutes() -> list[InstitutePage]:
    """Every visible institute in every language, in the order of the tree, each with its source page at hand."""
    return remembered("institutes", _find_institutes)


def institute_of(page: Page) -> InstitutePage | None:
    """The institute that `page` is or stands below; None elsewhere, and where it is not visible."""
    return next((institute for institute in all_institutes() if page.path.startswith(institute.path)), None)


def institutes_in(language: str) -> list[InstitutePage]:
    """The institutes that lists in `language` name: those in it, and sources that none of these translates."""
    own = [institute for institute in all_institutes() if institute.language == language]
    keys = {institute.translation_key for institute in own}
    return own + [page for page in all_institutes() if page.is_source and page.translation_key not in keys]


def institute_in(language: str, page: Page) -> InstitutePage | None:
    """The institute that `page` is or stands below, as lists in `language` name it."""
    own = institute_of(page)
    if own is None or own.language == language:
        return own
    return next((found for found in institutes_in(language) if found.translation_key == own.translation_key), own)


def places_of(institute: Page) -> tuple[str, ...]:
    """Where the institute stands in the tree, in each language."""
    same = (page.path for page in all_institutes() if page.translation_key == institute.translation_key)
    return tuple({institute.path, *same})


def contact_page_in(language: str, page: Page) -> ContactPage | None:
    """Where a reader of `language` writes about `page`: to its institute, else to the portal."""
    return contact_page_near(institute_in(language, page) or page, language)


def _find_institutes() -> list[InstitutePage]:
    institutes = list(visible(InstitutePage.objects.order_by("path")))
    sources = {institute.translation_key: institute for institute in institutes if institute.is_source}
    for institute in institutes:
        if institute.translation_key in sources:
            institute.source = sources[institute.translation_key]
    return institutes
