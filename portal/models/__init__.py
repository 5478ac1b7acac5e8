"""The ground floor's models. Other apps import from here, never from the modules below."""

from .base import BasePage
from .bundles import Bundle, BundleChange, BundlePage, SeenChange
from .care import CareNotice, PageCare, Told
from .facts import Fact, FactQuerySet, Use
from .links import ExternalLink, LinkState, LinkUse
from .media import Consent, PortalDocument, PortalImage, Rendition
from .messages import ContactMessage
from .named import Named
from .notices import Notice
from .pages import ContactField, ContactPage, HomePage, StandardPage
from .seeds import AppliedSeed
from .settings import PortalSettings
from .stamps import ContentStamp
from .tasks import FourEyesTask, MedicalValidationTask
from .translations import TranslationMark
from .users import User

__all__ = [
    "AppliedSeed",
    "BasePage",
    "Bundle",
    "BundleChange",
    "BundlePage",
    "CareNotice",
    "Consent",
    "ContactField",
    "ContactMessage",
    "ContactPage",
    "ContentStamp",
    "ExternalLink",
    "Fact",
    "FactQuerySet",
    "FourEyesTask",
    "HomePage",
    "LinkState",
    "LinkUse",
    "MedicalValidationTask",
    "Named",
    "Notice",
    "PageCare",
    "PortalDocument",
    "PortalImage",
    "PortalSettings",
    "Rendition",
    "SeenChange",
    "StandardPage",
    "Told",
    "TranslationMark",
    "Use",
    "User",
]
