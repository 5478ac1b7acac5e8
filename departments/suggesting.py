"""Departments that fit what a visitor has typed so far, as JSON: help that the search page works without."""

from django.http import Http404, HttpRequest, JsonResponse
from django.utils import translation
from django.views.decorators.http import require_safe

from departments.finding import Finding
from departments.models import DirectoryPage
from portal.untranslated import url_in, written_in
from portal.visibility import visible

MOST = 8
SHORTEST = 2  # characters; one says too little


@require_safe
def suggestions(request: HttpRequest, page_id: int) -> JsonResponse:
    """At most eight departments for `?q=`, with the filters of the form; for the readers of this directory."""
    page = visible(DirectoryPage.objects.filter(pk=page_id)).first()
    if page is None or page.language != translation.get_language():
        raise Http404
    finding = Finding(page, request.GET)
    found = finding.suggestions(MOST) if len(finding.query) >= SHORTEST else []
    return JsonResponse(
        {
            "suggestions": [
                {
                    "name": item.page.title,
                    "language": item.page.language,
                    "where": " · ".join(filter(None, [written_in(item.page), item.where])),
                    "url": url_in(item.page, page.language, request),
                }
                for item in found
            ]
        }
    )
