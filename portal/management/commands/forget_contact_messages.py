"""Forgets the visitors' messages whose time is over."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from portal.contact import forget_outdated
from portal.models import ContactMessage


class Command(BaseCommand):
    help = "Delete the contact messages whose time is over (run it from a timer, every night)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only say how many would be forgotten")

    def handle(self, *args: Any, dry_run: bool = False, **options: Any) -> None:
        if dry_run:
            self.stdout.write(f"{ContactMessage.objects.outdated().count()} message(s) would be forgotten.")
        else:
            self.stdout.write(f"{forget_outdated()} message(s) forgotten.")
