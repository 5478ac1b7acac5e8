"""The contact page's form: how its questions become fields, and what keeps robots out without a third party."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy
from wagtail.contrib.forms.forms import BaseForm, FormBuilder, WagtailAdminFormPageForm

from portal.form_guard import FormGuard
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


class MessageGuard(FormGuard):
    """The token of a contact page's form. That it works once is kept by the constraint on `ContactMessage.token`."""

    MOST_PER_HOUR = 60  # messages for one page

    too_old = gettext_lazy("This page was open for more than a day. Send your message once more.")
    broken = gettext_lazy("Your message did not arrive whole. Send it once more.")
    too_young = gettext_lazy("That was very quick. Read your message through, then send it once more.")

    def __init__(self, page_id: int | None) -> None:
        super().__init__(f"portal.contact.{page_id}")
