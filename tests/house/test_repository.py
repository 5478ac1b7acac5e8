"""What holds of every file in the repository."""

import os
import re
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SKIPPED = {".git", ".venv", "var", "node_modules", "__pycache__", ".ruff_cache", ".pytest_cache", ".hypothesis"}
SKIPPED |= {".import_linter_cache"}
BINARY = {".woff2", ".ttf", ".png", ".jpg", ".webm", ".webp", ".mo", ".ico", ".pyc"}


@cache
def files():
    found = []
    for folder, below, names in os.walk(ROOT):
        below[:] = sorted(set(below) - SKIPPED)
        found += [Path(folder, name) for name in sorted(set(names) - SKIPPED)]
    return [path for path in found if path.is_file() and path.suffix not in BINARY]


def with_lines(pattern):
    """The places where a pattern stands, as "file:line"."""
    return [
        f"{path.relative_to(ROOT)}:{number}"
        for path in files()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if re.search(pattern, line)
    ]


def test_there_are_files_to_look_at():
    assert len(files()) > 150


def test_no_file_names_a_package_registry():
    # The words are put together here, so that this file does not name one itself.
    hosts = [
        "pypi" + r"\.org",
        "pythonhosted" + r"\.org",
        "registry" + r"\.npmjs",
        "--index" + "-url",
        "--extra" + "-index",
    ]
    assert with_lines("|".join(hosts)) == []


def test_nothing_is_left_for_later():
    assert with_lines(r"\b(TO" + r"DO|FIX" + r"ME|X" + r"XX|HA" + r"CK)\b") == []


def test_nothing_secret_stands_in_a_file():
    assert with_lines("BEGIN [A-Z ]*PRIVATE" + " KEY|AKIA[0-9A-Z]{16}|sk_live" + "_[0-9a-zA-Z]{10}") == []


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_every_package_is_pinned_with_its_hashes(name):
    text = (ROOT / name).read_text().replace("\\\n", " ")
    packages = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    assert len(packages) > 20
    assert [line for line in packages if not re.match(r"\S+==\S+.*--hash=sha256:[0-9a-f]{64}", line)] == []


def test_what_runs_in_production_is_also_what_is_tested():
    def pins(name):
        return set(re.findall(r"^(\S+==\S+)", (ROOT / name).read_text(), re.MULTILINE))

    assert pins("requirements.txt") <= pins("requirements-dev.txt")


def test_pyproject_holds_tools_alone():
    assert set(tomllib.loads((ROOT / "pyproject.toml").read_text())) == {"tool"}


@pytest.mark.parametrize("arguments", [["check", "."], ["format", "--check", "."]], ids=["rules", "form"])
def test_the_code_passes_ruff(arguments):
    command = [sys.executable, "-m", "ruff", *arguments, "--no-cache"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert result.returncode == 0, result.stdout


def test_the_licence_is_the_one_that_django_and_wagtail_have():
    assert "Redistribution and use in source and binary forms" in (ROOT / "LICENSE").read_text()
