"""Closing an account in the admin: who takes over, what that moves, and the button."""

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.generic import FormView
from wagtail import hooks
from wagtail.admin import messages
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.admin.widgets.button import Button, HeaderButton
from wagtail.users.views.users import CreateView, EditView, UserViewSet

from portal import leaving
from portal.models import User

_MAY_CLOSE = "portal.change_user"


class ColleagueForm(forms.Form):
    """Who takes over."""

    colleague = forms.ModelChoiceField(
        label=_("Who takes over"),
        queryset=User.objects.none(),
        help_text=_("They must have the right to work on the pages that are handed over."),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = User.objects.filter(is_active=True).exclude(pk=user.pk)
        self.fields["colleague"].queryset = people.order_by("last_name", "first_name", "username")
        self.fields["colleague"].label_from_instance = lambda person: (
            f"{leaving.name_of(person)} ({person.get_username()})" if person.get_full_name() else person.get_username()
        )


class CloseAccount(WagtailAdminTemplateMixin, FormView):
    """The form; then what would be done, with the button that does it."""

    template_name = "portal/admin/close_account.html"
    form_class = ColleagueForm
    page_title = _("Close the account")
    header_icon = "user"
    _show_breadcrumbs = True

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.has_perm(_MAY_CLOSE):
            raise PermissionDenied
        self.account = get_object_or_404(User, pk=kwargs["pk"])
        return super().dispatch(request, *args, **kwargs)

    def get_page_subtitle(self) -> str:
        return leaving.name_of(self.account)

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        return [
            *super().get_breadcrumbs_items(),
            {"url": reverse("wagtailusers_users:index"), "label": gettext("Users")},
            {"url": reverse("wagtailusers_users:edit", args=[self.account.pk]), "label": str(self.account)},
            {"url": "", "label": self.page_title},
        ]

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"user": self.account}

    def form_valid(self, form: ColleagueForm) -> HttpResponse:
        is_sure = "close" in self.request.POST
        colleague = form.cleaned_data["colleague"]
        try:
            done = leaving.close(self.account, colleague, self.request.user, dry_run=not is_sure)
        except ValidationError as error:
            form.add_error(None, error)
            return self.form_invalid(form)
        if not is_sure:
            return self.render_to_response(self.get_context_data(form=form, planned=done))
        for warning in done.warnings:
            messages.warning(self.request, warning)
        messages.success(
            self.request,
            gettext("The account of %(name)s is closed; %(colleague)s takes over.")
            % {"name": leaving.name_of(self.account), "colleague": leaving.name_of(colleague)},
        )
        return redirect("wagtailusers_users:index")

    def form_invalid(self, form: ColleagueForm) -> HttpResponse:
        response = super().form_invalid(form)
        response.status_code = 422
        return response

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"account": self.account}


class _KeepsAllRights:
    """Only who has all rights gives them."""

    def get_form(self, form_class: Any = None) -> Any:
        form = super().get_form(form_class)
        if "is_superuser" in form.fields and not self.request.user.is_superuser:
            form.fields["is_superuser"].disabled = True
        return form


class AddUser(_KeepsAllRights, CreateView):
    """The screen of a new account."""


class EditUser(_KeepsAllRights, EditView):
    """A user's edit screen, with the way to close the account."""

    @cached_property
    def header_buttons(self) -> list[Any]:
        buttons = list(super().header_buttons)
        if may_close(self.request.user, self.object):
            url = reverse("close_account", args=[self.object.pk])
            buttons.append(HeaderButton(gettext("Close the account"), url, icon_name="lock"))
        return buttons


class Users(UserViewSet):
    """Wagtail's user screens with that button."""

    add_view_class = AddUser
    edit_view_class = EditUser


def may_close(user: User, account: User) -> bool:
    """Whether `user` may close `account`: never their own, and not one with more rights than theirs."""
    if user.pk == account.pk or (account.is_superuser and not user.is_superuser):
        return False
    return account.is_active and user.has_perm(_MAY_CLOSE)


@hooks.register("register_admin_urls")
def url_of_closing() -> list[URLPattern]:
    return [path("users/<int:pk>/close/", CloseAccount.as_view(), name="close_account")]


@hooks.register("register_user_listing_buttons")
def button_of_closing(user: User, request_user: User) -> list[Button]:
    if not may_close(request_user, user):
        return []
    url = reverse("close_account", args=[user.pk])
    return [Button(gettext("Close the account"), url=url, icon_name="lock", priority=50)]


@hooks.register("register_log_actions")
def actions_of_closing(actions: Any) -> None:
    actions.register_action(leaving.LOGGED, _("Close the account"), _("Account closed and handed over"))


@hooks.register("before_edit_user")
def leave_all_rights_alone(request: HttpRequest, user: User) -> None:
    # Whoever sets the password of an account has its rights.
    if user.is_superuser and not request.user.is_superuser:
        raise PermissionDenied


@hooks.register("before_delete_user")
def close_instead(request: HttpRequest, user: User) -> HttpResponse | None:
    return _refuse_to_delete(request, [user])


@hooks.register("before_bulk_action")
def close_instead_of_deleting_many(
    request: HttpRequest, action_type: str, objects: list[Any], action_class_instance: Any
) -> HttpResponse | None:
    people = [thing for thing in objects if isinstance(thing, User)]
    for person in people:
        leave_all_rights_alone(request, person)
    return _refuse_to_delete(request, people) if action_type == "delete" and people else None


def _refuse_to_delete(request: HttpRequest, people: list[User]) -> HttpResponse | None:
    """Who ever logged in stands in the logs: such an account is closed, so that the logs keep its name."""
    known = [person for person in people if person.last_login]
    if not known:
        return None
    names = ", ".join(leaving.name_of(person) for person in known)
    messages.error(
        request,
        gettext("Nothing was deleted: the logs name %(people)s. Close the account instead.") % {"people": names},
    )
    return redirect("wagtailusers_users:index")
