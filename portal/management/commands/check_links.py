"""`manage.py check_links`: whether the addresses elsewhere that the portal's pages lead to still answer."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import translation

from portal import link_checking
from portal.models import ExternalLink


class Command(BaseCommand):
    """Asks what is due; safe to run as often as one likes, also twice at once. Run every night."""

    help = "Ask external links that are due, and tell the owners of pages whose links have broken."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="say what would be asked; ask nobody, keep nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        with translation.override("en"):
            if options["dry_run"]:
                self._say_what_is_due()
                return
            result = link_checking.run(self.stdout.write, self._progress)
        if result is None:
            self.stdout.write("Another run is under way.")
            return
        self.stdout.write(f"{result.asked} asked, {result.broken} broken, {result.told} e-mails")

    def _say_what_is_due(self) -> None:
        known = {link.url: link for link in ExternalLink.objects.all()}
        waiting = {link.url for link in link_checking.due()}
        found = link_checking.found_on_pages()
        for url in sorted(found):
            if url not in known or url in waiting:
                self.stdout.write(f"would ask {url} ({len(found[url])} uses)")
        self.stdout.write(f"{sum(url not in known or url in waiting for url in found)} of {len(found)} would be asked")

    def _progress(self, done: int, total: int) -> None:
        if sys.stderr.isatty():
            self.stderr.write(f"\r{done} of {total}", ending="\n" if done == total else "")
