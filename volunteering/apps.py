"""App configuration."""

from importlib import import_module

from django.apps import AppConfig


class VolunteeringConfig(AppConfig):
    """Names the app and connects its receivers."""

    name = "volunteering"

    def ready(self) -> None:
        """Listen to sessions."""
        import_module("volunteering.receivers")
