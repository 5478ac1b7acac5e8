"""The door for providers' messages: what is not from there, or cannot be read, is turned away and kept nowhere."""

import json

import pytest
from django.test import Client
from django.urls import reverse

from donations import inbox, webhooks
from donations.models import ProviderEvent, Quarantined, SandboxObject
from donations.providers import sandbox
from donations.providers.base import ObjectKind

pytestmark = pytest.mark.django_db


def test_what_is_not_signed_or_cannot_be_read_is_turned_away():
    bank = sandbox.connect("")
    headers, body = sandbox.signed(bank.tell("session.changed", ObjectKind.SESSION, "cs_1"))
    signature = headers[sandbox.SIGNATURE]

    def signed(body):
        return {sandbox.SIGNATURE: sandbox._signature(body)}

    for wrong_headers, wrong_body, status in (
        ({}, body, 400),
        ({sandbox.SIGNATURE: ""}, body, 400),
        ({sandbox.SIGNATURE: signature[:-1] + "x"}, body, 400),
        (headers, body.replace(b"session.changed", b"session.forged"), 400),
        (signed(b"\xff\xfe"), b"\xff\xfe", 400),
        (signed(b"{"), b"{", 400),
        (signed(b""), b"", 400),
        *((signed(wrong), wrong, 400) for wrong in (b"{}", b"[]", b"7", b"null", b'{"object": 1}', b'{"object": {}}')),
        *(
            (signed(wrong), wrong, 400)
            for wrong in (body.replace(b'"cs_1"', b"[1]"), body.replace(b"cs_1", b"\\u0000"))
        ),
        (headers, b"x" * 5_000_000, 413),
    ):
        assert webhooks.take_in("sandbox", "", wrong_headers, wrong_body) == status, (wrong_headers, wrong_body[:40])
    assert not ProviderEvent.objects.exists()
    client = Client()
    address = reverse("webhook", args=["sandbox"])
    assert client.get(address).status_code == 405
    assert client.post(address, b"x" * 600_000, content_type="application/json").status_code == 413
    assert client.post(reverse("webhook", args=["nobody"]), body, content_type="application/json").status_code == 404
    for length in ("many", "-1", "1e3", "²"):
        assert client.post(address, body, content_type="application/json", CONTENT_LENGTH=length).status_code == 400
    assert client.post(address, body, content_type="application/json", CONTENT_LENGTH="9" * 5_000).status_code == 413
    assert webhooks.take_in("sandbox", "", headers, body) == 200
    assert ProviderEvent.objects.count() == 1


def test_what_nobody_knows_is_kept_answered_and_put_before_a_person_at_most():
    event = SandboxObject(data={"id": "ev1", "kind": "new.kind", "account": "", "made_at": "2026-11-22T10:00:00+00:00"})
    event.data["object"] = {"kind": "payment", "id": "pa_of_nobody"}
    headers, body = sandbox.signed(event)
    assert webhooks.take_in("sandbox", "", headers, body) == 200
    event.data |= {"id": "ev2", "object": {"kind": "payout", "id": "po_1"}}
    assert webhooks.take_in("sandbox", "", *sandbox.signed(event)) == 200
    assert json.loads(body)["id"] == "ev1"
    inbox.process_events()
    assert not ProviderEvent.objects.filter(done_at=None).exists()
    assert [(case.why, case.object_ref) for case in Quarantined.objects.all()] == [
        ("gone at the provider", "pa_of_nobody")
    ]
