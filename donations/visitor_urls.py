"""The addresses of giving that are no pages: the donor's own pages, and the sandbox where there is one."""

from django.conf import settings
from django.urls import path

from donations import receipt_views, sandbox_views

urlpatterns = []

# Receipts
urlpatterns += [path("receipts/<str:key>/", receipt_views.receipt, name="receipt")]

if "sandbox" in settings.DONATION_PROVIDERS:
    urlpatterns += [
        path("sandbox/<slug:ref>/", sandbox_views.hosted_page, name="sandbox_page"),
        path("sandbox/portal/<slug:customer>/", sandbox_views.portal, name="sandbox_portal"),
    ]
