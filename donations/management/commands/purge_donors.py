"""Forgets what is kept about donors when its time is over."""

import signal
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from donations.privacy import DUTIES, purge


class Command(BaseCommand):
    help = (
        "Say what is kept about donors beyond its time (DONOR_RETENTION); with --apply, forget it. "
        "Run it from a timer, every night. It may be stopped at any time and goes on where it was."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--apply", action="store_true", help="forget it; without this, nothing changes")

    def handle(self, *args: Any, apply: bool = False, **options: Any) -> None:
        now = timezone.now()
        if not apply:
            for duty in DUTIES:
                self.stdout.write(f"{duty.due(now).count():8}  {duty.name}")
            self.stdout.write("Nothing was changed. To forget all this: manage.py purge_donors --apply")
            return
        self._is_stopped = False
        before = signal.signal(signal.SIGTERM, self._stop)
        try:
            for duty in DUTIES:
                number = 0
                for batch in purge(duty, now):
                    number += batch
                    if options["verbosity"] > 1:
                        self.stdout.write(f"{number:8}  {duty.name} …")
                    if self._is_stopped:
                        break
                self.stdout.write(f"{number:8}  {duty.name} forgotten")
                if self._is_stopped:
                    self.stdout.write("Stopped. The next run goes on from here.")
                    return
        finally:
            signal.signal(signal.SIGTERM, before)

    def _stop(self, number: int, frame: Any) -> None:
        self._is_stopped = True
