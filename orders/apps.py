"""App configuration."""

from django.apps import AppConfig


class OrdersConfig(AppConfig):
    """Names the app and listens to funding."""

    name = "orders"

    def ready(self) -> None:
        """Connect the receivers; they need the models, so not before the apps are ready."""
        from orders import receivers  # noqa: F401
