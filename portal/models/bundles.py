"""Bundles: pages and numbers that go live at one instant or not at all."""

from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import models
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey
from modelcluster.models import ClusterableModel
from wagtail.admin.panels import FieldPanel, InlinePanel
from wagtail.models import ModelLogEntry, Page, Revision


class Bundle(ClusterableModel):
    """Pages, each with the revision that was approved, and changes of facts. They become public together."""

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        IN_REVIEW = "in_review", _("in review")
        APPROVED = "approved", _("approved")
        PUBLISHED = "published", _("published")

    name = models.CharField(_("name"), max_length=120, help_text=_("What it is about, for your colleagues."))
    go_live_at = models.DateTimeField(
        _("goes live"),
        null=True,
        blank=True,
        help_text=_("Once it is approved. Left empty, somebody publishes it by the button."),
    )
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.DRAFT, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("prepared by"),
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        editable=False,
    )
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", editable=False
    )
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", editable=False
    )
    created_at = models.DateTimeField(_("begun"), auto_now_add=True)
    published_at = models.DateTimeField(_("published"), null=True, editable=False)
    # Why the last attempt to publish it failed; whoever must know was told when this was written.
    problem = models.TextField(blank=True, editable=False)

    panels = [
        FieldPanel("name"),
        FieldPanel("go_live_at"),
        InlinePanel("parts", heading=_("Pages"), label=_("Page")),
    ]

    class Meta:
        verbose_name = _("bundle")
        verbose_name_plural = _("bundles")
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.name

    @property
    def is_open(self) -> bool:
        return self.state != self.State.PUBLISHED


class BundlePage(models.Model):
    """A page of a bundle. A page is in one open bundle at most, and is published with it alone."""

    bundle = ParentalKey(Bundle, on_delete=models.CASCADE, related_name="parts")
    page = models.ForeignKey(
        Page,
        verbose_name=_("page"),
        on_delete=models.CASCADE,
        related_name="+",
        help_text=_("Its latest draft goes live with the bundle."),
    )
    revision = models.ForeignKey(Revision, null=True, on_delete=models.SET_NULL, related_name="+", editable=False)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", editable=False
    )
    is_open = models.BooleanField(default=True, editable=False)

    panels = [FieldPanel("page")]

    class Meta:
        verbose_name = _("page of a bundle")
        verbose_name_plural = _("pages of a bundle")
        constraints = [
            models.UniqueConstraint(
                fields=["page"],
                condition=models.Q(is_open=True),
                name="page_in_one_open_bundle",
                violation_error_message=_("This page is in another bundle that is not published yet."),
            ),
        ]

    def __str__(self) -> str:
        return str(self.page)

    @property
    def is_stale(self) -> bool:
        """Whether the page was changed since the revision that was approved."""
        return self.revision_id is not None and self.page.latest_revision_id != self.revision_id


class BundleChange(models.Model):
    """A change of a fact that waits for its bundle: which values, what stood before, what will stand then."""

    bundle = models.ForeignKey(Bundle, on_delete=models.CASCADE, related_name="changes")
    fact_model = models.CharField(max_length=100)  # its label, "departments.ContactLine"
    fact_id = models.BigIntegerField()
    before = models.JSONField()
    after = models.JSONField()
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    added_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["bundle", "fact_model", "fact_id"], name="one_change_of_a_fact_in_bundle")
        ]

    def __str__(self) -> str:
        return str(self.fact or self.fact_id)

    @property
    def model(self) -> Any:
        return apps.get_model(self.fact_model)

    @cached_property
    def fact(self) -> Any:
        """The fact as it stands; None when it has gone."""
        return self.model.objects.filter(pk=self.fact_id).select_related("page").first()


class SeenChange(models.Model):
    """That a colleague has looked at a change of a fact."""

    entry = models.OneToOneField(ModelLogEntry, on_delete=models.CASCADE, related_name="+")
    seen_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    seen_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return str(self.entry_id)
