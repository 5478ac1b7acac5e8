"""`manage.py numbers_in_texts`: the telephone numbers that somebody typed into a text instead of naming a line."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import translation

from departments.numbers_on_pages import findings


class Command(BaseCommand):
    """Prints each number with its page, its place and what to do about it. Nothing is changed."""

    help = "List the telephone numbers typed into texts, in every language. Replace them in the admin, under Directory."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--fail", action="store_true", help="end with code 1 when there is any")

    def handle(self, *args: Any, **options: Any) -> None:
        with translation.override("en"):  # as all that commands print; the texts stay what they are
            found = findings()
            for one in found:
                self.stdout.write(f"{one.language}  {one.title} · {one.where} ({one.version})")
                self.stdout.write(f"    {one.excerpt}")
                self.stdout.write(f"    {one.number.phone}: {one.known_lines or '–'}")
                if one.advice:
                    self.stdout.write(f"    {one.advice}")
        self.stdout.write(f"{len(found)} numbers in texts")
        if found and options["fail"]:
            raise CommandError(f"{len(found)} numbers stand in texts", returncode=1)
