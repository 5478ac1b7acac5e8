"""What went wrong, in plain words and as RFC 9457 says it: application/problem+json."""

from typing import Any

from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework.exceptions import APIException, MethodNotAllowed
from rest_framework.response import Response


class BadParameter(APIException):
    """A parameter of the address that cannot be followed; `parameter` is its name."""

    status_code = 400

    def __init__(self, parameter: str, detail: str) -> None:
        super().__init__(detail)
        self.parameter = parameter


def as_problem(error: Exception, context: dict[str, Any]) -> Response | None:
    """The answer to an error of the request. None for a fault of ours, which is logged and answered as any other."""
    headers = {}
    problem: dict[str, Any] = {"type": "about:blank"}
    if isinstance(error, BadParameter):
        problem |= {"title": _("This request cannot be answered"), "detail": str(error.detail)}
        problem |= {"status": 400, "parameter": error.parameter}
    elif isinstance(error, Http404):
        problem |= {"title": _("Nothing is here"), "status": 404}
        problem["detail"] = str(error) or _("No such entry is public today. It may have been taken back or moved.")
    elif isinstance(error, MethodNotAllowed):
        problem |= {"title": _("Nothing can be changed here"), "status": 405}
        problem["detail"] = _("These data can only be read: use GET.")
        headers["Allow"] = "GET, HEAD, OPTIONS"
    else:
        return None
    return Response(problem, status=problem["status"], headers=headers, content_type="application/problem+json")
