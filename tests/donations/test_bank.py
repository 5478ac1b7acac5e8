"""Transfers and cheques: any bank's file is read, a second time adds nothing, no money is matched twice."""

import base64
import io
import os
import subprocess
import sys
import uuid
from datetime import date
from pathlib import Path

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from donations import bank_files, gateway, lifecycle, matching, receipting, reconciling
from donations.bank_files import Columns
from donations.models import (
    BankLine,
    DonorAccess,
    JournalEntry,
    LedgerEntry,
    Mail,
    Payment,
    Payout,
    PayoutLine,
    Quarantined,
    ReceiptLine,
)
from donations.providers.base import ObjectKind, Ref
from donations.references import in_groups
from donations.states import DonationState
from portal.tables import TableError
from tests import databases, factories

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).parents[2]


@pytest.fixture
def finance(make_user):
    """A member of finance, who may not see donors."""
    user = make_user("Finance")
    user.groups.clear()  # of the demonstration, this group may see donors
    acts = ["access_admin", "view_bankline", "match_transfer"]
    user.user_permissions.set(Permission.objects.filter(codename__in=acts))
    client = Client()
    client.force_login(user)
    client.user = user
    return client


def announced(amount=5_000, **fields):
    return factories.gift(amount, provider="manual", state=DonationState.AWAITED, **fields)


def line_of(gift, text="VIR", amount=None, number=0):
    return BankLine.objects.create(
        issuer=gift.issuer,
        booked_on=date(2026, 11, 2),
        amount_minor=amount or gift.amount_minor,
        currency="EUR",
        text=text,
        identity=f"{gift.pk} {number} {text}"[:64],
    )


# --- Files ----------------------------------------------------------------------------------------

FRENCH = (
    "Compte;01234567890;;;\r\nSolde au 10/11/2026;1 234,56;;;\r\n\r\n"
    "Date de valeur;Date opération;Libellé;Débit;Crédit\r\n"
    "03/11/2026;02/11/2026;VIR M EXEMPLE RF00 DON;;1 050,00\r\n"
    "03/11/2026;02/11/2026;FRAIS;-12,50;\r\n"
    "13/11/2026;13/11/2026;=HYPERLINK(1);;75,00\r\n"
    "13/11/2026;pas une date;X;;75,00\r\n"
    "13/11/2026;13/11/2026;Y;;septante\r\n"
)


def movements_of(content, currency="EUR"):
    read = bank_files.read(io.BytesIO(content))
    assert read.guess is not None
    return read, list(read.movements(read.guess, currency))


@pytest.mark.parametrize("encoding", ["cp1252", "utf-8-sig", "utf-16"])
def test_a_banks_file_is_understood_in_any_encoding_with_lines_above_its_header(encoding):
    read, movements = movements_of(FRENCH.encode(encoding))
    good = [movement for movement in movements if not movement.problem]
    assert [(movement.booked_on, movement.amount_minor) for movement in good] == [
        (date(2026, 11, 2), 105_000),
        (date(2026, 11, 13), 7_500),
    ]
    assert good[0].text == "VIR M EXEMPLE RF00 DON"
    assert read.debits == 1
    assert len(movements) - len(good) == 2


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"Date,Description,Amount\n2026-11-02,Gift,75.00\n2026-11-03,Fee,-3.00\n", [(date(2026, 11, 2), 7_500)]),
        (b"Booking date\tText\tAmount\n11/25/2026\tA\t1,234.50\n11/02/2026\tB\t-5\n", [(date(2026, 11, 25), 123_450)]),
        (b"02.11.2026;Spende Muster;+75,50\n03.11.2026;Abbuchung;(12,00)\n", [(date(2026, 11, 2), 7_550)]),
        (b'20261102|"don ; b"|150000,00\n', [(date(2026, 11, 2), 15_000_000)]),
    ],
)  # fmt: skip
def test_dates_and_amounts_are_read_as_banks_of_several_countries_write_them(content, expected):
    _read, movements = movements_of(content)
    assert [(movement.booked_on, movement.amount_minor) for movement in movements] == expected


def test_the_same_file_twice_adds_nothing_and_two_equal_gifts_of_a_day_are_two():
    gift = announced()
    content = b"Date;Libelle;Montant\n02/11/2026;DON;50,00\n02/11/2026;DON;50,00\n"
    _read, movements = movements_of(content)
    assert bank_files.keep(gift.issuer, "EUR", movements) == bank_files.Kept(new=2, known=0)
    assert bank_files.keep(gift.issuer, "EUR", movements) == bank_files.Kept(new=0, known=2)
    longer = content + b"03/11/2026;DON;50,00\n"
    _read, movements = movements_of(longer)
    assert bank_files.keep(gift.issuer, "EUR", movements) == bank_files.Kept(new=1, known=2)


def test_a_file_whose_columns_are_a_riddle_is_asked_about_and_a_picture_is_refused():
    read = bank_files.read(io.BytesIO(b"a;b;c\nx;y;z\n"))
    assert read.guess is None
    assert [movement.problem != "" for movement in read.movements(Columns(0, 1, (2,)), "EUR")] == [True]
    with pytest.raises(TableError):
        bank_files.read(io.BytesIO(b"\x89PNG\r\n\x1a\n\0\0\0\0"))


def test_finance_reads_a_file_looks_at_it_and_keeps_it_once(finance):
    gift = announced()
    url = reverse("giving_bank_file")
    file = io.BytesIO(FRENCH.encode("cp1252"))
    file.name = "releve.csv"
    shown = finance.post(url, {"issuer": gift.issuer_id, "currency": "EUR", "file": file})
    page = shown.content.decode()
    assert "VIR M EXEMPLE" in page
    assert "1\u202f050,00" in page or "1,050.00" in page
    assert not BankLine.objects.exists()
    form = shown.context["form"]
    data = {
        "issuer": gift.issuer_id,
        "currency": "EUR",
        "content": form.initial["content"],
        "date": form.initial["date"],
        "amount": form.initial["amount"],
        "texts": form.initial["texts"],
    }
    assert base64.b64decode(data["content"]) == FRENCH.encode("cp1252")
    for _time in range(2):
        assert finance.post(url, data | {"act": "keep"}).status_code == 302
    assert BankLine.objects.count() == 2
    listing = finance.get(reverse("giving_bank_lines")).content.decode()
    assert "VIR M EXEMPLE" in listing
    again = finance.post(url, data | {"act": "look", "amount": 1})
    assert again.status_code == 200 and BankLine.objects.count() == 2
    assert finance.post(url, {"content": "no base64!"}).status_code == 302
    empty = finance.post(url, {"issuer": gift.issuer_id, "currency": "EUR"})
    assert empty.status_code == 422


# --- Matching -------------------------------------------------------------------------------------


def test_a_line_proposes_the_gift_whose_reference_it_quotes_before_those_of_its_amount():
    meant, same_amount, other = announced(5_000), announced(5_000), announced(7_000)
    factories.gift(5_000)  # paid by card: no announced gift
    written = in_groups(meant.reference).lower()
    found = matching.proposals(line_of(meant, f"vir sepa don {written}-merci"))
    assert [proposal.donation for proposal in found] == [meant, same_amount]
    assert found[0].is_sure and not found[1].is_sure
    shortened = matching.proposals(line_of(meant, f"DON {other.reference[4:]}", number=2))
    assert shortened[0].donation == other
    assert shortened[0].has_reference and not shortened[0].has_amount
    named = matching.proposals(line_of(meant, "VIR M EXEMPLE CAMILLE", number=3), with_names=True)
    assert all(proposal.has_name for proposal in named)


def test_a_matched_line_is_a_gift_received_thanked_for_and_in_the_ledger_once(finance):
    gift = announced(5_000)
    line = line_of(gift, f"DON {gift.reference}")
    page = finance.get(reverse("giving_bank_line", args=[line.pk])).content.decode()
    assert in_groups(gift.reference) in page
    assert "Camille" not in page  # finance does not see donors
    assert not DonorAccess.objects.exists()
    url = reverse("giving_match_line", args=[line.pk])
    for _time in range(2):
        finance.post(url, {"gift": gift.pk})
    gift.refresh_from_db()
    assert gift.state == DonationState.SUCCEEDED
    assert lifecycle.total_minor(donation=gift) == 5_000
    assert Mail.objects.filter(donation=gift, kind="thanks").count() == 1
    payment = Payment.objects.get(donation=gift)
    assert payment.method == "transfer"
    assert JournalEntry.objects.get(donation=gift, what="matched").user == finance.user


def test_who_may_see_donors_sees_their_names_and_that_is_written_down(finance):
    finance.user.user_permissions.add(Permission.objects.get(codename="view_donor"))
    gift = announced()
    line = line_of(gift)
    assert "Camille Exemple" in finance.get(reverse("giving_bank_line", args=[line.pk])).content.decode()
    access = DonorAccess.objects.get()
    assert access.user == finance.user and access.number == 1


def test_money_is_matched_once_with_one_gift_and_another_amount_only_when_somebody_says_so(make_user):
    user = make_user("Finance")
    gift, other = announced(5_000), announced(5_000)
    line = line_of(gift)
    matching.match(line, gift, user)
    with pytest.raises(matching.CannotMatch, match="line is taken"):
        matching.match(line, other, user)
    with pytest.raises(matching.CannotMatch, match="gift is taken"):
        matching.match(line_of(gift, number=2), gift, user)
    less = line_of(other, amount=4_000, number=3)
    with pytest.raises(matching.CannotMatch, match="other amount"):
        matching.match(less, other, user)
    less.refresh_from_db()
    assert less.donation is None
    matching.match(less, other, user, accept_amount=True)
    assert (other.amount_minor, other.state) == (4_000, DonationState.SUCCEEDED)
    assert lifecycle.total_minor(donation=other) == 4_000
    by_card = factories.gift(5_000)
    with pytest.raises(matching.CannotMatch):
        matching.match(line_of(by_card), by_card, user)
    assert LedgerEntry.objects.filter(donation__in=[gift, other, by_card]).count() == 2


def test_a_wrong_match_is_taken_back_by_new_entries_and_the_line_goes_to_the_right_gift(finance):
    wrong, right = announced(5_000), announced(4_000)
    line = line_of(right)
    matching.match(line, wrong, finance.user, accept_amount=True)
    url = reverse("giving_take_match_back", args=[line.pk])
    page = finance.get(reverse("giving_bank_line", args=[line.pk])).content.decode()
    assert f'action="{url}"' in page
    assert finance.post(url, {"reason": " "}).status_code == 422
    assert finance.post(url, {"reason": "the reference was read wrongly"}).status_code == 302
    wrong.refresh_from_db()
    line.refresh_from_db()
    assert (wrong.state, wrong.amount_minor, wrong.paid_at) == (DonationState.AWAITED, 5_000, None)
    assert line.donation is None and line.matched_by is None
    entries = LedgerEntry.objects.filter(donation=wrong).order_by("pk")
    assert [(entry.kind, entry.amount_minor) for entry in entries] == [("payment", 4_000), ("unmatched", -4_000)]
    assert not Mail.objects.filter(donation=wrong, kind="thanks").exists()  # it had not gone yet
    told = JournalEntry.objects.get(donation=wrong, what="unmatched")
    assert told.user == finance.user and told.detail["reason"] == "the reference was read wrongly"
    assert finance.post(url, {"reason": "twice"}).status_code == 422

    matching.match(line, right, finance.user)
    own = line_of(wrong, number=2)
    matching.match(own, wrong, finance.user)
    matching.take_back(own, "and again", finance.user)
    matching.match(own, wrong, finance.user)
    for gift in (wrong, right):
        gift.refresh_from_db()
        gateway.look_again(gift, "test")  # whoever asks hears the same
        # The old match, asked about, moves nothing either.
        lifecycle.refresh(gateway.provider_for(gift), Ref(ObjectKind.PAYMENT, f"bank-{line.pk}"), "test")
        gift.refresh_from_db()
        assert gift.state == DonationState.SUCCEEDED
        assert lifecycle.total_minor(donation=gift) == gift.amount_minor
        assert Mail.objects.filter(donation=gift, kind="thanks").count() == 1
        assert gift.paid_at is not None
    assert (wrong.amount_minor, right.amount_minor) == (5_000, 4_000)
    assert not Quarantined.objects.exists()
    assert not reconciling._unbooked_lines()


def test_a_match_with_a_receipt_is_taken_back_with_it_alone_and_never_under_a_refund(finance):
    gift = announced(5_000)
    line = line_of(gift)
    matching.match(line, gift, finance.user)
    receipt = receipting.issue([gift.pk], "test")
    url = reverse("giving_take_match_back", args=[line.pk])
    assert finance.post(url, {"reason": "wrong"}).status_code == 422
    finance.post(url, {"reason": "wrong", "void": "on"})  # who may not replace receipts may not void one here either
    gift.refresh_from_db()
    assert gift.state == DonationState.SUCCEEDED
    finance.user.user_permissions.add(Permission.objects.get(codename="issue_receipt"))
    assert receipt.full_number in finance.get(reverse("giving_bank_line", args=[line.pk])).content.decode()
    assert finance.post(url, {"reason": "wrong", "void": "on"}).status_code == 302
    receipt.refresh_from_db()
    assert receipt.voided_at and receipt.void_reason == "match_taken_back"
    assert not ReceiptLine.objects.filter(is_valid=True).exists()

    matching.match(line, gift, finance.user)
    payment = Payment.objects.get(donation=gift, status="succeeded")
    gateway.request_refund(payment, 100, "", finance.user)
    with pytest.raises(matching.CannotMatch, match="refund"):
        matching.take_back(line, "wrong", finance.user)
    other = announced(6_000)
    matching.match(line_of(other), other, finance.user)
    payout = Payout.objects.create(
        provider="manual", provider_ref="1", amount_minor=6_000, currency="EUR", arrives_on=date(2026, 11, 3)
    )
    PayoutLine.objects.create(
        payout=payout, provider_ref="1", amount_minor=6_000, payment=other.payments.get(), happened_at=timezone.now()
    )
    Payout.objects.update(closed_at=timezone.now())
    with pytest.raises(matching.CannotMatch, match="closed payout"):
        matching.take_back(other.bank_line, "wrong", finance.user)
    assert lifecycle.total_minor(donation=other) == 6_000


def test_what_is_sure_is_matched_at_once_and_what_is_put_aside_stays_there(finance):
    sure, doubtful, aside = announced(5_000), announced(6_000), announced(7_000)
    line_of(sure, sure.reference)
    line_of(doubtful, "DON")
    parked = line_of(aside, aside.reference)
    finance.post(reverse("giving_put_aside", args=[parked.pk]), {"act": "aside"})
    assert finance.get(reverse("giving_match_all")).status_code == 200
    finance.post(reverse("giving_match_all"))
    states = [type(gift).objects.get(pk=gift.pk).state for gift in (sure, doubtful, aside)]
    assert states == ["succeeded", "awaited", "awaited"]
    finance.post(reverse("giving_put_aside", args=[parked.pk]), {"act": "back"})
    parked.refresh_from_db()
    assert parked.put_aside_at is None
    matched = BankLine.objects.get(donation=sure)
    finance.post(reverse("giving_put_aside", args=[matched.pk]), {"act": "aside"})
    matched.refresh_from_db()
    assert matched.put_aside_at is None


def test_a_cheque_is_written_down_once_matched_by_a_typed_reference_and_named_a_cheque(finance):
    gift = announced(12_345)
    data = {"issuer": gift.issuer_id, "currency": "EUR", "booked_on": "2026-11-05", "amount": "123,45"}
    data["text"] = "Chèque 0012345"
    url = reverse("giving_cheque")
    assert finance.post(url, data | {"amount": "beaucoup"}).status_code == 422
    assert finance.post(url, data).status_code == 302
    assert finance.post(url, data).status_code == 422
    line = BankLine.objects.get()
    match = reverse("giving_match_line", args=[line.pk])
    assert finance.post(match, {"reference": "RF00 NOPE"}).status_code == 422
    assert finance.post(match, {"reference": in_groups(gift.reference).lower()}).status_code == 302
    assert Payment.objects.get(donation=gift).method == "cheque"


@pytest.mark.parametrize("group", ["Fundraisers", "Communications editors"])
def test_nobody_else_reads_or_matches_lines_of_the_bank(client_of, group):
    line = line_of(announced())
    client = client_of(group)
    names = ["giving_bank_lines", "giving_bank_file", "giving_cheque", "giving_match_all", "giving_payouts"]
    for url in [reverse(name) for name in names] + [reverse("giving_bank_line", args=[line.pk])]:
        assert client.get(url).status_code in (302, 403)
        assert "DON" not in client.get(url).content.decode()
    assert client.post(reverse("giving_match_line", args=[line.pk]), {"gift": line.pk}).status_code in (302, 403)


# --- At the same moment ---------------------------------------------------------------------------


_AT_ONCE = """
import django; django.setup()
import threading
from datetime import date
from django.contrib.auth import get_user_model
from django.db import connection
from donations import lifecycle, matching
from donations.models import BankLine, LedgerEntry, Payment
from donations.states import DonationState
from tests import factories

user = get_user_model().objects.create(username="u")
gifts = [factories.gift(5_000, provider="manual", state=DonationState.AWAITED) for _number in range(2)]
lines = [
    BankLine.objects.create(
        issuer=gifts[0].issuer, booked_on=date(2026, 11, 2), amount_minor=5_000, currency="EUR", identity=str(number)
    )
    for number in range(2)
]
outcomes = []

def match(line, gift):
    start.wait()
    try:
        matching.match(BankLine.objects.get(pk=line.pk), gift, user)
        outcomes.append("matched")
    except matching.CannotMatch as error:
        outcomes.append(error.why)
    finally:
        connection.close()

def at_once(pairs):
    global start
    outcomes.clear()
    start = threading.Barrier(len(pairs))
    threads = [threading.Thread(target=match, args=pair) for pair in pairs]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    return sorted(outcomes)

# One line, four people, two gifts; then the gift that is left over, three people, the other line.
assert at_once([(lines[0], gift) for gift in gifts * 2]).count("matched") == 1, outcomes
left = next(gift for gift in gifts if not BankLine.objects.filter(donation=gift).exists())
assert at_once([(lines[1], left)] * 3) == ["line is taken", "line is taken", "matched"], outcomes
assert Payment.objects.filter(donation__in=gifts).count() == LedgerEntry.objects.filter(donation__in=gifts).count() == 2
assert sum(lifecycle.total_minor(donation=gift) for gift in gifts) == 10_000
"""


def test_people_who_match_at_the_same_moment_match_once(settings):
    """In a process and on a database of its own: what one connection writes, the others must see."""
    name = f"matching_{uuid.uuid4().hex[:12]}"
    databases.copy(databases.filled_database(), name)
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "portal.settings.test",
        "SERVED_DATABASE": name,
        "TEST_MEDIA_ROOT": str(settings.MEDIA_ROOT),
    }
    try:
        subprocess.run([sys.executable, "-c", _AT_ONCE], cwd=ROOT, env=environment, check=True)
    finally:
        databases.drop(name)
