"""Finds out who is signed in."""

from django.contrib.auth.middleware import AuthenticationMiddleware, get_user
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from users.backends import asking_for


class LoginMiddleware(AuthenticationMiddleware):
    """Django's own; the person comes with the session, for which no further query is made."""

    def process_request(self, request: HttpRequest) -> None:
        """Put who is signed in on the request, to be found out where somebody asks."""
        super().process_request(request)
        request.user = SimpleLazyObject(lambda: _person(request))  # type: ignore[assignment]


def _person(request: HttpRequest) -> object:
    with asking_for(request.session):
        return get_user(request)
