"""Databases beside the one that a test uses: the filled one that all are copied from, SQL outside transactions."""

import fcntl
import functools
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db import connection

ROOT = Path(__file__).parents[1]
KEPT = 6  # filled databases: those of other states of the code are in use while several people test side by side

# What decides what stands in a freshly filled database. `make clean` and .ci/run start from none at all.
_SOURCES = (
    "*/models/*.py",
    "*/migrations/*.py",
    "*/seed*.py",
    "portal/bootstrapping.py",
    "portal/roles.py",
    "institutes/founding.py",
    "portal/fields.py",
    "portal/folding.py",
    "departments/indexing.py",
    "departments/hours.py",
    "departments/phones.py",
    "portal/settings/test.py",
    "requirements.txt",
)
_FILL = """
import django; django.setup()
from django.core.management import call_command
from portal import bootstrapping
from portal.seeding import seed_every_app
call_command("migrate", verbosity=0)
bootstrapping.bootstrap("127.0.0.1", 80, print)
seed_every_app(print)
"""


def run_sql(*statements: str) -> list[tuple]:
    """Run statements on the test server, each by itself; gives the rows of the last, if it has any."""
    with connection._nodb_cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
        return cursor.fetchall() if cursor.description else []


@functools.cache
def filled_database() -> str:
    """The name of a database that is filled as `make demo` fills it; nobody stays connected to it."""
    digest = hashlib.sha256()
    for pattern in _SOURCES:
        for path in sorted(ROOT.glob(pattern)):
            digest.update(str(path.relative_to(ROOT)).encode() + path.read_bytes())
    return f"filled_{digest.hexdigest()[:12]}"


def filled_media() -> Path:
    """The folder with the pictures and documents of the filled database."""
    return settings.VAR_DIR / "test-media" / filled_database()


def ensure_filled() -> None:
    """Make the filled database, once for all processes and sessions that test the same code."""
    name, media = filled_database(), filled_media()
    media.parent.mkdir(parents=True, exist_ok=True)
    with (media.parent / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = media / ".filled"
        exists = bool(run_sql(f"SELECT 1 FROM pg_database WHERE datname = '{name}'"))  # noqa: S608
        if done.exists() and exists:
            media.touch()
            return
        drop(name)
        shutil.rmtree(media, ignore_errors=True)
        media.mkdir()
        run_sql(f'CREATE DATABASE "{name}"')
        environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "portal.settings.test",
            "SERVED_DATABASE": name,
            "TEST_MEDIA_ROOT": str(media),
        }
        subprocess.run([sys.executable, "-c", _FILL], cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL)
        done.touch()
        _forget_old(media.parent)


def _forget_old(folder: Path) -> None:
    newest_first = sorted((path for path in folder.iterdir() if path.is_dir()), key=lambda path: -path.stat().st_mtime)
    for path in newest_first[KEPT:]:
        drop(path.name)
        shutil.rmtree(path)


def copy(source: str, name: str) -> None:
    """A new database like `source`, to which nobody may be connected."""
    run_sql(f'CREATE DATABASE "{name}" TEMPLATE "{source}" STRATEGY file_copy')


def drop(name: str) -> None:
    """Remove a database, whoever is connected."""
    run_sql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@contextmanager
def elsewhere(name: str) -> Iterator[None]:
    """Every connection of this process, of whatever thread, leads to a copy of the filled database of its own.

    What is done there is committed, and goes with the copy.
    """
    settings, name = connection.settings_dict, f"{name}_{os.getpid()}"
    before = settings["NAME"]
    connection.close()
    drop(name)
    copy(filled_database(), name)
    settings["NAME"] = name
    try:
        yield
    finally:
        connection.close()
        settings["NAME"] = before
        drop(name)


def end_other_sessions() -> None:
    """End the sessions of the test database: Playwright's greenlets have each a connection that nobody closes."""
    name = connection.settings_dict["NAME"]
    run_sql(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "  # noqa: S608
        f"WHERE datname = '{name}' AND pid <> pg_backend_pid()"
    )
