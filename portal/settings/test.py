"""For the tests: an embedded PostgreSQL of their own that need not survive a power cut, and fast passwords."""

import os
import tempfile
from pathlib import Path

from portal.database_url import database_settings

from .base import *
from .base import VAR_DIR

SECRET_KEY = "for-the-tests-only-and-nothing-else-0123456789abcdef"  # noqa: S105
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "testserver"]
DATABASES = {"default": database_settings(embedded=VAR_DIR / "postgres-test", durable=False)}
# A server that the browser tests start serves a copy of the test database, and mails to a sink of theirs.
if "SERVED_DATABASE" in os.environ:
    DATABASES["default"]["NAME"] = os.environ["SERVED_DATABASE"]
EMAIL_PORT = int(os.environ.get("SMTP_PORT", "0"))
CACHES["default"] = {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
MEDIA_ROOT = Path(os.environ.get("TEST_MEDIA_ROOT") or tempfile.mkdtemp(prefix="portal-test-media-"))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True
# Looking for each file when it is asked for suits a process that serves few; a browser asks for hundreds.
WHITENOISE_AUTOREFRESH = "BROWSED" not in os.environ
WHITENOISE_MAX_AGE = 3600
if "BROWSED" in os.environ:
    FORM_SECONDS = 0  # a browser that is driven does not wait; the real figure is kept in tests/portal/test_contact.py
EMAIL_BACKEND = "django.core.mail.backends.{}.EmailBackend".format("smtp" if EMAIL_PORT else "locmem")
DRAWING_SIZE = (320, 200)
DEMONSTRATION_CODES = True
# Gifts of the demonstration move no money.
DONATION_PROVIDERS = DONATION_PROVIDERS | {"sandbox": "donations.providers.sandbox.connect"}
# Nobody's key from the environment: tests talk to tests/fake_stripe, as a browser test's server does.
if "BROWSED" not in os.environ:
    STRIPE_ACCOUNTS, STRIPE_API_BASE = {}, ""
