"""*Wrong number?* – a visitor says with one tap that a number is wrong. Nothing about the visitor is kept.

Floods do no harm: reports of one number are one row with a count; who taps twice in a day counts once; an address, a
process and the whole portal each take only so many. What holds back addresses are hashes with a salt that the process
draws anew each day and never writes down.
"""

import hashlib
import secrets
from contextlib import suppress
from datetime import date
from uuid import UUID

from django.conf import settings
from django.core.cache import caches
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models import F
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone, translation
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods
from wagtail.models import Page

from departments.models import ContactLine, DirectoryPage, NumberReport
from departments.models.contacts import Audience
from portal.contact_form import MessageGuard
from portal.networks import address_of
from portal.visibility import visible

MOST_PER_ADDRESS = 10  # lines that one address may report in a day
MOST_PER_MINUTE = 30  # reports that one process takes in a minute, whoever sends them
MOST_OPEN_PER_DAY = 300  # new rows in a day, over all lines
DAY, MINUTE = 86_400, 60  # seconds


class TooMany(Exception):
    """More reports than we take just now."""


@csrf_exempt  # no cookie on public pages: what the browser says of the form's origin stands in for the token
@require_http_methods(["GET", "HEAD", "POST"])
def report_number(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Take a report of the line; the answer thanks, and leads back to where the number stands."""
    line = get_object_or_404(ContactLine.objects.valid().select_related("page"), uuid=uuid)
    if line.audience not in _audiences_on_show():
        raise Http404
    page = _page_of(line)
    if request.method != "POST":
        return render(
            request,
            "departments/wrong_number.html",
            {"line": line, "place": page, "is_taken": "taken" in request.GET},
        )
    if not MessageGuard.comes_from_here(request):
        raise PermissionDenied
    try:
        take(line, request.POST.get("number", ""), address_of(request))
    except TooMany:
        return render(
            request, "departments/wrong_number.html", {"line": line, "place": page, "is_refused": True}, status=429
        )
    return HttpResponseRedirect(f"{reverse('report_number', args=[uuid])}?taken", status=303)


def _audiences_on_show() -> set[str]:
    """Whose lines visitors see: patients', and those of everybody who has a visible directory in some language."""
    directories = (DirectoryPage.by_audience(code) for code, _name in settings.LANGUAGES)
    return {Audience.PATIENTS}.union(*directories)


def _page_of(line: ContactLine) -> Page:
    """The page with the line in the reader's language, else in the source language; 404 where visitors see neither."""
    pages = visible(Page.objects.filter(translation_key=line.page.translation_key))
    by_language = {page.locale.language_code: page for page in pages}
    found = by_language.get(translation.get_language()) or next(iter(by_language.values()), None)
    if found is None:
        raise Http404
    return found


def take(line: ContactLine, number: str, address: str) -> None:
    """Count a report of `number`, as the visitor saw it, unless the line has another by now. Raises TooMany."""
    if number != str(line.phone):
        return  # corrected since the visitor opened the page
    if not _may_pass(line, address):
        return
    today = timezone.localdate()
    if _count(line, number, today):
        return
    if NumberReport.objects.filter(first_reported_on=today).count() >= MOST_OPEN_PER_DAY:
        raise TooMany
    try:
        with transaction.atomic():
            NumberReport.objects.create(line=line, number=number, first_reported_on=today, last_reported_on=today)
    except IntegrityError:  # somebody else's, a moment before
        _count(line, number, today)


def _count(line: ContactLine, number: str, today: date) -> bool:
    already_open = NumberReport.objects.filter(line=line, number=number, closed_at=None)
    return bool(already_open.update(count=F("count") + 1, last_reported_on=today))


def _may_pass(line: ContactLine, address: str) -> bool:
    """Whether a report is to be counted: not when this address sent it already today. Raises TooMany."""
    cache = caches["brakes"]
    seen = who = ""
    if address:
        who = hashlib.blake2b(address.encode(), key=_salt(), digest_size=16).hexdigest()
        seen = f"{who}:{line.pk}"
        if not cache.add(seen, 1, DAY):
            return False
        if _rises_above(who, MOST_PER_ADDRESS, DAY):
            raise TooMany
    # Only what has passed here counts for everybody: one address cannot use up the minute of all the others.
    if _rises_above(f"minute:{int(timezone.now().timestamp()) // MINUTE}", MOST_PER_MINUTE, MINUTE):
        if seen:
            _take_back(seen, who)
        raise TooMany
    return True


def _take_back(seen: str, who: str) -> None:
    """What was refused because of others does not count against the visitor, who may send it again."""
    cache = caches["brakes"]
    cache.delete(seen)
    with suppress(ValueError):  # it ran out in between
        cache.decr(who)


def _rises_above(key: str, most: int, seconds: int) -> bool:
    cache = caches["brakes"]
    cache.add(key, 0, seconds)
    try:
        return cache.incr(key) > most
    except ValueError:  # it ran out between the two
        return False


def _salt() -> bytes:
    """This process's salt of today, in its memory alone."""
    return caches["brakes"].get_or_set(f"salt:{timezone.localdate()}", lambda: secrets.token_bytes(32), DAY)
