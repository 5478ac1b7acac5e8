"""The pages that any portal has: home, plain pages, contact."""

from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey
from wagtail.admin.panels import FieldPanel, InlinePanel, MultiFieldPanel
from wagtail.contrib.forms.models import AbstractFormField, FormMixin, validate_to_address
from wagtail.fields import RichTextField
from wagtail.images.blocks import ImageBlock

from portal.blocks import BodyBlock
from portal.contact_form import ContactFormBuilder, ContactPageForm, MessageGuard
from portal.fields import StreamField
from portal.panels import SourcePanel

from .base import BasePage, tabs
from .messages import ContactMessage


class HomePage(BasePage):
    """The front door in one language: what can I do here, and the institutes to choose from."""

    parent_page_types = ["wagtailcore.Page"]

    introduction = RichTextField(_("introduction"), blank=True)
    frise = StreamField(
        [("picture", ImageBlock(label=_("Picture")))],
        verbose_name=_("frise"),
        blank=True,
        help_text=_("The band of pictures across the top, from left to right."),
    )
    body = StreamField(BodyBlock(), verbose_name=_("more"), blank=True)

    edit_handler = tabs([*BasePage.content_panels, FieldPanel("introduction"), FieldPanel("frise"), FieldPanel("body")])
    searched_fields = ["introduction", "body"]

    class Meta:
        verbose_name = _("home page")
        verbose_name_plural = _("home pages")


class StandardPage(BasePage):
    """A page of text: legal notice, privacy, accessibility, anything that needs no form of its own."""

    introduction = RichTextField(_("introduction"), blank=True)
    body = StreamField(BodyBlock(), verbose_name=_("content"), blank=True)
    lists_the_site = models.BooleanField(
        _("is the site map"),
        default=False,
        help_text=_("Adds, under the text, a list of all pages of the portal."),
    )

    edit_handler = tabs(
        [
            *BasePage.content_panels,
            FieldPanel("introduction"),
            FieldPanel("body"),
            MultiFieldPanel([FieldPanel("lists_the_site")], _("For experts"), classname="collapsed"),
        ]
    )
    searched_fields = ["introduction", "body"]

    class Meta:
        verbose_name = _("page of text")
        verbose_name_plural = _("pages of text")


class ContactPage(FormMixin, BasePage):
    """A form to write to the institute. Messages are stored, e-mailed, and forgotten after a set time.

    The page itself is never cached, since its form carries a token that works once; the form is sent to a view
    of its own (`portal.contact.send`), which asks for no cookie.
    """

    base_form_class = ContactPageForm
    form_builder = ContactFormBuilder

    introduction = RichTextField(_("introduction"), blank=True)
    warning = RichTextField(
        _("what not to write here"),
        features=["bold", "link", "contact-line"],
        help_text=_("Shown above the form: no medical details, and whom to call in an emergency."),
    )
    thanks = RichTextField(_("words of thanks"), blank=True, help_text=_("Shown when the message has been stored."))
    to_address = models.CharField(
        _("e-mail of the institute"),
        max_length=255,
        blank=True,
        validators=[validate_to_address],
        help_text=_("Where messages go; several addresses are separated by commas."),
    )
    keep_days = models.PositiveSmallIntegerField(
        _("days until messages are forgotten"),
        default=90,
        validators=[MinValueValidator(1), MaxValueValidator(730)],
    )

    source_only = ["to_address", "keep_days"]
    is_readable_untranslated = False
    searched_fields = ["introduction"]
    subpage_types: list[str] = []
    preview_modes = FormMixin.preview_modes

    edit_handler = tabs(
        [
            *BasePage.content_panels,
            FieldPanel("introduction"),
            FieldPanel("warning"),
            InlinePanel("form_fields", heading=_("Questions of the form"), label=_("Question")),
            FieldPanel("thanks"),
        ],
        [SourcePanel([FieldPanel("to_address"), FieldPanel("keep_days")], _("Where messages go"))],
        base_form_class=ContactPageForm,
    )

    class Meta:
        verbose_name = _("contact page")
        verbose_name_plural = _("contact pages")

    def get_submission_class(self) -> type[ContactMessage]:
        return ContactMessage

    @cached_property
    def guard(self) -> MessageGuard:
        return MessageGuard(self.pk)

    def get_form(self, *args: Any, **kwargs: Any) -> Any:
        kwargs.pop("page", None)
        kwargs.pop("user", None)
        form = super().get_form(*args, **kwargs)
        form.page = self
        return form

    def serve(self, request: HttpRequest, *args: Any, **kwargs: Any) -> TemplateResponse:
        """The empty form, or the thanks after it was sent. Sending goes to `portal.contact.send`."""
        if request.GET.get("sent"):
            return self.render_landing_page(request)
        return self.render_form(request, self.get_form())

    def render_form(self, request: HttpRequest, form: Any, status: int = 200) -> TemplateResponse:
        """The page with `form` on it, filled in as the visitor left it, and a fresh token."""
        context = self.get_context(request) | {
            "form": form,
            "action": reverse("send_message", args=[self.pk]),
            "token": self.guard.new_token(),
            "honeypot": MessageGuard.HONEYPOT,
        }
        response = TemplateResponse(request, self.get_template(request), context, status=status)
        response["Cache-Control"] = "no-store"
        return response

    def get_preview_context(self, request: HttpRequest, mode_name: str) -> dict[str, Any]:
        return self.get_context(request) | {"form": self.get_form(), "honeypot": MessageGuard.HONEYPOT}


class ContactField(AbstractFormField):
    """One question of a contact page's form."""

    page = ParentalKey(ContactPage, on_delete=models.CASCADE, related_name="form_fields")
    autocomplete = models.CharField(
        _("what browsers may fill in"),
        max_length=20,
        blank=True,
        choices=[("name", _("the visitor's name")), ("tel", _("the visitor's telephone number"))],
        help_text=_("Spares typing, above all to people for whom typing is hard."),
    )

    panels = [*AbstractFormField.panels, FieldPanel("autocomplete")]

    class Meta(AbstractFormField.Meta):
        verbose_name = _("question")
        verbose_name_plural = _("questions")
