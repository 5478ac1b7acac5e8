"""Writes a copy of everything that is kept about a donor."""

import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from donations.privacy import UnknownDonor, donor_of, file_of, note_export


class Command(BaseCommand):
    help = (
        "Write all that is kept about a donor to a zip archive: JSON, the same to read, the receipts (GDPR, art. 15)."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("uuid", help="the donor's number: the last part of the address of their page in the admin")
        parser.add_argument("file", type=Path, help="where to write it, for example donor.zip")

    def handle(self, *args: Any, uuid: str, file: Path, **options: Any) -> None:
        try:
            donor = donor_of(uuid)
        except UnknownDonor as error:
            raise CommandError(error) from error
        try:
            # For its owner's eyes alone, and never over another file.
            descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except OSError as error:
            raise CommandError(f"{file} could not be made: {error.strerror}.") from error
        with open(descriptor, "wb") as written:
            written.write(file_of(donor))
        note_export(donor, None, "export_donor")
        self.stdout.write(f"{file} has all that is kept about this donor. Delete it when it has been handed over.")
