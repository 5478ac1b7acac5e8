"""The institute's page and the facts that it shows."""

from dataclasses import dataclass
from typing import Any

from django.db import models
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey
from wagtail.admin.panels import FieldPanel, FieldRowPanel, InlinePanel, MultiFieldPanel
from wagtail.fields import RichTextField
from wagtail.models import Orderable

from institutes.blocks import FriseBlock
from portal.blocks import BodyBlock, TopicBlock, VideoBlock
from portal.fields import StreamField, WordingField
from portal.models import BasePage
from portal.models.base import tabs
from portal.panels import FactsPanel, SourcePanel
from portal.remembering import remembered

from .organisations import Organisation
from .people import Role


class Palette(models.TextChoices):
    """The hues in which an institute's frise is drawn."""

    PETROL = "petrol", _("petrol")
    MOSS = "moss", _("moss")
    CORAL = "coral", _("coral")
    PLUM = "plum", _("plum")
    SAND = "sand", _("sand")


def _topics(verbose_name: Any, help_text: Any = "") -> StreamField:
    return StreamField([("item", TopicBlock())], verbose_name=verbose_name, blank=True, help_text=help_text)


class InstitutePage(BasePage):
    """A cancer institute or a hospital's institute. What it owns - departments, people, hospitals - stands below it."""

    parent_page_types = ["portal.HomePage"]

    short_name = models.CharField(
        _("short name"),
        max_length=60,
        blank=True,
        help_text=_("As staff and patients say it, for example the acronym. Used in the header and in lists."),
    )
    # --- words, in each language
    frise = StreamField(
        FriseBlock(),
        verbose_name=_("frise"),
        blank=True,
        help_text=_("The band across the top: choose pictures and put them in order, from left to right."),
    )
    introduction_heading = models.CharField(_("heading of the introduction"), max_length=120, blank=True)
    introduction = RichTextField(_("introduction"), blank=True)
    commitments_heading = models.CharField(_("heading of the commitments"), max_length=120, blank=True)
    commitments = _topics(_("commitments"))
    principles = _topics(_("guiding principles"))
    values = _topics(_("values"))
    research = _topics(_("research axes"))
    skills = _topics(_("skills"))
    body = StreamField(BodyBlock(), verbose_name=_("more sections"), blank=True)
    video = StreamField([("video", VideoBlock())], verbose_name=_("film"), blank=True, max_num=1)
    # --- once for all languages
    city = models.CharField(
        _("city"), max_length=100, blank=True, help_text=_("Tells apart institutes that share an acronym.")
    )
    organisation = models.ForeignKey(
        "institutes.Organisation",
        verbose_name=_("organisation"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text=_("The entry of this institute in the list of organisations, where people's roles name it."),
    )
    is_fictional = models.BooleanField(
        _("fictional"),
        default=False,
        help_text=_("Every page of the institute then says that it does not exist; search engines never list it."),
    )
    palette = models.CharField(_("hue of the frise"), max_length=10, choices=Palette, default=Palette.PETROL)
    pattern = models.PositiveIntegerField(
        _("pattern of the frise"), default=1, help_text=_("Any number: each draws another pattern.")
    )

    source_only = [
        "city",
        "organisation",
        "is_fictional",
        "palette",
        "pattern",
        "key_figures",
        "rankings",
        "accreditations",
        "affiliations",
    ]
    searched_fields = [
        "introduction",
        "commitments",
        "principles",
        "values",
        "research",
        "skills",
        "body",
        "video",
        "short_name",
    ]
    under_heading = ["introduction", "body"]

    edit_handler = tabs(
        [
            *BasePage.content_panels,
            FieldPanel("short_name"),
            FieldPanel("frise"),
            MultiFieldPanel([FieldPanel("introduction_heading"), FieldPanel("introduction")], _("Introduction")),
            MultiFieldPanel([FieldPanel("commitments_heading"), FieldPanel("commitments")], _("Commitments")),
            FieldPanel("principles"),
            FieldPanel("values"),
            FieldPanel("research"),
            FieldPanel("skills"),
            FactsPanel("institutes.Role"),
            FieldPanel("body"),
            FieldPanel("video"),
        ],
        [
            SourcePanel([InlinePanel("key_figures", label=_("Key figure"))], _("Key figures")),
            SourcePanel([InlinePanel("rankings", label=_("Ranking"))], _("Rankings")),
            SourcePanel([InlinePanel("accreditations", label=_("Accreditation"))], _("Accreditations")),
            SourcePanel([InlinePanel("affiliations", label=_("Affiliation"))], _("Founders, partners, affiliations")),
            SourcePanel(
                [
                    FieldPanel("city"),
                    FieldPanel("organisation"),
                    FieldRowPanel([FieldPanel("palette"), FieldPanel("pattern")]),
                    FieldPanel("is_fictional"),
                ],
                _("For experts"),
                classname="collapsed",
            ),
        ],
    )

    class Meta:
        verbose_name = _("institute")
        verbose_name_plural = _("institutes")

    @property
    def name(self) -> str:
        """As lists and the header call it."""
        return self.short_name or self.title

    def get_context(self, request: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context(request, *args, **kwargs)
        is_preview = getattr(request, "is_preview", False)
        return context | {"roles": self.roles, "facts": InstituteFacts.of(self.source, is_preview)}

    @cached_property
    def roles(self) -> list[Role]:
        """The institute's leadership, in the given order."""
        return Role.objects.listed_on(self).with_people(self.locale_id)

    def structured_data(self, request: Any) -> list[dict[str, Any]]:
        node: dict[str, Any] = {
            "@type": "MedicalOrganization",
            "name": self.title,
            "url": self.get_full_url(request),
            "medicalSpecialty": "Oncologic",
        }
        if self.short_name and self.short_name != self.title:
            node["alternateName"] = self.short_name
        organisations = InstituteFacts.of(self.source, getattr(request, "is_preview", False)).organisations
        if organisations:
            node["memberOf"] = [{"@type": "Organization", "name": str(body)} for body in organisations]
        people = [role.as_person(request) for role in self.roles if role.profile]
        if people:
            node["employee"] = people
        return [node]


class _InstituteFact(Orderable):
    class Meta(Orderable.Meta):
        abstract = True


class KeyFigure(_InstituteFact):
    """A number that tells the size of things, with the word that says how exact it is."""

    class Precision(models.TextChoices):
        EXACTLY = "exactly", _("exactly")
        ABOUT = "about", _("about")
        NEARLY = "nearly", _("nearly")
        ALMOST = "almost", _("almost")
        MORE_THAN = "more_than", _("more than")

    page = ParentalKey(InstitutePage, on_delete=models.CASCADE, related_name="key_figures")
    precision = models.CharField(_("precision"), max_length=10, choices=Precision, default=Precision.EXACTLY)
    value = models.PositiveIntegerField(_("number"))
    unit = WordingField(_("what is counted"), help_text=_("For example: patients treated per year."))

    panels = [FieldRowPanel([FieldPanel("precision"), FieldPanel("value")]), FieldPanel("unit")]

    class Meta(_InstituteFact.Meta):
        verbose_name = _("key figure")
        verbose_name_plural = _("key figures")

    def __str__(self) -> str:
        return f"{self.value} {self.unit}"


class Ranking(_InstituteFact):
    """A place in somebody's list."""

    page = ParentalKey(InstitutePage, on_delete=models.CASCADE, related_name="rankings")
    rank = models.PositiveSmallIntegerField(_("rank"))
    label = WordingField(_("in which list"))
    note = WordingField(_("note"), blank=True)

    panels = [FieldPanel("rank"), FieldPanel("label"), FieldPanel("note")]

    class Meta(_InstituteFact.Meta):
        verbose_name = _("ranking")
        verbose_name_plural = _("rankings")

    def __str__(self) -> str:
        return f"{self.rank} - {self.label}"


class Accreditation(_InstituteFact):
    """A label that an authority gave."""

    page = ParentalKey(InstitutePage, on_delete=models.CASCADE, related_name="accreditations")
    name = WordingField(_("name"))
    note = WordingField(_("what it means"), blank=True)

    panels = [FieldPanel("name"), FieldPanel("note")]

    class Meta(_InstituteFact.Meta):
        verbose_name = _("accreditation")
        verbose_name_plural = _("accreditations")

    def __str__(self) -> str:
        return str(self.name)


class Affiliation(_InstituteFact):
    """A body that founded the institute, is its partner or has it as a member."""

    page = ParentalKey(InstitutePage, on_delete=models.CASCADE, related_name="affiliations")
    organisation = models.ForeignKey(
        "institutes.Organisation",
        verbose_name=_("organisation"),
        on_delete=models.PROTECT,
        related_name="affiliations",
    )

    panels = [FieldPanel("organisation")]

    class Meta(_InstituteFact.Meta):
        verbose_name = _("affiliation")
        verbose_name_plural = _("affiliations")

    def __str__(self) -> str:
        return str(self.organisation)


@dataclass(frozen=True)
class InstituteFacts:
    """The rows of an institute's source page, in the editors' order."""

    key_figures: list[KeyFigure]
    rankings: list[Ranking]
    accreditations: list[Accreditation]
    organisations: list[Organisation]

    @classmethod
    def of(cls, source: InstitutePage, is_preview: bool = False) -> "InstituteFacts":
        """The facts of `source`, remembered until the page is published again; a preview shows its draft's."""
        if is_preview:
            return cls._read(source)
        # Read by its key: the object in hand may be a draft.
        return remembered(("institute facts", source.pk), lambda: cls._read(InstitutePage.objects.get(pk=source.pk)))

    @classmethod
    def _read(cls, source: InstitutePage) -> "InstituteFacts":
        return cls(
            list(source.key_figures.all()),
            list(source.rankings.all()),
            list(source.accreditations.all()),
            [row.organisation for row in source.affiliations.all()],
        )
