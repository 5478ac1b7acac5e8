"""Lines and hours in the words of schema.org, for the JSON-LD of pages."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from departments.models.contacts import ContactLine, LineKind
from departments.phones import Kind
from departments.schedules import attach_schedules
from departments.site_hours import site_timetables
from departments.timetable import Opening, Timetable

if TYPE_CHECKING:
    from departments.models.pages import HospitalPage

Node = dict[str, Any]

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_CLOSED = {"opens": "00:00", "closes": "00:00"}  # how search engines read "closed all day"


def contact_points(lines: Iterable[ContactLine]) -> Node:
    """The lines as `contactPoint`; short and service numbers, which have no E.164 form, as they are dialled."""
    lines = list(lines)
    attach_schedules(line for line in lines if line.schedule is None)
    points = [_contact_point(line, Timetable.of(line.schedule)) for line in lines]
    return {"contactPoint": points} if points else {}


def site_hours(hospital: "HospitalPage") -> Node:
    """The hours of a hospital itself as `openingHoursSpecification`."""
    hours = _specifications(site_timetables([hospital.source]).get(hospital.source.pk))
    return {"openingHoursSpecification": hours} if hours else {}


def _contact_point(line: ContactLine, timetable: Timetable | None) -> Node:
    property_name = "faxNumber" if line.kind == LineKind.FAX else "telephone"
    point: Node = {"@type": "ContactPoint", "contactType": line.name, property_name: line.phone.number}
    if line.instruction:
        point["description"] = str(line.instruction)
    if line.languages:
        point["availableLanguage"] = line.languages
    if options := _options(line):
        point["contactOption"] = options
    if not line.phone.reachable_from_abroad and not line.phone.is_emergency:
        point["areaServed"] = "FR"
    if hours := _specifications(timetable):
        point["hoursAvailable"] = hours
    return point


def _options(line: ContactLine) -> list[str]:
    options = ["TollFree"] if line.phone.kind == Kind.FREEPHONE else []
    return options + (["HearingImpairedSupported"] if line.relay_url or line.kind == LineKind.TEXT_RELAY else [])


def _specifications(timetable: Timetable | None) -> list[Node]:
    """The week, the public holidays on which it is closed, and the exceptions with their dates."""
    if timetable is None:
        return []
    nodes = [_specification(opening) for opening in timetable.openings]
    if timetable.closed_on_holidays:
        nodes.append({"@type": "OpeningHoursSpecification", "dayOfWeek": "PublicHolidays"} | _CLOSED)
    for special in timetable.exceptions:
        dates = {"validFrom": special.first_day.isoformat(), "validThrough": special.last_day.isoformat()}
        if special.openings:
            nodes += [_specification(opening) | dates for opening in special.openings]
        else:
            nodes.append({"@type": "OpeningHoursSpecification"} | _CLOSED | dates)
    return nodes


def _specification(opening: Opening) -> Node:
    node: Node = {"@type": "OpeningHoursSpecification"}
    if opening.days:
        node["dayOfWeek"] = [_DAYS[day] for day in opening.days]
    return node | {"opens": opening.opens, "closes": "23:59" if opening.closes == "24:00" else opening.closes}
