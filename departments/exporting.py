"""Exporting the directory: every line that is kept as a row that an import reads again as the same."""

from collections.abc import Iterator
from typing import BinaryIO

from django.utils import translation
from django.utils.translation import gettext as _

from departments import rows
from departments.models import ContactLine, Location
from departments.models.contacts import ContactLineQuerySet
from departments.places import Found, Places
from departments.rows import Unreadable
from portal.tables import write_csv, write_xlsx

FORMATS = ("csv", "xlsx")
BATCH = 1000


class ExportRefused(Exception):
    """An export that cannot be made; its text says why."""


def export(file: BinaryIO, form: str, scope: str = "", language: str = "fr", pages: set[int] | None = None) -> int:
    """Write the lines within `scope` to a file of `form`; gives their number. Raises ExportRefused.

    Headings and choices are written in `language`; `pages` are those whose lines may be seen, None stands for all.
    """
    places = Places()
    lines = _in_scope(places, scope)
    if pages is not None:
        lines = lines.filter(page__in=pages)
    with translation.override(language):
        header = [column.heading(language) for column in rows.COLUMNS]
        texts = _texts(places, lines, language)
        if form == "xlsx":
            return write_xlsx(file, header, texts, _("Directory"))
        return write_csv(file, header, texts)


def _texts(places: Places, lines: ContactLineQuerySet, language: str) -> Iterator[list[str]]:
    lines = lines.select_related("out_of_hours", "replaced_by", "verified_by")
    wordings = {
        (page, hospital): rows.wording(place)
        for page, hospital, place in Location.objects.kept().values_list("page_id", "hospital_id", "place")
    }
    names = [column.name for column in rows.COLUMNS]
    for line in lines.order_by("page__path", "sort_order", "pk").iterator(BATCH):
        page = places.by_pk.get(line.page_id)
        if page is None:
            continue
        at = line.hospital_id or next(iter(places.hospitals_of.get(page.pk, {})), None)
        alone = line.hospital_id or len(places.hospitals_of.get(page.pk, {})) == 1
        place = wordings.get((page.pk, at), {}) if alone else {}
        row = rows.texts(line, _names(places, page, line.hospital_id), language, place)
        yield [row[name] for name in names]


def _names(places: Places, page: Found, hospital: int | None) -> dict[str, str]:
    """What the row calls its page. A name that several hospitals share is replaced by the key."""
    at = places.by_pk.get(hospital) if hospital else None
    names = {"institute": page.institute.title if page.institute else "", "page_key": str(page.key)}
    if page.institute and len(places.institutes.find(page.institute.title)) > 1:
        names["institute"] = str(page.institute.key)
    if page.pk not in places.is_department:
        return names | {"hospital": page.title, "department": ""}
    named = ""
    if at:
        is_plain = at.institute is page.institute and len(places.hospitals.find(at.title)) == 1
        named = at.title if is_plain else str(at.key)
        if at.institute is not page.institute:
            names["institute"] = ""  # the row's institute would be taken for that of its hospital, too
    return names | {"hospital": named, "department": page.title}


def _in_scope(places: Places, scope: str) -> ContactLineQuerySet:
    lines = ContactLine.objects.kept()
    if not scope:
        return lines
    kind, _colon, name = scope.partition(":")
    try:
        if kind == "institute" and name:
            institute = places.institute(name)
            return lines.filter(page__in=[one.pk for one in places.by_pk.values() if one.institute is institute])
        if kind == "hospital" and name:
            hospital = places.hospital(name, None).pk
            return lines.filter(page=hospital) | lines.filter(hospital=hospital)
        if kind == "source" and name:
            return lines.filter(source=name)
    except Unreadable as error:
        raise ExportRefused(str(error.message)) from None
    raise ExportRefused(_("A scope is written institute:slug, hospital:slug or source:name."))
