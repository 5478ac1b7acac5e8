"""Issues receipts: those that are due, or those of a whole year for monthly donors."""

from argparse import ArgumentParser
from collections import Counter
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from tqdm import tqdm

from donations import receipting
from donations.money import plain
from donations.receipting import Tally, Yearly
from donations.regimes import REGIMES


class Command(BaseCommand):
    help = (
        "Issue the receipts that are due for single gifts; with --year, one receipt for all gifts of that tax year to "
        "each donor who wants it so. Without --apply it only says what it would do. Each receipt is stored by itself: "
        "a run that was broken off is simply started again."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--year", type=int, help="the tax year (by the year in which it begins), once it is over")
        parser.add_argument("--apply", action="store_true", help="issue; each receipt in a transaction of its own")
        parser.add_argument("--dry-run", action="store_true", help="only say what would be done (as without --apply)")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["apply"] and options["dry_run"]:
            raise CommandError("Choose one of --apply and --dry-run.")
        if options["year"] is None:
            self._single(options["apply"])
        else:
            self._yearly(options["year"], options["apply"])

    def _single(self, is_for_good: bool) -> None:
        if is_for_good:
            self._report(receipting.settle_receipts("issue_receipts"))
            return
        wrong = len(receipting.untrue())
        gifts = receipting.due().select_related("donor", "issuer").order_by("paid_at", "pk")
        reasons = [tuple(map(str, receipting.why_not(gift))) for gift in tqdm(list(gifts), disable=None)]
        self.stdout.write(f"{wrong} receipts would be voided and replaced.")
        self.stdout.write(f"{reasons.count(())} receipts would be issued.")
        self._say_why(reasons)
        self._say_how()

    def _yearly(self, year: int, is_for_good: bool) -> None:
        today = timezone.localdate()
        over = [regime for regime in REGIMES.values() if regime.period(year)[1] < today]
        if not over:
            raise CommandError(f"The tax year {year} is not over: a gift of it may still come.")
        planned = [one for one in receipting.yearly_receipts(year) if one.regime in over]
        ready = [one for one in planned if not one.reasons]
        self._say_amounts(ready, is_for_good)
        self._say_why([tuple(map(str, one.reasons)) for one in planned if one.reasons])
        if not is_for_good:
            self._say_how()
            return
        tally = Tally()
        for one in tqdm(ready, disable=None):
            receipting.issue_yearly(one, tally)
        self._report(tally)

    def _say_amounts(self, ready: list[Yearly], is_for_good: bool) -> None:
        totals: Counter[str] = Counter()
        for one in ready:
            totals[one.regime.currency] += one.amount_minor
        amounts = ", ".join(f"{plain(total, currency)} {currency}" for currency, total in sorted(totals.items()))
        verb = "are being issued" if is_for_good else "would be issued"
        self.stdout.write(f"{len(ready)} receipts {verb}{f' for {amounts}' if amounts else ''}.")

    def _say_why(self, reasons: list[tuple[str, ...]]) -> None:
        counted = Counter(reason for several in reasons for reason in several)
        for reason, count in counted.most_common():
            self.stdout.write(f"  {count} without a receipt: {reason}")

    def _say_how(self) -> None:
        self.stdout.write("Nothing was written. Add --apply to issue them.")

    def _report(self, tally: Tally) -> None:
        self.stdout.write(
            f"{tally.issued} issued, {tally.voided} voided ({tally.replaced} replaced), {tally.refused} not possible, "
            f"{tally.failed} failed."
        )
        if tally.failed:
            raise CommandError("Some failed; no number was used up. Look into the log, then run the command again.")
