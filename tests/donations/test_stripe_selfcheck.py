"""The round that a person makes with a real test key, made with the fake."""

import io
import re

import pytest
import requests
from django.core.management import CommandError, call_command

from tests.fake_stripe.bank import SECRET

pytestmark = pytest.mark.django_db


class PayingReader(io.StringIO):
    """Somebody who reads what the command prints, and pays on the pages that it names."""

    def write(self, text):
        for url in re.findall(r"http://\S+/pay/\S+", text):
            requests.post(url, {"act": "card"}, allow_redirects=False, timeout=5)
        return super().write(text)


def test_the_whole_round_holds_with_the_fake(fake_stripe):
    out = PayingReader()
    call_command("stripe_selfcheck", "--pay", stdout=out, no_color=True)
    assert "All as expected." in out.getvalue()
    assert "NO " not in out.getvalue()
    assert out.getvalue().count("yes") > 20


def test_a_page_that_nobody_pays_is_told_as_a_failure(fake_stripe):
    out = io.StringIO()
    with pytest.raises(CommandError, match="did not hold"):
        call_command("stripe_selfcheck", "--pay", "--wait=-1", stdout=out, no_color=True)
    assert "NO   the page was paid" in out.getvalue()


@pytest.mark.parametrize(
    ("accounts", "words"),
    [({}, "STRIPE_SECRET_KEY"), ({"": {"key": "sk_" + "live_x", "webhook_secrets": [SECRET]}}, "no test key")],
)
def test_without_a_test_key_nothing_is_asked(fake_stripe, settings, accounts, words):
    settings.STRIPE_ACCOUNTS = accounts
    with pytest.raises(CommandError, match=words):
        call_command("stripe_selfcheck")
    assert fake_stripe.asked() == []
