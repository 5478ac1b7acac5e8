"""The report “Numbers in texts”: what was typed, and putting references in its place after a look at the result."""

from typing import Any

import django_filters
from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from wagtail.admin import messages
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.views.reports import ReportView
from wagtail.models import Page
from wagtail.permission_policies.pages import PagePermissionPolicy

from departments.numbers_on_pages import Choice, Finding, findings, findings_of, pages_of, replace
from departments.references import label
from institutes.models import InstitutePage
from portal.guarded_export import GuardedExport
from portal.listings import may_add_pages

_ACTS = ["change", "publish"]


class NumbersFilterSet(WagtailFilterSet):
    """Language, institute, and whether a line has the number already."""

    language = django_filters.ChoiceFilter(label=gettext_lazy("Language"), choices=list(settings.LANGUAGES))
    institute = django_filters.ModelChoiceFilter(
        label=gettext_lazy("Institute"),
        queryset=lambda request: InstitutePage.objects.filter(locale__language_code=settings.LANGUAGE_CODE),
    )
    known = django_filters.ChoiceFilter(
        label=gettext_lazy("Is it a line’s number?"),
        choices=[("yes", gettext_lazy("Yes: it can be replaced")), ("no", gettext_lazy("No: a line is missing"))],
    )

    class Meta:
        model = Page
        fields: list[str] = []


class NumbersInTexts(GuardedExport, ReportView):
    """Every number in the texts that the user may edit or publish."""

    page_title = gettext_lazy("Numbers in texts")
    header_icon = "mobile-alt"
    template_name = "departments/admin/numbers_in_texts.html"
    results_template_name = "departments/admin/numbers_in_texts_results.html"
    index_url_name = "numbers_in_texts"
    index_results_url_name = "numbers_in_texts_results"
    filterset_class = NumbersFilterSet
    export_filename = "numbers-in-texts"
    list_export = ["title", "language", "where", "version", "number.phone", "excerpt", "known_lines", "advice"]
    export_headings = {
        "title": gettext_lazy("Page"),
        "language": gettext_lazy("Language"),
        "where": gettext_lazy("Field"),
        "version": gettext_lazy("Version"),
        "number.phone": gettext_lazy("Number"),
        "excerpt": gettext_lazy("Text"),
        "known_lines": gettext_lazy("Lines with this number"),
        "advice": gettext_lazy("What to do"),
    }

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not may_write_texts(request.user):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_queryset(self) -> list[Finding]:
        pages = editable_pages(self.request.user)
        chosen = self.filters.form.cleaned_data if self.filters and self.filters.is_valid() else {}
        if institute := chosen.get("institute"):
            pages = pages.filter(pk__in=pages_of(institute).values("pk"))
        return [
            one
            for one in findings(pages, with_notices=self.request.user.has_perm("portal.change_notice"))
            if chosen.get("language") in (None, "", one.language)
            and chosen.get("known") in (None, "", "yes" if one.is_known else "no")
        ]

    def get_filtered_queryset(self) -> list[Finding]:
        return self.get_queryset()

    def get_context_data(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(*args, **kwargs) | {"replace_url": reverse("replace_numbers_in_texts")}


def editable_pages(user: Any) -> Any:
    """The pages whose texts `user` may change or publish."""
    allowed = PagePermissionPolicy().instances_user_has_any_permission_for(user, _ACTS)
    return Page.objects.filter(depth__gt=1, pk__in=allowed.values("pk"))


def may_write_texts(user: Any) -> bool:
    """Whether `user` may edit some page: nobody else has texts in which a number could stand."""
    return may_add_pages(user) or editable_pages(user).exists()


def replace_numbers(request: HttpRequest) -> HttpResponse:
    """Before and after for the chosen numbers (`f`); when posted, the references are put in place."""
    if not may_write_texts(request.user):
        raise PermissionDenied
    keys = list(dict.fromkeys((request.POST if request.method == "POST" else request.GET).getlist("f")))
    chosen = _chosen(request, keys)
    if not chosen:
        messages.error(
            request, _("Choose at least one number that can be replaced. The texts may have changed meanwhile.")
        )
        return redirect("numbers_in_texts")
    if request.method == "POST":
        _replace(request, chosen)
        return redirect("numbers_in_texts")
    context = {
        "page_title": _("Replace by references"),
        "header_icon": "mobile-alt",
        "rows": [
            {
                "number": number,
                "finding": finding,
                "lines": [(line, label(line)) for line in finding.lines],
                "is_published": _would_be_published(request, finding.page),
            }
            for number, finding in enumerate(chosen)
        ],
        "missing": len(keys) - len(chosen),
        "action_url": reverse("replace_numbers_in_texts"),
        "back_url": reverse("numbers_in_texts"),
    }
    return TemplateResponse(request, "departments/admin/replace_numbers.html", context)


def _chosen(request: HttpRequest, keys: list[str]) -> list[Finding]:
    """The findings called `keys` that still stand and that the user may replace."""
    found: dict[str, Finding] = {}
    for pk in dict.fromkeys(key.partition("|")[0] for key in keys):
        page = get_object_or_404(Page, pk=pk if pk.isdecimal() else 0).specific
        if not page.permissions_for_user(request.user).can_edit():
            raise PermissionDenied
        found |= {one.key: one for one in findings_of(page) if one.can_be_replaced}
    return [found[key] for key in keys if key in found]


def _would_be_published(request: HttpRequest, page: Page) -> bool:
    return page.live and not page.has_unpublished_changes and page.permissions_for_user(request.user).can_publish()


def _replace(request: HttpRequest, chosen: list[Finding]) -> None:
    by_page: dict[int, list[Choice]] = {}
    for finding in chosen:
        wanted = request.POST.get(f"line|{finding.key}", "")
        line = next((line for line in finding.lines if str(line.uuid) == wanted), None)
        if line:
            by_page.setdefault(finding.page.pk, []).append(Choice(finding, line))
    for choices in by_page.values():
        page = choices[0].finding.page
        buttons = [
            messages.button(reverse("wagtailadmin_pages:edit", args=[page.pk]), _("Edit")),
            messages.button(reverse("wagtailadmin_pages:history", args=[page.pk]), _("History and undo")),
        ]
        try:
            (outcome,) = replace(choices, request.user)
        except PermissionDenied:
            messages.error(request, _("“%(page)s” is locked: nothing was changed there.") % {"page": page.title})
            continue
        except ValidationError as error:
            why = "; ".join(error.messages)
            words = {"page": page.title, "why": why}
            messages.error(request, _("“%(page)s” was not changed: %(why)s") % words, buttons=buttons[:1])
            continue
        words = {"page": page.title, "number": outcome.replaced}
        if outcome.is_published:
            sentence = ngettext(
                "“%(page)s”: %(number)d number replaced and published.",
                "“%(page)s”: %(number)d numbers replaced and published.",
                outcome.replaced,
            )
            messages.success(request, sentence % words, buttons=buttons)
        elif outcome.replaced:
            sentence = ngettext(
                "“%(page)s”: %(number)d number replaced in the draft. Visitors see it once the page is published.",
                "“%(page)s”: %(number)d numbers replaced in the draft. Visitors see them once the page is published.",
                outcome.replaced,
            )
            messages.warning(request, sentence % words, buttons=buttons)
        if outcome.out_of_date:
            messages.error(request, _("The text of “%(page)s” changed meanwhile: look at the list again.") % words)


urlpatterns = [
    path("reports/numbers-in-texts/", NumbersInTexts.as_view(), name="numbers_in_texts"),
    path(
        "reports/numbers-in-texts/results/", NumbersInTexts.as_view(results_only=True), name="numbers_in_texts_results"
    ),
    path("reports/numbers-in-texts/replace/", replace_numbers, name="replace_numbers_in_texts"),
]
