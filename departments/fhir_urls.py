"""The addresses of FHIR R4. They have no slash at the end, as the standard writes them."""

from django.urls import path, re_path

from departments import fhir_views
from departments.open_access import open_to_all

app_name = "fhir"
urlpatterns = [
    path("metadata", open_to_all(fhir_views.metadata), name="metadata"),
    path("<str:kind>", open_to_all(fhir_views.listing), name="listing"),
    path("<str:kind>/<str:identifier>", open_to_all(fhir_views.read), name="read"),
    re_path("", open_to_all(fhir_views.nothing), name="nothing"),
]
