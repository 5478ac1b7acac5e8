"""The words of visitors in the admin: specialties, synonyms, and the searches that found nothing."""

from functools import cached_property
from typing import Any

import django_filters
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, Max, OuterRef, QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.http import urlencode
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from wagtail.admin import messages
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.menu import MenuItem
from wagtail.admin.ui.tables import BooleanColumn, Column
from wagtail.admin.utils import get_valid_next_url_from_request
from wagtail.admin.views.reports import ReportView
from wagtail.permission_policies import ModelPermissionPolicy
from wagtail.snippets.views.snippets import CreateView, EditView, SnippetViewSet

from departments.models import MissedQuery, SearchEntry, Specialty, Synonym
from departments.models.contacts import Audience
from departments.searching import search
from portal.dashboard import Line, Panel
from portal.guarded_export import GuardedExport

DIRECTORY = "register_directory_menu_item"
"""The hook by which screens join the menu's entry for the upkeep of the directory."""


class SpecialtyViewSet(SnippetViewSet):
    """What departments are about; which ones a department has, its own edit screen says."""

    model = Specialty
    icon = "tag"
    menu_label = _("Specialties")
    menu_order = 70
    menu_hook = DIRECTORY
    list_display = ["__str__"]
    search_fields = ["folded_name"]
    ordering = ["folded_name"]


def finds_something(synonym: Synonym) -> bool:
    """Whether a patient who writes these words is now led to a department."""
    entries = SearchEntry.objects.listed(synonym.language, Audience.PATIENTS)
    return any(
        found.pks and not found.is_corrected
        for found in (search(entries, words, synonym.language, Audience.PATIENTS) for words in synonym.meanings)
    )


class _WarnsOfNothingFound:
    """Mixed into the views that save a synonym: says so when it leads nowhere."""

    def save_action(self) -> HttpResponse:
        response = super().save_action()
        if not finds_something(self.object):
            messages.warning(
                self.request,
                gettext("No department is found for “%(meant)s” yet: write it as departments are named.")
                % {"meant": self.object.meant},
                buttons=[messages.button(self.get_edit_url(), gettext("Edit"))],
            )
        return response


class EditSynonymView(_WarnsOfNothingFound, EditView):
    """The form of a synonym."""


class CreateSynonymView(_WarnsOfNothingFound, CreateView):
    """The form, filled in with what visitors wrote where one comes from the searches that found nothing."""

    def get_add_url(self) -> str:
        """Where the form is sent: it keeps where to go on afterwards."""
        url = super().get_add_url()
        if not self._next:
            return url
        return f"{url}{'&' if '?' in url else '?'}{urlencode({'next': self._next})}"

    def get_success_url(self) -> str:
        return self._next or super().get_success_url()

    @property
    def _next(self) -> str:
        return get_valid_next_url_from_request(self.request)

    def get_initial_form_instance(self) -> Synonym:
        synonym = super().get_initial_form_instance() or Synonym()
        synonym.language = self.request.GET.get("language", settings.LANGUAGE_CODE)
        synonym.written = self.request.GET.get("written", "")[:80]
        return synonym


class SynonymViewSet(SnippetViewSet):
    """What visitors write, and what the directory looks for then: in force as soon as it is saved."""

    model = Synonym
    icon = "resubmit"
    menu_label = _("Synonyms")
    menu_order = 80
    menu_hook = DIRECTORY
    add_view_class = CreateSynonymView
    edit_view_class = EditSynonymView
    list_display = [
        "written",
        "meant",
        BooleanColumn("both_ways", label=_("Both ways")),
        Column("language", label=_("Language"), accessor="get_language_display"),
    ]
    list_filter = ["language", "both_ways"]
    search_fields = ["written", "meant"]


class WordsColumn(Column):
    """What was searched for, with a way to say what was meant."""

    cell_template_name = "departments/admin/missed_words.html"

    def get_cell_context_data(self, instance: dict[str, Any], parent_context: dict[str, Any]) -> dict[str, Any]:
        context = super().get_cell_context_data(instance, parent_context)
        back = reverse("missed_queries")
        asked = urlencode({"language": instance["language"], "written": instance["words"], "next": back})
        return context | {
            "add_url": f"{reverse(Synonym.snippet_viewset.get_url_name('add'))}?{asked}",
            "language": instance["language"],
            "csrf_token": get_token(parent_context["request"]),
        }


class MissedQueriesFilters(WagtailFilterSet):
    """Narrows the report to a language."""

    language = django_filters.ChoiceFilter(label=_("Language"), choices=list(settings.LANGUAGES))

    class Meta:
        model = MissedQuery
        fields: list[str] = []


_MOST_NAMED = 3  # questions that the dashboard names


def unexplained() -> QuerySet:
    """The searches that found nothing and that no synonym explains yet, the most frequent first."""
    explained = Synonym.objects.filter(language=OuterRef("language"), folded=OuterRef("words"))
    rows = MissedQuery.objects.filter(~Exists(explained)).values("language", "words")
    return rows.annotate(number=Sum("times"), last_day=Max("day")).order_by("-number", "-last_day", "words")


class SearchesWithoutResult(Panel):
    """On the dashboard of those who keep synonyms: how many searches found nothing, and the most frequent."""

    name = "searches_without_result"
    heading = _("Searches that found nothing")
    icon = "search"

    def lines(self, user: Any) -> list[Line]:
        if not MissedQueriesView.permission_policy.user_has_permission(user, "add"):
            return []
        rows = unexplained()
        named = ", ".join(gettext("“%(words)s” (%(number)s times)") % row for row in rows[:_MOST_NAMED])
        if not named:
            return []
        words = ngettext(
            "%(number)s question found nothing: say what was meant",
            "%(number)s questions found nothing: say what was meant",
            count := rows.count(),
        )
        return [Line(words % {"number": count}, reverse("missed_queries"), named)]


class MissedQueriesView(GuardedExport, ReportView):
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
    no_results_message = _("Every search found something, or has its synonym.")
    filterset_class = MissedQueriesFilters
    export_filename = "missed-queries"
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
        return unexplained()

    def get_base_queryset(self) -> QuerySet:
        return self.get_queryset()


@require_POST
def dismiss(request: HttpRequest) -> HttpResponse:
    """Forget how often some words found nothing: they need no synonym. Searched for again, they come back."""
    if not MissedQueriesView.permission_policy.user_has_permission(request.user, "add"):
        raise PermissionDenied
    words = request.POST.get("words", "")
    if MissedQuery.objects.filter(language=request.POST.get("language", ""), words=words).delete()[0]:
        messages.success(
            request,
            gettext("“%(words)s” is off the list; it comes back when somebody searches for it again.")
            % {"words": words},
        )
    return redirect(get_valid_next_url_from_request(request) or reverse("missed_queries"))


class MissedQueriesItem(MenuItem):
    """The report, for those who keep synonyms."""

    def is_shown(self, request: Any) -> bool:
        return MissedQueriesView.permission_policy.user_has_permission(request.user, "add")


def menu_item() -> MenuItem:
    return MissedQueriesItem(
        MissedQueriesView.page_title, reverse("missed_queries"), name="missed-queries", icon_name="search", order=60
    )


urlpatterns = [
    path("reports/missed-queries/", MissedQueriesView.as_view(), name="missed_queries"),
    path(
        "reports/missed-queries/results/",
        MissedQueriesView.as_view(results_only=True),
        name="missed_queries_results",
    ),
    path("reports/missed-queries/dismiss/", dismiss, name="dismiss_missed_query"),
]
