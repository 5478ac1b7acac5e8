"""A part of the drill (make drill), every time."""

import os
import random

import pytest

from tests import databases, drill_gifts

GIFTS = 240


@pytest.fixture
def elsewhere(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), databases.elsewhere("drill"):
        yield


def test_whatever_happens_to_messages_the_ledger_thanks_and_receipts_are_right(elsewhere, settings):
    seed = int(os.environ.get("SEED") or random.randrange(10**6))
    settings.DONATION_PROVIDERS = settings.DONATION_PROVIDERS | {"sandbox": "tests.drill_gifts.connect"}
    seen = drill_gifts.run(GIFTS, seed, at_once=(6,))  # a failure names its seed and its round
    # The lives that these gifts had were not dull ones.
    assert {"declined", "debit settled", "month succeeded", "refund by staff", "refund in dashboard"} <= set(+seen)
    assert {"reconciler", "receipts issued", "receipts voided", "receipts of a year"} <= set(+seen)
