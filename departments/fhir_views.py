"""The doors of FHIR R4: what the server can do, each type as a list in pages, each resource by its id."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from departments.fhir import Resource, Resources, capability_statement, operation_outcome
from departments.models import DepartmentPage, HospitalPage
from departments.published import (
    PublishedLine,
    current_roles,
    keys_of,
    patients_lines,
    people,
    places_of,
    published,
    subjects,
)
from departments.site_hours import site_timetables
from institutes.models import InstitutePage, ProfilePage
from portal.models import PortalSettings

PER_PAGE = 50
MOST_PER_PAGE = 100

_FORMATS = ("json", "application/json", "application/fhir+json")


class _Refused(Exception):
    """What cannot be answered: the status, the standard's issue type, and plain words."""

    def __init__(self, status: int, code: str, words: str) -> None:
        super().__init__(words)
        self.status, self.code, self.words = status, code, words


def _answer(resource: Resource, status: int = 200) -> HttpResponse:
    return JsonResponse(
        resource, status=status, content_type="application/fhir+json", json_dumps_params={"ensure_ascii": False}
    )


def _spoken(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A view whose refusals are answered as FHIR says them, and that reads only."""

    @wraps(view)
    def answering(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            if request.method not in ("GET", "HEAD"):
                raise _Refused(405, "not-supported", _("These data can only be read: use GET."))
            if request.GET.get("_format", "json").replace(" ", "+") not in _FORMATS:
                raise _Refused(406, "not-supported", _("There is JSON alone here: leave _format out."))
            return view(request, *args, **kwargs)
        except _Refused as refusal:
            response = _answer(operation_outcome(refusal.code, refusal.words), refusal.status)
            if refusal.status == 405:
                response["Allow"] = "GET, HEAD, OPTIONS"
            return response

    return answering


def _base(request: HttpRequest) -> str:
    return request.build_absolute_uri(reverse("fhir:metadata").removesuffix("/metadata"))


def _lines_of(keys: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[PublishedLine]]:
    """The lines of departments or hospitals, in the editors' order."""
    found: dict[uuid.UUID, list[PublishedLine]] = {}
    lines = patients_lines().filter(page__translation_key__in=keys).order_by("sort_order", "pk")
    for line in published(lines):
        found.setdefault(line.of.key, []).append(line)
    return found


def _organizations(make: Resources, keys: Sequence[uuid.UUID]) -> list[Resource]:
    found = {key: make.institute(subject) for key, subject in subjects(InstitutePage, keys).items()}
    others = [key for key in keys if key not in found]
    found |= {key: make.hospital(subject) for key, subject in subjects(HospitalPage, others).items()}
    return [found[key] for key in keys if key in found]


def _locations(make: Resources, keys: Sequence[uuid.UUID]) -> list[Resource]:
    lines, found = _lines_of(keys), subjects(HospitalPage, keys)
    timetables = site_timetables(subject.source for subject in found.values())
    return [
        make.location(subject, lines.get(key, []), timetables.get(subject.source.pk)) for key, subject in found.items()
    ]


def _healthcare_services(make: Resources, keys: Sequence[uuid.UUID]) -> list[Resource]:
    lines, places = _lines_of(keys), places_of(keys)
    found = subjects(DepartmentPage, keys).items()
    return [make.healthcare_service(subject, places.get(key, []), lines.get(key, [])) for key, subject in found]


def _practitioners(make: Resources, keys: Sequence[uuid.UUID]) -> list[Resource]:
    return [make.practitioner(person) for person in people(keys)]


def _practitioner_roles(make: Resources, keys: Sequence[uuid.UUID]) -> list[Resource]:
    roles = list(current_roles().filter(uuid__in=keys))
    holders = subjects(ProfilePage, {role.person.translation_key for role in roles if role.person})
    pages = {role.page.translation_key for role in roles}
    institutes = subjects(InstitutePage, pages)
    departments = subjects(DepartmentPage, pages - set(institutes))
    resources = []
    for role in roles:
        key = role.page.translation_key
        holder = holders.get(role.person.translation_key) if role.person else None
        if (key in institutes or key in departments) and (holder or not role.person):
            at = institutes.get(key) or departments[key]
            resources.append(make.practitioner_role(role, holder, at, key in institutes))
    return resources


@dataclass(frozen=True)
class _Type:
    """How resources of one type are found by their keys and made."""

    keys: Callable[[], QuerySet]
    make: Callable[[Resources, Sequence[uuid.UUID]], list[Resource]]
    key: str = "translation_key"


def _role_holders() -> QuerySet:
    return keys_of(ProfilePage).filter(translation_key__in=current_roles().order_by().values("person__translation_key"))


TYPES = {
    "Organization": _Type(lambda: keys_of(InstitutePage, HospitalPage), _organizations),
    "Location": _Type(lambda: keys_of(HospitalPage), _locations),
    "HealthcareService": _Type(lambda: keys_of(DepartmentPage), _healthcare_services),
    "Practitioner": _Type(_role_holders, _practitioners),
    "PractitionerRole": _Type(lambda: current_roles().values_list("uuid", flat=True), _practitioner_roles, key="uuid"),
}


def _type(name: str) -> _Type:
    if name not in TYPES:
        known = ", ".join(TYPES)
        raise _Refused(404, "not-supported", _("This type is not there. There are: %(known)s.") % {"known": known})
    return TYPES[name]


@_spoken
def metadata(request: HttpRequest) -> HttpResponse:
    with translation.override("en"):
        name = str(PortalSettings.for_request(request).name)
    return _answer(capability_statement(_base(request), name or "Hospital portal", list(TYPES)))


@_spoken
def listing(request: HttpRequest, kind: str) -> HttpResponse:
    """All resources of a type, a page at a time, in the order of their ids: each page costs the same."""
    found = _type(kind)
    unknown = [name for name in request.GET if name not in ("_count", "_format", "cursor")]
    if unknown:
        words = _("There is no search here, so “%(name)s” cannot be followed. Ask for the whole list.")
        raise _Refused(400, "not-supported", words % {"name": unknown[0]})
    count = _count(request)
    keys = found.keys()
    if cursor := request.GET.get("cursor"):
        keys = keys.filter(**{f"{found.key}__gt": _as_uuid(cursor, 400)})
    rows = list(keys[: count + 1])
    make = Resources(request, _base(request))
    following = None
    if len(rows) > count:
        following = f"{make.base}/{kind}?_count={count}&cursor={rows[count - 1]}"
    return _answer(make.bundle(found.make(make, rows[:count]), request.build_absolute_uri(), following))


@_spoken
def read(request: HttpRequest, kind: str, identifier: str) -> HttpResponse:
    found = _type(kind)
    key = _as_uuid(identifier, 404)
    if not found.keys().filter(**{found.key: key}).exists():
        raise _not_here()
    resources = found.make(Resources(request, _base(request)), [key])
    if not resources:
        raise _not_here()
    return _answer(resources[0])


@_spoken
def nothing(request: HttpRequest) -> HttpResponse:
    words = _("There is no such address. Start at %(start)s.")
    raise _Refused(404, "not-found", words % {"start": f"{_base(request)}/metadata"})


def _not_here() -> _Refused:
    return _Refused(404, "not-found", _("No such entry is public today. It may have been taken back or moved."))


def _as_uuid(text: str, status: int) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        if status == 404:
            raise _not_here() from None
        raise _Refused(status, "value", _("This is no cursor. Follow the link that says next, as it is.")) from None


def _count(request: HttpRequest) -> int:
    text = request.GET.get("_count", str(PER_PAGE))
    if not (text.isascii() and text.isdecimal() and len(text) < 9 and int(text) > 0):
        words = _("Give a whole number from 1 to %(most)s.")
        raise _Refused(400, "value", words % {"most": MOST_PER_PAGE})
    return min(int(text), MOST_PER_PAGE)
