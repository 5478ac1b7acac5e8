"""Forgets sessions of staff that have ended, with the addresses that they came from."""

from argparse import ArgumentParser
from typing import Any

from allauth.usersessions.models import UserSession
from django.core.management import call_command
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = "Forget ended sessions of staff, and the addresses that they came from (run it from a timer, nightly)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only say how many there are")

    def handle(self, *args: Any, dry_run: bool = False, **options: Any) -> None:
        if not dry_run:
            call_command("clearsessions")
        ended = [session for session in UserSession.objects.iterator() if not session.exists()]
        if not dry_run:
            UserSession.objects.filter(pk__in=[session.pk for session in ended]).delete()
        self.stdout.write(f"{len(ended)} ended session(s) {'would be' if dry_run else 'were'} forgotten.")
