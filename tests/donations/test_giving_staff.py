"""What finance, fundraisers and communications staff see and do of giving in the admin - and what they do not."""

import io
import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse
from django.utils import timezone, translation
from openpyxl import load_workbook

from donations import fund_closing, gateway, inbox, lifecycle, pausing, totals, webhooks
from donations.models import (
    DonationPage,
    Donor,
    DonorAccess,
    Fund,
    LedgerEntry,
    Mail,
    Pause,
    Payment,
    Pledge,
    PledgeMove,
    ProviderEvent,
    Quarantined,
    Refund,
    SandboxObject,
    Tribute,
)
from donations.providers import sandbox
from donations.references import in_groups
from donations.states import DonationState, PaymentStatus, PledgeState, RefundStatus
from portal import bootstrapping
from portal.roles import POWERS, StaffRole
from tests import factories

pytestmark = pytest.mark.django_db

FINANCE, FUNDRAISERS, EDITORS = bootstrapping.FINANCE, bootstrapping.FUNDRAISERS, bootstrapping.EDITORS
NAME = "Camille Exemple"


def tell_everything():
    for event in SandboxObject.objects.filter(kind="event").order_by("made_at", "pk"):
        headers, body = sandbox.signed(event)
        assert webhooks.take_in("sandbox", "", headers, body) == 200
    inbox.process_events()


def paid(amount_minor=5_000, **fields):
    """A gift that was paid in the sandbox."""
    gift = factories.gift(amount_minor, **fields)
    urls = {"success_url": "https://testserver/thanks/", "cancel_url": "https://testserver/back/"}
    gateway.payment_page(gift, email="camille@example.org", **urls)
    gift.refresh_from_db()
    sandbox.connect("").pay(gift.session_ref)
    tell_everything()
    gift.refresh_from_db()
    assert gift.state == DonationState.SUCCEEDED
    return gift


def get(client, name, *args, **query):
    return client.get(reverse(name, args=args), query)


def text(response):
    """The words of a screen, with every kind of space as a plain one."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def english(client):
    return factories.speaking_english(client)


@pytest.fixture
def finance(client_of):
    return english(client_of(FINANCE))


@pytest.fixture
def fundraiser(client_of):
    return english(client_of(FUNDRAISERS))


# --- Who gets in where (F60) ----------------------------------------------------------------------

SCREENS = {
    "gifts": {FINANCE, FUNDRAISERS},
    "gifts_results": {FINANCE, FUNDRAISERS},
    "gift_story": {FINANCE, FUNDRAISERS},
    "gift_donor": {FINANCE, FUNDRAISERS},
    "gift_tribute": {FUNDRAISERS},
    "giving_letters": {FUNDRAISERS},
    "giving_refund_payment": {FINANCE},
    "giving_refunds": {FINANCE, FUNDRAISERS},
    "giving_refunds_results": {FINANCE, FUNDRAISERS},
    "giving_refund": {FINANCE, FUNDRAISERS},
    "giving_pledges": {FINANCE, FUNDRAISERS},
    "giving_pledges_results": {FINANCE, FUNDRAISERS},
    "giving_pledge": {FINANCE, FUNDRAISERS},
    "giving_pledge_donor": {FINANCE, FUNDRAISERS},
    "giving_cases": {FINANCE, FUNDRAISERS},
    "giving_cases_results": {FINANCE, FUNDRAISERS},
    "giving_case": {FINANCE, FUNDRAISERS},
    "giving_parked": {FINANCE, FUNDRAISERS},
    "giving_close_fund": {FINANCE, FUNDRAISERS},
    "giving_totals": {FINANCE, FUNDRAISERS, EDITORS, bootstrapping.MODERATORS, bootstrapping.ADMINISTRATORS},
    "giving_pauses": {FINANCE, FUNDRAISERS, bootstrapping.ADMINISTRATORS},
    "giving_access_log": {FINANCE, bootstrapping.ADMINISTRATORS},
    "giving_access_log_results": {FINANCE, bootstrapping.ADMINISTRATORS},
}
ACTS = {
    "gift_look_again": {FINANCE, FUNDRAISERS},
    "giving_mail_again": {FINANCE},
    "giving_try_again": {FINANCE},
}
EVERY_GROUP = [
    FINANCE,
    FUNDRAISERS,
    EDITORS,
    bootstrapping.MODERATORS,
    bootstrapping.ADMINISTRATORS,
    bootstrapping.SWITCHBOARD,
]


def test_each_group_gets_in_where_it_belongs_and_nowhere_else(client_of):
    gift = paid(monthly=True)
    payment = Payment.objects.get(donation=gift)
    refund = Refund.objects.create(payment=payment, amount_minor=100, status=RefundStatus.REQUESTED)
    case = Quarantined.objects.create(provider="sandbox", object_kind="payment", object_ref="pa_x", why="other amount")
    Tribute.objects.create(donor=gift.donor, kind="memory", person="Dominique Exemple")
    args = {
        "gift_story": gift.pk,
        "gift_donor": gift.pk,
        "gift_tribute": gift.pk,
        "gift_look_again": gift.pk,
        "giving_refund_payment": payment.pk,
        "giving_refund": refund.pk,
        "giving_pledge": gift.pledge_id,
        "giving_pledge_donor": gift.pledge_id,
        "giving_case": case.pk,
        "giving_close_fund": gift.fund_id,
        "giving_mail_again": Mail.objects.get(donation=gift).pk,
    }
    for group in EVERY_GROUP:
        client = client_of(group)
        for name, groups in SCREENS.items():
            response = client.get(reverse(name, args=[args[name]] if name in args else []))
            assert (response.status_code == 200) is (group in groups), f"{group}: {name}"
            if group not in groups:
                assert response.headers["Location"] == reverse("wagtailadmin_home")
        for name, groups in ACTS.items():
            before = Mail.objects.count() + ProviderEvent.objects.count()
            response = client.post(reverse(name, args=[args[name]] if name in args else []), {"kind": "mail"})
            is_done = response.headers["Location"] != reverse("wagtailadmin_home")
            assert is_done is (group in groups), f"{group}: {name}"
            assert client.get(response.request["PATH_INFO"]).status_code in (302, 405)
            if group not in groups:
                assert Mail.objects.count() + ProviderEvent.objects.count() == before


def test_without_the_permission_nobody_refunds_approves_exports_ends_or_pauses(client_of, make_user):
    """F60: not by a link that is not shown, either."""
    gift = paid(monthly=True)
    payment = Payment.objects.get(donation=gift)
    refund = Refund.objects.create(
        payment=payment, amount_minor=100, status=RefundStatus.REQUESTED, requested_by=make_user(FINANCE, "asks")
    )
    editor, fundraiser = client_of(EDITORS), client_of(FUNDRAISERS)
    for client in (editor, fundraiser):
        client.post(reverse("giving_refund_payment", args=[payment.pk]), {"amount": "10", "reason": "x"})
        for act in ("approve", "refuse"):
            client.post(reverse("giving_refund", args=[refund.pk]), {"act": act})
        refund.refresh_from_db()
        assert refund.status == RefundStatus.REQUESTED
        assert Refund.objects.count() == 1
        response = get(client, "gifts", export="csv", donors=1)
        assert response.status_code == 302
    assert get(editor, "gifts", export="csv").status_code == 302
    editor.post(reverse("giving_pledge", args=[gift.pledge_id]), {"reason": "x"})
    editor.post(reverse("giving_pauses"), {"page": "all", "act": "pause"})
    editor.post(reverse("giving_close_fund", args=[gift.fund_id]), {"act": "close"})
    gift.pledge.refresh_from_db()
    gift.fund.refresh_from_db()
    assert gift.pledge.state == PledgeState.ACTIVE
    assert gift.fund.is_open
    assert not Pause.objects.exists()
    assert not DonorAccess.objects.filter(act="exported").exists()


def test_a_real_portal_gives_nobody_the_sight_of_donors_until_somebody_decides_it(make_user):
    """The groups' own permissions name none of the personal tables; the demonstration adds them."""
    personal = {"donor", "tribute", "consent", "familypage", "receipt", "bankline", "transfer"}
    for role, powers in POWERS.items():
        if role != StaffRole.DATA_PROTECTION:
            assert not {act.partition("_")[2] for act in powers.giving} & personal
            assert not {act.partition("_")[0] for act in powers.giving} & {"export", "request", "approve", "erase"}
    assert make_user(FINANCE).has_perms(["donations.view_donor", "donations.export_donor"])
    assert not make_user(FINANCE, "second").has_perm("donations.view_tribute")
    assert not make_user(EDITORS).has_perm("donations.view_donor")


def test_communications_staff_see_totals_but_no_gift_and_no_donor(client_of):
    paid(7_500)
    client = english(client_of(EDITORS))
    response = get(client, "giving_totals")
    assert "€75.00" in text(response)
    assert NAME not in text(response)
    assert reverse("gifts") not in response.content.decode()


# --- The list -------------------------------------------------------------------------------------


def test_gifts_are_narrowed_summed_up_from_the_ledger_and_found_by_their_numbers(finance):
    gift, other = paid(5_000), paid(2_000)
    begun = factories.gift(9_900)
    shown = text(get(finance, "gifts"))
    assert "3 gifts found" in shown
    assert "€70.00" in shown
    assert "2 gifts with money" in shown
    for query, expected in (
        ({"state": "succeeded"}, {gift, other}),
        ({"state": "redirected", "least": "1"}, set()),
        ({"least": "20.01"}, {gift, begun}),
        ({"most": "20"}, {other}),
        ({"fund": gift.fund_id, "provider": "sandbox"}, {gift, other, begun}),
        ({"issuer": Fund.objects.exclude(issuer=gift.issuer_id).first().issuer_id}, set()),
        ({"given": "monthly"}, set()),
        ({"paid_at_from": timezone.localdate().isoformat()}, {gift, other}),
        ({"created_at_to": (timezone.localdate() - timedelta(days=1)).isoformat()}, set()),
        ({"q": f"{gift.reference[:4]} {gift.reference[4:8]} {gift.reference[8:]}"}, {gift}),
        ({"q": other.payments.get().provider_ref}, {other}),
        ({"q": begun.reference.lower()}, {begun}),
    ):
        found = set(get(finance, "gifts_results", **query).context["object_list"])
        assert found == expected, query
    assert "€50.00" in text(get(finance, "gifts", q=gift.reference))


def test_a_donor_is_found_by_name_or_e_mail_only_by_those_who_may_see_donors_and_that_is_written_down(
    finance, make_user, client_of
):
    gift = paid()
    Donor.objects.filter(pk=gift.donor_id).update(first_name="Hélène")
    factories.gift()
    assert NAME not in text(get(finance, "gifts"))
    assert not DonorAccess.objects.exists()
    response = get(finance, "gifts", q="helene EXEMPLE")
    assert list(response.context["object_list"]) == [gift]
    assert "Hélène Exemple" in text(response)
    look = DonorAccess.objects.get()
    assert (look.act, look.number, "helene" in look.what) == ("listed", 1, False)
    assert len(get(finance, "gifts", q="camille@example.org").context["object_list"]) == 2
    assert len(get(finance, "gifts", q="ex").context["object_list"]) == 0  # too short to be anybody's name
    looks = DonorAccess.objects.count()

    user = make_user(FUNDRAISERS, "blind")
    user.groups.clear()
    user.user_permissions.set(Permission.objects.filter(codename__in=["access_admin", "view_donation"]))
    blind = client_of(bootstrapping.SWITCHBOARD)
    blind.force_login(user)
    for query in ("Exemple", "camille@example.org"):
        response = get(blind, "gifts", q=query)
        assert list(response.context["object_list"]) == []
    assert DonorAccess.objects.count() == looks


def test_the_months_are_those_of_the_ledger_with_refunds_taken_off(finance, make_user):
    gift = paid(5_000)
    gateway.request_refund(Payment.objects.get(donation=gift), 2_000, "", make_user("Administrators"))
    old = timezone.now() - timedelta(days=800)
    fields = {"donation": gift, "issuer": gift.issuer, "fund": gift.fund, "currency": "EUR", "kind": "payment"}
    LedgerEntry.objects.create(**fields, source="old", amount_minor=77_700, happened_at=old)
    [plot] = totals.plots(LedgerEntry.objects.all())
    assert [bar.amount_minor for bar in plot.bars] == [0] * 11 + [3_000]
    assert plot.total_minor == 3_000
    assert plot.bars[-1].height == 180
    assert plot.bars[-1].month == timezone.localdate().replace(day=1)
    response = get(finance, "giving_totals")
    shown = text(response)
    assert "€807.00" in shown
    assert "€30.00" in shown
    assert response.content.decode().count("<rect") == 12


def test_a_month_in_which_more_went_back_than_came_hangs_below_the_line():
    plot = totals._plot("EUR", totals.last_months(timezone.localdate()), {timezone.localdate().replace(day=1): -900})
    assert plot.bars[-1].is_loss
    assert (plot.baseline, plot.bars[-1].y, plot.bars[-1].height) == (0, 0, 180)
    months = totals.last_months(timezone.localdate().replace(month=2, day=28))
    assert (months[0].month, months[-1].month, len(set(months))) == (3, 2, 12)


# --- Letters to families --------------------------------------------------------------------------


def test_a_familys_letter_by_post_waits_is_printed_without_an_amount_and_marked_as_sent(finance, fundraiser):
    for gift, family in ((paid(7_531), "Famille Exemple"), (factories.gift(7_531), "Famille d’un don en attente")):
        Tribute.objects.create(
            donor=gift.donor, kind="memory", person="Dominique Exemple", names_donor=True,
            family_name=family, family_address="2 rue de l’Exemple\n00000 Ville-Exemple", message="Pensées",
        )  # fmt: skip
    tribute = Tribute.objects.get(family_name="Famille Exemple")
    shown = text(get(fundraiser, "giving_letters"))
    assert "Famille Exemple" in shown
    assert "en attente" not in shown  # the family is told when the gift has arrived
    assert "1 letter to a family" in text(fundraiser.get(reverse("wagtailadmin_home")))
    printed = text(get(fundraiser, "giving_letter", tribute.pk))
    for words in ("Famille Exemple", "2 rue de l’Exemple", "Dominique Exemple", NAME, "Pensées", tribute.donor.name):
        assert words in printed
    assert "75" not in printed.replace("7500", "")
    acts = list(DonorAccess.objects.order_by("pk").values_list("act", "donor"))
    assert acts == [("tribute", None), ("tribute", tribute.donor_id)]
    assert fundraiser.post(reverse("giving_letter_sent", args=[tribute.pk]), {"act": "sent"}).status_code == 302
    tribute.refresh_from_db()
    assert tribute.letter_sent_at is not None
    assert tribute.donor.donations.get().journal.get(what="letter sent").user.username == "fundraisers"
    assert "letter to a family" not in text(fundraiser.get(reverse("wagtailadmin_home")))
    fundraiser.post(reverse("giving_letter_sent", args=[tribute.pk]), {"act": "back"})
    tribute.refresh_from_db()
    assert tribute.letter_sent_at is None
    for name, pk in (("giving_letters", []), ("giving_letter", [tribute.pk])):
        assert get(finance, name, *pk).status_code == 302
    assert finance.post(reverse("giving_letter_sent", args=[tribute.pk]), {"act": "sent"}).status_code == 302
    tribute.refresh_from_db()
    assert tribute.letter_sent_at is None


# --- Files ----------------------------------------------------------------------------------------


def test_exports_hold_no_formula_no_donor_unless_asked_for_and_are_written_down(finance, fundraiser):
    """F57: what a donor typed is no formula on the machine of finance."""
    gift = paid(5_050)
    Donor.objects.filter(pk=gift.donor_id).update(first_name="=HYPERLINK(1)", city="+33", street="@cmd")
    paid(700)
    response = get(fundraiser, "gifts", export="csv", state="succeeded")
    content = b"".join(response.streaming_content).decode()
    assert gift.reference in content
    assert "50.50" in content
    assert ",received," in content  # in the reader's language, whatever the portal's
    assert "example.org" not in content
    log = DonorAccess.objects.get(act="exported")
    assert (log.number, log.what) == (2, "gifts: state=succeeded")

    content = b"".join(get(finance, "gifts", export="csv", donors=1, q=gift.reference).streaming_content).decode()
    assert "'=HYPERLINK(1) Exemple" in content
    assert "'+33" in content
    assert "camille@example.org" in content
    assert DonorAccess.objects.filter(act="exported", number=1, what="gifts with donors: search").count() == 1
    response = get(finance, "gifts", export="xlsx", donors=1)
    sheet = load_workbook(io.BytesIO(b"".join(response.streaming_content))).active
    rows = list(sheet.iter_rows(values_only=True))
    assert len(rows) == 3
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)
    assert {float(row[rows[0].index("amount")]) for row in rows[1:]} == {50.5, 7.0}


# --- One gift -------------------------------------------------------------------------------------


def test_the_story_of_a_gift_tells_everything_but_who_gave(finance):
    gift = paid(5_000)
    page = text(get(finance, "gift_story", gift.pk))
    payment = gift.payments.get()
    event = ProviderEvent.objects.first()
    for words in (payment.provider_ref, event.event_id, "thanks", "gift received", "at the payment page → received"):
        assert words in page, words
    assert NAME not in page
    assert "example.org" not in page
    assert not DonorAccess.objects.exists()


def test_looking_again_takes_in_what_the_provider_says_now(finance):
    gift = factories.gift(5_000)
    gateway.payment_page(
        gift, email="a@example.org", success_url="https://testserver/", cancel_url="https://testserver/"
    )
    gift.refresh_from_db()
    sandbox.connect("").pay(gift.session_ref)  # and the message is lost
    response = finance.post(reverse("gift_look_again", args=[gift.pk]), follow=True)
    gift.refresh_from_db()
    assert gift.state == DonationState.SUCCEEDED
    assert "The provider was asked" in text(response)


def test_an_e_mail_that_was_given_up_or_sent_goes_out_again(finance):
    gift = paid()
    mail = Mail.objects.get(donation=gift)
    Mail.objects.filter(pk=mail.pk).update(next_at=None, parked_at=timezone.now(), attempts=12, error="Boom")
    finance.post(reverse("giving_mail_again", args=[mail.pk]))
    mail.refresh_from_db()
    assert mail.next_at
    assert mail.attempts == 0
    Mail.objects.filter(pk=mail.pk).update(next_at=None, done_at=timezone.now())
    finance.post(reverse("giving_mail_again", args=[mail.pk]))
    mail.refresh_from_db()
    assert mail.done_at is None
    assert mail.next_at
    assert Mail.objects.filter(donation=gift).count() == 1
    assert [entry.user.username for entry in gift.journal.filter(what="mail again")] == ["finance"] * 2


def test_each_look_at_a_donor_or_a_tribute_is_written_down_with_who_looked(finance, fundraiser):
    gift = paid(monthly=True)
    Tribute.objects.create(donor=gift.donor, kind="memory", person="Dominique Exemple", ward="Oncologie")
    Donor.objects.filter(pk=gift.donor_id).update(street="1 Example Street", city="Bern", country="CH")
    page = get(finance, "gift_donor", gift.pk)
    assert NAME in text(page)
    assert "Bern, Switzerland" in text(page)
    assert reverse("donor_data", args=[gift.donor.uuid]) in page.content.decode()  # a copy, or to be forgotten
    assert NAME in text(get(finance, "giving_pledge_donor", gift.pledge_id))
    assert "Oncologie" not in text(get(fundraiser, "gift_story", gift.pk))
    assert "Oncologie" in text(get(fundraiser, "gift_tribute", gift.pk))
    looks = list(DonorAccess.objects.order_by("pk").values_list("act", "donor", "user__username"))
    assert looks == [
        ("looked", gift.donor_id, "finance"),
        ("looked", gift.donor_id, "finance"),
        ("tribute", gift.donor_id, "fundraisers"),
    ]
    log = text(get(finance, "giving_access_log"))
    assert f"#{gift.donor_id}" in log
    assert "fundraisers" in log
    assert NAME not in log
    assert len(get(finance, "giving_access_log", act="tribute").context["object_list"]) == 1
    content = b"".join(get(finance, "giving_access_log", export="csv").streaming_content).decode()
    assert content.count("looked at") == 3
    assert get(finance, "gift_tribute", gift.pk).status_code == 302


# --- Refunds --------------------------------------------------------------------------------------


def test_a_refund_says_what_is_left_refuses_more_and_keeps_what_was_typed(finance):
    gift = paid(5_000)
    payment = Payment.objects.get(donation=gift)
    url = reverse("giving_refund_payment", args=[payment.pk])
    assert "€50.00" in text(finance.get(url))
    for typed, words in (
        ("50,01", "No more than €50.00 is left"),
        ("cinquante", "This is no amount"),
        ("-5", "This is no amount"),
        ("0", "This is no amount"),
    ):
        response = finance.post(url, {"amount": typed, "reason": "twice"})
        assert response.status_code == 422
        assert words in text(response)
        assert f'value="{typed}"' in response.content.decode()
    assert finance.post(url, {"amount": "10", "reason": ""}).status_code == 422
    assert not Refund.objects.exists()
    response = finance.post(url, {"amount": "20,50", "reason": "gave twice"}, follow=True)
    assert "The money goes back" in text(response)
    refund = Refund.objects.get()
    assert (refund.amount_minor, refund.status, refund.reason) == (2_050, RefundStatus.SUCCEEDED, "gave twice")
    assert lifecycle.total_minor(donation=gift) == 2_950
    assert "€29.50" in text(finance.get(url))


def test_a_large_refund_is_approved_by_a_colleague_never_by_oneself_nor_cut_into_small_ones(
    finance, make_user, client_of, settings
):
    settings.REFUND_NEEDS_SECOND_PERSON_FROM = 3_000
    gift = paid(5_000)
    payment = Payment.objects.get(donation=gift)
    url = reverse("giving_refund_payment", args=[payment.pk])
    finance.post(url, {"amount": "20", "reason": "first part"})
    response = finance.post(url, {"amount": "20", "reason": "second part"}, follow=True)
    assert "waits for the approval" in text(response)
    waiting = Refund.objects.get(status=RefundStatus.REQUESTED)
    assert lifecycle.total_minor(donation=gift) == 3_000
    own = reverse("giving_refund", args=[waiting.pk])
    assert "Approve and send" not in text(finance.get(own))
    finance.post(own, {"act": "approve"})
    waiting.refresh_from_db()
    assert waiting.status == RefundStatus.REQUESTED

    finance.logout()
    finance.force_login(make_user(FINANCE, "colleague"))
    english(finance)
    assert "1 refund waits for your approval" in text(finance.get(reverse("wagtailadmin_home")))
    assert get(finance, "giving_refunds").context["object_list"][0] == waiting
    assert "second part" in text(finance.get(own))
    assert "The money goes back" in text(finance.post(own, {"act": "approve"}, follow=True))
    assert lifecycle.total_minor(donation=gift) == 1_000
    assert "decided on this refund meanwhile" in text(finance.post(own, {"act": "refuse"}, follow=True))


def test_a_refund_that_is_refused_or_taken_back_moves_no_money(finance, settings, make_user):
    settings.REFUND_NEEDS_SECOND_PERSON_FROM = 1
    gift = paid(5_000)
    url = reverse("giving_refund_payment", args=[Payment.objects.get(donation=gift).pk])
    finance.post(url, {"amount": "50", "reason": "mistake"})
    own = reverse("giving_refund", args=[Refund.objects.get().pk])
    assert "Take the request back" in text(finance.get(own))
    finance.post(own, {"act": "refuse"})
    assert Refund.objects.get().status == RefundStatus.REFUSED
    assert gateway.left_of(Payment.objects.get(donation=gift)) == 5_000
    assert lifecycle.total_minor(donation=gift) == 5_000


# --- Monthly gifts --------------------------------------------------------------------------------


def test_a_monthly_gift_is_found_and_ended_with_a_reason_at_the_provider_too(finance):
    gift = paid(1_500, monthly=True)
    pledge = gift.pledge
    pledge.refresh_from_db()
    for query in (f"#{pledge.pk}", pledge.provider_ref, gift.reference, "exemple"):
        assert list(get(finance, "giving_pledges", q=query).context["object_list"]) == [pledge], query
    url = reverse("giving_pledge", args=[pledge.pk])
    assert finance.post(url, {"reason": " "}).status_code == 422
    finance.post(url, {"reason": "asked by telephone"})
    pledge.refresh_from_db()
    assert pledge.state == PledgeState.ENDED
    assert sandbox.connect("").get(pledge.provider_ref).data["state"] == PledgeState.ENDED
    story = text(finance.get(url))
    assert "asked by telephone" in story
    assert "active → ended" in story
    assert "End the monthly gift" not in story


# --- What needs a person --------------------------------------------------------------------------


def test_a_case_is_shown_looked_at_again_and_settled_with_a_word(finance, fundraiser):
    bank, gift = sandbox.connect(""), factories.gift(5_000)
    gateway.payment_page(
        gift, email="a@example.org", success_url="https://testserver/", cancel_url="https://testserver/"
    )
    gift.refresh_from_db()
    payment = bank.pay(gift.session_ref)
    bank.store(payment, amount=4_999)
    tell_everything()
    case = Quarantined.objects.get()
    assert "another amount than the gift" in text(get(finance, "giving_cases"))
    url = reverse("giving_case", args=[case.pk])
    shown = text(finance.get(url))
    assert in_groups(gift.reference) in shown
    assert "What we know €50.00" in shown
    assert "What the provider says €49.99" in shown
    assert "says the same as before" in text(finance.post(url, {"act": "look"}, follow=True))
    bank.store(payment, amount=5_000)
    assert "now fits" in text(finance.post(url, {"act": "look"}, follow=True))
    gift.refresh_from_db()
    assert gift.state == DonationState.SUCCEEDED
    fundraiser.post(url, {"act": "settle", "resolution": "by whom?"})
    assert finance.post(url, {"act": "settle", "resolution": ""}).status_code == 422
    case.refresh_from_db()
    assert case.resolved_at is None
    finance.post(url, {"act": "settle", "resolution": "typing mistake of the bank"})
    case.refresh_from_db()
    assert case.resolved_by.username == "finance"
    assert "typing mistake of the bank" in text(finance.get(url))
    assert list(get(finance, "giving_cases", state="open").context["object_list"]) == []


def test_what_was_given_up_is_tried_again_one_by_one_or_all(finance):
    for number in range(3):
        ProviderEvent.objects.create(
            provider="sandbox", event_id=f"ev_{number}", kind="x", next_at=None, parked_at=timezone.now(), attempts=12
        )
    first = ProviderEvent.objects.order_by("pk").first()
    assert "ev_0" in text(get(finance, "giving_parked"))
    finance.post(reverse("giving_try_again"), {"kind": "event", "pk": first.pk})
    assert ProviderEvent.objects.filter(parked_at=None).count() == 1
    finance.post(reverse("giving_try_again"), {"kind": "event"})
    assert not ProviderEvent.objects.exclude(parked_at=None).exists()


# --- Funds and pauses -----------------------------------------------------------------------------


def test_closing_a_fund_shows_first_then_moves_its_monthly_gifts_to_a_fund_of_the_same_issuer(finance):
    gift = paid(1_500, monthly=True)
    fund, [successor] = gift.fund, fund_closing.may_succeed(gift.fund)
    stranger = Fund.objects.exclude(issuer=fund.issuer_id).get()
    ended = factories.gift(monthly=True).pledge
    Pledge.objects.filter(pk=ended.pk).update(state=PledgeState.ENDED)
    url = reverse("giving_close_fund", args=[fund.pk])
    assert url in finance.get(reverse("wagtailsnippets_donations_fund:list")).content.decode()
    for wrong in ("", stranger.pk, fund.pk):
        assert finance.post(url, {"successor": wrong, "act": "close"}).status_code == 422
    shown = text(finance.post(url, {"successor": successor.pk, "act": "show"}))
    assert "1 monthly gift goes on to" in shown
    fund.refresh_from_db()
    assert fund.is_open
    response = finance.post(url, {"successor": successor.pk, "act": "close"}, follow=True)
    assert "1 monthly gift was moved" in text(response)
    fund.refresh_from_db()
    gift.pledge.refresh_from_db()
    gift.refresh_from_db()
    assert (fund.is_open, fund.successor, gift.pledge.fund, gift.fund) == (False, successor, successor, fund)
    move = PledgeMove.objects.get()
    assert (move.source, move.target, move.number, move.user.username) == (fund, successor, 1, "finance")
    assert Mail.objects.filter(kind="fund_moved", pledge=gift.pledge).count() == 1
    assert gift.pledge.journal.get(what="fund").user.username == "finance"
    with translation.override("en"):
        assert str(successor) in text(get(finance, "giving_pledge", gift.pledge_id))
    with pytest.raises(gateway.TooLate):
        fund_closing.close(fund, successor, None)


def test_one_click_pauses_a_page_or_all_giving_and_another_ends_it(finance, make_user):
    page = DonationPage.objects.filter(locale__language_code="fr").first()
    url = reverse("giving_pauses")
    for chosen, expected in ((page.pk, page.pk), ("all", None)):
        for _twice in range(2):
            finance.post(url, {"page": chosen, "act": "pause"})
        [standing] = pausing.standing()
        assert (standing.page_id, standing.began_by.username) == (expected, "finance")
        assert "Paused since" in text(finance.get(url))
        finance.post(url, {"page": chosen, "act": "resume"})
        assert not pausing.standing().exists()
    assert Pause.objects.count() == 2
    assert finance.post(url, {"page": "0", "act": "pause"}).status_code == 404


def test_refusals_and_silence_of_a_provider_are_told_and_lose_nothing(finance, settings):
    gift = paid(1_000, monthly=True)
    gift.pledge.refresh_from_db()
    settings.DONATION_PROVIDERS = {}
    for name, pk, data in (
        ("gift_look_again", gift.pk, {}),
        ("giving_refund_payment", gift.payments.get().pk, {"amount": "5", "reason": "x"}),
        ("giving_pledge", gift.pledge_id, {"reason": "x"}),
    ):
        response = finance.post(reverse(name, args=[pk]), data, follow=True)
        assert "not set up for this provider" in text(response), name
    assert not Refund.objects.exists()
    assert gift.payments.get().status == PaymentStatus.SUCCEEDED
