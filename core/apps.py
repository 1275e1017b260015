"""App configuration."""

from django.apps import AppConfig


class CoreConfig(AppConfig):
    """Names the app, and makes its kinds of places known before addresses are read."""

    name = "core"

    def ready(self) -> None:
        """Register the converters."""
        from core import converters  # noqa: F401  importing registers them
