"""Hospitals, departments, the directory, and the numbers under which they are reached."""

from .contacts import ContactLine, Location
from .keeping import Announcement, Duty, LineClaim, NumberReport, Outcome
from .opening import HoursException, OpeningHours
from .pages import DepartmentPage, DirectoryPage, HospitalPage

__all__ = [
    "Announcement",
    "ContactLine",
    "DepartmentPage",
    "DirectoryPage",
    "Duty",
    "HospitalPage",
    "HoursException",
    "LineClaim",
    "Location",
    "NumberReport",
    "OpeningHours",
    "Outcome",
]
