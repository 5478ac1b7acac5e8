"""Tells staff by e-mail of telephone numbers that are due to be checked, and of mandates that end."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from departments import announcing
from departments.models import NumberReport, Outcome

_MOST_ORPHANS = 20


class Command(BaseCommand):
    help = "E-mail staff which numbers are due to be checked and which mandates end soon (run it from a timer, daily)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only say who would be told of how much")

    def handle(self, *args: Any, dry_run: bool = False, **options: Any) -> None:
        todo = announcing.plan(timezone.localdate())
        if dry_run:
            for kind in ("line", "role"):
                for user, things in getattr(todo, f"{kind}s").items():
                    self.stdout.write(f"{user.get_username()} would be told of {len(things)} {kind}(s).")
        if todo.orphans:
            named = sorted(todo.orphans)
            more = f" and {len(named) - _MOST_ORPHANS} more" if len(named) > _MOST_ORPHANS else ""
            self.stdout.write(
                f"Nobody can be told of the due lines of {', '.join(named[:_MOST_ORPHANS])}{more}: give the pages' "
                "owners or a switchboard group with a duty for their institute an e-mail address."
            )
        if dry_run:
            return
        NumberReport.objects.outdated().update(closed_at=timezone.now(), outcome=Outcome.CHANGED)
        result = announcing.carry_out(todo, self.stdout.write)
        self.stdout.write(f"{result.sent} e-mail(s) went out.")
        if result.unsure:
            self.stdout.write(
                f"Of {result.unsure} person(s) it is not known whether an earlier e-mail went out: that run was killed."
            )
        if result.failed:
            raise CommandError(f"{result.failed} e-mail(s) could not be sent: see the log. The next run tries again.")
