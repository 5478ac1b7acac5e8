"""What editors are asked when they add a picture or a document, or replace one."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _
from wagtail.admin.widgets import AdminDateInput
from wagtail.documents.forms import BaseDocumentForm
from wagtail.images.forms import BaseImageForm
from wagtail.log_actions import log

from portal import pictures
from portal.publishing_rules import looks_like_a_file_name

REPLACED = "portal.replace_file"


class ImageForm(BaseImageForm):
    """Asks of each picture whether it shows people, and then for their consent."""

    class Meta(BaseImageForm.Meta):
        widgets = {**BaseImageForm.Meta.widgets, "consent_until": AdminDateInput}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if usual := self.fields.get("shows_people"):
            self.fields["shows_people"] = forms.TypedChoiceField(
                label=usual.label,
                help_text=usual.help_text,
                choices=[("", "---------"), ("True", _("Yes")), ("False", _("No"))],  # a list is read with its label
                coerce=lambda value: value == "True",
                empty_value=None,
            )

    def save(self, commit: bool = True) -> Any:
        """As Wagtail's; where people take their consent back, the sizes go at once."""
        image = super().save(commit=commit)
        if commit and image.is_withheld:
            pictures.withdraw(image)
        return image

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        is_given = data.get("shows_people") and (data.get("consent_until") or data.get("consent_unlimited"))
        if is_given and not data.get("consent_reference"):
            message = _("Say where the signed consent is kept, so that a colleague finds it.")
            self.add_error("consent_reference", message)
        return data


class DocumentForm(BaseDocumentForm):
    """Asks for a title that says what the document is, and for its language. A new file takes the old one's place."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "language" in self.fields:
            self.fields["language"].required = True
        self.previous = self.original_file.name if self.instance.pk and self.original_file else ""
        self.addresses = {self.instance.url} if self.previous else set()

    def clean_title(self) -> str:
        title = self.cleaned_data["title"].strip()
        if looks_like_a_file_name(title):
            raise ValidationError(
                _("“%(title)s” is a file’s name. Say what the document is, as you would to a visitor.")
                % {"title": title}
            )
        return title

    def save(self, commit: bool = True) -> Any:
        """As Wagtail's, which deletes the earlier file before the new one is stored; here it goes when all is done."""
        is_replaced = commit and bool(self.previous) and "file" in self.changed_data
        if not is_replaced:
            return super().save(commit=commit)
        storage, self.original_file = self.original_file.storage, None
        with transaction.atomic():
            document = super().save()
            log(document, REPLACED, data={"was": self.previous.rpartition("/")[2], "is": document.filename})
            transaction.on_commit(lambda: storage.delete(self.previous))
            addresses = self.addresses | {document.url}
            pictures.forget_in_caches(document, (settings.WAGTAILADMIN_BASE_URL + address for address in addresses))
        return document
