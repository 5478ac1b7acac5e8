"""Images and documents, with what a hospital must know of each."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from enum import StrEnum
from functools import reduce
from operator import or_

from django.conf import global_settings, settings
from django.core.files import File
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import get_language_info
from django.utils.translation import gettext_lazy as _
from wagtail.documents.models import AbstractDocument
from wagtail.images.models import AbstractImage, AbstractRendition, ImageQuerySet, SourceImageIOError

from portal.fields import WordingField

CONSENT_ENDS_SOON = timedelta(days=30)


class Consent(StrEnum):
    """Whether the persons whom a picture shows agree to being shown."""

    UNASKED = "unasked"  # nobody has said yet whether it shows anybody: it is shown
    NOBODY = "nobody"
    MISSING = "missing"
    UNLIMITED = "unlimited"
    RUNNING = "running"
    SOON = "soon"  # ends within 30 days
    ENDED = "ended"

    @property
    def label(self) -> str:
        return str(_CONSENT_LABELS[self])

    @property
    def withholds(self) -> bool:
        """Whether visitors do not see the picture."""
        return self in (Consent.MISSING, Consent.ENDED)


_CONSENT_LABELS = {
    Consent.UNASKED: _("Not said whether it shows people"),
    Consent.NOBODY: _("Shows nobody"),
    Consent.MISSING: _("No consent: not shown"),
    Consent.UNLIMITED: _("Consent without an end"),
    Consent.RUNNING: _("Consent given"),
    Consent.SOON: _("Consent ends soon"),
    Consent.ENDED: _("Consent has ended: not shown"),
}


class PictureQuerySet(ImageQuerySet):
    """Pictures, by what those whom they show agreed to."""

    def with_consent(self, *consents: Consent) -> "PictureQuerySet":
        """Those whose consent stands in one of these ways today: `PortalImage.consent`, asked of the database."""
        people, today = Q(shows_people=True), timezone.localdate()
        dated, soon = people & Q(consent_unlimited=False), today + CONSENT_ENDS_SOON
        conditions = {
            Consent.UNASKED: Q(shows_people=None),
            Consent.NOBODY: Q(shows_people=False),
            Consent.MISSING: dated & Q(consent_until=None),
            Consent.UNLIMITED: people & Q(consent_unlimited=True),
            Consent.RUNNING: dated & Q(consent_until__gte=soon),
            Consent.SOON: dated & Q(consent_until__gte=today, consent_until__lt=soon),
            Consent.ENDED: dated & Q(consent_until__lt=today),
        }
        return self.filter(reduce(or_, (conditions[consent] for consent in consents)))

    def withheld(self) -> "PictureQuerySet":
        """Those that visitors do not see today: they show people who do not agree, or no longer."""
        return self.with_consent(*(consent for consent in Consent if consent.withholds))


class PortalImage(AbstractImage):
    """A picture with its description in every language, its author and licence, the consent of those it shows."""

    alt_text = WordingField(
        _("description for those who cannot see it"),
        blank=True,
        help_text=_("What the picture shows, in one short sentence. Offered wherever the picture is used."),
    )
    credit = models.CharField(_("credit"), max_length=255, blank=True, help_text=_("Who made the picture."))
    licence = models.CharField(
        _("licence"), max_length=255, blank=True, help_text=_("Under which terms it may be shown.")
    )

    shows_people = models.BooleanField(
        _("does it show people who can be recognised?"),
        null=True,
        blank=True,
        help_text=_("If it does, visitors see it only while these people agree."),
    )
    consent_until = models.DateField(
        _("may be shown until"),
        null=True,
        blank=True,
        help_text=_(
            "The last day of the consent. On the next day the picture leaves every page by itself, and its description "
            "stands in its place."
        ),
    )
    consent_unlimited = models.BooleanField(
        _("the consent names no end"), default=False, help_text=_("Only where the signed paper says so.")
    )
    consent_reference = models.CharField(
        _("where the signed consent is kept"),
        max_length=255,
        blank=True,
        help_text=_("A folder or a file number. No names."),
    )
    withdrawn_at = models.DateTimeField(null=True, editable=False)  # when its sizes were deleted last

    objects = PictureQuerySet.as_manager()

    admin_form_fields = (
        "title",
        "file",
        "alt_text",
        "credit",
        "licence",
        "shows_people",
        "consent_until",
        "consent_unlimited",
        "consent_reference",
        "collection",
        "tags",
        "focal_point_x",
        "focal_point_y",
        "focal_point_width",
        "focal_point_height",
    )

    class Meta(AbstractImage.Meta):
        verbose_name = _("image")
        verbose_name_plural = _("images")
        constraints = [
            models.CheckConstraint(
                condition=Q(consent_unlimited=False) | Q(consent_until=None),
                name="consent_ends_or_not",
                violation_error_message=_("A consent that names no end has no last day: choose one of the two."),
            )
        ]

    @property
    def default_alt_text(self) -> str:
        return str(self.alt_text)

    @property
    def words_instead(self) -> str:
        """What stands in the place of the picture where it cannot be shown; empty where it only decorates."""
        return "" if self.decorative else self.contextual_alt_text or self.default_alt_text

    @property
    def consent(self) -> Consent:
        """How the consent stands today, in the hospital's calendar; `with_consent` says the same to the database."""
        if not self.shows_people:
            return Consent.UNASKED if self.shows_people is None else Consent.NOBODY
        if self.consent_unlimited:
            return Consent.UNLIMITED
        if self.consent_until is None:
            return Consent.MISSING
        today = timezone.localdate()
        if self.consent_until < today:
            return Consent.ENDED
        return Consent.SOON if self.consent_until < today + CONSENT_ENDS_SOON else Consent.RUNNING

    @property
    def is_withheld(self) -> bool:
        """Whether visitors do not see it today."""
        return self.consent.withholds

    @contextmanager
    def open_file(self) -> Iterator[File]:
        """The stored file, opened for this reader alone: threads share remembered pages, and so their pictures.

        Raises SourceImageIOError when there is no such file.
        """
        if not self.file._committed:  # just uploaded: nothing is stored yet
            with super().open_file() as file:
                yield file
            return
        try:
            file = self.file.storage.open(self.file.name, "rb")
        except OSError as error:
            raise SourceImageIOError(str(error)) from error
        with file:
            yield file

    def object_position(self) -> tuple[int, int]:
        """Where the browser must put the picture when it crops it, in per cent of what it cuts off; 50, 50 when unset.

        Chosen such that the whole focal area is in view as soon as it is not larger than what is in view: its left and
        right edges touch those of a view of just its width.
        """
        area = self.get_focal_point()
        if area is None:
            return 50, 50
        return _share(area.left, area.right, self.width), _share(area.top, area.bottom, self.height)


def _share(start: float, end: float, whole: int) -> int:
    start, end = max(0, start), min(whole, end)
    hidden = whole - (end - start)
    return round(100 * start / hidden) if hidden > 0 else 50


class Rendition(AbstractRendition):
    """One size and format of a picture, under a name that nobody can guess."""

    image = models.ForeignKey(PortalImage, on_delete=models.CASCADE, related_name="renditions")

    class Meta:
        unique_together = (("image", "filter_spec", "focal_point_key"),)
        indexes = [models.Index(fields=["file"], name="rendition_by_file")]

    def get_upload_to(self, filename: str) -> str:
        folder, name = os.path.split(super().get_upload_to(filename))
        return f"{folder}/{secrets.token_urlsafe(9)}.{name}"

    @staticmethod
    def construct_cache_key(image: PortalImage, filter_cache_key: str, filter_spec: str) -> str:
        """Another one after the sizes were deleted: other processes must not go on naming them."""
        key = AbstractRendition.construct_cache_key(image, filter_cache_key, filter_spec)
        return f"{key}-{image.withdrawn_at.timestamp()}" if image.withdrawn_at else key


def languages_of_documents() -> list[tuple[str, str]]:
    """The portal's own languages first, then those in which a hospital may have a leaflet."""
    own = dict(settings.LANGUAGES)
    others = [code for code, _name in global_settings.LANGUAGES if code not in own]
    return [*own.items(), *sorted(((code, get_language_info(code)["name_local"]) for code in others), key=_by_name)]


def _by_name(language: tuple[str, str]) -> str:
    return language[1].casefold()


def document_folder(document: "PortalDocument", filename: str) -> str:
    """A folder that nobody can guess: the file keeps its name, and with it its address, when it is replaced."""
    return f"documents/{secrets.token_urlsafe(9)}/{filename}"


class PortalDocument(AbstractDocument):
    """A file that visitors may download."""

    file = models.FileField(_("file"), upload_to=document_folder, max_length=255)
    language = models.CharField(
        _("language"),
        max_length=12,
        blank=True,
        choices=languages_of_documents,
        help_text=_("In which language the document is written; visitors are told before they open it."),
    )

    admin_form_fields = ("title", "file", "language", "collection", "tags")

    class Meta(AbstractDocument.Meta):
        verbose_name = _("document")
        verbose_name_plural = _("documents")

    @property
    def language_name(self) -> str:
        """The name of its language, in the reader's; empty when it is not known."""
        return str(get_language_info(self.language)["name_translated"]) if self.language else ""
