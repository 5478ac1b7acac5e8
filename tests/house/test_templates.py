"""Templates: none without a use, none that the strict policy would cripple, all in one form."""

import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from django.apps import apps
from django.template.loader import get_template
from wagtail.blocks import Block
from wagtail.contrib.forms.models import FormMixin
from wagtail.models import Page

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = ROOT / "templates"
FILES = sorted(str(file.relative_to(TEMPLATES)) for file in TEMPLATES.rglob("*.html"))
FOR_VISITORS = [name for name in FILES if "/admin/" not in name]
OF_DJANGO = {"400.html", "403.html", "404.html", "429.html", "500.html"}
OF_WAGTAIL = re.compile("^(wagtailadmin|wagtailcore|wagtailimages|wagtaildocs|wagtailusers|wagtailsnippets)/")
OF_ALLAUTH = re.compile("^(account|mfa)/")  # the door of staff, under the names that django-allauth looks for


@cache
def named():
    """Every template name that other templates and our Python code spell out."""
    ours = [file for app in ("portal", "institutes", "departments", "donations") for file in (ROOT / app).rglob("*.py")]
    words = "\n".join((TEMPLATES / name).read_text() for name in FILES) + "\n".join(file.read_text() for file in ours)
    return set(re.findall(r"""["']([\w/-]+\.html)["']""", words))


def by_convention():
    """The templates that Wagtail finds by the name of a page model."""
    models = [model for model in apps.get_models() if issubclass(model, Page)]
    forms = {model.template.replace(".html", "_landing.html") for model in models if issubclass(model, FormMixin)}
    return {model.template for model in models} | forms


@pytest.mark.parametrize("name", FILES)
def test_a_template_is_used_and_can_be_read(name):
    get_template(name)
    assert name in named() | by_convention() | OF_DJANGO or OF_WAGTAIL.match(name) or OF_ALLAUTH.match(name)


def test_every_template_that_is_named_is_there():
    for name in named() | {
        model.template for model in apps.get_models() if issubclass(model, Page) and model is not Page
    }:
        get_template(name)


def test_every_template_of_a_block_is_there():
    def below(kind):
        return {kind}.union(*map(below, kind.__subclasses__()))

    ours = [kind for kind in below(Block) if kind.__module__.split(".")[0] in ("portal", "institutes")]
    assert len(ours) > 8
    for kind in ours:
        if template := getattr(kind._meta_class, "template", None):
            get_template(template)


@pytest.mark.parametrize(
    "name", [name for name in FOR_VISITORS if "/mail/" not in name]
)  # mail programs want it inline
def test_nothing_inline_that_the_strict_policy_blocks(name):
    source = (TEMPLATES / name).read_text()
    assert not re.search(r"\sstyle\s*=", source)
    assert not re.search(r"\son[a-z]+\s*=\s*[\"']", source)
    assert not re.search(r"<style|javascript:", source)
    assert not re.search(r"<script(?![^>]*\s(src=|type=\"application/json\"))", source)


@pytest.mark.parametrize("name", FOR_VISITORS)
def test_nothing_is_taken_from_another_host(name):
    source = (TEMPLATES / name).read_text()
    assert not re.search(r"(src|srcset|poster)\s*=\s*[\"'](https?:)?//", source)
    assert not re.search(r"<link[^>]+href=[\"'](https?:)?//", source)


@pytest.mark.parametrize("name", FOR_VISITORS)
def test_what_is_marked_safe_is_no_words_of_a_visitor(name):
    source = (TEMPLATES / name).read_text()
    assert not re.search(r"\|\s*safe\b|autoescape off", source)


@pytest.mark.parametrize("name", FOR_VISITORS)
def test_a_template_includes_only_components_and_its_own_apps_folder(name):
    included = re.findall(r"""\{%\s*include\s+["']([^"']+)["']""", (TEMPLATES / name).read_text())
    own = {"account", "mfa"} if OF_ALLAUTH.match(name) else {name.split("/")[0]}
    assert [other for other in included if other.split("/")[0] not in {"components"} | own] == []


def test_templates_are_in_one_form():
    command = [sys.executable, "-m", "djhtml", "--check", "--tabwidth", "2", "templates"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert result.returncode == 0, result.stderr
