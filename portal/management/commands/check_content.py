"""`manage.py check_content`: what is to be mended on the portal's pages."""

import csv
import json
import sys
from argparse import ArgumentParser
from collections import Counter
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import translation
from wagtail.models import Page

from portal.content_report import Row, below, judged, rule_labels
from portal.publishing import Severity
from portal.tables import guarded

_COLUMNS = ("severity", "rule", "language", "page", "version", "where", "message", "edit")


class Command(BaseCommand):
    """Judges every page as publishing would. Ends with code 1 when there is an error. Nothing is changed."""

    help = "Say what is to be mended on the pages that visitors read, with the address at which it is done."

    def add_arguments(self, parser: ArgumentParser) -> None:
        codes = [code for code, _name in settings.LANGUAGES]
        parser.add_argument("--language", choices=codes, help="only pages in this language")
        parser.add_argument("--institute", metavar="SLUG", help="only pages of the institute with this address")
        parser.add_argument("--format", choices=["text", "csv", "json"], default="text")
        parser.add_argument("--warnings", action="store_true", help="list warnings too; they do not change the code")
        parser.add_argument("--drafts", action="store_true", help="judge drafts that are not public yet as well")

    def handle(self, *args: Any, **options: Any) -> None:
        pages = Page.objects.filter(depth__gt=1)
        if options["institute"]:
            pages = below(options["institute"])
            if pages is None:
                raise CommandError(f"There is no institute with the address “{options['institute']}”.")
        if options["language"]:
            pages = pages.filter(locale__language_code=options["language"])
        with translation.override("en"):  # as all that commands print; the texts stay what they are
            rows, number = self._judge(pages, options["drafts"])
            errors = sum(row.finding.is_error for row in rows)
            shown = [row for row in rows if options["warnings"] or row.finding.is_error]
            getattr(self, f"_{options['format']}")(shown)
            if options["format"] == "text":
                self._sums(rows, number)
        if errors:
            raise CommandError(f"{errors} errors stand on pages", returncode=1)

    def _judge(self, pages: Any, drafts: bool) -> tuple[list[Row], int]:
        rows, number, total = [], 0, pages.count()
        for is_draft in (False, True) if drafts else (False,):
            for size, found in judged(pages, drafts=is_draft):
                rows += found
                number += size
                if sys.stderr.isatty():
                    self.stderr.write(f"\r{number} of about {total} pages", ending="")
        if sys.stderr.isatty():
            self.stderr.write("\r", ending="")
        return rows, number

    def _text(self, rows: list[Row]) -> None:
        for row in rows:
            self.stdout.write(
                f"{row.severity.upper()}  {row.language}  {row.title} · {row.finding.where} ({row.version})"
            )
            self.stdout.write(f"    {row.finding.message}")
            self.stdout.write(f"    {row.full_edit_url}")

    def _sums(self, rows: list[Row], number: int) -> None:
        labels = rule_labels()
        for severity in Severity:
            sums = Counter(row.finding.rule for row in rows if row.finding.severity == severity)
            for rule, count in sums.most_common():
                self.stdout.write(f"{count:6}  {severity}: {labels[rule]}")
        self.stdout.write(f"{number} pages judged")

    def _csv(self, rows: list[Row]) -> None:
        writer = csv.DictWriter(self.stdout, _COLUMNS)
        writer.writeheader()
        writer.writerows({name: guarded(value) for name, value in _record(row).items()} for row in rows)

    def _json(self, rows: list[Row]) -> None:
        self.stdout.write(json.dumps([_record(row) for row in rows], ensure_ascii=False, indent=2))


def _record(row: Row) -> dict[str, str]:
    return {
        "severity": row.finding.severity.value,
        "rule": row.finding.rule,
        "language": row.language,
        "page": row.title,
        "version": row.version,
        "where": str(row.finding.where),
        "message": row.finding.message,
        "edit": row.full_edit_url,
    }
