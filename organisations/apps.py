"""App configuration."""

from django.apps import AppConfig


class OrganisationsConfig(AppConfig):
    """Names the app."""

    name = "organisations"

    def ready(self) -> None:
        """Read with each person whether they ever joined an organisation: most never did, and need not be asked."""
        from django.db.models import Exists, OuterRef

        from organisations.models import Membership
        from users.sessions import read_along

        read_along(has_memberships=Exists(Membership.objects.filter(user=OuterRef("pk"))))
