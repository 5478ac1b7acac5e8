"""Which PostgreSQL the portal talks to."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from portal.database_url import database_settings

ROOT = Path(__file__).resolve().parents[2]
PRODUCTION = {
    "DJANGO_SETTINGS_MODULE": "portal.settings.production",
    "SECRET_KEY": "q7" * 30,
    "ALLOWED_HOSTS": "portal.example.org",
    "BASE_URL": "https://portal.example.org",
    "DEFAULT_FROM_EMAIL": "portal@example.org",
    "DATABASE_URL": "postgres://portal@127.0.0.1:1/portal",
}


def start(**changes):
    """Starts the portal as production does, with some variables changed or (None) missing."""
    environment = {name: value for name, value in (PRODUCTION | changes).items() if value is not None}
    return subprocess.run(
        [sys.executable, "-c", "import portal.wsgi"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"]} | environment,
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_production_starts_with_all_its_variables():
    result = start()
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize("name", ["DATABASE_URL", "SECRET_KEY", "ALLOWED_HOSTS", "BASE_URL", "DEFAULT_FROM_EMAIL"])
@pytest.mark.parametrize("value", [None, " "], ids=["missing", "blank"])
def test_production_refuses_to_start_without_a_variable_and_names_it(name, value):
    result = start(**{name: value})
    assert result.returncode != 0
    last = result.stderr.strip().splitlines()[-1]
    assert f"ImproperlyConfigured: {name} is not set" in last
    assert ".env.example" in last


def test_production_refuses_another_database_engine():
    result = start(DATABASE_URL="mysql://portal@127.0.0.1/portal")
    assert result.returncode != 0
    assert "DATABASE_URL must name a PostgreSQL server" in result.stderr


def test_production_refuses_a_short_secret_key():
    assert "SECRET_KEY is too short" in start(SECRET_KEY="short").stderr


@pytest.mark.parametrize("url", ["sqlite:///portal.db", "sqlite://:memory:", "mysql://u@h/n", "oracle://u@h/n"])
def test_only_postgresql_is_accepted(monkeypatch, url):
    monkeypatch.setenv("DATABASE_URL", url)
    with pytest.raises(ImproperlyConfigured, match="PostgreSQL"):
        database_settings(embedded=None)


@pytest.mark.parametrize("scheme", ["postgres", "postgresql"])
def test_a_postgresql_address_is_taken_even_where_the_embedded_server_is_allowed(monkeypatch, tmp_path, scheme):
    monkeypatch.setenv("DATABASE_URL", f"{scheme}://portal:secret@db.example.org:5433/hospital")
    settings = database_settings(embedded=tmp_path)
    assert settings["ENGINE"] == "django.db.backends.postgresql"
    assert (settings["HOST"], settings["PORT"], settings["NAME"]) == ("db.example.org", 5433, "hospital")


def test_without_an_address_the_embedded_server_serves_where_it_is_allowed(monkeypatch, tmp_path):
    monkeypatch.delenv("DATABASE_URL", raising=False)
    settings = database_settings(embedded=tmp_path)
    assert settings["ENGINE"] == "portal.embedded_postgres"
    assert settings["OPTIONS"]["embedded"]["data"] == str(tmp_path)
