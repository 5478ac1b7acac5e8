"""Addresses of the directory that have no language: for programs, feeds and files."""

from django.urls import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = []
