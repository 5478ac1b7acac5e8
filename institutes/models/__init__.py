"""Institutes, their people and the organisations they belong to. Other apps import from here."""

from .organisations import Organisation, is_finess
from .pages import Accreditation, Affiliation, InstitutePage, KeyFigure, Ranking
from .people import ProfilePage, Role
from .teams import Belongings, Team

__all__ = [
    "Accreditation",
    "Affiliation",
    "Belongings",
    "InstitutePage",
    "KeyFigure",
    "Organisation",
    "ProfilePage",
    "Ranking",
    "Role",
    "Team",
    "is_finess",
]
