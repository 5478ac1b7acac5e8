"""Streams that stay out of migrations, and wording with a text per language."""

import json

import pytest
from django.apps.registry import Apps
from django.core.exceptions import ValidationError
from django.db import connection, models
from django.db.migrations.writer import MigrationWriter
from django.utils import translation
from i18nfield.strings import LazyI18nString
from wagtail import blocks
from wagtail.blocks import StreamValue

from institutes.models import Organisation
from portal.fields import StreamField, WordingField, WordingTextField, says_in_every_language
from tests import factories

BOTH = {"fr": "Fédération", "en": "Federation"}


def test_a_stream_leaves_its_blocks_out_of_migrations():
    written, _imports = MigrationWriter.serialize(StreamField([("item", blocks.CharBlock())], blank=True))
    assert written == "portal.fields.StreamField(blank=True)"


def test_changing_a_block_is_no_change_of_the_schema():
    one, other = StreamField([("a", blocks.CharBlock())]), StreamField([("b", blocks.TextBlock(required=False))])
    assert one.deconstruct()[1:] == other.deconstruct()[1:]


def test_a_stream_with_blocks_reads_raw_data_as_a_stream():
    value = StreamField([("item", blocks.CharBlock())]).to_python([{"type": "item", "value": "word", "id": "1"}])
    assert isinstance(value, StreamValue)
    assert value[0].value == "word"


def test_a_stream_without_blocks_gives_back_the_stored_data():
    raw = [{"type": "item", "value": "word", "id": "1"}]
    assert StreamField().to_python(raw) == raw


@pytest.mark.django_db
def test_a_data_migration_that_saves_a_page_loses_no_word_of_its_streams():
    page = factories.institute(
        body=json.dumps([{"type": "section", "value": {"heading": "Ours", "text": "<p>Words</p>"}, "id": "1"}])
    )["fr"]

    class Frozen(models.Model):  # noqa: DJ008
        """The page as a migration sees it: a stream that knows no block."""

        page_ptr_id = models.IntegerField(primary_key=True)
        city = models.CharField(max_length=100)
        body = StreamField()

        class Meta:
            apps = Apps()
            app_label = "institutes"
            db_table = type(page)._meta.db_table
            managed = False

    row = Frozen.objects.get(pk=page.pk)
    row.city = "Arles"
    row.save()
    with connection.cursor() as cursor:
        cursor.execute("SELECT city, body FROM institutes_institutepage WHERE page_ptr_id = %s", [page.pk])
        city, body = cursor.fetchone()
    assert city == "Arles"
    stored = json.loads(body) if isinstance(body, str) else body
    assert stored[0]["value"]["heading"] == "Ours"


@pytest.mark.django_db
@pytest.mark.parametrize(("language", "shown"), [("fr", "Fédération"), ("en", "Federation")])
def test_wording_is_stored_once_and_read_in_the_language_of_the_reader(language, shown):
    Organisation.objects.create(name=LazyI18nString(BOTH), kind="federation", acronym="ESSAI")
    name = Organisation.objects.get(acronym="ESSAI").name
    assert name.data == BOTH
    assert name.localize(language) == shown


@pytest.mark.parametrize(
    ("wording", "complete"),
    [
        (BOTH, True),
        (LazyI18nString(BOTH), True),
        ({"fr": "Fédération", "en": ""}, False),
        ({"fr": "Fédération"}, False),
        ({}, False),
        (LazyI18nString(""), False),
    ],
)
def test_wording_is_complete_when_every_language_has_its_text(wording, complete):
    assert says_in_every_language(wording) is complete


def test_a_required_wording_must_not_be_empty():
    with pytest.raises(ValidationError):
        WordingField("name").clean({}, None)
    assert not WordingField("name", blank=True).clean({}, None)


@pytest.mark.parametrize("field", [WordingField("name"), WordingTextField("name")])
def test_a_required_wording_is_asked_for_in_every_language(field):
    form_field = field.formfield()
    assert form_field.clean(["Fédération", "Federation"]).data == BOTH
    with pytest.raises(ValidationError) as refused:
        form_field.clean(["Fédération", ""])
    with translation.override("en"):
        assert refused.value.messages == ["Write this in every language."]


def test_a_wording_that_may_be_empty_may_have_a_text_in_one_language_alone():
    form_field = WordingField("name", blank=True).formfield()
    assert form_field.clean(["", ""]) is not None
    assert form_field.clean(["Fédération", ""]).localize("fr") == "Fédération"


@pytest.mark.parametrize("field", [WordingField("name"), WordingTextField("name")])
def test_each_language_has_an_input_with_a_label_of_its_own(field):
    widget = field.formfield().widget
    html = widget.render("name", LazyI18nString(BOTH), {"id": "id_name"})
    for number, name in enumerate(("Français", "English")):
        assert f'for="id_name_{number}">{name}</label>' in html
        assert f'id="id_name_{number}"' in html


def test_a_wording_has_changed_only_when_a_text_has():
    form_field = WordingField("name").formfield()
    assert not form_field.has_changed(LazyI18nString(BOTH), ["Fédération", "Federation"])
    assert not form_field.has_changed({}, ["", ""])
    assert form_field.has_changed(LazyI18nString(BOTH), ["Fédération", "League"])
