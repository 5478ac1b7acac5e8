"""Facts: what must be right at once and has no draft - a number, a location, a role.

A fact hangs by a plain foreign key on the page in the source language, outside that page's revisions: an edit
is live at once, is logged with what stood before and can be undone, and no older draft brings an old value
back. Pages in every language read it through their translation key.
"""

import uuid
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.forms.models import model_to_dict
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from wagtail.models import Page


@dataclass(frozen=True)
class Use:
    """One place that relies on a fact: a sentence for staff, where to change it, and the page that it is on."""

    fact_id: int
    description: str
    url: str
    page_id: int


class FactQuerySet(models.QuerySet["Fact"]):
    """Finding facts, whatever the language of the page in hand."""

    def uses(self) -> list[Use]:
        """Where the facts are used; kinds of facts that others refer to answer this, in a fixed number of queries."""
        return []

    def kept(self) -> "FactQuerySet":
        """Facts that have not been archived."""
        return self.filter(archived_at=None)

    def of(self, page: Page) -> "FactQuerySet":
        """The facts of `page` and of its translations: they are the same."""
        return self.kept().filter(page__translation_key=page.translation_key)


class Fact(models.Model):
    """One fact of one page. It is archived, never deleted, when it no longer holds."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    page = models.ForeignKey(
        "wagtailcore.Page",
        verbose_name=_("page"),
        on_delete=models.CASCADE,
        related_name="%(app_label)s_%(class)s_facts",
        editable=False,
    )
    sort_order = models.PositiveIntegerField(_("order"), default=0, help_text=_("Smaller numbers come first."))
    archived_at = models.DateTimeField(null=True, editable=False)

    objects = FactQuerySet.as_manager()
    overview = ""  # the name of the admin's address that shows all facts of this kind of a page; "" for none

    class Meta:
        abstract = True
        ordering = ["sort_order", "pk"]

    def used_by(self) -> list[Use]:
        """Where this fact is used. While it is used anywhere it cannot be taken off its page."""
        return type(self).objects.filter(pk=self.pk).uses() if self.pk else []

    def form_initial(self) -> dict[str, Any]:
        """What the edit form shows where that differs from what is stored."""
        return {}

    def may_be_changed_by(self, user: Any) -> bool:
        """Who may change the page may change its facts, a locked page's too: a lock must not keep a wrong number."""
        return self.page.permissions_for_user(user).can_edit()

    def way_back(self, user: Any) -> str:
        """Where `user` goes on after changing the fact: an address of the admin that they may open."""
        return reverse("wagtailadmin_pages:edit", args=[self.page_id])

    @property
    def remark(self) -> str:
        """What staff should know of the fact beyond its values, in a few words."""
        return ""

    def take_over(self, stored: "Fact") -> None:
        """Called before a change is saved: keep what `stored` says where no form may change it."""

    def fit_form(self, form: Any) -> None:
        """Narrow what the edit form offers to what makes sense for this fact."""

    def begin_edit(self) -> None:
        """Called before a form's values are put in: forget what is read from them anew."""

    def snapshot(self) -> dict[str, Any]:
        """The values that staff may change, as JSON can keep them: what the log stores and an undo restores."""
        names = [field.name for field in self._meta.concrete_fields if field.editable]
        values = {}
        for name, value in model_to_dict(self, names).items():
            field = self._meta.get_field(name)
            is_plain = isinstance(value, bool | int | str | list | None)
            values[name] = value if is_plain else field.value_to_string(self)
        return values | {"archived_at": self.archived_at.isoformat() if self.archived_at else None}

    def restore(self, snapshot: dict[str, Any]) -> None:
        """Take the values of `snapshot` again, without saving."""
        for name, value in snapshot.items():
            field = self._meta.get_field(name)
            setattr(
                self, field.attname, None if value is None or (value == "" and field.null) else field.to_python(value)
            )
