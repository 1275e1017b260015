"""App configuration."""

from importlib import import_module

from django.apps import AppConfig
from django.db.models import Exists, OuterRef


class UsersConfig(AppConfig):
    """Names the app, listens to allauth, and has it read along who of the signed in has a second factor."""

    name = "users"

    def ready(self) -> None:
        """Connect the receivers, and ask in the query that every request of somebody signed in makes anyway."""
        from allauth.mfa.models import Authenticator

        from users.sessions import read_along

        factors = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
        held = Authenticator.objects.filter(user=OuterRef("pk"), type__in=factors)
        read_along(has_second_factor=Exists(held))
        import_module("users.receivers")
