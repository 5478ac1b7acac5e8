"""What every page of the portal has in common."""

from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, MultiFieldPanel, ObjectList, TabbedInterface, TitleFieldPanel
from wagtail.models import Locale, Page, PageViewRestriction, Revision
from wagtail.search import index

from portal import publishing
from portal.folding import fold
from portal.four_eyes import BundleLock, FourEyesTester, is_settled
from portal.panels import CarePanel, DraftCopyForm, SourceNote, SourceOnlyForm, TranslationNote
from portal.remembering import remembered
from portal.visibility import visible

from .bundles import Bundle, BundlePage


class BasePage(Page):
    """An abstract page: a summary, a name for menus, a picture for sharing, folded text for search.

    Facts and language-neutral settings belong to the page in the source language (`LANGUAGE_CODE`); its
    translations read them through `source`.
    """

    summary = models.CharField(
        _("summary"),
        max_length=300,
        blank=True,
        help_text=_("One plain sentence, for lists, for search engines and for the top of most pages."),
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
    is_medical = models.BooleanField(
        _("medical content"),
        default=False,
        help_text=_("A medical reviewer reads it before visitors do. Only who may publish takes the mark off again."),
    )
    folded_title = models.CharField(max_length=300, editable=False, db_index=True, default="")

    # Fields and rows that do not depend on the language: kept on the source page, never copied to a translation.
    source_only: list[str] = []
    # Words of the page beyond title and summary that search must find: names of fields.
    searched_fields: list[str] = []
    # Names of fields that the template shows under a heading of the second level.
    under_heading: list[str] = []
    # Whether its text may stand within the furniture of another language (portal/untranslated.py). Not where a form or
    # a list speaks the page's own language.
    is_readable_untranslated = True

    base_form_class = SourceOnlyForm
    copy_form_class = DraftCopyForm
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

    settings_panels = [*Page.settings_panels, MultiFieldPanel([FieldPanel("is_medical")], _("Review"))]

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
        self.folded_title = fold(self.title)[:300]
        return super().save(*args, **kwargs)

    def full_clean(self, *args: Any, **kwargs: Any) -> None:
        super().full_clean(*args, **kwargs)
        self.folded_title = fold(self.title)[:300]

    def publish(self, revision: Revision, *args: Any, **kwargs: Any) -> Any:
        """Publish or schedule `revision`, whoever asks. NotPublishable while an error stands in it."""
        publishing.refuse_errors(revision.as_object())
        return super().publish(revision, *args, **kwargs)

    def folded_text(self) -> str:
        """All words of the page that search looks through, folded."""
        parts = [self.title, self.summary]
        for name in self.searched_fields:
            field = self._meta.get_field(name)
            value = field.value_from_object(self)
            parts += field.get_searchable_content(value) if hasattr(field, "get_searchable_content") else [value]
        return fold(" ".join(str(part) for part in parts))

    @property
    def exclude_fields_in_copy(self) -> list[str]:
        """A copy or a translation starts without what its source says once for all."""
        return self.source_only

    def permissions_for_user(self, user: Any) -> FourEyesTester:
        return FourEyesTester(user, self)

    def save_revision(self, *args: Any, overwrite_revision: Any = None, **kwargs: Any) -> Any:
        """As Wagtail's; but autosave begins a new revision rather than change one that somebody reads or published."""
        if overwrite_revision == self.get_latest_revision() and overwrite_revision and is_settled(overwrite_revision):
            overwrite_revision = None
        return super().save_revision(*args, overwrite_revision=overwrite_revision, **kwargs)

    @cached_property
    def bundled(self) -> BundlePage | None:
        """The page's place in a bundle that is not published yet."""
        return BundlePage.objects.filter(page=self.pk, is_open=True).select_related("bundle").first()

    @property
    def approved_schedule(self) -> bool:
        """Whether a version waits for its instant. Past it, it was refused (portal/scheduled.py) and may be mended."""
        return super().approved_schedule and self.revisions.filter(approved_go_live_at__gt=timezone.now()).exists()

    def get_lock(self) -> Any:
        if self.bundled and self.bundled.bundle.state == Bundle.State.APPROVED:
            return BundleLock(self)
        return super().get_lock()

    @property
    def menu_label(self) -> str:
        return self.menu_title or self.title

    @property
    def language(self) -> str:
        """The code of the page's language."""
        return remembered("languages", _languages).get(self.locale_id) or self.locale.language_code

    @property
    def is_source(self) -> bool:
        """Whether this is the page on which facts hang: the one in the source language."""
        return self.language == settings.LANGUAGE_CODE

    @cached_property
    def source(self) -> "BasePage":
        """This page in the source language; itself where it has none (then it carries its own settings)."""
        if self.is_source:
            return self
        translations = [page for page in self.live_translations if page.is_source] if self.pk else []
        if translations:
            return translations[0]
        same = type(self).objects.filter(translation_key=self.translation_key)
        return same.filter(locale__language_code=settings.LANGUAGE_CODE).first() or self

    @cached_property
    def live_translations(self) -> list[Page]:
        """The public pages that say the same in the other languages, in the order of the settings."""
        order = [code for code, _name in settings.LANGUAGES]
        pages = visible(self.get_translations().defer_streamfields())
        return sorted(pages, key=lambda page: order.index(page.language))

    def get_view_restrictions(self) -> Any:
        # Hardly any portal restricts a page; that there is none is remembered rather than asked for each page.
        if not remembered("restrictions", PageViewRestriction.objects.exists):
            return PageViewRestriction.objects.none()
        return super().get_view_restrictions()

    def query_string_in(self, page: "BasePage", request: Any) -> str:
        """What `request` asks of this page by its query string, as `page`, a translation, is asked the same."""
        return ""

    def structured_data(self, request: Any) -> list[dict[str, Any]]:
        """What schema.org calls this page: JSON-LD nodes in addition to the breadcrumb."""
        return []


def _languages() -> dict[int, str]:
    return dict(Locale.objects.values_list("pk", "language_code"))


def tabs(
    content: list[Any], neutral: list[Any] | None = None, base_form_class: type = SourceOnlyForm
) -> TabbedInterface:
    """A page's edit screen in the order in which an editor thinks: the words, the facts, the address.

    `neutral` are the panels of what is stored once for all languages.
    """
    shown = [ObjectList([TranslationNote(), *content], heading=_("Content"))]
    if neutral:
        shown.append(
            ObjectList([SourceNote(), *neutral], heading=_("Facts and settings")),
        )
    shown.append(ObjectList(BasePage.promote_panels, heading=_("Address and menus")))
    care = CarePanel(heading=_("Owner and review"))
    shown.append(ObjectList([*BasePage.settings_panels, care], heading=_("Publication")))
    return TabbedInterface(shown, base_form_class=base_form_class)
