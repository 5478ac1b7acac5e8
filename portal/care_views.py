"""Where staff say that a page is still right, when it is to be looked at again, and who looks after it."""

from typing import Any

from django import forms
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail import hooks
from wagtail.admin import messages
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.admin.utils import get_valid_next_url_from_request
from wagtail.admin.widgets import AdminDateInput
from wagtail.log_actions import LogFormatter
from wagtail.models import Page
from wagtail.permission_policies.pages import PagePermissionPolicy

from portal import care
from portal.models import PageCare


class OwnerField(forms.ModelChoiceField):
    def label_from_instance(self, user: Any) -> str:
        name = user.get_full_name()
        label = f"{name} ({user.get_username()})" if name else user.get_username()
        return label if user.is_active else _("%(name)s – account closed") % {"name": label}


class CareForm(WagtailAdminModelForm):
    """Owner, day, interval. Somebody becomes the owner who may change or publish the page already."""

    owner = OwnerField(
        label=gettext_lazy("Owner"),
        queryset=None,
        required=False,
        help_text=gettext_lazy("Is reminded of what falls due on this page: reviews, numbers, mandates."),
    )
    field_order = ["owner", "review_on", "every"]

    class Meta:
        model = PageCare
        fields = ["review_on", "every"]
        widgets = {"review_on": AdminDateInput()}

    def __init__(self, *args: Any, page: Page, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        users = PagePermissionPolicy().users_with_any_permission_for_instance(care.ACTS, page)
        known = get_user_model().objects.filter(pk__in=[page.owner_id, *users.values_list("pk", flat=True)])
        self.fields["owner"].queryset = known.order_by("last_name", "first_name", "username")
        self.initial["owner"] = page.owner_id

    def clean_review_on(self) -> Any:
        day = self.cleaned_data["review_on"]
        if "review_on" in self.changed_data and day <= timezone.localdate():
            raise forms.ValidationError(
                _("Choose a day that is still to come. Is the page right? Then press “Still right”.")
            )
        return day


def page_care(request: HttpRequest, page_id: int) -> HttpResponse:
    """One page's care: a button that says that it is still right, and a form for who and when."""
    page = get_object_or_404(Page.objects.select_related("owner", "locale", "alias_of"), pk=page_id, depth__gt=1)
    if page.alias_of:
        return redirect("page_care", page.alias_of_id)
    if not care.may_care(request.user, page):
        raise PermissionDenied
    way_back = get_valid_next_url_from_request(request)
    row = care.care_of(page)
    if request.method == "POST" and "right" in request.POST:
        row = care.confirm(page, request.user)
        messages.success(
            request,
            _("Thank you. “%(page)s” is to be looked at again by %(day)s.")
            % {"page": page.get_admin_display_title(), "day": date_format(row.review_on, "DATE_FORMAT")},
        )
        return redirect(way_back or reverse("page_care", args=[page.pk]))
    form = CareForm(request.POST or None, instance=row, page=page, for_user=request.user)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        care.change(page, request.user, values["owner"], values["review_on"], values["every"])
        messages.success(request, _("Saved: it is in force at once, and no draft changes it."))
        return redirect(way_back or reverse("page_care", args=[page.pk]))
    edit_url = reverse("wagtailadmin_pages:edit", args=[page.pk])
    context = {
        "page_title": _("Care of the page"),
        "page_subtitle": page.specific_deferred.get_admin_display_title(),
        "header_icon": "check",
        "page": page,
        "care": care.care_of(page),  # as it is stored: the form has put in what was typed
        "stage": care.stage(care.care_of(page).review_on, timezone.localdate()),
        "form": form,
        "media": form.media,
        "action_url": request.get_full_path(),
        "edit_url": edit_url,
        "live_url": page.get_url(request) if page.live else "",
        "next_day": timezone.localdate() + care.interval(page, row),
        "submit_button_label": _("Save"),
        "submit_button_active_label": _("Saving…"),
    }
    return TemplateResponse(request, "portal/admin/page_care.html", context)


@hooks.register("register_admin_urls")
def urls() -> list[Any]:
    return [path("pages/<int:page_id>/care/", page_care, name="page_care")]


@hooks.register("register_log_actions")
def log_actions(actions: Any) -> None:
    actions.register_action(care.CONFIRMED, gettext_lazy("Review of a page"), gettext_lazy("Reviewed: still right"))

    @actions.register_action(care.CHANGED)
    class ChangeFormatter(LogFormatter):
        label = gettext_lazy("Change owner or review date")

        def format_message(self, entry: Any) -> str:
            return _("Owner: %(owner)s; to be reviewed by %(day)s") % {
                "owner": entry.data.get("owner") or "–",
                "day": entry.data.get("review_on"),
            }
