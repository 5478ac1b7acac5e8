"""The documented shape of the API's answers: what stands in the OpenAPI schema is what is sent."""

from django.conf import settings
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from departments.hours import DAYS
from departments.models.contacts import LineKind, Purpose
from departments.phones import Kind


def _texts(meaning: str) -> serializers.DictField:
    codes = ", ".join(code for code, _name in settings.LANGUAGES)
    return serializers.DictField(
        child=serializers.CharField(), help_text=f"{meaning} An object of texts by language code ({codes})."
    )


def _pages() -> serializers.DictField:
    return serializers.DictField(
        child=serializers.URLField(), help_text="The page for visitors, by language code; only public pages."
    )


@extend_schema_field({"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}$"})
class MonthField(serializers.CharField):
    """A month: 2026-03."""


class InstituteLinks(serializers.Serializer):
    self = serializers.URLField()
    page = _pages()
    departments = serializers.URLField()
    lines = serializers.URLField()


class DepartmentLinks(serializers.Serializer):
    self = serializers.URLField()
    page = _pages()
    lines = serializers.URLField()


class PersonLinks(serializers.Serializer):
    self = serializers.URLField()
    page = _pages()


class LineLinks(serializers.Serializer):
    self = serializers.URLField()
    of = serializers.URLField(help_text="The department or hospital that the line reaches.")
    page = _pages()


class _About(serializers.Serializer):
    id = serializers.UUIDField(help_text="Stays the same for as long as the entry exists.")
    fictional = serializers.BooleanField(
        help_text="True for the entries of a demonstration: they do not exist, and nobody must call them."
    )
    name = _texts("The name.")
    summary = _texts("One plain sentence.")


class Institute(_About):
    short_name = _texts("As staff and patients say it.")
    city = serializers.CharField()
    links = InstituteLinks()


class Group(serializers.Serializer):
    name = _texts("The name.")
    finess = serializers.CharField(help_text="FINESS of the legal entity; empty where unknown.")
    siren = serializers.CharField(help_text="SIREN; empty where unknown.")


class HoursOpening(serializers.Serializer):
    opens = serializers.CharField(help_text="24 hours: 09:00.")
    closes = serializers.CharField(help_text="24 hours: 17:30; 24:00 is the end of the day.")
    past_midnight = serializers.BooleanField(help_text="It closes on the day after that on which it opens.")


class WeekOpening(HoursOpening):
    days = serializers.ListField(child=serializers.ChoiceField(list(DAYS)), help_text="On which it opens.")


class HoursException(serializers.Serializer):
    first_day = serializers.DateField()
    last_day = serializers.DateField()
    text = serializers.CharField(help_text="The hours of each of these days: 09:00-12:00; empty for closed.")
    openings = HoursOpening(many=True, help_text="The same, part by part; empty for closed.")
    reason = _texts("As visitors read it.")


class Hours(serializers.Serializer):
    text = serializers.CharField(
        help_text="The week in the notation of OpenStreetMap: Mo-Fr 09:00-12:30,13:30-17:00. "
        "Empty where only exceptions are stated."
    )
    time_zone = serializers.CharField()
    week = WeekOpening(many=True, help_text="The same week, part by part; a day that does not occur is closed.")
    closed_on_holidays = serializers.BooleanField()
    holidays = serializers.ListField(
        child=serializers.DateField(), help_text="The public holidays of this year and the next on which it is closed."
    )
    exceptions = HoursException(
        many=True, help_text="Days of today or later that keep other hours; they outrank holidays and the week."
    )


class Hospital(_About):
    institute = serializers.UUIDField(allow_null=True)
    street = serializers.CharField()
    postal_code = serializers.CharField()
    city = serializers.CharField()
    country = serializers.CharField(help_text="ISO 3166, two letters.")
    latitude = serializers.FloatField(allow_null=True, help_text="WGS 84, degrees.")
    longitude = serializers.FloatField(allow_null=True, help_text="WGS 84, degrees.")
    hours = Hours(allow_null=True, help_text="Of the hospital itself; null where nobody stated it.")
    finess = serializers.CharField(help_text="FINESS of the site; empty where unknown.")
    group = Group(allow_null=True, help_text="The hospital group.")
    links = InstituteLinks()


class DepartmentLocation(serializers.Serializer):
    hospital = serializers.UUIDField()
    place = _texts("Building, floor, entrance.")


class Department(_About):
    institute = serializers.UUIDField(allow_null=True)
    locations = DepartmentLocation(many=True, help_text="Where the department is found.")
    links = DepartmentLinks()


class LineOf(serializers.Serializer):
    type = serializers.ChoiceField(["department", "hospital"])
    id = serializers.UUIDField()
    name = _texts("The name.")


class Line(serializers.Serializer):
    id = serializers.UUIDField(help_text="Stays the same when the number changes.")
    of = LineOf(help_text="The department or hospital that the line reaches.")
    hospital = serializers.UUIDField(
        allow_null=True,
        help_text="The hospital at which it reaches it; null where the department has several and does not say.",
    )
    institute = serializers.UUIDField(allow_null=True)
    fictional = serializers.BooleanField(help_text="True in a demonstration: nobody must call this number.")
    purpose = serializers.ChoiceField(Purpose.values, help_text="What one calls it for: a closed list.")
    name = _texts("What one calls it for, in words; say this to people.")
    kind = serializers.ChoiceField(LineKind.values, help_text="What answers at the other end.")
    number = serializers.CharField(
        help_text="E.164 (+33199001234) where a number can be dialled from abroad; short numbers (15, 3115) and French "
        "service numbers (0800123456), which have no such form, as they are dialled."
    )
    extension = serializers.CharField(help_text="To ask for when the line answers; empty without one.")
    href = serializers.CharField(help_text="What a link that dials leads to.")
    display = _texts("The number as readers of each language write it.")
    number_kind = serializers.ChoiceField([str(kind) for kind in Kind])
    reachable_from_abroad = serializers.BooleanField()
    cost = _texts("What a call costs where that is not an ordinary call; empty where nothing is known.")
    keys = serializers.ListField(
        child=serializers.CharField(), help_text="The keys to press when a recorded voice answers, in order."
    )
    languages = serializers.ListField(
        child=serializers.CharField(), help_text="Spoken on the line: ISO 639-1, for sign languages ISO 639-3."
    )
    relay_url = serializers.URLField(allow_null=True, help_text="A relay for deaf and hard-of-hearing callers.")
    instruction = _texts("What the caller must know or do. Show it with the number, always.")
    hours = Hours(
        allow_null=True,
        help_text="When it is answered. Null: nobody stated it; do not say that it is closed.",
    )
    by_appointment = serializers.BooleanField(help_text="Callers are received at an agreed time.")
    out_of_hours = serializers.UUIDField(allow_null=True, help_text="The line to call out of hours.")
    valid_from = serializers.DateField(allow_null=True)
    valid_until = serializers.DateField(allow_null=True, help_text="The last day, in the time zone of the hospital.")
    replaced_by = serializers.UUIDField(
        allow_null=True, help_text="The new line, from its first day on: offer that one instead."
    )
    verified = MonthField(allow_null=True, help_text="The month in which somebody made sure of this very number.")
    links = LineLinks()


class PersonRole(serializers.Serializer):
    id = serializers.UUIDField()
    title = _texts("The role, as the person is addressed.")
    at = serializers.UUIDField(help_text="The institute or department that lists the role.")
    organisation = serializers.DictField(child=serializers.CharField(), allow_null=True)
    acting = serializers.BooleanField()
    since = serializers.DateField(allow_null=True)
    until = serializers.DateField(allow_null=True, help_text="The last day.")


class Person(_About):
    institute = serializers.UUIDField(allow_null=True)
    roles = PersonRole(many=True, help_text="The roles held today.")
    links = PersonLinks()


class _Listed(serializers.Serializer):
    next = serializers.URLField(
        allow_null=True, help_text="The address of what comes after; null at the end. Follow it as it is."
    )


class Institutes(_Listed):
    results = Institute(many=True)


class Hospitals(_Listed):
    results = Hospital(many=True)


class Departments(_Listed):
    results = Department(many=True)


class Lines(_Listed):
    results = Line(many=True)


class People(_Listed):
    results = Person(many=True)


class Start(serializers.Serializer):
    name = _texts("The portal.")
    licence = serializers.URLField(allow_null=True, help_text="The licence of these data; null: ask before re-using.")
    documentation = serializers.DictField(child=serializers.URLField(), help_text="For people, by language code.")
    schema = serializers.URLField(help_text="OpenAPI 3.1.")
    institutes = serializers.URLField()
    hospitals = serializers.URLField()
    departments = serializers.URLField()
    lines = serializers.URLField()
    people = serializers.URLField()
    fhir = serializers.URLField(help_text="The same directory as FHIR R4.")


class Problem(serializers.Serializer):
    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField(help_text="What is wrong and what to do, in the language of the request.")
    parameter = serializers.CharField(required=False, help_text="The parameter at fault.")
