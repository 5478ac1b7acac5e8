"""What every page of the portal has in common."""

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, MultiFieldPanel, ObjectList, TabbedInterface, TitleFieldPanel
from wagtail.models import Locale, Page
from wagtail.search import index

from portal.folding import fold
from portal.panels import SourceNote, SourceOnlyForm


class BasePage(Page):
    """An abstract page: a summary, a name for menus, a picture for sharing, folded text for search.

    Facts and language-neutral settings belong to the page in the source language (`LANGUAGE_CODE`); its
    translations read them through `source`.
    """

    summary = models.CharField(
        _("summary"),
        max_length=300,
        blank=True,
        help_text=_("One plain sentence: shown under the title, in lists and by search engines."),
    )
    menu_title = models.CharField(
        _("name in menus"), max_length=60, blank=True, help_text=_("Only when the title is too long for a menu.")
    )
    share_image = models.ForeignKey(
        "portal.PortalImage",
        verbose_name=_("picture when shared"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text=_("Shown by other sites that link to this page. Without one, the portal's own is used."),
    )
    folded_title = models.CharField(max_length=300, editable=False, db_index=True, default="")

    # Fields and rows that do not depend on the language: kept on the source page, never copied to a translation.
    source_only: list[str] = []
    # Words of the page beyond title and summary that search must find: names of fields.
    searched_fields: list[str] = []

    base_form_class = SourceOnlyForm
    content_panels = [
        TitleFieldPanel("title", help_text=_("The name of the page, as visitors say it.")),
        FieldPanel("summary"),
    ]
    promote_panels = [
        MultiFieldPanel([FieldPanel("slug"), FieldPanel("show_in_menus"), "menu_title"], _("Address and menus")),
        MultiFieldPanel(
            [FieldPanel("seo_title"), FieldPanel("search_description"), FieldPanel("share_image")],
            _("Search engines and sharing (only if you need it)"),
            classname="collapsed",
        ),
    ]

    search_fields = [
        *Page.search_fields,
        index.SearchField("folded_title", boost=4),
        index.AutocompleteField("folded_title"),
        index.SearchField("folded_text"),
        index.AutocompleteField("folded_text"),
    ]

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> Any:
        self.folded_title = fold(self.title)
        return super().save(*args, **kwargs)

    def full_clean(self, *args: Any, **kwargs: Any) -> None:
        super().full_clean(*args, **kwargs)
        self.folded_title = fold(self.title)

    def folded_text(self) -> str:
        """All words of the page that search looks through, folded."""
        parts = [self.title, self.summary]
        for name in self.searched_fields:
            field = self._meta.get_field(name)
            value = field.value_from_object(self)
            parts += field.get_searchable_content(value) if hasattr(field, "get_searchable_content") else [value]
        return fold(" ".join(str(part) for part in parts))

    def copy_for_translation(self, *args: Any, **kwargs: Any) -> Page:
        kwargs["exclude_fields"] = [*(kwargs.get("exclude_fields") or []), *self.source_only]
        return super().copy_for_translation(*args, **kwargs)

    @property
    def menu_label(self) -> str:
        return self.menu_title or self.title

    @property
    def is_source(self) -> bool:
        """Whether this is the page on which facts hang: the one in the source language."""
        return self.locale.language_code == settings.LANGUAGE_CODE

    @cached_property
    def source(self) -> "BasePage":
        """This page in the source language; itself where it has none (then it carries its own settings)."""
        if self.is_source:
            return self
        return (
            type(self)
            .objects.filter(translation_key=self.translation_key, locale__language_code=settings.LANGUAGE_CODE)
            .first()
            or self
        )

    @cached_property
    def live_translations(self) -> list[Page]:
        """The public pages that say the same in the other languages, in the order of the settings."""
        order = [code for code, _name in settings.LANGUAGES]
        pages = self.get_translations().live().public().select_related("locale").defer_streamfields()
        return sorted(pages, key=lambda page: order.index(page.locale.language_code))

    def structured_data(self, request: Any) -> list[dict[str, Any]]:
        """What schema.org calls this page: JSON-LD nodes in addition to the breadcrumb."""
        return []


def source_locale() -> Locale:
    """The locale whose pages carry the facts."""
    return Locale.objects.get(language_code=settings.LANGUAGE_CODE)


def tabs(
    content: list[Any], neutral: list[Any] | None = None, base_form_class: type = SourceOnlyForm
) -> TabbedInterface:
    """A page's edit screen in the order in which an editor thinks: the words, the facts, the address.

    `neutral` are the panels of what is stored once for all languages.
    """
    shown = [ObjectList(content, heading=_("Content"))]
    if neutral:
        shown.append(
            ObjectList([SourceNote(), *neutral], heading=_("Facts and settings")),
        )
    shown.append(ObjectList(BasePage.promote_panels, heading=_("Address and menus")))
    shown.append(ObjectList(BasePage.settings_panels, heading=_("Publication")))
    return TabbedInterface(shown, base_form_class=base_form_class)
