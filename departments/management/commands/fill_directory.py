"""Fills the directory with made-up departments and lines, to measure with."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from departments import volume


class Command(BaseCommand):
    help = "Fill the directory with made-up departments and fictional numbers, in every language, to measure with."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--departments", type=int, default=50_000, help="how many departments (default: %(default)s)"
        )
        parser.add_argument(
            "--lines", type=int, default=200_000, help="how many lines, over all departments (default: %(default)s)"
        )
        parser.add_argument(
            "--beside-real-content", action="store_true", help="do so although real departments stand there"
        )
        parser.add_argument("--remove", action="store_true", help="take out again what this command has put in")
        parser.add_argument("--dry-run", action="store_true", help="only say what would be put in, or taken out")

    def handle(
        self,
        *args: Any,
        departments: int,
        lines: int,
        beside_real_content: bool,
        remove: bool,
        dry_run: bool = False,
        **options: Any,
    ) -> None:
        def report(line: str) -> None:
            self.stdout.write(f"  {line}")

        if remove:
            if dry_run:
                self.stdout.write(f"{volume.made_up_departments()} department(s) would be removed.")
            else:
                self.stdout.write(f"{volume.remove(report)} department(s) removed.")
            return
        if departments < 1 or lines < 0:
            raise CommandError("At least one department, and no negative number of lines.")
        real = volume.real_departments()
        if real and not beside_real_content:
            raise CommandError(
                f"This directory holds {real} department(s) of its own. Use an empty database, or add "
                "--beside-real-content; --remove takes the made-up ones out again and leaves the others."
            )
        if dry_run:
            self.stdout.write(f"{departments} department(s) with {lines} line(s) would be put in.")
            return
        volume.Volume(departments, lines, report).fill()
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")  # what autovacuum would do within minutes
        self.stdout.write(f"{departments} departments with {lines} lines.")
