"""The words of visitors in the admin: specialties, synonyms, and the searches that found nothing."""

from functools import cached_property
from typing import Any

from django.conf import settings
from django.db.models import Exists, Max, OuterRef, QuerySet, Sum
from django.urls import path, reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from wagtail.admin.menu import MenuItem
from wagtail.admin.ui.tables import Column
from wagtail.admin.views.reports import ReportView
from wagtail.permission_policies import ModelPermissionPolicy
from wagtail.snippets.views.snippets import CreateView, SnippetViewSet

from departments.models import MissedQuery, Specialty, Synonym


class SpecialtyViewSet(SnippetViewSet):
    """What departments are about; which ones a department has, its own edit screen says."""

    model = Specialty
    icon = "tag"
    menu_label = _("Specialties")
    menu_order = 192
    add_to_admin_menu = True
    list_display = ["__str__"]
    search_fields = ["folded_name"]
    ordering = ["folded_name"]


class CreateSynonymView(CreateView):
    """The form, filled in with what visitors wrote where one comes from the searches that found nothing."""

    def get_initial_form_instance(self) -> Synonym:
        synonym = super().get_initial_form_instance() or Synonym()
        synonym.language = self.request.GET.get("language", settings.LANGUAGE_CODE)
        synonym.written = self.request.GET.get("written", "")[:80]
        return synonym


class SynonymViewSet(SnippetViewSet):
    """What visitors write, and what the directory looks for then: in force as soon as it is saved."""

    model = Synonym
    icon = "transfer"
    menu_label = _("Synonyms")
    menu_order = 194
    add_to_admin_menu = True
    add_view_class = CreateSynonymView
    list_display = ["written", "meant", "both_ways", "language"]
    list_filter = ["language", "both_ways"]
    search_fields = ["written", "meant"]


class WordsColumn(Column):
    """What was searched for, with a way to say what was meant."""

    cell_template_name = "departments/admin/missed_words.html"

    def get_cell_context_data(self, instance: dict[str, Any], parent_context: dict[str, Any]) -> dict[str, Any]:
        context = super().get_cell_context_data(instance, parent_context)
        asked = urlencode({"language": instance["language"], "written": instance["words"]})
        return context | {"add_url": f"{reverse(Synonym.snippet_viewset.get_url_name('add'))}?{asked}"}


class MissedQueriesView(ReportView):
    """The searches that found nothing and that no synonym explains yet, the most frequent first."""

    page_title = _("Searches that found nothing")
    header_icon = "search"
    index_url_name = "missed_queries"
    index_results_url_name = "missed_queries_results"
    permission_policy = ModelPermissionPolicy(Synonym)
    any_permission_required = ["add"]
    is_searchable = False
    model = MissedQuery
    context_object_name = "queries"
    list_export = ["words", "language", "number", "last_day"]
    export_headings = {"words": _("words"), "language": _("language"), "number": _("times"), "last_day": _("last day")}

    @cached_property
    def columns(self) -> list[Column]:
        return [
            WordsColumn("words", label=_("What visitors wrote")),
            Column("language", label=_("Language"), accessor=lambda row: dict(settings.LANGUAGES)[row["language"]]),
            Column("number", label=_("Times")),
            Column("last_day", label=_("Last on")),
        ]

    def get_queryset(self) -> QuerySet:
        explained = Synonym.objects.filter(language=OuterRef("language"), folded=OuterRef("words"))
        rows = MissedQuery.objects.filter(~Exists(explained)).values("language", "words")
        return rows.annotate(number=Sum("times"), last_day=Max("day")).order_by("-number", "-last_day", "words")

    def get_base_queryset(self) -> QuerySet:
        return self.get_queryset()


class MissedQueriesItem(MenuItem):
    def is_shown(self, request: Any) -> bool:
        return MissedQueriesView.permission_policy.user_has_permission(request.user, "add")


def menu_item() -> MenuItem:
    return MissedQueriesItem(
        MissedQueriesView.page_title, reverse("missed_queries"), name="missed-queries", icon_name="search", order=700
    )


urlpatterns = [
    path("reports/missed-queries/", MissedQueriesView.as_view(), name="missed_queries"),
    path(
        "reports/missed-queries/results/",
        MissedQueriesView.as_view(results_only=True),
        name="missed_queries_results",
    ),
]
