"""App configuration."""

from importlib import import_module

from django.apps import AppConfig


class ActivitiesConfig(AppConfig):
    """Names the app and connects its receivers."""

    name = "activities"

    def ready(self) -> None:
        """Listen to families."""
        import_module("activities.receivers")
