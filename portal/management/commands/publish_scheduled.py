"""`manage.py publish_scheduled`, which in Wagtail’s own form stops at the first page that cannot be published."""

from typing import Any

from django.core.management.base import CommandError
from wagtail.management.commands import publish_scheduled

from portal import scheduling


class Command(publish_scheduled.Command):
    """Publishes and takes offline what is due. Run every five minutes."""

    help = "Publish what is due, and take offline what has expired; a page with errors is left out and reported."

    def handle(self, *args: Any, **options: Any) -> None:
        if options["dryrun"]:
            super().handle(*args, **options)
            return
        if failed := scheduling.run(self.stdout.write):
            raise CommandError(f"{failed} could not be published or taken offline: see the log", returncode=1)
