"""What visitors write through a contact page: kept for a set time, then forgotten."""

from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail.contrib.forms.models import AbstractFormSubmission

if TYPE_CHECKING:
    from .pages import ContactPage


class ContactMessageQuerySet(models.QuerySet["ContactMessage"]):
    def unsent(self) -> "ContactMessageQuerySet":
        """Messages whose e-mail to the institute has not gone out yet, the oldest first."""
        return self.filter(emailed_at=None).order_by("submit_time")

    def outdated(self) -> "ContactMessageQuerySet":
        """Messages whose time is over."""
        return self.filter(forget_at__lte=timezone.now())


class ContactMessage(AbstractFormSubmission):
    """One message. `token` makes a form count once, however often it is sent."""

    token = models.UUIDField(unique=True, editable=False)
    forget_at = models.DateTimeField(_("forgotten at"), editable=False, db_index=True)
    emailed_at = models.DateTimeField(_("e-mailed at"), null=True, editable=False)

    objects = ContactMessageQuerySet.as_manager()

    class Meta(AbstractFormSubmission.Meta):
        abstract = False
        verbose_name = _("message")
        verbose_name_plural = _("messages")

    @staticmethod
    def time_to_forget(page: "ContactPage"):
        return timezone.now() + timedelta(days=page.keep_days)
