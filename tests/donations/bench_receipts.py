"""`make bench`: what 200 receipts take, their papers alone and the whole of issuing them.

In one run: issuing checks, numbers, words, prints the original and the copy, stores and enqueues. Its processor time
against that of printing one paper each depends little on the machine. Five times is the most.
"""

import time
from collections.abc import Callable

import pytest

from donations import receipting
from donations.models import Receipt
from donations.receipt_paper import print_both, print_receipt
from donations.regimes import REGIMES
from tests.donations.test_receipting import paid

pytestmark = pytest.mark.django_db

RECEIPTS = 200
MOST = 5


def seconds(work: Callable[[], object]) -> tuple[float, float]:
    """By the clock, and of this process's processors."""
    clock, processors = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - clock, time.process_time() - processors


def test_issuing_takes_five_times_the_printing_of_one_paper_each_at_most():
    for number in range(RECEIPTS + 1):
        paid(5_000 + number, donor={"last_name": f"Exemple {number}"})
    receipting.issue([receipting.due().values_list("pk", flat=True)[0]], "first")  # reads the fonts
    issuing = seconds(receipting.settle_receipts)
    receipts = list(Receipt.objects.order_by("pk")[1:])
    assert len(receipts) == RECEIPTS

    def words(series: str) -> list[dict]:
        """Of papers that were never made: typst remembers what it has laid out."""
        return [one.snapshot["words"] | {"number": f"{series}-{one.number}"} for one in receipts]

    one_each = seconds(lambda: [print_receipt(one, 0) for one in words("A")])
    copy = REGIMES[receipts[0].regime].marked_as_copy
    both = seconds(lambda: [print_both(one, copy(one), 0) for one in words("B")])
    for what, (clock, processors) in {
        "one paper each": one_each,
        "original and copy": both,
        "issued, with all that belongs to it": issuing,
    }.items():
        print(f"\n{RECEIPTS} receipts, {what}: {clock:.2f} s, {processors:.2f} s of processors", end="")
    assert issuing[1] / one_each[1] <= MOST
