"""What every page needs and few changes touch - menus, the institutes, the directory - is found once per process.

The database holds a stamp that changes with the content, in the same transaction. A request reads it once; what a
process found under another stamp is forgotten. So any number of processes agree, at the price of one small query.
"""

import uuid
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

from asgiref.local import Local
from django.core.signals import request_started
from django.db.models import Model
from django.db.models.signals import post_delete, post_save
from wagtail.models import Locale, Page, PageViewRestriction, Site
from wagtail.signals import page_published, page_slug_changed, page_unpublished, post_page_move

from portal.models.stamps import ContentStamp

Found = TypeVar("Found")

_request = Local()
# What is known and under which stamp: replaced as a whole, so that threads never see one without the other.
_memory: tuple[uuid.UUID | None, dict[Hashable, Any]] = (None, {})


def remembered(key: Hashable, find: Callable[[], Found]) -> Found:
    """What `find` gives, found at most once per process for as long as the content stays as it is."""
    global _memory
    stamp = _stamp()
    if stamp is None:
        return find()
    known_under, known = _memory
    if known_under != stamp:
        known = {}
        _memory = (stamp, known)
    if key not in known:
        known[key] = find()
    return known[key]


def _stamp() -> uuid.UUID | None:
    """The stamp as the current request found it; None where the portal has not been set up."""
    if not hasattr(_request, "stamp"):
        _request.stamp = ContentStamp.objects.values_list("value", flat=True).first()
    return _request.stamp


def _begin(**kwargs: Any) -> None:
    if hasattr(_request, "stamp"):
        del _request.stamp


def renew_stamp(**kwargs: Any) -> None:
    """Make every process forget what it remembers."""
    ContentStamp.objects.update(value=uuid.uuid4())
    _begin()


def watch_pages() -> None:
    """Renew the stamp whenever visitors may see other pages, or the same ones elsewhere."""
    request_started.connect(_begin)
    for signal in (page_published, page_unpublished, page_slug_changed, post_page_move):
        signal.connect(renew_stamp)
    post_delete.connect(_page_deleted)
    watch(Site, Locale, PageViewRestriction)


def watch(*models: type[Model]) -> None:
    """Renew the stamp whenever a row of these models is saved or deleted."""
    for model in models:
        post_save.connect(renew_stamp, sender=model)
    watch_deletion(*models)


def watch_deletion(*models: type[Model]) -> None:
    """Renew the stamp whenever a row of these models is deleted."""
    for model in models:
        post_delete.connect(renew_stamp, sender=model)


def _page_deleted(sender: type, **kwargs: Any) -> None:
    if issubclass(sender, Page):
        renew_stamp()
