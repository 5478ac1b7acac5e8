"""Imports a file into the directory: prints what it would do, and does it when told to."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any, BinaryIO

import phonenumbers
from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from departments import import_runs, importing, rows
from departments.importing import ImportRefused, Options, Plan
from departments.models import ImportMapping, ImportRun
from portal.models import User
from portal.tables import TableError


class Command(BaseCommand):
    help = (
        "Import contact lines from a CSV or XLSX file. Without --apply it only prints the plan: what is new, changed, "
        "removed or refused, and why."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", nargs="?", type=Path)
        parser.add_argument("--mapping", default="", help="name of a saved mapping of columns; saved if it is new")
        parser.add_argument(
            "--map",
            action="append",
            default=[],
            metavar="HEADER=COLUMN",
            help="what one column of the file means; HEADER= leaves it out",
        )
        parser.add_argument(
            "--scope",
            default="",
            help="institute:slug, hospital:slug or source:name; lines in it that the file leaves out are removed",
        )
        parser.add_argument("--country", default="FR", help="of numbers without a country code (two letters)")
        parser.add_argument("--delimiter", default="", help="what separates columns, where it is not found out")
        parser.add_argument("--split", action="store_true", help="several numbers in one cell become several lines")
        parser.add_argument(
            "--restore-zero", action="store_true", help="give numbers back the 0 that a spreadsheet ate"
        )
        parser.add_argument("--create-departments", action="store_true", help="publish a page for unknown departments")
        parser.add_argument("--strict", action="store_true", help="apply nothing if any row is refused")
        parser.add_argument("--allow-removals", action="store_true", help="remove even more than a tenth of the scope")
        parser.add_argument("--user", default="", help="user name under which the changes are logged")
        parser.add_argument("--apply", action="store_true", help="write; all rows in one transaction")
        parser.add_argument("--undo", type=int, metavar="RUN", help="put back what stood before a run")
        parser.add_argument("--list", action="store_true", help="the runs so far")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["list"]:
                self._list()
            elif options["undo"]:
                self._undo(options["undo"], self._user(options["user"]))
            elif options["file"] is None:
                raise CommandError("Name a file, or use --list or --undo RUN.")
            else:
                self._import(**options)
        except ImportRefused as error:
            raise CommandError("\n".join(["Nothing was written.", *error.reasons])) from None
        except TableError as error:
            raise CommandError(f"Nothing was written. {error}") from None
        except OSError as error:
            raise CommandError(f"{options['file']} cannot be read: {error.strerror}.") from None

    def _user(self, name: str) -> User | None:
        if not name:
            return None
        user = User.objects.filter(username=name).first()
        if user is None:
            raise CommandError(f"There is no user {name}.")
        return user

    def _list(self) -> None:
        runs = ImportRun.objects.select_related("user")
        for run in runs:
            counts = ", ".join(f"{count} {name}" for name, count in run.counts.items())
            who = run.user.get_username() if run.user else "command line"
            self.stdout.write(f"{run.pk}  {run.made_at:%Y-%m-%d %H:%M}  {run.state}  {run.file_name}  {who}  {counts}")
        if not runs:
            self.stdout.write("Nothing was imported so far.")

    def _undo(self, pk: int, user: User | None) -> None:
        run = ImportRun.objects.filter(pk=pk).first()
        if run is None:
            raise CommandError(f"There is no run {pk}; --list shows them.")
        import_runs.undo(run, user)
        self.stdout.write(f"Run {pk} was undone: the directory says again what it said before.")

    def _import(self, file: Path, apply: bool, **options: Any) -> None:
        country = options["country"].upper()
        if country not in phonenumbers.SUPPORTED_REGIONS:
            raise CommandError(f"{options['country']} is no country; write two letters, such as FR or BE.")
        if len(options["delimiter"]) > 1 or options["delimiter"] in ('"', "\r", "\n"):
            raise CommandError("A delimiter is one character, and no quotation mark or line end.")
        with file.open("rb") as opened:
            columns = self._columns(opened, options, apply)
            chosen = Options(
                columns=columns,
                country=country,
                **{
                    name: options[name]
                    for name in (
                        "scope",
                        "strict",
                        "allow_removals",
                        "split",
                        "restore_zero",
                        "create_departments",
                        "delimiter",
                    )
                },
            )
            if apply:
                self._apply(opened, file.name, chosen, self._user(options["user"]))
            else:
                self._print_plan(opened, chosen)

    def _columns(self, file: BinaryIO, options: dict[str, Any], apply: bool) -> tuple[str, ...]:
        saved = ImportMapping.objects.filter(name=options["mapping"]).first() if options["mapping"] else None
        mapping = importing.propose_mapping(file, saved, options["delimiter"])
        columns, unsure = list(mapping.columns), dict(mapping.unsure)
        for pair in options["map"]:
            text, equals, name = pair.rpartition("=")
            if not equals or text not in mapping.header:
                raise CommandError(f"--map {pair}: the file has the columns {', '.join(mapping.header)}.")
            place = mapping.header.index(text)
            columns = ["" if other == name else other for other in columns]
            columns[place] = name
            unsure.pop(text, None)
        self.stdout.write("Columns:")
        for text, name in zip(mapping.header, columns, strict=True):
            shown = rows.BY_NAME[name].name if name in rows.BY_NAME else name or "left out"
            self.stdout.write(f"  {text} → {shown}{'   (a guess)' if unsure.get(text) == name and name else ''}")
        if reasons := importing.wrong_columns(columns):
            names = ", ".join(rows.WRITABLE)
            raise ImportRefused([*reasons, f"Say what a column means with --map HEADER=COLUMN. There are: {names}."])
        guessed = any(name and unsure.get(text) == name for text, name in zip(mapping.header, columns, strict=True))
        if options["mapping"] and (saved is None or options["map"]):
            importing.save_mapping(options["mapping"], mapping.header, columns)
            self.stdout.write(f"Kept as the mapping “{options['mapping']}”.")
        elif apply and not saved and guessed:
            raise ImportRefused(["Some columns are guesses. Confirm them by --map, or keep them by --mapping NAME."])
        return tuple(columns)

    def _print_plan(self, file: BinaryIO, options: Options) -> None:
        plan = Plan(file, options).prepare()
        for steps in plan.steps():
            for step in steps:
                if step.outcome == importing.UNCHANGED:
                    continue
                where = f"row {step.number}" if step.number else "–"
                self.stdout.write(f"{step.outcome:8} {where:9} {step.name or ' '.join(step.cells)[:100]}")
                for reason in step.reasons:
                    self.stdout.write(f"         {reason}")
                if step.outcome == importing.Outcome.CHANGED:
                    for name, before, after in step.differences:
                        self.stdout.write(f"         {name}: {before!r} → {after!r}")
        self._print_result(plan.counts, plan.remarks)
        for reason in plan.verdict():
            self.stdout.write(self.style.WARNING(f"--apply would refuse this file: {reason}"))
        self.stdout.write("Nothing was written. Add --apply to write this.")

    def _print_result(self, counts: dict[str, int], remarks: list[str]) -> None:
        names = [*importing.Outcome.values, importing.UNCHANGED]
        self.stdout.write("  ".join(f"{name}: {counts.get(name, 0)}" for name in names))
        for remark in remarks:
            self.stdout.write(remark)

    def _apply(self, file: BinaryIO, name: str, options: Options, user: User | None) -> None:
        with _Bar(self.stderr) as bar:
            run = import_runs.apply(file, options, user, name, progress=bar.show)
        for row in run.rows.filter(outcome=importing.Outcome.REFUSED).iterator():
            self.stdout.write(f"refused  row {row.number}: {'; '.join(row.reasons)}")
        self._print_result(run.counts, run.remarks)
        self.stdout.write(f"Applied as run {run.pk}. To take it back: manage.py import_directory --undo {run.pk}")


class _Bar:
    """A progress bar where somebody looks on."""

    def __init__(self, stream: Any) -> None:
        self._bar = tqdm(unit=" rows", file=stream, disable=None, leave=False)

    def __enter__(self) -> "_Bar":
        return self

    def __exit__(self, *error: object) -> None:
        self._bar.close()

    def show(self, done: int, total: int) -> None:
        self._bar.total, self._bar.n = total, done
        self._bar.refresh()
