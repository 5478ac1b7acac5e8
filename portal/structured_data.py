"""JSON-LD in the words of schema.org: the breadcrumb of any page and what the page itself adds."""

from typing import Any

from wagtail.images.shortcuts import get_rendition_or_not_found

from portal.furniture import Furniture
from portal.models import PortalImage


def graph(furniture: Furniture) -> list[dict[str, Any]]:
    """The nodes of a page: where it stands, then what it is about."""
    page, request = furniture.page, furniture.request
    if page is None:
        return []
    nodes: list[dict[str, Any]] = [
        {
            "@type": "WebPage",
            "@id": furniture.canonical_url,
            "url": furniture.canonical_url,
            "name": page.title,
            "inLanguage": page.language,
            "isPartOf": {"@type": "WebSite", "name": furniture.name, "url": request.build_absolute_uri("/")},
        }
    ]
    if page.search_description or page.summary:
        nodes[0]["description"] = page.search_description or page.summary
    if page.share_image and not page.share_image.is_withheld:
        nodes[0]["primaryImageOfPage"] = _image(page.share_image)
    if furniture.breadcrumb:
        trail = [*((link.title, request.build_absolute_uri(link.url)) for link in furniture.breadcrumb)]
        trail.append((page.title, furniture.canonical_url))
        nodes.append(
            {
                "@type": "BreadcrumbList",
                "itemListElement": [
                    {"@type": "ListItem", "position": number, "name": name, "item": url}
                    for number, (name, url) in enumerate(trail, start=1)
                ],
            }
        )
    return nodes + page.structured_data(request)


def _image(image: PortalImage) -> dict[str, Any]:
    node: dict[str, Any] = {
        "@type": "ImageObject",
        "contentUrl": get_rendition_or_not_found(image, "fill-1200x630|format-jpeg").full_url,
    }
    if image.credit:
        node["creditText"] = image.credit
    if image.licence:
        is_address = image.licence.startswith(("http://", "https://"))
        node["license"] = image.licence if is_address else {"@type": "CreativeWork", "name": image.licence}
    return node
