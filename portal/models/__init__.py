"""The ground floor's models. Other apps import from here, never from the modules below."""

from .base import BasePage
from .care import CareNotice, PageCare, Told
from .facts import Fact, FactQuerySet, Use
from .media import PortalDocument, PortalImage, Rendition
from .messages import ContactMessage
from .named import Named
from .notices import Notice
from .pages import ContactField, ContactPage, HomePage, StandardPage
from .seeds import AppliedSeed
from .settings import PortalSettings
from .stamps import ContentStamp
from .users import User

__all__ = [
    "AppliedSeed",
    "BasePage",
    "CareNotice",
    "ContactField",
    "ContactMessage",
    "ContactPage",
    "ContentStamp",
    "Fact",
    "FactQuerySet",
    "HomePage",
    "Named",
    "Notice",
    "PageCare",
    "PortalDocument",
    "PortalImage",
    "PortalSettings",
    "Rendition",
    "StandardPage",
    "Told",
    "Use",
    "User",
]
