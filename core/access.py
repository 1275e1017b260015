"""Who may open a view. Every view declares its policy and its methods; a view without one is refused.

A policy is a small named predicate over the request. It answers *may they*; whether the thing *can* be done now
is the lifecycle's answer. What a person may not see is a 404 (load through ``visible_to``), what they may see
but not do is a 403 (``require``).
"""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase

from core.answers import wrong_method

P = ParamSpec("P")
R = TypeVar("R", bound=HttpRequest)
Policy = Callable[[Any], bool]
View = Callable[Concatenate[R, P], HttpResponseBase]


def public(request: HttpRequest) -> bool:
    """Everybody, signed in or not."""
    return True


def signed_in(request: HttpRequest) -> bool:
    """Everybody with a login."""
    return request.user.is_authenticated


def view(policy: Policy, methods: Sequence[str] = ("GET",)) -> Callable[[View[R, P]], View[R, P]]:
    """Declare a view's policy and methods. ``GET`` brings ``HEAD`` along; anything else is a 405."""
    allowed = [*methods, "HEAD"] if "GET" in methods else list(methods)

    def decorate(function: View[R, P]) -> View[R, P]:
        @wraps(function)
        def guarded(request: R, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if request.method not in allowed:
                return wrong_method(request, allowed)
            return function(request, *args, **kwargs)

        guarded.policy = policy  # type: ignore[attr-defined]
        guarded.methods = list(methods)  # type: ignore[attr-defined]
        return guarded

    return decorate


def require(answer: bool) -> None:
    """Turn a policy's no about a visible thing into a 403."""
    if not answer:
        raise PermissionDenied
