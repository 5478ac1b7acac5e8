"""Takes a colleague's second factor away at the command line."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from portal.models import User
from portal.signing_in import resetting


class Command(BaseCommand):
    help = "Take every second factor of an account away and end its sessions; its owner sets up a new one."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username", metavar="USER")
        parser.add_argument("--dry-run", action="store_true", help="only say what would be taken away")

    def handle(self, *args: Any, username: str, dry_run: bool = False, **options: Any) -> None:
        user = User.objects.filter(username=username).first()
        if user is None:
            raise CommandError(f"There is no account “{username}”.")
        done = resetting.would_reset(user) if dry_run else resetting.reset(user, by=None)
        verb = "would be" if dry_run else "were"
        self.stdout.write(f"{done.factors} second factor(s) {verb} taken away, {done.sessions} session(s) ended.")
        if not dry_run and not user.email:
            self.stdout.write("The account has no e-mail address: tell its owner yourself.")
