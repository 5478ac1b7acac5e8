"""Hospitals, departments, the directory, and the numbers under which they are reached."""

from .contacts import ContactLine, Location
from .finder_pages import FinderPage
from .imports import ImportMapping, ImportRow, ImportRun
from .keeping import Announcement, Duty, LineClaim, NumberReport, Outcome
from .opening import HoursException, OpeningHours
from .pages import DepartmentPage, DirectoryPage, HospitalPage

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
    "NumberReport",
    "OpeningHours",
    "Outcome",
]
