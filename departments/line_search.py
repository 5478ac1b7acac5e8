"""Looking for lines in the admin, by words or by number: one way for every list of lines."""

import json
import re
from functools import lru_cache

from django.conf import settings
from django.db.models import Q, TextField
from django.db.models.functions import Cast
from django.utils import translation

from departments.models import ContactLine, DepartmentPage, HospitalPage
from departments.models.contacts import ContactLineQuerySet, Purpose
from departments.numbers_in_queries import split_extension, split_number
from institutes.models import InstitutePage
from portal.folding import fold, query_words

_FEW_DIGITS = re.compile(r"\d{2,8}")  # a short number, an extension, or a part of a number


def lines_matching(lines: ContactLineQuerySet, query: str) -> ContactLineQuerySet:
    """Those of `lines` that `query` asks for; what says nothing finds nothing.

    Each word stands in the name of the department, the hospital or the institute, in whatever language, in what the
    line is for, or in its own words for that. Digits are any part of the number, or the beginning of the extension
    ("poste 1234", "1234"). Two queries at most beside the list's own, whatever is asked.
    """
    rest, extension = split_extension(query)
    rest = rest.strip()
    if few := _FEW_DIGITS.fullmatch(rest):
        rest, digits = "", split_number(rest)[1]
    else:
        rest, digits = split_number(rest)
    words = query_words(rest)
    if not (extension or few or digits or words):
        return lines.none()
    if extension:
        lines = lines.filter(extension__startswith=extension)
    if few or digits:
        wanted = Q(number__contains=digits) if digits else Q()
        if few:
            wanted |= Q(number=few[0]) | Q(extension__startswith=few[0])
        lines = lines.filter(wanted)
    if words:
        labels = _labels()
        institutes = list(InstitutePage.objects.values_list("folded_title", "translation_key", "path"))
        for word in words:
            lines = lines.filter(_says(word, labels, institutes))
    return lines


def _says(word: str, labels: dict[str, str], institutes: list[tuple]) -> Q:
    """Lines of which a folded word says something."""
    departments, hospitals = (
        model.objects.filter(folded_title__contains=word).order_by().values("translation_key")
        for model in (DepartmentPage, HospitalPage)
    )
    found = (
        Q(page__translation_key__in=departments)
        | Q(page__translation_key__in=hospitals)
        | Q(hospital__translation_key__in=hospitals)
        | Q(purpose__in=[purpose for purpose, words in _purposes().items() if word in words])
    )
    if own := [label for label, words in labels.items() if word in words]:
        worded = ContactLine.objects.annotate(worded=Cast("label", TextField())).filter(worded__in=own)
        found |= Q(pk__in=worded.order_by().values("pk"))
    named = {key for title, key, _path in institutes if word in title}
    for _title, key, path in institutes:
        if key in named:
            found |= Q(page__path__startswith=path)
    return found


def _labels() -> dict[str, str]:
    """The lines' own words, as they are stored and as they are looked for."""
    stored = ContactLine.objects.kept().annotate(worded=Cast("label", TextField())).exclude(worded__in=["", "{}"])
    return {label: _folded(label) for label in stored.order_by().values_list("worded", flat=True).distinct()}


def _folded(label: str) -> str:
    texts = json.loads(label) if label.startswith("{") else {"": label}
    return fold(" ".join(text for text in texts.values() if text))


@lru_cache(maxsize=1)
def _purposes() -> dict[str, str]:
    """What lines are for, in the words of every language."""
    said: dict[str, list[str]] = {purpose: [] for purpose in Purpose.values}
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            for purpose in Purpose:
                said[purpose].append(fold(str(purpose.label)))
    return {purpose: " ".join(words) for purpose, words in said.items()}
