"""What the tests of giving share: the fake Stripe."""

import pytest
import stripe

from tests.fake_stripe.bank import SECRET
from tests.fake_stripe.remote import Remote


@pytest.fixture(scope="session")
def _fake_stripe_process():
    remote = Remote()
    yield remote
    remote.stop()


@pytest.fixture
def fake_stripe(_fake_stripe_process, settings, monkeypatch):
    """A fresh Stripe that this server is connected to. What its SDK's own types forbid fails the test."""
    remote = _fake_stripe_process
    remote.forget()
    settings.STRIPE_ACCOUNTS = {"": {"key": "sk_test_fake", "webhook_secrets": ["whsec_old", SECRET]}}
    settings.STRIPE_API_BASE = remote.address
    # Tries follow one another at once.
    monkeypatch.setattr(stripe.HTTPClient, "INITIAL_DELAY", 0)
    monkeypatch.setattr(stripe.HTTPClient, "MAX_DELAY", 0)
    yield remote
    assert remote.violations() == []
