"""The French catalogue: whole, faithful to the English, set as French is set, and compiled."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import polib
import pytest
from django.conf import settings
from django.urls import reverse
from django.utils.translation import override
from django.utils.translation.template import templatize

FRENCH = Path(settings.LOCALE_PATHS[0]) / "fr" / "LC_MESSAGES"
APPS = ("portal", "institutes", "departments", "donations")
NARROW = "\u202f"

# How many of the first arguments of each function are words to translate; `p` puts a context before them.
MARKERS = {
    "_": 1,
    "gettext": 1,
    "gettext_lazy": 1,
    "gettext_noop": 1,
    "ngettext": 2,
    "ngettext_lazy": 2,
    "pgettext": 1,
    "pgettext_lazy": 1,
    "npgettext": 2,
    "npgettext_lazy": 2,
}
KEPT_AS_IT_IS = re.compile(r"%%|%\(\w+\)[sd]|%[sd]|\{\w*\}|</?[a-z]+[^>]*>")
ADDRESS = re.compile(r"https?://\S+|\b\S+@\S+\.\w+")


@pytest.fixture(scope="module")
def catalogue() -> polib.POFile:
    return polib.pofile(str(FRENCH / "django.po"))


def translations(entry: polib.POEntry) -> list[str]:
    return [entry.msgstr_plural[number] for number in sorted(entry.msgstr_plural)] or [entry.msgstr]


def faults_of_typography(french: str) -> list[str]:
    """What a French typesetter would correct in `french`; addresses, tags and placeholders are left alone."""
    prose = KEPT_AS_IT_IS.sub("x", ADDRESS.sub("x", french))
    rules = {
        "apostrophe": r"'",
        "quotation marks": r"[\"“”„]",
        "space before ; : ! ?": rf"(?<!{NARROW})[;:!?]",
        "space within « »": rf"«(?!{NARROW})|(?<!{NARROW})»",
        "dots": r"\.\.\.",
        "spaces": r"^\s|\s$|[ \u00a0\u202f]{2}|[ \u00a0]\u202f",
        "a telephone number that breaks": r"\d \d\d\b",
    }
    return [name for name, pattern in rules.items() if re.search(pattern, prose)]


def marked_calls(tree: ast.AST) -> Iterator[tuple[str | None, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in MARKERS:
            words = [argument.value for argument in node.args if isinstance(argument, ast.Constant)]
            context = words.pop(0) if "pgettext" in node.func.id else None
            if len(words) >= MARKERS[node.func.id]:
                yield context, words[0]


def marked_in_templates(text: str, origin: str) -> Iterator[tuple[str | None, str]]:
    """Django rewrites a template into calls among noise; each call by itself is Python."""
    string = r"""u?(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')"""
    call = rf"\b(?:_|gettext|ngettext|pgettext|npgettext)\((?:{string}(?:, ?)?)+(?:count)?\)"
    for found in re.finditer(call, templatize(text, origin=origin)):
        yield from marked_calls(ast.parse(found[0]))


def marked_words() -> set[tuple[str | None, str]]:
    """Every (context, English words) that the code and the templates mark."""
    words: set[tuple[str | None, str]] = set()
    for app in APPS:
        for path in (settings.BASE_DIR / app).rglob("*.py"):
            words.update(marked_calls(ast.parse(path.read_text("utf-8"))))
    for path in (settings.BASE_DIR / "templates").rglob("*.*"):
        if path.suffix in (".html", ".txt"):
            words.update(marked_in_templates(path.read_text("utf-8"), str(path)))
    return words


def test_every_marked_word_is_in_the_catalogue_and_nothing_else_is(catalogue):
    catalogued = {(entry.msgctxt, entry.msgid) for entry in catalogue if not entry.obsolete}
    marked = marked_words()
    assert not marked - catalogued, "not in the catalogue yet: run makemessages, then translate"
    assert not catalogued - marked, "these are no longer marked anywhere: run makemessages"


def test_marked_words_are_found_in_every_form_of_template_tag():
    template = (
        '{% load i18n %}{% translate \'It’s\' %}{% firstof x _("either") %}{% translate "May" context "month" %}'
        '{% blocktranslate with a=b %}{{ a }} "quoted"{% endblocktranslate %}'
        "{% blocktranslate count n=x %}{{ n }} day{% plural %}{{ n }} days{% endblocktranslate %}"
    )
    expected = {(None, "It’s"), (None, "either"), ("month", "May"), (None, '%(a)s "quoted"'), (None, "%(n)s day")}
    assert set(marked_in_templates(template, "test")) == expected


def test_nothing_is_untranslated_fuzzy_or_obsolete(catalogue):
    assert len(catalogue) > 300
    assert not catalogue.metadata_is_fuzzy
    unfinished = [entry.msgid for entry in catalogue if entry.obsolete or entry.fuzzy or not all(translations(entry))]
    assert unfinished == []


def test_plurals_have_the_two_forms_of_french(catalogue):
    assert catalogue.metadata["Plural-Forms"] == "nplurals=2; plural=(n > 1);"
    assert all(set(entry.msgstr_plural) == {0, 1} for entry in catalogue if entry.msgid_plural)


def test_placeholders_and_tags_are_those_of_the_english(catalogue):
    def kept(text: str) -> list[str]:
        return sorted(KEPT_AS_IT_IS.findall(text))

    wrong = {}
    for entry in catalogue:
        english = [entry.msgid, entry.msgid_plural] if entry.msgid_plural else [entry.msgid]
        french = translations(entry)
        if [kept(text) for text in english] != [kept(text) for text in french]:
            wrong[entry.msgid] = french
    assert wrong == {}


def test_the_french_is_set_as_french_is_set(catalogue):
    wrong = {
        text: faults for entry in catalogue for text in translations(entry) if (faults := faults_of_typography(text))
    }
    assert wrong == {}


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        (f"N’écrivez pas{NARROW}: appelez le 01\u00a099\u00a000\u00a012\u00a034.", []),
        (f"Recherche{NARROW}: «{NARROW}%(query)s{NARROW}»", []),
        ("Voir <a href='https://example.org/?a=1'>la page</a> ou écrire à nom@example.org", []),
        ("l'institut", ["apostrophe"]),
        ('le champ "nom"', ["quotation marks"]),
        ("Erreur : vide", ["space before ; : ! ?"]),
        ("Erreur\u00a0: vide", ["space before ; : ! ?"]),
        ("Vraiment?", ["space before ; : ! ?"]),
        ("« nom »", ["space within « »"]),
        ("Patientez...", ["dots"]),
        ("Deux  espaces", ["spaces"]),
        ("Appelez le 01 99 00 12 34", ["a telephone number that breaks"]),
    ],
)
def test_faults_of_typography_are_seen(text, faults):
    assert faults_of_typography(text) == faults


def test_the_compiled_catalogue_says_what_the_source_says(catalogue):
    compiled = polib.mofile(str(FRENCH / "django.mo"))
    said = {(entry.msgctxt, entry.msgid, entry.msgid_plural): translations(entry) for entry in compiled}
    written = {(entry.msgctxt, entry.msgid, entry.msgid_plural): translations(entry) for entry in catalogue}
    assert said == written, "run: manage.py compilemessages --locale fr --ignore .venv --ignore var"
    assert compiled.metadata["Plural-Forms"] == catalogue.metadata["Plural-Forms"]


def test_the_address_of_the_search_is_a_word_of_the_readers_language():
    with override("fr"):
        assert reverse("search") == "/fr/recherche/"
    with override("en"):
        assert reverse("search") == "/en/search/"
