"""Which pictures and documents visitors may fetch: those that something public uses (Wagtail's reference index)."""

from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.http import HttpRequest
from wagtail.models import Page, ReferenceIndex

from portal.models import PortalDocument, PortalImage
from portal.visibility import visible


def is_public(thing: PortalImage | PortalDocument) -> bool:
    """Whether a page that everybody may read uses it, or something else that is shown to everybody."""
    pages, others = _users(thing)
    if pages and visible(Page.objects.filter(pk__in=pages)).exists():
        return True
    return any(_is_live(kind, keys) for kind, keys in others.items())


def may_fetch(request: HttpRequest, thing: PortalImage | PortalDocument) -> bool:
    """Whether the one who asks may fetch what is not for everybody: staff, and readers of pages kept for them."""
    user = request.user
    if not user.is_authenticated:
        return False
    if user.has_perm("wagtailadmin.access_admin"):
        return True
    pages, _others = _users(thing)
    return any(
        all(restriction.accept_request(request) for restriction in page.get_view_restrictions())
        for page in Page.objects.live().filter(pk__in=pages)
    )


def _users(thing: PortalImage | PortalDocument) -> tuple[set[int], dict[int, set[str]]]:
    """The pages that use it as they are published, and everything else that does, by type."""
    references = ReferenceIndex.objects.filter(
        to_content_type=ContentType.objects.get_for_model(thing), to_object_id=str(thing.pk)
    )
    page_type = ContentType.objects.get_for_model(Page).pk
    pages: set[int] = set()
    others: dict[int, set[str]] = {}
    for kind, key in references.values_list("base_content_type", "object_id").distinct():
        if kind == page_type:
            pages.add(int(key))
        else:
            others.setdefault(kind, set()).add(key)
    return pages, others


def _is_live(kind: int, keys: set[str]) -> bool:
    model: Any = ContentType.objects.get_for_id(kind).model_class()
    if model is None:
        return False
    rows = model._default_manager.filter(pk__in=keys)
    return (rows.filter(live=True) if hasattr(model, "live") else rows).exists()
