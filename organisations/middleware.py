"""Finds out, at each request, for which organisation the person acts, and refuses forms opened for another one."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from core.time import today
from organisations.acting import Acting, memberships_of

SESSION_KEY = "acting_organisation"
OPENED_FOR = "opened_for"  # the hidden field of every form
_FOR_NOBODY = frozenset({"organisations:act", "organisations:invitation"})  # they say themselves for whom


def _find_acting(request: HttpRequest) -> Acting:
    """Find out who acts, and leave the person and the finding on the request as they are, without a lazy shell."""
    request.user.is_authenticated  # noqa: B018  loads who is signed in
    request.user = getattr(request.user, "_wrapped", request.user)
    request.acting = _acting(request)  # type: ignore[attr-defined]
    return request.acting  # type: ignore[attr-defined,no-any-return]


def _acting(request: HttpRequest) -> Acting:
    user = request.user
    if not user.is_authenticated:
        return Acting()
    rows = memberships_of(user, today(timezone.now())) if getattr(user, "has_memberships", True) else []
    request.acting_choices = list({row.organisation_id: row.organisation for row in rows}.values())  # type: ignore[attr-defined]
    if not rows:
        return Acting(user=user)
    chosen = request.session.get(SESSION_KEY)
    organisation = next((row.organisation for row in rows if row.organisation_id == chosen), rows[0].organisation)
    roles = frozenset(row.role for row in rows if row.organisation_id == organisation.pk)
    return Acting(user=user, organisation=organisation, roles=roles)


def acting_id(acting: Acting) -> str:
    """Return what a form carries about the acting organisation; nothing where a person acts for themselves."""
    return str(acting.organisation.pk) if acting.organisation else ""


class ActingMiddleware:
    """Put ``request.acting`` on each request. It costs one query, only where somebody asks, and citizens none."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request.acting = SimpleLazyObject(lambda: _find_acting(request))  # type: ignore[attr-defined]
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: list[Any], kwargs: dict[str, Any]
    ) -> HttpResponseBase | None:
        """Refuse a form that was opened for another organisation than the one that is acting when it arrives."""
        opened = request.POST.get(OPENED_FOR) if request.method == "POST" and hasattr(view, "policy") else None
        match = request.resolver_match
        if opened is None or (match is not None and match.view_name in _FOR_NOBODY):
            return None
        acting: Acting = request.acting  # type: ignore[attr-defined]
        if acting.user is None or opened == acting_id(acting):
            return None
        choices = getattr(request, "acting_choices", [])
        known = next((one for one in choices if str(one.pk) == opened), None)
        page = {"opened": known, "current": acting.organisation}
        return render(request, "organisations/stale_form.html", page, status=409)
