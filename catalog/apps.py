"""App configuration."""

from django.apps import AppConfig


class CatalogConfig(AppConfig):
    """Names the app."""

    name = "catalog"
