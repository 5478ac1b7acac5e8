"""The list from which editors choose the line that a text names."""

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms.choosers import BaseFilterForm
from wagtail.admin.ui.tables import Column
from wagtail.admin.views.generic.chooser import BaseChooseView, ChooseResultsView, ChooseView, ChosenView
from wagtail.admin.viewsets.chooser import ChooserViewSet

from departments.line_search import lines_matching
from departments.models import ContactLine
from departments.models.contacts import ContactLineQuerySet
from departments.number_report import may_write_texts
from departments.references import label
from institutes.listing import institute_of


class LineFilterForm(BaseFilterForm):
    """Lines by words or by number, as in the list of lines."""

    q = forms.CharField(
        label=_("Department, hospital or number"), required=False, widget=forms.TextInput(attrs={"type": "search"})
    )

    def filter(self, objects: QuerySet[ContactLine]) -> QuerySet[ContactLine]:
        objects = super().filter(objects)
        query = self.cleaned_data.get("q", "").strip()
        if not query:
            return objects
        self.is_searching, self.search_query = True, query
        return lines_matching(objects, query)


def choosable() -> ContactLineQuerySet:
    """The lines that a text may name: for patients, of pages that visitors see."""
    return ContactLine.objects.for_patients().filter(page__live=True)


class _ForEditors:
    """A view for those who may edit some page; nobody else writes texts."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not may_write_texts(request.user):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)


class _Lines(_ForEditors, BaseChooseView):
    filter_form_class = LineFilterForm
    results_template_name = "departments/admin/line_results.html"
    ordering = ["page__title", "sort_order", "pk"]

    def get_object_list(self) -> QuerySet[ContactLine]:
        return choosable().select_related("page", "hospital")

    @property
    def columns(self) -> list[Column]:
        return [
            self.title_column,
            Column("page", label=_("Department or hospital"), accessor="page.title"),
            Column("hospital", label=_("At which hospital"), accessor=lambda line: line.hospital or ""),
            # Departments of several institutes have the same name.
            Column("institute", label=_("Institute"), accessor=lambda line: institute_of(line.page) or ""),
        ]


class ChooseLineView(_Lines, ChooseView):
    """The list in its window."""


class LineResultsView(_Lines, ChooseResultsView):
    """The list alone, while one searches."""


class ChosenLineView(_ForEditors, ChosenView):
    """What the editor is given for the chosen line."""

    def get_object(self, pk: str) -> ContactLine:
        return choosable().select_related("page").get(pk=pk)

    def get_chosen_response_data(self, item: ContactLine) -> dict[str, Any]:
        return {"id": str(item.pk), "uuid": str(item.uuid), "label": label(item), "title": label(item)}


class LineChooser(ChooserViewSet):
    """The window in which a line is chosen; lines for patients alone."""

    model = ContactLine
    icon = "mobile-alt"
    page_title = _("Choose the line whose number the text names")
    choose_view_class = ChooseLineView
    choose_results_view_class = LineResultsView
    chosen_view_class = ChosenLineView
    register_widget = False  # forms of facts offer the few lines that make sense there


CHOOSER = LineChooser("line_chooser", url_prefix="lines/choose")
