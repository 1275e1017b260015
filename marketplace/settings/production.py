"""A real city: HTTPS, a secret of its own, JSON logs. It refuses to start with what only a demo may use."""

from django.core.exceptions import ImproperlyConfigured

from marketplace.settings import env
from marketplace.settings.base import *  # noqa: F403
from marketplace.settings.base import (
    ALLOWED_HOSTS,
    CONCERN_KEYS,
    DATABASES,
    DEFAULT_ALLOWED_HOSTS,
    DEFAULT_FIELD_KEY,
    DEFAULT_SECRET_KEY,
    EMAIL_BACKEND,
    FIELD_ENCRYPTION_KEYS,
    LOGGING,
    REDIS_URL,
    SECRET_KEY,
    SECRET_KEY_FALLBACKS,
    SITE_URL,
    SMS_BACKEND,
    SMS_TOKEN,
    SMS_URL,
    STRIPE_API_BASE,
    STRIPE_SECRET_KEY,
    STRIPE_WEBHOOK_SECRETS,
    WEIXIN_API_BASE,
    WEIXIN_APP_ID,
    WEIXIN_AUTHORIZE_URL,
    WEIXIN_SECRET,
)

DEMO = False
for name, keys in {
    "SECRET_KEY": [SECRET_KEY],
    "SECRET_KEY_FALLBACKS": SECRET_KEY_FALLBACKS,
    "FIELD_ENCRYPTION_KEYS": FIELD_ENCRYPTION_KEYS or [""],
    "CONCERN_KEYS": CONCERN_KEYS or [""],
}.items():
    if any(key in (DEFAULT_SECRET_KEY, DEFAULT_FIELD_KEY) or len(key) < 50 or len(set(key)) < 10 for key in keys):
        raise ImproperlyConfigured(f"{name} must be a secret of your own with at least 50 characters.")
if not ALLOWED_HOSTS or any("*" in host for host in ALLOWED_HOSTS) or ALLOWED_HOSTS == DEFAULT_ALLOWED_HOSTS:
    raise ImproperlyConfigured("ALLOWED_HOSTS must name the hosts of this site.")
if not SITE_URL.startswith("https://"):
    raise ImproperlyConfigured("SITE_URL must start with https://.")
if DATABASES["default"]["ENGINE"] != "django.db.backends.postgresql":
    raise ImproperlyConfigured("DATABASE_URL must name a PostgreSQL database.")
if not REDIS_URL:
    raise ImproperlyConfigured("REDIS_URL must name a Redis server: the cache and the queue of background jobs.")
if not EMAIL_BACKEND.endswith("smtp.EmailBackend"):
    raise ImproperlyConfigured(
        "EMAIL_URL must name a mail server, such as smtp+tls://user:secret@mail.example.org:587."
    )
if not SMS_BACKEND and (not SMS_URL.startswith("https://") or not SMS_TOKEN):
    raise ImproperlyConfigured("SMS_URL and SMS_TOKEN must name a gateway for text messages: families log in by them.")
if WEIXIN_APP_ID and not WEIXIN_SECRET:
    raise ImproperlyConfigured("WEIXIN_SECRET must be set where WEIXIN_APP_ID is.")
if not WEIXIN_API_BASE.startswith("https://") or not WEIXIN_AUTHORIZE_URL.startswith("https://"):
    raise ImproperlyConfigured("WEIXIN_API_BASE and WEIXIN_AUTHORIZE_URL must start with https://.")
if STRIPE_SECRET_KEY and not STRIPE_WEBHOOK_SECRETS:
    raise ImproperlyConfigured("STRIPE_WEBHOOK_SECRET must be set where STRIPE_SECRET_KEY is: it proves who writes.")
if not STRIPE_API_BASE.startswith("https://"):
    raise ImproperlyConfigured("STRIPE_API_BASE must start with https://.")

SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
ALLAUTH_TRUSTED_PROXY_COUNT = 1  # whose address a request came from is the last that our own proxy wrote down
SECURE_SSL_REDIRECT = True
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = 63_072_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_NAME = "__Host-session"
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_NAME = "__Host-csrf"
CSRF_COOKIE_SECURE = True
LANGUAGE_COOKIE_SECURE = True
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https"
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
LOGGING["handlers"]["console"]["formatter"] = "json"  # type: ignore[index]
LOGGING["root"]["level"] = env.text("LOG_LEVEL", "INFO")  # type: ignore[index]
