"""Faults of Stripe, of the network and of time (F1 … in the reference), against the fake process."""

import pytest

from donations import gateway, inbox, lifecycle, webhooks
from donations.models import Quarantined
from donations.states import DonationState
from tests import factories

pytestmark = pytest.mark.django_db
URLS = {"success_url": "https://testserver/thanks/", "cancel_url": "https://testserver/back/"}


def opened(donation):
    """The gift at Stripe's page; the page's number."""
    gateway.payment_page(donation, email="camille@example.org", **URLS)
    donation.refresh_from_db()
    return donation.session_ref


def take_in(messages, expected=200):
    """Messages go through the door."""
    for message in messages:
        headers = {"Stripe-Signature": message["signature"]}
        assert webhooks.take_in("stripe", "", headers, message["body"].encode()) == expected


def tell_everything(fake_stripe):
    """All that Stripe has to tell goes through the door and is worked off."""
    take_in(fake_stripe.messages())
    inbox.process_events()


def test_first(fake_stripe):
    gift = factories.gift(5_000, provider="stripe")
    fake_stripe.pay(session=opened(gift))
    tell_everything(fake_stripe)
    gift.refresh_from_db()
    assert gift.state == DonationState.SUCCEEDED
    assert lifecycle.total_minor(donation=gift) == 5_000
    assert not Quarantined.objects.exists()
    gift = factories.gift(1_500, provider="stripe", monthly=True)
    fake_stripe.pay(session=opened(gift))
    tell_everything(fake_stripe)
    gift.refresh_from_db()
    assert gift.state == DonationState.SUCCEEDED
    assert gift.pledge.provider_ref
