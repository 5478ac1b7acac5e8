"""The sandbox is impossible where real money is meant, and keys fit the mode."""

import os
import secrets
import subprocess
import sys
from pathlib import Path

import pytest

from donations import checks

ROOT = Path(__file__).resolve().parents[2]
SANDBOX = {"sandbox": "donations.providers.sandbox.connect"}


def ids(messages):
    return [message.id for message in messages]


def test_the_sandbox_is_an_error_wherever_money_may_be_meant(settings):
    assert ids(checks.sandbox_where_it_must_not_be()) == []  # in these tests, and in the demonstration
    settings.DONATIONS_LIVE = True
    assert ids(checks.sandbox_where_it_must_not_be()) == ["donations.E001"]
    settings.DONATIONS_LIVE = False
    settings.SECURE_SSL_REDIRECT = True
    assert ids(checks.sandbox_where_it_must_not_be()) == ["donations.E001"]
    settings.DONATION_PROVIDERS = {"try": SANDBOX["sandbox"]}  # another name does not hide it
    assert ids(checks.sandbox_where_it_must_not_be()) == ["donations.E001"]
    settings.DONATION_PROVIDERS = {"manual": "donations.providers.manual.connect"}
    assert ids(checks.sandbox_where_it_must_not_be()) == []


def started(tmp_path, more):
    """A web process with the production settings and `more`."""
    (tmp_path / "house.py").write_text(f"from portal.settings.production import *\n{more}\n")
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}",
        "DJANGO_SETTINGS_MODULE": "house",
        "SECRET_KEY": secrets.token_urlsafe(60),
        "ALLOWED_HOSTS": "portal.example.org",
        "BASE_URL": "https://portal.example.org",
        "DEFAULT_FROM_EMAIL": "portal@example.org",
        "DATABASE_URL": "postgres://nobody@127.0.0.1:1/none",
    }
    return subprocess.run(
        [sys.executable, "-c", "import django; django.setup()"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_a_production_server_with_the_sandbox_does_not_start(tmp_path):
    assert started(tmp_path, "").returncode == 0
    refused = started(tmp_path, f"DONATION_PROVIDERS = DONATION_PROVIDERS | {SANDBOX}")
    assert refused.returncode != 0
    assert "The sandbox, which moves no money" in refused.stderr.splitlines()[-1]


KEY, SECRET = "a1" * 12, "whsec_" + "a1" * 16


@pytest.mark.parametrize(
    ("is_live", "key", "secrets", "expected"),
    [
        (False, f"sk_test_{KEY}", [SECRET], []),
        (True, f"sk_live_{KEY}", [SECRET, SECRET], []),
        (True, f"rk_live_{KEY}", [SECRET], []),
        (False, f"sk_live_{KEY}", [SECRET], ["donations.E003"]),
        (True, f"sk_test_{KEY}", [SECRET], ["donations.E003"]),
        (True, f"pk_live_{KEY}", [SECRET], ["donations.E002"]),
        (True, "sk_live_short", [SECRET], ["donations.E002"]),
        (False, "anything", [SECRET], ["donations.E002"]),
        (False, f"sk_test_{KEY} {KEY}", [SECRET], ["donations.E002"]),
        (False, f"sk_test_{KEY}", [], ["donations.E004"]),
        (False, f"sk_test_{KEY}", [SECRET, "whsec_cut"], ["donations.E004"]),
    ],
)
def test_a_key_of_the_wrong_mode_or_kind_is_told_before_the_first_donor(settings, is_live, key, secrets, expected):
    assert checks.keys_fit_the_mode() == []
    settings.DONATIONS_LIVE = is_live
    settings.STRIPE_ACCOUNTS = {"museum": {"key": key, "webhook_secrets": secrets}}
    messages = checks.keys_fit_the_mode()
    assert ids(messages) == expected
    said = " ".join(f"{message.msg} {message.hint}" for message in messages)
    assert not any(value in said for value in [key, *secrets])  # secrets stay out of logs
    assert not messages or "_MUSEUM" in said


def test_retention_below_what_the_law_wants_is_told(settings):
    assert checks.retention_is_whole() == []
    settings.DONOR_RETENTION = settings.DONOR_RETENTION | {"receipt_years": 3}
    assert ids(checks.retention_is_whole()) == ["donations.W001"]
