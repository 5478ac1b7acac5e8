"""The directory as FHIR R4 resources: plain dictionaries in the order of the standard (hl7.org/fhir/R4).

An institute and a hospital are an Organization, a hospital is also a Location, a department a HealthcareService, a
profile a Practitioner and each of its roles a PractitionerRole. Ids are those of the portal's pages and facts.
Identifiers use the systems of the French profiles (hl7.fr, FR Core). Tests validate all of it with fhir.resources.
"""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import translation
from django.utils.translation import gettext as _

from departments.models import HospitalPage
from departments.published import LANGUAGES, Person, Place, PublishedLine, Subject, Texts, in_each_language, texts
from departments.timetable import Opening, Timetable
from institutes.models import Organisation, Role

Resource = dict[str, Any]

VERSION = "4.0.1"
SYSTEMS = {"voice": "phone", "fax": "fax", "text_relay": "sms"}
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_OF_HL7 = "http://hl7.org/fhir/StructureDefinition"
_AVAILABLE_TIME = "http://hl7.org/fhir/us/davinci-pdex-plan-net/StructureDefinition/contactpoint-availabletime"
_FRENCH_TYPES = "https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-v2-0203"
_FINESS, _SIREN = "https://finess.esante.gouv.fr", "https://sirene.fr"
# What is marked so is no real data: numbers of a demonstration must reach nobody's telephone.
_FICTION = {
    "system": "http://terminology.hl7.org/CodeSystem/v3-ActReason",
    "code": "HTEST",
    "display": "test health data",
}


class Resources:
    """Makes resources for one request; `base` is the address that all references begin with."""

    def __init__(self, request: HttpRequest, base: str) -> None:
        self.request = request
        self.base = base

    def institute(self, subject: Subject) -> Resource:
        body = subject.source.organisation
        return _without_empty(
            self._about("Organization", subject)
            | {
                "identifier": _identifiers_of(body),
                "active": True,
                "type": _PROVIDER,
                **_said("name", subject.words("title")),
                "alias": sorted(set(subject.words("short_name").values())),
                "telecom": self._web(subject),
                "address": [{"city": subject.source.city}] if subject.source.city else [],
            }
        )

    def hospital(self, subject: Subject) -> Resource:
        place: HospitalPage = subject.source
        return _without_empty(
            self._about("Organization", subject)
            | {
                "identifier": [_identifier("FINEG", _FINESS, place.finess)] if place.finess else [],
                "active": True,
                "type": _PROVIDER,
                **_said("name", subject.words("title")),
                "telecom": self._web(subject),
                "address": [_address(place)] if _address(place) else [],
                "partOf": _body(place.group) if place.group else self._reference("Organization", subject.institute),
            }
        )

    def location(self, subject: Subject, lines: Sequence[PublishedLine], timetable: Timetable | None) -> Resource:
        place: HospitalPage = subject.source
        position = {}
        if place.latitude is not None:
            position = {"longitude": float(place.longitude), "latitude": float(place.latitude)}
        return _without_empty(
            self._about("Location", subject)
            | {
                "status": "active",
                **_said("name", subject.words("title")),
                **_said("description", subject.words("summary")),
                "mode": "instance",
                "telecom": [_contact_point(line, rank) for rank, line in enumerate(lines, start=1)]
                + self._web(subject),
                "address": _address(place),
                "position": position,
                "managingOrganization": self._reference("Organization", subject.key, subject),
                "hoursOfOperation": [
                    _available(opening, "openingTime", "closingTime") for opening in _pieces(timetable)
                ],
                "availabilityExceptions": _exceptions_in_words(timetable),
            }
        )

    def healthcare_service(self, subject: Subject, places: Sequence[Place], lines: Sequence[PublishedLine]) -> Resource:
        timetable = _common([line.timetable for line in lines if line.timetable])
        spoken = dict.fromkeys(code for line in lines for code in line.line.languages)
        return _without_empty(
            self._about("HealthcareService", subject)
            | {
                "active": True,
                "providedBy": self._reference("Organization", subject.institute),
                "location": [self._reference("Location", place.hospital.key, place.hospital) for place in places],
                **_said("name", subject.words("title")),
                **_said("comment", subject.words("summary")),
                "telecom": [_contact_point(line, rank) for rank, line in enumerate(lines, start=1)]
                + self._web(subject),
                "communication": [{"coding": [{"system": "urn:ietf:bcp:47", "code": code}]} for code in spoken],
                "availableTime": [
                    _available(opening, "availableStartTime", "availableEndTime") for opening in _pieces(timetable)
                ],
                "notAvailable": _not_available(timetable),
                "availabilityExceptions": _exceptions_in_words(timetable),
            }
        )

    def practitioner(self, person: Person) -> Resource:
        subject = person.subject
        return _without_empty(
            self._about("Practitioner", subject)
            | {"active": True, "name": [{"text": subject.page.title}], "telecom": self._web(subject)}
        )

    def practitioner_role(self, role: Role, person: Subject | None, at: Subject, is_institute: bool) -> Resource:
        """`at` is the institute or the department that lists the role. A vacant role has no practitioner."""
        if role.organisation:
            organisation = _body(role.organisation)
        else:
            organisation = self._reference("Organization", at.key if is_institute else at.institute)
        title = texts(role.title)
        if role.is_acting:
            acting = in_each_language(lambda: _("acting"))
            title = {code: f"{words} ({acting[code]})" for code, words in title.items()}
        return _without_empty(
            {
                "resourceType": "PractitionerRole",
                "id": str(role.uuid),
                "meta": {"security": [_FICTION]} if at.is_fictional else {},
                "language": settings.LANGUAGE_CODE,
                "active": True,
                "period": {
                    "start": role.since and role.since.isoformat(),
                    "end": role.until and role.until.isoformat(),
                },
                "practitioner": self._reference("Practitioner", person.key, person) if person else {},
                "organization": organisation,
                "code": [_said("text", title)] if title else [],
                "healthcareService": [] if is_institute else [self._reference("HealthcareService", at.key, at)],
            }
        )

    def bundle(self, resources: Sequence[Resource], own: str, following: str | None) -> Resource:
        """One page of a list; `own` and `following` are absolute addresses."""
        links = [{"relation": "self", "url": own}]
        if following:
            links.append({"relation": "next", "url": following})
        return _without_empty(
            {
                "resourceType": "Bundle",
                "type": "searchset",
                "link": links,
                "entry": [
                    {
                        "fullUrl": f"{self.base}/{resource['resourceType']}/{resource['id']}",
                        "resource": resource,
                        "search": {"mode": "match"},
                    }
                    for resource in resources
                ],
            }
        )

    def _about(self, kind: str, subject: Subject) -> Resource:
        """What every resource about a page begins with."""
        return {
            "resourceType": kind,
            "id": str(subject.key),
            "meta": {"security": [_FICTION]} if subject.is_fictional else {},
            "language": subject.page.language,
        }

    def _web(self, subject: Subject) -> list[Resource]:
        return [{"system": "url", "value": url, "use": "work"} for url in subject.urls(self.request).values()]

    def _reference(self, kind: str, key: Any, subject: Subject | None = None) -> Resource:
        if key is None:
            return {}
        return {"reference": f"{self.base}/{kind}/{key}"} | ({"display": subject.page.title} if subject else {})


def capability_statement(base: str, name: str, kinds: Sequence[str]) -> Resource:
    """What the server does, and says that it does no more: read and list, no search parameter."""
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": "2026-11-22",
        "kind": "instance",
        "software": {"name": "Hospital portal"},
        "implementation": {"description": name, "url": base},
        "fhirVersion": VERSION,
        "format": ["application/fhir+json"],
        "rest": [
            {
                "mode": "server",
                "documentation": (
                    "Read only and open to all. A type is listed as a whole, page by page; there are no search "
                    "parameters, no history and no operations."
                ),
                "resource": [
                    {
                        "type": kind,
                        "interaction": [
                            {"code": "read"},
                            {"code": "search-type", "documentation": "The whole list; _count alone is understood."},
                        ],
                        "versioning": "no-version",
                        "readHistory": False,
                    }
                    for kind in kinds
                ],
            }
        ],
    }


def operation_outcome(code: str, words: str) -> Resource:
    """What went wrong; `code` is one of the standard's issue types."""
    return {
        "resourceType": "OperationOutcome",
        "issue": [{"severity": "error", "code": code, "details": {"text": words}}],
    }


_PROVIDER = [
    {
        "coding": [
            {
                "system": "http://terminology.hl7.org/CodeSystem/organization-type",
                "code": "prov",
                "display": "Healthcare Provider",
            }
        ]
    }
]


def _without_empty(resource: Resource) -> Resource:
    """FHIR knows no empty object, list or text."""
    found = {}
    for name, value in resource.items():
        if isinstance(value, dict):
            value = _without_empty(value)
        elif isinstance(value, list):
            value = [_without_empty(item) if isinstance(item, dict) else item for item in value]
        if value not in (None, "", [], {}):
            found[name] = value
    return found


def _said(name: str, words: Texts) -> Resource:
    """A text element in the first language there is, the others beside it as translations."""
    if not words:
        return {}
    codes = [code for code in LANGUAGES if code in words]
    codes.sort(key=lambda code: code != settings.LANGUAGE_CODE)
    element: Resource = {name: words[codes[0]]}
    others = [
        {
            "url": f"{_OF_HL7}/translation",
            "extension": [{"url": "lang", "valueCode": code}, {"url": "content", "valueString": words[code]}],
        }
        for code in codes[1:]
        if words[code] != words[codes[0]]
    ]
    return element | ({f"_{name}": {"extension": others}} if others else {})


def _identifier(kind: str, system: str, value: str) -> Resource:
    return {
        "use": "official",
        "type": {"coding": [{"system": _FRENCH_TYPES, "code": kind}]},
        "system": system,
        "value": value,
    }


def _identifiers_of(body: Organisation | None) -> list[Resource]:
    if body is None:
        return []
    identifiers = [("FINEJ", _FINESS, body.finess), ("SIREN", _SIREN, body.siren)]
    return [_identifier(kind, system, value) for kind, system, value in identifiers if value]


def _body(body: Organisation) -> Resource:
    """A reference to a body outside the portal: by its identifier where it is known, by its name in any case."""
    identifiers = _identifiers_of(body)
    with translation.override(settings.LANGUAGE_CODE):
        reference: Resource = {"type": "Organization", "display": str(body)}
    return reference | ({"identifier": identifiers[0]} if identifiers else {})


def _address(place: HospitalPage) -> Resource:
    if not (place.street or place.city):
        return {}
    return {
        "use": "work",
        "type": "physical",
        "line": [place.street] if place.street else [],
        "city": place.city,
        "postalCode": place.postal_code,
        "country": place.country,
    }


def _contact_point(published: PublishedLine, rank: int) -> Resource:
    """A line: E.164, or as it is dialled where it has no such form; its purpose and instruction as the comment."""
    line = published.line
    with translation.override(settings.LANGUAGE_CODE):
        comment = " – ".join(filter(None, [line.name, str(line.instruction)]))
    extensions = [{"url": f"{_OF_HL7}/contactpoint-comment", "valueString": comment}]
    if line.extension:
        extensions.append({"url": f"{_OF_HL7}/contactpoint-extension", "valueString": line.extension})
    for opening in _pieces(published.timetable):
        extensions.append({"url": _AVAILABLE_TIME, "extension": _available_extension(opening)})
    return {
        "extension": extensions,
        "system": SYSTEMS[line.kind],
        "value": line.phone.number,
        "use": "work",
        "rank": rank,
        "period": {
            "start": line.valid_from and line.valid_from.isoformat(),
            "end": line.valid_until and line.valid_until.isoformat(),
        },
    }


def _pieces(timetable: Timetable | None) -> list[Opening]:
    """The openings of a week, those past midnight in two pieces: FHIR's times lie within one day."""
    pieces: list[Opening] = []
    for opening in timetable.openings if timetable else ():
        if not opening.past_midnight:
            pieces.append(opening)
            continue
        pieces.append(Opening(opening.days, opening.opens, "24:00"))
        if opening.closes != "00:00":
            pieces.append(Opening(tuple((day + 1) % 7 for day in opening.days), "00:00", opening.closes))
    return pieces


def _available(opening: Opening, start: str, end: str) -> Resource:
    days = {"daysOfWeek": [_WEEKDAYS[day] for day in opening.days]}
    if (opening.opens, opening.closes) == ("00:00", "24:00"):
        return days | {"allDay": True}
    return days | {start: _time(opening.opens), end: _time(opening.closes)}


def _available_extension(opening: Opening) -> list[Resource]:
    values = _available(opening, "availableStartTime", "availableEndTime")
    parts: list[Resource] = [{"url": "daysOfWeek", "valueCode": day} for day in values.pop("daysOfWeek")]
    for name, value in values.items():
        parts.append({"url": name, "valueBoolean" if name == "allDay" else "valueTime": value})
    return parts


def _time(clock: str) -> str:
    return "23:59:59" if clock == "24:00" else f"{clock}:00"  # the standard knows no 24:00


def _common(timetables: Sequence[Timetable]) -> Timetable | None:
    """The timetable that all share; where they differ, the service as a whole has none and each line says its own."""
    first = next(iter(timetables), None)
    return first if all(timetable == first for timetable in timetables) else None


def _not_available(timetable: Timetable | None) -> list[Resource]:
    if timetable is None:
        return []
    with translation.override(settings.LANGUAGE_CODE):
        closed = [
            (str(special.reason) or _("Closed"), special.first_day, special.last_day)
            for special in timetable.exceptions
            if not special.openings
        ]
        closed += [(_("Public holiday"), day, day) for day in timetable.holidays]
    return [
        {"description": words, "during": {"start": first.isoformat(), "end": last.isoformat()}}
        for words, first, last in closed
    ]


def _exceptions_in_words(timetable: Timetable | None) -> str:
    """Days with other hours, for which R4 has no element: "2026-12-24 – 2026-12-24: 09:00-12:00 (reason)"."""
    with translation.override(settings.LANGUAGE_CODE):
        return "; ".join(
            f"{special.first_day} – {special.last_day}: {special.text or _('closed')} ({special.reason})"
            for special in (timetable.exceptions if timetable else ())
        )
