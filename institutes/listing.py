"""The institutes of the portal: few, on every page, found once per process."""

from wagtail.models import Page

from institutes.models import InstitutePage
from portal.remembering import remembered
from portal.visibility import visible


def all_institutes() -> list[InstitutePage]:
    """Every visible institute in every language, in the order of the tree, each with its source page at hand."""
    return remembered("institutes", _find_institutes)


def institute_of(page: Page) -> InstitutePage | None:
    """The institute that `page` is or stands below; None elsewhere, and where it is not visible."""
    return next((institute for institute in all_institutes() if page.path.startswith(institute.path)), None)


def _find_institutes() -> list[InstitutePage]:
    institutes = list(visible(InstitutePage.objects.order_by("path")))
    sources = {institute.translation_key: institute for institute in institutes if institute.is_source}
    for institute in institutes:
        if institute.translation_key in sources:
            institute.source = sources[institute.translation_key]
    return institutes
