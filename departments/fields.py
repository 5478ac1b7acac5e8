"""Model fields for hours: typed day by day, or in any notation, and stored in one."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.forms.widgets import Script
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from departments.hours import DAYS, HoursError, Week, day_name, read_hours, write_hours
from departments.hours_in_words import hours_in_words, week_in_words


class WeekInput(forms.MultiWidget):
    """One input per weekday, each with its label and, when its hours cannot be read, why."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__([forms.TextInput(attrs={"autocomplete": "off", "size": 40}) for _day in DAYS], attrs)
        self.errors: dict[int, str] = {}

    @property
    def media(self) -> forms.Media:
        return forms.Media(js=[Script("portal/js/week-input.js", type="module")])

    def decompress(self, value: Any) -> list[str]:
        """The hours of each day; what cannot be read stands whole on the first line, so that nothing is lost."""
        if not value:
            return [""] * 7
        try:
            return [write_hours(hours).replace(",", ", ") for hours in Week.parse(value).days]
        except HoursError:
            return [value, *[""] * 6]

    def render(self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None) -> SafeString:
        values = value if isinstance(value, list) else self.decompress(value)
        id_ = (attrs or {}).get("id") or f"id_{name}"
        help_id = (attrs or {}).get("aria-describedby", "")
        rows = format_html_join(
            "\n",
            '<div class="w-week__day"><label class="w-text-14" for="{0}_{1}">{2}</label>{3}{4}</div>',
            (
                (id_, day, capfirst(day_name(day)), *self._input(name, day, values[day], id_, help_id, renderer))
                for day in range(7)
            ),
        )
        return format_html(
            '<div id="{}" class="w-week" role="group" aria-label="{}" data-week>{}'
            '<button type="button" class="button button-small button-secondary" data-week-copy hidden>{}</button>'
            "</div>",
            id_,
            _("Hours of each day"),
            rows,
            _("Copy Monday to Tuesday–Friday"),
        )

    def _input(self, name: str, day: int, value: Any, id_: str, help_id: str, renderer: Any) -> tuple[str, str]:
        error, error_id = self.errors.get(day, ""), f"{id_}_{day}-error"
        attrs = {"id": f"{id_}_{day}"}
        if described := " ".join(filter(None, [help_id, error_id if error else ""])):
            attrs["aria-describedby"] = described
        if error:
            attrs["aria-invalid"] = "true"
        shown = self.widgets[day].render(f"{name}_{day}", value, attrs, renderer)
        return shown, format_html('<p class="error-message" id="{}">{}</p>', error_id, error) if error else ""

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return all(f"{name}_{day}" not in data for day in range(7))


class WeekFormField(forms.MultiValueField):
    """A week from seven texts; empty is closed. Each day says for itself what is wrong with it."""

    widget = WeekInput

    def __init__(self, **kwargs: Any) -> None:
        kwargs.pop("max_length", None)
        super().__init__(
            fields=[forms.CharField(required=False, max_length=200) for _day in DAYS],
            require_all_fields=False,
            **kwargs,
        )

    def clean(self, value: Any) -> str:
        self.widget.errors = {}
        return super().clean(value)

    def compress(self, data_list: list[str]) -> str:
        errors, days = {}, []
        for day, text in enumerate(data_list or [""] * 7):
            try:
                days.append(read_hours(text))
            except HoursError as error:
                errors[day] = error.message
        if not errors:
            try:
                return str(Week(tuple(days)))
            except HoursError as error:
                errors[error.day or 0] = error.message
        self.widget.errors = errors
        names = ", ".join(capfirst(day_name(day)) for day in errors)
        raise ValidationError(_("Please correct the hours of: %(days)s.") % {"days": names})

    def has_changed(self, initial: Any, data: Any) -> bool:
        before = initial if isinstance(initial, list) else self.widget.decompress(initial)
        return [text or "" for text in before] != [(text or "").strip() for text in data or [""] * 7]


class _HoursField(models.CharField):
    """Stored as plain text: how it is read is no matter of the schema."""

    def deconstruct(self) -> tuple[str, str, list[Any], dict[str, Any]]:
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.CharField", args, kwargs

    def clean(self, value: Any, model_instance: Any) -> str:
        value = super().clean(value, model_instance)
        try:
            return self.read(value) if value else ""
        except HoursError as error:
            raise ValidationError(error.message, code="hours") from None

    def read(self, text: str) -> str:
        """`text` in the kept notation. HoursError says why it cannot be."""
        raise NotImplementedError

    def words(self, stored: str) -> str:
        """What is stored, in the reader's language. HoursError when it is no hours."""
        raise NotImplementedError

    def in_words(self, stored: str) -> str:
        """For people to read; as it is when it was stored before hours were checked."""
        try:
            return self.words(stored)
        except HoursError:
            return stored


class WeekField(_HoursField):
    """The hours of a week, in any notation, kept as `Mo-Fr 09:00-12:30,13:30-17:00`."""

    def read(self, text: str) -> str:
        return str(Week.parse(text))

    def formfield(self, **kwargs: Any) -> forms.Field:
        return super().formfield(**{"form_class": WeekFormField} | kwargs)

    def words(self, stored: str) -> str:
        return week_in_words(Week.parse(stored))


class DayHoursField(_HoursField):
    """The hours of a single day, in any notation, kept as `09:00-12:30,13:30-17:00`; empty is closed."""

    def read(self, text: str) -> str:
        return write_hours(read_hours(text))

    def words(self, stored: str) -> str:
        return hours_in_words(read_hours(stored))
