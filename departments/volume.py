"""A directory of any size, made up, to measure with: institutes, hospitals, departments and lines in bulk.

The pages are whole - live, in every language, in the tree, in the search table - but have no revisions, no entry in the
portal's own search and none in the log. All numbers come from the ranges that the French numbering plan keeps for
fiction; every institute says that it is fictional.
"""

import random
import uuid
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db import connection, models, transaction
from django.utils import timezone
from wagtail.models import Locale, Page

from departments import indexing
from departments.models import ContactLine, DepartmentPage, HospitalPage, Location, SearchEntry, Specialty
from departments.models.contacts import Audience, Purpose
from institutes.models import InstitutePage
from portal.folding import fold
from portal.models import BasePage, HomePage
from portal.remembering import renew_stamp

SLUG = "volume-"
"""What the slugs of all that is made up begin with: by it they are known again and removed."""

BATCH = 2_000
PER_INSTITUTE = 2_500
HOSPITALS_PER_INSTITUTE = 4

_RANGES = ("199", "261", "353", "465", "536", "639")
_CODES = {"199": "00", "261": "91", "353": "01", "465": "71", "536": "49", "639": "98"}
_FIELDS = [
    ("Oncologie", "Oncology"),
    ("Cardiologie", "Cardiology"),
    ("Neurologie", "Neurology"),
    ("Pneumologie", "Pneumology"),
    ("Urologie", "Urology"),
    ("Dermatologie", "Dermatology"),
    ("Hématologie", "Haematology"),
    ("Pédiatrie", "Paediatrics"),
    ("Radiothérapie", "Radiotherapy"),
    ("Gastro-entérologie", "Gastroenterology"),
    ("Néphrologie", "Nephrology"),
    ("Rhumatologie", "Rheumatology"),
    ("Gynécologie", "Gynaecology"),
    ("Ophtalmologie", "Ophthalmology"),
    ("Chirurgie digestive", "Digestive surgery"),
    ("Chirurgie thoracique", "Thoracic surgery"),
    ("Médecine interne", "Internal medicine"),
    ("Imagerie médicale", "Medical imaging"),
    ("Soins de support", "Supportive care"),
    ("Anesthésie", "Anaesthesia"),
]
_KINDS = [
    ("", ""),
    (" – consultations", " – consultations"),
    (" – hôpital de jour", " – day hospital"),
    (" – hospitalisation", " – ward"),
    (" – explorations", " – investigations"),
    (" – urgences", " – emergencies"),
]
_SYLLABLES = ["bel", "cour", "dou", "er", "fon", "gri", "hau", "is", "jou", "lan", "mon", "nor", "or", "pel", "quin"]
_CITIES = [f"{first.title()}{second}ville" for first in _SYLLABLES for second in _SYLLABLES]


def real_departments() -> int:
    """How many departments stand in the directory that were not made up here, each counted once."""
    real = DepartmentPage.objects.exclude(slug__startswith=SLUG)
    return real.order_by().values("translation_key").distinct().count()


def made_up_departments() -> int:
    """How many departments were made up here, each counted once, not once per language."""
    return DepartmentPage.objects.filter(slug__startswith=SLUG, locale__language_code=settings.LANGUAGE_CODE).count()


class Volume:
    """The act of filling. `report` is told how many departments are done."""

    def __init__(self, departments: int, lines: int, report: Callable[[str], None]) -> None:
        self.departments = departments
        self.lines = lines
        self.report = report
        self._random = random.Random(5)  # noqa: S311 - the same directory each time, no secret
        self._now = timezone.now()
        self._locales = {locale.language_code: locale for locale in Locale.objects.all()}

    @transaction.atomic
    def fill(self) -> None:
        """Put all in, in one transaction."""
        homes = {home.locale.language_code: home for home in HomePage.objects.select_related("locale")}
        number = max(1, self.departments // PER_INSTITUTE)
        institutes = self._pages(InstitutePage, homes, number, self._institute)
        hospitals = []
        for place, institute in enumerate(institutes):
            hospitals.append(self._pages(HospitalPage, institute, HOSPITALS_PER_INSTITUTE, self._hospital, place))
        specialties = list(Specialty.objects.order_by("pk")) or [self._specialty(*names) for names in _FIELDS[:12]]
        made = 0
        for place, institute in enumerate(institutes):
            share = self.departments // number + (place < self.departments % number)
            departments = self._pages(DepartmentPage, institute, share, self._department, place)
            for batch in _batches(departments):
                self._facts([pages[settings.LANGUAGE_CODE] for pages in batch], hospitals[place], specialties, made)
                indexing.index([pages[settings.LANGUAGE_CODE].translation_key for pages in batch])
                made += len(batch)
                self.report(f"{made} of {self.departments} departments")
        renew_stamp()

    # --- what is made up

    def _institute(self, n: int, language: str, _above: int) -> dict[str, Any]:
        names = {"fr": f"Institut universitaire imaginaire {n + 1}", "en": f"Imaginary university institute {n + 1}"}
        neutral = (
            {"city": _CITIES[n % len(_CITIES)], "is_fictional": True} if language == settings.LANGUAGE_CODE else {}
        )
        return {"title": names.get(language, names["en"]), "short_name": "IUI"} | neutral

    def _hospital(self, n: int, language: str, above: int) -> dict[str, Any]:
        city = _CITIES[(above * HOSPITALS_PER_INSTITUTE + n) % len(_CITIES)]
        names = {"fr": f"Hôpital imaginaire de {city}", "en": f"Imaginary hospital of {city}"}
        neutral = {"city": city, "street": f"{n + 1} rue Imaginaire"} if language == settings.LANGUAGE_CODE else {}
        return {"title": names.get(language, names["en"])} | neutral

    def _department(self, n: int, language: str, above: int) -> dict[str, Any]:
        place = 0 if language == "fr" else 1
        field, kind = _FIELDS[n % len(_FIELDS)][place], _KINDS[n // len(_FIELDS) % len(_KINDS)][place]
        unit = _CITIES[(n * 7 + above) % len(_CITIES)]
        return {
            "title": f"{field}{kind} {unit} {n // 120 + 1}",
            "summary": f"{field} : un service imaginaire." if place == 0 else f"{field}: an imaginary department.",
        }

    def _specialty(self, french: str, english: str) -> Specialty:
        specialty = Specialty(name={"fr": french, "en": english})
        specialty.save()
        return specialty

    def _number(self) -> str:
        area = self._random.choice(_RANGES)
        return f"+33{area}{_CODES[area]}{self._random.randrange(10_000):04}"

    def _facts(self, sources: list[Page], hospitals: list[dict], specialties: list[Specialty], made: int) -> None:
        links, locations, lines = [], [], []
        through = DepartmentPage.specialties.through
        for n, page in enumerate(sources, start=made):
            here = hospitals[n % len(hospitals)][settings.LANGUAGE_CODE]
            locations.append(Location(page=page, hospital_id=here.pk))
            if n % 7 == 0:
                other = hospitals[(n + 1) % len(hospitals)][settings.LANGUAGE_CODE]
                locations.append(Location(page=page, hospital_id=other.pk))
            links.append(through(departmentpage_id=page.pk, specialty_id=specialties[n % len(specialties)].pk))
            share = self.lines // self.departments + (n < self.lines % self.departments)
            for place in range(share):
                professionals = place == 3 and n % 5 == 0
                lines.append(
                    ContactLine(
                        page=page,
                        sort_order=place,
                        hospital_id=here.pk,
                        number=self._number(),
                        purpose=Purpose.REFERRING_DOCTORS if professionals else _PURPOSES[place % len(_PURPOSES)],
                        audience=Audience.PROFESSIONALS if professionals else Audience.PATIENTS,
                    )
                )
        through.objects.bulk_create(links, batch_size=BATCH)
        Location.objects.bulk_create(locations, batch_size=BATCH)
        ContactLine.objects.bulk_create(lines, batch_size=BATCH)

    # --- how pages are put in

    def _pages(
        self, model: type[BasePage], parents: dict[str, Page], number: int, words: Callable, above: int = 0
    ) -> list[dict[str, Page]]:
        """`number` pages of a type below `parents`, in every language; gives them by language, in their order."""
        made: list[dict[str, Page]] = [{} for _n in range(number)]
        keys = [uuid.uuid4() for _n in range(number)]
        content_type = ContentType.objects.get_for_model(model)
        for language, parent in parents.items():
            parent = Page.objects.select_for_update().get(pk=parent.pk)
            last = parent.get_last_child()
            first = Page._str2int(last.path[-Page.steplen :]) + 1 if last else 1
            for batch in _batches(range(number)):
                pages = []
                for n in batch:
                    values = words(n, language, above)
                    slug = f"{SLUG}{model._meta.model_name.removesuffix('page')}-{first + n}"
                    page = model(
                        **values,
                        draft_title=values["title"],
                        folded_title=fold(values["title"])[:300],
                        slug=slug,
                        path=Page._get_path(parent.path, parent.depth + 1, first + n),
                        depth=parent.depth + 1,
                        numchild=0,
                        url_path=f"{parent.url_path}{slug}/",
                        content_type=content_type,
                        locale=self._locales[language],
                        translation_key=keys[n],
                        live=True,
                        first_published_at=self._now,
                        last_published_at=self._now,
                        latest_revision_created_at=None,
                    )
                    made[n][language] = page
                    pages.append(page)
                self._insert(model, pages)
            Page.objects.filter(pk=parent.pk).update(numchild=models.F("numchild") + number)
        return made

    @staticmethod
    def _insert(model: type[BasePage], pages: list[Any]) -> None:
        """Insert pages of a type: Django does not do so in bulk for models of two tables, so each table in turn."""
        shared = [field for field in Page._meta.local_concrete_fields if not field.primary_key]
        rows = [Page(**{field.attname: getattr(page, field.attname) for field in shared}) for page in pages]
        for page, row in zip(pages, Page.objects.bulk_create(rows, batch_size=BATCH), strict=True):
            page.pk = page.id = page.page_ptr_id = row.pk
        model._base_manager._insert(pages, fields=model._meta.local_concrete_fields, using=connection.alias)


_PURPOSES = [Purpose.APPOINTMENTS, Purpose.SECRETARIAT, Purpose.NURSE_LINE, Purpose.CHANGE_APPOINTMENT]


def _batches(things: Any) -> Iterator[list[Any]]:
    rest = iter(things)
    while batch := list(islice(rest, BATCH)):
        yield batch


@transaction.atomic
def remove(report: Callable[[str], None]) -> int:
    """Take out all that was made up; gives how many departments, each counted once, not once per language.

    What others have tied to it makes this fail whole.
    """
    institutes = list(InstitutePage.objects.filter(slug__startswith=f"{SLUG}institute-"))
    gone = 0
    for institute in institutes:
        pages = Page.objects.filter(path__startswith=institute.path)
        keys = pages.order_by().values("pk")
        gone += DepartmentPage.objects.filter(pk__in=keys, locale__language_code=settings.LANGUAGE_CODE).count()
        SearchEntry.objects.filter(page__in=keys)._raw_delete(connection.alias)
        ContactLine.objects.filter(page__in=keys)._raw_delete(connection.alias)
        Location.objects.filter(page__in=keys)._raw_delete(connection.alias)
        DepartmentPage.specialties.through.objects.filter(departmentpage__in=keys)._raw_delete(connection.alias)
        for model in (DepartmentPage, HospitalPage, InstitutePage):
            with connection.cursor() as cursor:
                # The child's row alone: a delete of the model's queryset would want the page's row first.
                cursor.execute(
                    f"DELETE FROM {model._meta.db_table} WHERE page_ptr_id IN "  # noqa: S608 - names of tables
                    "(SELECT id FROM wagtailcore_page WHERE path LIKE %s)",
                    [f"{institute.path}%"],
                )
        pages.order_by()._raw_delete(connection.alias)
        parent = institute.path[: -Page.steplen]
        Page.objects.filter(path=parent).update(numchild=models.F("numchild") - 1)
        report(f"{gone} departments removed")
    renew_stamp()
    return gone
