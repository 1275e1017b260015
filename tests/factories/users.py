"""Accounts for tests."""

from itertools import count

from users.models import User

_number = count(1)


def make_user(email: str = "", *, name: str = "", **fields) -> User:
    """An account that signs in with the password ``demo-city-2026``."""
    n = next(_number)
    return User.objects.create_user(
        email or f"user{n}@example.test", "demo-city-2026", name=name or f"User {n}", **fields
    )
