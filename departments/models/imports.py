"""What was imported into the directory: every run with its plan and result, and the mappings of files' columns."""

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class ImportMapping(models.Model):
    """Which columns of a kind of file mean which columns of the directory, kept under a name for the next time."""

    name = models.CharField(_("name"), max_length=60, unique=True)
    columns = models.JSONField(default=dict)  # folded header of the file: name of our column, "" to leave it out
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["name"]
        verbose_name = _("mapping of columns")
        verbose_name_plural = _("mappings of columns")

    def __str__(self) -> str:
        return self.name


class ImportRun(models.Model):
    """One import of a file: planned, then applied, then perhaps undone. The file itself goes when it has served."""

    class State(models.TextChoices):
        UPLOADED = "uploaded", _("waits for its columns to be confirmed")
        PLANNED = "planned", _("planned, nothing written yet")
        APPLIED = "applied", _("applied")
        UNDONE = "undone", _("undone")

    state = models.CharField(max_length=10, choices=State, default=State.UPLOADED)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    made_at = models.DateTimeField(auto_now_add=True)
    applied_at = models.DateTimeField(null=True)
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    file_name = models.CharField(max_length=255)
    file_hash = models.CharField(max_length=64)  # SHA-256, hexadecimal
    file = models.BinaryField(null=True)
    header = models.JSONField(default=list)  # of the file
    options = models.JSONField(default=dict)
    counts = models.JSONField(default=dict)  # rows by outcome
    refusals = models.JSONField(default=list)  # why the run as a whole may not be applied
    remarks = models.JSONField(default=list)
    digest = models.CharField(max_length=64, blank=True)  # of the plan that was shown
    made_pages = models.JSONField(default=list)  # [pk of a new page, pk of its revision]

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("import")
        verbose_name_plural = _("imports")

    def __str__(self) -> str:
        return f"{self.pk} – {self.file_name}"


class ImportRow(models.Model):
    """What a run does, or did, for one row of its file. Rows that change nothing are only counted."""

    class Outcome(models.TextChoices):
        NEW = "new", _("new")
        CHANGED = "changed", _("changed")
        REMOVED = "removed", _("removed")
        REFUSED = "refused", _("refused")

    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, related_name="rows")
    number = models.PositiveIntegerField(null=True)  # of the row in the file; None for a removed line
    outcome = models.CharField(max_length=10, choices=Outcome)
    fact_model = models.CharField(max_length=40, blank=True)  # contactline, location
    fact_id = models.BigIntegerField(null=True)
    page = models.ForeignKey("wagtailcore.Page", null=True, on_delete=models.SET_NULL, related_name="+")
    name = models.TextField(blank=True)  # of the fact, as staff read it
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    reasons = models.JSONField(default=list)
    cells = models.JSONField(default=list)  # as they stood in the file, of a refused row

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["run", "outcome", "id"], name="import_row_by_outcome")]

    def __str__(self) -> str:
        return self.name

    @property
    def differences(self) -> list[tuple[str, Any, Any]]:
        """Name, value before and value after of what differs."""
        before, after = self.before or {}, self.after or {}
        return [(name, before.get(name), after[name]) for name in after if before.get(name) != after[name]]
