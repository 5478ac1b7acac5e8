"""Builds the directory's search table anew."""

from typing import Any

from django.core.management.base import BaseCommand

from departments.indexing import index_everything


class Command(BaseCommand):
    help = "Build the directory's search table anew, from pages and facts. Visitors may search meanwhile."

    def handle(self, *args: Any, **options: Any) -> None:
        changed = index_everything(lambda done: self.stdout.write(f"  {done} departments"))
        self.stdout.write(f"{changed} entries changed.")
