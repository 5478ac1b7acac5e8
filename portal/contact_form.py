"""The contact page's form: how its questions become fields, and what keeps robots out without a third party."""

import uuid
from typing import Any

from django import forms
from django.core import signing
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.contrib.forms.forms import BaseForm, FormBuilder, WagtailAdminFormPageForm

from portal.panels import SourceOnlyForm


class ContactPageForm(SourceOnlyForm, WagtailAdminFormPageForm):
    """The edit screen of a contact page."""


class VisitorForm(BaseForm):
    """What a visitor fills in. The page itself tells what is wrong; a browser's own bubbles vanish too soon."""

    use_required_attribute = False


class ContactFormBuilder(FormBuilder):
    """Wagtail's form builder with length limits, autocomplete tokens and messages that say what to do."""

    def get_form_class(self) -> type[forms.Form]:
        return type("ContactForm", (VisitorForm,), self.formfields)

    def get_field_options(self, field: Any) -> dict[str, Any]:
        options = super().get_field_options(field)
        options["error_messages"] = {
            "required": gettext_lazy("Fill in “%(label)s”.") % {"label": field.label},
            "invalid": gettext_lazy("“%(label)s” is not in a form that we can read.") % {"label": field.label},
        }
        return options

    def create_multiline_field(self, field: Any, options: dict[str, Any]) -> forms.Field:
        return forms.CharField(max_length=5000, widget=forms.Textarea(attrs={"rows": 8}), **options)

    def create_singleline_field(self, field: Any, options: dict[str, Any]) -> forms.Field:
        return self._with_token(field, forms.CharField(max_length=255, **options))

    def create_email_field(self, field: Any, options: dict[str, Any]) -> forms.Field:
        options["error_messages"]["invalid"] = gettext_lazy(
            "This is not an e-mail address. It looks like name@example.org."
        )
        result = forms.EmailField(max_length=254, **options)
        result.widget.attrs["autocomplete"] = "email"
        return result

    @staticmethod
    def _with_token(field: Any, result: forms.Field) -> forms.Field:
        if field.autocomplete:
            result.widget.attrs["autocomplete"] = field.autocomplete
        return result


class Refusal(ValueError):
    """A message that is not taken as it is; the text tells a person what to do."""


class MessageGuard:
    """A signed token per form shown: works once, for one page, not before a person could have typed.

    That it works once is kept by the unique constraint on `ContactMessage.token`.
    """

    HONEYPOT = "website"  # a field that no person sees; robots fill it in
    YOUNGEST = 3  # seconds
    OLDEST = 24 * 3600  # seconds
    MOST_PER_HOUR = 60  # messages for one page

    def __init__(self, page_id: int | None) -> None:
        self._signer = signing.TimestampSigner(salt=f"portal.contact.{page_id}")

    def new_token(self) -> str:
        return self._signer.sign(uuid.uuid4().hex)

    def open(self, token: str) -> uuid.UUID:
        """The single-use key within `token`. Raises Refusal when it is forged, too old or too young."""
        try:
            key = uuid.UUID(self._signer.unsign(token, max_age=self.OLDEST))
        except signing.SignatureExpired:
            raise Refusal(_("This page was open for more than a day. Send your message once more.")) from None
        except (signing.BadSignature, ValueError):
            raise Refusal(_("Your message did not arrive whole. Send it once more.")) from None
        try:
            self._signer.unsign(token, max_age=self.YOUNGEST)
        except signing.SignatureExpired:
            return key
        raise Refusal(_("That was very quick. Read your message through, then send it once more."))

    @staticmethod
    def comes_from_here(request: HttpRequest) -> bool:
        """Whether the browser says that the form was sent from our own pages; silence is no evidence against it."""
        site = request.headers.get("Sec-Fetch-Site")
        if site:
            return site in {"same-origin", "none"}
        origin = request.headers.get("Origin")
        return origin is None or origin == f"{request.scheme}://{request.get_host()}"
