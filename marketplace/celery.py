"""The Celery application. Tasks live in each app's ``tasks.py``; the schedule is in the settings."""

import os

from celery import Celery

from marketplace import folder_broker  # noqa: F401  importing makes its scheme known

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "marketplace.settings.demo")

app = Celery("marketplace")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
