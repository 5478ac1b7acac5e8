"""Working off the messages of providers: each is a hint to look at one object again."""

from collections.abc import Callable

from donations import lifecycle
from donations.gateway import provider_of
from donations.models import ProviderEvent
from donations.providers.base import Gone, ObjectKind, Ref
from donations.work import never, work_off

_OF_GIFTS = {ObjectKind.SESSION, ObjectKind.PAYMENT, ObjectKind.INVOICE, ObjectKind.PLEDGE}


def process_events(most: int = 1000, stop: Callable[[], bool] = never) -> int:
    """Work off what has come in; how many messages were dealt with."""
    return work_off(ProviderEvent, process, most, stop)


def process(event: ProviderEvent) -> None:
    """Look again at what the event is about. Payouts are read by the reconciler; the rest does not concern us."""
    if event.object_kind not in _OF_GIFTS:
        return
    provider = provider_of(event.provider, event.account)
    ref = Ref(ObjectKind(event.object_kind), event.object_ref)
    try:
        lifecycle.refresh(provider, ref, f"event {event.event_id}"[:80])
    except Gone:
        misfit = lifecycle.DoesNotFit("gone at the provider")
        lifecycle.quarantine(event.provider, event.account, ref, misfit)
