"""App configuration."""

from django.apps import AppConfig


class SafeguardingConfig(AppConfig):
    """Names the app."""

    name = "safeguarding"
