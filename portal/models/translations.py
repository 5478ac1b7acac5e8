"""What a translation was made from: the words of its source."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class TranslationMark(models.Model):
    """One row per translation: the source's words that it says, kept as long as the page itself.

    The words are kept rather than a revision of the source: revisions are purged, and may never have been there.
    """

    page = models.OneToOneField("wagtailcore.Page", on_delete=models.CASCADE, related_name="translation_mark")
    source_words = models.JSONField(_("words of the source"))
    source_day = models.DateTimeField(_("published in the source language"), null=True)
    behind_since = models.DateTimeField(_("out of date since"), null=True)
    # What the next published version of the translation follows: its draft says so already.
    next_words = models.JSONField(null=True)
    next_day = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return str(self.page)
