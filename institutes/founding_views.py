"""Setting up an institute in the admin: first what would be made, then, with a second click, the making."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.generic import FormView
from wagtail.admin import messages
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.admin.widgets.button import HeaderButton

from institutes import founding
from institutes.models import InstitutePage, Team
from portal.listings import WorkList

MAY_SET_UP = "institutes.set_up_institute"


class Institutes(WorkList):
    """The list of institutes, with the way to set one up for those who may."""

    @cached_property
    def header_buttons(self) -> list[Any]:
        buttons = list(super().header_buttons)
        if self.request.user.has_perm(MAY_SET_UP):
            buttons.append(HeaderButton(gettext("Set up an institute"), reverse("set_up_institute"), icon_name="plus"))
        return buttons


class InstituteForm(forms.Form):
    """What tells an institute from others. The rest is written on its pages."""

    title = forms.CharField(label=_("Name"), max_length=255)
    short_name = forms.CharField(
        label=_("Short name"),
        max_length=60,
        required=False,
        help_text=_("As staff and patients say it, for example the acronym. Used in the header and in lists."),
    )
    city = forms.CharField(
        label=_("City"),
        max_length=100,
        required=False,
        help_text=_("Tells apart institutes that share an acronym."),
    )
    email = forms.EmailField(
        label=_("E-mail of the institute"),
        required=False,
        help_text=_("Where messages of visitors go. It can be given later, on the contact page."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others = [(code, name) for code, name in settings.LANGUAGES if code != settings.LANGUAGE_CODE]
        for code, name in others:
            self.fields[f"title_{code}"] = forms.CharField(
                label=gettext("Name (%(language)s)") % {"language": name},
                max_length=255,
                required=False,
                help_text=gettext("Empty: the same name, to be translated later."),
            )
        self.order_fields(["title", *(f"title_{code}" for code, _name in others)])

    @property
    def wish(self) -> founding.Wish:
        data = self.cleaned_data
        titles = {settings.LANGUAGE_CODE: data["title"]}
        titles |= {code: data[f"title_{code}"] for code, _name in settings.LANGUAGES if f"title_{code}" in data}
        return founding.Wish(titles, data["short_name"], data["city"], data["email"])


class SetUp(WagtailAdminTemplateMixin, FormView):
    """The form; then the same form with the list of what will be made, and the button that makes it."""

    template_name = "institutes/admin/set_up.html"
    form_class = InstituteForm
    page_title = _("Set up an institute")
    header_icon = "home"
    _show_breadcrumbs = True

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.has_perm(MAY_SET_UP):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        return [
            *super().get_breadcrumbs_items(),
            {"url": reverse("institutes:index"), "label": gettext("Institutes")},
            {"url": "", "label": self.page_title},
        ]

    def form_valid(self, form: InstituteForm) -> HttpResponse:
        is_sure = "make" in self.request.POST
        try:
            existing = form.wish.existing()
            done = founding.found(form.wish, self.request.user, dry_run=not is_sure)
        except ValidationError as error:
            form.add_error(None, error)  # a dictionary of errors finds its fields itself
            return self.form_invalid(form)
        if not is_sure:
            return self.render_to_response(self.get_context_data(form=form, planned=done.made, existing=existing))
        institute = InstitutePage.objects.get(pk=done.institute.pk)
        if done.made:
            messages.success(
                self.request,
                gettext("“%(institute)s” is set up. Its pages are drafts: fill them, then publish them.")
                % {"institute": institute.title},
                buttons=[messages.button(reverse("wagtailadmin_explore", args=[institute.pk]), gettext("Its pages"))],
            )
        else:
            messages.success(self.request, gettext("Nothing was missing, so nothing was made."))
        return redirect("wagtailadmin_pages:edit", institute.pk)

    def form_invalid(self, form: InstituteForm) -> HttpResponse:
        messages.error(self.request, gettext("Nothing was made yet: see what to correct below."))
        response = super().form_invalid(form)
        response.status_code = 422
        return response

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"teams": Team._meta.get_field("role").choices}
