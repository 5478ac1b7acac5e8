"""Who may import whom."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
APPS = ["portal", "institutes", "departments", "donations"]


def test_the_directions_of_import_hold():
    # In a process of its own: within ours it would silence every logger that other tests listen to.
    code = "from importlinter import cli; raise SystemExit(cli.lint_imports(no_cache=True))"
    asked = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert asked.returncode == 0, asked.stdout + asked.stderr


def modules():
    return [
        file
        for app in APPS
        for file in sorted((ROOT / app).rglob("*.py"))
        if "migrations" not in file.relative_to(ROOT).parts
    ]


def imported(file):
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def test_production_code_never_imports_tests_or_test_tools():
    tools = {"tests", "pytest", "hypothesis", "factory", "faker", "playwright", "time_machine", "html5lib"}
    found = {
        str(file): names for file in modules() if (names := tools & {name.split(".")[0] for name in imported(file)})
    }
    assert found == {}


@pytest.mark.parametrize("word", ["utils", "helpers", "services", "managers", "core", "common", "misc"])
def test_no_file_is_named_after_a_layer(word):
    assert [str(file) for file in modules() if word in (file.stem, file.parent.name)] == []


def test_every_module_says_in_its_first_line_what_it_is_for():
    silent = [
        str(file)
        for file in modules()
        if file.read_text().strip() and not ast.get_docstring(ast.parse(file.read_text()))
    ]
    assert silent == []
