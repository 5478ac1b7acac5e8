"""What visitors take away: numbers for the address book (vCard), a hospital's numbers on paper."""

import uuid
from collections.abc import Iterable
from datetime import date, datetime

from django.contrib.contenttypes.models import ContentType
from django.db.models import Max
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext
from django.views.decorators.http import require_safe
from wagtail.models import ModelLogEntry, Page

from departments.entries import Place, entries_for
from departments.models import ContactLine, DepartmentPage, HospitalPage
from departments.models.contacts import LineKind
from departments.remarks import current, current_lines, remarks, special_days
from departments.schedules import attach_schedules
from departments.vcards import MEDIA_TYPE, Address, Card, Telephone
from institutes.listing import institute_in
from portal.days import midnight
from portal.folding import fold
from portal.untranslated import full_url_in, listed_in, url_in

_KINDS = {LineKind.VOICE: "voice", LineKind.FAX: "fax", LineKind.TEXT_RELAY: "text"}


@require_safe
def page_card(request: HttpRequest, key: uuid.UUID) -> HttpResponse:
    """The card of a department or a hospital, with all its numbers for patients. 404 when it has none today."""
    page, today = _page(key), timezone.localdate()
    lines = current_lines(page.entry.lines, today)
    attach_schedules(lines)
    if not lines:
        raise Http404
    hospitals = [page] if isinstance(page, HospitalPage) else [place.hospital for place in page.entry.places]
    labels = _labels(page.entry.places, lines, today)
    notes = [
        gettext("%(line)s: %(remarks)s") % {"line": label, "remarks": " ".join(said)}
        for line, label in zip(lines, labels, strict=True)
        if (said := remarks(line, today))
    ]
    return _card(request, page, hospitals, page.title, page.translation_key, lines, labels, notes)


@require_safe
def line_card(request: HttpRequest, key: uuid.UUID) -> HttpResponse:
    """The card of one line; a replaced one leads to its successor's, where that has one in the reader's language.

    404 for a line that patients do not see.
    """
    today = timezone.localdate()
    line = ContactLine.objects.for_patients().filter(uuid=key).select_related("page").first()
    if line is None:
        raise Http404
    page = _page(line.page.translation_key)
    new = current(line, today)
    if new != line and _is_shown_here(new):
        return redirect("line_card", new.uuid)
    place = next((place for place in page.entry.places if line in place.lines), None)
    if place is None:
        raise Http404
    attach_schedules([line])
    name = page.title if line.is_general else f"{page.title} – {line.name}"
    labels = _labels(page.entry.places, [line], today)
    return _card(request, page, [place.hospital], name, line.uuid, [line], labels, remarks(line, today))


def _labels(places: list[Place], lines: list[ContactLine], today: date) -> list[str]:
    """What each of `lines` is for and, of a department at several hospitals, which one it reaches."""
    if len([place for place in places if place.hospital]) < 2:
        return [line.name for line in lines]
    reached = {current(line, today).pk: place.hospital for place in places for line in place.lines}
    return [" – ".join(filter(None, [line.name, getattr(reached.get(line.pk), "title", "")])) for line in lines]


def _is_shown_here(line: ContactLine) -> bool:
    """Whether the page of `line` stands in lists of the reader's language, so that its card can be had."""
    same = Page.objects.filter(translation_key=line.page.translation_key)
    return listed_in(translation.get_language(), same).exists()


def _page(key: uuid.UUID) -> DepartmentPage | HospitalPage:
    """The visible department or hospital with that translation key, in the reader's language if it is translated."""
    for model in (DepartmentPage, HospitalPage):
        pages = model.objects.filter(translation_key=key)
        if page := listed_in(translation.get_language(), pages).first():
            return page
    raise Http404


def _card(
    request: HttpRequest,
    page: DepartmentPage | HospitalPage,
    hospitals: list[HospitalPage | None],
    name: str,
    key: uuid.UUID,
    lines: list[ContactLine],
    labels: list[str],
    notes: list[str],
) -> HttpResponse:
    language = translation.get_language()
    institute = institute_in(language, page)
    site = hospitals[0].source if len(hospitals) == 1 and hospitals[0] else None
    card = Card(
        uuid=key,
        name=name,
        organisation=(*([institute.title] if institute else []), page.title),
        telephones=tuple(
            Telephone(line.phone, label, _KINDS[LineKind(line.kind)]) for line, label in zip(lines, labels, strict=True)
        ),
        spoken=tuple(sorted({code for line in lines for code in line.languages})),
        address=Address(site.street, site.postal_code, site.city, site.country) if site and site.city else None,
        position=(site.latitude, site.longitude) if site and site.latitude is not None else None,
        note="\n".join(notes),
        url=full_url_in(page, language, request),
        source=request.build_absolute_uri(request.path),
        revised_at=_revised_at(page),
    )
    response = HttpResponse(card.write(), content_type=MEDIA_TYPE)
    file_name = "-".join(fold(name).replace("–", " ").split())[:80] or "numero"
    response["Content-Disposition"] = f'attachment; filename="{_plain(file_name)}.vcf"'
    response["X-Robots-Tag"] = "noindex"
    return response


def _plain(name: str) -> str:
    """A file name that every system takes: ASCII letters, digits, hyphens."""
    return "".join(character for character in name if character.isascii() and (character.isalnum() or character == "-"))


def _revised_at(page: DepartmentPage | HospitalPage) -> datetime | None:
    """When the page or one of its lines last changed, by hand or because its day had come."""
    rows = ContactLine.objects.filter(page__translation_key=page.translation_key)
    found = list(rows.values_list("pk", "valid_from", "valid_until"))
    changes = ModelLogEntry.objects.filter(
        content_type=ContentType.objects.get_for_model(ContactLine), object_id__in=[str(pk) for pk, *_days in found]
    )
    moments = [page.last_published_at, changes.aggregate(latest=Max("timestamp"))["latest"]]
    moments += [midnight(day) for _pk, *days in found for day in days if day and day <= timezone.localdate()]
    return max((moment for moment in moments if moment), default=None)


@require_safe
def print_sheet(request: HttpRequest, key: uuid.UUID) -> HttpResponse:
    """All numbers for patients of one hospital and of the departments there, by name: a page meant for paper."""
    hospital = _page(key)
    if not isinstance(hospital, HospitalPage):
        raise Http404
    today = timezone.localdate()
    own = Place(hospital, lines=hospital.entry.lines)
    notes: dict[str, int] = {}
    language = translation.get_language()
    departments = listed_in(language, DepartmentPage.objects.at_hospital(hospital)).by_name()
    entries = entries_for(departments.defer_streamfields(), language, [own])
    own_lines = _noted(own.lines, today, notes)
    rows = [(entry.page, _noted(_lines_at(entry.places, hospital), today, notes)) for entry in entries]
    return render(
        request,
        "departments/print_sheet.html",
        {
            "hospital": hospital,
            "institute": institute_in(language, hospital),
            "own": own_lines,
            "notes": list(notes),
            "departments": rows,
            "today": today,
            "address": request.build_absolute_uri(url_in(hospital, language, request)),
        },
    )


def _lines_at(places: Iterable[Place], hospital: HospitalPage) -> list[ContactLine]:
    return [
        line for place in places if place.hospital is None or place.hospital.pk == hospital.pk for line in place.lines
    ]


def _noted(
    lines: list[ContactLine], today: date, notes: dict[str, int]
) -> list[tuple[ContactLine, list[str], list[int]]]:
    """Each line with its remarks and the numbers of those on special days, which many share: `notes` gets them."""
    return [
        (
            line,
            remarks(line, today, with_special_days=False),
            sorted(notes.setdefault(days, len(notes) + 1) for days in special_days(line)),
        )
        for line in current_lines(lines, today)
    ]
