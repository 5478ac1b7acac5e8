"""The map of the portal in named parts: for staff, for machines, for visitors, then Wagtail's page tree."""

from django.conf import settings
from django.conf.urls.i18n import i18n_patterns
from django.urls import include, path, re_path
from django.utils.translation import gettext_lazy as _
from wagtail import urls as wagtail_urls
from wagtail.admin import urls as wagtailadmin_urls
from wagtail.documents import urls as wagtaildocs_urls

from portal import contact, media_views, narrowed, search, sitemaps, views
from portal.signing_in.views import to_the_door

private = [
    path("admin/", include("portal.signing_in.urls")),
    path("admin/", include(narrowed)),
    path("admin/", include(wagtailadmin_urls)),
    path("documents/authenticate_with_password/<int:restriction_id>/", to_the_door),
    path("documents/<int:document_id>/<path:document_filename>", media_views.serve_document),
    path("documents/", include(wagtaildocs_urls)),
    path(f"{settings.MEDIA_URL.strip('/')}/<path:path>", media_views.serve_media),
]

machines = [
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("robots.txt", views.robots, name="robots"),
    path("sitemap.xml", sitemaps.index, name="sitemap"),
    path("", include("departments.machine_urls")),
    path("giving/", include("donations.machine_urls")),
]
visitors = i18n_patterns(
    path(_("search/"), search.search, name="search"),
    path("-/contact/<int:page_id>/", contact.send, name="send_message"),
    path("-/", include("departments.visitor_urls")),
    path("-/", include("donations.visitor_urls")),
    re_path(r"^_util/(login|authenticate_with_password/.*)/$", to_the_door),
    re_path(wagtail_urls.serve_pattern, views.serve_page, name="wagtail_serve"),
    path("", include(wagtail_urls)),
)

urlpatterns = [*private, *machines, path("", views.to_the_readers_language), *visitors]

handler400 = "portal.views.bad_request"
handler403 = "portal.views.forbidden"
handler404 = "portal.views.page_not_found"
handler500 = "portal.views.server_error"
