"""The forms of the door, in plain words and behind our brakes."""

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.forms import LoginForm, ResetPasswordForm, ResetPasswordKeyForm
from allauth.account.forms import ReauthenticateForm as ReauthenticatePasswordForm
from allauth.core import context
from allauth.core.internal.cryptokit import normalize_user_code
from allauth.mfa.adapter import get_adapter as get_second_factor_adapter
from allauth.mfa.base.forms import AuthenticateForm, BaseAuthenticateForm, ReauthenticateForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import AddWebAuthnForm
from cryptography.fernet import InvalidToken
from django.conf import settings
from django.contrib.auth.password_validation import password_validators_help_text_html
from django.core.cache import cache
from django.forms import Field
from django.utils.translation import gettext_lazy as _

from portal.signing_in import brakes, sign_in_log

_CODE_LIVES = (2 * settings.MFA_TOTP_TOLERANCE + 1) * 30  # seconds


class DoorForm(LoginForm):
    """The first step of signing in."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = _("User name or e-mail address")
        self.fields["login"].max_length = 254
        self.fields["login"].widget.attrs = {
            "autocomplete": "username",
            "autocapitalize": "none",
            "spellcheck": "false",
        }
        _plain(self.fields["password"])


class PasswordAgainForm(ReauthenticatePasswordForm):
    """The password once more, before the first second factor is set up."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _plain(self.fields["password"])


class ForgottenForm(ResetPasswordForm):
    """Where the link to a new password goes."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].label = _("E-mail address")
        _plain(self.fields["email"])


class NewPasswordForm(ResetPasswordKeyForm):
    """A new password, twice."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password1"].label = _("New password")
        self.fields["password1"].help_text = password_validators_help_text_html()
        self.fields["password2"].label = _("New password, once more")
        for name in ("password1", "password2"):
            self.fields[name].widget.attrs.pop("placeholder", None)


def _plain(field: Field) -> None:
    """No words within the field, which vanish as one types, and no second link to a new password."""
    field.help_text = ""
    field.widget.attrs.pop("placeholder", None)


class SetUpAppForm(ActivateTOTPForm):
    """The first code of an app that has just been given its key."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].label = _("Code")
        self.fields["code"].widget.attrs = {"autocomplete": "one-time-code", "inputmode": "numeric"}


class _Braked(BaseAuthenticateForm):
    """A code of an app, or a recovery code: counted before it is tried, and good for once."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["code"]
        field.label = _("Code")
        field.help_text = _("The six digits that your app shows, or one of your recovery codes.")
        field.widget.attrs = {"autocomplete": "one-time-code", "inputmode": "numeric", "autofocus": True}

    def clean_code(self) -> str:
        guess = brakes.guess_of_code(context.request, self.user)
        if guess is None:
            raise get_adapter().validation_error("rate_limited")
        try:
            code = super().clean_code()
        except InvalidToken:  # encrypted with a secret key that is gone: an administrator resets the second factor
            raise get_second_factor_adapter().validation_error("incorrect_code") from None
        # allauth remembers a code for one period; with a tolerance it is good for three.
        used = f"portal.second_factor.used:{self.user.pk}:{normalize_user_code(code)}"
        if not cache.add(used, True, timeout=_CODE_LIVES):
            raise get_second_factor_adapter().validation_error("incorrect_code")
        guess.rollback()
        return code

    def _emit_authentication_failed(self, authenticator: Any) -> None:
        super()._emit_authentication_failed(authenticator)
        sign_in_log.failed(context.request, self.user)


class CodeForm(_Braked, AuthenticateForm):
    """The second step of signing in."""


class CodeAgainForm(_Braked, ReauthenticateForm):
    """The second factor once more, before something about the account is changed."""


class AddPasskeyForm(AddWebAuthnForm):
    """A new passkey: by default one that opens the door alone."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].label = _("Name of the device")
        self.fields["name"].help_text = _("So that you recognise it in a list: “Telephone”, “Office computer”.")
        self.fields["name"].max_length = 50
        self.fields["passwordless"].initial = True
        self.fields["passwordless"].label = _("Sign in with it alone, without my password")
        self.fields["passwordless"].help_text = _(
            "Telephones and computers can do that: they ask for your fingerprint, your face or their own code. "
            "Untick it for an older security key."
        )
