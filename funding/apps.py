"""App configuration."""

from django.apps import AppConfig


class FundingConfig(AppConfig):
    """Names the app."""

    name = "funding"
