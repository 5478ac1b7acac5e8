"""The list from which editors choose the line that a text names."""

from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms.choosers import BaseFilterForm
from wagtail.admin.ui.tables import Column
from wagtail.admin.views.generic.chooser import BaseChooseView, ChooseResultsView, ChooseView, ChosenView
from wagtail.admin.viewsets.chooser import ChooserViewSet

from departments.models import ContactLine, DepartmentPage, HospitalPage
from departments.numbers_in_queries import digits_of
from departments.references import label
from institutes.listing import institute_of
from portal.folding import query_words


class LineFilterForm(BaseFilterForm):
    """Lines by the name of their department or hospital, or by any part of their number in any notation."""

    q = forms.CharField(
        label=_("Department, hospital or number"), required=False, widget=forms.TextInput(attrs={"type": "search"})
    )

    def filter(self, objects: QuerySet[ContactLine]) -> QuerySet[ContactLine]:
        objects = super().filter(objects)
        query = self.cleaned_data.get("q", "").strip()
        if not query:
            return objects
        self.is_searching, self.search_query = True, query
        if digits := digits_of(query):
            return objects.filter(number__contains=digits)
        if not (words := query_words(query)):
            return objects.none()
        hospitals = HospitalPage.objects.all()
        for word in words:
            hospitals = hospitals.filter(folded_title__contains=word)
        return objects.filter(
            Q(page__translation_key__in=DepartmentPage.objects.matching(query).values("translation_key"))
            | Q(page__translation_key__in=hospitals.values("translation_key"))
        )


class _Lines(BaseChooseView):
    filter_form_class = LineFilterForm
    results_template_name = "departments/admin/line_results.html"
    ordering = ["page__title", "sort_order", "pk"]

    def get_object_list(self) -> QuerySet[ContactLine]:
        return ContactLine.objects.for_patients().select_related("page", "hospital")

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


class ChosenLineView(ChosenView):
    """What the editor is given for the chosen line."""

    def get_object(self, pk: str) -> ContactLine:
        return ContactLine.objects.for_patients().select_related("page").get(pk=pk)

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
