"""Receipts: for money that is there, once, numbered without a gap, replaced and never changed."""

import pytest

from donations import gateway, lifecycle, receipting
from donations.models import Receipt, ReceiptLine, ReceiptWish
from donations.providers import sandbox
from donations.providers.base import ObjectKind, Ref
from donations.states import PaymentStatus
from tests import factories

pytestmark = pytest.mark.django_db

URLS = {"success_url": "https://testserver/thanks/", "cancel_url": "https://testserver/back/"}


def paid(amount_minor=15_000, *, method="card", **fields):
    """A gift that was paid in the sandbox."""
    fields.setdefault("receipt_wish", ReceiptWish.EACH)
    gift = factories.gift(amount_minor, **fields)
    bank = sandbox.connect("")
    gateway.payment_page(gift, email="camille@example.org", **URLS)
    gift.refresh_from_db()
    payment = bank.pay(gift.session_ref, method=method)
    lifecycle.refresh(bank, Ref(ObjectKind.PAYMENT, payment.ref), "test")
    gift.refresh_from_db()
    return gift


def test_first():
    gift = paid()
    tally = receipting.settle_receipts()
    print(tally, receipting.why_not(gift))
    receipt = Receipt.objects.get()
    open("/tmp/r.pdf", "wb").write(bytes(receipt.pdf))
    assert receipt.amount_minor == 15000
    import json, typst
    from donations import receipt_paper as rp

    c = typst.Compiler(str(rp._TEMPLATE), root=str(rp._FOLDER), font_paths=rp._fonts())
    open("/tmp/r.png", "wb").write(
        c.compile(
            format="png",
            ppi=90,
            sys_inputs={"receipt": json.dumps(rp._map_texts(receipt.snapshot["words"], rp.printable))},
        )
    )
