"""The steps of a review: somebody else than the writers reads, and a medical reviewer where a page is marked so."""

from typing import Any

from django import forms
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail.forms import TaskStateCommentForm
from wagtail.models import AbstractGroupApprovalTask, Page, Revision, TaskState, WorkflowState

from portal import four_eyes

WAIVER = "waive"


class ReasonForm(TaskStateCommentForm):
    """Why an administrator does without a second reader."""

    comment = forms.CharField(
        label=_("Why does nobody else read it?"),
        help_text=_("Kept in the page’s history, with your name."),
        widget=forms.Textarea({"rows": 2}),
    )


class FourEyesTask(AbstractGroupApprovalTask):
    """A member of the groups approves a text that others wrote."""

    validates_medically = False

    class Meta:
        verbose_name = _("Approval by somebody who did not write the text")
        verbose_name_plural = _("Approvals by somebody who did not write the text")
        permissions = [("waive_four_eyes", _("May publish without a second reader, giving a reason"))]

    @classmethod
    def get_description(cls) -> str:
        return _("Members of the chosen groups can approve what others wrote")

    def _may_read(self, user: Any) -> bool:
        """Whether the user is a reader of this step; administrators read as moderators do, but are no doctors."""
        return self._user_in_groups(user) or (not self.validates_medically and four_eyes.may_waive(user))

    def user_can_access_editor(self, obj: Any, user: Any) -> bool:
        return self._user_in_groups(user) or four_eyes.may_waive(user)

    def locked_for_user(self, obj: Any, user: Any) -> bool:
        return not self.user_can_access_editor(obj, user)

    def get_actions(self, obj: Any, user: Any) -> list[tuple[str, Any, bool]]:
        if not self.user_can_access_editor(obj, user):
            return []
        actions = [("reject", _("Request changes"), True)]
        if self._may_read(user) and not (isinstance(obj, Page) and four_eyes.contributed(user, obj)):
            return [*actions, ("approve", _("Approve"), False), ("approve", _("Approve with comment"), True)]
        if four_eyes.may_waive(user):
            actions.append((WAIVER, _("Approve without a second reader…"), True))
        return actions

    def get_form_for_action(self, action: str) -> type[forms.Form]:
        return ReasonForm if action == WAIVER else super().get_form_for_action(action)

    @transaction.atomic
    def on_action(self, task_state: TaskState, user: Any, action_name: str, **kwargs: Any) -> None:
        """Act on the step; an approval by who wrote part of the text, or changed it just now, leaves it waiting."""
        page = task_state.workflow_state.content_object
        Page.objects.select_for_update().filter(pk=page.pk).first()  # whoever saves meanwhile waits
        self._follow_same_words(task_state)
        allowed = {action[0] for action in self.get_actions(page, user)}
        if action_name not in allowed:
            return None
        if action_name == WAIVER:
            reason = str(kwargs.get("comment", "")).strip()
            if not reason:
                return None
            four_eyes.waive(page, page.get_latest_revision(), user, reason)
            action_name, kwargs = "approve", {"comment": reason}
        return super().on_action(task_state, user, action_name, **kwargs)

    @staticmethod
    def _follow_same_words(task_state: TaskState) -> None:
        """Let what was said of a revision count for the latest one, when that says the same: somebody commented."""
        workflow_state = task_state.workflow_state
        latest = Revision.objects.for_instance(workflow_state.content_object).order_by("-created_at", "-pk").first()
        said = four_eyes.words(latest.content)
        kept = [TaskState.STATUS_APPROVED, TaskState.STATUS_SKIPPED, TaskState.STATUS_IN_PROGRESS]
        for state in workflow_state.task_states.filter(status__in=kept).exclude(revision=latest):
            if four_eyes.words(state.revision.content) == said:
                TaskState.objects.filter(pk=state.pk).update(revision=latest)
                if state.pk == task_state.pk:
                    task_state.revision = latest

    def get_task_states_user_can_moderate(self, user: Any, **kwargs: Any) -> Any:
        if not self.user_can_access_editor(None, user):
            return TaskState.objects.none()
        states = self.task_states.filter(status=TaskState.STATUS_IN_PROGRESS)
        if four_eyes.may_waive(user):
            return states
        own = [state.pk for state in states.filter(self._touched_by(user)) if self._wrote(user, state)]
        return states.exclude(pk__in=own)

    @staticmethod
    def _touched_by(user: Any) -> Q:
        pages = Revision.objects.filter(user=user).values("object_id")
        submitted = WorkflowState.objects.active().filter(requested_by=user).values("pk")
        return Q(workflow_state__object_id__in=pages) | Q(workflow_state__in=submitted)

    @staticmethod
    def _wrote(user: Any, state: TaskState) -> bool:
        thing = state.workflow_state.content_object
        return isinstance(thing, Page) and four_eyes.contributed(user, thing)


class MedicalValidationTask(FourEyesTask):
    """A medical reviewer approves a page that is marked as medical content; other pages pass."""

    validates_medically = True

    class Meta:
        verbose_name = _("Medical validation")
        verbose_name_plural = _("Medical validations")

    @classmethod
    def get_description(cls) -> str:
        return _("Members of the chosen groups validate pages marked as medical content; other pages pass this step")

    def start(self, workflow_state: WorkflowState, user: Any = None) -> TaskState:
        thing = workflow_state.content_object
        if isinstance(thing, Page) and four_eyes.is_medical(thing):
            return super().start(workflow_state, user=user)
        state = TaskState(workflow_state=workflow_state, task=self, revision=thing.get_latest_revision())
        state.status, state.finished_at = TaskState.STATUS_SKIPPED, timezone.now()
        state.save()
        return state
