"""What Wagtail's admin asks us before it acts."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from wagtail import hooks

from users.models import User


@hooks.register("before_bulk_action")
def leave_accounts_alone(request: HttpRequest, action_type: str, objects: list[Any], action: Any) -> None:
    """Refuse actions on many accounts at once, as the pages for one are refused.

    Raises:
        PermissionDenied: accounts are meant.
    """
    if action.model is User:
        raise PermissionDenied
