"""Addresses of the directory below the reader's language that are no pages."""

from django.urls import URLPattern, URLResolver, path

from departments import suggesting

urlpatterns: list[URLPattern | URLResolver] = [
    path("directory/<int:page_id>/suggestions/", suggesting.suggestions, name="directory_suggestions"),
]
