"""The page *Which number do I call?*: three questions, one answer, all in the address."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel
from wagtail.fields import RichTextField

from departments.asking import Question
from departments.finder import Reason
from portal.models import BasePage
from portal.models.base import tabs


class FinderPage(BasePage):
    """Which number do I call? One per language; asks `?reason=…&hospital=…&department=…` and gives one line."""

    parent_page_types = ["portal.HomePage"]
    subpage_types: list[str] = []
    max_count_per_parent = 1

    introduction = RichTextField(_("introduction"), blank=True)

    edit_handler = tabs([*BasePage.content_panels, FieldPanel("introduction")])
    searched_fields = ["introduction"]
    is_readable_untranslated = False

    class Meta:
        verbose_name = _("page “Which number do I call?”")
        verbose_name_plural = _("pages “Which number do I call?”")

    def get_context(self, request: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context(request, *args, **kwargs)
        return context | {"question": Question(self, request.GET), "reasons": Reason}
