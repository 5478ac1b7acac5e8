"""Whom a request belongs to: nobody, when the session is too old or a second factor is missing."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth import logout
from django.contrib.auth.middleware import get_user
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.functional import SimpleLazyObject

from portal.models import User
from portal.signing_in import second_factor, sessions

# What a session without its second factor may open: what it needs to look right, the way out …
_ALWAYS = {
    "account_logout",
    "wagtailadmin_logout",
    "wagtailadmin_sprite",
    "wagtailadmin_javascript_catalog",
}
# … and either showing the second factor, or setting the first one up.
_TO_SHOW = {"mfa_reauthenticate", "mfa_reauthenticate_webauthn"}
_TO_SET_UP = {"mfa_index", "mfa_activate_totp", "mfa_add_webauthn", "account_reauthenticate"}
# The open editor asks by itself whether others edit too: that is nobody at work.
_BY_ITSELF = {"wagtailadmin_editing_sessions:ping"}


class StaffSessions:
    """Gives `request.user` to sessions in order alone, in the admin and elsewhere; public pages never ask for it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.user = SimpleLazyObject(lambda: _in_order(request))
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        if not request.path.startswith("/admin/"):
            return None
        user = get_user(request)
        if not user.is_authenticated:
            return None
        if sessions.is_over(request):
            logout(request)
            return None
        request.user = user
        name = request.resolver_match.view_name
        if not second_factor.is_missing(request, user):
            if name not in _BY_ITSELF:
                sessions.note(request)
            return None
        has_one = second_factor.has_one(user)
        if name in _ALWAYS | (_TO_SHOW if has_one else _TO_SET_UP):
            return None
        if request.headers.get("x-requested-with") == "XMLHttpRequest":
            raise PermissionDenied
        door = reverse("mfa_reauthenticate" if has_one else "mfa_index")
        return HttpResponseRedirect(f"{door}?{urlencode({'next': request.get_full_path()})}")


def _in_order(request: HttpRequest) -> User | AnonymousUser:
    user = get_user(request)
    if user.is_authenticated and (sessions.is_over(request) or second_factor.is_missing(request, user)):
        return AnonymousUser()
    return user
