"""Addresses of the directory below the reader's language that are no pages."""

from django.urls import URLPattern, URLResolver, path

from departments import wrong_numbers

urlpatterns: list[URLPattern | URLResolver] = [
    path("wrong-number/<uuid:uuid>/", wrong_numbers.report_number, name="report_number"),
]
