"""Importing and exporting the directory in the admin: upload, columns, plan, apply, result, undo, download."""

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import wraps
from typing import Any

import phonenumbers
from django import forms
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import get_language, gettext_lazy, ngettext, ngettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from wagtail.admin import messages

from departments import import_runs, importing, rows
from departments.call_list import works_on_lines
from departments.exporting import FORMATS, ExportRefused, export
from departments.hours import HoursError
from departments.importing import ImportRefused, Options, PlanChanged, RunGone, is_uuid, pages_that_may_change
from departments.models import ContactLine, HospitalPage, ImportMapping, ImportRow, ImportRun, Location
from departments.places import Places
from institutes.models import InstitutePage
from portal.tables import TableError, write_csv

LARGEST_UPLOAD = 10_000_000  # bytes
MOST_ROWS = 5_000  # applied within one request: about a quarter of a minute
PER_PAGE = 50
_FORGET_AFTER = timedelta(days=1)  # uploads that nobody applied
_MODELS = {"contactline": ContactLine, "location": Location}
_COUNTED = {
    ImportRow.Outcome.NEW: ngettext_lazy("%(count)d new", "%(count)d new", "count"),
    ImportRow.Outcome.CHANGED: ngettext_lazy("%(count)d changed", "%(count)d changed", "count"),
    ImportRow.Outcome.REMOVED: ngettext_lazy("%(count)d removed", "%(count)d removed", "count"),
    ImportRow.Outcome.REFUSED: ngettext_lazy("%(count)d refused", "%(count)d refused", "count"),
}
View = Callable[..., HttpResponse]
Scopes = list[tuple[str, list[tuple[str, str]]]]
"""Groups of choices: the name of each, and its values with what they are called."""


def may_import(user: Any) -> bool:
    """Whether `user` may change any department or hospital on which lines hang."""
    return works_on_lines(user)


def _for_those_who_may(view: View) -> View:
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not may_import(request.user):
            raise PermissionDenied
        try:
            return view(request, *args, **kwargs)
        except RunGone as error:
            messages.error(request, str(error))
            return redirect("directory_imports")

    return guarded


def _may_see(user: Any, run: ImportRun) -> bool:
    """Who started the run, and who may change every line that it concerns."""
    if run.user_id == user.pk or user.is_superuser:
        return True
    pages = set(run.rows.exclude(page=None).values_list("page", flat=True).distinct())
    return bool(pages) and not pages - pages_that_may_change(user, pages)


def _run(request: HttpRequest, pk: int) -> ImportRun:
    run = get_object_or_404(ImportRun.objects.defer("file").select_related("user", "undone_by"), pk=pk)
    if not _may_see(request.user, run):
        raise PermissionDenied
    return run


def _state(pk: int) -> str | None:
    return ImportRun.objects.filter(pk=pk).values_list("state", flat=True).first()


# --- Upload and list ------------------------------------------------------------------------------


def _scopes(user: Any) -> Scopes:
    """What an import may be about as a whole, with institutes and hospitals that `user` may change."""
    places = Places()
    allowed = pages_that_may_change(user, {one.pk for one in (*places.institutes.all, *places.hospitals.all)})
    lines = ContactLine.objects.kept().changeable_by(user).exclude(source="")
    sources = lines.order_by("source").values_list("source", flat=True)
    groups = [
        (
            name,
            [
                (f"{kind}:{one.key}", one.title)
                for one in sorted(all_of_them, key=lambda one: one.title)
                if one.pk in allowed
            ],
        )
        for name, kind, all_of_them in (
            (_("Institutes"), "institute", places.institutes.all),
            (_("Hospitals"), "hospital", places.hospitals.all),
        )
    ]
    groups.append((_("Sources"), [(f"source:{name}", name) for name in sources.distinct()[:200]]))
    return [(name, choices) for name, choices in groups if choices]


def _scope_in_words(scope: str) -> str:
    kind, _colon, name = scope.partition(":")
    model = {"institute": InstitutePage, "hospital": HospitalPage}.get(kind)
    if not scope:
        return _("nothing: the file adds and changes")
    if model is None:
        return _("source: %(name)s") % {"name": name}
    found = model.objects.filter(slug=name)
    if is_uuid(name):
        found = model.objects.filter(translation_key=name)
    page = found.order_by("pk").first()
    return page.title if page else name


class UploadForm(forms.Form):
    """A file and how it is to be taken."""

    file = forms.FileField(label=gettext_lazy("File"), help_text=gettext_lazy("CSV or XLSX, at most 10 MB."))
    mapping = forms.ModelChoiceField(
        ImportMapping.objects,
        label=gettext_lazy("Mapping of columns"),
        required=False,
        empty_label=gettext_lazy("From the file's header"),
    )
    scope = forms.ChoiceField(
        label=gettext_lazy("The file is complete for"),
        required=False,
        help_text=gettext_lazy("Lines in there that the file leaves out are then taken off. Otherwise nothing is."),
    )
    country = forms.CharField(
        label=gettext_lazy("Country of numbers without a country code"),
        initial="FR",
        max_length=2,
        help_text=gettext_lazy("Two letters, for example FR or BE."),
    )
    split = forms.BooleanField(
        label=gettext_lazy("Make several lines of several numbers in one cell"),
        required=False,
        help_text=gettext_lazy(
            "“01 99 00 12 34 / 35” becomes two lines that say the same. Otherwise such a row is refused."
        ),
    )
    restore_zero = forms.BooleanField(
        label=gettext_lazy("Give back the 0 that a spreadsheet took from the beginning of numbers"),
        required=False,
        help_text=gettext_lazy("199001234 is read as 01 99 00 12 34. Otherwise such a row is refused."),
    )
    create_departments = forms.BooleanField(
        label=gettext_lazy("Publish a page for each unknown department"),
        required=False,
        help_text=gettext_lazy("Visitors see the new pages at once. Otherwise a row with an unknown name is refused."),
    )
    strict = forms.BooleanField(
        label=gettext_lazy("Write nothing if any row is refused"),
        required=False,
        help_text=gettext_lazy("Otherwise the good rows are written, and you download the others to correct them."),
    )

    def __init__(self, *args: Any, scopes: Scopes, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["scope"].choices = [("", _("nothing: the file adds and changes")), *scopes]

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > LARGEST_UPLOAD:
            raise forms.ValidationError(_("The file is too large. Divide it, or ask an administrator to import it."))
        return file

    def clean_country(self) -> str:
        country = self.cleaned_data["country"].upper()
        if country not in phonenumbers.SUPPORTED_REGIONS:
            raise forms.ValidationError(_("No such country. Write two letters, for example FR or BE."))
        return country


_CHOICES = ("split", "restore_zero", "create_departments", "strict")


@_for_those_who_may
def index(request: HttpRequest) -> HttpResponse:
    """The runs so far, a form for the next, and the download."""
    scopes = _scopes(request.user)
    form = UploadForm(request.POST or None, request.FILES or None, scopes=scopes)
    if request.method == "POST" and form.is_valid():
        try:
            run = _take_in(form, request.user)
        except (TableError, ImportRefused) as error:
            form.add_error("file", str(error))
        else:
            return redirect("directory_import_columns", run.pk)
    if form.errors:
        messages.error(request, _("Nothing was uploaded yet: see what to correct below."))
    runs = Paginator(ImportRun.objects.defer("file").select_related("user"), 20).get_page(request.GET.get("p"))
    context = {
        "page_title": _("Import and export"),
        "header_icon": "table",
        "form": form,
        "runs": runs,
        "visible": {run.pk for run in runs if _may_see(request.user, run)},
        "scopes": scopes,
        "columns": rows.COLUMNS,
    }
    return TemplateResponse(request, "departments/admin/imports.html", context)


def _take_in(form: UploadForm, user: Any) -> ImportRun:
    said = form.cleaned_data
    file = said["file"]
    mapping = importing.propose_mapping(file, said["mapping"])
    ImportRun.objects.filter(
        state__in=(ImportRun.State.UPLOADED, ImportRun.State.PLANNED), made_at__lt=timezone.now() - _FORGET_AFTER
    ).delete()
    chosen = {name: said[name] for name in ("scope", "country", *_CHOICES)}
    chosen["mapping"] = said["mapping"].name if said["mapping"] else ""
    # What the file leaves out is taken off by a box of its own on the page of the plan (`apply`).
    options = Options(mapping.columns, most_rows=MOST_ROWS, allow_removals=True, **chosen)
    digest = importing.hash_of(file)
    return ImportRun.objects.create(
        user=user,
        file_name=file.name[:255],
        file_hash=digest,
        file=file.read(),
        header=mapping.header,
        options=options.as_json(),
    )


# --- Columns --------------------------------------------------------------------------------------


class ColumnsForm(forms.Form):
    """What each column of the file means, and a name under which to keep that."""

    name = forms.CharField(
        label=gettext_lazy("Keep this mapping under the name"),
        max_length=60,
        required=False,
        help_text=gettext_lazy("For the next file of this kind; empty: it is not kept."),
    )

    def __init__(
        self, *args: Any, mapping: importing.Mapping, chosen: list[str], own_name: str = "", **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.own_name = own_name  # of the mapping that was chosen, or kept, in this import
        language = get_language() or "en"
        choices = [("", _("leave out"))]
        choices += [(name, capfirst(rows.BY_NAME[name].heading(language))) for name in rows.WRITABLE]
        for place, (text, column) in enumerate(zip(mapping.header, chosen, strict=True)):
            self.fields[f"column_{place}"] = forms.ChoiceField(
                label=text or _("(without a name)"), choices=choices, required=False, initial=column
            )
        self.places = range(len(mapping.header))

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(self.cleaned_data[f"column_{place}"] for place in self.places)

    def clean_name(self) -> str:
        name = self.cleaned_data["name"]
        if name and name != self.own_name and ImportMapping.objects.filter(name=name).exists():
            raise forms.ValidationError(
                _("There is a mapping of this name already. Choose another name, or upload the file with that mapping.")
            )
        return name

    def clean(self) -> None:
        for reason in importing.wrong_columns(self.columns) if not self.errors else ():
            self.add_error(None, reason)


@_for_those_who_may
def columns(request: HttpRequest, pk: int) -> HttpResponse:
    """The proposed meaning of the file's columns, to be corrected and confirmed; then the plan is made."""
    run = _run(request, pk)
    if run.state not in (ImportRun.State.UPLOADED, ImportRun.State.PLANNED):
        return redirect("directory_import_run", run.pk)
    try:
        with import_runs.run_file(run) as file:
            mapping = importing.propose_mapping(file)
    except (TableError, ImportRefused) as error:
        messages.error(request, str(error))
        return redirect("directory_imports")
    options = Options.from_json(run.options)
    chosen = [name if name in rows.WRITABLE else "" for name in options.columns]
    form = ColumnsForm(request.POST or None, mapping=mapping, chosen=chosen, own_name=options.mapping)
    if request.method == "POST" and form.is_valid():
        name = form.cleaned_data["name"] or options.mapping
        run.options = replace(options, columns=form.columns, mapping=name, allow_removals=True).as_json()
        try:
            import_runs.make_plan(run, request.user)
        except (TableError, ImportRefused) as error:
            form.add_error(None, str(error))
        else:
            if form.cleaned_data["name"]:
                importing.save_mapping(form.cleaned_data["name"], mapping.header, form.columns)
            return redirect("directory_import_run", run.pk)
    sure = {guess.column for guess in mapping.guesses if guess.sure}
    context = {
        "page_title": _("What do the columns mean?"),
        "page_subtitle": run.file_name,
        "header_icon": "table",
        "form": form,
        "run": run,
        "fields": [
            {
                "field": form[f"column_{place}"],
                "samples": mapping.samples[place],
                "is_guess": bool(chosen[place]) and chosen[place] not in sure,
            }
            for place in form.places
        ],
    }
    return TemplateResponse(request, "departments/admin/import_columns.html", context)


# --- Plan and result ------------------------------------------------------------------------------


@_for_those_who_may
def run_of(request: HttpRequest, pk: int, refusals: list[str] | None = None) -> HttpResponse:
    """What a run would do, or did, row by row."""
    run = _run(request, pk)
    if run.state == ImportRun.State.UPLOADED:
        return redirect("directory_import_columns", run.pk)
    present = [outcome for outcome in ImportRow.Outcome if run.counts.get(outcome)]
    show = request.GET.get("show", "")
    shown = show if show in ImportRow.Outcome.values else (present[0] if present else "")
    listed = run.rows.filter(outcome=shown).select_related("page") if shown else run.rows.none()
    page = Paginator(listed, PER_PAGE).get_page(request.GET.get("p"))
    titles = {
        ImportRun.State.PLANNED: _("Plan of an import"),
        ImportRun.State.APPLIED: _("Import"),
        ImportRun.State.UNDONE: _("Import, undone"),
    }
    options, removed = Options.from_json(run.options), run.counts.get(ImportRow.Outcome.REMOVED, 0)
    unchanged = run.counts.get(importing.UNCHANGED, 0)
    context = {
        "page_title": titles[run.state],
        "page_subtitle": run.file_name,
        "header_icon": "table",
        "run": run,
        "is_planned": run.state == ImportRun.State.PLANNED,
        "is_applied": run.state == ImportRun.State.APPLIED,
        "changes": sum(run.counts.get(name, 0) for name in ("new", "changed", "removed")),
        "scope": _scope_in_words(options.scope),
        "country": options.country,
        "chosen": [UploadForm.base_fields[name].label for name in _CHOICES if getattr(options, name)],
        "removed": ngettext("Take this %(count)d line off the page", "Take these %(count)d lines off the page", removed)
        % {"count": removed}
        if removed
        else "",
        "tabs": [(outcome, text % {"count": run.counts.get(outcome, 0)}) for outcome, text in _COUNTED.items()],
        "unchanged": ngettext("%(count)d unchanged", "%(count)d unchanged", unchanged) % {"count": unchanged},
        "shown": shown,
        "rows": [(row, _readable(row), [cell for cell in row.cells if cell and not is_uuid(cell)]) for row in page],
        "page": page,
        "refusals": refusals or [],
    }
    return TemplateResponse(request, "departments/admin/import_run.html", context)


def _readable(row: ImportRow) -> list[tuple[str, str, str]]:
    """What differs, under the names of the fields, in words."""
    model = _MODELS.get(row.fact_model)
    if model is None:
        return []
    found: dict[str, tuple[str, str, str]] = {}
    for name, before, after in row.differences:
        if row.outcome == ImportRow.Outcome.NEW and (name == "archived_at" or after in ("", None, [], "{}")):
            continue
        if name == "archived_at":
            if before:
                found[name] = (_("On the page"), _("no"), _("Put back on the page"))
            continue
        field = model._meta.get_field(name)
        if name in ("number", "extension"):
            field = model._meta.get_field("number")
            said = [_number(values) for values in (row.before or {}, row.after)]
        else:
            said = [_in_words(field, value) for value in (before, after)]
        found[field.name] = (capfirst(str(field.verbose_name)), *said)
    return list(found.values())


def _number(values: dict[str, Any]) -> str:
    if not values.get("number"):
        return "–"
    return ContactLine(number=values["number"], extension=values.get("extension") or "").number_as_read


def _in_words(field: Any, value: Any) -> str:
    if value in (None, "", []):
        return "–"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if field.choices:
        return str(dict(field.flatchoices).get(value, value))
    if field.is_relation:
        return str(field.related_model._default_manager.filter(pk=value).first() or value)
    if isinstance(value, list):
        return ", ".join(value)
    if hasattr(field, "in_words"):  # hours
        try:
            return field.in_words(value)
        except HoursError:
            return str(value)
    if hasattr(field, "widget"):  # a wording
        return "; ".join(f"{code}: {text}" for code, text in rows.wording(field.to_python(value)).items()) or "–"
    return str(value)


@require_POST
@_for_those_who_may
def apply(request: HttpRequest, pk: int) -> HttpResponse:
    """Write the plan that was shown, once, however often the button is pressed."""
    run = _run(request, pk)
    if run.state != ImportRun.State.PLANNED:
        return redirect("directory_import_run", run.pk)
    if run.counts.get(ImportRow.Outcome.REMOVED) and "removals" not in request.POST:
        messages.error(request, _("Nothing was written yet: tick the box that takes lines off the page, too."))
        return redirect("directory_import_run", run.pk)
    options = Options.from_json(run.options)
    try:
        with import_runs.run_file(run) as file:
            import_runs.apply(file, options, request.user, run.file_name, run=run, check_rights=True)
    except PlanChanged as error:
        messages.error(request, str(error))
        try:
            import_runs.make_plan(run, request.user)
        except (ImportRefused, TableError) as why:
            messages.error(request, str(why))
            return redirect("directory_import_columns", pk)
    except (ImportRefused, TableError) as error:
        if _state(pk) == ImportRun.State.PLANNED:
            messages.error(request, _("Nothing was written: %(why)s") % {"why": error})
    else:
        messages.success(request, _("The import is applied; visitors see it at once."))
    return redirect("directory_import_run", pk)


@require_POST
@_for_those_who_may
def discard(request: HttpRequest, pk: int) -> HttpResponse:
    """Forget a plan and its file."""
    run = _run(request, pk)
    try:
        import_runs.discard(run)
    except ImportRefused as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("The plan and its file are deleted; nothing was written."))
    return redirect("directory_imports")


@require_POST
@_for_those_who_may
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Put back what stood before the run, or say which rows stand in the way."""
    run = _run(request, pk)
    try:
        import_runs.undo(run, request.user, check_rights=True)
    except ImportRefused as error:
        if _state(pk) == ImportRun.State.UNDONE:
            return redirect("directory_import_run", pk)
        return run_of(request, pk, refusals=error.reasons)
    messages.success(request, _("The import is undone; visitors see what stood before."))
    return redirect("directory_import_run", pk)


@_for_those_who_may
def refused(request: HttpRequest, pk: int) -> HttpResponse:
    """The refused rows as they stood in the file, with the reasons: to be corrected and imported."""
    run = _run(request, pk)
    width = len(run.header)
    output = io.BytesIO()
    kept = run.rows.filter(outcome=ImportRow.Outcome.REFUSED).order_by("number", "pk")
    lines = (
        [*row.cells[:width], *[""] * (width - len(row.cells)), str(row.number), "; ".join(row.reasons)]
        for row in kept.iterator()
    )
    write_csv(output, [*run.header, _("row of the file"), _("why it was refused")], lines)
    return _download(output, f"{_('refused')}-{run.pk}.csv")


@_for_those_who_may
def download(request: HttpRequest) -> HttpResponse:
    """The directory, or a part of it, as a file: the lines of the pages that the user may change."""
    form = request.GET.get("format", "")
    output = io.BytesIO()
    pages = None if request.user.is_superuser else pages_that_may_change(request.user, set(Places().by_pk))
    try:
        if form not in FORMATS:
            raise ExportRefused(_("Choose CSV or XLSX."))
        export(output, form, request.GET.get("scope", ""), get_language() or "fr", pages)
    except ExportRefused as error:
        messages.error(request, str(error))
        return redirect("directory_imports")
    return _download(output, f"{_('directory')}-{timezone.localdate():%Y-%m-%d}.{form}")


def _download(output: io.BytesIO, name: str) -> HttpResponse:
    output.seek(0)
    return FileResponse(output, as_attachment=True, filename=name)


urlpatterns = [
    path("directory-imports/", index, name="directory_imports"),
    path("directory-imports/export/", download, name="directory_export"),
    path("directory-imports/<int:pk>/", run_of, name="directory_import_run"),
    path("directory-imports/<int:pk>/columns/", columns, name="directory_import_columns"),
    path("directory-imports/<int:pk>/apply/", apply, name="directory_import_apply"),
    path("directory-imports/<int:pk>/discard/", discard, name="directory_import_discard"),
    path("directory-imports/<int:pk>/undo/", undo, name="directory_import_undo"),
    path("directory-imports/<int:pk>/refused/", refused, name="directory_import_refused"),
]
