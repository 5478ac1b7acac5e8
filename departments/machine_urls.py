"""Addresses of the directory that have no language: for programs, feeds and files."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/", include("departments.api.urls")),
    path("fhir/R4/", include("departments.fhir_urls")),
]
