"""Views of the door that differ from django-allauth's own."""

import functools
from collections.abc import Callable
from typing import Any

from allauth.account.views import PasswordResetFromKeyView
from allauth.mfa.base.views import IndexView
from allauth.mfa.totp.views import ActivateTOTPView
from allauth.mfa.webauthn.views import AddWebAuthnView, RemoveWebAuthnView
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse, reverse_lazy
from wagtail.admin.localization import get_localized_response

from portal.signing_in import brakes, second_factor


class SecondFactorView(IndexView):
    """The member of staff's own second factors; the way in for who must have one and has none."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user = self.request.user
        return super().get_context_data(**kwargs) | {
            "must_have_one": second_factor.must_have_one(user),
            "is_missing": second_factor.is_missing(self.request, user),
        }


class SetUpAppView(ActivateTOTPView):
    """An app that shows codes; typing the first one is showing the second factor."""

    def form_valid(self, form: Any) -> HttpResponse:
        response = super().form_valid(form)
        second_factor.mark_shown(self.request, self.request.user)
        return response


class AddPasskeyView(AddWebAuthnView):
    """A new passkey; making it is showing it."""

    def form_valid(self, form: Any) -> HttpResponse:
        response = super().form_valid(form)
        second_factor.mark_shown(self.request, self.request.user)
        return response


class RemovePasskeyView(RemoveWebAuthnView):
    """Takes a passkey away, unless it is the last second factor of who must have one."""

    success_url = reverse_lazy("mfa_index")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"is_needed": second_factor.is_last_needed(self.object)}

    def form_valid(self, form: Any) -> HttpResponse:
        if second_factor.is_last_needed(self.get_object()):
            return self.get(self.request)
        return super().form_valid(form)


class NewPasswordView(PasswordResetFromKeyView):
    """A new password by e-mail: who reads the mailbox is who they say, so their browser is known from then on."""

    def form_valid(self, form: Any) -> HttpResponse:
        response = super().form_valid(form)
        brakes.remember_device(self.request, response, self.reset_user)
        return response


def to_the_door(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
    """Where another door used to be: to the one that there is."""
    return HttpResponseRedirect(reverse("account_login"))


def in_the_users_language(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Shows `view` in the language that the member of staff has chosen for the admin."""

    @functools.wraps(view)
    def localized(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return get_localized_response(view, request, *args, **kwargs)

    return localized
