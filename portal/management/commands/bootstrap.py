"""Sets a new portal up: languages, home pages, groups, the approval of pages. Safe to run again."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand

from portal.bootstrapping import bootstrap


class Command(BaseCommand):
    help = "Make what any portal needs and is not there yet: languages, home pages, site, groups, workflow."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--hostname", default="localhost", help="host name of the portal (only the first time)")
        parser.add_argument("--port", type=int, default=443, help="port of the portal (only the first time)")

    def handle(self, *args: Any, hostname: str, port: int, **options: Any) -> None:
        if "db.DatabaseCache" in settings.CACHES["default"]["BACKEND"]:
            call_command("createcachetable", verbosity=0)
        bootstrap(hostname, port, lambda line: self.stdout.write(f"  {line}"))
        self.stdout.write("The portal is set up. Next: manage.py createsuperuser, then log in at /admin/.")
