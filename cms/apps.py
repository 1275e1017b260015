"""App configuration."""

from django.apps import AppConfig


class CmsConfig(AppConfig):
    """Names the app."""

    name = "cms"
