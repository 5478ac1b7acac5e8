"""Where staff change facts - numbers, locations, roles - from the page that shows them.

Wagtail's own permissions end at the page, so each view asks itself whether the user may change that page.
"""

import json
from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist, PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path, resolve, reverse
from django.utils.text import capfirst
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from i18nfield.fields import I18nFieldMixin
from wagtail import hooks
from wagtail.admin import messages
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.admin.panels import ObjectList, Panel
from wagtail.models import Page

from portal import fact_log
from portal.models import BasePage, Fact, Use, User
from portal.panels import FactsPanel


def fact_model(app_label: str, model_name: str) -> type[Fact]:
    try:
        model = apps.get_model(app_label, model_name)
    except LookupError:
        raise Http404 from None
    if not issubclass(model, Fact):
        raise Http404
    return model


def _guard(request: HttpRequest, fact: Fact) -> None:
    if not fact.may_be_changed_by(request.user):
        raise PermissionDenied


def _shows(page: Page, model: type[Fact]) -> bool:
    """Whether pages of this type have a place for facts of this kind."""
    return isinstance(page, BasePage) and model._meta.label in {
        panel.fact for panel in _panels(page.get_edit_handler()) if isinstance(panel, FactsPanel)
    }


def _panels(panel: Panel) -> Iterator[Panel]:
    yield panel
    for child in getattr(panel, "children", ()):
        yield from _panels(child)


def add(request: HttpRequest, app_label: str, model_name: str, page_id: int) -> HttpResponse:
    """A new fact of page `page_id`."""
    model, page = fact_model(app_label, model_name), get_object_or_404(Page, pk=page_id).specific
    if not _shows(page, model):
        raise Http404
    fact = model(page=page.source)
    _guard(request, fact)
    return _form(request, fact)


def change(request: HttpRequest, app_label: str, model_name: str, pk: int) -> HttpResponse:
    """The editor of one fact, with the button that takes it off the page."""
    fact = get_object_or_404(fact_model(app_label, model_name), pk=pk)
    _guard(request, fact)
    if fact.archived_at:
        return redirect(_history_url(fact))
    if request.method == "POST" and "archive" in request.POST:
        try:
            fact_log.archive(fact, request.user)
        except fact_log.StillUsed:
            messages.error(
                request,
                _("“%(fact)s” was not taken off the page: it is still used. The list below says where.")
                % {"fact": fact},
            )
            return redirect(f"{request.path}#used-by")
        messages.success(
            request,
            _("“%(fact)s” is no longer shown. Its history keeps it.") % {"fact": fact},
            buttons=[messages.button(_history_url(fact), _("History and undo"))],
        )
        return redirect(fact.way_back(request.user))
    return _form(request, fact)


def take_off(request: HttpRequest, app_label: str, model_name: str, pk: int) -> HttpResponse:
    """The question before a fact is taken off its page, with what stands in the way."""
    fact = get_object_or_404(fact_model(app_label, model_name), pk=pk)
    _guard(request, fact)
    if fact.archived_at:
        return redirect(_history_url(fact))
    uses = fact.used_by()
    context = {
        "page_title": _("Take off the page"),
        "page_subtitle": str(fact),
        "header_icon": "warning",
        "fact": fact,
        "uses": uses,
        "open_to_user": _open_to(request.user, uses),
        "form_url": reverse("fact_change", args=[app_label, model_name, pk]),
    }
    return TemplateResponse(request, "portal/admin/fact_archive.html", context)


def _open_to(user: User, uses: list[Use]) -> set[str]:
    """The addresses of `uses` that `user` may open: a link that leads to a refusal is none."""
    pages = Page.objects.in_bulk({use.page_id for use in uses})
    editable = {pk for pk, page in pages.items() if page.permissions_for_user(user).can_edit()}
    return {use.url for use in uses if use.url and (use.page_id in editable or _is_fact_of(user, use.url))}


def _is_fact_of(user: User, url: str) -> bool:
    """Whether an address is that of a fact that `user` may change without editing its page."""
    match = resolve(url)
    if match.url_name != "fact_change":
        return False
    fact = (
        fact_model(match.kwargs["app_label"], match.kwargs["model_name"]).objects.filter(pk=match.kwargs["pk"]).first()
    )
    return bool(fact) and fact.may_be_changed_by(user)


def _form(request: HttpRequest, fact: Fact) -> HttpResponse:
    model, is_new = type(fact), fact.pk is None
    panel = ObjectList(model.panels, base_form_class=WagtailAdminModelForm).bind_to_model(model)
    initial, latest = fact.form_initial(), None if is_new else fact_log.entries(fact).first()
    seen = str(latest.pk) if latest else ""
    if request.method == "POST":
        fact.begin_edit()
    form = panel.get_form_class()(request.POST or None, instance=fact, initial=initial, for_user=request.user)
    fact.fit_form(form)
    if request.method == "POST":
        if form.is_valid():
            if request.POST.get("seen", "") != seen:
                form.add_error(None, _("Somebody changed this while you had it open. Compare, then save once more."))
            try:
                form.instance.validate_constraints()
            except ValidationError as error:
                form.add_error(None, error)
        if form.is_valid():
            fact = form.save(commit=False)
            if is_new:
                fact_log.add(fact, request.user)
            elif not fact_log.change(fact, request.user):
                messages.success(request, _("Nothing was changed."))
                return redirect(fact.way_back(request.user))
            messages.success(
                request,
                _("“%(fact)s” is live.") % {"fact": fact},
                buttons=[messages.button(_history_url(fact), _("History and undo"))],
            )
            for tell in hooks.get_hooks("after_fact_saved"):
                tell(request, fact)
            return redirect(fact.way_back(request.user))
        messages.error(request, _("Nothing was saved yet: see what to correct below."))
    name = capfirst(model._meta.verbose_name)
    uses = fact.used_by()
    context = {
        "page_title": _("New: %(model_name)s") % {"model_name": name} if is_new else name,
        "page_subtitle": fact.page.title,
        "header_icon": "form",
        "panel": panel.get_bound_panel(request=request, instance=form.instance, form=form),
        "form": form,
        "media": form.media,
        "fact": fact,
        "seen": seen,
        "action_url": request.path,
        "back_url": fact.way_back(request.user),
        "history_url": "" if is_new else _history_url(fact),
        "back_to_page": fact.way_back(request.user) == reverse("wagtailadmin_pages:edit", args=[fact.page_id]),
        "plan_url": ""
        if is_new or fact.archived_at
        else reverse("fact_plan", args=[model._meta.app_label, model._meta.model_name, fact.pk]),
        "archive_url": ""
        if is_new
        else reverse("fact_take_off", args=[model._meta.app_label, model._meta.model_name, fact.pk]),
        "uses": uses,
        "open_to_user": _open_to(request.user, uses),
        "has_unsaved_changes": form.is_bound,
    }
    context["media"] += context["panel"].media
    return TemplateResponse(request, "portal/admin/fact_form.html", context)


def _history_url(fact: Fact) -> str:
    return reverse("fact_history", args=[fact._meta.app_label, fact._meta.model_name, fact.pk])


def history(request: HttpRequest, app_label: str, model_name: str, pk: int) -> HttpResponse:
    """Who changed the fact, when, and what stood before."""
    fact = get_object_or_404(fact_model(app_label, model_name), pk=pk)
    _guard(request, fact)
    entries = list(fact_log.story(fact)[:100])
    context = {
        "page_title": _("History"),
        "page_subtitle": str(fact),
        "header_icon": "history",
        "fact": fact,
        "app_label": app_label,
        "model_name": model_name,
        "back_url": fact.way_back(request.user),
        "entries": [_readable(fact, entry) for entry in entries],
        "latest": fact_log.entries(fact).first(),
    }
    return TemplateResponse(request, "portal/admin/fact_history.html", context)


def _readable(fact: Fact, entry: Any) -> dict[str, Any]:
    before, after = fact_log.differences(entry)
    return {
        "when": entry.timestamp,
        "who": entry.user_display_name,
        "what": entry.message,
        "before": [named(fact, name, value) for name, value in before.items()],
        "after": [named(fact, name, value) for name, value in after.items()],
    }


def named(fact: Fact, name: str, value: Any) -> tuple[str, str]:
    """A logged value under the name of its field, as the reader's language says it."""
    try:
        field = fact._meta.get_field(name)
    except FieldDoesNotExist:
        return name, value
    if isinstance(value, bool):
        value = _("Yes") if value else _("No")
    elif value and hasattr(field, "in_words"):
        value = field.in_words(value)
    elif field.choices:
        value = dict(field.flatchoices).get(value, value)
    elif field.is_relation and value:
        value = field.related_model._default_manager.filter(pk=value).first() or value
    elif isinstance(field, I18nFieldMixin) and value:
        texts = json.loads(value)
        value = texts.get(get_language(), "") or next(iter(texts.values()), "")
    return capfirst(field.verbose_name), value


@require_POST
def undo(request: HttpRequest, app_label: str, model_name: str, pk: int) -> HttpResponse:
    """Take back the last change, if nobody changed the fact since the user saw its history."""
    fact = get_object_or_404(fact_model(app_label, model_name), pk=pk)
    _guard(request, fact)
    try:
        done = fact_log.undo(fact, int(request.POST.get("entry", "0")), request.user)
    except (ValidationError, ValueError) as error:
        messages.error(request, _("This cannot be undone: %(why)s") % {"why": "; ".join(_texts(error))})
        return redirect(_history_url(fact))
    if done:
        messages.success(request, _("The last change was undone; visitors see the earlier values."))
        return redirect(fact.way_back(request.user))
    messages.error(request, _("Somebody changed this meanwhile. Look at the history once more."))
    return redirect(_history_url(fact))


def _texts(error: Exception) -> list[str]:
    return error.messages if isinstance(error, ValidationError) else [str(error)]


_FACT = "facts/<slug:app_label>/<slug:model_name>/"
urlpatterns = [
    path(f"{_FACT}add/<int:page_id>/", add, name="fact_add"),
    path(f"{_FACT}<int:pk>/", change, name="fact_change"),
    path(f"{_FACT}<int:pk>/take-off/", take_off, name="fact_take_off"),
    path(f"{_FACT}<int:pk>/history/", history, name="fact_history"),
    path(f"{_FACT}<int:pk>/undo/", undo, name="fact_undo"),
]
