"""Rules of the house as Django system checks."""

from typing import Any

from django.apps import apps
from django.core.checks import CheckMessage, Error, register
from django.db import connections
from wagtail.fields import StreamField as WagtailStreamField

from portal.fields import StreamField

OLDEST_POSTGRESQL = 150000
OUR_APPS = ("portal", "institutes", "departments", "donations")


@register
def postgresql_everywhere(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """There is one database engine; constraints, locks and search rely on it."""
    return [
        Error(
            f"Database “{alias}” is not PostgreSQL.",
            hint="Name a PostgreSQL server (15 or newer) in DATABASE_URL.",
            id="portal.E001",
        )
        for alias in connections
        if connections[alias].vendor != "postgresql"
    ]


@register("database")
def recent_postgresql(app_configs: Any, databases: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """PostgreSQL 15 is the oldest that the tests run on."""
    messages: list[CheckMessage] = []
    for alias in databases or ():
        connection = connections[alias]
        if connection.vendor == "postgresql" and connection.pg_version < OLDEST_POSTGRESQL:
            messages.append(
                Error(
                    f"PostgreSQL {connection.pg_version // 10000} is too old.",
                    hint="Use PostgreSQL 15 or newer.",
                    id="portal.E002",
                )
            )
    return messages


@register
def streams_are_ours(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """A stock StreamField would write its block definitions into every migration."""
    return [
        Error(
            f"{model._meta.label}.{field.name} uses wagtail.fields.StreamField.",
            hint="Use portal.fields.StreamField.",
            obj=field,
            id="portal.E003",
        )
        for label in OUR_APPS
        for model in apps.get_app_config(label).get_models()
        for field in model._meta.local_fields
        if isinstance(field, WagtailStreamField) and not isinstance(field, StreamField)
    ]
