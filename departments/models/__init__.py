"""Hospitals, departments, the directory, and the numbers under which they are reached."""

from .contacts import ContactLine, Location
from .imports import ImportMapping, ImportRow, ImportRun
from .opening import HoursException, OpeningHours
from .pages import DepartmentPage, DirectoryPage, HospitalPage

__all__ = [
    "ContactLine",
    "DepartmentPage",
    "DirectoryPage",
    "HospitalPage",
    "HoursException",
    "ImportMapping",
    "ImportRow",
    "ImportRun",
    "Location",
    "OpeningHours",
]
