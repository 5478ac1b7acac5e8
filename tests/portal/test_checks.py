"""The rules of the house as system checks."""

from types import SimpleNamespace

import pytest
from django.apps.registry import Apps
from django.core.checks import run_checks
from django.db import models
from wagtail.fields import StreamField as WagtailStreamField

from portal import checks
from portal.fields import StreamField


def on_server(monkeypatch, vendor, version=180000):
    monkeypatch.setattr(checks, "connections", {"default": SimpleNamespace(vendor=vendor, pg_version=version)})


def ids(messages):
    return [message.id for message in messages]


@pytest.mark.django_db
def test_this_project_passes_every_check():
    assert run_checks(databases=["default"]) == []


@pytest.mark.parametrize("vendor", ["sqlite", "mysql", "oracle"])
def test_another_database_engine_is_an_error(monkeypatch, vendor):
    on_server(monkeypatch, vendor)
    assert ids(checks.postgresql_everywhere(None)) == ["portal.E001"]


def test_postgresql_is_no_error(monkeypatch):
    on_server(monkeypatch, "postgresql")
    assert checks.postgresql_everywhere(None) == []


@pytest.mark.parametrize(("version", "found"), [(140012, ["portal.E002"]), (150000, []), (180001, [])])
def test_postgresql_older_than_15_is_an_error(monkeypatch, version, found):
    on_server(monkeypatch, "postgresql", version)
    assert ids(checks.recent_postgresql(None, databases=["default"])) == found


@pytest.mark.parametrize(
    ("field", "found"), [(WagtailStreamField, ["portal.E003"]), (StreamField, [])], ids=["stock", "ours"]
)
def test_a_stock_stream_field_in_one_of_our_models_is_an_error(monkeypatch, field, found):

    class Leaflet(models.Model):  # noqa: DJ008
        body = field([])

        class Meta:
            apps = Apps()
            app_label = "institutes"

    models_of = {"institutes": [Leaflet]}
    registry = SimpleNamespace(
        get_app_config=lambda label: SimpleNamespace(get_models=lambda: models_of.get(label, []))
    )
    monkeypatch.setattr(checks, "apps", registry)
    assert ids(checks.streams_are_ours(None)) == found
