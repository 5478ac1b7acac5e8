"""Sends the e-mails of visitors' messages that could not be sent at once."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from portal.contact import deliver
from portal.models import ContactMessage


class Command(BaseCommand):
    help = "Send the e-mails of contact messages that are still unsent (run it from a timer, every ten minutes)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only say how many are unsent")

    def handle(self, *args: Any, dry_run: bool = False, **options: Any) -> None:
        unsent = list(ContactMessage.objects.unsent().select_related("page"))
        if dry_run:
            self.stdout.write(f"{len(unsent)} message(s) are unsent.")
            return
        sent = sum(deliver(message) for message in unsent)
        self.stdout.write(f"{sent} of {len(unsent)} unsent message(s) went out.")
        if sent < len(unsent):
            raise CommandError(
                "Some messages could not be sent: see the log, and that each contact page has an e-mail address."
            )
