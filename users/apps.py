"""App configuration."""

from django.apps import AppConfig
from django.db.models import Exists, OuterRef


class UsersConfig(AppConfig):
    """Names the app, and has it read along with who is signed in whether they have a second factor."""

    name = "users"

    def ready(self) -> None:
        """Ask in the query that every request of somebody signed in makes anyway."""
        from allauth.mfa.models import Authenticator

        from users.sessions import read_along

        factors = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
        held = Authenticator.objects.filter(user=OuterRef("pk"), type__in=factors)
        read_along(has_second_factor=Exists(held))
