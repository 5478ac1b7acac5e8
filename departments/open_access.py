"""Data for everybody: what other sites' scripts may read, without cookies and without asking who they are."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

_READING = "GET, HEAD, OPTIONS"


def open_to_all(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A view whose answers scripts of any site may read (CORS). It sees GET and HEAD; OPTIONS is answered here.

    No credentials are ever allowed, so a browser sends no cookie along and an answer is the same for everybody.
    """

    @wraps(view)
    def opened(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method == "OPTIONS":
            response = HttpResponse(status=204)
            response["Allow"] = response["Access-Control-Allow-Methods"] = _READING
            response["Access-Control-Allow-Headers"] = "Accept, Accept-Language, If-None-Match"
            response["Access-Control-Max-Age"] = "86400"  # seconds that a browser need not ask again
        else:
            response = view(request, *args, **kwargs)
        if request.method in ("GET", "HEAD", "OPTIONS"):
            response["Access-Control-Allow-Origin"] = "*"
            response["Access-Control-Expose-Headers"] = "ETag, Link"
        response["X-Robots-Tag"] = (
            "noindex"  # search engines show people the pages, never an answer kept from last month
        )
        return response

    return csrf_exempt(opened)  # nothing is changed here, and what is no reading gets its own plain answer
