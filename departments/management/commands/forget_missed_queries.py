"""Forgets the searches that found nothing, some months after they were counted."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from departments import missing


class Command(BaseCommand):
    help = "Delete the old searches that found nothing (run it from a timer, every night)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--days",
            type=int,
            default=missing.KEPT_DAYS,
            help="for how many days they are kept, at least 1 (default: %(default)s)",
        )
        parser.add_argument("--dry-run", action="store_true", help="only say how many would be forgotten")

    def handle(self, *args: Any, days: int, dry_run: bool = False, **options: Any) -> None:
        if days < 1:
            raise CommandError("--days must be 1 or more: 0 would delete what was counted today.")
        queries = missing.outdated(days)
        if dry_run:
            self.stdout.write(f"{queries.count()} row(s) would be forgotten.")
        else:
            self.stdout.write(f"{queries.delete()[0]} row(s) forgotten.")
