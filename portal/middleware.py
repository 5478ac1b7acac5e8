"""What every request and response goes through."""

from collections.abc import Callable
from urllib.parse import unquote_to_bytes

from csp.middleware import CSPMiddleware, PolicyParts
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.middleware.locale import LocaleMiddleware
from django.utils import translation
from django.utils.cache import patch_vary_headers

GetResponse = Callable[[HttpRequest], HttpResponse]

LONGEST_QUERY = 2_000  # characters of a query string; the longest honest one is a search with its filters
# Where passwords and codes are typed (portal/signing_in/urls.py): pages of our own, without inline scripts.
THE_DOOR = ("/admin/login/", "/admin/password_reset/", "/admin/account/password/", "/admin/account/second-factor/")


class ContentSecurityPolicyMiddleware(CSPMiddleware):
    """The strict policy for visitors, the admin's own under /admin/ and for previews."""

    def get_policy_parts(self, request: HttpRequest, response: HttpResponse, report_only: bool = False) -> PolicyParts:
        parts = super().get_policy_parts(request, response, report_only)
        # A preview is made as if a visitor asked for the page, but is shown in a frame of the admin.
        is_for_staff = request.path.startswith("/admin/") or getattr(request, "is_preview", False)
        if is_for_staff and not report_only:
            is_door = request.path.startswith(THE_DOOR)
            parts.config = settings.DOOR_CONTENT_SECURITY_POLICY if is_door else settings.ADMIN_CONTENT_SECURITY_POLICY
        return parts


class LanguageMiddleware(LocaleMiddleware):
    """Django's, without its redirect of unknown addresses into a language: what is not there is a 404 at once."""

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        if not translation.get_language_from_path(request.path_info):
            patch_vary_headers(response, ("Accept-Language",))
        response.headers.setdefault("Content-Language", translation.get_language())
        return response


def refuse_hostile_addresses(get_response: GetResponse) -> GetResponse:
    """Addresses that no link of ours can have made get a 400 before they reach the database."""

    def middleware(request: HttpRequest) -> HttpResponse:
        query = request.META.get("QUERY_STRING", "")
        if (
            "\0" in request.path
            or "%00" in query
            or (len(query) > LONGEST_QUERY and not request.path.startswith("/admin/"))
        ):
            return _bad_request()
        try:
            unquote_to_bytes(query).decode()
        except UnicodeDecodeError:
            return _bad_request()
        return get_response(request)

    return middleware


def _bad_request() -> HttpResponse:
    return HttpResponseBadRequest("400 Bad Request", content_type="text/plain")


def caching_policy(get_response: GetResponse) -> GetResponse:
    """Says of every page that says nothing itself who may keep it.

    Public pages are the same for everybody, so that any cache may keep them - but it asks again each time
    (ETag), since a number that was corrected must be right at once. Whatever touched a session is private.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if response.has_header("Cache-Control"):
            return response
        is_public = (
            request.method in ("GET", "HEAD")
            and response.status_code in (200, 301, 302, 304, 404)
            and not request.path.startswith("/admin/")
            and not response.cookies
            and "Cookie" not in response.get("Vary", "")
        )
        response["Cache-Control"] = "public, no-cache" if is_public else "private, no-store"
        return response

    return middleware
