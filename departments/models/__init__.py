"""Hospitals, departments, the directory, and the numbers under which they are reached."""

from .contacts import ContactLine, Location
from .finder_pages import FinderPage
from .imports import ImportMapping, ImportRow, ImportRun
from .keeping import Announcement, Duty, LineClaim, NumberReport, Outcome
from .opening import HoursException, OpeningHours
from .pages import DepartmentPage, HospitalPage
from .search import SearchEntry
from .specialties import Specialty
from .words import MissedQuery, Synonym

from .directory import DirectoryPage  # isort: skip - stands on all others

__all__ = [
    "Announcement",
    "ContactLine",
    "DepartmentPage",
    "DirectoryPage",
    "Duty",
    "FinderPage",
    "HospitalPage",
    "HoursException",
    "ImportMapping",
    "ImportRow",
    "ImportRun",
    "LineClaim",
    "Location",
    "MissedQuery",
    "NumberReport",
    "OpeningHours",
    "Outcome",
    "SearchEntry",
    "Specialty",
    "Synonym",
]
