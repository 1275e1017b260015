"""The one way in: allauth's, with who is signed in read by a prepared query, as each request asks."""

from typing import Any

from allauth.account import auth_backends
from django.db.models import BigIntegerField

from core.prepared import Prepared
from users.models import User

_along: dict[str, Any] = {}
_PERSON = Prepared(lambda pk: User.objects.filter(pk=pk).annotate(**_along), pk=BigIntegerField())


def read_along(**expressions: Any) -> None:
    """Read a fact of a higher app with the person at each request, such as a number in the header. For ``ready``."""
    _along.update(expressions)


class AuthenticationBackend(auth_backends.AuthenticationBackend):
    """Knows people by their e-mail address, and their rights from groups."""

    def get_user(self, user_id: Any) -> User | None:
        """Return the person of a login session; nothing for who may not sign in any more."""
        user = _PERSON.first(pk=user_id)
        return user if user is not None and self.user_can_authenticate(user) else None
