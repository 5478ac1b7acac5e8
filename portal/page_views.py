"""The editor's ways to publish: findings stop or ask, what was typed is kept as a draft, and every finding is shown.

The same for publishing, scheduling, submitting and approving. Nobody gets past `BasePage.publish` anyway; these views
see to it that people are told in time, and where.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from wagtail import blocks, hooks
from wagtail.admin import messages
from wagtail.admin.utils import get_valid_next_url_from_request
from wagtail.admin.views.pages.bulk_actions.publish import PublishBulkAction
from wagtail.admin.views.pages.create import CreateView
from wagtail.admin.views.pages.edit import EditView
from wagtail.admin.views.pages.revisions import RevisionsRevertView
from wagtail.admin.views.pages.workflow import WorkflowActionView
from wagtail.admin.viewsets.pages import PageViewSet
from wagtail.admin.widgets.button import Button
from wagtail.blocks.list_block import ListBlockValidationError
from wagtail.blocks.stream_block import StreamBlockValidationError
from wagtail.blocks.struct_block import StructBlockValidationError
from wagtail.log_actions import LogFormatter, log
from wagtail.models import Page, Revision, WorkflowState

from portal.content import Path, parts_of
from portal.four_eyes import FourEyesTester
from portal.models import BasePage
from portal.publishing import Finding, NotPublishable, judge, judge_all

PUBLISH, SUBMIT, RESTART = "publish", "submit", "restart"
"""What is asked of a page; every other act is one of the task at which its workflow stands."""

ANYWAY = "portal.publish.despite_warnings"
_EXTRA = "publishing-extra-data"  # in the session: what the form of a workflow's task was given, by page


# --- Showing findings -----------------------------------------------------------------------------


def address_of(page_id: int, finding: Finding | None = None, **query: str) -> str:
    """The edit screen, at the place of a finding."""
    address = reverse("wagtailadmin_pages:edit", args=[page_id])
    asked = {name: value for name, value in query.items() if value}
    return address + (f"?{urlencode(asked)}" if asked else "") + (fragment(finding.where.path) if finding else "")


def fragment(at: Path) -> str:
    """The end of an address that makes Wagtail's editor open and show a field or a block."""
    return f"#:w:contentpath={'.'.join(at)}" if at else ""


def listed(page_id: int, findings: Iterable[Finding]) -> list[dict[str, Any]]:
    """Findings as the templates list them: each with the address at which it is mended."""
    return [{"finding": one, "url": one.where.url or address_of(page_id, one)} for one in findings]


def show_on_form(form: BaseForm, findings: Iterable[Finding]) -> None:
    """Put errors where the form shows its own: on fields, and on blocks within streams."""
    by_field: dict[str, list[tuple[Path, str]]] = defaultdict(list)
    for finding in findings:
        if finding.is_error and finding.where.path and finding.where.path[0] in form.fields:
            by_field[finding.where.path[0]].append((finding.where.path[1:], finding.message))
    form.errors  # noqa: B018 - a form that was not posted has no list of errors before it was asked for one
    form.cleaned_data = getattr(form, "cleaned_data", {})
    for name, told in by_field.items():
        block = getattr(form.fields[name], "block", None)
        if block is None:
            form.add_error(name, [message for _path, message in told])
        else:
            raw = list(getattr(form.instance, name).raw_data)
            form.add_error(name, _nested(block, raw, told))


def _nested(block: blocks.Block, raw: Any, told: list[tuple[Path, str]]) -> ValidationError:
    """Messages about parts of `block`, as Wagtail's blocks nest their errors."""
    own = [message for at, message in told if not at]
    inner: dict[Any, ValidationError] = {}
    for number, (step, _label, child, value) in enumerate(parts_of(block, raw)):
        below = [(at[1:], message) for at, message in told if at and at[0] == step]
        if below:
            inner[step if isinstance(block, blocks.StructBlock) else number] = _nested(child, value, below)
    for kind, error in (
        (blocks.StreamBlock, StreamBlockValidationError),
        (blocks.ListBlock, ListBlockValidationError),
        (blocks.StructBlock, StructBlockValidationError),
    ):
        if isinstance(block, kind):
            return error(block_errors=inner, non_block_errors=[ValidationError(message) for message in own])
    return ValidationError(own)


def _tell_errors(request: HttpRequest, page: Page, findings: list[Finding]) -> None:
    number = sum(finding.is_error for finding in findings)
    sentence = ngettext(
        "“%(page)s” is saved as a draft, and not public yet: mend %(number)d thing first.",
        "“%(page)s” is saved as a draft, and not public yet: mend %(number)d things first.",
        number,
    )
    messages.error(request, sentence % {"page": page.get_admin_display_title(), "number": number})


# --- The editor -----------------------------------------------------------------------------------


class _Asks:
    """Judges what was typed before it is published or handed on; mixed into the views that save a page."""

    def _judged(self, act: str, go_on: Callable[[], HttpResponse], has_draft: bool = False) -> HttpResponse:
        # Wagtail saves the form once more, which changes nothing: rows without a key are replaced, not added.
        findings = judge(self.form.save(commit=False))
        if not findings:
            return go_on()
        if not has_draft:
            saved = self.save_action()
            if not isinstance(saved, HttpResponseRedirect):
                return saved
        return hold_back(self.request, self.page, act, findings, self.next_url)


def hold_back(
    request: HttpRequest, page: Page, act: str, findings: list[Finding], next_url: str = "", **extra: Any
) -> HttpResponse:
    """The answer instead of publishing: the editor with the errors, or the page that asks about warnings."""
    if any(finding.is_error for finding in findings):
        _tell_errors(request, page, findings)
        return redirect(address_of(page.pk, findings=act, next=next_url))
    rights = page.permissions_for_user(request.user)
    if act == PUBLISH and isinstance(rights, FourEyesTester) and rights.can_publish_alone():
        return redirect("publish_alone", page.pk)  # asks about the warnings too
    request.session[_EXTRA] = {str(page.pk): extra} if extra else {}
    revision = page.get_latest_revision() or page.specific.save_revision(user=request.user)
    address = reverse("publish_anyway", args=[page.pk, revision.pk, act])
    return redirect(address + (f"?{urlencode({'next': next_url})}" if next_url else ""))


class _CheckedEdit(_Asks):
    def publish_action(self) -> HttpResponse:
        return self._judged(PUBLISH, super().publish_action)

    def submit_action(self) -> HttpResponse:
        return self._judged(SUBMIT, super().submit_action)

    def restart_workflow_action(self) -> HttpResponse:
        return self._judged(RESTART, super().restart_workflow_action)

    def perform_workflow_action(self) -> HttpResponse:
        if self.workflow_action == "reject":
            return super().perform_workflow_action()
        return self._judged(self.workflow_action, super().perform_workflow_action, not self.has_content_changes)

    def get_template_names(self) -> list[str]:
        names = super().get_template_names()
        return ["portal/admin/page_edit.html"] if names == ["wagtailadmin/pages/edit.html"] else names

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        asked = self.request.method == "GET" and "findings" in self.request.GET
        if not asked or not isinstance(self.page, BasePage):
            return super().get_context_data(**kwargs)
        findings = judge(self.page)
        show_on_form(self.form, findings)
        return super().get_context_data(**kwargs) | {
            "is_checked": True,
            "findings": [{"finding": one, "url": one.where.url or fragment(one.where.path)} for one in findings],
            "is_refused": any(one.is_error for one in findings),
        }


class CheckedEdit(_CheckedEdit, EditView):
    """Wagtail's editor, which tells what is to be mended before a page is public."""


class CheckedRevert(_CheckedEdit, RevisionsRevertView):
    """The same for an older version that is to come back."""


class CheckedCreate(_Asks, CreateView):
    """A new page with findings begins as a draft; it is never public for a moment."""

    def publish_action(self) -> HttpResponse:
        return self._judged(PUBLISH, super().publish_action)

    def submit_action(self) -> HttpResponse:
        return self._judged(SUBMIT, super().submit_action)


class CheckedWorkflowAction(WorkflowActionView):
    """Approving from a list, from the page itself or from a window."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        page = self.object.get_latest_revision_as_object()
        findings = judge(page) if self.action_name != "reject" and isinstance(page, BasePage) else []
        form = self.form_class(request.POST) if self.form_class else None
        if not findings or (form and not form.is_valid()):
            return super().post(request, *args, **kwargs)
        extra = form.cleaned_data if form else {}
        answer = hold_back(request, page, self.action_name, findings, self.redirect_url, **extra)
        if request.headers.get("x-requested-with") == "XMLHttpRequest":
            return self.render_modal_json(request, {"step": "success", "redirect": answer.url})
        return answer


class CheckedPages(PageViewSet):
    """The views of every page type."""

    model = Page
    add_view_class = CheckedCreate
    edit_view_class = CheckedEdit
    revisions_revert_view_class = CheckedRevert
    workflow_action_view_class = CheckedWorkflowAction


@hooks.register("register_admin_viewset")  # after Wagtail's own, whose place it takes
def checked_pages() -> CheckedPages:
    return CheckedPages()


@hooks.register("register_page_header_buttons")
def check_button(page: Page, user: Any, view_name: str, next_url: str | None = None) -> Iterable[Button]:
    if view_name == "edit" and issubclass(page.specific_class or Page, BasePage):
        yield Button(
            gettext_lazy("Check before publishing"),
            address_of(page.pk, findings="check"),
            icon_name="circle-check",
            priority=5,
        )


# --- Warnings: publish anyway ---------------------------------------------------------------------


def publish_anyway(request: HttpRequest, page_id: int, revision_id: int, act: str) -> HttpResponse:
    """Lists the warnings about a draft and asks; what is then done is written down with them."""
    page = get_object_or_404(Page, pk=page_id).specific
    if not page.permissions_for_user(request.user).can_edit():
        raise PermissionDenied
    next_url = get_valid_next_url_from_request(request)
    revision = get_object_or_404(page.revisions, pk=revision_id)
    if revision.pk != page.latest_revision_id:
        messages.warning(request, _("The page was changed meanwhile. Look at it once more, then publish it."))
        return redirect(address_of(page.pk, next=next_url))
    findings = judge(revision.as_object())
    if any(finding.is_error for finding in findings):
        return hold_back(request, page, act, findings, next_url)
    if request.method == "POST":
        return _do(request, page, revision, act, findings, next_url)
    context = {
        "page_title": gettext_lazy("Before this goes on"),
        "page_subtitle": page.get_admin_display_title(),
        "header_icon": "warning",
        "findings": listed(page.pk, findings),
        "action": _named(page, request.user, act),
        "next": next_url,
        "back_url": address_of(page.pk, findings=act, next=next_url),
    }
    return TemplateResponse(request, "portal/admin/publish_anyway.html", context)


def _named(page: Page, user: Any, act: str) -> str:
    """What the button says."""
    if act == PUBLISH:
        return _("Publish anyway")
    if act in (SUBMIT, RESTART):
        return _("Submit anyway")
    return _("%(action)s anyway") % {"action": dict(_acts_of_task(page, user)).get(act, act)}


def _acts_of_task(page: Page, user: Any) -> list[tuple[str, str]]:
    task = page.current_workflow_task
    return [(name, words) for name, words, _modal in task.get_actions(page, user)] if task else []


def _do(
    request: HttpRequest, page: BasePage, revision: Revision, act: str, findings: list[Finding], next_url: str
) -> HttpResponse:
    done = _publish if act == PUBLISH else _submit if act in (SUBMIT, RESTART) else _act_of_task
    try:
        with transaction.atomic():
            note_warnings(page, request.user, revision, findings)
            answer = done(request, page, revision, act)
    except NotPublishable as error:
        return hold_back(request, page, act, error.findings, next_url)
    if answer is not None:
        return answer
    return redirect(next_url or reverse("wagtailadmin_explore", args=[page.get_parent().pk]))


def _publish(request: HttpRequest, page: BasePage, revision: Revision, act: str) -> HttpResponse | None:
    for hook in hooks.get_hooks("before_publish_page"):
        answer = hook(request, page)
        if hasattr(answer, "status_code"):
            transaction.set_rollback(True)
            return answer
    rights = page.permissions_for_user(request.user)
    if not rights.can_publish() or rights.page_locked():
        raise PermissionDenied
    revision.publish(user=request.user)
    page = type(page).objects.get(pk=page.pk)
    edit = messages.button(reverse("wagtailadmin_pages:edit", args=[page.pk]), _("Edit"))
    if page.live and not page.has_unpublished_changes:
        buttons = [messages.button(page.url, _("View live"), new_window=False)] if page.url else []
        sentence = _("“%(page)s” is public.")
    else:
        buttons = []
        sentence = _("“%(page)s” will be public at the time that you set.")
    messages.success(request, sentence % {"page": page.get_admin_display_title()}, buttons=[*buttons, edit])
    for hook in hooks.get_hooks("after_publish_page"):
        answer = hook(request, page)
        if hasattr(answer, "status_code"):
            return answer
    return None


def _submit(request: HttpRequest, page: BasePage, revision: Revision, act: str) -> None:
    if not page.permissions_for_user(request.user).can_submit_for_moderation():
        raise PermissionDenied
    state = page.current_workflow_state
    if act == RESTART and state and state.user_can_cancel(request.user):
        state.cancel(user=request.user)
        state = None
    if state and state.status == WorkflowState.STATUS_NEEDS_CHANGES:
        state.resume(request.user)
    elif not state:
        page.get_workflow().start(page, request.user)
    words = {"page": page.get_admin_display_title()}
    messages.success(request, _("“%(page)s” is handed on for approval.") % words)


def _act_of_task(request: HttpRequest, page: BasePage, revision: Revision, act: str) -> None:
    if act == "reject" or act not in dict(_acts_of_task(page, request.user)):
        raise PermissionDenied
    extra = request.session.pop(_EXTRA, {}).get(str(page.pk), {})
    page.current_workflow_task.on_action(page.current_workflow_task_state, request.user, act, **extra)
    words = {"page": page.get_admin_display_title()}
    messages.success(request, _("“%(page)s” went on to its next step.") % words)


def note_warnings(page: Page, user: Any, revision: Revision | None, findings: list[Finding]) -> None:
    """Write into the page's history which warnings `user` went on despite."""
    if findings:
        data = {"findings": [str(finding) for finding in findings]}
        log(page, ANYWAY, user=user, data=data, revision=revision)


# --- Several at once ------------------------------------------------------------------------------


class CheckedPublishing(PublishBulkAction):
    """Publishes those of the chosen pages that have no error, and says which have; warnings are listed before."""

    template_name = "portal/admin/confirm_bulk_publish.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        drafts = [item["item"].get_latest_revision_as_object() for item in context["items"]]
        for item, findings in zip(context["items"], judge_all(drafts), strict=True):
            item["findings"] = listed(item["item"].pk, findings)
            item["is_refused"] = any(finding.is_error for finding in findings)
        return context | {"can_publish_some": any(not item["is_refused"] for item in context["items"])}

    def get_execution_context(self) -> dict[str, Any]:
        return super().get_execution_context() | {"request": self.request}

    @classmethod
    def execute_action(
        cls,
        objects: list[Page],
        include_descendants: bool = False,
        user: Any = None,
        request: Any = None,
        **kwargs: Any,
    ) -> tuple[int, int]:
        parents = cls._publish(objects, user, request)
        children = 0
        for page in objects if include_descendants else ():
            drafts = page.get_descendants().not_live().specific()
            may = [one for one in drafts if user is None or one.permissions_for_user(user).can_publish()]
            children += cls._publish(may, user, request)
        return parents, children

    @staticmethod
    def _publish(pages: list[Page], user: Any, request: HttpRequest | None) -> int:
        done = 0
        for page in pages:
            # A page without history: its words are not those of who publishes them.
            revision = page.get_latest_revision() or page.specific.save_revision()
            try:
                warnings = judge(revision.as_object())
                with transaction.atomic():
                    note_warnings(page, user, revision, warnings)
                    revision.publish(user=user)
            except NotPublishable as error:
                button = messages.button(address_of(page.pk, findings=PUBLISH), _("Edit"))
                if request:
                    messages.error(request, " ".join(error.messages), buttons=[button])
            else:
                done += 1
        return done

    def get_success_message(self, num_parent_objects: int, num_child_objects: int) -> str | None:
        if not num_parent_objects + num_child_objects:
            return None
        return super().get_success_message(num_parent_objects, num_child_objects)


hooks.register("register_bulk_action", CheckedPublishing, order=100)  # takes the place of Wagtail's own


# --- Doors ----------------------------------------------------------------------------------------


@hooks.register("register_admin_urls")
def urls() -> list[Any]:
    return [path("pages/<int:page_id>/publishing/<int:revision_id>/<slug:act>/", publish_anyway, name="publish_anyway")]


@hooks.register("register_log_actions")
def log_actions(actions: Any) -> None:
    @actions.register_action(ANYWAY)
    class DespiteWarnings(LogFormatter):
        label = gettext_lazy("Go on despite warnings")
        message = gettext_lazy("Went on despite warnings")

        def format_comment(self, log_entry: Any) -> str:
            return "\n".join(log_entry.data.get("findings", []))
