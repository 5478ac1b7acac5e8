"""Model fields of the house: streams that stay out of migrations, and wording with a text per language."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from i18nfield.fields import I18nCharField, I18nTextField
from i18nfield.forms import I18nFormField, I18nTextarea, I18nTextInput
from i18nfield.strings import LazyI18nString
from wagtail.blocks import StreamValue
from wagtail.fields import StreamField as WagtailStreamField


class StreamField(WagtailStreamField):
    """A StreamField whose block definitions do not enter migrations: changing a block is no schema change."""

    def __init__(self, block_types: Any = (), **kwargs: Any) -> None:
        super().__init__(block_types, **kwargs)

    def deconstruct(self) -> tuple[str, str, list[Any], dict[str, Any]]:
        name, path, _args, kwargs = super().deconstruct()
        kwargs.pop("block_lookup", None)
        return name, path, [], kwargs

    def to_python(self, value: Any) -> Any:
        # In a migration the field knows no block: reading through it must give back what is stored, or a data
        # migration would save an empty stream over an editor's words.
        if not self.stream_block.child_blocks and not isinstance(value, StreamValue):
            return value
        return super().to_python(value)


def says_in_every_language(wording: Any) -> bool:
    """Whether `wording` has a text in each language of the portal."""
    texts = getattr(wording, "data", wording)
    return isinstance(texts, dict) and all((texts.get(code) or "").strip() for code, _name in settings.LANGUAGES)


class _WordingWidget:
    """One labelled input per language, rather than the library's placeholders that vanish when one types."""

    def format_output(self, rendered_widgets: list[str], id_: str | None) -> SafeString:
        names = dict(settings.LANGUAGES)
        rows = format_html_join(
            "",
            '<div class="w-wording"><label class="w-text-14" for="{}_{}">{}</label>{}</div>',
            (
                (id_, number, names.get(language, language), SafeString(widget))
                for number, (language, widget) in enumerate(zip(self.locales, rendered_widgets, strict=True))
            ),
        )
        return format_html('<div id="{}" role="group">{}</div>', id_, rows)

    def build_attrs(self, base_attrs: dict[str, Any], extra_attrs: dict[str, Any] | None = None) -> dict[str, Any]:
        # The library would put the language's name where an empty field shows it, like a value already there.
        return {"placeholder": ""} | super().build_attrs(base_attrs, extra_attrs)

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return all(f"{name}_{number}" not in data for number, _ in enumerate(self.locales))


class WordingInput(_WordingWidget, I18nTextInput):
    """Short wording: a line per language."""


class WordingTextarea(_WordingWidget, I18nTextarea):
    """Longer wording: a small text area per language."""

    def __init__(self, locales: list[str], field: forms.Field, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(locales, field, {"rows": 2} | (attrs or {}))


class WordingFormField(I18nFormField):
    """A required wording wants its text in every language: a patient must not meet a gap."""

    default_error_messages = {"incomplete": _("Write this in every language.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, require_all_fields=kwargs.get("required", True), **kwargs)

    def clean(self, value: Any) -> LazyI18nString:
        # Spaces are no words, and must not pass for a translation.
        return super().clean([(text or "").strip() for text in value] if isinstance(value, list) else value)

    def has_changed(self, initial: Any, data: Any) -> bool:
        before = initial.data if isinstance(initial, LazyI18nString) else initial
        if not isinstance(before, dict):
            before = {}
        return [before.get(language) or "" for language in self.locales] != [text or "" for text in data or []]


class _WordingMixin:
    form_class = WordingFormField

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("default", dict)
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> tuple[str, str, list[Any], dict[str, Any]]:
        name, path, args, kwargs = super().deconstruct()
        if kwargs.get("default") is dict:
            del kwargs["default"]
        return name, path, args, kwargs

    def clean(self, value: Any, model_instance: Any) -> LazyI18nString:
        value = self.to_python(value)
        if not self.blank and not value:
            raise ValidationError(self.error_messages["blank"], code="blank")
        return value


class WordingField(_WordingMixin, I18nCharField):
    """A short text per language, stored once: the name of a role, of an organisation, of a fund."""

    widget = WordingInput


class WordingTextField(_WordingMixin, I18nTextField):
    """A longer text per language, stored once."""

    widget = WordingTextarea


class ChoicesField(ArrayField):
    """Several of a closed list, ticked in the form; stored as an array in the order of the list."""

    def formfield(self, **kwargs: Any) -> forms.Field:
        options = {"widget": forms.CheckboxSelectMultiple, "required": not self.blank, "help_text": self.help_text}
        return forms.MultipleChoiceField(choices=self.base_field.choices, label=capfirst(self.verbose_name), **options)

    def value_to_string(self, obj: Any) -> Any:
        return self.value_from_object(obj)
