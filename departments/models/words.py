"""The words of patients: synonyms that editors keep, and queries that found nothing."""

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel

from portal.folding import fold


class Synonym(models.Model):
    """What visitors write, and what the directory is to look for then."""

    language = models.CharField(_("language"), max_length=10, choices=settings.LANGUAGES)
    written = models.CharField(
        _("what visitors write"), max_length=80, help_text=_("One word or a few, for example: cancer du sein")
    )
    meant = models.CharField(
        _("what to look for"),
        max_length=200,
        help_text=_("As departments are named; several, separated by commas, for example: sénologie, gynécologie"),
    )
    both_ways = models.BooleanField(
        _("both ways"),
        default=False,
        help_text=_("Who writes what stands on the right then also finds what stands on the left."),
    )
    folded = models.CharField(max_length=80, editable=False)

    panels = [FieldPanel("language"), FieldPanel("written"), FieldPanel("meant"), FieldPanel("both_ways")]

    class Meta:
        verbose_name = _("synonym")
        verbose_name_plural = _("synonyms")
        ordering = ["language", "folded"]
        constraints = [
            models.UniqueConstraint(
                fields=["language", "folded"],
                name="one_synonym_per_wording",
                violation_error_message=_("These words have an entry already: add what to look for there."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.written} → {self.meant}"

    @property
    def meanings(self) -> list[str]:
        """The folded words to look for, one entry for each alternative."""
        return [words for words in map(fold, self.meant.split(",")) if words]

    def clean(self) -> None:
        self.folded = fold(self.written)[:80]
        errors = {}
        if not self.folded:
            errors["written"] = _("Write at least one word.")
        if not self.meanings:
            errors["meant"] = _("Write at least one word.")
        elif self.meanings == [self.folded]:
            errors["meant"] = _("These are the same words: write how the department is named.")
        if errors:
            raise ValidationError(errors)
        # The field is no part of the form, so the form does not ask for this itself.
        same = Synonym.objects.filter(language=self.language, folded=self.folded).exclude(pk=self.pk)
        if same.exists():
            raise ValidationError({"written": self._meta.constraints[0].violation_error_message})

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.folded = fold(self.written)[:80]
        super().save(*args, **kwargs)


class MissedQuery(models.Model):
    """Words for which the directory found nothing, counted per language and day: no who, no finer when."""

    language = models.CharField(_("language"), max_length=10, choices=settings.LANGUAGES)
    words = models.CharField(_("words"), max_length=60)
    day = models.DateField(_("day"), default=timezone.localdate)
    times = models.PositiveIntegerField(_("times"), default=1)

    class Meta:
        verbose_name = _("search that found nothing")
        verbose_name_plural = _("searches that found nothing")
        constraints = [models.UniqueConstraint(fields=["day", "language", "words"], name="one_missed_query_per_day")]

    def __str__(self) -> str:
        return self.words
