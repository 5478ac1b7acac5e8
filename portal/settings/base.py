"""What holds everywhere. Strict by default: what development or the tests loosen, they loosen by name."""

import os
from pathlib import Path

from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

BASE_DIR = Path(__file__).resolve().parents[2]
VAR_DIR = BASE_DIR / "var"

DEBUG = False
ALLOWED_HOSTS: list[str] = []

INSTALLED_APPS = [
    "portal",
    "institutes",
    "departments",
    "donations",
    "wagtail.contrib.forms",
    "wagtail.contrib.redirects",
    "wagtail.contrib.settings",
    "wagtail.contrib.simple_translation",
    "wagtail.embeds",
    "wagtail.sites",
    "portal.apps.UsersConfig",
    "wagtail.snippets",
    "wagtail.documents",
    "wagtail.images",
    "wagtail.search",
    "wagtail.admin",
    "wagtail",
    "modelcluster",
    "taggit",
    "django_filters",
    "csp",
    "i18nfield",
    "django_countries",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.sitemaps",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "portal.middleware.ContentSecurityPolicyMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "portal.middleware.refuse_hostile_addresses",
    "portal.middleware.caching_policy",
    "django.middleware.http.ConditionalGetMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "portal.middleware.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "portal.signing_in.middleware.StaffSessions",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "portal.moved.moved_pages",
]

ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "wagtail.contrib.settings.context_processors.settings",
            ],
        },
    },
]

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- People ---------------------------------------------------------------------------------------

AUTH_USER_MODEL = "portal.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
# --- Signing in (docs/features/signing-in.md) -----------------------------------------------------
# One door, /admin/login/, kept by django-allauth. Accounts are made by administrators alone.

AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_URL = WAGTAIL_FRONTEND_LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "wagtailadmin_home"
LOGOUT_REDIRECT_URL = "account_login"
# A password that several people share is no door: what is private is so for staff or for groups.
WAGTAIL_PRIVATE_PAGE_OPTIONS = WAGTAILDOCS_PRIVATE_COLLECTION_OPTIONS = {"SHARED_PASSWORD": False}
ACCOUNT_ADAPTER = "portal.signing_in.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_EMAIL_VERIFICATION = "none"  # an administrator vouches for the address; the first one has no mail server yet
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # nobody gets e-mails who has no account here
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_USERNAME_MIN_LENGTH = 1
ACCOUNT_REAUTHENTICATION_TIMEOUT = 600  # seconds in which a second factor may be changed after it was shown
# Guesses are counted by portal/signing_in/brakes.py, so that who guesses locks nobody out but themselves.
ACCOUNT_RATE_LIMITS = {
    "login": None,
    "login_failed": None,
    "reset_password": "60/m/ip,3/10m/key",
    "reset_password_from_key": "60/m/ip",
}
ACCOUNT_FORMS = {
    "login": "portal.signing_in.forms.DoorForm",
    "reset_password": "portal.signing_in.forms.ForgottenForm",
    "reset_password_from_key": "portal.signing_in.forms.NewPasswordForm",
    "reauthenticate": "portal.signing_in.forms.PasswordAgainForm",
}
MFA_ADAPTER = "portal.signing_in.adapters.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_TOTP_TOLERANCE = 1  # periods of 30 seconds by which a telephone's clock may be wrong
MFA_RATE_LIMITS = {"webauthn_login": None}  # a signature cannot be guessed
MFA_FORMS = {
    "authenticate": "portal.signing_in.forms.CodeForm",
    "reauthenticate": "portal.signing_in.forms.CodeAgainForm",
    "activate_totp": "portal.signing_in.forms.SetUpAppForm",
    "add_webauthn": "portal.signing_in.forms.AddPasskeyForm",
}
# How long staff stay signed in, in seconds: without doing anything, and at most.
STAFF_IDLE = 2 * 3600
SESSION_COOKIE_AGE = 12 * 3600

# --- Languages and time ---------------------------------------------------------------------------
# LANGUAGE_CODE is also the source language: facts hang on the pages of this locale (docs/architecture.md).

LANGUAGE_CODE = "fr"
LANGUAGES = WAGTAIL_CONTENT_LANGUAGES = [("fr", "Français"), ("en", "English")]
WAGTAILADMIN_PERMITTED_LANGUAGES = LANGUAGES
WAGTAIL_I18N_ENABLED = True
USE_I18N = True
LOCALE_PATHS = [BASE_DIR / "portal" / "locale"]
FORMAT_MODULE_PATH = ["portal.formats"]
USE_TZ = True
TIME_ZONE = "Europe/Paris"

# --- Caches ---------------------------------------------------------------------------------------
# Which sizes of a picture exist is asked for every picture of every page: kept in the process's own memory.

CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
    "renditions": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "renditions"},
    # Counts that hold back floods. Never written anywhere: what it counts by is nobody's business.
    "brakes": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": "brakes",
        "OPTIONS": {"MAX_ENTRIES": 50_000},
    },
}

# --- Files ----------------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
MEDIA_URL = "/media/"
MEDIA_ROOT = VAR_DIR / "media"
# Where the web server finds MEDIA_ROOT when it sends a file that the portal has let go ("X-Accel-Redirect"); empty: the
# portal sends it itself (docs/operations.md).
MEDIA_ACCEL = ""
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

# --- Security -------------------------------------------------------------------------------------
# The public site gets the strict policy; the admin, which Wagtail 8.0 builds with inline scripts in a few
# places, gets its own (docs/decisions/0006-content-security-policy.md). No nonce in either: public pages
# are the same bytes for everybody, so that they can be cached.

VIDEO_PLAYERS = ["https://www.youtube-nocookie.com", "https://player.vimeo.com"]
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "media-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "frame-src": VIDEO_PLAYERS,
        "form-action": [SELF],
        "base-uri": [NONE],
        "object-src": [NONE],
        "frame-ancestors": [NONE],
    },
}
ADMIN_CONTENT_SECURITY_POLICY = {
    "default-src": [SELF],
    "script-src": [SELF, "'unsafe-inline'"],
    "style-src": [SELF, "'unsafe-inline'"],
    "img-src": [SELF, "data:", "blob:"],
    "font-src": [SELF],
    "media-src": [SELF],
    "connect-src": [SELF],
    "frame-src": [SELF, *VIDEO_PLAYERS],
    "form-action": [SELF],
    "base-uri": [SELF],
    "object-src": [NONE],
    "frame-ancestors": [SELF],
}
DOOR_CONTENT_SECURITY_POLICY = ADMIN_CONTENT_SECURITY_POLICY | {"script-src": [SELF], "style-src": [SELF]}
PERMISSIONS_POLICY: dict[str, list[str]] = {
    name: [] for name in ("camera", "geolocation", "microphone", "payment", "usb", "browsing-topics")
}
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"  # Wagtail loosens it for the previews that the admin shows in a frame
SESSION_COOKIE_HTTPONLY = True
CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "portal.views.csrf_failure"
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000  # a large page's editor posts several thousand fields

FORM_SECONDS = 3  # nobody fills in a public form faster (portal/form_guard.py)

# --- E-mail ---------------------------------------------------------------------------------------

DEFAULT_FROM_EMAIL = "portal@localhost"
EMAIL_TIMEOUT = 10

# --- Wagtail --------------------------------------------------------------------------------------

WAGTAIL_SITE_NAME = _("Hospital portal")
WAGTAILADMIN_BASE_URL = os.environ.get("BASE_URL", "http://127.0.0.1:8000")
WAGTAILIMAGES_IMAGE_MODEL = "portal.PortalImage"
WAGTAILDOCS_DOCUMENT_MODEL = "portal.PortalDocument"
WAGTAILIMAGES_EXTENSIONS = ["avif", "gif", "jpg", "jpeg", "png", "webp"]
WAGTAILIMAGES_MAX_UPLOAD_SIZE = 20 * 1024 * 1024
WAGTAILDOCS_EXTENSIONS = ["csv", "docx", "mp4", "odt", "pdf", "pptx", "vtt", "webm", "xlsx", "zip"]
# Against the originals as true as WebP and JPEG at Wagtail's own 80 and 76, and a third smaller than WebP (measured).
WAGTAILIMAGES_AVIF_QUALITY = 50
WAGTAILDOCS_SERVE_METHOD = "serve_view"
WAGTAILIMAGES_IMAGE_FORM_BASE = "portal.media_forms.ImageForm"
WAGTAILDOCS_DOCUMENT_FORM_BASE = "portal.media_forms.DocumentForm"
WAGTAILDOCS_CONTENT_TYPES = {"vtt": "text/vtt"}
WAGTAILADMIN_RICH_TEXT_EDITORS = {
    "default": {
        "WIDGET": "portal.rich_text.RichTextArea",
        "OPTIONS": {"features": ["h3", "bold", "italic", "ol", "ul", "link", "document-link", "contact-line"]},
    },
}
WAGTAIL_AUTOSAVE_INTERVAL = 3000  # milliseconds; the default of 500 saves at every pause of the hand
WAGTAILFORMS_HELP_TEXT_ALLOW_HTML = False
WAGTAILSEARCH_BACKENDS = {
    # Texts are indexed folded (portal/folding.py) and in both languages, so the stemmer of neither fits.
    "default": {"BACKEND": "wagtail.search.backends.database", "SEARCH_CONFIG": "simple"},
}
WAGTAILEMBEDS_FINDERS: list[dict[str, str]] = []  # nothing is fetched from elsewhere on an editor's behalf
WAGTAILSIMPLETRANSLATION_SYNC_PAGE_TREE = False
# Nothing in the admin calls home.
WAGTAIL_GRAVATAR_PROVIDER_URL = None
WAGTAIL_ENABLE_UPDATE_CHECK = False
WAGTAIL_ENABLE_WHATS_NEW_BANNER = False
WAGTAIL_WORKFLOW_REQUIRE_REAPPROVAL_ON_EDIT = True
WAGTAIL_ALLOW_UNICODE_SLUGS = False

# --- Open data ------------------------------------------------------------------------------------
# The licence under which the hospital gives its directory away (docs/features/open-data.md): {"name": …, "url": …}.
# None until it has chosen one; the documentation then says to ask first.

OPEN_DATA_LICENCE: dict[str, str] | None = None
REST_FRAMEWORK = {"DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema"}
SPECTACULAR_SETTINGS = {
    "TITLE": "Directory of the hospital portal",
    "VERSION": "1.0.0",
    "DESCRIPTION": "Institutes, hospitals, departments, the lines that patients may call, people. Read only.",
    "OAS_VERSION": "3.1.0",
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "TAGS": [{"name": "directory", "description": "What visitors of the portal see, as data."}],
}

# --- Logging --------------------------------------------------------------------------------------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        "django": {"handlers": ["console"], "level": "INFO", "propagate": False},
        # Scanners ask for other hosts all day; they get their 400, and the log stays readable.
        "django.security.DisallowedHost": {"level": "CRITICAL"},
        "django_tasks": {"level": "WARNING"},
        "wagtail": {"level": "WARNING"},
        "django.server": {"handlers": ["console"], "level": "WARNING", "propagate": False},
    },
}

# --- Keeping the directory right ------------------------------------------------------------------

CHECK_LINES_EVERY = 180  # days after which somebody should make sure of a number once more
CHECK_EMERGENCY_LINES_EVERY = 30  # days; the lines that patients under treatment call in an emergency

# --- External links -------------------------------------------------------------------------------
# How `manage.py check_links` asks other sites (docs/features/links.md).
LINK_CHECKS = {
    "at_once": 4,  # sites that are asked at the same time; one site is asked one thing at a time
    "pause": 2.0,  # seconds between two questions to one site
    "timeout": 10.0,  # seconds until an answer has to begin, and until it has to be there
    "again_days": 7,  # until an address that answers is asked again
    "retry_hours": 24,  # until one that did not answer is asked again
    "broken_after": 3,  # failures in a row, each a retry apart: then it is called broken
    "private_hosts": [],  # only for tests: addresses within the hospital's network are never asked otherwise
}

# --- Keeping pages right --------------------------------------------------------------------------

REVIEW_PAGES_EVERY = 365  # days after which somebody should read a page once more; a page can have a rule of its own
REVIEW_MEDICAL_PAGES_EVERY = 180  # days; pages that are marked as medical content
EDITORS_SEEN_WITHIN = 365  # days; who has not logged in for so long is no active editor

# --- Demonstration --------------------------------------------------------------------------------

DEMONSTRATION_CODES = False  # whether the machine tells the codes of the demonstration's second factors
DRAWING_SIZE = (1600, 1000)  # pixels of the drawn pictures

# --- Giving ---------------------------------------------------------------------------------------
# Who moves the money, by name: a function that connects to one account (donations/providers/).
DONATION_PROVIDERS = {
    "manual": "donations.providers.manual.connect",
    "stripe": "donations.providers.stripe.connect",
}
# An account at Stripe for each key in the environment: STRIPE_SECRET_KEY is the account "", STRIPE_SECRET_KEY_MUSEUM is
# "museum". Secrets of webhooks, separated by commas: the old and the new one while they are changed.
STRIPE_ACCOUNTS = {
    name.removeprefix("STRIPE_SECRET_KEY").removeprefix("_").lower(): {
        "key": key.strip(),
        "webhook_secrets": [
            secret.strip()
            for secret in os.environ.get(name.replace("SECRET_KEY", "WEBHOOK_SECRETS"), "").split(",")
            if secret.strip()
        ],
    }
    for name, key in os.environ.items()
    if name.startswith("STRIPE_SECRET_KEY") and key.strip()
}
STRIPE_API_BASE = os.environ.get("STRIPE_API_BASE", "")  # only for `make fake-stripe`
# Where our forms may lead: browsers hold a form's whole way to its Content-Security-Policy, redirects included.
PAYMENT_HOSTS = ["https://checkout.stripe.com", "https://billing.stripe.com"]
PAYMENT_HOSTS += [STRIPE_API_BASE] if STRIPE_API_BASE else []
DONATIONS_LIVE = False  # whether money moves: providers' test objects are refused when it does, and the other way round
REFUND_NEEDS_SECOND_PERSON_FROM = 50_000  # minor units: a refund of that much, or more, is approved by a colleague
# How long what is kept about donors stays (donations/privacy.py, `manage.py purge_donors`). Years count from the end of
# a calendar year. The donor service and the data protection officer agree on the days; the years are the law's.
DONOR_RETENTION = {
    "unfinished_days": 90,  # who began a gift that brought no money
    "announced_days": 365,  # a cheque or transfer that never came: given up
    "receipt_years": 6,  # who gave: as long as the tax office may ask about receipts (LPF, art. L102 E)
    "accounting_years": 10,  # names on receipts, the bank's words: evidence of the accounts (C. com., art. L123-22)
    "tribute_days": 365,  # in whose memory, for which ward, the family's address
    "family_page_days": 30,  # after the day on which it closed
    "consent_days": 1_095,  # without a gift since, a consent ends (CNIL: three years after the last contact)
    "consent_proof_days": 1_095,  # after it was withdrawn, as evidence
    "access_days": 365,  # which member of staff looked at whom
    "event_days": 90,  # providers' messages that were dealt with; providers repeat theirs for 30 days
    "token_days": 2,  # forms that have been sent
    "bucket_days": 2,  # keyed hashes of who asked how often
}
