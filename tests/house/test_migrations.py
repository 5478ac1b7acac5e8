"""Migrations say what the models say, and nothing of blocks."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.django_db
def test_no_migration_is_missing():
    output = StringIO()
    call_command("makemigrations", check=True, dry_run=True, stdout=output)
    assert "No changes detected" in output.getvalue()


@pytest.mark.django_db
def test_every_migration_of_the_test_database_was_applied():
    output = StringIO()
    call_command("showmigrations", plan=True, stdout=output)
    assert "[ ]" not in output.getvalue()


def test_no_block_stands_in_a_migration():
    files = list(ROOT.glob("*/migrations/0*.py"))
    assert len(files) > 4
    assert [file.name for file in files if "block" in file.read_text()] == []
