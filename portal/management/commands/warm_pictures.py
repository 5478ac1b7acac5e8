"""Makes AVIF of the sizes that stand on pages: it takes seconds, for which no visitor should wait."""

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from portal import pictures


class Command(BaseCommand):
    help = "Make the smallest format (AVIF) of pictures that stand on pages (run it from a timer, every ten minutes)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only say how much there is to do")
        parser.add_argument("--seconds", type=int, default=480, help="stop after so long; the next run goes on")

    def handle(self, *args: Any, dry_run: bool = False, seconds: int = 480, **options: Any) -> None:
        if dry_run:
            self.stdout.write(f"{sum(len(specs) for _image, specs in pictures.to_warm())} size(s) lack AVIF.")
            return
        began, made = time.monotonic(), 0
        for image, specs in pictures.to_warm():
            if time.monotonic() - began > seconds:
                self.stdout.write("The rest is left to the next run.")
                break
            made += pictures.warm(image, specs)
            if options["verbosity"] > 1:
                self.stdout.write(f"{image.title}: {len(specs)}")
        self.stdout.write(f"{made} size(s) made in {time.monotonic() - began:.0f} s.")
