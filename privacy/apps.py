"""App configuration."""

from django.apps import AppConfig


class PrivacyConfig(AppConfig):
    """Names the app."""

    name = "privacy"
