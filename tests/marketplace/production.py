"""An environment such as a real city's, for processes that tests start."""

import os
import sys

GOOD = {
    "DJANGO_SETTINGS_MODULE": "marketplace.settings.production",
    "SECRET_KEY": "a-secret-of-this-test-run-only-0123456789-abcdefghijklmnopqrstuvwxyz",
    "FIELD_ENCRYPTION_KEYS": "a-field-key-of-this-test-run-only-0123456789-abcdefghijklmnopqrstuvwxyz",
    "CONCERN_KEYS": "a-concern-key-of-this-test-run-only-0123456789-abcdefghijklmnopqrstuvwxyz",
    "ALLOWED_HOSTS": "youth.example.org",
    "SITE_URL": "https://youth.example.org",
    "DATABASE_URL": "postgres://youth:secret@db.example:5432/youth",
    "REDIS_URL": "redis://cache.example:6379/0",
    "EMAIL_URL": "smtp+tls://user:secret@mail.example.org:587",
    "SMS_URL": "https://sms.example.org/send",
    "SMS_TOKEN": "a-token-of-this-test-run",
}
_KEPT = ("PATH", "HOME", "LANG", "TMPDIR", "VIRTUAL_ENV")


def environment(**changes: str | None) -> dict[str, str]:
    """Return the good environment with changes; None removes a variable."""
    wanted = {**{name: os.environ[name] for name in _KEPT if name in os.environ}, **GOOD, **changes}
    return {name: value for name, value in wanted.items() if value is not None}


PYTHON = sys.executable
