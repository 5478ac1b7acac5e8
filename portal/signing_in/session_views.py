"""Where somebody is signed in, and with what second factor: one's own screen, and a colleague's for administrators."""

from typing import Any

from allauth.mfa.models import Authenticator
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods
from wagtail.admin import messages

from portal.models import User
from portal.signing_in import browsers, resetting, second_factor, sessions, sign_in_log

MAY = "portal.change_user"


def may_look_after(user: User, person: User) -> bool:
    """Whether `user` may see and end the sessions of `person`, and reset their second factor."""
    return user.pk != person.pk and user.has_perm(MAY) and (user.is_superuser or not person.is_superuser)


@require_http_methods(["GET", "POST"])
def own_sessions(request: HttpRequest) -> HttpResponse:
    """Where I am signed in; ends one session, or all but this one."""
    if request.method == "POST":
        _end(request, request.user)
        return redirect("own_sessions")
    return _screen(request, request.user, _("Where you are signed in"))


@require_http_methods(["GET", "POST"])
def colleague(request: HttpRequest, pk: int) -> HttpResponse:
    """Where a colleague is signed in, and with what; ends sessions."""
    person = _looked_after(request, pk)
    if request.method == "POST":
        _end(request, person)
        return redirect("colleague_sign_in", pk)
    return _screen(request, person, _("How %(name)s signs in") % {"name": _name_of(person)})


@require_http_methods(["GET", "POST"])
def reset_second_factor(request: HttpRequest, pk: int) -> HttpResponse:
    """Takes a colleague's second factor away, after a page that says what that means."""
    person = _looked_after(request, pk)
    if request.method == "POST":
        resetting.reset(person, request.user)
        messages.success(
            request,
            _("The second factor of %(name)s is reset, and their sessions have ended.") % {"name": _name_of(person)},
        )
        return redirect("colleague_sign_in", pk)
    title = _("Reset the second factor of %(name)s") % {"name": _name_of(person)}
    return TemplateResponse(request, "portal/admin/reset_second_factor.html", _frame(title) | {"person": person})


def _looked_after(request: HttpRequest, pk: int) -> User:
    person = get_object_or_404(User, pk=pk)
    if not may_look_after(request.user, person):
        raise PermissionDenied
    return person


def _end(request: HttpRequest, person: User) -> None:
    """End what the form names: one session by its number, or all of them but the one that asks."""
    others = [one for one in sessions.of(person) if not one.is_current()]
    chosen = request.POST.get("session", "")
    if chosen != "all":
        others = [one for one in others if str(one.pk) == chosen]
    number = sessions.end(others)
    if number:
        sign_in_log.changed(sign_in_log.ENDED, person, request.user)
    words = ngettext("%(number)s session has ended.", "%(number)s sessions have ended.", number)
    messages.success(request, words % {"number": number})


def _screen(request: HttpRequest, person: User, title: str) -> HttpResponse:
    there = sessions.of(person)
    context = _frame(title) | {
        "person": person,
        "is_own": person == request.user,
        "sessions": [(one, browsers.name_of(one.user_agent)) for one in there],
        "others": sum(not one.is_current() for one in there),
        "must_have_one": second_factor.must_have_one(person),
        "factors": Authenticator.objects.filter(user=person, type__in=second_factor.MAIN_TYPES).order_by("created_at"),
    }
    return TemplateResponse(request, "portal/admin/sessions.html", context)


def _frame(title: str) -> dict[str, Any]:
    return {
        "page_title": title,
        "header_title": title,
        "header_icon": "key",
        "breadcrumbs_items": [
            {"url": reverse("wagtailadmin_home"), "label": _("Home")},
            {"url": "", "label": title},
        ],
    }


def _name_of(person: User) -> str:
    return person.get_full_name() or person.get_username()


urlpatterns: list[URLPattern] = [
    path("account/sessions/", own_sessions, name="own_sessions"),
    path("colleagues/<int:pk>/sign-in/", colleague, name="colleague_sign_in"),
    path("colleagues/<int:pk>/sign-in/reset/", reset_second_factor, name="reset_second_factor"),
]
