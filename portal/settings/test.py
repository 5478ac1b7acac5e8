"""For the tests: an embedded PostgreSQL of their own that need not survive a power cut, and fast passwords."""

import os
import tempfile
from pathlib import Path

from portal.database_url import database_settings

from .base import *  # noqa: F403
from .base import VAR_DIR

SECRET_KEY = "for-the-tests-only-and-nothing-else-0123456789abcdef"  # noqa: S105
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "testserver"]
DATABASES = {
    "default": database_settings(embedded=VAR_DIR / "postgres-test", durable=False)
    | {"TEST": {"TEMPLATE": os.environ.get("TEST_TEMPLATE")}},
}
CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
MEDIA_ROOT = Path(tempfile.gettempdir()) / f"portal-test-media-{os.getuid()}"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True
SERVE_MEDIA = True
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
DRAWING_SIZE = (320, 200)
