"""Receipts as donors, staff and administrators meet them: by a secret link, in the admin, on the command line."""

import csv
from datetime import UTC, datetime
from io import StringIO

import pytest
import time_machine
from django.contrib.auth.models import Permission
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from donations import receipting
from donations.models import DonorAccess, Receipt, ReceiptCopy, ReceiptWish
from donations.references import in_groups
from tests.donations.test_receipting import monthly, paid, the_receipt

pytestmark = pytest.mark.django_db


@pytest.fixture
def receipt():
    paid()
    receipting.settle_receipts()
    return the_receipt()


@pytest.fixture
def staff(make_user):
    """Clients of members of staff with the given permissions on receipts, who may see donors unless told otherwise."""

    def log_in(*codenames, sees_donors=True):
        codenames += ("view_donor",) if sees_donors else ()
        user = make_user("Communications editors", "-".join(["user", *codenames]))
        user.user_permissions.add(*Permission.objects.filter(codename__in=codenames))
        client = Client()
        client.force_login(user)
        return client

    return log_in


def run(*arguments):
    output = StringIO()
    call_command(*map(str, arguments), stdout=output)
    return output.getvalue()


# --- The donor ------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_donor_opens_the_secret_page_and_takes_the_original_once(client, receipt, language):
    address = receipting.link(receipt, language)
    assert address.startswith(f"/{language}/")
    for _look in range(2):  # looking takes nothing: programs that read e-mails look too
        page = client.get(address)
        assert page.status_code == 200
        assert receipt.full_number in page.content.decode()
        assert (page["Cache-Control"], page["Referrer-Policy"]) == ("private, no-store", "no-referrer")
        assert "Camille" not in page.content.decode()
    assert not ReceiptCopy.objects.exists()
    first, second = client.post(address), client.post(address)
    assert first["Content-Type"] == "application/pdf"
    assert first["Content-Disposition"] == f'attachment; filename="{receipt.full_number}.pdf"'
    assert (first["Cache-Control"], first["X-Content-Type-Options"]) == ("private, no-store", "nosniff")
    assert first.content == bytes(receipt.pdf)
    assert second.content == bytes(receipt.copy_pdf)
    assert not first.cookies and not page.cookies
    assert ReceiptCopy.objects.filter(to="donor", user=None).count() == 2


def test_nobody_finds_the_receipt_of_another_by_counting(client, receipt):
    key = receipting.link(receipt, "fr").rstrip("/").rsplit("/", 1)[1]
    signature = key.partition(":")[2]
    for wrong in (str(receipt.pk), f"{receipt.pk + 1}:{signature}", f"{key}x", receipt.full_number, "%00", "1:"):
        for ask in (client.get, client.post):
            answer = ask(f"/fr/-/receipts/{wrong}/")
            assert answer.status_code in (400, 404)
            assert b"%PDF" not in answer.content
    assert not ReceiptCopy.objects.exists()


def test_a_void_receipt_is_not_handed_out_and_leads_to_the_one_that_replaces_it(client, receipt):
    _old, new = receipting.void_and_replace(receipt.pk, "other", "test")
    answer = client.post(receipting.link(receipt, "en"))
    assert answer["Content-Type"].startswith("text/html")
    assert receipting.link(new, "en") in answer.content.decode()
    assert not ReceiptCopy.objects.exists()


# --- Staff ----------------------------------------------------------------------------------------


def test_receipts_are_for_those_who_may_see_them_alone(receipt, staff, client_of):
    addresses = [
        reverse("receipts"),
        reverse("receipts_results"),
        reverse("without_receipt"),
        reverse("receipt_inside", args=[receipt.pk]),
    ]
    without = client_of("Moderators")
    for address in addresses:
        assert without.get(address).status_code == 302
        assert Client().get(address).status_code == 302
    assert without.post(reverse("receipt_paper", args=[receipt.pk])).status_code == 302
    assert not DonorAccess.objects.exists()
    looking = staff("view_receipt")
    for address in addresses:
        assert looking.get(address).status_code == 200
    page = looking.get(addresses[0]).content.decode()
    assert receipt.full_number in page and "Camille Exemple" in page and "150" in page
    page = looking.get(addresses[3]).content.decode()
    assert receipt.sha256 in page and "Camille Exemple" in page
    assert reverse("replace_receipt", args=[receipt.pk]) not in page
    acts = set(DonorAccess.objects.values_list("act", flat=True))
    assert acts == {DonorAccess.Act.LISTED, DonorAccess.Act.LOOKED}
    for name in ("replace_receipt", "issue_receipt"):
        assert looking.post(reverse(name, args=[receipt.pk])).status_code == 302
    assert the_receipt().voided_at is None


def test_names_and_papers_are_for_those_who_may_see_donors_alone(receipt, staff):
    looking = staff("view_receipt", "issue_receipt", sees_donors=False)
    for address in (reverse("receipts"), reverse("receipt_inside", args=[receipt.pk])):
        page = looking.get(address).content.decode()
        assert receipt.full_number in page
        assert "Camille" not in page
    assert receipt.full_number in looking.get(f"{reverse('receipts')}?donor=nobody").content.decode()
    answer = looking.post(reverse("receipt_paper", args=[receipt.pk]), {"to": "post"})
    assert answer.status_code == 302
    assert not ReceiptCopy.objects.exists() and not DonorAccess.objects.exists()


def test_staff_filter_the_list_by_number_name_and_state(receipt, staff):
    looking = staff("view_receipt")
    for query, is_found in (
        ("donor=exemp", True),
        ("donor=nobody", False),
        ("number=1&state=valid", True),
        ("state=void", False),
        (f"year={receipt.year}", True),
    ):
        page = looking.get(f"{reverse('receipts')}?{query}").content.decode()
        assert (reverse("receipt_inside", args=[receipt.pk]) in page) is is_found
    assert "exemp" not in str(list(DonorAccess.objects.values_list("what", flat=True)))


def test_staff_get_a_copy_and_the_original_for_the_post_once(receipt, staff):
    address = reverse("receipt_paper", args=[receipt.pk])
    looking, issuing = staff("view_receipt"), staff("view_receipt", "issue_receipt")
    assert looking.get(address).status_code == 405
    assert looking.post(address, {"to": "staff"}).content == bytes(receipt.copy_pdf)
    assert looking.post(address, {"to": "post"}).status_code == 302
    assert issuing.post(address, {"to": "post"}).content == bytes(receipt.pdf)
    assert issuing.post(address, {"to": "post"}).content == bytes(receipt.copy_pdf)
    assert DonorAccess.objects.filter(act=DonorAccess.Act.EXPORTED, donor=receipt.donor).count() == 3


def test_staff_replace_a_receipt_after_a_correction(receipt, staff):
    issuing = staff("view_receipt", "issue_receipt")
    address = reverse("replace_receipt", args=[receipt.pk])
    assert issuing.post(address, {"reason": "nonsense"}).url == reverse("receipt_inside", args=[receipt.pk])
    assert the_receipt().voided_at is None
    receipt.donor.street = "2 rue de l’Exemple"
    receipt.donor.save()
    issuing.post(address, {"reason": "details_corrected"})
    old, new = Receipt.objects.select_related("issuer").order_by("number")
    assert (old.void_reason, new.replaces) == ("details_corrected", old)
    assert new.snapshot["donor"]["street"] == "2 rue de l’Exemple"
    page = issuing.get(reverse("receipt_inside", args=[old.pk])).content.decode()
    assert new.full_number in page
    assert issuing.post(address, {"reason": "other"}).status_code == 302
    assert Receipt.objects.count() == 2


def test_staff_see_why_a_gift_has_no_receipt_and_issue_it_once_that_is_mended(staff):
    gift = paid(donor={"street": ""}, receipt_wish=ReceiptWish.NONE)
    issuing = staff("view_receipt", "issue_receipt")
    page = issuing.get(reverse("without_receipt")).content.decode()
    assert in_groups(gift.reference) in page
    assert all(str(reason) in page for reason in receipting.why_not(gift))
    button = reverse("issue_receipt", args=[gift.pk])
    assert button not in page
    issuing.post(button)
    assert not Receipt.objects.exists()
    gift.donor.street = "1 rue de l’Exemple"
    gift.donor.save()
    assert button in issuing.get(reverse("without_receipt")).content.decode()
    issuing.post(button)
    assert the_receipt().donor == gift.donor
    assert gift.reference not in issuing.get(reverse("without_receipt")).content.decode()


# --- The command line -----------------------------------------------------------------------------


def test_receipts_are_issued_after_a_dry_run_and_a_second_run_does_nothing():
    paid()
    paid(donor={"city": ""})
    assert "1 receipts would be issued" in run("issue_receipts")
    assert "1 without a receipt" in run("issue_receipts", "--dry-run")
    assert not Receipt.objects.exists()
    assert "1 issued" in run("issue_receipts", "--apply")
    assert "0 issued" in run("issue_receipts", "--apply")
    with pytest.raises(CommandError):
        call_command("issue_receipts", "--apply", "--dry-run")


def test_a_year_is_issued_when_it_is_over_and_can_be_taken_up_again():
    with time_machine.travel(datetime(2025, 6, 1, 12, tzinfo=UTC)):
        monthly(2)
        monthly(1)
        with pytest.raises(CommandError):
            call_command("issue_receipts", "--year", "2025", "--apply")
    with time_machine.travel(datetime(2026, 1, 10, 12, tzinfo=UTC)):
        first = next(iter(receipting.yearly_receipts(2025)))
        receipting.issue_yearly(first, receipting.Tally())  # where a run was broken off
        said = run("issue_receipts", "--year", "2025")
        assert "1 receipts would be issued" in said
        assert Receipt.objects.count() == 1
        assert "1 issued" in run("issue_receipts", "--year", "2025", "--apply")
        assert "0 issued" in run("issue_receipts", "--year", "2025", "--apply")
        said = run("declare_receipts", "2026")
        assert "receipts issued:  2" in said and "amount certified: 0.00 EUR" in said
        assert "amount certified: 45.00 EUR" in run("declare_receipts", "2025")


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_the_register_holds_every_number_safely_and_is_noted(tmp_path, ending):
    paid(donor={"first_name": "=HYPERLINK(1)", "last_name": "Exemple"})
    receipting.settle_receipts()
    receipt = the_receipt()
    receipting.void_and_replace(receipt.pk, "other", "test")
    file = tmp_path / f"register.{ending}"
    assert "2 receipts" in run("receipt_register", receipt.year, file)
    assert file.stat().st_mode & 0o077 == 0
    if ending == "csv":
        with file.open(encoding="utf-8-sig", newline="") as opened:
            rows = list(csv.DictReader(opened, delimiter=";"))
        assert rows[0]["donor"].startswith("'=")
    else:
        header, *cells = load_workbook(file).active.iter_rows(values_only=True)
        rows = [dict(zip(header, row, strict=True)) for row in cells]
    assert [row["state"] for row in rows] == ["void", "valid"]
    assert [row["amount"] for row in rows] == ["150.00", "150.00"]
    assert rows[0]["replaced_by"] == rows[1]["number"] and rows[1]["replaces"] == receipt.full_number
    assert DonorAccess.objects.get().number == 2
    for wrong in (file, tmp_path / "register.pdf", tmp_path / "no" / "register.csv"):
        with pytest.raises(CommandError):
            call_command("receipt_register", str(receipt.year), str(wrong))


def test_an_issuer_is_not_let_to_issue_receipts_before_all_they_need_is_there(admin_client, receipt):
    address = reverse(receipt.issuer.snippet_viewset.get_url_name("edit"), args=[receipt.issuer.pk])
    form = admin_client.get(address).context["form"]
    data = {}
    for field in form:
        value = field.value()
        if field.name in ("quality", "purpose", "signatory_quality"):
            data |= {f"{field.html_name}_{number}": text for number, text in enumerate(value.data.values())}
        else:
            data[field.html_name] = ",".join(value) if isinstance(value, list) else value
    assert admin_client.post(address, data).status_code == 302
    answer = admin_client.post(address, data | {"signatory": "", "siren": "", "regime": "fr"})
    assert set(answer.context["form"].errors) == {"signatory", "siren"}
    assert admin_client.post(address, data | {"signatory": "", "regime": ""}).status_code == 302
    assert admin_client.post(address, data | {"regime": "xx"}).status_code == 200
