"""Who makes sure that a page is still right, and by when; and what staff were told by e-mail."""

from typing import Any, ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _


class Told(models.Model):
    """Something that somebody was told by e-mail. The row is there before the e-mail goes (`portal.announcing`).

    A row without `sent_at` is an e-mail of which nobody knows whether it went out: the process was killed in between.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    claimed_at = models.DateTimeField(auto_now_add=True)
    sent_at = models.DateTimeField(null=True)

    key_fields: ClassVar[tuple[str, ...]] = ()  # what, together with the person, makes it the same news

    class Meta:
        abstract = True

    @property
    def key(self) -> tuple[Any, ...]:
        return tuple(getattr(self, name) for name in self.key_fields)


class PageCare(models.Model):
    """When a page, in one language, is to be looked at again. Who does that is the page's owner.

    It is no prose: it takes no part in drafts, and is in force as soon as it is saved. `portal.care` writes it.
    """

    page = models.OneToOneField("wagtailcore.Page", on_delete=models.CASCADE, related_name="care", editable=False)
    review_on = models.DateField(
        _("to be reviewed by"), db_index=True, help_text=_("The owner is reminded 30 days before, and on the day.")
    )
    every = models.PositiveSmallIntegerField(
        _("days between reviews"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(1_830)],
        help_text=_("Empty: as for other pages of the portal."),
    )
    reviewed_at = models.DateTimeField(null=True, editable=False)
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", editable=False
    )

    wagtail_reference_index_ignore = True  # that a page is cared for is no use of it

    class Meta:
        verbose_name = _("care of a page")
        verbose_name_plural = _("care of pages")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.page_id}: {self.review_on}"


class CareNotice(Told):
    """What somebody was told about a page, a picture or an institute that needs care.

    `kind` says what about, `thing` is the key of the page or picture, `occasion` what makes it news.
    """

    kind = models.CharField(max_length=20)
    thing = models.BigIntegerField()
    occasion = models.CharField(max_length=20)

    key_fields = ("kind", "thing", "occasion")

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["user", "kind", "thing", "occasion"], name="care_is_announced_once")
        ]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.kind} {self.thing} {self.occasion}"
