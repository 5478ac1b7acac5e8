"""The portal's own addresses: the way in, the health of the process, robots, and pages for what went wrong."""

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.views.decorators.cache import never_cache
from wagtail.models import Site
from wagtail.views import serve

from portal import readiness, untranslated
from portal.furniture import home_in
from portal.models import HomePage, PortalSettings


def to_the_readers_language(request: HttpRequest) -> HttpResponse:
    """`/` leads to the home page in the language that the browser asks for, the source language otherwise."""
    language = translation.get_language_from_request(request)
    live = HomePage.objects.live().values_list("locale__language_code", flat=True)
    if language not in live:
        language = settings.LANGUAGE_CODE
    response = HttpResponseRedirect(f"/{language}/")
    patch_vary_headers(response, ["Accept-Language"])
    return response


@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """200 while the process answers at all; asks nobody else."""
    return HttpResponse("ok", content_type="text/plain")


@never_cache
def readyz(request: HttpRequest) -> HttpResponse:
    """200 while the database answers too, else 503: a load balancer then sends visitors elsewhere.

    What should run by itself and does not is named line by line. Pages can be read without it, so the answer stays
    200 - but for a monitor that asks for `?strict`, to be woken.
    """
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        alarms = readiness.alarms()
    except DatabaseError:
        return HttpResponse("the database does not answer", content_type="text/plain", status=503)
    if not alarms:
        return HttpResponse("ok", content_type="text/plain")
    status = 503 if "strict" in request.GET else 200
    return HttpResponse("\n".join(["ready, but", *alarms, ""]), content_type="text/plain", status=status)


def robots(request: HttpRequest) -> HttpResponse:
    """Crawlers may read every page - they must, to see that it asks not to be listed - but not the admin."""
    lines = ["User-agent: *", "Disallow: /admin/", f"Sitemap: {request.build_absolute_uri(reverse('sitemap'))}", ""]
    return HttpResponse("\n".join(lines), content_type="text/plain")


def _language_of(path: str) -> str | None:
    language = translation.get_language_from_path(path)
    return language if language in dict(settings.LANGUAGES) else None


def _went_wrong(request: HttpRequest, status: int) -> HttpResponse:
    """A page that says what went wrong in the visitor's language and leads home and to the emergency numbers.

    It asks the database nothing: it must come up when that is what went wrong.
    """
    language = _language_of(request.path_info) or translation.get_language_from_request(request)
    with translation.override(language):
        response = render(request, f"{status}.html", {"language": language}, status=status)
    response["Content-Language"] = language
    return response


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _went_wrong(request, 400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _went_wrong(request, 403)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return _went_wrong(request, 403)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _went_wrong(request, 404)


def server_error(request: HttpRequest) -> HttpResponse:
    return _went_wrong(request, 500)


def serve_page(request: HttpRequest, path: str) -> HttpResponse:
    """Wagtail's view of pages, which would look the home page of the language up each time, in three queries."""
    site, home = Site.find_for_request(request), home_in(translation.get_language())
    if site and home and home.translation_key == site.root_page.translation_key:
        # Wagtail routes a request once and takes what it finds here (`Page.route_for_request`).
        parts = [part for part in path.split("/") if part]
        try:
            found = home.route(request, parts)
        except Http404:
            found = untranslated.route(request, home, parts)
            if found is None:
                raise
        if isinstance(found, HttpResponse):
            return found
        request._wagtail_route_for_request = found
    return serve(request, path)


def is_open_to_search_engines(request: HttpRequest) -> bool:
    """Whether an administrator has opened the portal to search engines."""
    site = Site.find_for_request(request)
    return bool(site) and PortalSettings.for_request(request).open_to_search_engines
