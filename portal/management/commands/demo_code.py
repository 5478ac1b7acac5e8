"""The code of the second step of signing in, for the demonstration's accounts."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from portal.models import User
from portal.signing_in import demonstration_codes


class Command(BaseCommand):
    help = "Show the code with which an account of the demonstration signs in now. Refused in production."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username", metavar="USER")

    def handle(self, *args: Any, username: str, **options: Any) -> None:
        if not demonstration_codes.is_allowed():
            raise CommandError("Codes are shown on the demonstration’s machine alone: use your own app.")
        user = User.objects.filter(username=username).first()
        code = demonstration_codes.current(user) if user else ""
        if not code:
            raise CommandError(f"“{username}” has no app of the demonstration: run “make demo” first.")
        self.stdout.write(code)
