"""The door for providers' messages: verified, kept once, answered at once. What they mean is worked out afterwards."""

import logging
from collections.abc import Iterable, Mapping

from django.db import Error
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from donations.gateway import UnknownProvider, provider_of
from donations.models import ProviderEvent
from donations.providers.base import BadSignature, Event

logger = logging.getLogger(__name__)

LARGEST = 512 * 1024  # bytes; a provider's largest messages are some tens of kilobytes


@csrf_exempt  # the signature says who sent it
@require_POST
def receive(request: HttpRequest, provider: str, account: str = "") -> HttpResponse:
    """Take in a message. 200: kept, now or before. 400: not from the provider. 503: come again."""
    length = request.headers.get("Content-Length") or "0"
    if not (length.isascii() and length.isdecimal()):
        return _answer(400)
    if len(length) > 9 or int(length) > LARGEST:
        return _answer(413)
    return _answer(take_in(provider, account, request.headers, request.body))


def take_in(provider: str, account: str, headers: Mapping[str, str], body: bytes) -> int:
    """Keep the events in a message; the HTTP status to answer with."""
    if len(body) > LARGEST:
        return 413
    try:
        events = provider_of(provider, account).read_events(headers, body)
    except UnknownProvider:
        return 404
    except (BadSignature, ValueError):
        logger.warning("A message to the door of %s was not from there, or could not be read.", provider)
        return 400
    if not all(map(_fits, events)):
        logger.warning("A message to the door of %s has numbers that no provider gives.", provider)
        return 400
    try:
        keep(provider, account, events)
    except Error:  # DatabaseError is not all: a connection that is gone raises InterfaceError
        logger.exception("A message of %s could not be kept; it will be sent again.", provider)
        return 503
    return 200


def _fits(event: Event) -> bool:
    """Whether the event can be kept at all: asking for it again would bring the same for days."""
    texts = [event.id, event.kind, event.ref.id if event.ref else ""]
    return all(isinstance(text, str) and len(text) <= 200 and "\0" not in text for text in texts)


def keep(provider: str, account: str, events: Iterable[Event]) -> None:
    """Keep what a provider told, each event once, to be worked off."""
    ProviderEvent.objects.bulk_create(
        (
            ProviderEvent(
                provider=provider,
                account=account,
                event_id=event.id,
                kind=event.kind[:80],
                object_kind=event.ref.kind if event.ref else "",
                object_ref=event.ref.id if event.ref else "",
                made_at=event.made_at,
            )
            for event in events
        ),
        ignore_conflicts=True,
    )


def _answer(status: int) -> HttpResponse:
    return HttpResponse(status=status, content_type="text/plain", headers={"Cache-Control": "no-store"})
