"""The records of the API: institutes, hospitals, departments, lines and people as plain values."""

import uuid
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from departments.models import ContactLine
from departments.models.contacts import Purpose
from departments.published import Person, Place, PublishedLine, Subject, Texts, in_each_language, texts
from departments.timetable import Opening, Timetable, day_codes
from institutes.models import Organisation, Role

Record = dict[str, Any]

_LISTS = {
    "institute": "institutes",
    "hospital": "hospitals",
    "department": "departments",
    "line": "lines",
    "person": "people",
}


@lru_cache
def _names_of(purpose: str) -> Texts:
    """A purpose in each language: the same for thousands of lines."""
    return in_each_language(lambda: Purpose(purpose).label)


class Records:
    """Makes records for one request, with words in `languages` alone."""

    def __init__(self, request: HttpRequest, languages: Sequence[str]) -> None:
        self.request = request
        self.languages = languages
        self._addresses: dict[str, str] = {}

    def address(self, name: str) -> str:
        """The absolute address of a view of the API."""
        if name not in self._addresses:
            self._addresses[name] = self.request.build_absolute_uri(reverse(f"api:{name}"))
        return self._addresses[name]

    def entry(self, kind: str, key: uuid.UUID) -> str:
        """The absolute address of one entry: below its list."""
        return f"{self.address(_LISTS[kind])}{key}/"

    def institute(self, subject: Subject) -> Record:
        return self._about(subject, "institute") | {
            "short_name": subject.words("short_name", self.languages),
            "city": subject.source.city,
        }

    def hospital(self, subject: Subject, timetable: Timetable | None) -> Record:
        place = subject.source
        return self._about(subject, "hospital") | {
            "institute": subject.institute,
            "street": place.street,
            "postal_code": place.postal_code,
            "city": place.city,
            "country": place.country,
            "latitude": None if place.latitude is None else float(place.latitude),
            "longitude": None if place.longitude is None else float(place.longitude),
            "hours": timetable and self._hours(timetable),
            "finess": place.finess,
            "group": place.group and self._organisation(place.group),
        }

    def department(self, subject: Subject, places: Sequence[Place]) -> Record:
        return self._about(subject, "department") | {
            "institute": subject.institute,
            "locations": [
                {"hospital": place.hospital.key, "place": texts(place.location.place, self.languages)}
                for place in places
            ],
        }

    def line(self, published: PublishedLine) -> Record:
        line, phone = published.line, published.line.phone
        return {
            "id": line.uuid,
            "of": {
                "type": "hospital" if published.of_hospital else "department",
                "id": published.of.key,
                "name": published.of.words("title", self.languages),
            },
            "hospital": published.hospital and published.hospital.key,
            "institute": published.of.institute,
            "fictional": published.of.is_fictional,
            "purpose": line.purpose,
            "name": self._name(line),
            "kind": line.kind,
            "number": phone.number,
            "extension": phone.extension,
            "href": phone.href,
            "display": {code: phone.display(code) for code in self.languages},
            "number_kind": str(phone.kind),
            "reachable_from_abroad": phone.reachable_from_abroad,
            "cost": in_each_language(lambda: phone.cost_note, self.languages) if phone.cost_note else {},
            "keys": line.keys.split(),
            "languages": line.languages,
            "relay_url": line.relay_url or None,
            "instruction": texts(line.instruction, self.languages),
            "hours": published.timetable and self._hours(published.timetable),
            "by_appointment": line.by_appointment,
            "out_of_hours": published.out_of_hours and published.out_of_hours.uuid,
            "valid_from": line.valid_from,
            "valid_until": line.valid_until,
            "replaced_by": published.replaced_by and published.replaced_by.uuid,
            "verified": line.verified_day and f"{line.verified_day:%Y-%m}",
            "links": {
                "self": self.entry("line", line.uuid),
                "of": self.entry("hospital" if published.of_hospital else "department", published.of.key),
                "page": published.of.urls(self.request, self.languages),
            },
        }

    def _name(self, line: ContactLine) -> Texts:
        if line.label:
            return in_each_language(lambda: line.name, self.languages)
        names = _names_of(line.purpose)
        return {code: names[code] for code in self.languages}

    def _hours(self, timetable: Timetable) -> Record:
        return {
            "text": timetable.text,
            "time_zone": settings.TIME_ZONE,
            "week": [self._opening(opening) | {"days": day_codes(opening.days)} for opening in timetable.openings],
            "closed_on_holidays": timetable.closed_on_holidays,
            "holidays": timetable.holidays,
            "exceptions": [
                {
                    "first_day": special.first_day,
                    "last_day": special.last_day,
                    "text": special.text,
                    "openings": [self._opening(opening) for opening in special.openings],
                    "reason": texts(special.reason, self.languages),
                }
                for special in timetable.exceptions
            ],
        }

    @staticmethod
    def _opening(opening: Opening) -> Record:
        return {"opens": opening.opens, "closes": opening.closes, "past_midnight": opening.past_midnight}

    def person(self, person: Person) -> Record:
        record = self._about(person.subject, "person")
        return record | {
            "institute": person.subject.institute,
            "roles": [self._role(role) for role in person.roles],
        }

    def _role(self, role: Role) -> Record:
        return {
            "id": role.uuid,
            "title": texts(role.title, self.languages),
            "at": role.page.translation_key,
            "organisation": role.organisation and texts(role.organisation.name, self.languages),
            "acting": role.is_acting,
            "since": role.since,
            "until": role.until,
        }

    def _organisation(self, organisation: Organisation) -> Record:
        return {
            "name": texts(organisation.name, self.languages),
            "finess": organisation.finess,
            "siren": organisation.siren,
        }

    def _about(self, subject: Subject, kind: str) -> Record:
        """What every subject's record begins with."""
        links: Record = {
            "self": self.entry(kind, subject.key),
            "page": subject.urls(self.request, self.languages),
        }
        if kind in ("institute", "hospital"):
            links["departments"] = f"{self.address('departments')}?{kind}={subject.key}"
        if kind != "person":
            links["lines"] = f"{self.address('lines')}?{kind}={subject.key}"
        return {
            "id": subject.key,
            "fictional": subject.is_fictional,
            "name": subject.words("title", self.languages),
            "summary": subject.words("summary", self.languages),
            "links": links,
        }
