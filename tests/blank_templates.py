"""Templates that say nothing: for tests that ask many pages only whether somebody gets in."""

from typing import Any

from django.template import Origin
from django.template.backends.base import BaseEngine


class BlankTemplates(BaseEngine):
    """A template engine under which every template is there, and empty."""

    def __init__(self, params: dict[str, Any]) -> None:
        super().__init__({name: value for name, value in params.items() if name != "OPTIONS"})

    def get_template(self, template_name: str) -> "_Blank":
        return _Blank(template_name)

    def from_string(self, template_code: str) -> "_Blank":
        return _Blank("")


class _Blank:
    def __init__(self, name: str) -> None:
        self.origin = Origin(name)

    def render(self, context: Any = None, request: Any = None) -> str:
        return ""
