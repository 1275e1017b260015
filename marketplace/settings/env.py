"""Typed readers of the environment. A value that cannot be read stops the start, naming its variable.

Every variable may also be given as ``NAME_FILE``, the path of a file that holds the value (container secrets).
"""

import os
from datetime import date
from pathlib import Path
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

_TRUE = {"1", "true", "yes", "on"}
_FALSE = {"0", "false", "no", "off"}


def text(name: str, default: str | None = None) -> str:
    """Return the text of ``name``, or of the file that ``NAME_FILE`` names.

    Raises:
        ImproperlyConfigured: the variable is unset and has no default, or its file cannot be read.
    """
    path = os.environ.get(f"{name}_FILE")
    if path and name in os.environ:
        raise ImproperlyConfigured(f"Set {name} or {name}_FILE, not both.")
    if path:
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise ImproperlyConfigured(f"{name}_FILE cannot be read: {error}.") from error
    value = os.environ.get(name, default)
    if value is None:
        raise ImproperlyConfigured(f"{name} must be set.")
    return value


def flag(name: str, default: bool) -> bool:
    """Return a yes-or-no variable. An empty one is unset: it decides nothing.

    Raises:
        ImproperlyConfigured: the value is neither a yes nor a no.
    """
    value = text(name, str(default)).strip().lower()
    if not value:
        return default
    if value in _TRUE:
        return True
    if value in _FALSE:
        return False
    raise ImproperlyConfigured(f"{name} must be one of 1, 0, true, false, yes, no, on, off; it is {value!r}.")


def integer(name: str, default: int) -> int:
    """Return a whole-number variable.

    Raises:
        ImproperlyConfigured: the value is not a whole number.
    """
    value = text(name, str(default))
    try:
        return int(value)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} must be a whole number; it is {value!r}.") from error


def words(name: str, default: str = "") -> list[str]:
    """Return a comma-separated variable as a list without blanks."""
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def dates(name: str, default: str = "") -> list[date]:
    """Return a comma-separated variable of ISO dates.

    Raises:
        ImproperlyConfigured: a word is no date such as 2026-10-01.
    """
    try:
        return [date.fromisoformat(word) for word in words(name, default)]
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} must hold dates such as 2026-10-01: {error}.") from error


def email(name: str, default: str) -> dict[str, object]:
    """Return Django's mail settings from one address such as ``smtp+tls://user:secret@host:587``.

    Raises:
        ImproperlyConfigured: it is no address, or its scheme is not ``smtp``, ``smtp+tls``, ``smtp+ssl``, ``console``
            or ``file``.
    """
    try:
        url = urlsplit(text(name, default))
        port = url.port
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} must be an address such as smtp+tls://host:587: {error}.") from error
    if url.scheme == "console":
        return {"EMAIL_BACKEND": "django.core.mail.backends.console.EmailBackend"}
    if url.scheme == "file":
        return {"EMAIL_BACKEND": "django.core.mail.backends.filebased.EmailBackend", "EMAIL_FILE_PATH": url.path}
    if url.scheme in {"smtp", "smtp+tls", "smtp+ssl"}:
        return {
            "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
            "EMAIL_HOST": url.hostname or "localhost",
            "EMAIL_PORT": port or {"smtp": 25, "smtp+tls": 587, "smtp+ssl": 465}[url.scheme],
            "EMAIL_HOST_USER": unquote(url.username or ""),
            "EMAIL_HOST_PASSWORD": unquote(url.password or ""),
            "EMAIL_USE_TLS": url.scheme == "smtp+tls",
            "EMAIL_USE_SSL": url.scheme == "smtp+ssl",
            "EMAIL_TIMEOUT": 20,
        }
    raise ImproperlyConfigured(f"{name} must start with smtp, smtp+tls, smtp+ssl, console or file, not {url.scheme!r}.")
