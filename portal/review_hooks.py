"""The doors of the review: what the editor offers to whom, and what happens where somebody may not publish."""

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail import hooks
from wagtail.admin import messages
from wagtail.admin.action_menu import ActionMenuItem
from wagtail.log_actions import LogFormatter
from wagtail.models import Page

from portal import four_eyes, scheduled
from portal.models import BasePage, User
from portal.models.tasks import WAIVER, ReasonForm
from portal.page_views import PUBLISH, hold_back, listed, note_warnings
from portal.publishing import judge

ALONE = "action-publish-alone"


class PublishAloneItem(ActionMenuItem):
    """For administrators: publish although nobody else has read it. A page of its own asks why."""

    label = gettext_lazy("Publish without a second reader…")
    name = ALONE
    icon_name = "warning"

    def is_shown(self, context: dict[str, Any]) -> bool:
        user = context["request"].user
        if context["view"] == "create":
            rights = context["parent_page"].permissions_for_user(user)
            return rights.can_publish_subpage() and four_eyes.may_waive(user)
        rights = self.get_user_page_permissions_tester(context)
        if context["locked_for_user"] or not isinstance(rights, four_eyes.FourEyesTester):
            return False
        return rights.can_publish_alone()


@hooks.register("register_page_action_menu_item")
def publish_alone_item() -> ActionMenuItem:
    return PublishAloneItem(order=35)


@hooks.register("construct_page_action_menu")
def nobody_publishes_a_new_page(items: list[ActionMenuItem], request: HttpRequest, context: dict[str, Any]) -> None:
    # Nobody but who types it has read a page that is being made.
    if context["view"] == "create":
        items[:] = [item for item in items if item.name != "action-publish"]


@hooks.register("before_create_page")
def begin_with_a_draft(request: HttpRequest, parent: Page, page_class: type[Page]) -> None:
    # Wagtail makes the page public before it asks `before_publish_page`.
    if "action-publish" in request.POST:
        sent = request.POST.copy()
        del sent["action-publish"]
        sent[ALONE] = "1"
        request.POST = sent


@hooks.register("before_publish_page")
def somebody_else_publishes(request: HttpRequest, page: Page) -> HttpResponse | None:
    """Called when the words are saved as a draft; what is returned is the answer instead of publishing."""
    reason = four_eyes.refusal(request.user, page)
    return _instead_of_publishing(request, page, reason) if reason else None


def _instead_of_publishing(request: HttpRequest, page: Page, reason: str) -> HttpResponse:
    if page.permissions_for_user(request.user).can_publish_alone():
        return redirect("publish_alone", page.pk)
    messages.warning(request, _("Your text is saved as a draft, and not public yet. %(reason)s") % {"reason": reason})
    return redirect("wagtailadmin_pages:edit", page.pk)


@hooks.register("after_create_page")
@hooks.register("after_edit_page")
def go_on_from_the_draft(request: HttpRequest, page: Page) -> HttpResponse | None:
    # "Publish" arrives here too, where the draft was saved as one went and the button still stood there.
    if ALONE in request.POST or ("action-publish" in request.POST and _publishes(request, page)):
        reason = four_eyes.refusal(request.user, page)
        return _instead_of_publishing(request, page, reason) if reason else None
    wished = request.POST.get("action-workflow-action") and request.POST.get("workflow-action-name")
    if wished in ("approve", WAIVER) and page.workflow_in_progress and four_eyes.contributed(request.user, page):
        messages.warning(
            request,
            _("Your changes are saved, and the text is not approved: you changed it, so somebody else has to read it."),
        )
        return redirect("wagtailadmin_pages:edit", page.pk)
    return None


def _publishes(request: HttpRequest, page: Page) -> bool:
    rights = page.permissions_for_user(request.user)
    return isinstance(rights, four_eyes.FourEyesTester) and rights.may_publish_others()


class PublishAloneForm(forms.Form):
    reason = forms.CharField(
        label=ReasonForm.base_fields["comment"].label,
        help_text=ReasonForm.base_fields["comment"].help_text,
        max_length=500,
        widget=forms.Textarea({"rows": 3}),
    )


def publish_alone(request: HttpRequest, page_id: int) -> HttpResponse:
    """Asks an administrator why nobody else reads the page's draft, and publishes it."""
    page = get_object_or_404(Page, pk=page_id)
    rights = page.permissions_for_user(request.user)
    if not isinstance(rights, four_eyes.FourEyesTester) or not four_eyes.may_waive(request.user):
        raise PermissionDenied
    if not rights.may_publish_others() or rights.page_locked():
        raise PermissionDenied
    draft = page.get_latest_revision_as_object()
    findings = judge(draft) if isinstance(draft, BasePage) else []
    if any(finding.is_error for finding in findings):
        return hold_back(request, page, PUBLISH, findings)
    form = PublishAloneForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():
                note_warnings(page, request.user, page.latest_revision, findings)
                four_eyes.publish_alone(page, request.user, form.cleaned_data["reason"])
        except ValidationError as error:
            form.add_error(None, [_("It was not published:"), *error.messages])
        else:
            messages.success(
                request,
                _("“%(page)s” is published. Its history says that nobody else has read it, and why.")
                % {"page": page.get_admin_display_title()},
            )
            return redirect("wagtailadmin_pages:edit", page.pk)
    writers = User.objects.filter(pk__in=four_eyes.contributors(page))
    context = {
        "page_title": _("Publish without a second reader"),
        "page_subtitle": page.specific_deferred.get_admin_display_title(),
        "header_icon": "warning",
        "form": form,
        "media": form.media,
        "findings": listed(page.pk, findings),
        "writers": ", ".join(user.get_full_name() or user.username for user in writers),
        "is_medical": four_eyes.is_medical(page),
        "compare_url": page.live
        and page.latest_revision_id
        and reverse("wagtailadmin_pages:revisions_compare", args=[page.pk, "live", page.latest_revision_id]),
        "back_url": reverse("wagtailadmin_pages:edit", args=[page.pk]),
    }
    return TemplateResponse(request, "portal/admin/publish_alone.html", context)


@hooks.register("register_admin_urls")
def urls() -> list[Any]:
    return [path("pages/<int:page_id>/publish-alone/", publish_alone, name="publish_alone")]


@hooks.register("register_log_actions")
def log_actions(actions: Any) -> None:
    class WithReason(LogFormatter):
        def format_comment(self, log_entry: Any) -> str:
            return log_entry.data.get("comment", "")

    @actions.register_action(four_eyes.WAIVED)
    class WaiverFormatter(WithReason):
        label = gettext_lazy("Publish without a second reader")
        message = gettext_lazy("An administrator did without a second reader")

    @actions.register_action(scheduled.FAILED)
    class FailureFormatter(WithReason):
        label = gettext_lazy("Not done as planned")
        message = gettext_lazy("Could not be done at the planned time")
