"""Hospitals, departments, the directory, and the numbers under which they are reached."""

from .contacts import ContactLine, Location
from .opening import HoursException, OpeningHours
from .pages import DepartmentPage, HospitalPage
from .search import SearchEntry
from .specialties import Specialty
from .words import MissedQuery, Synonym

from .directory import DirectoryPage  # isort: skip - stands on all others

__all__ = [
    "ContactLine",
    "DepartmentPage",
    "DirectoryPage",
    "HospitalPage",
    "HoursException",
    "Location",
    "MissedQuery",
    "OpeningHours",
    "SearchEntry",
    "Specialty",
    "Synonym",
]
