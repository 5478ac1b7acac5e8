"""Hospitals, departments, the directory, and the numbers under which they are reached."""

from .contacts import ContactLine, Location
from .finder_pages import FinderPage
from .opening import HoursException, OpeningHours
from .pages import DepartmentPage, DirectoryPage, HospitalPage

__all__ = [
    "ContactLine",
    "DepartmentPage",
    "DirectoryPage",
    "FinderPage",
    "HospitalPage",
    "HoursException",
    "Location",
    "OpeningHours",
]
