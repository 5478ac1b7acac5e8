"""On a developer's machine: embedded PostgreSQL unless DATABASE_URL names a server, e-mail on the console."""

import os
import secrets
from pathlib import Path

from portal.database_url import database_settings

from .base import *
from .base import VAR_DIR

DEBUG = os.environ.get("DEBUG", "1") == "1"
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]", "testserver"]


def _secret_key(path: Path) -> str:
    """This machine's own key, made once: nothing secret stands in the repository."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("x") as file:
            path.chmod(0o600)
            file.write(secrets.token_urlsafe(50))
    except FileExistsError:
        pass
    return path.read_text()


SECRET_KEY = _secret_key(VAR_DIR / "secret-key")
DATABASES = {"default": database_settings(embedded=VAR_DIR / "postgres")}
EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
# Static files straight from the apps' folders, with DEBUG off as well.
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True
DEMONSTRATION_CODES = True
# Gifts of the demonstration move no money.
DONATION_PROVIDERS = DONATION_PROVIDERS | {"sandbox": "donations.providers.sandbox.connect"}
