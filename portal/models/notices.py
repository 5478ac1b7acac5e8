"""The portal-wide notice: a few words above every page, with an end that cannot be forgotten."""

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, FieldRowPanel

from portal.fields import WordingField


class NoticeQuerySet(models.QuerySet["Notice"]):
    def current(self) -> "NoticeQuerySet":
        """Notices to show now, the gravest first."""
        now = timezone.now()
        return self.filter(starts_at__lte=now, ends_at__gt=now).order_by("-is_urgent", "-starts_at")


def _now_to_the_minute():
    return timezone.now().replace(second=0, microsecond=0)


class Notice(models.Model):
    """Something that every visitor must know for a while: a line that is down, a closed entrance."""

    text = WordingField(_("text"), help_text=_("One or two short sentences, in every language."))
    link = models.ForeignKey(
        "wagtailcore.Page",
        verbose_name=_("page that says more"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    is_urgent = models.BooleanField(
        _("urgent"), default=False, help_text=_("Shown as a warning and read first by screen readers.")
    )
    starts_at = models.DateTimeField(_("from"), default=_now_to_the_minute)
    ends_at = models.DateTimeField(_("until"), help_text=_("The notice leaves every page by itself at this time."))

    objects = NoticeQuerySet.as_manager()

    panels = [
        FieldPanel("text"),
        FieldRowPanel([FieldPanel("starts_at"), FieldPanel("ends_at")]),
        FieldPanel("is_urgent"),
        FieldPanel("link"),
    ]

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        ordering = ["-ends_at"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_at__gt=models.F("starts_at")), name="notice_ends_after_it_starts"
            )
        ]

    def __str__(self) -> str:
        return str(self.text)

    def clean(self) -> None:
        if self.starts_at and self.ends_at and self.ends_at <= self.starts_at:
            raise ValidationError({"ends_at": _("The end must come after the start.")})

    @property
    def is_current(self) -> bool:
        return self.starts_at <= timezone.now() < self.ends_at
