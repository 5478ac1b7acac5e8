"""Deletes the sizes of pictures whose consent has ended; pages leave them out at once, without waiting for this."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from portal import pictures


class Command(BaseCommand):
    help = "Delete the sizes of pictures that may not be shown any more, and purge caches (run it from a timer)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only name the pictures")

    def handle(self, *args: Any, dry_run: bool = False, **options: Any) -> None:
        for image in pictures.to_withdraw():
            words = f"{image.pk} “{image.title}”: {image.consent.value}"
            if dry_run:
                self.stdout.write(f"{words}, {image.renditions.count()} size(s) would be deleted")
            else:
                self.stdout.write(f"{words}, {pictures.withdraw(image)} size(s) deleted")
