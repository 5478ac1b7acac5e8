"""Databases beside the one that a test uses: SQL that no transaction may hold, copies of the filled database."""

from typing import Any

import psycopg2
from django.db import connection


def run_sql(*statements: str) -> None:
    """Run statements on the test server, each by itself, in a session of their own."""
    parameters: dict[str, Any] = connection.get_connection_params()
    wanted = {key: parameters[key] for key in ("host", "port", "user", "password") if parameters.get(key)}
    database = psycopg2.connect(dbname="postgres", **wanted)
    try:
        database.autocommit = True
        for statement in statements:
            database.cursor().execute(statement)
    finally:
        database.close()


def filled_database() -> str:
    """The name of the copy that was made when the test database had just been filled; nobody connects to it."""
    return f"{connection.settings_dict['NAME']}_filled"


def copy(source: str, name: str) -> None:
    """A new database like `source`, to which nobody may be connected."""
    run_sql(f'CREATE DATABASE "{name}" TEMPLATE "{source}" STRATEGY file_copy')


def drop(name: str) -> None:
    """Remove a database, whoever is connected."""
    run_sql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def end_other_sessions() -> None:
    """End the sessions of the test database: Playwright's greenlets have each a connection that nobody closes."""
    name = connection.settings_dict["NAME"]
    run_sql(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")  # noqa: S608
