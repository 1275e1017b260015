"""App configuration."""

from django.apps import AppConfig


class CoreConfig(AppConfig):
    """Names the app, makes its kinds of places known before addresses are read, and watches the connections."""

    name = "core"

    def ready(self) -> None:
        """Register the converters and the look at connections."""
        from core import connections, converters  # noqa: F401  importing registers the converters

        connections.watch_connections()
