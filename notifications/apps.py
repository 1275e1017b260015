"""App configuration."""

from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    """Names the app, and has the number of unread messages read along with who is signed in."""

    name = "notifications"

    def ready(self) -> None:
        """Ask for the number in the query that every request of somebody signed in makes anyway."""
        from notifications.queries import unread_of_person
        from users.sessions import read_along

        read_along(unread_messages=unread_of_person())
