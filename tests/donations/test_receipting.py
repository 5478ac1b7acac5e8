"""Receipts: for money that is there, once, numbered without a gap, replaced and never changed."""

import hashlib
import random
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.db import DatabaseError, connections, transaction
from django.utils import timezone, translation

from donations import gateway, lifecycle, receipt_paper, receipt_register, receipting
from donations.models import (
    DonorKind,
    Fund,
    Issuer,
    JournalEntry,
    Mail,
    Payment,
    Receipt,
    ReceiptCopy,
    ReceiptLine,
    ReceiptSeries,
    ReceiptWish,
    Refund,
    TaxRate,
)
from donations.providers import sandbox
from donations.providers.base import ObjectKind, Ref
from donations.states import DisputeStatus, PaymentStatus, RefundStatus
from tests import databases, factories

pytestmark = pytest.mark.django_db

URLS = {"success_url": "https://testserver/thanks/", "cancel_url": "https://testserver/back/"}


def paid(amount_minor=15_000, *, method="card", donor=None, **fields):
    """A gift that was paid in the sandbox, by a donor who wants a receipt for it."""
    fields.setdefault("receipt_wish", ReceiptWish.EACH)
    gift = factories.gift(amount_minor, **fields)
    for name, value in (donor or {}).items():
        setattr(gift.donor, name, value)
    gift.donor.save()
    if gift.pledge:
        gift.pledge.receipt_wish = gift.receipt_wish
        gift.pledge.save()
    bank = sandbox.connect("")
    gateway.payment_page(gift, email="camille@example.org", **URLS)
    gift.refresh_from_db()
    hear(bank.pay(gift.session_ref, method=method).ref)
    gift.refresh_from_db()
    return gift


def hear(payment_ref):
    lifecycle.refresh(sandbox.connect(""), Ref(ObjectKind.PAYMENT, payment_ref), "test")


def payment_of(gift):
    return Payment.objects.get(donation=gift, status=PaymentStatus.SUCCEEDED)


def monthly(times, **fields):
    """The gifts of a pledge that was paid `times` times; their receipt is wanted once a year."""
    first = paid(1_500, monthly=True, receipt_wish=ReceiptWish.YEARLY, **fields)
    first.pledge.refresh_from_db()
    for _month in range(times - 1):
        hear(sandbox.connect("").renew(first.pledge.provider_ref).ref)
    return list(first.pledge.donations.order_by("pk"))


def the_receipt():
    return Receipt.objects.select_related("issuer").get()


def test_a_gift_that_was_received_gets_its_receipt_once_with_its_journal_and_its_mail():
    gift = paid()
    for _time in range(3):
        receipting.settle_receipts()
    receipt = the_receipt()
    assert (receipt.number, receipt.amount_minor, receipt.currency, receipt.form) == (1, 15_000, "EUR", "11580*05")
    assert receipt.full_number == f"FDEMO-{timezone.localdate().year}-000001"
    assert hashlib.sha256(bytes(receipt.pdf)).hexdigest() == receipt.sha256
    assert hashlib.sha256(bytes(receipt.copy_pdf)).hexdigest() == receipt.copy_sha256
    assert bytes(receipt.pdf) != bytes(receipt.copy_pdf)
    assert receipting.papers(receipt) == (bytes(receipt.pdf), bytes(receipt.copy_pdf))
    assert [(line.payment, line.amount_minor) for line in receipt.lines.all()] == [(payment_of(gift), 15_000)]
    assert gift.journal.filter(what="receipt", detail__number=receipt.full_number).count() == 1
    assert list(Mail.objects.filter(kind="receipt").values_list("object_key", "donation")) == [
        (str(receipt.pk), gift.pk)
    ]
    assert "Camille" not in str(list(JournalEntry.objects.filter(donation=gift).values_list("detail", flat=True)))


def test_no_receipt_for_money_that_is_on_its_way_or_gone():
    gift = factories.gift(receipt_wish=ReceiptWish.EACH)
    gateway.payment_page(gift, email="", **URLS)
    gift.refresh_from_db()
    payment = sandbox.connect("").pay(gift.session_ref, method="sepa_debit", status=PaymentStatus.PROCESSING)
    hear(payment.ref)
    assert receipting.settle_receipts().issued == 0
    with pytest.raises(receipting.CannotIssue):
        receipting.issue([gift.pk], "test")
    sandbox.connect("").settle(payment.ref, PaymentStatus.SUCCEEDED)
    hear(payment.ref)
    assert receipting.settle_receipts().issued == 1
    sandbox.connect("").settle(payment.ref, PaymentStatus.FAILED)
    hear(payment.ref)
    tally = receipting.settle_receipts()
    assert (tally.voided, tally.replaced, tally.issued) == (1, 0, 0)
    assert the_receipt().voided_at is not None
    assert receipting.settle_receipts() == receipting.Tally()


def test_a_refund_voids_the_receipt_and_another_number_certifies_the_rest(make_user):
    gift = paid(15_000)
    receipting.settle_receipts()
    gateway.request_refund(payment_of(gift), 5_000, "typed twice", make_user("Administrators"))
    tally = receipting.settle_receipts()
    assert (tally.voided, tally.replaced) == (1, 1)
    old, new = Receipt.objects.select_related("issuer").order_by("number")
    assert old.void_reason == "money_changed" and new.voided_at is None
    assert (new.number, new.amount_minor, new.replaces) == (2, 10_000, old)
    assert f"annule et remplace le reçu n° {old.full_number}" in str(new.snapshot["words"])
    assert list(ReceiptLine.objects.order_by("pk").values_list("is_valid", flat=True)) == [False, True]
    gateway.request_refund(payment_of(gift), 10_000, "", make_user("Administrators", "other"))
    receipting.settle_receipts()
    assert not Receipt.objects.filter(voided_at=None).exists()
    assert Receipt.objects.count() == 2
    assert Mail.objects.filter(kind="receipt").count() == 2


def test_a_dispute_takes_the_receipt_and_one_that_is_won_brings_a_new_one():
    gift = paid()
    receipting.settle_receipts()
    ref, bank = payment_of(gift).provider_ref, sandbox.connect("")
    bank.dispute(ref, DisputeStatus.OPEN, is_withdrawn=True)
    hear(ref)
    receipting.settle_receipts()
    assert the_receipt().voided_at is not None
    bank.dispute(ref, DisputeStatus.WON, is_withdrawn=False)
    hear(ref)
    receipting.settle_receipts()
    first, second = Receipt.objects.order_by("number")
    assert (first.number, second.number) == (1, 2)
    assert first.voided_at and not second.voided_at


def test_a_receipt_waits_while_a_refund_is_under_way():
    gift = paid()
    refund = Refund.objects.create(payment=payment_of(gift), amount_minor=100, status=RefundStatus.REQUESTED)
    assert receipting.settle_receipts().issued == 0
    assert [str(reason) for reason in receipting.why_not(gift)]
    refund.status = RefundStatus.REFUSED
    refund.save()
    assert receipting.settle_receipts().issued == 1


@pytest.mark.parametrize(
    "lacking", [{"street": ""}, {"last_name": " "}, {"postal_code": ""}, {"country": ""}, {"erased_at": timezone.now()}]
)
def test_donors_whose_details_are_incomplete_get_none_and_staff_see_why(lacking):
    gift = paid(donor=lacking)
    tally = receipting.settle_receipts()
    assert (tally.issued, tally.refused, tally.failed) == (0, 1, 0)
    assert len(receipting.why_not(gift)) == 1
    assert not ReceiptSeries.objects.exists()
    gift.donor.street = gift.donor.last_name = gift.donor.postal_code = "1"
    gift.donor.country, gift.donor.erased_at = "FR", None
    gift.donor.save()
    assert receipting.settle_receipts().issued == 1


def test_an_issuer_that_issues_none_or_lacks_something_is_said():
    gift = paid()
    issuer = gift.issuer
    for name, value in (("regime", ""), ("regime", "xx"), ("signatory", ""), ("articles", [])):
        before = getattr(issuer, name)
        setattr(issuer, name, value)
        issuer.save()
        assert receipting.settle_receipts().refused == 1
        setattr(issuer, name, before)
        issuer.save()
    assert receipting.settle_receipts().issued == 1


def test_a_company_gets_one_receipt_for_each_gift_whatever_it_asked_for():
    company = {"kind": DonorKind.COMPANY, "company": "Exemple et fils", "legal_form": "SARL", "siren": "000000000"}
    gifts = [paid(donor=company, receipt_wish=ReceiptWish.YEARLY), paid(donor=company)]
    with pytest.raises(receipting.CannotIssue):
        receipting.issue([gift.pk for gift in gifts], "test")
    assert receipting.settle_receipts().issued == 2
    assert set(Receipt.objects.values_list("form", flat=True)) == {"16216*02"}


def test_nobody_gets_a_receipt_unasked_and_staff_may_issue_one():
    gift = paid(receipt_wish=ReceiptWish.NONE)
    assert receipting.settle_receipts() == receipting.Tally()
    receipt = receipting.issue([gift.pk], "staff")
    assert receipt.number == 1
    with pytest.raises(receipting.CannotIssue):
        receipting.issue([gift.pk], "staff")
    assert ReceiptSeries.objects.get().last_number == 1


def test_what_was_certified_stays_when_signatory_donor_and_rate_change():
    gift = paid()
    receipting.settle_receipts()
    before = the_receipt()
    gift.issuer.signatory = "Somebody New"
    gift.issuer.save()
    gift.donor.last_name = "Autrement"
    gift.donor.save()
    TaxRate.objects.create(regime="fr", donor_kind="person", valid_from=date(2026, 7, 1), percent=50, source="test")
    receipting.settle_receipts()
    after = the_receipt()
    assert (bytes(after.pdf), after.snapshot) == (bytes(before.pdf), before.snapshot)
    assert "Dominique Exemple" in str(after.snapshot["words"])
    paid()
    receipting.settle_receipts()
    assert "Somebody New" in str(Receipt.objects.get(number=2).snapshot["words"])


def test_the_database_refuses_to_change_or_delete_a_receipt_but_lets_it_be_forgotten():
    paid()
    receipting.settle_receipts()
    receipts, lines = Receipt.objects.all(), ReceiptLine.objects.all()
    for act in (
        lambda: receipts.update(number=7),
        lambda: receipts.update(amount_minor=1),
        lambda: receipts.update(pdf=b"%PDF other"),
        lambda: receipts.update(copy_pdf=b"%PDF other"),
        lambda: receipts.update(snapshot={"donor": {}}),
        lambda: receipts.update(sha256="0" * 64),
        lambda: lines.update(amount_minor=1),
        lambda: lines._raw_delete(lines.db),
        lambda: receipts._raw_delete(receipts.db),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            act()
    receipts.update(pdf=b"", copy_pdf=b"", snapshot={})
    assert the_receipt().snapshot == {}


def test_paper_that_cannot_be_made_uses_up_no_number_and_stops_no_other(monkeypatch):
    broken = paid()
    fine = paid(fund=Fund.objects.exclude(issuer=broken.issuer).first())
    issuer = Issuer.objects.filter(pk=broken.issuer_id)
    right = broken.issuer.legal_quality
    issuer.update(legal_quality="no such")
    tally = receipting.settle_receipts()
    assert (tally.issued, tally.failed) == (1, 1)
    assert the_receipt().lines.get().payment.donation == fine
    assert not ReceiptSeries.objects.filter(issuer=broken.issuer).exists()
    issuer.update(legal_quality=right)
    with monkeypatch.context() as patched:
        patched.setattr(receipt_paper, "STANDARDS", ["no such standard"])  # the engine refuses everything
        assert receipting.settle_receipts().failed == 1
        assert Receipt.objects.count() == 1
    receipting.settle_receipts()
    assert sorted(Receipt.objects.values_list("number", flat=True)) == [1, 1]
    assert not JournalEntry.objects.filter(donation=broken, what="receipt").exclude(detail__number__endswith="-000001")


def test_a_year_of_monthly_gifts_is_one_receipt_and_no_gift_stands_on_two():
    with time_machine.travel(datetime(2025, 3, 10, 12, tzinfo=UTC)):
        gifts = monthly(3)
        single = paid(2_000)
        receipting.settle_receipts()
        receipting.issue([gifts[0].pk], "staff")  # asked for on the telephone
    with time_machine.travel(datetime(2026, 1, 5, 12, tzinfo=UTC)):
        (yearly,) = receipting.yearly_receipts(2025)
        assert set(yearly.pks) == {gifts[1].pk, gifts[2].pk}
        assert (yearly.amount_minor, yearly.reasons) == (3_000, ())
        tally = receipting.Tally()
        receipting.issue_yearly(yearly, tally)
        assert tally.issued == 1
        assert list(receipting.yearly_receipts(2025)) == []
        receipting.issue_yearly(yearly, tally)  # a second run beside the first
        assert (tally.issued, tally.refused) == (1, 1)
        receipt = Receipt.objects.select_related("issuer").get(period_year=2025)
        assert (receipt.year, receipt.number, receipt.lines.count()) == (2026, 1, 2)
        assert "Du 1er janvier au 31 décembre 2025" in str(receipt.snapshot["words"])
        # One month is paid back: the receipt of the year is replaced by one over the rest.
        gateway.request_refund(payment_of(gifts[1]), 1_500, "", None)
        receipting.settle_receipts()
        new = Receipt.objects.get(replaces=receipt)
        assert (new.amount_minor, new.period_year, new.number) == (1_500, 2025, 2)
    valid = ReceiptLine.objects.filter(is_valid=True).values_list("payment", flat=True)
    assert len(valid) == len(set(valid)) == 3
    assert payment_of(single).pk in valid


def test_the_receipt_of_a_direct_debit_waits_as_long_as_its_issuer_says():
    Issuer.objects.update(debit_receipts_wait=56)
    with time_machine.travel(datetime(2025, 12, 10, 12, tzinfo=UTC)):
        debit, card = paid(method="sepa_debit"), paid()
        (month,) = monthly(1)
        Payment.objects.filter(donation=month).update(method="sepa_debit")
    with time_machine.travel(datetime(2026, 2, 4, 11, tzinfo=UTC)):  # the 56th day
        assert set(receipting.due()) == {card}
        assert receipting.waits_until(debit) and not receipting.waits_until(card)
        (yearly,) = receipting.yearly_receipts(2025)
        with translation.override("en"):
            assert "direct debit" in str(yearly.reasons[0])
        receipting.issue([debit.pk], "staff")  # the issuer says so
    with time_machine.travel(datetime(2026, 2, 4, 13, tzinfo=UTC)):
        (yearly,) = receipting.yearly_receipts(2025)
        assert (yearly.pks, yearly.reasons) == ((month.pk,), ())
    Payment.objects.filter(donation=card).update(method="sepa_debit")
    assert set(receipting.due()) == {card}


def test_the_year_of_a_gift_is_that_of_its_day_in_paris():
    with time_machine.travel(datetime(2025, 12, 31, 22, 30, tzinfo=UTC)):
        monthly(1)
    with time_machine.travel(datetime(2025, 12, 31, 23, 30, tzinfo=UTC)):
        monthly(1)
    for year in (2025, 2026):
        assert len(list(receipting.yearly_receipts(year))) == 1


def test_the_first_hand_over_is_the_original_and_all_others_are_copies(make_user):
    paid()
    receipting.settle_receipts()
    receipt, staff = the_receipt(), make_user("Administrators")
    original, copied = bytes(receipt.pdf), bytes(receipt.copy_pdf)
    assert receipting.hand_over(receipt.pk, "staff", user=staff) == copied
    assert receipting.hand_over(receipt.pk, "donor") == original
    assert receipting.hand_over(receipt.pk, "donor") == copied
    assert receipting.hand_over(receipt.pk, "post", user=staff) == copied
    assert list(ReceiptCopy.objects.order_by("pk").values_list("to", "user")) == [
        ("staff", staff.pk),
        ("donor", None),
        ("donor", None),
        ("post", staff.pk),
    ]
    Receipt.objects.update(pdf=b"", copy_pdf=b"")
    with pytest.raises(receipting.Damaged):
        receipting.hand_over(receipt.pk, "donor")
    assert ReceiptCopy.objects.count() == 4


def test_a_receipt_is_replaced_although_its_donor_was_erased():
    gift = paid()
    receipting.settle_receipts()
    gift.donor.erase(timezone.now())
    gift.donor.save()
    gateway.request_refund(payment_of(gift), 5_000, "", None)
    tally = receipting.settle_receipts()
    assert (tally.voided, tally.replaced) == (1, 1)
    new = Receipt.objects.get(number=2)
    assert new.snapshot["donor"]["last_name"] == "Exemple"
    assert Mail.objects.filter(kind="receipt").count() == 1


def test_what_is_declared_equals_the_valid_receipts_and_the_ledger():
    for number in range(4):
        gift = paid(1_000 * (number + 1))
        receipting.settle_receipts()
        if number % 2:
            gateway.request_refund(payment_of(gift), 500, "", None)
    receipting.settle_receipts()
    year = timezone.localdate().year
    (declared,) = receipt_register.declared(year)
    valid = ReceiptLine.objects.filter(is_valid=True).values_list("amount_minor", flat=True)
    assert declared.amount_minor == sum(valid) == lifecycle.total_minor() == 9_000
    assert (declared.number, declared.voided) == (4, 2)
    assert [row[0][-6:] for row in receipt_register.rows(year)] == [f"{number:06d}" for number in range(1, 7)]
    assert receipt_register.declared(year - 2) == []


@pytest.fixture
def database_of_its_own(db):
    """A copy of the filled database, on which threads commit for good."""
    name = f"receipts_{random.getrandbits(40):x}"
    databases.copy(databases.filled_database(), name)
    yield name
    databases.drop(name)


def on(name, work):
    """What `work` gives, done by a thread with a connection of its own to the database `name`."""

    def within():
        own = connections["default"]
        own.settings_dict = own.settings_dict | {"NAME": name}
        try:
            return work()
        finally:
            own.close()

    return within


def test_eight_workers_of_whom_a_fifth_roll_back_leave_no_gap_and_no_duplicate(database_of_its_own):
    name = database_of_its_own
    with ThreadPoolExecutor(1) as pool:
        pks = pool.submit(on(name, lambda: [paid(1_000 + number).pk for number in range(40)])).result()
    chance, lock, rolled_back = random.Random(11), threading.Lock(), []

    def issue(pk):
        with lock:
            breaks = chance.random() < 0.2
        try:
            with transaction.atomic():
                receipting.issue([pk], "test")
                if breaks:
                    raise InterruptedError
        except InterruptedError:
            rolled_back.append(pk)
        except receipting.CannotIssue:
            pass  # another worker was first

    def settle():
        receipting.settle_receipts()

    with ThreadPoolExecutor(8) as pool:
        # Every gift twice, so that workers meet.
        work = [pool.submit(on(name, lambda pk=pk: issue(pk))) for pk in pks + pks]
        work += [pool.submit(on(name, settle)) for _worker in range(2)]
        for one in work:
            one.result()

    def look():
        numbers = sorted(Receipt.objects.values_list("number", flat=True))
        return numbers, ReceiptSeries.objects.get().last_number, ReceiptLine.objects.filter(is_valid=True).count()

    with ThreadPoolExecutor(1) as pool:
        numbers, last, valid = pool.submit(on(name, look)).result()
    assert rolled_back
    assert numbers == list(range(1, len(pks) + 1))
    assert last == valid == len(pks)


def test_links_are_signed_and_end_with_the_donor():
    gift = paid()
    receipting.settle_receipts()
    receipt = the_receipt()
    key = receipting.link(receipt, "fr").rstrip("/").rsplit("/", 1)[1]
    assert receipting.of_link(key) == receipt
    for wrong in (key[:-1], key.replace(str(receipt.pk), str(receipt.pk + 1), 1), str(receipt.pk), "", "é:x"):
        assert receipting.of_link(wrong) is None
    gift.donor.erase(timezone.now() - timedelta(days=1))
    gift.donor.save()
    assert receipting.of_link(key) is None
