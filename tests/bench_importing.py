"""How importing grows: `python -m tests.bench_importing 1000 5000` (lines), on a database of its own.

Each size is imported as new lines, once more (nothing changes), with another number in every tenth row, and undone.
Printed are seconds, the memory beyond that of the idle process, and how many times as long a line of each size takes
as one of the first.
"""

import io
import json
import os
import resource
import sys
import time
import uuid
from collections.abc import Callable
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings.test")
django.setup()

from django.db import connection, connections  # noqa: E402
from wagtail.models import Page  # noqa: E402

from departments import import_runs, importing  # noqa: E402
from departments.models import DepartmentPage  # noqa: E402
from institutes.models import InstitutePage  # noqa: E402
from portal.folding import fold  # noqa: E402
from tests import databases  # noqa: E402

LINES_PER_DEPARTMENT = 10
PURPOSES = ["appointments", "secretariat", "nurse_line", "admissions", "records", "imaging", "social_service"]


def peak() -> float:
    """The most memory that this process has held so far, in megabytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def make_departments(count: int) -> None:
    """Departments below one institute, past Wagtail's publishing, which is not what is measured."""
    parent = InstitutePage.objects.filter(locale__language_code="fr").order_by("path").last()
    example = DepartmentPage.objects.first()
    steps = [Page._int2str(number + 1000).rjust(4, "0") for number in range(count)]
    made = Page.objects.bulk_create(
        [
            Page(
                title=f"Service {number:05}",
                draft_title=f"Service {number:05}",
                slug=f"service-{number:05}",
                path=parent.path + step,
                depth=parent.depth + 1,
                content_type=example.content_type,
                locale=parent.locale,
                live=True,
            )
            for number, step in enumerate(steps)
        ],
        500,
    )
    for page in made:
        child = DepartmentPage(page_ptr_id=page.pk)
        child.__dict__.update({name: value for name, value in page.__dict__.items() if name != "_state"})
        child.folded_title = fold(page.title)
        child.save_base(raw=True)


def file_of(lines: int, other_numbers: bool = False) -> io.BytesIO:
    rows = ["service;objet;libellé (fr);libellé (en);numéro;consigne (fr);note interne"]
    for number in range(lines):
        department, place = divmod(number, LINES_PER_DEPARTMENT)
        purpose = PURPOSES[place % len(PURPOSES)]
        changed = 9000 if other_numbers and number % 10 == 0 else 0
        rows.append(
            f"Service {department:05};{purpose};Guichet {place};Desk {place};"
            f"01 99 00 {(number + changed) // 100 % 100:02} {number % 100:02} poste {number // 10000 + 1};"
            f"Demandez le guichet {place}.;Ligne {number}"
        )
    return io.BytesIO("\r\n".join(rows).encode())


def timed(name: str, act: Callable[[], Any], idle: float) -> tuple[float, Any]:
    begun = time.perf_counter()
    result = act()
    seconds = time.perf_counter() - begun
    counts = getattr(result, "counts", "")
    print(f"  {name:10} {seconds:7.1f} s   {peak() - idle:6.0f} MB beyond idle   {counts}", flush=True)
    return seconds, result


def measure(lines: int) -> dict[str, float]:
    """Seconds per act for a file of so many lines, in a process and a database of its own."""
    make_departments(lines // LINES_PER_DEPARTMENT)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    first, changed = file_of(lines), file_of(lines, other_numbers=True)
    options = importing.Options(importing.propose_mapping(first).columns)
    idle = peak()
    print(f"{lines} lines, idle {idle:.0f} MB", flush=True)
    result = {}
    for name, file in (("new", first), ("again", first), ("changed", changed)):
        result[name], run = timed(name, lambda file=file: import_runs.apply(file, options, None, "bench.csv"), idle)
    result["undo"], _none = timed("undo", lambda: import_runs.undo(run, None), idle)
    return result


def main(sizes: list[int]) -> None:
    databases.ensure_filled()
    first: dict[str, float] = {}
    for lines in sizes:
        name = f"bench_{uuid.uuid4().hex[:8]}"
        databases.copy(databases.filled_database(), name)
        try:
            # A process of its own, for the peak of memory never sinks.
            read_end, write_end = os.pipe()
            if os.fork() == 0:
                connections["default"].settings_dict["NAME"] = name
                connections.close_all()
                os.write(write_end, json.dumps(measure(lines)).encode())
                connections.close_all()
                os._exit(0)
            os.close(write_end)
            with os.fdopen(read_end) as said:
                per_line = {act: seconds / lines for act, seconds in json.loads(said.read() or "{}").items()}
            os.wait()
            first = first or per_line
            times = "   ".join(f"{act} {per_line[act] / first[act]:.2f}" for act in per_line)
            print(f"  a line takes, as many times as one of {sizes[0]}:   {times}", flush=True)
        finally:
            databases.drop(name)


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]] or [1000, 5000])
