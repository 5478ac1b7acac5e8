"""JSON-LD in the words of schema.org: the breadcrumb of any page and what the page itself adds."""

from typing import Any

from portal.furniture import Furniture


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
