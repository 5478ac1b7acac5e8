"""Edit-screen panels and the page form of the house: what is stored once is edited in one place."""

from typing import Any
from urllib.parse import urlencode

from django.apps import apps
from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from wagtail.admin.forms import WagtailAdminPageForm
from wagtail.admin.forms.pages import CopyForm
from wagtail.admin.panels import HelpPanel, MultiFieldPanel, Panel

from portal import care
from portal.four_eyes import is_medical


def _is_translation(page: Any) -> bool:
    return page is not None and page.locale_id is not None and page.source is not page


class SourceOnlyForm(WagtailAdminPageForm):
    """A page's form without its `source_only` fields and rows when the page is a translation."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if _is_translation(self.instance):
            for name in self.instance.source_only:
                self.fields.pop(name, None)
                self.formsets.pop(name, None)
        self._keep_medical_mark()

    def _keep_medical_mark(self) -> None:
        """Who may not publish sets the mark of medical content, but does not take it off; no older draft does it."""
        page = self.instance
        if "is_medical" not in self.fields or page.pk is None or self.for_user is None:
            return
        if is_medical(page) and not page.permissions_for_user(self.for_user).may_publish_others():
            self.fields["is_medical"].disabled = True
            self.initial["is_medical"] = True


class DraftCopyForm(CopyForm):
    """A page's copy begins as a draft, since its title and address are new words; an alias follows its page."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields.pop("publish_copies", None)


class SourcePanel(MultiFieldPanel):
    """Language-neutral settings: shown on the page in the source language alone."""

    class BoundPanel(MultiFieldPanel.BoundPanel):
        def is_shown(self) -> bool:
            return not _is_translation(self.instance) and super().is_shown()


class SourceNote(HelpPanel):
    """On a translation: says where the settings that it shares with its source are edited."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs["template"] = "portal/admin/source_note.html"
        super().__init__(**kwargs)

    class BoundPanel(HelpPanel.BoundPanel):
        def is_shown(self) -> bool:
            return _is_translation(self.instance) and super().is_shown()

        def get_context_data(self, parent_context: Any = None) -> dict[str, Any]:
            return super().get_context_data(parent_context) | {"source": self.instance.source}


class TranslationNote(HelpPanel):
    """How this page and its other languages stand to each other; on a translation that is behind, what changed."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs["template"] = "portal/admin/translation_note.html"
        super().__init__(**kwargs)

    class BoundPanel(HelpPanel.BoundPanel):
        def is_shown(self) -> bool:
            return bool(self.instance.pk) and len(settings.LANGUAGES) > 1 and super().is_shown()


class FactsPanel(Panel):
    """The facts of one kind that hang on the page, each with a way to its own editor.

    `fact` is the label of a model derived from `portal.models.Fact`. Changes made there are live at once and
    take no part in the page's drafts; that is why they are not fields of the page's own form.
    """

    def __init__(self, fact: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.fact = fact

    def clone_kwargs(self) -> dict[str, Any]:
        return super().clone_kwargs() | {"fact": self.fact}

    @property
    def clean_name(self) -> str:
        return super().clean_name or self.fact.lower().replace(".", "-")

    def on_model_bound(self) -> None:
        self.heading = self.heading or capfirst(apps.get_model(self.fact)._meta.verbose_name_plural)

    class BoundPanel(Panel.BoundPanel):
        template_name = "portal/admin/facts_panel.html"

        def get_context_data(self, parent_context: Any = None) -> dict[str, Any]:
            context = super().get_context_data(parent_context)
            model = apps.get_model(self.panel.fact)
            source = self.instance.source if self.instance.pk else None
            return context | {
                "opts": model._meta,
                "overview": model.overview,
                "source": source,
                "facts": model.objects.of(source) if source else [],
                "archived": model.objects.filter(page=source).exclude(archived_at=None) if source else [],
                "may_change": bool(source) and source.permissions_for_user(self.request.user).can_edit(),
            }


class CarePanel(Panel):
    """Who looks after the page and when it is to be reviewed, with the way to the screen where that is changed."""

    class BoundPanel(Panel.BoundPanel):
        template_name = "portal/admin/care_panel.html"

        def is_shown(self) -> bool:
            return bool(self.instance.pk) and super().is_shown()

        def get_context_data(self, parent_context: Any = None) -> dict[str, Any]:
            row = care.care_of(self.instance)
            address = reverse("page_care", args=[self.instance.pk])
            back = reverse("wagtailadmin_pages:edit", args=[self.instance.pk])
            return super().get_context_data(parent_context) | {
                "care": row,
                "stage": care.stage(row.review_on, timezone.localdate()),
                "owner": self.instance.owner,
                "url": f"{address}?{urlencode({'next': back})}",
            }
