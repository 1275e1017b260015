"""The project: settings, addresses, background jobs, and what only the whole house can do together."""

from marketplace.celery import app as celery_app

__all__ = ["celery_app"]
