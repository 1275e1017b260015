"""Writes about one's own account."""

from users.models import User


def edit_details(user: User, *, name: str, language: str) -> User:
    """Change how somebody is called and in which language messages reach them."""
    user.name, user.language = name.strip(), language
    user.save(update_fields=["name", "language"])
    return user
