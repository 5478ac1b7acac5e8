"""The call list in the admin: the lines that are due, one at a time, worked through by keyboard."""

from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from wagtail.admin import messages
from wagtail.permission_policies.pages import PagePermissionPolicy

from departments import duplicates, verifying
from departments.models import ContactLine, DepartmentPage, Duty, HospitalPage, NumberReport
from departments.models.contacts import ContactLineQuerySet, VerifiedHow
from institutes.models import InstitutePage
from portal import fact_log
from portal.listings import pages_to_work_on

_SKIPPED = "lines_skipped"  # in the session: what this person put off, so that it comes back at the end
_MOST_SKIPPED = 500


@require_http_methods(["GET", "HEAD", "POST"])
def call_list(request: HttpRequest) -> HttpResponse:
    """The line to call now; and what was found out about the one before.

    Showing a line to somebody keeps it from their colleagues for a while (`verifying.take_next`): the one thing that a
    GET writes here. A HEAD shows nothing and keeps nothing.
    """
    if not may_check_lines(request.user):
        raise PermissionDenied
    if request.method == "POST":
        return _take_answer(request)
    chosen = Choice(request.user, request.GET)
    if request.method == "HEAD":
        return _show(request, chosen, None)
    due = chosen.narrow(verifying.lines_to_call(request.user))
    skipped = request.session.get(_SKIPPED, [])
    line = verifying.take_next(due, request.user, skipped)
    if line is None and skipped:
        request.session[_SKIPPED] = []
        line = verifying.take_next(due, request.user, [])
    return _show(request, chosen, line)


def may_check_lines(user: Any) -> bool:
    """Whether any line can be the user's to check: somebody with a duty, or who edits departments."""
    return Duty.objects.of_user(user).exists() or works_on_lines(user)


def works_on_lines(user: Any) -> bool:
    """Whether `user` edits departments or hospitals on which lines hang: those in the source language.

    Who may edit translations alone - a translator - changes no number.
    """
    models = (DepartmentPage, HospitalPage)
    source = {"locale__language_code": settings.LANGUAGE_CODE}
    return any(pages_to_work_on(user, model).filter(**source).exists() for model in models)


class Choice:
    """The institute and the hospital to which the list is narrowed, of those that the user works for."""

    def __init__(self, user: Any, query: QueryDict) -> None:
        self.institutes = list(institutes_of(user))
        below = Q()
        for institute in self.institutes:
            below |= Q(path__startswith=institute.path)
        hospitals = HospitalPage.objects.filter(below) if self.institutes else HospitalPage.objects.none()
        self.hospitals = list(hospitals.order_by("folded_title"))
        self.institute = self._one(self.institutes, query.get("institute"))
        self.hospital = self._one(self.hospitals, query.get("hospital"))

    @staticmethod
    def _one(pages: list[Any], pk: str | None) -> Any:
        return next((page for page in pages if str(page.pk) == pk), None)

    def narrow(self, lines: ContactLineQuerySet) -> ContactLineQuerySet:
        if self.institute:
            lines = lines.filter(page__path__startswith=self.institute.path)
        if self.hospital:
            lines = verifying.at_hospital(lines, self.hospital.pk)
        return lines

    @property
    def query(self) -> str:
        chosen = QueryDict(mutable=True)
        for name in ("institute", "hospital"):
            if page := getattr(self, name):
                chosen[name] = page.pk
        return f"?{chosen.urlencode()}" if chosen else ""


def institutes_of(user: Any) -> Any:
    """The institutes, by their page in the source language, some of whose lines `user` may change."""
    institutes = InstitutePage.objects.filter(locale__language_code=settings.LANGUAGE_CODE).order_by("folded_title")
    if user.is_superuser:
        return institutes
    editable = PagePermissionPolicy().instances_user_has_permission_for(user, "change").values("pk")
    return institutes.filter(Q(pk__in=editable) | Q(pk__in=Duty.objects.of_user(user).values("institute")))


def _take_answer(request: HttpRequest) -> HttpResponse:
    chosen = Choice(request.user, request.POST)
    line = get_object_or_404(ContactLine.objects.select_related("page"), pk=_number(request.POST.get("line")))
    if not line.may_be_changed_by(request.user):
        raise PermissionDenied
    as_seen, act = request.POST.get("seen", ""), request.POST.get("act", "")
    try:
        if act == "confirm":
            line = verifying.confirm(line, request.user, as_seen)
            messages.success(request, _("Confirmed: %(line)s") % {"line": _named(line)})
        elif act == "no_answer":
            line = verifying.no_answer(line, request.user, as_seen)
            messages.success(request, _("No answer: %(line)s. It comes back at the end.") % {"line": _named(line)})
        elif act == "skip":
            skipped = [*request.session.get(_SKIPPED, []), line.pk]
            request.session[_SKIPPED] = skipped[-_MOST_SKIPPED:]
            verifying.release(line, request.user)
        elif act == "change":
            change_number(request, line, as_seen)
    except ValidationError as error:
        line = ContactLine.objects.select_related("page").get(pk=line.pk)
        if line.archived_at:
            messages.warning(request, _("Somebody took this line off its page meanwhile."))
            return _on(chosen)
        return _show(request, chosen, line, error)
    return _on(chosen)


def change_number(request: HttpRequest, line: ContactLine, as_seen: str) -> None:
    """Take the number typed in the call list or beside a report: live at once, verified where the box is ticked."""
    how = VerifiedHow.CALL if request.POST.get("called") else ""
    changed = verifying.change(line, request.POST.get("number", ""), request.user, as_seen, how)
    if how:
        text = _("%(line)s is live, and confirmed.")
    else:
        text = _("%(line)s is live. It stays in the list until somebody has called it.")
    history = reverse("fact_history", args=["departments", "contactline", line.pk])
    messages.success(
        request, text % {"line": _named(changed)}, buttons=[messages.button(history, _("History and undo"))]
    )
    duplicates.warn(request, changed)


def _named(line: ContactLine) -> str:
    return f"{line.page.title}, {line}"


def _on(chosen: Choice) -> HttpResponseRedirect:
    return redirect(reverse("call_list") + chosen.query)


def _show(
    request: HttpRequest, chosen: Choice, line: ContactLine | None, error: ValidationError | None = None
) -> HttpResponse:
    lines = chosen.narrow(ContactLine.objects.changeable_by(request.user))
    due = chosen.narrow(verifying.lines_to_call(request.user))
    context = {
        "page_title": _("Call list"),
        "header_icon": "mobile-alt",
        "chosen": chosen,
        "progress": verifying.progress(lines, due),
    } | (line_context(request, line, error) if line else {})
    return TemplateResponse(request, "departments/admin/call_list.html", context, status=422 if error else 200)


def line_context(request: HttpRequest, line: ContactLine, error: ValidationError | None = None) -> dict[str, Any]:
    """What the call list and a report's page show of a line: the state that is seen, what else is known of it."""
    texts = error.message_dict if error and hasattr(error, "error_dict") else {}
    report = NumberReport.objects.still_open().filter(line=line).first()
    return {
        "line": line,
        "hospital": line.hospital,
        "seen": verifying.seen(line),
        "others": [duplicates.where(other) for other in duplicates.others_with(line)],
        "report": report,
        "typed": request.POST.get("number", "") if error else "",
        "called": bool(request.POST.get("called")) if error else False,
        "number_errors": texts.get("number", []),
        "errors": [text for name, all_of in texts.items() if name != "number" for text in all_of]
        if texts
        else (error.messages if error else []),
        "last_change": fact_log.entries(line).first(),
    }


def _number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 19 else 0
