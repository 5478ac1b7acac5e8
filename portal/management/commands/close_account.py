"""Closes the account of somebody who leaves and hands what they looked after to a colleague."""

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import override

from portal import leaving
from portal.models import User


class Command(BaseCommand):
    help = "Close an account for good: no login, no rights; pages, reviews and notices go to a colleague."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("user", help="the name of the account to be closed")
        parser.add_argument("--to", required=True, metavar="COLLEAGUE", help="the account that takes over")
        parser.add_argument("--dry-run", action="store_true", help="only say what would be done")

    def handle(self, *args: Any, user: str, to: str, dry_run: bool = False, **options: Any) -> None:
        with override("en"):  # as all commands speak
            try:
                done = leaving.close(self._account(user), self._account(to), dry_run=dry_run)
            except ValidationError as error:
                raise CommandError(" ".join(error.messages)) from None
        for sentence in (*done.done, *(f"! {warning}" for warning in done.warnings)):
            self.stdout.write(f"  {sentence}")
        if dry_run:
            self.stdout.write("Nothing was changed: this was a dry run.")
        elif not done.done:
            self.stdout.write("The account was closed already, and nothing was left to hand over.")
        else:
            self.stdout.write(f"The account “{user}” is closed.")

    @staticmethod
    def _account(name: str) -> User:
        account = User.objects.filter(username=name).first()
        if account is None:
            raise CommandError(f"There is no account called “{name}”.")
        return account
