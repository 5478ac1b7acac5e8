"""Images and documents, with what a hospital must know of each."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.files import File
from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.documents.models import AbstractDocument, Document
from wagtail.images.models import AbstractImage, AbstractRendition, SourceImageIOError

from portal.fields import WordingField


class PortalImage(AbstractImage):
    """A picture with its description in every language, its author and its licence."""

    alt_text = WordingField(
        _("description for those who cannot see it"),
        blank=True,
        help_text=_("What the picture shows, in one short sentence. Offered wherever the picture is used."),
    )
    credit = models.CharField(_("credit"), max_length=255, blank=True, help_text=_("Who made the picture."))
    licence = models.CharField(
        _("licence"), max_length=255, blank=True, help_text=_("Under which terms it may be shown.")
    )

    admin_form_fields = (
        "title",
        "file",
        "alt_text",
        "credit",
        "licence",
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

    @property
    def default_alt_text(self) -> str:
        return str(self.alt_text)

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
        """The focal point in per cent of width and height, for cropping by the browser; the middle when unset."""
        point = self.get_focal_point()
        if point is None:
            return 50, 50
        x, y = point.centroid
        return round(100 * x / self.width), round(100 * y / self.height)


class Rendition(AbstractRendition):
    """One size and format of a picture."""

    image = models.ForeignKey(PortalImage, on_delete=models.CASCADE, related_name="renditions")

    class Meta:
        unique_together = (("image", "filter_spec", "focal_point_key"),)


class PortalDocument(AbstractDocument):
    """A file that visitors may download."""

    admin_form_fields = Document.admin_form_fields

    class Meta(AbstractDocument.Meta):
        verbose_name = _("document")
        verbose_name_plural = _("documents")
