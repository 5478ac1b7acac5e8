"""`make bench`: the directory at 50,000 departments and 200,000 lines, against a tenth of it.

Fills two databases beside the tests' own (minutes), asks each the same questions through the whole of Django, and
prints a table: median milliseconds, their ratio to a department's page in the same run - which depends little on the
machine -, queries, and the most memory that one answer took. It keeps nothing. Run it on an idle machine.
"""

import os
import statistics
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[2]
os.environ["DJANGO_SETTINGS_MODULE"] = "portal.settings.test"
SIZES = {"small": (5_000, 20_000), "large": (50_000, 200_000)}
ROUNDS = int(os.environ.get("ROUNDS", "15"))


def questions() -> dict[str, str]:
    """What is asked, by what it shows. Runs in the process that has the database."""
    from departments.models import ContactLine, DepartmentPage, HospitalPage, SearchEntry
    from institutes.models import InstitutePage

    made_up = {"slug__startswith": "volume-", "locale__language_code": "fr"}
    department = DepartmentPage.objects.filter(**made_up).first()
    institute = InstitutePage.objects.filter(**made_up).first()
    hospital = HospitalPage.objects.filter(**made_up).first()
    number = ContactLine.objects.filter(page=department).first().number
    here = "/fr/annuaire/"
    last = (SearchEntry.objects.filter(locale__language_code="fr").count() - 1) // 25 + 1
    return {
        "a department's page": department.get_url(),
        "directory, first page": here,
        "directory, last page": f"{here}?page={last}",
        "letter": f"{here}?letter=c",
        "filter by institute": f"{here}?institute={institute.slug}",
        "filter by specialty": f"{here}?specialty=urologie",
        "common word": f"{here}?q=oncologie",
        "rare word": f"{here}?q=senologie",
        "three words": f"{here}?q=urologie+consultations+belbelville",
        "mistyped word": f"{here}?q=cardilogie",
        "nothing": f"{here}?q=xylophone",
        "whole number": f"{here}?q={number[3:]}",
        "four digits": f"{here}?q={number[-4:]}",
        "professionals, first page": "/fr/annuaire-des-professionnels/",
        "professionals, common word": "/fr/annuaire-des-professionnels/?q=oncologie",
        "an institute's page": institute.get_url(),
        "a hospital's page": hospital.get_url(),
    }


def measure() -> None:
    """In a process of its own: ask every question of the database named in SERVED_DATABASE, one line for each."""
    import logging

    import django

    django.setup()
    logging.disable(logging.WARNING)
    from django.db import connection
    from django.test import Client

    asked: list[str] = []

    def note(execute: Callable, sql: str, parameters: object, many: bool, context: dict) -> object:
        asked.append(sql)
        return execute(sql, parameters, many, context)

    client = Client()
    for name, path in questions().items():
        client.get(path)
        times = []
        for _round in range(ROUNDS):
            start = time.perf_counter()
            response = client.get(path)
            times.append((time.perf_counter() - start) * 1_000)
        assert response.status_code == 200, path
        asked.clear()
        with connection.execute_wrapper(note):
            client.get(path)
        tracemalloc.start()
        client.get(path)
        memory = tracemalloc.get_traced_memory()[1] / 2**20
        tracemalloc.stop()
        print(f"{name}\t{statistics.median(times):.2f}\t{min(times):.2f}\t{len(asked)}\t{memory:.1f}", flush=True)


def main() -> None:
    sys.path.insert(0, str(ROOT))
    import django

    django.setup()
    from tests import databases

    databases.ensure_filled()
    found: dict[str, dict[str, list[float]]] = {}
    for size, (departments, lines) in SIZES.items():
        name = f"bench_{size}_{os.getpid()}"
        environment = os.environ | {"SERVED_DATABASE": name}
        print(f"Filling {departments:,} departments with {lines:,} lines", file=sys.stderr)
        try:
            databases.copy(databases.filled_database(), name)
            fill = ["manage.py", "fill_directory", "--beside-real-content"]
            fill += ["--departments", str(departments), "--lines", str(lines)]
            subprocess.run([sys.executable, *fill], cwd=ROOT, env=environment, check=True, stdout=sys.stderr)
            command = [sys.executable, "-m", "tests.bench.directory", "measure"]
            output = subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE, text=True)
        finally:
            databases.drop(name)
        for row in output.stdout.splitlines():
            question, *numbers = row.split("\t")
            found.setdefault(question, {})[size] = [float(number) for number in numbers]
    show(found)


def show(found: dict[str, dict[str, list[float]]]) -> None:
    """The table, as the documentation keeps it."""
    page = found["a department's page"]["large"][0]
    print("| question | ms, median | against a department's page | against a tenth of the size | queries | MB |")
    print("|---|---|---|---|---|---|")
    for question, sizes in found.items():
        small, large = sizes["small"], sizes["large"]
        print(
            f"| {question} | {large[0]:.0f} | {large[0] / page:.1f} | {large[0] / small[0]:.1f} "
            f"| {small[2]:.0f} → {large[2]:.0f} | {small[3]:.1f} → {large[3]:.1f} |"
        )


if __name__ == "__main__":
    measure() if sys.argv[1:] == ["measure"] else main()
