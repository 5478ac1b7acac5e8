"""The page that explains the open data to those who want to use them."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe


@require_safe
def explanation(request: HttpRequest) -> HttpResponse:
    """How to ask, what one gets, what re-users owe to patients, and under which licence."""
    start = request.build_absolute_uri(reverse("api:start"))
    fhir = request.build_absolute_uri(reverse("fhir:metadata").removesuffix("/metadata"))
    return render(
        request,
        "departments/open_data.html",
        {"start": start, "fhir": fhir, "licence": settings.OPEN_DATA_LICENCE},
    )
