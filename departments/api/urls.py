"""The addresses of the API."""

from django.urls import URLPattern, path, re_path

from departments.api import views
from departments.open_access import open_to_all

app_name = "api"


def _address(route: str, view: type, name: str) -> URLPattern:
    return path(route, open_to_all(view.as_view()), name=name)


urlpatterns = [
    _address("", views.StartView, "start"),
    _address("openapi.json", views.SchemaView, "schema"),
    _address("institutes/", views.InstitutesView, "institutes"),
    _address("institutes/<uuid:key>/", views.InstituteView, "institute"),
    _address("hospitals/", views.HospitalsView, "hospitals"),
    _address("hospitals/<uuid:key>/", views.HospitalView, "hospital"),
    _address("departments/", views.DepartmentsView, "departments"),
    _address("departments/<uuid:key>/", views.DepartmentView, "department"),
    _address("lines/", views.LinesView, "lines"),
    _address("lines/<uuid:key>/", views.LineView, "line"),
    _address("people/", views.PeopleView, "people"),
    _address("people/<uuid:key>/", views.PersonView, "person"),
    # An address without its last slash is no match, so that it leads to the one with it.
    re_path(r"^(?P<nothing>.*)/$", open_to_all(views.NothingView.as_view()), name="nothing"),
]
