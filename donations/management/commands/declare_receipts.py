"""The two figures that CGI article 222 bis asks of each issuer: the amount, and the number of receipts."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from donations.money import plain
from donations.receipt_register import declared


class Command(BaseCommand):
    help = (
        "Print, for each issuer, what CGI article 222 bis asks for: the gifts of a year that stand on valid receipts, "
        "and how many receipts were issued in it."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("year", type=int)
        parser.add_argument(
            "--first-month", type=int, default=1, help="of the financial year that begins in YEAR (1 to 12)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not 1 <= options["first_month"] <= 12:
            raise CommandError("--first-month is a month from 1 to 12.")
        figures = declared(options["year"], options["first_month"])
        if not figures:
            self.stdout.write("No receipt and no certified gift in this year.")
        for one in figures:
            identity = one.issuer.siren or one.issuer.rna
            self.stdout.write(f"{one.issuer.name} ({identity})")
            self.stdout.write(f"  amount certified: {plain(one.amount_minor, one.currency)} {one.currency}")
            self.stdout.write(f"  receipts issued:  {one.number}")
            self.stdout.write(f"  void (not counted): {one.voided}")
