"""Spreadsheets of the admin's reports: what anybody typed must not become a formula on an editor's machine."""

import itertools
from collections.abc import Callable, Iterator
from datetime import tzinfo
from typing import Any

from django.utils import timezone, translation
from django.utils.functional import Promise

from portal.tables import guarded

ROWS_AT_ONCE = 500


class GuardedExport:
    """Mixed into a report before its view: every text that looks like a formula gets an apostrophe."""

    def preprocess_field_value(self, field: str, value: Any, export_format: str) -> Any:
        if type(value) is str and field not in self.custom_field_preprocess:
            return guarded(value)  # what Wagtail comes to in the end, for the many cells of a long file
        return super().preprocess_field_value(field, value, export_format)

    def get_preprocess_function(self, field: str, value: Any, export_format: str) -> Callable[[Any], Any] | None:
        prepare = super().get_preprocess_function(field, value, export_format)

        def prepare_and_guard(value: Any) -> Any:
            prepared = prepare(value) if prepare else value
            return guarded(str(prepared)) if isinstance(prepared, str | Promise) else prepared

        return prepare_and_guard

    def stream_csv(self, queryset: Any) -> Iterator[bytes]:
        """Some hundred rows at a time, in the reader's language and time, which end before the last row is made."""
        return _speaking(super().stream_csv(queryset), translation.get_language(), timezone.get_current_timezone())


def _speaking(rows: Iterator[bytes], language: str | None, zone: tzinfo) -> Iterator[bytes]:
    while True:
        with translation.override(language), timezone.override(zone):
            chunk = b"".join(itertools.islice(rows, ROWS_AT_ONCE))
        if not chunk:
            return
        yield chunk
