"""All pages, a few hundred at a time, each as its own type: for what looks through everything that the portal says."""

from collections.abc import Iterator

from django.db.models import Q
from wagtail.models import get_page_models
from wagtail.query import PageQuerySet

from portal.content import rows_with_words
from portal.models import BasePage

SIZE = 200


def batches(pages: PageQuerySet, drafts: bool = False) -> Iterator[list[BasePage]]:
    """Those of `pages` that visitors read, with their languages and rows: a fixed number of queries for each batch.

    With `drafts`, the latest drafts instead, of the pages where they differ. An alias says what its source says.
    """
    chosen = pages.filter(alias_of=None)
    differs = Q(has_unpublished_changes=True) | Q(live=False)
    chosen = chosen.filter(differs) if drafts else chosen.live()
    for model in get_page_models():
        if not issubclass(model, BasePage):
            continue
        of_type = model.objects.exact_type(model).filter(pk__in=chosen.values("pk")).order_by("path")
        of_type = of_type.select_related("locale", *(["latest_revision"] if drafts else []))
        batch: list[BasePage] = []
        for page in of_type.prefetch_related(*rows_with_words(model)).iterator(chunk_size=SIZE):
            batch.append(page.get_latest_revision_as_object() if drafts else page)
            if len(batch) == SIZE:
                yield batch
                batch = []
        if batch:
            yield batch
