"""Rows that are known by a name in every language: organisations, funds."""

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.fields import WordingField
from portal.folding import fold


class Named(models.Model):
    """A row with a name per language; its folded name in the source language is what it is sorted and searched by."""

    name = WordingField(_("name"))
    folded_name = models.CharField(max_length=300, editable=False, db_index=True)

    class Meta:
        abstract = True
        ordering = ["folded_name"]

    def __str__(self) -> str:
        return str(self.name)

    def save(self, *args: Any, **kwargs: Any) -> None:
        name = self._meta.get_field("name").to_python(self.name)
        self.folded_name = fold(name.localize(settings.LANGUAGE_CODE))[:300]
        super().save(*args, **kwargs)
