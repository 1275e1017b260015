"""App configuration."""

from django.apps import AppConfig


class UsersConfig(AppConfig):
    """Names the app."""

    name = "users"
