"""Pictures as visitors get them: in the formats and sizes that exist, or as the words that stand in their place."""

import math
from typing import Any

from django import template
from django.core.cache import caches
from django.db.models import prefetch_related_objects
from django.utils.html import format_html
from django.utils.safestring import SafeString
from wagtail.images.models import Filter, Picture
from wagtail.images.shortcuts import get_renditions_or_not_found

from portal.models import PortalImage

register = template.Library()

USUAL = ("webp", "jpeg")  # made when a visitor asks for a page first
SMALLEST = "avif"  # takes seconds: made by `manage.py warm_pictures`, offered once it is there
LOOK_AGAIN = 300  # seconds until a process looks whether it is
# The classes of site.css for the frise, and how far from its upper and lower edge (half
# of it from the sides) its curves cut nothing off.
MOST_NEEDED, MOST_LIMITED, CURVES = 20, 40, 0.25


@register.simple_tag
def photo(image: PortalImage | None, sizes: str, shown: str, alt: str | None = None, **attributes: Any) -> SafeString:
    """`{% photo image "width-{480,960}" "92vw" loading="lazy" %}`: `sizes` in Wagtail's words, then how wide it stands.

    `alt=""` where the picture says nothing that does not stand beside it.
    """
    if not image:
        return SafeString("")
    if image.is_withheld:
        words = image.words_instead if alt is None else alt
        return format_html('<span class="picture-words">{}</span>', words) if words else SafeString("")
    formats = (SMALLEST, *USUAL) if _is_warm(image, _filters(sizes, [SMALLEST])) else USUAL
    renditions = get_renditions_or_not_found(image, _filters(sizes, formats))
    attributes = {name: value for name, value in attributes.items() if value}
    if alt is not None:
        attributes["alt"] = alt
    return Picture(renditions, {"sizes": shown, "class": focal_class(image), **attributes}).__html__()


@register.filter
def shown(image: PortalImage | None) -> PortalImage | None:
    """The picture, unless visitors may not see it today."""
    return None if image is None or not image or image.is_withheld else image


@register.filter
def focal_class(image: PortalImage) -> str:
    """The class that keeps the focal area of `image` in view when the browser crops it: "focus-x40 focus-y62"."""
    x, y = image.object_position()
    return f"focus-x{x} focus-y{y}"


@register.filter
def place_in_frise(image: PortalImage) -> str:
    """How much room the focal area needs in the frise, as classes: at least so wide, at most so wide, without curves.

    In tenths of the band's height. As wide as it is high, a picture is whole; narrower, the browser cuts off its sides,
    wider, its top and bottom.
    """
    area = image.get_focal_point()
    if area is None or image.is_withheld:
        return ""
    width, height = min(area.width, image.width), min(area.height, image.height)
    classes = [f"frise__item--needs-{min(MOST_NEEDED, math.ceil(10 * width / image.height))}"]
    widest = 5 * math.floor(2 * image.width / max(1, height))
    if widest <= MOST_LIMITED:
        classes.append(f"frise__item--most-{max(5, widest)}")
    above_and_below = min(area.top, image.height - area.bottom) / image.height
    beside = min(area.left, image.width - area.right) / image.height
    if image.width < image.height or above_and_below < CURVES or beside < CURVES / 2:
        classes.append("frise__item--plain")
    return " ".join(classes)


@register.filter
def with_renditions(pictures: Any) -> list[PortalImage]:
    """The images of a stream of image blocks, their existing sizes fetched in one query rather than one each."""
    images = [picture.value for picture in pictures if picture.value]
    prefetch_related_objects(images, "renditions")
    return images


@register.filter
def credited(pictures: Any) -> list[PortalImage]:
    """Of the images of a stream that are shown, one for each who made some, and terms under which they may be used."""
    images = [picture.value for picture in pictures if picture.value and not picture.value.is_withheld]
    return list({(image.credit, image.licence): image for image in images if image.credit or image.licence}.values())


def _filters(sizes: str, formats: Any) -> list[Filter]:
    return [Filter(f"format-{one}|{size}") for one in formats for size in Filter.expand_spec(sizes)]


def _is_warm(image: PortalImage, filters: list[Filter]) -> bool:
    """Whether all of these sizes have been made; asked once in five minutes of a picture."""
    cache, Rendition = caches["renditions"], image.get_rendition_model()
    first = filters[0]
    key = "warm-" + Rendition.construct_cache_key(image, first.get_cache_key(image), f"{first.spec}-{len(filters)}")
    known = cache.get(key)
    if known is None:
        known = len(image.find_existing_renditions(*filters)) == len(filters)
        cache.set(key, known, LOOK_AGAIN)
    return known
