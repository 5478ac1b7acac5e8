"""What a visitor asks of the finder, read from an address: a reason, a hospital, a department, each perhaps unknown."""

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.db.models import Q
from django.http import QueryDict
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext
from wagtail.models import Page

from departments.finder import PURPOSES, Answer, Reason, find_answer
from departments.models.contacts import ContactLine, LineKind, Location
from departments.models.pages import DepartmentPage, HospitalPage
from departments.schedules import attach_schedules
from institutes.listing import contact_page_in, institute_of
from portal.moved import formerly
from portal.untranslated import listed_in
from portal.visibility import visible

MOST_CHOICES = 300  # departments in one list; with more of them, the directory's search serves better


def full_key(page: Page) -> str:
    """How an address names a hospital or a department whatever others are called: `institute.page`, two slugs."""
    institute = institute_of(page)
    return f"{institute.slug}.{page.slug}" if institute else page.slug


def with_keys(pages: list[Any]) -> list[Any]:
    """`pages`, each with `key`: its slug where no other of them has the same, else its full key."""
    slugs = [page.slug for page in pages]
    for page in pages:
        page.key = page.slug if slugs.count(page.slug) == 1 else full_key(page)
    return pages


class Question:
    """What a visitor asks of the finder, as the parameters of an address say it.

    Nothing in an address is an error: what is not known is explained in `notes`, and the rest is kept.
    """

    def __init__(self, page: Page, asked: QueryDict) -> None:
        self.page = page
        self.notes: list[str] = []
        self._answers: dict[Reason, Answer] = {}
        self.reason = self._reason(asked.get("reason", ""))
        chosen = asked.get("hospital", "")
        self.hospital = self._page(HospitalPage, chosen)
        if chosen and not self.hospital:
            self.notes.append(gettext("The hospital in this address is not known here. Choose one from the list."))
        wanted = asked.get("department", "")
        self.department = self._page(DepartmentPage, wanted, self.hospital)
        self.has_skipped_department = "department" in asked and not wanted
        if wanted and not self.department:
            self._explain_missing(wanted)
        if self.department and not self.hospital and len(self.places) == 1:
            self.hospital = self.places[0]

    @staticmethod
    def _reason(value: str) -> Reason | None:
        return Reason(value) if value in Reason.values else None

    def _page(self, model: type[Any], key: str, hospital: HospitalPage | None = None) -> Any:
        """The one visible page that `key` names, of those at `hospital` if there is one; None if none or several."""
        institute, _dot, slug = key.rpartition(".")
        if not slug:
            return None
        here = listed_in(self.page.language, model.objects.all()).order_by("path")
        found = list(here.filter(slug=slug))
        if not found and (renamed := formerly(slug, here)):
            return renamed
        if institute:
            found = [page for page in found if full_key(page) == key]
        if not found:
            # Before it was translated, its source stood here under a name of its own.
            sources = visible(model.objects.filter(slug=slug, locale__language_code=settings.LANGUAGE_CODE))
            keys = [page.translation_key for page in sources if not institute or full_key(page) == key]
            found = list(here.filter(translation_key__in=keys)) if keys else []
        if hospital:
            found = [page for page in found if self._may_be_at(page, hospital)]
        return found[0] if len(found) == 1 else None

    @staticmethod
    def _may_be_at(department: DepartmentPage, hospital: HospitalPage) -> bool:
        places = _hospitals_of(department)
        return hospital in places or not places

    def _explain_missing(self, wanted: str) -> None:
        elsewhere = self._page(DepartmentPage, wanted) if self.hospital else None
        if elsewhere:
            names = {"department": elsewhere.title, "hospital": self.hospital.title}
            self.notes.append(gettext("%(department)s is not at %(hospital)s. Choose a department there.") % names)
        else:
            self.notes.append(gettext("The department in this address is not known here. Choose one from the list."))

    # --- What is still to be asked

    @property
    def step(self) -> str:
        """The question to ask next; "" when the answer is as exact as it can be."""
        if not self.reason:
            return "reason"
        if not self.hospital and self.hospitals:
            return "hospital"
        if not self.department and not self.has_skipped_department and self.departments:
            # One department answers for the whole hospital: whose patient the caller is does not matter.
            return "" if self.answer.is_of_department else "department"
        return ""

    @cached_property
    def places(self) -> list[HospitalPage]:
        """The hospitals at which the chosen department is."""
        return _hospitals_of(self.department) if self.department else []

    @cached_property
    def hospitals(self) -> list[HospitalPage]:
        """The hospitals to choose from: the chosen department's own, otherwise all."""
        if self.department and self.places:
            return with_keys(list(self.places))
        pages = listed_in(self.page.language, HospitalPage.objects.all()).order_by("folded_title", "path")
        return with_keys(list(pages.defer_streamfields()))

    @cached_property
    def departments(self) -> list[DepartmentPage]:
        """The departments of the chosen hospital, by name: one more than a list may hold where there are too many."""
        if not self.hospital:
            return []
        pages = listed_in(self.page.language, DepartmentPage.objects.at_hospital(self.hospital))
        return with_keys(list(pages.by_name().defer_streamfields()[: MOST_CHOICES + 1]))

    @property
    def has_too_many_departments(self) -> bool:
        return len(self.departments) > MOST_CHOICES

    # --- Addresses

    @property
    def kept(self) -> dict[str, str]:
        """What is chosen already, as an address says it: a form that asks one question passes the others on."""
        chosen = {
            "reason": self.reason.value if self.reason else "",
            "hospital": full_key(self.hospital) if self.hospital else "",
            "department": full_key(self.department) if self.department else "",
        }
        return {name: value for name, value in chosen.items() if value}

    @property
    def without_reason(self) -> str:
        return self._address("reason")

    @property
    def without_hospital(self) -> str:
        """Another hospital means other departments."""
        return self._address("hospital", "department")

    @property
    def without_department(self) -> str:
        return self._address("department")

    def _address(self, *dropped: str) -> str:
        kept = {name: value for name, value in self.kept.items() if name not in dropped}
        return f"?{urlencode(kept)}" if kept else "?"

    # --- The answer

    @property
    def answer(self) -> Answer | None:
        """The one answer to what is asked; None while no reason is given."""
        if self.reason and self.reason not in self._answers:
            self._answers[self.reason] = self._find_answer()
        return self._answers.get(self.reason)

    @property
    def ways_on(self) -> list[tuple[DepartmentPage, str]]:
        """The departments that have a line for exactly this, each with the address of its answer."""
        return [(page, f"?{urlencode(self.kept | {'department': full_key(page)})}") for page in self.answer.among]

    def _find_answer(self) -> Answer:
        near = self.department or next(iter(self._asked_hospitals), None)
        contact = contact_page_in(self.page.language, near or self.page)
        found = find_answer(
            self.reason,
            self.department,
            self._asked_hospitals,
            self._lines,
            contact,
            timezone.localdate(),
            self._around,
        )
        if found.line and found.line.schedule is None:
            attach_schedules([found.line])
        return found

    @property
    def _asked_hospitals(self) -> list[HospitalPage]:
        """The chosen hospital; without a choice, those where the department is."""
        return [self.hospital] if self.hospital else self.places

    @cached_property
    def _lines(self) -> list[ContactLine]:
        """The lines for patients of the department and of the hospitals."""
        keys = [hospital.translation_key for hospital in self._asked_hospitals]
        own = ContactLine.objects.for_patients().filter(page__translation_key__in=keys)
        return [
            *(self.department.entry.lines if self.department else []),
            *(own.select_related("page", "hospital", "replaced_by__page", "out_of_hours") if keys else []),
        ]

    @property
    def _around(self) -> list[tuple[DepartmentPage, ContactLine]]:
        """The lines of the hospital's departments that may answer for the whole hospital, where none is chosen."""
        if not self.hospital or self.department or not self.reason.is_for_the_whole_hospital:
            return []
        here = self.hospital.translation_key
        located = Location.objects.kept().filter(hospital__translation_key=here).values("page__translation_key")
        lines = (
            ContactLine.objects.for_patients()
            .filter(Q(hospital__translation_key=here) | Q(hospital=None, page__translation_key__in=located))
            .filter(purpose__in=PURPOSES[self.reason].fitting, kind=LineKind.VOICE)
            .exclude(page__translation_key=here)
            .select_related("page", "hospital", "replaced_by__page", "out_of_hours")
        )
        found = list(lines[:MOST_CHOICES])
        keys = [line.page.translation_key for line in found]
        pages = listed_in(self.page.language, DepartmentPage.objects.filter(translation_key__in=keys))
        by_key = {page.translation_key: page for page in pages.by_name().defer_streamfields()} if keys else {}
        order = list(by_key)
        found = [line for line in found if line.page.translation_key in by_key]
        found.sort(key=lambda line: order.index(line.page.translation_key))
        return [(by_key[line.page.translation_key], line) for line in found]


def _hospitals_of(department: DepartmentPage) -> list[HospitalPage]:
    return [place.hospital for place in department.entry.places if place.hospital]
