"""The addresses of giving that are no pages: the donor's own pages, and the sandbox where there is one."""

from django.conf import settings
from django.urls import path

from donations import receipt_views, sandbox_views, views

urlpatterns = [
    path("giving/<int:page_id>/", views.begin, name="begin_gift"),
    path("giving/<uuid:token>/", views.gift, name="gift"),
    path("giving/<uuid:token>/pay/", views.pay, name="pay_gift"),
    path("giving/confirm/<str:signed>/", views.confirm, name="confirm_gift"),
    path("giving/monthly/", views.ask_for_link, name="ask_for_link"),
    path("giving/monthly/<str:key>/", views.pledge, name="pledge"),
    path("giving/family/<uuid:key>/", views.family, name="family"),
]

# Receipts
urlpatterns += [path("receipts/<str:key>/", receipt_views.receipt, name="receipt")]

if "sandbox" in settings.DONATION_PROVIDERS:
    urlpatterns += [
        path("sandbox/<slug:ref>/", sandbox_views.hosted_page, name="sandbox_page"),
        path("sandbox/portal/<slug:customer>/", sandbox_views.portal, name="sandbox_portal"),
    ]
