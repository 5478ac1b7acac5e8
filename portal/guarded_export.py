"""Spreadsheets of the admin's reports: what anybody typed must not become a formula on an editor's machine."""

from collections.abc import Callable
from typing import Any

from django.http import StreamingHttpResponse
from django.utils.functional import Promise

from portal.tables import guarded


class GuardedExport:
    """Mixed into a report before its view: every text that looks like a formula gets an apostrophe."""

    def get_preprocess_function(self, field: str, value: Any, export_format: str) -> Callable[[Any], Any] | None:
        prepare = super().get_preprocess_function(field, value, export_format)

        def prepare_and_guard(value: Any) -> Any:
            prepared = prepare(value) if prepare else value
            return guarded(str(prepared)) if isinstance(prepared, str | Promise) else prepared

        return prepare_and_guard

    def write_csv_response(self, queryset: Any) -> StreamingHttpResponse:
        """Made whole at once: a stream would be made after the reader's language has been put away again."""
        response = super().write_csv_response(queryset)
        response.streaming_content = list(response.streaming_content)
        return response
