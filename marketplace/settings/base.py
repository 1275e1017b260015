"""What holds in every setting: apps, middleware, languages, security headers, jobs."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import dj_database_url
from celery.schedules import crontab
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from marketplace.settings import env
from marketplace.settings.logins import *  # noqa: F403

BASE_DIR = Path(__file__).resolve().parent.parent.parent
VAR_DIR = Path(env.text("VAR_DIR", str(BASE_DIR / "var")))

DEFAULT_SECRET_KEY = "insecure-demo-key-never-use-it-where-people-can-reach-it"
SECRET_KEY = env.text("SECRET_KEY", DEFAULT_SECRET_KEY)
SECRET_KEY_FALLBACKS = env.words("SECRET_KEY_FALLBACKS")
# What encrypts phones and the like in the database, the newest key first; see core/encryption.py
DEFAULT_FIELD_KEY = "insecure-demo-field-key-never-use-it-where-people-can-reach-it"
FIELD_ENCRYPTION_KEYS = env.words("FIELD_ENCRYPTION_KEYS", DEFAULT_FIELD_KEY)
DEBUG = False
DEFAULT_ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]"]
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", ",".join(DEFAULT_ALLOWED_HOSTS))
SITE_URL = env.text("SITE_URL", "http://127.0.0.1:8000").rstrip("/")
CSRF_TRUSTED_ORIGINS = [SITE_URL]

OUR_APPS = [
    "marketplace",
    "cms",
    "dashboards",
    "privacy",
    "orders",
    "volunteering",
    "activities",
    "concerns",
    "safeguarding",
    "catalog",
    "funding",
    "people",
    "organisations",
    "notifications",
    "users",
    "core",
]
INSTALLED_APPS = [
    *OUR_APPS,
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.weixin",
    "allauth.usersessions",
    "django_htmx",
    "csp",
    "simple_history",
    "wagtail.contrib.redirects",
    "wagtail.contrib.settings",
    "wagtail.contrib.simple_translation",
    "wagtail.sites",
    "cms.apps.AccountsConfig",  # wagtail.users
    "wagtail.snippets",
    "wagtail.documents",
    "wagtail.images",
    "wagtail.search",
    "wagtail.admin",
    "wagtail.locales",
    "wagtail",
    "modelcluster",
    "taggit",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "core.middleware.RequestIdMiddleware",
    "core.middleware.ReadableMiddleware",
    "core.middleware.ContentPolicyMiddleware",
    "core.middleware.PermissionsMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "core.middleware.PreferencesMiddleware",
    "core.middleware.BodyLimitMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "core.middleware.NulMiddleware",
    "users.middleware.LoginMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "organisations.middleware.ActingMiddleware",
    "organisations.second_factor.SecondFactorMiddleware",
    "core.middleware.PolicyMiddleware",
    "cms.middleware.EditorsMiddleware",
    "cms.middleware.MisreadMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "wagtail.contrib.redirects.middleware.RedirectMiddleware",
]

ROOT_URLCONF = "marketplace.urls"
WSGI_APPLICATION = "marketplace.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "wagtail.contrib.settings.context_processors.settings",
                "marketplace.context.site",
            ],
            "builtins": [
                "django.templatetags.cache",
                "django.templatetags.i18n",
                "django.templatetags.static",
                "core.templatetags.keep",
                "core.templatetags.ui",
                "core.templatetags.figures",
                "core.templatetags.form_fields",
                "core.templatetags.components",
                "organisations.templatetags.acting_tags",
            ],
        },
    },
]

_sqlite_options = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON; PRAGMA cache_size=-32000;",
}


def database(name: str, default: str) -> dict[str, object]:
    """Return one entry of ``DATABASES`` from the address in the variable ``name``."""
    config: dict[str, object] = dict(dj_database_url.parse(env.text(name, default)))
    if config["ENGINE"] == "django.db.backends.sqlite3":
        Path(str(config["NAME"])).parent.mkdir(parents=True, exist_ok=True)
        config["OPTIONS"] = dict(_sqlite_options)
    else:
        config["CONN_MAX_AGE"] = env.integer("DATABASE_CONN_MAX_AGE", 600)
        config["CONN_HEALTH_CHECKS"] = False  # core/connections.py sees a closed connection without asking
        if env.flag("DATABASE_PREPARED", True):
            config["OPTIONS"] = {"server_side_binding": True, "prepare_threshold": 5}
    return config


DATABASES = {"default": database("DATABASE_URL", f"sqlite:///{VAR_DIR / 'demo.sqlite3'}")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2_000
FILE_UPLOAD_MAX_MEMORY_SIZE = 2_621_440

# People and their logins stand in logins.py
SESSION_ENGINE = "users.sessions"
SESSION_COOKIE_AGE = int(timedelta(days=30).total_seconds())

# Languages and time: UTC is stored, the city's zone is shown and decides "today"
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("Chinese")), ("en", _("English"))]
WAGTAIL_CONTENT_LANGUAGES = LANGUAGES
USE_I18N = True
WAGTAIL_I18N_ENABLED = True
LOCALE_PATHS = [BASE_DIR / "marketplace" / each for each in ("packages/locale", "locale")]  # the packages' words, ours
LANGUAGE_COOKIE_SAMESITE = "Lax"
USE_TZ = True
TIME_ZONE = env.text("TIME_ZONE", "Asia/Shanghai")

# Files
STATIC_URL = "/static/"
STATIC_ROOT = Path(env.text("STATIC_ROOT", str(VAR_DIR / "static")))
STATICFILES_FINDERS = [
    "marketplace.bundle.StyleFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
]
MEDIA_ROOT = VAR_DIR / "media"
MEDIA_URL = "/media/"
PRIVATE_ROOT = VAR_DIR / "private"
ERASURE_LOG = env.text("ERASURE_LOG", str(PRIVATE_ROOT / "erasures.jsonl"))
STORAGES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "private": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(PRIVATE_ROOT)}},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_MAX_AGE = 31_536_000

# Mail
_mail = env.email("EMAIL_URL", "console://")
EMAIL_BACKEND = str(_mail.pop("EMAIL_BACKEND"))
globals().update(_mail)
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", "Youth Menu <no-reply@localhost>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL

# Security headers: nothing is loaded from another host, nothing runs inline
CONTENT_SECURITY_POLICY = {
    "EXCLUDE_URL_PREFIXES": ["/cms/"],
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF, *(["https://open.weixin.qq.com"] if WEIXIN_APP_ID else [])],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    },
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "core.views.csrf_failure"

# Cache: local memory in the embedded default, Redis in production
REDIS_URL = env.text("REDIS_URL", "")
_redis: dict[str, object] = {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
_files: dict[str, object] = {
    "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
    "LOCATION": str(VAR_DIR / "cache"),
}
CACHES: dict[str, dict[str, object]] = {
    "default": _redis if REDIS_URL else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
    # What one process leaves for another, such as the sign of life of background jobs
    "shared": _redis if REDIS_URL else _files,
}

# Background jobs: a folder is the broker in the embedded default, Redis in production
BROKER_DIR = VAR_DIR / "broker"
CELERY_BROKER_URL = REDIS_URL or "folder://localhost"  # marketplace/folder_broker.py
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, object] = (
    {"visibility_timeout": 3600}
    if REDIS_URL
    else {
        "data_folder_in": str(BROKER_DIR / "messages"),
        "data_folder_out": str(BROKER_DIR / "messages"),
        "control_folder": str(BROKER_DIR / "control"),
        "processed_folder": str(BROKER_DIR / "processed"),
    }
)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_TIMEOUT = 2
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = 600
CELERY_TASK_SOFT_TIME_LIMIT = 540
CELERY_WORKER_PREFETCH_MULTIPLIER = 1 if REDIS_URL else 4
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = TIME_ZONE
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "beat")
CELERY_BEAT_SCHEDULE = {
    "deliver messages": {"task": "notifications.deliver_due", "schedule": timedelta(seconds=15)},
    "fill freed places": {"task": "activities.sweep", "schedule": timedelta(minutes=1)},
    "uploaded lists of families": {"task": "people.sweep", "schedule": timedelta(minutes=5)},
    "batches and statements begun": {"task": "funding.sweep", "schedule": timedelta(minutes=1)},
    "what Stripe left open": {"task": "funding.stripe_sweep", "schedule": timedelta(minutes=1)},
    "compare with Stripe": {"task": "funding.reconcile", "schedule": timedelta(hours=6)},
    "orders whose clock ran out": {"task": "orders.sweep", "schedule": timedelta(minutes=5)},
    "allowances whose term is over": {"task": "funding.give_back", "schedule": timedelta(minutes=5)},
    "files of one's own data": {"task": "privacy.prepare", "schedule": timedelta(minutes=1)},
    "incidents that the authority has to know of": {"task": "privacy.remind", "schedule": timedelta(minutes=10)},
    "forgetting": {"task": "privacy.retention", "schedule": crontab(hour=3, minute=20)},
    "concerns that nobody took on": {"task": "concerns.sweep", "schedule": timedelta(minutes=10)},
    "checks and courses that run out": {"task": "safeguarding.remind", "schedule": crontab(hour=9, minute=0)},
    "who comes of age soon": {"task": "people.warn", "schedule": crontab(hour=9, minute=10)},
    "figures of the reports": {"task": "dashboards.refresh", "schedule": timedelta(minutes=1)},
    "figures counted anew": {"task": "dashboards.rebuild", "schedule": crontab(hour=3, minute=30)},
    "sign of life": {"task": "marketplace.heartbeat", "schedule": timedelta(seconds=30)},
    "reminders of tomorrow": {"task": "activities.remind", "schedule": crontab(hour=18, minute=0)},
    "reminders of tomorrow's shifts": {"task": "volunteering.remind", "schedule": crontab(hour=18, minute=5)},
    "nobody on duty without clearance": {"task": "volunteering.sweep", "schedule": timedelta(minutes=1)},
}

# Wagtail: the site's pages and their admin
WAGTAIL_SITE_NAME = "Youth Menu"
WAGTAILADMIN_BASE_URL = SITE_URL
WAGTAIL_ENABLE_UPDATE_CHECK = False
WAGTAIL_GRAVATAR_PROVIDER_URL = None
WAGTAIL_FRONTEND_LOGIN_URL = "/accounts/login/"
WAGTAILADMIN_LOGIN_URL = "/accounts/login/"
WAGTAIL_PASSWORD_MANAGEMENT_ENABLED = False  # one's own page has them, behind one's password
WAGTAIL_EMAIL_MANAGEMENT_ENABLED = False
WAGTAIL_PASSWORD_RESET_ENABLED = False
WAGTAILUSERS_PASSWORD_ENABLED = False
WAGTAILSEARCH_BACKENDS = {"default": {"BACKEND": "cms.search"}}
WAGTAILIMAGES_EXTENSIONS = ["jpg", "jpeg", "png", "webp"]  # what core.files decodes
WAGTAILIMAGES_IMAGE_FORM_BASE = "cms.forms.PictureForm"
WAGTAILDOCS_EXTENSIONS = ["csv", "docx", "pdf", "xlsx", "zip"]

# History of master data
SIMPLE_HISTORY_REVERT_DISABLED = True

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {
        "request_id": {"()": "core.logs.RequestIdFilter"},
        "secrets": {"()": "core.logs.SecretsFilter"},
    },
    "formatters": {
        "json": {"()": "core.logs.JsonFormatter"},
        "plain": {"format": "%(levelname)s %(name)s %(message)s"},
    },
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": "plain", "filters": ["request_id", "secrets"]}
    },
    "root": {"handlers": ["console"], "level": env.text("LOG_LEVEL", "WARNING")},
}

# What this site calls itself, and whom people can ask
SITE_NAME = {"zh": env.text("SITE_NAME", "青春菜单"), "en": env.text("SITE_NAME_EN", "Youth Menu")}
MFA_TOTP_ISSUER = SITE_NAME["zh"]  # what an authenticator app lists our login under
SITE_REGION = {"zh": env.text("SITE_REGION", ""), "en": env.text("SITE_REGION_EN", "")}
SITE_PHONE = env.text("SITE_PHONE", "022-0000 0000")
SITE_HOURS = {
    "zh": env.text("SITE_HOURS", "工作日 08:30–17:30"),
    "en": env.text("SITE_HOURS_EN", "working days 08:30–17:30"),
}
SITE_ICP = env.text("SITE_ICP", "")
SITE_POLICE_ICP = env.text("SITE_POLICE_ICP", "")

# Limits that people meet; the README's table of limits repeats them
UPLOAD_MAX_BYTES = 25_000_000

# Working days (节假日、调休): dates of the State Council's notice for the year, kept up to date by the operator
HOLIDAYS = frozenset(
    env.dates(
        "HOLIDAYS",
        "2026-01-01,2026-01-02,2026-02-16,2026-02-17,2026-02-18,2026-02-19,2026-02-20,2026-02-23,2026-04-06,2026-05-01,2026-05-04,2026-05-05,2026-06-19,2026-09-25,2026-10-01,2026-10-02,2026-10-05,2026-10-06,2026-10-07,2027-01-01",
    )
)
EXTRA_WORKING_DAYS = frozenset(
    env.dates("EXTRA_WORKING_DAYS", "2026-01-04,2026-02-14,2026-02-28,2026-05-09,2026-09-20,2026-10-10")
)

# People who work with children: how long a background check counts, which courses they need, whom to call
CHECK_VALID_DAYS = env.integer("CHECK_VALID_DAYS", 365)
REQUIRED_COURSES = env.words("REQUIRED_COURSES", "child-protection")
CONCERN_PHONES = env.words("CONCERN_PHONES", "110,12345,12355")
SAFEGUARDING_PHONE = env.text("SAFEGUARDING_PHONE", "")
# Incidents of personal data: within how many hours the authority has to know of the larger ones
INCIDENT_REPORT_HOURS = env.integer("INCIDENT_REPORT_HOURS", 4)
# What the rules for children's data name: who is in charge, and where the data is stored
DATA_OFFICER = {"zh": env.text("DATA_OFFICER", ""), "en": env.text("DATA_OFFICER_EN", "")}
DATA_PLACE = {"zh": env.text("DATA_PLACE", ""), "en": env.text("DATA_PLACE_EN", "")}
# What concerns say is sealed with the first of these secrets and opened with any of them: keys of their own
CONCERN_KEYS = env.words("CONCERN_KEYS", DEFAULT_FIELD_KEY)

# Orders: the first letters of their numbers, what a clerk may order without the manager, what a new provider may take
ORDER_PREFIX = env.text("ORDER_PREFIX", "BC")
ORDER_CLERK_LIMIT = env.integer("ORDER_CLERK_LIMIT", 1_000_000)
TRIAL_MAX_SESSIONS = env.integer("TRIAL_MAX_SESSIONS", 4)

# Stripe, the second rail of payments: without a key it is offered nowhere. Several secrets, separated by commas, are
# those of the platform's and the connected accounts' endpoints, or an old and a new one.
STRIPE_SECRET_KEY = env.text("STRIPE_SECRET_KEY", "")
STRIPE_WEBHOOK_SECRETS = env.words("STRIPE_WEBHOOK_SECRET")
STRIPE_API_BASE = env.text("STRIPE_API_BASE", "https://api.stripe.com").rstrip("/")
