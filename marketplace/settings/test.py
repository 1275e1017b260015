"""Tests: fast hashing, mail in memory, no broker; everything else as in the embedded default."""

import os
import tempfile
from pathlib import Path

from marketplace.settings.base import *  # noqa: F403
from marketplace.settings.base import BASE_DIR, CACHES, STORAGES

DEMO = True
REQUIRE_SECOND_FACTOR = False
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
CELERY_BROKER_URL = "memory://"
CELERY_BROKER_TRANSPORT_OPTIONS = {}
TEST_CACHE_DIR = Path(os.environ.get("TEST_CACHE_DIR", BASE_DIR / ".cache"))
_files = Path(tempfile.gettempdir()) / "youth-menu-test"
MEDIA_ROOT = _files / "media"
STATIC_ROOT = _files / "static"
STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # WhiteNoise warns of a folder that is not there
STORAGES["private"]["OPTIONS"] = {"location": str(_files / "private")}
ERASURE_LOG = str(_files / f"erasures-{os.getpid()}.jsonl")
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
CACHES["default"] = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
CACHES["shared"] = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "shared"}
