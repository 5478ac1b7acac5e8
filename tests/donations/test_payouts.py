"""A payout is closed to the cent, by one person, on one screen; its export runs nowhere."""

import io

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from donations import closing, gateway, reconciling
from donations.models import Beat, DonorAccess, Payment, Payout, PayoutLine
from donations.providers import sandbox
from tests import factories
from tests.donations.test_reconciling import a_day_earlier, opened

pytestmark = pytest.mark.django_db
ACTS = ["access_admin", "view_payout", "close_payout", "export_donation", "view_providerevent"]


@pytest.fixture
def accountant(make_user):
    """May close payouts."""
    user = make_user("Finance")
    user.groups.clear()
    user.user_permissions.set(Permission.objects.filter(codename__in=ACTS))
    client = Client()
    client.force_login(user)
    client.user = user
    return client


@pytest.fixture
def payout(make_user):
    """Of three gifts, a refund and a dispute."""
    bank = sandbox.connect("")
    gifts = [factories.gift(amount) for amount in (5_000, 3_333, 1_001)]
    for gift in gifts:
        bank.pay(opened(gift))
    reconciling.reconcile()
    gateway.request_refund(Payment.objects.get(donation=gifts[1]), 1_111, "", make_user("Administrators"))
    bank.dispute(Payment.objects.get(donation=gifts[2]).provider_ref, "open", is_withdrawn=True)
    reconciling.reconcile()
    a_day_earlier()
    reconciling.read_payouts()
    return Payout.objects.get()


def test_a_payout_with_gifts_fees_a_refund_and_a_dispute_is_closed_with_a_difference_of_nothing(accountant, payout):
    url = reverse("giving_payout", args=[payout.pk])
    page = accountant.get(url)
    assert page.context["balance"].difference_minor == 0
    assert page.context["balance"].fee_minor == 85 + 64 + 37
    shown = page.content.decode()
    for text in ("93,34", "−11,11", "−10,01", "1,86", "70,36", "0,00"):
        assert text in shown or text.replace(",", ".") in shown
    assert "Camille" not in shown
    assert reverse("giving_payouts") in accountant.get(reverse("giving_payouts") + "?state=open").content.decode()
    assert accountant.post(url).status_code == 302
    payout.refresh_from_db()
    assert payout.closed_by == accountant.user
    closed_at = payout.closed_at
    assert accountant.post(url).status_code == 409
    payout.refresh_from_db()
    assert payout.closed_at == closed_at


def test_nothing_is_closed_that_lacks_a_cent_has_failed_or_is_not_in_the_ledger(accountant, payout):
    url = reverse("giving_payout", args=[payout.pk])

    def refused():
        assert accountant.post(url).status_code == 409
        payout.refresh_from_db()
        assert payout.closed_at is None

    Payout.objects.update(amount_minor=payout.amount_minor + 1)
    refused()
    Payout.objects.update(amount_minor=payout.amount_minor - 1, status="failed")
    refused()
    Payout.objects.update(status="paid")
    line = payout.lines.filter(kind="payment").first()
    PayoutLine.objects.filter(pk=line.pk).update(source_ref="pa_of_nobody")
    refused()
    PayoutLine.objects.filter(pk=line.pk).update(source_ref=line.source_ref)
    assert accountant.post(url).status_code == 302


def test_without_the_permission_nobody_closes_and_without_that_of_exports_nobody_takes_away(accountant, payout):
    accountant.user.user_permissions.remove(
        *Permission.objects.filter(codename__in=["close_payout", "export_donation"])
    )
    page = accountant.post(reverse("giving_payout", args=[payout.pk]))
    assert "giving/payouts" not in page.headers.get("Location", "")
    payout.refresh_from_db()
    assert payout.closed_at is None
    export = accountant.get(reverse("giving_payout_csv", args=[payout.pk]))
    assert export.status_code in (302, 403)
    accountant.user.user_permissions.clear()
    accountant.user.user_permissions.add(Permission.objects.get(codename="access_admin"))
    assert accountant.get(reverse("giving_payouts")).status_code in (302, 403)


def test_the_export_adds_up_and_no_cell_is_a_formula(accountant, payout):
    line = payout.lines.filter(kind="refund").get()
    PayoutLine.objects.filter(pk=line.pk).update(source_ref="=HYPERLINK(1)")
    text = accountant.get(reverse("giving_payout_csv", args=[payout.pk])).content.decode("utf-8-sig")
    assert "'=HYPERLINK(1)" in text and ";=HYPERLINK" not in text
    rows = [row.split(";") for row in text.splitlines()[1:]]
    figures = [[float(cell.replace(",", ".") or 0) for cell in row[7:10]] for row in rows]
    assert round(sum(into - out - fee for into, out, fee in figures) * 100) == payout.amount_minor
    book = load_workbook(io.BytesIO(accountant.get(reverse("giving_payout_xlsx", args=[payout.pk])).content))
    cells = [cell for row in book.active.iter_rows() for cell in row]
    assert not any(cell.data_type == "f" for cell in cells)
    assert any(cell.value == "=HYPERLINK(1)" for cell in cells)
    assert [access.what for access in DonorAccess.objects.filter(act="exported").order_by("pk")] == [
        f"payout {payout.pk}: csv",
        f"payout {payout.pk}: xlsx",
    ]


def test_a_closed_payout_that_the_provider_changes_afterwards_stays_as_it_was_and_is_told(accountant, payout):
    closing.close(payout, accountant.user)
    before = PayoutLine.objects.count()
    Payout.objects.update(amount_minor=1)
    reconciling.read_payouts()
    payout.refresh_from_db()
    assert payout.amount_minor == 1
    assert PayoutLine.objects.count() == before
    assert reconciling.Quarantined.objects.filter(why="closed payout changed").count() == 1


def test_the_finance_screen_shows_what_runs_and_what_waits(accountant, payout):
    Beat.objects.create(name="mails", began_at=timezone.now(), ended_at=timezone.now())
    Beat.objects.create(name="payouts", ended_at=timezone.now(), failed_at=timezone.now(), error="Unreachable")
    page = accountant.get(reverse("giving_at_work"))
    states = {pulse.timer.name: (pulse.is_late, pulse.is_failing) for pulse in page.context["pulses"]}
    assert states["events"] == (True, False)
    assert states["mails"] == (False, False)
    assert states["payouts"] == (False, True)
    assert "Unreachable" in page.content.decode()
    assert page.context["payouts"] == 1
