"""App configuration."""

from django.apps import AppConfig


class MarketplaceConfig(AppConfig):
    """Names the app."""

    name = "marketplace"
