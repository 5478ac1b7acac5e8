"""The screens of bundles: the list, the bundle with its pages and numbers, planning the change of a number."""

from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.functional import cached_property
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from wagtail import hooks
from wagtail.admin import messages
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.admin.menu import MenuItem
from wagtail.admin.panels import ObjectList
from wagtail.admin.views import generic
from wagtail.admin.views.generic.history import HistoryView
from wagtail.admin.views.generic.usage import UsageView
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.log_actions import LogFormatter
from wagtail.permission_policies import BasePermissionPolicy
from wagtail.permissions import register_permission_policy

from portal import bundles, four_eyes
from portal.fact_views import fact_model, named
from portal.models import Bundle, BundleChange, BundlePage, User


class BundlePolicy(BasePermissionPolicy):
    """Bundles are for those who work on pages; which of them, and what of it, the views ask for each bundle."""

    def user_has_permission(self, user: Any, action: str) -> bool:
        return bundles.may_prepare(user)

    def user_has_any_permission(self, user: Any, actions: Any) -> bool:
        return bundles.may_prepare(user)

    def users_with_any_permission(self, actions: Any) -> Any:
        return User.objects.filter(is_active=True)


register_permission_policy(Bundle, BundlePolicy(Bundle))


class BundleForm(WagtailAdminModelForm):
    """Takes pages that the user may edit, each in one open bundle."""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        formset = self.formsets.get("parts")
        for form in formset.forms if formset else []:
            page = form.cleaned_data.get("page") if form.is_valid() else None
            if page is None or form.cleaned_data.get("DELETE"):
                continue
            if not page.permissions_for_user(self.for_user).can_edit():
                form.add_error("page", _("You may not edit this page."))
            if page.alias_of_id:
                form.add_error("page", _("This page repeats another page and has no text of its own."))
            other = BundlePage.objects.filter(page=page, is_open=True).exclude(bundle=self.instance.pk).first()
            if other:
                form.add_error("page", _("This page is in the bundle “%(bundle)s” already.") % {"bundle": other.bundle})
        return cleaned


class _OwnBundles:
    """Only bundles in which the user has something to do."""

    def get_object(self, queryset: Any = None) -> Bundle:
        return get_object_or_404(bundles.bundles_of(self.request.user), pk=self.kwargs["pk"])


class _OnlyDrafts(_OwnBundles):
    """What changes a bundle: as long as it is a draft, and the user may edit everything in it."""

    def get_object(self, queryset: Any = None) -> Bundle:
        bundle = super().get_object(queryset)
        if bundle.state != Bundle.State.DRAFT or not bundles.may_change(bundle, self.request.user):
            raise PermissionDenied
        return bundle


class BundleList(generic.IndexView):
    def get_base_queryset(self) -> QuerySet[Bundle]:
        return bundles.bundles_of(self.request.user).select_related("owner")

    def get_edit_url(self, instance: Bundle) -> str:
        return self.get_inspect_url(instance)

    def get_copy_url(self, instance: Bundle) -> None:
        return None

    def get_delete_url(self, instance: Bundle) -> str | None:
        return super().get_delete_url(instance) if instance.state == Bundle.State.DRAFT else None


class _SaysWhoWasFaster:
    """Two people may put one page into two bundles at the same moment: the later one is told, and keeps the form."""

    def form_valid(self, form: BundleForm) -> HttpResponse:
        is_new = form.instance.pk is None
        try:
            return super().form_valid(form)
        except IntegrityError:
            if is_new:
                form.instance.pk = None
            form.add_error(None, _("Somebody has just put one of these pages into another bundle."))
            self.produced_error_message = self.get_error_message()
            return self.form_invalid(form)


class BeginBundle(_SaysWhoWasFaster, generic.CreateView):
    def get_success_url(self) -> str:
        return reverse("bundle:inspect", args=[self.object.pk])

    def save_instance(self) -> Bundle:
        self.form.instance.owner = self.request.user
        return super().save_instance()


class ChangeBundle(_SaysWhoWasFaster, _OnlyDrafts, generic.EditView):
    def get_success_url(self) -> str:
        return reverse("bundle:inspect", args=[self.object.pk])


class DeleteBundle(_OnlyDrafts, generic.DeleteView):
    pass


class BundleHistory(_OwnBundles, HistoryView):
    pass


class BundleUsage(_OwnBundles, UsageView):
    pass


class BundleScreen(_OwnBundles, generic.InspectView):
    """All that is in a bundle, what stands in its way, and the next step."""

    template_name = "portal/admin/bundle.html"
    page_title = gettext_lazy("Bundle")

    def get_edit_url(self) -> str | None:
        drafts = self.object.state == Bundle.State.DRAFT and bundles.may_change(self.object, self.request.user)
        return super().get_edit_url() if drafts else None

    def get_delete_url(self) -> str | None:
        return super().get_delete_url() if self.get_edit_url() else None

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        bundle, user = self.object, self.request.user
        may_publish = bundles.may_publish(bundle, user)
        has_part = may_publish and user.pk in bundles.contributors(bundle)
        in_review = bundle.state == Bundle.State.IN_REVIEW
        context = super().get_context_data(**kwargs)
        return context | {
            "bundle": bundle,
            "pages": [_page_row(part, user) for part in bundle.parts.select_related("page", "approved_by")],
            "changes": [_change_row(change) for change in bundle.changes.select_related("added_by")],
            "obstacles": bundles.obstacles(bundle) if bundle.is_open else [],
            "may_change": bool(self.get_edit_url()),
            "may_approve": in_review and may_publish and (not has_part or four_eyes.may_waive(user)),
            "needs_reason": has_part,
            "waits_for_colleague": in_review and has_part and not four_eyes.may_waive(user),
            "may_publish": bundle.state == Bundle.State.APPROVED and may_publish,
            "may_send_back": bundle.state in (Bundle.State.IN_REVIEW, Bundle.State.APPROVED)
            and (may_publish or bundle.submitted_by_id == user.pk),
            "digest": bundles.digest(bundle),
            "history_url": reverse("bundle:history", args=[bundle.pk]),
        }


def _page_row(part: BundlePage, user: Any) -> dict[str, Any]:
    page, revision = part.page, part.revision_id or part.page.latest_revision_id
    return {
        "part": part,
        "title": page.specific_deferred.get_admin_display_title(),
        "locale": page.locale,
        "is_medical": four_eyes.is_medical(page),
        "edit_url": reverse("wagtailadmin_pages:edit", args=[page.pk])
        if page.permissions_for_user(user).can_edit()
        else "",
        "preview_url": reverse("wagtailadmin_pages:revisions_view", args=[page.pk, revision]) if revision else page.url,
        "compare_url": reverse("wagtailadmin_pages:revisions_compare", args=[page.pk, "live", revision])
        if revision and page.live and page.live_revision_id != revision
        else "",
    }


def _change_row(change: BundleChange) -> dict[str, Any]:
    fact = change.fact
    if fact is None:
        return {"change": change, "before": [], "after": []}
    return {
        "change": change,
        "page": fact.page,
        "overtaken": change.bundle.is_open and bundles.is_overtaken(change),
        "before": [named(fact, name, value) for name, value in change.before.items()],
        "after": [named(fact, name, value) for name, value in change.after.items()],
    }


@require_POST
def move(request: HttpRequest, pk: int, step: str) -> HttpResponse:
    """One step of a bundle's life; why it is refused is said on the bundle's screen."""
    bundle = get_object_or_404(bundles.bundles_of(request.user), pk=pk)
    reason = request.POST.get("reason", "")
    try:
        if step == "submit":
            bundles.submit(bundle, request.user)
            messages.success(request, _("“%(bundle)s” waits for approval.") % {"bundle": bundle})
        elif step == "approve":
            bundles.approve(bundle, request.user, request.POST.get("seen", ""), reason)
            messages.success(request, _("“%(bundle)s” is approved.") % {"bundle": bundle})
        elif step == "send-back":
            bundles.send_back(bundle, request.user, reason)
            messages.success(request, _("“%(bundle)s” is a draft again.") % {"bundle": bundle})
        elif step == "publish":
            bundles.publish(bundle, request.user)
            messages.success(request, _("“%(bundle)s” is public.") % {"bundle": bundle})
        else:
            raise Http404
    except ValidationError as error:
        for message in error.messages:
            messages.error(request, message)
    return redirect("bundle:inspect", bundle.pk)


# --- Planning the change of a number --------------------------------------------------------------


def plan(request: HttpRequest, app_label: str, model_name: str, pk: int) -> HttpResponse:
    """The editor of a fact once more; what is saved there waits in a bundle."""
    fact = get_object_or_404(fact_model(app_label, model_name), pk=pk, archived_at=None)
    if not fact.may_be_changed_by(request.user):
        raise PermissionDenied
    drafts = bundles.bundles_of(request.user).filter(state=Bundle.State.DRAFT)
    chosen = request.POST.get("bundle") or request.GET.get("bundle") or ""
    before = fact.snapshot()
    earlier = BundleChange.objects.filter(
        bundle=int(chosen) if chosen.isdigit() else None, fact_model=fact._meta.label, fact_id=fact.pk
    ).first()
    if earlier:
        fact.restore(before | earlier.after)
    model = type(fact)
    panel = ObjectList(model.panels, base_form_class=WagtailAdminModelForm).bind_to_model(model)
    initial = fact.form_initial()
    if request.method == "POST":
        fact.begin_edit()
    form = panel.get_form_class()(request.POST or None, instance=fact, initial=initial, for_user=request.user)
    fact.fit_form(form)
    if request.method == "POST":
        bundle = drafts.filter(pk=chosen).first() if chosen.isdigit() else None
        if form.is_valid():
            try:
                form.instance.validate_constraints()
            except ValidationError as error:
                form.add_error(None, error)
        if bundle is None:
            form.add_error(None, _("Choose the bundle in which the change is to wait."))
        if form.is_valid():
            form.save(commit=False)
            if bundles.plan(bundle, form.instance, before, request.user):
                messages.success(
                    request, _("The change of “%(fact)s” waits in the bundle.") % {"fact": model.objects.get(pk=pk)}
                )
            else:
                messages.success(request, _("Nothing was changed."))
            return redirect("bundle:inspect", bundle.pk)
        messages.error(request, _("Nothing was saved yet: see what to correct below."))
    context = {
        "page_title": _("Change it later, with a bundle"),
        "page_subtitle": capfirst(model._meta.verbose_name),
        "header_icon": "calendar",
        "panel": panel.get_bound_panel(request=request, instance=form.instance, form=form),
        "form": form,
        "fact": fact,
        "drafts": drafts,
        "chosen": chosen,
        "action_url": request.path,
        "back_url": reverse("fact_change", args=[app_label, model_name, pk]),
        "new_url": reverse("bundle:add"),
        "has_unsaved_changes": form.is_bound,
    }
    context["media"] = form.media + context["panel"].media
    return TemplateResponse(request, "portal/admin/fact_plan.html", context)


@require_POST
def drop(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a planned change out of its bundle."""
    change = get_object_or_404(BundleChange, pk=pk, bundle__in=bundles.bundles_of(request.user))
    bundles.drop_change(change, request.user)
    return redirect("bundle:inspect", change.bundle_id)


# --- In the admin ---------------------------------------------------------------------------------


class BundleMenuItem(MenuItem):
    def is_shown(self, request: HttpRequest) -> bool:
        return bundles.may_prepare(request.user)


class BundleViewSet(ModelViewSet):
    model = Bundle
    icon = "folder-inverse"
    menu_label = gettext_lazy("Bundles")
    menu_order = 155
    add_to_admin_menu = True
    add_to_reference_index = False
    copy_view_enabled = False
    inspect_view_enabled = True
    inspect_template_name = "portal/admin/bundle.html"
    index_view_class = BundleList
    add_view_class = BeginBundle
    edit_view_class = ChangeBundle
    delete_view_class = DeleteBundle
    inspect_view_class = BundleScreen
    history_view_class = BundleHistory
    usage_view_class = BundleUsage
    list_display = ["name", "state", "go_live_at", "owner", "published_at"]
    list_filter = ["state"]
    search_fields = ["name"]

    @cached_property
    def menu_item_class(self) -> type[MenuItem]:
        return BundleMenuItem

    def get_edit_handler(self) -> ObjectList:
        return ObjectList(Bundle.panels, base_form_class=BundleForm).bind_to_model(Bundle)


@hooks.register("register_admin_viewset")
def bundle_screens() -> BundleViewSet:
    return BundleViewSet("bundle")


@hooks.register("register_admin_urls")
def urls() -> list[Any]:
    return [
        path("bundle/<int:pk>/<slug:step>/now/", move, name="bundle_move"),
        path("bundle/changes/<int:pk>/drop/", drop, name="bundle_drop_change"),
        path("facts/<slug:app_label>/<slug:model_name>/<int:pk>/plan/", plan, name="fact_plan"),
    ]


@hooks.register("register_log_actions")
def log_actions(actions: Any) -> None:
    class WithReason(LogFormatter):
        def format_message(self, log_entry: Any) -> str:
            # The history of what is no page shows no comments.
            return " – ".join(filter(None, [str(self.message), log_entry.data.get("comment", "")]))

    class AboutFact(LogFormatter):
        def format_message(self, log_entry: Any) -> str:
            return f"{self.message} – {log_entry.data.get('fact', '')}"

    for name, label, message, kind in (
        (bundles.SUBMITTED, gettext_lazy("Submit a bundle"), gettext_lazy("Submitted for approval"), WithReason),
        (bundles.SENT_BACK, gettext_lazy("Send a bundle back"), gettext_lazy("Sent back"), WithReason),
        (bundles.APPROVED, gettext_lazy("Approve a bundle"), gettext_lazy("Approved"), WithReason),
        (bundles.PUBLISHED, gettext_lazy("Publish a bundle"), gettext_lazy("Published"), WithReason),
        (bundles.FAILED, gettext_lazy("Bundle not published"), gettext_lazy("Could not be published"), WithReason),
        (bundles.PLANNED, gettext_lazy("Plan a change"), gettext_lazy("Change planned"), AboutFact),
        (bundles.UNPLANNED, gettext_lazy("Drop a planned change"), gettext_lazy("Planned change dropped"), AboutFact),
    ):
        actions.register_action(name)(type("Formatter", (kind,), {"label": label, "message": message}))
