"""Writes the directory to a CSV or XLSX file that `import_directory` reads."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from departments.exporting import FORMATS, ExportRefused, export


class Command(BaseCommand):
    help = "Write every line of the directory to FILE.csv or FILE.xlsx; import_directory reads it again as the same."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--scope", default="", help="institute:slug, hospital:slug or source:name")
        parser.add_argument(
            "--language", default=settings.LANGUAGE_CODE, choices=[code for code, _ in settings.LANGUAGES]
        )

    def handle(self, *args: Any, file: Path, scope: str, language: str, **options: Any) -> None:
        form = file.suffix.lower().removeprefix(".")
        if form not in FORMATS:
            raise CommandError("The name of the file must end in .csv or .xlsx.")
        # Written beside and put in its place when complete, so that no half file is taken for the directory.
        part = file.with_name(f"{file.name}.part")
        try:
            with part.open("wb") as output:
                count = export(output, form, scope, language)
            part.replace(file)
        except ExportRefused as error:
            raise CommandError(str(error)) from None
        except OSError as error:
            raise CommandError(f"{file} cannot be written: {error.strerror}.") from None
        finally:
            part.unlink(missing_ok=True)
        self.stdout.write(f"{count} line(s) written to {file}.")
