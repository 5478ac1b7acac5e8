"""Django's PostgreSQL backend on the embedded server: ENGINE = "portal.embedded_postgres".

OPTIONS["embedded"] = {"data": path of the data folder, "durable": bool} names the server. HOST, PORT and USER
stay empty in the settings. The first connection of any process starts the server and creates NAME.
"""

import contextlib
import functools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db.backends.base.base import NO_DB_ALIAS
from django.db.backends.base.creation import TEST_DATABASE_PREFIX
from django.db.backends.postgresql import base, client

from portal.embedded_postgres.server import EmbeddedServer, EmbeddedServerError


@functools.cache
def _server(data: str, durable: bool = True) -> EmbeddedServer:
    return EmbeddedServer(Path(data), durable)


class DatabaseClient(client.DatabaseClient):
    """`dbshell` with the embedded server's own psql."""

    def runshell(self, parameters: list[str]) -> None:
        """Start the server if need be, then open psql on it."""
        self.connection.ensure_connection()
        self.connection.close()
        super().runshell(parameters)

    def settings_to_cmd_args_env(
        self, settings_dict: dict[str, Any], parameters: list[str]
    ) -> tuple[list[str], dict[str, str] | None]:
        """As Django has it, with the bundled psql and the socket."""
        server = self.connection.server
        found = {**settings_dict, **server.connection_settings(settings_dict["NAME"])}
        (_, *arguments), environment = super().settings_to_cmd_args_env(found, parameters)
        return [str(server.programs / self.executable_name), *arguments], environment


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection to the embedded server, which starts when it is not running."""

    client_class = DatabaseClient

    @property
    def server(self) -> EmbeddedServer:
        """The server that the settings name."""
        try:
            return _server(**self.settings_dict["OPTIONS"]["embedded"])
        except (KeyError, TypeError):
            raise ImproperlyConfigured(
                'The embedded database needs OPTIONS = {"embedded": {"data": "…", "durable": True}}.'
            ) from None
        except EmbeddedServerError as error:
            raise ImproperlyConfigured(str(error)) from error

    def get_connection_params(self) -> dict[str, Any]:
        """As Django has it, with the server's socket; the settings themselves stay untouched."""
        parameters = super().get_connection_params()
        parameters.pop("embedded", None)
        with self._explained():
            found = self.server.connection_settings(parameters["dbname"])
        return {**parameters, "host": found["HOST"], "port": found["PORT"], "user": found["USER"]}

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Connect; a server that was killed is started again, a missing database is created."""
        with self._explained():
            self.server.ensure_running()
        try:
            return super().get_new_connection(conn_params)
        except self.Database.OperationalError:
            with self._explained():
                self.server.ensure_running()  # it may have died between the look and the connection
            if self._creates_its_database():
                self._create_database(conn_params)
            return super().get_new_connection(conn_params)

    @contextlib.contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except EmbeddedServerError as error:
            raise self.Database.OperationalError(str(error)) from error

    def _creates_its_database(self) -> bool:
        # Test databases are Django's to create, from the template and at the moment that it chooses.
        name = self.settings_dict["NAME"]
        return self.alias != NO_DB_ALIAS and bool(name) and not name.startswith(TEST_DATABASE_PREFIX)

    def _create_database(self, conn_params: dict[str, Any]) -> None:
        connection = self.Database.connect(**{**conn_params, "dbname": "postgres"})
        try:
            connection.autocommit = True
            with connection.cursor() as cursor:
                # One at a time: the second process then sees what the first has created.
                cursor.execute("SELECT pg_advisory_lock(hashtext(%s))", [conn_params["dbname"]])
                cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [conn_params["dbname"]])
                if cursor.fetchone() is None:
                    cursor.execute(f"CREATE DATABASE {self.ops.quote_name(conn_params['dbname'])}")
        finally:
            connection.close()
