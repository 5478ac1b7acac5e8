"""The addresses of giving for machines: the door for providers’ messages."""

from django.urls import path

from donations import webhooks

urlpatterns = [
    path("webhooks/<slug:provider>/", webhooks.receive, name="webhook"),
    path("webhooks/<slug:provider>/<slug:account>/", webhooks.receive, name="webhook_of_account"),
]
