"""What django-allauth asks the house: no sign-up, whom to brake, how secrets are kept, whom to tell."""

import base64
import logging
import time
from smtplib import SMTPException
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from portal.models import User
from portal.networks import address_of
from portal.signing_in import brakes, browsers, second_factor, sign_in_log

_LOGGER = logging.getLogger(__name__)


class AccountAdapter(DefaultAccountAdapter):
    """Accounts of staff: made by administrators, guarded by our own brakes."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "username_password_mismatch": _("The name or the password is not right. Check both, then try again."),
        "email_password_mismatch": _("The address or the password is not right. Check both, then try again."),
        "incorrect_password": _("That is not your password."),
        "too_many_login_attempts": _(
            "Too many attempts that were not right. Wait a quarter of an hour, sign in with a passkey, use a device on "
            "which you have signed in before, or choose a new password by e-mail."
        ),
        "rate_limited": _("Too many attempts. Wait a quarter of an hour, then try again."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """The visitor's address; of an IPv6 one its network. 0.0.0.0 when it is unknown."""
        return address_of(request).partition("/")[0] or "0.0.0.0"  # noqa: S104

    def add_message(
        self, request: HttpRequest, level: int, message_template: str | None = None, *args: Any, **kwargs: Any
    ) -> None:
        """Errors are shown; what went well, the next page shows anyway."""
        if message_template is None:
            super().add_message(request, level, message_template, *args, **kwargs)

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        account = brakes.account_named(credentials.get("username") or credentials.get("email") or "")
        guess = brakes.guess_of_password(request, account)
        if guess is None:
            raise self.validation_error("too_many_login_attempts")
        self._login_failed_rl_usage = guess  # taken back by allauth when the password is right

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        account = brakes.account_named(credentials.get("username") or credentials.get("email") or "")
        if isinstance(account, User):
            sign_in_log.failed(request, account)

    def post_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse:
        response = super().post_login(request, user, **kwargs)
        sign_in_log.signed_in(user, [record["method"] for record in get_authentication_records(request, user)])
        brakes.remember_device(request, response, user)
        return response

    def get_reauthentication_methods(self, user: User) -> list[dict]:
        """Who has a second factor shows it where something about the account changes: the password does not do."""
        methods = super().get_reauthentication_methods(user)
        if user.is_authenticated and second_factor.has_one(user):
            methods = [method for method in methods if method["id"] != "reauthenticate"]
        return methods

    def is_reauthentication_required(self, *, app: str = "", **kwargs: Any) -> bool:
        """Not for who has just signed in: nobody types a password twice to set up a second factor."""
        user = self.request.user
        if second_factor.has_one(user):
            at = second_factor.shown_at(self.request, user)
        else:
            at = max((record["at"] for record in get_authentication_records(self.request, user)), default=None)
        return at is None or time.time() - at > settings.ACCOUNT_REAUTHENTICATION_TIMEOUT

    def send_notification_mail(
        self, template_prefix: str, user: User, context: dict[str, Any] | None = None, email: str | None = None
    ) -> None:
        """What changed about an account is told at the address that an administrator entered."""
        if email or user.email:
            self.send_mail(template_prefix, email or user.email, {"user": user} | (context or {}))

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Nobody stands before a closed door because the mail server does not answer."""
        words = {"site_name": settings.WAGTAIL_SITE_NAME, "base_url": settings.WAGTAILADMIN_BASE_URL}
        message = self.render_mail(template_prefix, email, words | context)
        try:
            message.send()
        except (OSError, SMTPException):
            _LOGGER.exception("An e-mail about an account could not be sent (%s).", template_prefix)

    def format_email_subject(self, subject: str) -> str:
        return f"{settings.WAGTAIL_SITE_NAME}: {subject}"


class SecondFactorAdapter(DefaultMFAAdapter):
    """Second factors: their secrets are not readable in a copy of the database alone."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": _("That code is not right. Codes change every 30 seconds: try the next one."),
        "cannot_delete_authenticator": _("Your work needs a second factor. Set up another one first."),
    }

    def get_totp_issuer(self) -> str:
        return f"{settings.WAGTAIL_SITE_NAME} ({self._get_site_name()})"

    def _get_user_identifier(self, user: User) -> str:
        return user.get_username()

    def generate_authenticator_name(self, user: User, type: Authenticator.Type) -> str:
        return browsers.name_of(context.request.headers.get("User-Agent", "")) or gettext("Passkey")

    def encrypt(self, text: str) -> str:
        return _fernet().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _fernet().decrypt(encrypted_text.encode()).decode()

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        return not second_factor.is_last_needed(authenticator)


def _fernet() -> MultiFernet:
    """The newest secret key encrypts; what older ones (SECRET_KEY_FALLBACKS) encrypted can still be read."""
    keys = (
        HKDF(SHA256(), length=32, salt=None, info=b"portal second factor").derive(key.encode())
        for key in [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    )
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in keys])
