"""App configuration."""

from django.apps import AppConfig


class ConcernsConfig(AppConfig):
    """Names the app."""

    name = "concerns"
