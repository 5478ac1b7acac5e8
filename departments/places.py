"""Which page a row of a file means: institutes, hospitals and departments found by key, name or address."""

import uuid
from collections import defaultdict
from dataclasses import dataclass, field

from django.conf import settings
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from rapidfuzz import fuzz, process
from wagtail.models import Locale, Page

from departments.models import DepartmentPage, HospitalPage, Location
from departments.rows import Unreadable
from institutes.models import InstitutePage
from portal.folding import fold


@dataclass(eq=False, slots=True)
class Found:
    """One page, whatever its languages: facts hang on `pk`, the page in the source language (else the first)."""

    pk: int
    key: uuid.UUID
    title: str
    slug: str
    institute: "Found | None" = None
    is_source: bool = True
    paths: list[str] = field(default_factory=list)


class Places:
    """The pages of the directory as they stand, drafts included, found by what people call them."""

    def __init__(self) -> None:
        source = Locale.objects.filter(language_code=settings.LANGUAGE_CODE).values_list("pk", flat=True).first()
        self._source = source
        self.institutes = _Kind(InstitutePage, source, ["short_name"])
        by_path = {path: found for found in self.institutes.all for path in found.paths}
        self.hospitals = _Kind(HospitalPage, source, [])
        self.departments = _Kind(DepartmentPage, source, [])
        for found in (*self.hospitals.all, *self.departments.all):
            found.institute = by_path.get(found.paths[0][: -Page.steplen])
        self.by_pk = {found.pk: found for kind in (self.hospitals, self.departments) for found in kind.all}
        self.by_key = {found.key: found for found in self.by_pk.values()}
        self.is_department = {found.pk for found in self.departments.all}
        self.hospitals_of: dict[int, dict[int, int]] = defaultdict(dict)  # department → hospital → location
        for pk, page, hospital in Location.objects.kept().values_list("pk", "page_id", "hospital_id"):
            self.hospitals_of[page][hospital] = pk

    def institute(self, name: str) -> Found:
        return self._one(self.institutes.find(name), name, _("institute"))

    def hospital(self, name: str, institute: Found | None, near: Found | None = None) -> Found:
        """The hospital called `name`, of that institute where one is given; of `near` rather than of another."""
        found = self.hospitals.find(name)
        if institute:
            found = [hospital for hospital in found if hospital.institute is institute]
        if len(found) > 1 and near:
            here = [hospital for hospital in found if hospital.pk in self.hospitals_of[near.pk]]
            found = here or [hospital for hospital in found if hospital.institute is near.institute] or found
        return self._one(found, name, _("hospital"))

    def department(self, name: str, institute: Found | None, hospital: str) -> Found | None:
        """The department called `name`; None where there is none. Unreadable, with the candidates, for several."""
        found = self.departments.find(name)
        if institute:
            found = [department for department in found if department.institute is institute]
        if len(found) > 1 and hospital:
            there = {place.pk for place in self.hospitals.find(hospital)}
            found = [one for one in found if there & self.hospitals_of[one.pk].keys()] or found
        return self._one(found, name, _("department")) if found else None

    def resembling(self, name: str) -> str:
        return self.departments.resembling(name)

    def _one(self, found: list[Found], name: str, what: object) -> Found:
        if len(found) == 1:
            return found[0]
        if not found:
            raise Unreadable(format_lazy(_("no {what} is called “{name}”"), what=what, name=name))
        candidates = "; ".join(self._described(one) for one in found[:6])
        raise Unreadable(
            format_lazy(
                _("several are called “{name}”: {candidates}. Add the institute, the hospital or the page key."),
                name=name,
                candidates=candidates,
            )
        )

    def _described(self, found: Found) -> str:
        at = [self.by_pk[pk].title for pk in self.hospitals_of.get(found.pk, {}) if pk in self.by_pk]
        around = ", ".join(filter(None, [found.institute.title if found.institute else "", *at]))
        return f"{found.title} ({around}) {found.key}"


class _Kind:
    """The pages of one type by key, title, other names and slug."""

    def __init__(self, model: type[Page], source: int | None, others: list[str]) -> None:
        found: dict[uuid.UUID, Found] = {}
        self._names: list[dict[str, list[Found]]] = [defaultdict(list), defaultdict(list), defaultdict(list)]
        fields = ["pk", "translation_key", "locale_id", "title", "slug", "path", *others]
        for pk, key, locale, title, slug, path, *rest in model.objects.order_by("pk").values_list(*fields):
            one = found.get(key)
            if one is None:
                one = found[key] = Found(pk, key, title, slug, is_source=locale == source)
            elif locale == source:
                one.pk, one.title, one.slug, one.is_source = pk, title, slug, True
            if locale == source:
                one.paths.insert(0, path)
            else:
                one.paths.append(path)
            for names, name in zip(self._names, (title, *(rest or [""]), slug), strict=True):
                folded = fold(name)
                if folded and one not in names[folded]:
                    names[folded].append(one)
        self.by_key = found
        self.all = list(found.values())

    def find(self, name: str) -> list[Found]:
        """Those that the text means: by key; else by title, in any language; else by another name; else by slug."""
        try:
            one = self.by_key.get(uuid.UUID(name))
        except ValueError:
            folded = fold(name)
            return next((list(names[folded]) for names in self._names if folded in names), [])
        return [one] if one else []

    def resembling(self, name: str) -> str:
        """The title that resembles `name` most, "" where none does."""
        best = process.extractOne(fold(name), list(self._names[0]), scorer=fuzz.WRatio, score_cutoff=82)
        return self._names[0][best[0]][0].title if best else ""
