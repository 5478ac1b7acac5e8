"""Which PostgreSQL the portal talks to: DATABASE_URL, or the embedded server where that is allowed."""

import os
from pathlib import Path
from typing import Any

import dj_database_url
from django.core.exceptions import ImproperlyConfigured


def database_settings(*, embedded: Path | None, durable: bool = True) -> dict[str, Any]:
    """The `default` entry of DATABASES.

    `embedded` is the data folder of the embedded server that serves when DATABASE_URL is not set; None where
    no embedded server may be used. `durable=False` gives up crash safety for speed (tests).
    Raises ImproperlyConfigured when no database is named, or one that is not PostgreSQL.
    """
    url = os.environ.get("DATABASE_URL", "").strip()
    if url:
        settings = dj_database_url.parse(url, conn_max_age=60, conn_health_checks=True)
        if settings["ENGINE"] != "django.db.backends.postgresql":
            raise ImproperlyConfigured(
                "DATABASE_URL must name a PostgreSQL server: postgres://user:password@host:5432/name."
            )
        return dict(settings)
    if embedded is None:
        raise ImproperlyConfigured(
            "DATABASE_URL is not set: production needs a PostgreSQL server (15 or newer), for example "
            "postgres://portal:password@db.example.org:5432/portal. See .env.example."
        )
    return {
        "ENGINE": "portal.embedded_postgres",
        "NAME": "portal",
        # Django's own server takes a new thread for each connection of a browser: none of them would be used again.
        "CONN_MAX_AGE": 0,
        "OPTIONS": {"embedded": {"data": str(embedded), "durable": durable}},
    }
