"""The ground floor's models. Other apps import from here, never from the modules below."""

from .base import BasePage
from .facts import Fact, FactQuerySet, Use
from .media import PortalDocument, PortalImage, Rendition
from .messages import ContactMessage
from .named import Named
from .notices import Notice
from .pages import ContactField, ContactPage, HomePage, StandardPage
from .seeds import AppliedSeed
from .settings import PortalSettings
from .stamps import ContentStamp
from .translations import TranslationMark
from .users import User

__all__ = [
    "AppliedSeed",
    "BasePage",
    "ContactField",
    "ContactMessage",
    "ContactPage",
    "ContentStamp",
    "Fact",
    "FactQuerySet",
    "HomePage",
    "Named",
    "Notice",
    "PortalDocument",
    "PortalImage",
    "PortalSettings",
    "Rendition",
    "StandardPage",
    "TranslationMark",
    "Use",
    "User",
]
