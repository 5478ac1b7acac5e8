"""Writes the contact book: all numbers for patients as a folder of plain files."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone, translation
from tqdm import tqdm

from departments.contact_book import BookError, departments_to_write, new_edition, write_book


class Command(BaseCommand):
    help = (
        "Write all numbers for patients into DIR as plain files that ask nobody for anything, to be served when "
        "everything else is down (run it from a timer, every hour). DIR becomes a link to the newest edition; "
        "an interrupted run leaves the last one."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", metavar="DIR", type=Path, help="where the book is to be found; its parent exists")

    def handle(self, *args: Any, folder: Path, **options: Any) -> None:
        try:
            with (
                translation.override("en"),  # as all that commands print; each page of the book has its own language
                new_edition(folder) as edition,
                tqdm(total=departments_to_write(), unit=" departments", disable=None) as progress,
            ):
                lines = write_book(edition, timezone.localtime(), progress.update)
                size = sum(path.stat().st_size for path in edition.rglob("*"))
        except BookError as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"{folder}: {lines} line(s), {size // 1000} kB.")
