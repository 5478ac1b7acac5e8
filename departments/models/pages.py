"""The pages of the directory: hospitals, departments, and the directory itself."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.paginator import EmptyPage, PageNotAnInteger, Paginator
from django.db import models
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Left, Length
from django.http import Http404
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, FieldRowPanel
from wagtail.fields import RichTextField
from wagtail.models import Page, PageManager, PageQuerySet

from departments.entries import Entry, entries_for, hospital_entry
from departments.models.contacts import ContactLine, Location
from departments.numbers_in_queries import digits_of
from departments.schema_org import contact_points, site_hours
from institutes.models import InstitutePage, Role, is_finess
from portal.blocks import BodyBlock
from portal.fields import StreamField
from portal.folding import query_words
from portal.models import BasePage
from portal.models.base import tabs
from portal.panels import FactsPanel, SourcePanel
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
        departments = visible(DepartmentPage.objects.filter(locale_id=self.locale_id)).at_hospital(self).by_name()
        return context | {"entry": self.entry, "entries": entries_for(departments)}

    @cached_property
    def entry(self) -> Entry:
        """The hospital's own lines."""
        return hospital_entry(self)

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
        departments = visible(DepartmentPage.objects.filter(locale_id=self.locale_id)).at_hospital(self).by_name()
        if found := departments.defer_streamfields()[: self.MOST_IN_STRUCTURED_DATA]:
            node["department"] = [
                {"@type": "MedicalClinic", "name": page.title, "url": page.get_full_url(request)} for page in found
            ]
        return [node | contact_points(self.entry.lines) | site_hours(self)]


class DepartmentQuerySet(PageQuerySet):
    """Finding departments: by place, by words, by any part of a telephone number.

    Facts hang on the source page, so they are reached by translation key.
    """

    def by_name(self) -> "DepartmentQuerySet":
        return self.order_by("folded_title", "path")

    def at_hospital(self, hospital: Page) -> "DepartmentQuerySet":
        """Departments that are found at `hospital`, a page in any language."""
        locations = Location.objects.kept().filter(
            page__translation_key=OuterRef("translation_key"), hospital__translation_key=hospital.translation_key
        )
        return self.filter(Exists(locations))

    def matching(self, query: str) -> "DepartmentQuerySet":
        """Departments in whose name, hospital or institute every word of `query` occurs, or with that number."""
        digits = digits_of(query)
        if digits:
            lines = ContactLine.objects.for_patients().filter(page__translation_key=OuterRef("translation_key"))
            return self.filter(Exists(lines.filter(number__contains=digits)))
        words = query_words(query)
        if not words:
            return self.none()
        found = self
        for word in words:
            found = found.filter(
                Q(folded_title__contains=word)
                | Exists(self._hospitals_of_a_department().filter(folded_title__contains=word))
                | Exists(self._institute_of_a_department().filter(folded_title__contains=word))
            )
        return found

    @staticmethod
    def _hospitals_of_a_department() -> QuerySet:
        locations = Location.objects.kept().filter(page__translation_key=OuterRef(OuterRef("translation_key")))
        return HospitalPage.objects.filter(
            locale_id=OuterRef("locale_id"), translation_key__in=locations.values("hospital__translation_key")
        )

    @staticmethod
    def _institute_of_a_department() -> QuerySet:
        return InstitutePage.objects.filter(path=Left(OuterRef("path"), Length(OuterRef("path")) - Page.steplen))


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

    searched_fields = ["introduction", "appointments", "treats", "how_to_come", "body"]
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
        ]
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
        return entries_for([self])[0]

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


class DirectoryPage(BasePage):
    """The whole directory, one per language: every department with its numbers, filtered by `?q=`."""

    parent_page_types = ["portal.HomePage"]
    subpage_types: list[str] = []
    max_count_per_parent = 1

    PER_PAGE = 50

    introduction = RichTextField(_("introduction"), blank=True)

    edit_handler = tabs([*BasePage.content_panels, FieldPanel("introduction")])
    searched_fields = ["introduction"]

    class Meta:
        verbose_name = _("directory")
        verbose_name_plural = _("directories")

    def get_context(self, request: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context(request, *args, **kwargs)
        query = request.GET.get("q", "").strip()
        institute = self._chosen(InstitutePage, request.GET.get("institute"))
        hospital = self._chosen(HospitalPage, request.GET.get("hospital"))
        found = visible(DepartmentPage.objects.filter(locale_id=self.locale_id))
        if institute:
            found = found.descendant_of(institute)
        if hospital:
            found = found.at_hospital(hospital)
        if query:
            found = found.matching(query)
        paginator = Paginator(found.by_name(), self.PER_PAGE)
        try:
            page_of_results = paginator.page(request.GET.get("page", 1))
        except (EmptyPage, PageNotAnInteger):
            raise Http404 from None
        return context | {
            "query": query,
            "institute": institute,
            "hospital": hospital,
            "institutes": visible(InstitutePage.objects.filter(locale_id=self.locale_id)).order_by("folded_title"),
            "hospitals": visible(HospitalPage.objects.filter(locale_id=self.locale_id)).order_by("folded_title"),
            "results": page_of_results,
            "entries": entries_for(page_of_results.object_list),
        }

    def _chosen(self, model: type[BasePage], slug: str | None) -> BasePage | None:
        """The page that a filter names by its slug. An unknown one is an address that does not exist: 404."""
        if not slug:
            return None
        page = visible(model.objects.filter(locale_id=self.locale_id, slug=slug)).first()
        if page is None:
            raise Http404
        return page
