"""Donors' rights and nothing personal where it does not belong."""

import hashlib
import io
import json
import logging
import signal
import uuid
import zipfile
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta

import pytest
from django.contrib.auth.models import Permission
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from donations import gateway, inbox, lifecycle, outbox, privacy, webhooks, work
from donations.management.commands import purge_donors
from donations.models import (
    BankLine,
    Bucket,
    Consent,
    Donation,
    Donor,
    DonorAccess,
    FamilyPage,
    JournalEntry,
    LedgerEntry,
    Mail,
    Payment,
    Pledge,
    ProviderEvent,
    Receipt,
    Refund,
    SandboxObject,
    Tribute,
    UsedToken,
)
from donations.providers import sandbox
from donations.providers.base import Order, Unreachable
from donations.states import DisputeStatus, DonationState, PaymentStatus, PledgeState
from portal import bootstrapping
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def in_english():
    """Commands speak the language that is active, which a page asked for before may have changed."""
    with translation.override("en"):
        yield


URLS = {"success_url": "https://testserver/thanks/", "cancel_url": "https://testserver/back/"}
CANARY = "zqcanary"
# The tables for what is personal: donors.py, and the receipts' own legal snapshot.
PERSONAL_TABLES = {
    "donations_donor",
    "donations_tribute",
    "donations_consent",
    "donations_familypage",
    "donations_donoraccess",
    "donations_receipt",
}


@dataclass(frozen=True)
class Recording(sandbox.Sandbox):
    """The sandbox, which keeps what it was asked for."""

    def open_session(self, order, key):
        ORDERS.append(order)
        return super().open_session(order, key)


@dataclass(frozen=True)
class Silent(sandbox.Sandbox):
    """The sandbox on a day on which nobody answers."""

    def end_pledge(self, ref, key, *, at_once):
        raise Unreachable("time-out")


ORDERS: list[Order] = []


@pytest.fixture
def bank():
    return sandbox.connect("")


def tell_everything():
    for event in SandboxObject.objects.filter(kind="event").order_by("made_at", "pk"):
        headers, body = sandbox.signed(event)
        assert webhooks.take_in("sandbox", "", headers, body) == 200
    inbox.process_events()


def paid(bank, gift):
    gateway.payment_page(gift, email=gift.donor.email, **URLS)
    payment = bank.pay(gift.session_ref)
    tell_everything()
    gift.refresh_from_db()
    return payment


def with_canaries(gift):
    """Everything that a donor may say of themselves and of others, recognisable wherever it turns up."""
    donor = gift.donor
    for name in ("first_name", "last_name", "company", "legal_form", "street", "city"):
        setattr(donor, name, f"{CANARY} {name}")
    donor.email = f"{CANARY}@example.org"
    donor.postal_code = CANARY
    donor.declared = {"declaration": CANARY}
    donor.save()
    family = FamilyPage.objects.create(
        person=f"{CANARY} person", fund=gift.fund, language="fr", closes_on=date(2030, 1, 1)
    )
    Tribute.objects.create(
        donor=donor,
        kind="memory",
        person=f"{CANARY} person",
        ward=f"{CANARY} ward",
        message=f"{CANARY} message",
        family_name=f"{CANARY} family",
        family_email=f"{CANARY}.family@example.org",
        family=family,
    )
    Consent.objects.create(
        donor=donor, kind="news", wording="Oui, écrivez-moi.", language="fr", given_at=timezone.now()
    )
    return donor


def receipt_for(gift, year=2026, number=1, issued_at=None):
    return Receipt.objects.create(
        issuer=gift.issuer,
        year=year,
        number=number,
        donor=gift.donor,
        regime="fr",
        form="11580*05",
        amount_minor=gift.amount_minor,
        currency="EUR",
        language="fr",
        snapshot={"donor": gift.donor.last_name},
        pdf=b"%PDF-1.7",
        copy_pdf=b"%PDF-1.7 duplicata",
        sha256="0" * 64,
        copy_sha256=hashlib.sha256(b"%PDF-1.7 duplicata").hexdigest(),
        issued_at=issued_at or timezone.now(),
    )


def tables_that_mention(word):
    """The tables of the whole database with a row that has `word` in any column."""
    found = set()
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            name = connection.ops.quote_name(table)
            cursor.execute(f"SELECT count(*) FROM {name} t WHERE t::text ILIKE %s", [f"%{word}%"])  # noqa: S608
            if cursor.fetchone()[0]:
                found.add(table)
    return found


def test_nothing_personal_leaves_the_tables_made_for_it_in_the_whole_life_of_a_gift(bank, settings, caplog, make_user):
    caplog.set_level(logging.DEBUG)
    settings.DONATION_PROVIDERS = settings.DONATION_PROVIDERS | {"sandbox": f"{__name__}.Recording"}
    ORDERS.clear()
    gift = factories.gift(2_000, monthly=True)
    with_canaries(gift)
    gateway.payment_page(gift, email=gift.donor.email, **URLS)
    bank.pay(gift.session_ref, status=PaymentStatus.FAILED)
    tell_everything()
    payment = bank.pay(gift.session_ref)
    tell_everything()
    gift.refresh_from_db()
    pledge = gift.pledge
    month = bank.renew(pledge.provider_ref)
    tell_everything()
    gateway.change_pledge(pledge, 2_500, "donor")
    gateway.request_refund(
        Payment.objects.get(provider_ref=payment.ref), 500, "typed twice", make_user("Administrators")
    )
    bank.dispute(month.ref, DisputeStatus.OPEN, is_withdrawn=True)
    tell_everything()
    gateway.end_pledge(pledge, "donor")

    pledge.refresh_from_db()
    outbox.send_mails()  # what is due goes out, to the family too
    assert {recipient for message in mail.outbox for recipient in message.to} >= {
        f"{CANARY}@example.org",
        f"{CANARY}.family@example.org",
    }
    bank.dispute(month.ref, DisputeStatus.WON, is_withdrawn=False)
    gateway.request_refund(Payment.objects.get(provider_ref=payment.ref), 200, "", Refund.objects.first().requested_by)

    def fail(row):
        raise ValueError(f"550 {gift.donor.email}: no such person")  # as an SMTP server would say

    work.work_off(Mail, fail)
    awaited = factories.gift(provider="manual")
    Donor.objects.filter(pk=awaited.donor_id).update(last_name=CANARY, email=f"{CANARY}@example.org")
    lifecycle.awaited(awaited)
    # The test is worth something: all of this has happened.
    assert set(Mail.objects.values_list("kind", flat=True)) >= {"thanks", "refunded", "pledge_ended", "instructions"}
    assert ProviderEvent.objects.exists()
    assert JournalEntry.objects.count() > 5
    assert "donations_donor" in tables_that_mention(CANARY)
    assert tables_that_mention(CANARY) <= PERSONAL_TABLES
    # Logs: not a word, nor in the traceback of what failed.
    assert "failed for the 1. time: ValueError" in caplog.text
    formatted = "\n".join(logging.Formatter().format(record) for record in caplog.records)
    assert CANARY not in formatted.lower()
    # The provider is told the e-mail address that its page needs, and nothing else of the donor.
    (order,) = ORDERS
    assert order.email == f"{CANARY}@example.org"
    assert CANARY not in str(asdict(order) | {"email": ""})


def test_erasing_ends_the_pledge_first_and_keeps_money_and_receipts(bank, make_user):
    gift = factories.gift(1_500, monthly=True)
    donor = with_canaries(gift)
    paid(bank, gift)
    receipt = receipt_for(gift)
    staff = make_user("Administrators")
    privacy.erase(donor, staff, "art. 17")
    gift.refresh_from_db()
    receipt.refresh_from_db()
    assert bank.get(gift.pledge.provider_ref).data["state"] == PledgeState.ENDED
    assert Pledge.objects.get(pk=gift.pledge_id).state == PledgeState.ENDED
    assert donor.erased_at is not None
    assert not any(getattr(donor, name) for name in Donor.PERSONAL)
    assert not Tribute.objects.filter(donor=donor).exists()
    assert not donor.consents.filter(withdrawn_at=None).exists()
    assert tables_that_mention(CANARY) == {"donations_receipt"}
    assert receipt.snapshot == {"donor": f"{CANARY} last_name"}
    assert lifecycle.total_minor(donation=gift) == 1_500
    assert gift.donor_id == donor.pk
    logged = DonorAccess.objects.get(donor=donor)
    assert (logged.act, logged.user, logged.what) == ("erased", staff, "art. 17")
    # Nobody is written to any more, and what the provider tells later still finds its gift.
    assert not Mail.objects.filter(donation=gift, done_at=None).exists()
    tell_everything()
    assert lifecycle.total_minor(donation=gift) == 1_500


def test_while_the_provider_does_not_answer_nothing_is_erased(bank, settings, capsys):
    gift = factories.gift(1_500, monthly=True)
    donor = with_canaries(gift)
    paid(bank, gift)
    settings.DONATION_PROVIDERS = settings.DONATION_PROVIDERS | {"sandbox": f"{__name__}.Silent"}
    with pytest.raises(CommandError, match="Nothing was erased"):
        call_command("erase_donor", str(donor.uuid), "--apply")
    donor.refresh_from_db()
    assert donor.erased_at is None
    assert donor.last_name == f"{CANARY} last_name"
    assert Tribute.objects.filter(donor=donor).exists()
    assert donor.consents.filter(withdrawn_at=None).exists()
    assert not DonorAccess.objects.exists()


def test_a_pledge_confirmed_in_the_moment_of_erasure_is_ended_too(bank):
    gift = factories.gift(1_500, monthly=True)
    gateway.payment_page(gift, email="", **URLS)
    bank.pay(gift.session_ref)  # and no message has come yet
    privacy.erase(gift.donor, None, "test")
    gift.pledge.refresh_from_db()
    assert gift.pledge.state == PledgeState.ENDED
    assert bank.get(gift.pledge.provider_ref).data["state"] == PledgeState.ENDED


def test_an_open_payment_page_is_closed_and_an_announced_transfer_given_up_before_a_donor_is_erased(bank):
    gift = factories.gift()
    gateway.payment_page(gift, email="", **URLS)
    announced = Donation.objects.get(pk=factories.gift(provider="manual").pk)
    Donation.objects.filter(pk=announced.pk).update(donor=gift.donor)
    lifecycle.awaited(announced)
    privacy.erase(gift.donor, None, "test")
    gift.refresh_from_db()
    announced.refresh_from_db()
    assert bank.get(gift.session_ref).data["state"] == "expired"
    assert gift.state == DonationState.EXPIRED
    assert announced.state == DonationState.CANCELLED


def test_the_commands_say_first_what_they_would_do_and_change_nothing(bank, capsys):
    gift = factories.gift(1_500, monthly=True)
    donor = with_canaries(gift)
    paid(bank, gift)
    call_command("erase_donor", str(donor.uuid))
    said = capsys.readouterr().out
    assert "would end 1 monthly gift(s)" in said
    assert "1 consent(s), delete 1 tribute(s); 1 gift(s) without a name and 0 receipt(s) stay" in said
    assert CANARY not in said
    donor.refresh_from_db()
    assert donor.erased_at is None
    assert bank.get(gift.pledge.provider_ref or Pledge.objects.get().provider_ref).data["state"] == PledgeState.ACTIVE
    for number in ("no-number", str(uuid.uuid4())):
        with pytest.raises(CommandError, match="There is no donor"):
            call_command("erase_donor", number)


def test_a_donor_gets_a_copy_of_everything_for_people_and_for_machines(bank, tmp_path, capsys):
    gift = factories.gift(1_500, monthly=True)
    donor = with_canaries(gift)
    payment = paid(bank, gift)
    bank.refund(payment.ref, 500, "dashboard")
    tell_everything()
    receipt_for(gift)
    file = tmp_path / "donor.zip"
    call_command("export_donor", str(donor.uuid), str(file))
    assert file.stat().st_mode & 0o777 == 0o600
    with zipfile.ZipFile(io.BytesIO(file.read_bytes())) as archive:
        data = json.loads(archive.read("donor.json"))
        text = archive.read("donor.txt").decode()
        (pdf,) = (archive.read(name) for name in archive.namelist() if name.endswith(".pdf"))
    assert pdf == b"%PDF-1.7 duplicata"  # the original is one paper, and it is not in here
    assert Receipt.objects.get().copies.get().to == "data"
    # Every field that a person filled in is in both.
    for name in Donor.PERSONAL:
        if value := getattr(donor, name):
            assert data["donor"][name] == value
            assert value in text
    for value in ("person", "ward", "message", "family"):
        assert f"{CANARY} {value}" in text
    assert data["tribute"]["message"] == f"{CANARY} message"
    assert data["donor"]["declared"] == {"declaration": CANARY}
    assert data["consents"][0]["wording"] in text
    assert data["gifts"][0]["payments"][0]["refunds"][0]["amount_minor"] == 500
    assert data["monthly gifts"][0]["amount_minor"] == 1_500
    assert "pdf" not in data["receipts"][0]
    assert "15\u00a0€" in text
    assert DonorAccess.objects.get(donor=donor).act == "exported"
    with pytest.raises(CommandError, match="could not be made"):
        call_command("export_donor", str(donor.uuid), str(file))
    Receipt.objects.update(pdf=b"", copy_pdf=b"", snapshot={})  # its time is over
    with zipfile.ZipFile(io.BytesIO(privacy.file_of(donor))) as archive:
        assert archive.namelist() == ["donor.json", "donor.txt"]
        assert Receipt.objects.get().full_number in archive.read("donor.txt").decode()


def test_staff_export_and_erase_only_with_the_permission_for_it(bank, make_user):
    gift = factories.gift()
    donor = with_canaries(gift)
    other = factories.gift().donor
    Donor.objects.filter(pk=other.pk).update(email=donor.email.upper())
    address = reverse("donor_data", args=[donor.uuid])
    user = make_user(bootstrapping.EDITORS)
    client = Client()
    client.force_login(user)
    assert client.get(address).status_code == 302
    assert client.post(address, {"act": "erase", "sure": "1"}).status_code == 302
    user.user_permissions.add(Permission.objects.get(codename="export_donor"))
    page = client.get(address).content.decode()
    assert 'value="export"' in page
    assert 'value="erase"' not in page
    assert str(other.uuid) in page
    assert CANARY not in page
    answer = client.post(address, {"act": "export"})
    assert answer["Content-Type"] == "application/zip"
    assert "no-store" in answer["Cache-Control"]
    assert DonorAccess.objects.get(donor=donor).user == user
    client.post(address, {"act": "erase", "sure": "1"})
    donor.refresh_from_db()
    assert donor.erased_at is None
    user.user_permissions.add(Permission.objects.get(codename="erase_donor"))
    client.post(address, {"act": "erase"})
    donor.refresh_from_db()
    assert donor.erased_at is None
    assert client.post(address, {"act": "erase", "sure": "1"}).status_code == 302
    donor.refresh_from_db()
    assert donor.erased_at is not None
    assert 'value="erase"' not in client.get(address).content.decode()


def at(*day):
    return timezone.make_aware(datetime(*day, 12))  # noqa: DTZ001


def moved_back(rows, **times):
    """As if it had happened then: the clock of the rows, not of the machine."""
    rows.update(**times)


def donor_with_money(when):
    gift = factories.gift()
    moved_back(Donation.objects.filter(pk=gift.pk), created_at=when, state=DonationState.SUCCEEDED)
    moved_back(Donor.objects.filter(pk=gift.donor_id), created_at=when)
    LedgerEntry.objects.create(
        donation=gift,
        issuer=gift.issuer,
        fund=gift.fund,
        kind="payment",
        source=f"payment {gift.pk}",
        amount_minor=gift.amount_minor,
        currency="EUR",
        happened_at=when,
    )
    return gift


def due(name, now):
    (duty,) = (duty for duty in privacy.DUTIES if duty.name == name)
    return duty.due(now)


def test_who_gave_is_forgotten_six_years_after_the_end_of_the_year_and_not_a_day_before():
    gift = donor_with_money(at(2020, 3, 1))
    name = "donors of long ago"
    assert not due(name, at(2026, 12, 31)).exists()
    assert due(name, at(2027, 1, 1)).get() == gift.donor
    # A later gift, a later receipt, a pledge that runs: each keeps the donor known.
    receipt = receipt_for(gift, issued_at=at(2021, 1, 15))
    assert not due(name, at(2027, 1, 1)).exists()
    assert due(name, at(2028, 1, 1)).exists()
    Receipt.objects.filter(pk=receipt.pk).update(donor=None)
    assert due(name, at(2027, 1, 1)).exists()
    Pledge.objects.create(
        donor=gift.donor,
        fund=gift.fund,
        issuer=gift.issuer,
        amount_minor=100,
        currency="EUR",
        provider="sandbox",
        provider_ref="pl",
        state=PledgeState.ACTIVE,
    )
    assert not due(name, at(2030, 1, 1)).exists()
    # The year ends in Paris, not in Greenwich: 23:30 UTC on the 31st is next year's.
    late = donor_with_money(datetime.fromisoformat("2020-12-31T23:30:00+00:00"))
    assert late.donor not in due(name, at(2027, 1, 1))


def test_purging_forgets_each_kind_in_its_time_counts_first_and_may_be_stopped(monkeypatch, capsys):
    now = timezone.now()
    long_ago, lately = now - timedelta(days=4_500), now - timedelta(days=10)
    unfinished = factories.gift()
    fresh = factories.gift()
    begun = factories.gift(provider="manual")
    moved_back(Donation.objects.filter(pk=unfinished.pk), created_at=now - timedelta(days=100))
    moved_back(Donor.objects.filter(pk=unfinished.donor_id), created_at=now - timedelta(days=100))
    lifecycle.awaited(begun)
    moved_back(Donation.objects.filter(pk=begun.pk), created_at=now - timedelta(days=370))
    moved_back(Donor.objects.filter(pk=begun.donor_id), created_at=now - timedelta(days=370))
    past = donor_with_money(long_ago)
    old_receipt = receipt_for(past, 2014, 1, issued_at=long_ago)
    present = donor_with_money(lately)
    new_receipt = receipt_for(present, 2026, 1)
    standing = with_canaries(present)
    Consent.objects.filter(donor=standing).update(given_at=long_ago)  # kept: there has been a gift since
    Consent.objects.create(
        donor=standing, kind="post", wording="…", language="fr", given_at=long_ago, withdrawn_at=long_ago
    )
    moved_back(Donor.objects.filter(pk=standing.pk), created_at=now - timedelta(days=400))
    FamilyPage.objects.update(closes_on=(now - timedelta(days=60)).date())
    old_look = DonorAccess.objects.create(act="looked", donor=standing)
    DonorAccess.objects.filter(pk=old_look.pk).update(at=long_ago)
    new_look = DonorAccess.objects.create(act="looked", donor=standing)
    old_event = ProviderEvent.objects.create(provider="sandbox", event_id="a", kind="x", done_at=long_ago)
    undone = ProviderEvent.objects.create(provider="sandbox", event_id="b", kind="x", parked_at=long_ago)
    UsedToken.objects.create(token=uuid.uuid4())
    UsedToken.objects.update(used_at=long_ago)
    Bucket.objects.create(key="k", level=1, updated_at=long_ago)
    line = BankLine.objects.create(
        issuer=past.issuer, booked_on=long_ago, amount_minor=100, currency="EUR", text=CANARY, identity="1"
    )

    call_command("purge_donors")
    said = capsys.readouterr().out
    assert "1  donors of unfinished gifts" in said
    assert "Nothing was changed" in said
    assert Donor.objects.filter(erased_at=None).count() == Donor.objects.count()
    assert UsedToken.objects.exists()

    monkeypatch.setattr(privacy, "BATCH", 1)
    call_command("purge_donors", "--apply", verbosity=2)
    said = capsys.readouterr().out
    # The announced gift is given up in the same night, and its donor forgotten with the other.
    assert "2  donors of unfinished gifts forgotten" in said
    forgotten = set(Donor.objects.exclude(erased_at=None))
    assert forgotten == {unfinished.donor, begun.donor, past.donor}
    assert fresh.donor not in forgotten
    begun.refresh_from_db()
    assert begun.state == DonationState.CANCELLED
    assert Donation.objects.filter(pk=unfinished.pk).exists()
    assert lifecycle.total_minor(donation=past) == past.amount_minor
    old_receipt.refresh_from_db()
    new_receipt.refresh_from_db()
    assert (old_receipt.snapshot, bytes(old_receipt.pdf), old_receipt.number) == ({}, b"", 1)
    assert bytes(old_receipt.copy_pdf) == b""
    assert new_receipt.snapshot
    assert not Tribute.objects.exists()
    assert not FamilyPage.objects.exists()
    assert [consent.kind for consent in standing.consents.all()] == ["news"]
    looks = DonorAccess.objects.exclude(act="erased")
    assert list(looks) == [new_look]
    assert sum(DonorAccess.objects.filter(act="erased").values_list("number", flat=True)) == 3
    assert not ProviderEvent.objects.filter(pk=old_event.pk).exists()
    assert ProviderEvent.objects.filter(pk=undone.pk).exists()
    assert not UsedToken.objects.exists()
    assert not Bucket.objects.exists()
    line.refresh_from_db()
    assert (line.text, line.amount_minor) == ("", 100)
    call_command("purge_donors")
    assert "1 " not in capsys.readouterr().out.split("Nothing was changed")[0]


def test_a_purge_that_is_stopped_between_two_batches_goes_on_in_the_next_run(monkeypatch, capsys):
    monkeypatch.setattr(privacy, "BATCH", 2)
    now = timezone.now()
    Bucket.objects.bulk_create(Bucket(key=str(n), level=1, updated_at=now - timedelta(days=9)) for n in range(5))
    (duty,) = (duty for duty in privacy.DUTIES if duty.name == "limits")
    batches = privacy.purge(duty, now)
    assert next(batches) == 2
    batches.close()
    assert Bucket.objects.count() == 3
    before = signal.getsignal(signal.SIGTERM)
    duty_that_is_stopped = privacy.Duty(
        "limits",
        duty.due,
        lambda keys, now: (duty.act(keys, now), signal.raise_signal(signal.SIGTERM)),
    )
    monkeypatch.setattr(purge_donors, "DUTIES", (duty_that_is_stopped, duty))
    call_command("purge_donors", "--apply")
    assert "goes on from here" in capsys.readouterr().out
    assert Bucket.objects.count() == 1
    assert signal.getsignal(signal.SIGTERM) is before
    monkeypatch.setattr(purge_donors, "DUTIES", (duty,))
    call_command("purge_donors", "--apply")
    assert not Bucket.objects.exists()
