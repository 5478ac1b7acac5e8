"""What the sandbox keeps in place of a real provider: sessions, payments, subscriptions, refunds. No money moves."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class SandboxObject(models.Model):
    """One object as the sandbox would answer with it."""

    ref = models.CharField(max_length=200, primary_key=True)
    kind = models.CharField(max_length=20, db_index=True)
    data = models.JSONField(default=dict)
    made_at = models.DateTimeField(auto_now_add=True, db_index=True)
    changed_at = models.DateTimeField(auto_now=True, db_index=True)

    class Meta:
        verbose_name = _("object of the sandbox")
        verbose_name_plural = _("objects of the sandbox")
        default_permissions = ()

    def __str__(self) -> str:
        return self.ref
