"""Acts on the sizes of pictures: deleting those of withheld pictures, making the small format beforehand."""

import logging
from collections.abc import Iterable, Iterator

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from wagtail.contrib.frontend_cache.utils import PurgeBatch
from wagtail.images.models import SourceImageIOError
from wagtail.log_actions import log
from wagtail.models import Page, ReferenceIndex

from portal.models import PortalDocument, PortalImage, Rendition

logger = logging.getLogger(__name__)

WITHDRAWN = "portal.withdraw_picture"
USUAL, SMALLEST = "format-webp|", "format-avif|"


def to_withdraw() -> QuerySet[PortalImage]:
    """The pictures that visitors do not see today but whose sizes still lie in the folder of uploads."""
    return PortalImage.objects.withheld().filter(Exists(Rendition.objects.filter(image=OuterRef("pk")))).order_by("pk")


@transaction.atomic
def withdraw(image: PortalImage) -> int:
    """Delete the sizes of a picture, and have the caches in front forget them and the pages that use it.

    The original stays, where visitors never reach it: when the consent is renewed, the sizes are made anew.
    """
    image = PortalImage.objects.select_for_update().get(pk=image.pk)
    sizes = list(image.renditions.all())
    forget_in_caches(image, (size.full_url for size in sizes))
    for size in sizes:
        size.delete()  # one by one: the signal deletes the file
    if image.withdrawn_at is None or (
        image.consent_until and timezone.localdate(image.withdrawn_at) <= image.consent_until
    ):
        log(image, WITHDRAWN)  # thumbnails that staff looked at since are no news
    PortalImage.objects.filter(pk=image.pk).update(withdrawn_at=timezone.now())
    return len(sizes)


def forget_in_caches(thing: PortalImage | PortalDocument, addresses: Iterable[str]) -> None:
    """Purge these addresses, and the pages that use `thing`, from caches in front once all is stored."""
    batch = PurgeBatch()
    batch.add_urls(addresses)
    users = ReferenceIndex.get_references_to(thing).filter(base_content_type__app_label="wagtailcore")
    keys = users.filter(base_content_type__model="page").values_list("object_id", flat=True)
    batch.add_pages(Page.objects.live().filter(pk__in={int(key) for key in keys}))
    transaction.on_commit(batch.purge)


def to_warm() -> Iterator[tuple[PortalImage, list[str]]]:
    """The pictures that visitors see, with the sizes that stand on pages but lack the smallest format."""
    made = Rendition.objects.filter(filter_spec__startswith=SMALLEST).values_list(
        "image", "filter_spec", "focal_point_key"
    )
    there = set(made)
    lacking: dict[int, list[str]] = {}
    usual = Rendition.objects.filter(filter_spec__startswith=USUAL).order_by("image", "pk")
    withheld = set(PortalImage.objects.withheld().values_list("pk", flat=True))
    for image, spec, focal in usual.values_list("image", "filter_spec", "focal_point_key"):
        twin = SMALLEST + spec.removeprefix(USUAL)
        if image not in withheld and (image, twin, focal) not in there:
            lacking.setdefault(image, []).append(twin)
    for pk, specs in lacking.items():
        if image := PortalImage.objects.filter(pk=pk).first():
            yield image, specs


def warm(image: PortalImage, specs: list[str]) -> int:
    """Make these sizes, one after the other; how many. A picture whose file is gone or broken is left out."""
    made = 0
    for spec in specs:
        try:
            image.get_rendition(spec)
        except (SourceImageIOError, OSError):
            logger.exception("Picture %s cannot be read.", image.pk)
            break
        made += 1
    return made
