"""In production everything comes from the environment, and what is missing stops the start with a clear word.

Every variable is described in `.env.example`.
"""

import os

from django.core.exceptions import ImproperlyConfigured

from portal.database_url import database_settings

from .base import *


def _required(name: str, meaning: str) -> str:
    value = os.environ.get(name, "").strip()
    if not value:
        raise ImproperlyConfigured(f"{name} is not set: {meaning} See .env.example.")
    return value


SECRET_KEY = _required("SECRET_KEY", "a long random text that signs sessions and forms.")
if len(SECRET_KEY) < 50:
    raise ImproperlyConfigured("SECRET_KEY is too short: use at least 50 random characters.")
# Keys of before: what they signed - links in donors' e-mails, sessions - is good until they are taken out.
SECRET_KEY_FALLBACKS = [key.strip() for key in os.environ.get("SECRET_KEY_FALLBACKS", "").split(",") if key.strip()]
ALLOWED_HOSTS = [
    host.strip() for host in _required("ALLOWED_HOSTS", "the portal's host names, separated by commas.").split(",")
]
DATABASES = {"default": database_settings(embedded=None)}
WAGTAILADMIN_BASE_URL = _required("BASE_URL", "the portal's address, for example https://portal.example.org.")
CSRF_TRUSTED_ORIGINS = [WAGTAILADMIN_BASE_URL]

# A cache that all processes share and that needs no further server (`manage.py bootstrap` makes its table).
# Large enough that a flood of attempts at the door does not push out what counts them (portal/signing_in/brakes.py).
CACHES["default"] = {
    "BACKEND": "django.core.cache.backends.db.DatabaseCache",
    "LOCATION": "portal_cache",
    "OPTIONS": {"MAX_ENTRIES": 100_000},
}

EMAIL_HOST = os.environ.get("EMAIL_HOST", "localhost")
EMAIL_PORT = int(os.environ.get("EMAIL_PORT", "25"))
EMAIL_HOST_USER = os.environ.get("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = os.environ.get("EMAIL_USE_TLS", "0") == "1"
DEFAULT_FROM_EMAIL = SERVER_EMAIL = _required("DEFAULT_FROM_EMAIL", "the sender of the portal's e-mails.")

CHECK_LINES_EVERY = int(os.environ.get("CHECK_LINES_EVERY", CHECK_LINES_EVERY))
CHECK_EMERGENCY_LINES_EVERY = int(os.environ.get("CHECK_EMERGENCY_LINES_EVERY", CHECK_EMERGENCY_LINES_EVERY))

STATIC_ROOT = os.environ.get("STATIC_ROOT", STATIC_ROOT)
MEDIA_ROOT = os.environ.get("MEDIA_ROOT", MEDIA_ROOT)
MEDIA_ACCEL = os.environ.get("MEDIA_ACCEL", MEDIA_ACCEL)

SECURE_SSL_REDIRECT = True
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]  # load balancers ask these over plain HTTP
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
SESSION_COOKIE_NAME = "__Host-session"
CSRF_COOKIE_NAME = "__Host-csrf"

# The licence of the open data, once the hospital has chosen one (docs/features/open-data.md).
if os.environ.get("OPEN_DATA_LICENCE_URL"):
    OPEN_DATA_LICENCE = {
        "name": _required("OPEN_DATA_LICENCE_NAME", "the name of the licence at OPEN_DATA_LICENCE_URL."),
        "url": os.environ["OPEN_DATA_LICENCE_URL"],
    }

# Giving: money moves only where the environment says so (donations/checks.py compares it with the keys).
DONATIONS_LIVE = os.environ.get("DONATIONS_LIVE", "0") == "1"
REFUND_NEEDS_SECOND_PERSON_FROM = int(
    os.environ.get("REFUND_NEEDS_SECOND_PERSON_FROM", REFUND_NEEDS_SECOND_PERSON_FROM)
)
