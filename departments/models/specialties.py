"""Specialties: what departments are about, one list for the whole portal."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel

from portal.models import Named


class Specialty(Named):
    """A field of medicine by which departments are found. `slug` stands in addresses and never changes."""

    slug = models.SlugField(max_length=80, unique=True, editable=False)

    panels = [FieldPanel("name")]

    class Meta(Named.Meta):
        verbose_name = _("specialty")
        verbose_name_plural = _("specialties")

    def save(self, *args: Any, **kwargs: Any) -> None:
        super().save(*args, **kwargs)
        if not self.slug:
            # Known only now: two names may fold alike, and then the number tells them apart.
            slug = self.folded_name.replace(" ", "-")[:70] or "specialty"
            taken = type(self).objects.filter(slug=slug).exclude(pk=self.pk).exists()
            self.slug = f"{slug}-{self.pk}" if taken else slug
            super().save(update_fields=["slug"])
