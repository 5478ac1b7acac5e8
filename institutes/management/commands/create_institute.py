"""Sets an institute up: pages as drafts in every language, teams, files, workflow. Safe to run again."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import override

from institutes import founding


class Command(BaseCommand):
    help = "Set an institute up, or make what one of that name lacks: pages, teams, collection, workflow."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="the institute's name in the source language")
        parser.add_argument("--short-name", default="", help="as staff and patients say it, for example the acronym")
        parser.add_argument("--city", default="", help="tells apart institutes that share an acronym")
        parser.add_argument("--email", default="", help="where messages of visitors go")
        for code, name in settings.LANGUAGES:
            if code != settings.LANGUAGE_CODE:
                parser.add_argument(f"--{code}", default="", metavar="NAME", help=f"the institute's name in {name}")
        parser.add_argument("--dry-run", action="store_true", help="only say what would be made")

    def handle(self, *args: Any, name: str, dry_run: bool = False, **options: Any) -> None:
        titles = {code: options.get(code.replace("-", "_"), "") for code, _language in settings.LANGUAGES}
        wish = founding.Wish(
            titles | {settings.LANGUAGE_CODE: name}, options["short_name"], options["city"], options["email"]
        )
        with override("en"):  # as all commands speak
            try:
                done = founding.found(wish, dry_run=dry_run)
            except ValidationError as error:
                raise CommandError(" ".join(error.messages)) from None
        for sentence in done.made:
            self.stdout.write(f"  {sentence}")
        if dry_run:
            self.stdout.write(f"{len(done.made)} thing(s) would be made.")
        elif done.made:
            self.stdout.write(
                f"“{done.institute.title}” is set up. Next: give its groups members (Settings → Groups, Users), "
                "fill the drafts, publish them."
            )
        else:
            self.stdout.write("Nothing was missing, so nothing was made.")
