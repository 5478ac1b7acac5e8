"""Tells staff by e-mail of pages that are to be reviewed, of what ends, of institutes that nobody edits."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from portal import care_notices

_MOST_NAMED = 20


class Command(BaseCommand):
    help = "E-mail staff which pages are to be reviewed and what else needs care (run it from a timer, daily)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only say who would be told of how much")

    def handle(self, *args: Any, dry_run: bool = False, **options: Any) -> None:
        with transaction.atomic():
            todo = care_notices.plan(timezone.localdate())
            transaction.set_rollback(dry_run)  # pages that have no day yet would get one
        if todo.nobodys:
            named = sorted(todo.nobodys)
            more = f" and {len(named) - _MOST_NAMED} more" if len(named) > _MOST_NAMED else ""
            self.stdout.write(
                f"Nobody can be told about {', '.join(named[:_MOST_NAMED])}{more}: give the pages' owners, those who "
                "publish there, or the administrators an e-mail address."
            )
        if dry_run:
            for line in care_notices.dry(todo):
                self.stdout.write(line)
            return
        result = care_notices.carry_out(todo, self.stdout.write)
        self.stdout.write(f"{result.sent} e-mail(s) went out.")
        if result.unsure:
            self.stdout.write(
                f"Of {result.unsure} person(s) it is not known whether an earlier e-mail went out: that run was killed."
            )
        if result.failed:
            raise CommandError(f"{result.failed} e-mail(s) could not be sent: see the log. The next run tries again.")
