"""The pages that the directory lists: hospitals and departments."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.forms import CheckboxSelectMultiple
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalManyToManyField
from wagtail.admin.panels import FieldPanel, FieldRowPanel
from wagtail.fields import RichTextField
from wagtail.models import Page, PageManager, PageQuerySet

from departments.entries import Entry, entries_for, hospital_entry
from departments.models.contacts import Audience, Location
from departments.models.search import SearchEntry, SearchEntryQuerySet
from departments.schema_org import contact_points, site_hours
from institutes.models import Role, is_finess
from portal.blocks import BodyBlock
from portal.fields import StreamField
from portal.models import BasePage
from portal.models.base import tabs
from portal.panels import FactsPanel, SourcePanel
from portal.untranslated import reading_language
from portal.visibility import visible


class HospitalPage(BasePage):
    """A site that one can go to: its address, how to come, its switchboard, the departments found there."""

    parent_page_types = ["institutes.InstitutePage"]
    subpage_types: list[str] = []

    MOST_IN_STRUCTURED_DATA = 50  # departments; search engines read the rest from the pages themselves

    introduction = RichTextField(_("introduction"), blank=True)
    how_to_come = RichTextField(_("how to come"), blank=True)
    body = StreamField(BodyBlock(), verbose_name=_("more"), blank=True)
    # --- once for all languages
    street = models.CharField(_("street and number"), max_length=200, blank=True)
    postal_code = models.CharField(_("postal code"), max_length=20, blank=True)
    city = models.CharField(_("city"), max_length=100, blank=True)
    country = models.CharField(
        _("country"), max_length=2, default="FR", help_text=_("The two letters of ISO 3166, for example FR.")
    )
    latitude = models.DecimalField(_("latitude"), max_digits=8, decimal_places=5, null=True, blank=True)
    longitude = models.DecimalField(_("longitude"), max_digits=8, decimal_places=5, null=True, blank=True)
    finess = models.CharField(
        _("FINESS of the site"), max_length=9, blank=True, validators=[is_finess], help_text=_("Nine characters.")
    )
    group = models.ForeignKey(
        "institutes.Organisation",
        verbose_name=_("hospital group"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )

    source_only = ["street", "postal_code", "city", "country", "latitude", "longitude", "finess", "group"]
    searched_fields = ["introduction", "how_to_come", "body"]
    under_heading = ["how_to_come"]
    edit_handler = tabs(
        [
            *BasePage.content_panels,
            FactsPanel("departments.ContactLine"),
            FactsPanel("departments.OpeningHours"),
            FactsPanel("departments.HoursException"),
            FieldPanel("introduction"),
            FieldPanel("how_to_come"),
            FieldPanel("body"),
        ],
        [
            SourcePanel(
                [
                    FieldPanel("street"),
                    FieldRowPanel([FieldPanel("postal_code"), FieldPanel("city"), FieldPanel("country")]),
                    FieldRowPanel([FieldPanel("latitude"), FieldPanel("longitude")]),
                ],
                _("Address"),
            ),
            SourcePanel([FieldPanel("group"), FieldPanel("finess")], _("Hospital group")),
        ],
    )

    class Meta:
        verbose_name = _("hospital")
        verbose_name_plural = _("hospitals")

    def clean(self) -> None:
        super().clean()
        if (self.latitude is None) != (self.longitude is None):
            raise ValidationError({"longitude": _("Latitude and longitude go together.")})

    def get_context(self, request: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context(request, *args, **kwargs)
        return context | {"entry": self.entry, "entries": self.entries}

    @cached_property
    def entry(self) -> Entry:
        """The hospital's own lines."""
        return hospital_entry(self, reading_language(self))

    @cached_property
    def entries(self) -> list[Entry]:
        """The departments found here with the lines that reach them here, as many as one page lists."""
        language = reading_language(self)
        here = SearchEntry.objects.listed(language, Audience.PATIENTS).at_hospital(self)
        return [entry.at(self) for entry in entries_for(DepartmentPage.objects.first_of(here), language)]

    @property
    def postal_address(self) -> dict[str, str]:
        """The address as schema.org words it; empty while no street is known."""
        place = self.source
        if not place.street:
            return {}
        return {
            "@type": "PostalAddress",
            "streetAddress": place.street,
            "postalCode": place.postal_code,
            "addressLocality": place.city,
            "addressCountry": place.country,
        }

    def structured_data(self, request: Any) -> list[dict[str, Any]]:
        place = self.source
        node = {"@type": "Hospital", "name": self.title, "url": self.get_full_url(request)}
        if self.postal_address:
            node["address"] = self.postal_address
        if place.latitude is not None:
            node["geo"] = {
                "@type": "GeoCoordinates",
                "latitude": float(place.latitude),
                "longitude": float(place.longitude),
            }
        if self.entries:
            node["department"] = [
                {"@type": "MedicalClinic", "name": entry.page.title, "url": entry.page.get_full_url(request)}
                for entry in self.entries[: self.MOST_IN_STRUCTURED_DATA]
            ]
        return [node | contact_points(self.entry.lines) | site_hours(self)]


class DepartmentQuerySet(PageQuerySet):
    """Departments by place. Words and numbers are looked for in the search table (`departments.searching`)."""

    MOST_LISTED = 100  # on one page; the directory shows the rest

    def first_of(self, entries: SearchEntryQuerySet) -> "DepartmentQuerySet":
        """The first departments of `entries` by name."""
        keys = entries.by_name().values_list("page_id", flat=True)[: self.MOST_LISTED]
        return visible(self.filter(pk__in=list(keys))).defer_streamfields().by_name()

    def by_name(self) -> "DepartmentQuerySet":
        return self.order_by("folded_title", "path")

    def at_hospital(self, hospital: Page) -> "DepartmentQuerySet":
        """Departments that are found at `hospital`, a page in any language."""
        here = Location.objects.kept().filter(hospital__translation_key=hospital.translation_key)
        return self.filter(translation_key__in=here.values("page__translation_key"))


class DepartmentPage(BasePage):
    """A department: where it is, the lines to call, appointments, what it treats, who leads it, how to come."""

    parent_page_types = ["institutes.InstitutePage"]
    subpage_types: list[str] = []

    introduction = RichTextField(_("introduction"), blank=True)
    appointments = RichTextField(
        _("appointments"),
        blank=True,
        help_text=_("How to get, move or cancel one. No numbers here: add them as lines."),
    )
    treats = RichTextField(_("what the department treats"), blank=True)
    how_to_come = RichTextField(_("how to come"), blank=True)
    body = StreamField(BodyBlock(), verbose_name=_("more"), blank=True)
    # --- once for all languages
    specialties = ParentalManyToManyField(
        "departments.Specialty", verbose_name=_("specialties"), blank=True, related_name="departments"
    )

    source_only = ["specialties"]
    searched_fields = ["introduction", "appointments", "treats", "how_to_come", "body"]
    under_heading = ["appointments", "treats", "how_to_come"]
    edit_handler = tabs(
        [
            *BasePage.content_panels,
            FactsPanel("departments.ContactLine"),
            FactsPanel("departments.HoursException"),
            FactsPanel("departments.Location"),
            FieldPanel("introduction"),
            FieldPanel("appointments"),
            FieldPanel("treats"),
            FactsPanel("institutes.Role"),
            FieldPanel("how_to_come"),
            FieldPanel("body"),
        ],
        [SourcePanel([FieldPanel("specialties", widget=CheckboxSelectMultiple)], _("Specialties"))],
    )
    objects = PageManager.from_queryset(DepartmentQuerySet)()

    class Meta:
        verbose_name = _("department")
        verbose_name_plural = _("departments")

    def get_context(self, request: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context(request, *args, **kwargs)
        return context | {
            "entry": self.entry,
            "roles": Role.objects.listed_on(self).with_people(self.locale_id),
        }

    @cached_property
    def entry(self) -> Entry:
        """Where the department is and the lines that reach it."""
        return entries_for([self], reading_language(self))[0]

    def structured_data(self, request: Any) -> list[dict[str, Any]]:
        node = {"@type": "MedicalClinic", "name": self.title, "url": self.get_full_url(request)}
        if self.entry.institute:
            node["parentOrganization"] = {
                "@type": "MedicalOrganization",
                "name": self.entry.institute.title,
                "url": self.entry.institute.get_full_url(request),
            }
        places = [place.hospital for place in self.entry.places if place.hospital]
        if places:
            node["location"] = [
                {"@type": "Hospital", "name": place.title}
                | ({"address": place.postal_address} if place.postal_address else {})
                for place in places
            ]
        return [node | contact_points(self.entry.lines)]
