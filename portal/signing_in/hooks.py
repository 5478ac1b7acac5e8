"""Signing in as the admin shows it: the log's words, who must have a second factor, the ways to it."""

from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest
from django.urls import URLPattern, reverse
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.widgets import Button

from portal.models import User
from portal.signing_in import session_views, sign_in_log


@hooks.register("second_factor_permissions")
def who_looks_after_accounts() -> list[str]:
    """Who gives others rights, or a new second factor, has one too."""
    acts = ("add", "change", "delete")
    return [name for act in acts for name in (f"portal.{act}_user", f"auth.{act}_group")]


@hooks.register("register_log_actions")
def sign_in_actions(actions: Any) -> None:
    for action, label, message in (
        (sign_in_log.SIGNED_IN, _("Sign in"), _("Signed in")),
        (sign_in_log.FAILED, _("Failed sign-in"), _("Somebody tried to sign in, with a wrong password or code")),
        (sign_in_log.ADDED, _("Set up a second factor"), _("Second factor set up")),
        (sign_in_log.REMOVED, _("Remove a second factor"), _("Second factor removed")),
        (sign_in_log.RESET, _("Reset the second factor"), _("Second factor reset")),
        (sign_in_log.ENDED, _("End sessions"), _("Sessions ended")),
    ):
        actions.register_action(action, label, message)


@hooks.register("register_account_menu_item")
def own_second_factor(request: HttpRequest) -> dict[str, Any]:
    return {
        "url": reverse("mfa_index"),
        "label": _("Second factor"),
        "help_text": _("Passkeys, an app that shows codes, recovery codes."),
    }


@hooks.register("register_account_menu_item")
def own_sessions(request: HttpRequest) -> dict[str, Any]:
    return {
        "url": reverse("own_sessions"),
        "label": _("Where you are signed in"),
        "help_text": _("Open sessions: when, from where, in which browser. End one, or all others."),
    }


@hooks.register("register_user_listing_buttons")
def way_to_a_colleagues_sessions(user: User, request_user: User) -> Iterator[Button]:
    if session_views.may_look_after(request_user, user):
        yield Button(_("Sessions and second factor"), reverse("colleague_sign_in", args=[user.pk]), icon_name="key")


@hooks.register("register_admin_urls")
def session_urls() -> list[URLPattern]:
    return session_views.urlpatterns
