"""The directory: every department with the numbers to call, found by words and filters; one page for each audience."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect, HttpResponseRedirect
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel
from wagtail.fields import RichTextField

from departments import missing
from departments.finding import Finding
from departments.models.contacts import Audience
from portal.models import BasePage
from portal.models.base import tabs
from portal.panels import SourcePanel
from portal.remembering import remembered
from portal.visibility import visible


class DirectoryPage(BasePage):
    """The whole directory for one audience: departments with the numbers to call, found by words and filters."""

    parent_page_types = ["portal.HomePage"]
    subpage_types: list[str] = []
    max_count_per_parent = len(Audience)

    PER_PAGE = 25

    introduction = RichTextField(_("introduction"), blank=True)
    # --- once for all languages
    audience = models.CharField(
        _("for whom"),
        max_length=20,
        choices=Audience,
        default=Audience.PATIENTS,
        help_text=_(
            "The directory shows the lines for these readers and no others. Only the one for patients is listed by "
            "search engines and found by the portal’s own search."
        ),
    )

    source_only = ["audience"]
    is_readable_untranslated = False
    edit_handler = tabs(
        [*BasePage.content_panels, FieldPanel("introduction")], [SourcePanel([FieldPanel("audience")], _("Readers"))]
    )
    searched_fields = ["introduction"]

    class Meta:
        verbose_name = _("directory")
        verbose_name_plural = _("directories")

    def clean(self) -> None:
        super().clean()
        if self.source is not self:
            return
        same = DirectoryPage.objects.filter(audience=self.audience, locale_id=self.locale_id)
        if self.locale_id and same.exclude(translation_key=self.translation_key).exists():
            raise ValidationError({"audience": _("There is a directory for these readers already.")})

    @classmethod
    def get_indexed_objects(cls) -> models.QuerySet:
        """The portal's search is for patients: directories for others stay out of it."""
        others = cls.objects.exclude(audience=Audience.PATIENTS).values("translation_key")
        return super().get_indexed_objects().exclude(translation_key__in=others)

    def get_indexed_instance(self) -> "DirectoryPage | None":
        return self if self.readers == Audience.PATIENTS else None

    @classmethod
    def by_audience(cls, language: str) -> "dict[str, DirectoryPage]":
        """The visible directories in a language, by whom they are for."""
        return remembered(("directories", language), lambda: cls._read(language))

    @classmethod
    def _read(cls, language: str) -> "dict[str, DirectoryPage]":
        pages = visible(cls.objects.filter(locale__language_code=language)).order_by("-path")
        return {page.readers: page for page in pages}

    @property
    def readers(self) -> str:
        """The audience, as the page in the source language says it."""
        return self.source.audience

    def serve(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        finding = Finding(self, request.GET)
        if finding.elsewhere:
            return HttpResponseRedirect(finding.elsewhere.get_url(request) + finding.address())
        if finding.names_former_address:
            return HttpResponsePermanentRedirect(self.get_url(request) + finding.address())
        if request.method == "GET" and finding.found_nothing_at_all:
            missing.count(finding.query, self.language)
        request.finding = finding
        return super().serve(request, *args, **kwargs)

    def get_context(self, request: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context(request, *args, **kwargs)
        finding = getattr(request, "finding", None) or Finding(self, request.GET)
        return context | {"finding": finding, "query": finding.query}

    def query_string_in(self, page: BasePage, request: HttpRequest) -> str:
        """What is asked here, as the directory of another language is asked the same."""
        finding = getattr(request, "finding", None)
        return finding.address_in(page) if finding else ""
