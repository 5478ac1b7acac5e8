"""From the form to the payment page and back: what donors are asked, what they are told, what is kept."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from donations import giving
from donations.models import (
    Donation,
    DonationPage,
    Issuer,
)
from donations.states import DonationState
from tests.reading import soup

pytestmark = pytest.mark.django_db

FRENCH, ENGLISH = "/fr/hopital-de-demonstration/faire-un-don/", "/en/demonstration-hospital/make-a-donation/"
SLOW = timedelta(seconds=20)


@pytest.fixture
def page():
    """The fictional institute's page, in English, whose foundation issues French receipts."""
    Issuer.objects.update(regime="fr")
    return page_in("en")


def page_in(language):
    pages = DonationPage.objects.filter(locale__language_code=language).live()
    return next(page for page in pages if page.source.funds.exists())


def token_of(page):
    """The token of a form that was opened a while ago."""
    with time_machine.travel(timezone.now() - SLOW, tick=False):
        return giving.GiftGuard(page).new_token()


def fill(page, **answers):
    """What a browser sends: the form as it is shown at first, with `answers`."""
    first = str(page.source.funds.order_by("pk").first().pk)
    return {
        "frequency": "once",
        "preset_once": "5000",
        "preset_monthly": "2000",
        "other": "",
        "fund": first,
        "way": "online",
        "kind": "person",
        "email": "camille@example.org",
        "receipt": "none",
        "website": "",
        "token": answers.pop("token", None) or token_of(page),
    } | answers


def send(page, address="198.51.100.7", **answers):
    return Client(REMOTE_ADDR=address).post(f"/{page.language}/-/giving/{page.pk}/", fill(page, **answers))


def errors(response):
    assert response.status_code == 422, response.status_code
    return [item.get_text(" ", strip=True) for item in soup(response).select(".error-summary li")]


def test_the_form_leads_to_the_payment_page_and_the_page_after_it_says_thank_you(page):
    response = send(page)
    assert response.status_code == 303, errors(response)
    gift = Donation.objects.get()
    assert response["Location"] == f"/en/-/sandbox/{gift.session_ref}/"
    assert (gift.amount_minor, gift.state, gift.page_id) == (5_000, DonationState.REDIRECTED, page.pk)
