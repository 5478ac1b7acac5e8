"""The dashboard: what waits for whoever has logged in, in one order, and a friendly line when nothing does.

Floors add their panels through Wagtail's hook `construct_homepage_panels`. A panel that has nothing to say renders to
nothing at all.
"""

from dataclasses import dataclass
from typing import Any

from django.forms import Media
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe
from wagtail import hooks
from wagtail.admin.ui.components import Component

# Panels by name, the most urgent first: what a colleague or a patient waits for, then what has a day, then the rest.
WAITING = (
    "workflow_objects_to_moderate",  # Wagtail's: texts that I may approve
    "gifts_to_work_on",
    "comments_to_me",
    "messages_from_visitors",
    "numbers_to_check",
    "fact_changes",
    "pages_to_review",
    "ending_mandates",
    "my_drafts",
    "searches_without_result",
)
TO_KNOW = (
    "gifts_of_the_week",
    "user_objects_in_workflow_moderation",  # Wagtail's: my texts that others have before them
    "recent_edits",
    "locked_pages",
)


@dataclass(frozen=True)
class Line:
    """One thing of a panel: words that lead somewhere, and a remark beside them."""

    words: Any
    url: str
    remark: Any = ""


class Panel(Component):
    """A heading over a few lines: `lines` are what concerns the user and what they may see."""

    template_name = "portal/admin/dashboard_panel.html"
    heading: Any = ""
    icon = "tasks"

    def lines(self, user: Any) -> list[Line]:
        raise NotImplementedError

    def get_context_data(self, parent_context: Any) -> dict[str, Any]:
        lines = self.lines(parent_context["request"].user)
        return {"lines": lines, "heading": self.heading, "icon": self.icon, "anchor": self.name.replace("_", "-")}


class InOrder(Component):
    """All panels of the dashboard."""

    order = 0

    def __init__(self, panels: list[Any]) -> None:
        self.panels = sorted(panels, key=_place)

    @property
    def media(self) -> Media:
        return sum((panel.media for panel in self.panels), Media())

    def render_html(self, parent_context: Any = None) -> SafeString:
        shown = [(panel, panel.render_html(parent_context)) for panel in self.panels]
        nothing = ""
        if not any(html.strip() for panel, html in shown if _name(panel) not in TO_KNOW):
            nothing = render_to_string("portal/admin/dashboard_nothing.html")
        # Every part is a template's output already.
        return mark_safe("".join([nothing, *(html for _panel, html in shown)]))  # noqa: S308


def _name(panel: Any) -> str:
    return getattr(panel, "name", "")


def _place(panel: Any) -> tuple[int, int]:
    """Panels that the lists do not name come between what waits and what is good to know, in their own order."""
    for part, names in ((0, WAITING), (2, TO_KNOW)):
        if _name(panel) in names:
            return part, names.index(_name(panel))
    return 1, getattr(panel, "order", 0)


@hooks.register("construct_homepage_panels", order=10_000)
def put_in_order(request: HttpRequest, panels: list[Any]) -> None:
    panels[:] = [InOrder(panels)]
