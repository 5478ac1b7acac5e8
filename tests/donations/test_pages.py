"""The page that asks for gifts, who receives them, and what may stand there."""

import re

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone, translation

from donations.models import DonationPage, DonationPreset, Fund, Issuer, Receipt
from tests import factories
from tests.reading import nodes, soup, text

pytestmark = pytest.mark.django_db

IBAN = "FR7630006000011234567890189"  # the French banks' own example, with valid check digits


@pytest.fixture
def issuer():
    return Issuer.objects.create(name="Fondation des essais", address="1 rue du Lac\n75000 Paris", iban=IBAN)


@pytest.fixture
def fund(issuer):
    return Fund.objects.create(issuer=issuer, name={"fr": "Fonds du matin", "en": "Morning fund"})


@pytest.fixture
def page(fund):
    made = factories.pages(DonationPage, factories.institute(), "Donner aux essais")
    source = made["fr"]
    source.funds = [fund]
    source.presets = [
        DonationPreset(amount_minor=7550, meaning={"fr": "une heure de musique", "en": "an hour of music"})
    ]
    source.save_revision().publish()
    return made


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("fr", ["Fonds du matin", "75,50 €", "une heure de musique", "Fondation des essais", "1 rue du Lac"]),
        ("en", ["Morning fund", "€75.50", "an hour of music", "Fondation des essais", "1 rue du Lac"]),
    ],
)
def test_the_page_tells_in_every_language_to_what_and_how_one_gives(page, language, words):
    response = Client().get(page[language].url)
    shown = text(response)
    assert [word for word in words if word not in shown] == []
    assert "FR76 3000 6000 0112 3456 7890 189" in shown


def test_a_closed_fund_is_not_offered_nor_its_issuer(page, fund):
    fund.is_open = False
    fund.save()
    shown = text(Client().get(page["en"].url))
    assert "Morning fund" not in shown
    assert "Fondation des essais" not in shown


def test_no_donation_page_of_a_real_institute_pretends_that_one_can_pay_online():
    pages = [page for page in DonationPage.objects.live() if not is_fictional(page)]
    assert len(pages) >= 4
    for page in pages:
        document = soup(Client().get(page.url))
        assert document.main.find(["form", "input", "button", "iframe"]) is None, page
        links = {link["href"] for link in document.main.find_all("a", href=True)}
        assert not [link for link in links if re.search(r"stripe|paypal|checkout|/pay", link)], page


def test_search_engines_learn_to_whom_one_gives(page):
    [action] = nodes(Client().get(page["en"].url), "DonateAction")
    assert action["recipient"]["name"] == page["en"].get_parent().title
    assert action["target"].endswith(page["en"].url)


def refused(**values):
    with translation.override("en"), pytest.raises(ValidationError) as error:
        Issuer(name="Fondation", **values).full_clean()
    return error.value.message_dict


@pytest.mark.parametrize(
    "typed", [IBAN, "FR76 3000 6000 0112 3456 7890 189", "fr76-3000-6000-0112-3456-7890-189", " " + IBAN]
)
def test_an_iban_is_kept_in_one_form_however_it_was_typed(typed):
    issuer = Issuer(name="Fondation", iban=typed)
    issuer.clean()
    assert issuer.iban == IBAN


@pytest.mark.parametrize("typed", [IBAN[:-1] + "8", IBAN[:-1], "FR00" + IBAN[4:], "ask the bank", "XX" + IBAN[2:]])
def test_a_mistyped_iban_is_refused_with_what_to_do(typed):
    assert "compare it with the bank" in refused(iban=typed)["iban"][0]


@pytest.mark.parametrize("typed", ["732829320", "732 829 320"])
def test_a_siren_is_kept_as_nine_digits(typed):
    issuer = Issuer(name="Fondation", siren=typed)
    issuer.clean()
    assert issuer.siren == "732829320"


@pytest.mark.parametrize("typed", ["732829321", "73282932", "abcdefghi"])
def test_a_siren_whose_check_digit_is_wrong_is_refused(typed):
    assert "nine digits" in refused(siren=typed)["siren"][0]


@pytest.mark.parametrize("typed", ["AGRIFRP", "AGRIFRPP88", "1234"])
def test_a_bic_of_the_wrong_length_is_refused(typed):
    assert "8 or 11" in refused(bic=typed)["bic"][0]


def test_every_wrong_field_is_named_at_once():
    assert set(refused(iban="x", bic="x", siren="x")) == {"iban", "bic", "siren"}


def test_what_receipts_and_monthly_gifts_hold_on_to_is_not_changed_in_passing(issuer):
    gift = factories.gift(monthly=True)
    fund = gift.fund
    fund.issuer, fund.is_open = issuer, False
    with pytest.raises(ValidationError) as refusal:
        fund.clean()
    assert set(refusal.value.message_dict) == {"issuer", "is_open"}
    gift.issuer.receipt_prefix = "NEW-"
    gift.issuer.clean()  # no receipt yet
    Receipt.objects.create(
        issuer=gift.issuer, year=2026, number=1, regime="fr", form="11580*05", amount_minor=1, currency="EUR",
        language="fr", snapshot={}, pdf=b"", copy_pdf=b"", sha256="", copy_sha256="", issued_at=timezone.now(),
    )  # fmt: skip
    with pytest.raises(ValidationError, match="never change"):
        gift.issuer.clean()


def test_an_issuer_that_keeps_funds_cannot_be_deleted(issuer, fund):
    with pytest.raises(Exception, match="protected"):
        issuer.delete()


def test_the_accounts_of_the_demonstration_are_of_fictional_issuers():
    real = {fund.issuer for page in DonationPage.objects.live() for fund in page.funds.all() if not is_fictional(page)}
    assert real == set()
    assert Issuer.objects.exists()


def is_fictional(page):
    return page.source.get_parent().specific.is_fictional
