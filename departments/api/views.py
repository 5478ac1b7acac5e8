"""The doors of the API: lists in pages of constant cost, single entries, the schema, and where to start."""

import uuid
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils import translation
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.views import APIView

from departments.api import shapes
from departments.api.problems import BadParameter, as_problem
from departments.api.records import Record, Records
from departments.models import DepartmentPage, HospitalPage
from departments.published import (
    LANGUAGES,
    at_hospital,
    below_institute,
    keys_of,
    located_at,
    patients_lines,
    people,
    places_of,
    published,
    subjects,
    texts,
)
from departments.site_hours import site_timetables
from institutes.models import InstitutePage, ProfilePage
from portal.models import BasePage, PortalSettings

PER_PAGE = 100
MOST_PER_PAGE = 200


class AlwaysJson(BaseContentNegotiation):
    """There is one form of an answer, whatever a client says that it would rather have."""

    def select_parser(self, request: Any, parsers: Any) -> None:
        return None

    def select_renderer(self, request: Any, renderers: Any, format_suffix: str | None = None) -> tuple[Any, str]:
        return renderers[0], renderers[0].media_type


_PARAMETERS = {
    "language": OpenApiParameter(
        "language",
        str,
        enum=LANGUAGES,
        description="Texts in this language alone, and only what has a public page in it.",
    ),
    "limit": OpenApiParameter("limit", int, description=f"Entries in one answer: 1 to {MOST_PER_PAGE}."),
    "cursor": OpenApiParameter("cursor", OpenApiTypes.UUID, description="As `next` gives it."),
    "institute": OpenApiParameter("institute", OpenApiTypes.UUID, description="Only what this institute owns."),
    "hospital": OpenApiParameter("hospital", OpenApiTypes.UUID, description="Only what is found at this hospital."),
    "department": OpenApiParameter("department", OpenApiTypes.UUID, description="Only the lines of this department."),
}
_PAGING = ("language", "limit", "cursor")
_PROBLEM = OpenApiResponse(shapes.Problem, description="What is wrong, in plain words.")


def _documented(operation: str, shape: type, summary: str, *parameters: str, **problems: Any) -> Callable:
    kind = "application/problem+json"
    return extend_schema(
        operation_id=operation,
        summary=summary,
        tags=["directory"],
        parameters=[_PARAMETERS[name] for name in parameters],
        responses={(200, "application/json"): shape} | {(int(status[1:]), kind): _PROBLEM for status in problems},
    )


class OpenDataView(APIView):
    """A view that anybody may read: no account, no cookie, no session, one form of answer."""

    authentication_classes: list[type] = []
    permission_classes: list[type] = []
    throttle_classes: list[type] = []
    parser_classes: list[type] = []
    renderer_classes = [JSONRenderer]
    content_negotiation_class = AlwaysJson
    http_method_names = ["get", "head", "options"]
    parameters: tuple[str, ...] = ("language",)

    def get_exception_handler(self) -> Callable:
        return as_problem

    def initial(self, request: Any, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        language = request.GET.get("language")
        if language in LANGUAGES:
            translation.activate(language)  # of the words of a problem; the middleware activates each request's own
        for name in request.GET:
            if name not in self.parameters:
                known = ", ".join(self.parameters) or "–"
                raise BadParameter(
                    name, _("This parameter is not known here. Known are: %(known)s.") % {"known": known}
                )
            if len(request.GET.getlist(name)) > 1:
                raise BadParameter(name, _("This parameter is there several times. Give it once."))
        if language is not None and language not in LANGUAGES:
            raise BadParameter(
                "language", _("This language is not there. Choose one of: %(known)s.") % {"known": ", ".join(LANGUAGES)}
            )

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        if response.status_code == 200:
            response.headers.setdefault("Content-Language", ", ".join(self.languages))
        return response

    @property
    def language(self) -> str | None:
        return self.request.GET.get("language")

    @property
    def languages(self) -> list[str]:
        return [self.language] if self.language in LANGUAGES else LANGUAGES

    @cached_property
    def records(self) -> Records:
        return Records(self.request, self.languages)

    def hospitals(self, keys: list) -> list[Record]:
        found = subjects(HospitalPage, keys).values()
        timetables = site_timetables(subject.source for subject in found)
        return [self.records.hospital(subject, timetables.get(subject.source.pk)) for subject in found]

    def id_in(self, name: str) -> uuid.UUID | None:
        """The id that a parameter gives, if it is there."""
        text = self.request.GET.get(name)
        if text is None:
            return None
        try:
            return uuid.UUID(text)
        except ValueError:
            raise BadParameter(
                name, _("This is no id. An id looks like 7e0cbb2e-54d1-4a57-9d0c-2a6f3d3c8a11.")
            ) from None

    def subject_in(self, name: str, model: type[BasePage]) -> uuid.UUID | None:
        """The id of a public subject that a parameter gives, if it is there."""
        key = self.id_in(name)
        if key and not keys_of(model, language=self.language).filter(translation_key=key).exists():
            raise BadParameter(name, _("Nothing with this id is public today. Leave the parameter out, or correct it."))
        return key


class ListView(OpenDataView):
    """A list in the order of the ids: each page costs the same, none is lost or told twice while others change."""

    key_field = "translation_key"
    shape: type

    @property
    def limit(self) -> int:
        text = self.request.GET.get("limit", str(PER_PAGE))
        if not (text.isascii() and text.isdecimal() and len(text) < 9 and 1 <= int(text) <= MOST_PER_PAGE):
            raise BadParameter("limit", _("Give a whole number from 1 to %(most)s.") % {"most": MOST_PER_PAGE})
        return int(text)

    def answer(
        self, found: QuerySet, make: Callable[[list], list[Record]], key_of: Callable = lambda key: key
    ) -> Response:
        """One page of `found`, which is in the order of its keys, as `make` makes records of it."""
        cursor, limit = self.id_in("cursor"), self.limit
        if cursor:
            found = found.filter(**{f"{self.key_field}__gt": cursor})
        rows = list(found[: limit + 1])
        following = None
        if len(rows) > limit:
            parameters = self.request.GET.copy()
            parameters["cursor"] = str(key_of(rows[limit - 1]))
            following = self.request.build_absolute_uri(f"{self.request.path}?{parameters.urlencode()}")
        return Response(self.shape({"next": following, "results": make(rows[:limit])}).data)


class InstitutesView(ListView):
    parameters = _PAGING
    shape = shapes.Institutes

    @_documented("listInstitutes", shapes.Institutes, "The institutes", *_PAGING, _400=1)
    def get(self, request: Any) -> Response:
        return self.answer(
            keys_of(InstitutePage, language=self.language),
            lambda keys: [self.records.institute(found) for found in subjects(InstitutePage, keys).values()],
        )


class HospitalsView(ListView):
    parameters = (*_PAGING, "institute")
    shape = shapes.Hospitals

    @_documented("listHospitals", shapes.Hospitals, "The hospitals", *parameters, _400=1)
    def get(self, request: Any) -> Response:
        keys = keys_of(HospitalPage, language=self.language)
        if institute := self.subject_in("institute", InstitutePage):
            keys = keys.filter(below_institute(institute))
        return self.answer(keys, self.hospitals)


class DepartmentsView(ListView):
    parameters = (*_PAGING, "institute", "hospital")
    shape = shapes.Departments

    @_documented("listDepartments", shapes.Departments, "The departments", *parameters, _400=1)
    def get(self, request: Any) -> Response:
        keys = keys_of(DepartmentPage, language=self.language)
        if institute := self.subject_in("institute", InstitutePage):
            keys = keys.filter(below_institute(institute))
        if hospital := self.subject_in("hospital", HospitalPage):
            keys = keys.filter(located_at(hospital))
        return self.answer(keys, self._records)

    def _records(self, keys: list) -> list[Record]:
        places = places_of(keys)
        found = subjects(DepartmentPage, keys).values()
        return [self.records.department(subject, places.get(subject.key, [])) for subject in found]


class LinesView(ListView):
    key_field = "uuid"
    parameters = (*_PAGING, "institute", "hospital", "department")
    shape = shapes.Lines

    @_documented(
        "listLines", shapes.Lines, "The telephone lines for patients, as they are valid today", *parameters, _400=1
    )
    def get(self, request: Any) -> Response:
        lines = patients_lines(self.language)
        if institute := self.subject_in("institute", InstitutePage):
            lines = lines.filter(below_institute(institute, "page__path"))
        if hospital := self.subject_in("hospital", HospitalPage):
            lines = lines.filter(at_hospital(hospital))
        if department := self.subject_in("department", DepartmentPage):
            lines = lines.filter(page__translation_key=department)
        return self.answer(
            lines, lambda rows: [self.records.line(line) for line in published(rows)], lambda line: line.uuid
        )


class PeopleView(ListView):
    parameters = (*_PAGING, "institute")
    shape = shapes.People

    @_documented("listPeople", shapes.People, "The people and the roles that they hold today", *parameters, _400=1)
    def get(self, request: Any) -> Response:
        keys = keys_of(ProfilePage, language=self.language)
        if institute := self.subject_in("institute", InstitutePage):
            keys = keys.filter(below_institute(institute))
        return self.answer(keys, lambda keys: [self.records.person(found) for found in people(keys)])


class EntryView(OpenDataView):
    """One entry by its id."""

    shape: type

    def find(self, key: uuid.UUID) -> list[Record]:
        raise NotImplementedError

    def answer(self, key: uuid.UUID) -> Response:
        records = self.find(key)
        if not records or (self.language and not records[0]["links"]["page"]):
            raise Http404
        return Response(self.shape(records[0]).data)


class InstituteView(EntryView):
    shape = shapes.Institute

    @_documented("institute", shapes.Institute, "One institute", "language", _404=1)
    def get(self, request: Any, key: uuid.UUID) -> Response:
        return self.answer(key)

    def find(self, key: uuid.UUID) -> list[Record]:
        return [self.records.institute(found) for found in subjects(InstitutePage, [key]).values()]


class HospitalView(EntryView):
    shape = shapes.Hospital

    @_documented("hospital", shapes.Hospital, "One hospital", "language", _404=1)
    def get(self, request: Any, key: uuid.UUID) -> Response:
        return self.answer(key)

    def find(self, key: uuid.UUID) -> list[Record]:
        return self.hospitals([key])


class DepartmentView(EntryView):
    shape = shapes.Department

    @_documented("department", shapes.Department, "One department", "language", _404=1)
    def get(self, request: Any, key: uuid.UUID) -> Response:
        return self.answer(key)

    def find(self, key: uuid.UUID) -> list[Record]:
        places = places_of([key]).get(key, [])
        return [self.records.department(found, places) for found in subjects(DepartmentPage, [key]).values()]


class LineView(EntryView):
    shape = shapes.Line

    @_documented("line", shapes.Line, "One telephone line", "language", _404=1)
    def get(self, request: Any, key: uuid.UUID) -> Response:
        return self.answer(key)

    def find(self, key: uuid.UUID) -> list[Record]:
        return [self.records.line(line) for line in published(patients_lines(self.language).filter(uuid=key))]


class PersonView(EntryView):
    shape = shapes.Person

    @_documented("person", shapes.Person, "One person", "language", _404=1)
    def get(self, request: Any, key: uuid.UUID) -> Response:
        return self.answer(key)

    def find(self, key: uuid.UUID) -> list[Record]:
        return [self.records.person(found) for found in people([key])]


class StartView(OpenDataView):
    """Where everything is."""

    @_documented("start", shapes.Start, "Where to start", "language", _400=1)
    def get(self, request: Any) -> Response:
        address = self.records.address
        documentation = {}
        for code in self.languages:
            with translation.override(code):
                documentation[code] = request.build_absolute_uri(reverse("open_data"))
        lists = ("institutes", "hospitals", "departments", "lines", "people")
        start = {
            "name": texts(PortalSettings.for_request(request).name, self.languages),
            "licence": (settings.OPEN_DATA_LICENCE or {}).get("url"),
            "documentation": documentation,
            "schema": address("schema"),
            "fhir": request.build_absolute_uri(reverse("fhir:metadata").removesuffix("/metadata")),
        }
        return Response(shapes.Start(start | {name: address(name) for name in lists}).data)


class SchemaView(OpenDataView):
    """The OpenAPI schema of all this."""

    parameters = ()

    @extend_schema(exclude=True)
    def get(self, request: Any) -> Response:
        return Response(openapi(request))


class NothingView(OpenDataView):
    """Any other address below the API's."""

    @extend_schema(exclude=True)
    def get(self, request: Any, **kwargs: Any) -> Response:
        raise Http404(
            _("There is no such address. Start at %(start)s.")
            % {"start": request.build_absolute_uri(reverse("api:start"))}
        )


def openapi(request: HttpRequest) -> dict[str, Any]:
    """The schema, with the address under which it was asked for as the server and the licence that was chosen."""
    with translation.override("en"):
        schema = SchemaGenerator(urlconf="departments.machine_urls").get_schema(request=None, public=True)
    schema["servers"] = [{"url": request.build_absolute_uri("/").rstrip("/")}]
    if settings.OPEN_DATA_LICENCE:
        schema["info"]["license"] = settings.OPEN_DATA_LICENCE
    return schema
