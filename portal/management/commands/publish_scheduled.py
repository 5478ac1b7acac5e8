"""Publishes and ends what is due, in place of Wagtail's command of the same name."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from portal import bundles, scheduled


class Command(BaseCommand):
    help = (
        "Publish bundles and pages whose instant has come, take expired pages off (run it from a timer, every five "
        "minutes). One that cannot be published stops no other; the exit status is then not zero."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", "--dryrun", action="store_true", help="only say what is due")

    def handle(self, *args: Any, dry_run: bool = False, **options: Any) -> None:
        if dry_run:
            for thing in scheduled.expired():
                self.stdout.write(f"would end: {thing}")
            for bundle in bundles.due():
                self.stdout.write(f"bundle would be published: {bundle}")
            for revision in scheduled.due_pages():
                self.stdout.write(f"would be published: {revision.object_str}")
            return
        failures = scheduled.run(self.stdout.write)
        for failure in failures:
            self.stderr.write(f"{failure.act} failed: {failure.name}: {failure.reason}")
        if failures:
            raise CommandError(f"{len(failures)} could not be done; everything else went on as planned.")
