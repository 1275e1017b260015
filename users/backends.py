"""The one way in: allauth's, with who is signed in read together with their session, as each request asks."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from allauth.account import auth_backends
from django.contrib.sessions.backends.base import SessionBase

from users.models import User
from users.sessions import people

_asked_for: ContextVar[SessionBase | None] = ContextVar("asked for", default=None)


@contextmanager
def asking_for(session: SessionBase) -> Iterator[None]:
    """Let who is asked for be the person who was read with this session, while it lasts."""
    token = _asked_for.set(session)
    try:
        yield
    finally:
        _asked_for.reset(token)


class AuthenticationBackend(auth_backends.AuthenticationBackend):
    """Knows people by their e-mail address, and their rights from groups."""

    def get_user(self, user_id: Any) -> User | None:
        """Return the person of a login session; nothing for who may not sign in any more."""
        user = getattr(_asked_for.get(), "person", None)
        if user is None or user.pk != user_id:
            user = people().filter(pk=user_id).first()
        return user if user is not None and self.user_can_authenticate(user) else None
