"""From the form to the payment page and back: what donors are asked, what they are told, what is kept."""

import os
from datetime import date, timedelta

import pytest
import time_machine
from django.conf import settings
from django.test import Client, RequestFactory
from django.utils import timezone, translation

from donations import gateway, giving, lifecycle, limits, views
from donations.links import confirmation_url, family_invitation, family_url, pledge_key
from donations.models import (
    Consent,
    Donation,
    DonationPage,
    Donor,
    FamilyPage,
    Fund,
    Issuer,
    Mail,
    Pause,
    Pledge,
    SandboxObject,
    TaxRate,
    Tribute,
)
from donations.providers import sandbox
from donations.providers.base import Unreachable
from donations.states import DonationState, PaymentStatus, PledgeState
from tests import factories
from tests.reading import soup, text

pytestmark = pytest.mark.django_db

SLOW = timedelta(seconds=20)
ROBOTS = int(os.environ.get("ROBOTS", "50"))  # a thousand in a drill


def page_in(language):
    """The fictional institute's page."""
    pages = DonationPage.objects.filter(locale__language_code=language).live()
    return next(page for page in pages if page.source.funds.exists())


@pytest.fixture
def page():
    return page_in("en")


def tokens_of(page, number=1):
    """The tokens of forms that were opened a while ago."""
    with time_machine.travel(timezone.now() - SLOW, tick=False):
        return [giving.GiftGuard(page).new_token() for _number in range(number)]


def fill(page, **answers):
    """What a browser sends: the form as it is shown at first, with `answers`."""
    return {
        "frequency": "once",
        "preset_once": "5000",
        "preset_monthly": "2000",
        "other": "",
        "fund": str(page.source.funds.order_by("pk").first().pk),
        "way": "online",
        "kind": "person",
        "email": "camille@example.org",
        "receipt": "none",
        "website": "",
        "token": answers.pop("token", None) or tokens_of(page)[0],
    } | answers


def post(page, answers, address="198.51.100.7", **headers):
    return Client(REMOTE_ADDR=address).post(f"/{page.language}/-/giving/{page.pk}/", answers, headers=headers)


def send(page, **answers):
    return post(page, fill(page, **answers))


def errors(response, status=422):
    assert response.status_code == status, response.status_code
    return [item.get_text(" ", strip=True) for item in soup(response).select(".error-summary li")]


def begun(page, **answers):
    """The gift that a form brings."""
    response = send(page, **answers)
    assert response.status_code == 303, errors(response)
    return Donation.objects.order_by("-pk").first()


def shown(gift, query=""):
    """What the gift's page says, when it is time to ask the provider again."""
    Donation.objects.filter(pk=gift.pk).update(checked_at=None)
    return text(Client().get(f"/en/-/giving/{gift.token}/{query}"))


RECEIPT = {
    "receipt": "each",
    "first_name": "Camille",
    "last_name": "Exemple",
    "street": "1 rue de l’Exemple",
    "postal_code": "00000",
    "city": "Ville-Exemple",
    "country": "FR",
}


# --- From the form to the payment page ------------------------------------------------------------


def test_the_form_leads_to_the_payment_page_and_the_page_after_it_tells_the_truth(page):
    response = send(page, news="on")
    gift = Donation.objects.get()
    assert response.status_code == 303
    assert response["Location"] == f"/en/-/sandbox/{gift.session_ref}/"
    assert (gift.amount_minor, gift.state, gift.page_id) == (5_000, DonationState.REDIRECTED, page.pk)
    # F22: whoever opens the address of the thanks without having paid is not thanked.
    before = shown(gift)
    assert "not complete yet" in before
    assert "Thank you" not in before
    sandbox.connect("").pay(gift.session_ref)
    after = shown(gift)
    assert "Thank you: your gift has arrived" in after
    assert "Your gift makes a day of treatment easier" in after
    assert "camille@example.org" not in after
    gift.refresh_from_db()
    assert gift.state == DonationState.SUCCEEDED
    assert lifecycle.total_minor(donation=gift) == 5_000


def test_a_direct_debit_a_refusal_and_a_change_of_mind_are_told_as_what_they_are(page):
    bank = sandbox.connect("")
    debit, declined, left = begun(page), begun(page), begun(page)
    bank.pay(debit.session_ref, method="sepa_debit", status=PaymentStatus.PROCESSING)
    bank.pay(declined.session_ref, status=PaymentStatus.FAILED)
    assert "your payment is on its way" in shown(debit)
    refused = shown(declined)
    assert "did not succeed" in refused
    assert "Try again" in refused
    assert "card_declined" not in refused  # which would help whoever tries stolen cards
    assert "You came back without paying. Nothing was taken." in shown(left, "?back=1")
    again = Client().post(f"/en/-/giving/{declined.token}/pay/")
    assert again["Location"].startswith("/en/-/sandbox/")
    # Declined, then paid on the page that is still open: the truth changes with the provider's word.
    bank.pay(declined.session_ref)
    assert "your gift has arrived" in shown(declined)


def test_the_provider_is_asked_at_most_every_few_seconds_however_often_the_page_is_opened(page):
    gift = begun(page)
    assert lifecycle.may_look(gift, 5)
    assert not lifecycle.may_look(gift, 5)
    with time_machine.travel(timezone.now() + timedelta(seconds=6)):
        assert lifecycle.may_look(gift, 5)


def test_the_same_form_sent_twice_is_one_gift_and_a_changed_one_replaces_it(page):
    answers = fill(page)
    first, second = post(page, answers), post(page, answers)
    assert first["Location"] == second["Location"]
    assert Donation.objects.count() == SandboxObject.objects.filter(kind="session").count() == 1
    before = Donation.objects.get()
    # Back to the form that the browser kept, with another amount: not to the payment page of the old one.
    third = post(page, answers | {"other": "30"})
    now = Donation.objects.order_by("-pk").first()
    assert third["Location"] == f"/en/-/sandbox/{now.session_ref}/"
    assert now.amount_minor == 3_000
    before.refresh_from_db()
    assert before.state == DonationState.CANCELLED
    # Once money has come, the form has served: it leads to the thanks, whatever it says.
    sandbox.connect("").pay(now.session_ref)
    gateway.look_again(now, "test")
    fourth = post(page, answers | {"other": "40"})
    assert fourth["Location"] == f"/en/-/giving/{now.token}/"
    assert Donation.objects.count() == 2


class Silent(sandbox.Sandbox):
    """A provider whose line is cut."""

    def open_session(self, order, key):
        raise Unreachable


def connect_to_nobody(account):
    return Silent(account)


def test_while_the_provider_does_not_answer_nothing_typed_is_lost_and_a_transfer_is_offered(page, settings):
    working = settings.DONATION_PROVIDERS
    settings.DONATION_PROVIDERS = working | {"sandbox": f"{__name__}.connect_to_nobody"}
    answers = fill(page, other="33,40", first_name="Zoé", tribute="memory", person="Jo Exemple", news="on")
    response = post(page, answers)
    assert response.status_code == 503
    document = soup(response)
    assert "Error:" in document.title.text
    said = document.select_one(".error-summary").get_text(" ")
    assert "Nothing was taken" in said
    assert "bank transfer" in said
    for name in ("other", "first_name", "person", "email"):
        assert document.select_one(f"[name={name}]")["value"] == answers[name]
    assert document.select_one("[name=news]").has_attr("checked")
    assert document.select_one("[name=tribute][value=memory]").has_attr("checked")
    # The same form once more, when it answers: the same gift, under the same key.
    settings.DONATION_PROVIDERS = working
    answers["token"] = document.select_one("[name=token]")["value"]
    assert post(page, answers)["Location"].startswith("/en/-/sandbox/")
    gift = Donation.objects.get()
    assert gift.amount_minor == 3_340
    assert gift.calls.count() == 1


def test_the_other_way_out_when_the_provider_is_silent_is_a_transfer_with_a_reference(page, settings):
    settings.DONATION_PROVIDERS = settings.DONATION_PROVIDERS | {"sandbox": f"{__name__}.connect_to_nobody"}
    answers = fill(page)
    assert post(page, answers).status_code == 503
    response = post(page, answers | {"way": "manual"})
    gift = Donation.objects.order_by("-pk").first()
    assert response["Location"] == f"/en/-/giving/{gift.token}/"
    assert (gift.provider, gift.state) == ("manual", DonationState.AWAITED)
    said = text(Client().get(response["Location"]))
    assert "here is how to send your gift" in said
    assert gift.reference in said.replace(" ", "")
    assert "FR76 9999" in said
    assert "Fondation de l’Hôpital de démonstration (fictive)" in said
    assert list(gift.mails.values_list("kind", flat=True)) == ["instructions"]


# --- What is asked, and what is wrong with an answer ----------------------------------------------


@pytest.mark.parametrize(
    ("typed", "minor"),
    [("75", 7_500), ("75,00", 7_500), ("75.00", 7_500), ("1 000", 100_000), ("1.000,50", 100_050), ("١٢", 1_200)],
)
def test_an_amount_is_understood_as_donors_write_it_and_outweighs_the_suggested_one(page, typed, minor):
    assert begun(page, other=typed).amount_minor == minor


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("", "Choose an amount"),
        ("0", "above zero"),
        ("-5", "cannot read"),
        ("0.001", "two decimals"),
        ("1e9", "cannot read"),
        ("9999999", "speak with us"),
        ("4,99", "The smallest gift here is €5"),
        ("fifty", "cannot read"),
    ],
)
def test_an_amount_that_cannot_be_taken_is_explained_and_kept(page, typed, why):
    response = send(page, other=typed, preset_once="")
    assert why in " ".join(errors(response))
    document = soup(response)
    assert document.title.text.startswith("Error:")
    assert document.select_one(".error-summary a")["href"] == "#id_other"
    assert document.select_one("#id_other").get("value", "") == typed
    assert document.select_one("#id_other")["aria-invalid"] == "true"
    assert not Donation.objects.exists()


def test_an_address_is_asked_for_a_receipt_alone_and_kept_for_it_alone(page):
    asked = errors(send(page, receipt="yearly"))
    assert len(asked) == 5, asked  # first name, last name, address, town, postal code
    assert errors(send(page, **RECEIPT | {"postal_code": "7501"})) == [
        "Postal code – A French postal code has five digits."
    ]
    with_receipt = begun(page, **RECEIPT)
    assert with_receipt.receipt_wish == "each"
    assert with_receipt.donor.city == "Ville-Exemple"
    without = begun(page, **RECEIPT | {"receipt": "none", "email": "other@example.org"})
    assert (without.donor.street, without.donor.country) == ("", "")


def test_a_company_names_itself_and_gets_a_receipt_for_each_gift(page):
    company = {"kind": "company", "company": "Essais", "legal_form": "SAS", "siren": "732 829 320"}
    gift = begun(page, **RECEIPT | company | {"receipt": "yearly"})
    assert (gift.donor.company, gift.donor.siren, gift.receipt_wish) == ("Essais", "732829320", "each")
    assert "nine digits" in errors(send(page, **RECEIPT | company | {"siren": "732 829 321"}))[0]
    assert len(errors(send(page, kind="company", **RECEIPT))) == 3  # name, legal form, SIREN
    person = begun(page, **RECEIPT | company | {"kind": "person", "email": "other@example.org"})
    assert person.donor.siren == ""


def test_no_consent_is_ticked_beforehand_and_the_exact_words_agreed_to_are_kept():
    for language in ("fr", "en"):
        page = page_in(language)
        document = soup(Client().get(page.url))
        boxes = document.select("form.giving [type=checkbox]")
        assert len(boxes) == 3
        assert not [box for box in boxes if box.has_attr("checked")]
        words = document.select_one("label[for=id_news] span").get_text(strip=True)
        begun(page, news="on", email=f"{language}@example.org")
        consent = Consent.objects.get(donor__email=f"{language}@example.org")
        assert (consent.kind, consent.wording, consent.language) == ("news", words, language)
    begun(page, post="on", email="without-address@example.org")
    assert not Consent.objects.filter(donor__email="without-address@example.org").exists()


def test_the_total_and_what_it_costs_after_tax_are_told_before_anything_is_sent(page):
    TaxRate.objects.all().delete()
    for begins, percent in ((date(2000, 1, 1), 50), (date(2020, 1, 1), 66), (date(2999, 1, 1), 10)):
        TaxRate.objects.create(regime="fr", donor_kind="person", valid_from=begins, percent=percent, source="a test")
    said = text(post(page, fill(page, other="75,50", email="", act="restate")))
    assert "You give €75.50, once." in said
    assert "After tax it costs you €25.67: 66% of it comes back." in said  # 75.50 x 0.34
    assert "Please check your answers" not in said
    monthly = text(post(page, fill(page, other="10", frequency="monthly", act="restate")))
    assert "You give €10 every month: €120 in a year." in monthly
    company = text(post(page, fill(page, other="10", kind="company", act="restate")))
    assert "After tax" not in company  # no rate is known: nothing is promised
    french = page_in("fr")
    assert "25,67" in text(post(french, fill(french, other="75,50", act="restate")))


@pytest.mark.parametrize(
    ("query", "name", "value"),
    [
        ("?amount=100", "preset_once", "10000"),
        ("?amount=33,50", "other", "33,50"),
        ("?frequency=monthly", "frequency", "monthly"),
        ("?amount=40&frequency=monthly", "preset_monthly", "4000"),
    ],
)
def test_a_deep_link_presets_amount_and_frequency(page, query, name, value):
    document = soup(Client().get(page.url + query))
    found = document.select_one(f"[name={name}][value='{value}']")
    assert found.has_attr("checked") or found["type"] == "text"
    other = document.select_one("[rel=alternate][hreflang=fr]")
    assert other
    assert document.select_one(".languages a[hreflang=fr], .languages a")["href"].endswith(query.replace(",", "%2C"))


def test_a_deep_link_presets_the_fund_and_nonsense_presets_nothing(page):
    fund = page.source.funds.order_by("-pk").first()
    document = soup(Client().get(f"{page.url}?fund={fund.pk}"))
    assert document.select_one(f"[name=fund][value='{fund.pk}']").has_attr("checked")
    document = soup(Client().get(f"{page.url}?fund=x&amount=%3Cb%3E&frequency=hourly&family=1"))
    assert document.select_one("[name=other]").get("value", "") == ""
    assert len(document.select("[name=fund][checked]")) == 1


def test_a_fund_without_payments_online_says_how_one_can_give_to_it(page):
    by_hand = Fund.objects.get(pages=page.source, issuer__provider="")
    assert "cheque or bank transfer alone" in errors(send(page, fund=str(by_hand.pk)))[0]
    assert "card or direct debit" in errors(send(page, frequency="monthly", way="manual"))[0]
    gift = begun(page, fund=str(by_hand.pk), way="manual")
    assert gift.state == DonationState.AWAITED
    assert "no money moves" in shown(gift)  # the form said so, too
    assert "Please send nothing" in shown(gift)
    Issuer.objects.filter(pk=by_hand.issuer_id).update(regime="")
    assert (
        "no tax receipt for gifts to this fund" in errors(send(page, fund=str(by_hand.pk), way="manual", **RECEIPT))[0]
    )


def test_a_monthly_gift_begins_a_pledge(page):
    gift = begun(page, frequency="monthly", receipt="none")
    assert gift.pledge.amount_minor == gift.amount_minor == 2_000
    assert gift.pledge.state == PledgeState.PENDING
    sandbox.connect("").pay(gift.session_ref)
    assert "every month" in shown(gift)
    gift.pledge.refresh_from_db()
    assert gift.pledge.state == PledgeState.ACTIVE


def test_a_page_that_offers_no_monthly_gifts_does_not_ask_how_often(page):
    DonationPage.objects.filter(pk=page.source.pk).update(takes_monthly=False)
    document = soup(Client().get(page.url))
    assert document.select("[name=frequency], [name=preset_monthly]") == []
    assert "How often" in " ".join(errors(send(page_in("en"), frequency="monthly")))


def test_before_its_day_and_after_its_last_a_page_takes_nothing_but_shows_what_came(page):
    gift = begun(page)
    sandbox.connect("").pay(gift.session_ref)
    gateway.look_again(gift, "test")
    sources = DonationPage.objects.filter(pk=page.source.pk)
    document = soup(Client().get(page.url))
    assert document.select_one("progress")["value"] == "5000"
    assert "€50 of €20,000" in " ".join(document.select_one(".progress").get_text(" ").split())
    for dates, words in (
        ({"opens_at": timezone.now() + timedelta(days=3)}, "Gifts are taken here from"),
        ({"opens_at": None, "closes_at": timezone.now()}, "This appeal ended on"),
    ):
        sources.update(**dates)
        response = Client().get(page.url)
        assert words in text(response)
        assert soup(response).select("form.giving") == []
        assert send(page_in("en"))["Location"] == page.url
    assert Donation.objects.count() == 1
    assert "€50 of" in text(response)


# --- Tributes and families ------------------------------------------------------------------------


def test_the_family_learns_who_gave_if_they_agreed_and_never_how_much(page):
    letter = {"tribute": "memory", "person": "Jo Exemple", "letter": "email", "family_name": "Famille Exemple"}
    asked = errors(send(page, tribute="memory", letter="post"))
    assert len(asked) == 3  # for whom, to which address, to whom
    first = begun(
        page, **letter, family_email="family@example.org", names_donor="on", first_name="Zoé", last_name="Exemple"
    )
    family = FamilyPage.objects.get()
    address = family_url(family).removeprefix(settings.WAGTAILADMIN_BASE_URL)
    assert "No gift has arrived so far" in text(Client().get(address))
    # Another donor comes through the address that the family shared.
    invited = f"{page.url}?family={family_invitation(family)}"
    document = soup(Client().get(invited))
    assert document.select_one("[name=person]")["value"] == "Jo Exemple"
    second = begun(
        page, tribute="memory", person="Jo Exemple", family=family_invitation(family), email="other@example.org"
    )
    assert FamilyPage.objects.count() == 1
    for gift in (first, second):
        sandbox.connect("").pay(gift.session_ref)
        gateway.look_again(gift, "test")
    said = text(Client().get(address))
    assert "no money moves" in said
    assert "Zoé Exemple" in said
    assert "1 gift without a name" in said
    assert "50" not in said
    assert "€" not in said
    assert Client().get(address.replace(str(family.key), str(first.token))).status_code == 404
    gateway.request_refund(first.payments.get(), 5_000, "", None)
    assert "Zoé" not in text(Client().get(address))  # what was paid back was not given
    with time_machine.travel(timezone.now() + timedelta(days=400)):
        assert Client().get(address).status_code == 404


def test_nothing_that_a_donor_types_ends_a_line_of_a_letter(page):
    begun(page, tribute="memory", person="Jo\r\nBcc: everybody@example.org", first_name="A\u2028B", ward="C\0D\tE")
    tribute = Tribute.objects.get()
    assert tribute.person == "Jo Bcc: everybody@example.org"
    assert tribute.donor.first_name == "A B"
    assert tribute.ward == "C D E"
    assert "e-mail address" in errors(send(page, email="a@example.org\nBcc: b@example.org"))[0]


# --- Robots ---------------------------------------------------------------------------------------


def test_a_form_is_refused_that_comes_too_fast_too_late_forged_or_from_elsewhere(page):
    guard = giving.GiftGuard(page)
    with time_machine.travel(timezone.now() - timedelta(hours=3)):
        old = guard.new_token()
    for token, why in (
        (guard.new_token(), "very quick"),
        (old, "open for too long"),
        ("forged", "did not arrive whole"),
        (giving.GiftGuard(page_in("fr")).new_token(), "did not arrive whole"),
    ):
        response = send(page, token=token, first_name="Zoé")
        assert why in errors(response)[0]
        assert soup(response).select_one("[name=first_name]")["value"] == "Zoé"
    assert "did not arrive whole" in errors(send(page, website="https://example.org"))[0]
    assert post(page, fill(page), **{"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert not Donation.objects.exists()


def test_a_mistake_is_mended_with_the_same_token_so_that_nobody_waits(page):
    response = send(page, email="")
    token = soup(response).select_one("[name=token]")["value"]
    assert post(page, fill(page, token=token)).status_code == 303


def test_one_address_and_one_network_begin_a_few_gifts_an_hour(page):
    tokens = tokens_of(page, 30)
    statuses = [post(page, fill(page, token=token)).status_code for token in tokens[:8]]
    assert statuses == [303] * 6 + [429] * 2
    refused = post(page, fill(page, token=tokens[8], first_name="Zoé"))
    assert "slow down" in errors(refused, 429)[0]
    assert soup(refused).select_one("[name=first_name]")["value"] == "Zoé"
    many = [post(page, fill(page, token=token, email=f"{token[:8]}@example.org")).status_code for token in tokens[9:]]
    assert many.count(303) < 15
    assert many[-1] == 429
    with time_machine.travel(timezone.now() + timedelta(hours=1)):
        assert post(page, fill(page)).status_code == 303


def test_robots_from_many_addresses_open_ten_payment_pages_at_most_and_a_donor_still_gives(page):
    answers, tokens, requests = fill(page), tokens_of(page, ROBOTS), RequestFactory()
    with translation.override("en"):
        for number, token in enumerate(tokens):  # straight to the view: what stands before it is no brake
            sent = answers | {"token": token, "email": f"robot{number}@example.org", "preset_once": "2500"}
            request = requests.post("/", sent, REMOTE_ADDR=f"203.{number // 250}.112.{number % 250}")
            assert views.begin(request, page.pk).status_code == 303
    sessions = SandboxObject.objects.filter(kind="session")
    assert 1 <= sessions.count() <= 10
    opened = sessions.count()
    # A donor is led to the mailbox first; what looks into e-mails opens links and presses no button.
    response = send(page, email="genuine@example.org")
    gift = Donation.objects.get(donor__email="genuine@example.org")
    assert response["Location"] == f"/en/-/giving/{gift.token}/"
    assert "open our e-mail" in shown(gift)
    assert Mail.objects.filter(kind="confirm_gift", donation=gift).count() == 1
    link = confirmation_url(gift).removeprefix(settings.WAGTAILADMIN_BASE_URL)
    assert "Continue to the payment page" in text(Client().get(link))
    assert sessions.count() == opened
    assert Client().post(link)["Location"].startswith("/en/-/sandbox/")
    assert sessions.count() == opened + 1


def test_gifts_that_are_paid_make_room_again_and_declined_cards_take_it(page):
    for number in range(20):  # a good evening: everybody pays
        gift = begun(page, email=f"{number % 4}{number}@example.org") if number < 18 else None
        if gift:
            assert gift.session_ref, number
            sandbox.connect("").pay(gift.session_ref)
            gateway.look_again(gift, "test")
    for _card in range(9):
        limits.add(limits.SESSIONS, 1)
    assert not limits.take(limits.SESSIONS)


def test_an_address_for_one_use_is_confirmed_first_and_a_link_of_yesterday_leads_nowhere(page):
    gift = begun(page, email="someone@yopmail.com")
    assert gift.session_ref == ""
    link = confirmation_url(gift).removeprefix(settings.WAGTAILADMIN_BASE_URL)
    assert Client().post(f"/en/-/giving/{gift.token}/pay/")["Location"].endswith(f"/{gift.token}/")
    gift.refresh_from_db()
    assert gift.session_ref == ""
    with time_machine.travel(timezone.now() + timedelta(days=2)):
        assert Client().get(link).status_code == 404
    assert Client().get(link.replace(str(gift.token), str(factories.gift().token))).status_code == 404


def test_when_too_many_mails_have_gone_out_a_transfer_is_what_is_left(page):
    limits.add(limits.SESSIONS, 100)
    limits.add(limits.MAILS, 10_000)
    assert "bank transfer" in errors(send(page), 429)[0]


def test_the_same_gift_opens_a_few_payment_pages_and_no_more(page):
    gift = begun(page)
    answers = [Client().post(f"/en/-/giving/{gift.token}/pay/").status_code for _time in range(7)]
    assert answers == [303] * 5 + [429] * 2


def test_a_pause_holds_at_once_and_leaves_the_transfer(page):
    pause = Pause.objects.create(page=page.source)
    assert "Giving online is paused" in text(Client().get(page.url))
    assert "Giving online is paused just now" in errors(send(page))[0]
    assert begun(page, way="manual").state == DonationState.AWAITED
    pause.ended_at = timezone.now()
    pause.save()
    gift = begun(page, email="other@example.org")
    assert gift.session_ref
    Pause.objects.create(page=None)
    assert Client().post(f"/en/-/giving/{gift.token}/pay/").status_code == 429


def test_the_limits_tell_nobody_who_gave(page):
    begun(page)
    keys = " ".join(limits.Bucket.objects.values_list("key", flat=True))
    assert "e-mail:" in keys
    assert "camille" not in keys
    assert "198.51" not in keys
    with time_machine.travel(timezone.now() + timedelta(days=3)):
        limits.forget_outdated()
    assert not limits.Bucket.objects.exists()


# --- A monthly gift -------------------------------------------------------------------------------


@pytest.fixture
def pledge(page):
    gift = begun(page, frequency="monthly")
    sandbox.connect("").pay(gift.session_ref)
    gateway.look_again(gift, "test")
    return Pledge.objects.get()


def test_a_link_goes_to_monthly_donors_and_the_answer_is_the_same_for_everybody(pledge):
    said = {
        text(Client().post("/en/-/giving/monthly/", {"email": email}))
        for email in ("Camille@Example.org", "nobody@example.org")
    }
    assert len(said) == 1
    assert "Look into your mailbox" in said.pop()
    assert list(Mail.objects.filter(kind="pledge_link").values_list("pledge", flat=True)) == [pledge.pk]
    for _time in range(5):
        Client().post("/en/-/giving/monthly/", {"email": "camille@example.org"})
    assert Mail.objects.filter(kind="pledge_link").count() == 3
    assert Client().post("/en/-/giving/monthly/", {"email": "camille"}).status_code == 422


def test_a_monthly_donor_sees_the_gifts_changes_the_amount_and_stops(pledge):
    address = f"/en/-/giving/monthly/{pledge_key(pledge)}/"
    response = Client().get(address)
    assert response["Cache-Control"] == "no-store"
    said = text(response)
    assert "received" in said
    assert "€20" in said
    assert "did not arrive" not in said
    Pledge.objects.update(state=PledgeState.PAST_DUE)
    assert "Your last gift did not arrive" in text(Client().get(address))
    assert "smallest gift" in text(Client().post(address, {"act": "amount", "amount": "1"}))
    changed = Client().post(address, {"act": "amount", "amount": "35,50"})
    assert "From the next month on you give €35.50" in text(Client().get(changed["Location"]))
    assert Client().post(address, {"act": "card"})["Location"].startswith("/en/-/sandbox/portal/")
    ended = Client().post(address, {"act": "stop"})
    assert "has ended" in text(Client().get(ended["Location"]))
    pledge.refresh_from_db()
    assert (pledge.amount_minor, pledge.state) == (3_550, PledgeState.ENDED)
    late = Client().post(address, {"act": "amount", "amount": "40"})
    assert "nothing more can be changed" in text(Client().get(late["Location"]))


def test_a_link_to_a_monthly_gift_is_forged_by_nobody_and_outdated_after_three_days(pledge):
    key = pledge_key(pledge)
    other = factories.gift(monthly=True).pledge
    for wrong in (str(pledge.token), key.replace(str(pledge.token), str(other.token)), key + "x"):
        assert Client().get(f"/en/-/giving/monthly/{wrong}/").status_code == 404
    with time_machine.travel(timezone.now() + timedelta(days=4)):
        response = Client().get(f"/en/-/giving/monthly/{key}/")
    assert response.status_code == 404
    assert "no longer works" in text(response)


# --- Who may keep and list these pages ------------------------------------------------------------


def test_none_of_the_donors_pages_is_kept_listed_or_sets_a_cookie(page, pledge):
    gift = pledge.donations.get()
    for address in (
        page.url,
        f"/en/-/giving/{gift.token}/",
        "/en/-/giving/monthly/",
        f"/en/-/giving/monthly/{pledge_key(pledge)}/",
    ):
        response = Client().get(address)
        assert response["Cache-Control"] == "no-store", address
        assert not response.cookies
        policy = response["Content-Security-Policy"]
        assert "form-action 'self' https://checkout.stripe.com" in policy
        assert "script-src 'self'" in [directive.strip() for directive in policy.split(";")]
        if address != page.url:
            assert soup(response).select_one("meta[name=robots]")["content"] == "noindex"
    assert Client().get(f"/en/-/giving/{pledge.token}/").status_code == 404
    assert Donor.objects.count() == 1
