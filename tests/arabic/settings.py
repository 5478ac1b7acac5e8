"""The settings of the tests with one language more: all that a hospital writes to have it."""

from portal.settings.test import *
from portal.settings.test import LANGUAGES as _BEFORE

LANGUAGES = WAGTAIL_CONTENT_LANGUAGES = [*_BEFORE, ("ar", "العربية")]
WAGTAILADMIN_PERMITTED_LANGUAGES = _BEFORE
