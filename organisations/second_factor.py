"""Whoever acts in a role with money or children's data works only with a second factor."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from core.access import public
from organisations.acting import Acting
from organisations.models import Membership

_R = Membership.Role
ROLES = frozenset(_R) - {_R.EDITOR}  # who writes the site's pages sees neither
_FREE_APPS = frozenset({"users", "notifications"})  # one's own details and inbox
_FREE_PAGES = frozenset({"organisations:act"})  # to go on as somebody whose role needs none


def needs_it(acting: Acting) -> bool:
    """Tell whether the person acts in such a role, or runs the site."""
    return not acting.roles.isdisjoint(ROLES) or (acting.user is not None and acting.user.is_superuser)


def _is_work(request: HttpRequest, view: Callable[..., Any]) -> bool:
    """Tell whether a page is neither public nor about one's own login. Of the packages' pages, the admin's are work."""
    policy, match = getattr(view, "policy", None), request.resolver_match
    if policy is None or match is None:
        return request.path.startswith(reverse("wagtailadmin_home"))
    return policy is not public and match.app_name not in _FREE_APPS and match.view_name not in _FREE_PAGES


class SecondFactorMiddleware:
    """Lead from every page of work to where the second factor is switched on. It asks the database nothing more."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: list[Any], kwargs: dict[str, Any]
    ) -> HttpResponseBase | None:
        """Look before the view runs."""
        if not settings.REQUIRE_SECOND_FACTOR or not request.user.is_authenticated or not _is_work(request, view):
            return None
        if getattr(request.user, "has_second_factor", False) or not needs_it(request.acting):  # type: ignore[attr-defined]
            return None
        messages.warning(
            request,
            _("Your role sees money or children's data. Switch the second factor on here, then go on with work."),
        )
        return redirect("mfa_index")
