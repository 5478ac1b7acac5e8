"""Writes the register of a year's receipts, for the tax inspector (LPF article L14 A)."""

import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from tqdm import tqdm

from donations import receipt_register
from donations.models import DonorAccess
from portal.tables import write_csv, write_xlsx


class Command(BaseCommand):
    help = (
        "Write every receipt number of a year, void ones among them, to a CSV or XLSX file that only its owner can "
        "read. It holds names and addresses: hand it over by a safe way and delete it afterwards. That it was "
        "written is noted in the list of looks at donors."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("year", type=int)
        parser.add_argument("file", type=Path, help="ends in .csv or .xlsx; a file that exists is not overwritten")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        write = {".csv": write_csv, ".xlsx": write_xlsx}.get(path.suffix.lower())
        if write is None:
            raise CommandError("The file must end in .csv or .xlsx.")
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except OSError as error:
            raise CommandError(f"{path} cannot be written: {error.strerror}.") from None
        try:
            with os.fdopen(descriptor, "wb") as file, transaction.atomic():
                rows = tqdm(receipt_register.rows(options["year"]), unit=" receipts", disable=None)
                number = write(file, receipt_register.HEADER, rows)
                what = f"register of receipts {options['year']}"
                DonorAccess.objects.create(act=DonorAccess.Act.EXPORTED, what=what, number=number)
        except BaseException:
            path.unlink()  # half a register is none
            raise
        self.stdout.write(f"{number} receipts written to {path}.")
